// The tables of the page of a meeting: their columns, and which has room first. Pure.
#pragma once

#include <vector>

namespace overgang::meeting {

struct Column {
  const char* field;  // As SummaryData calls it, like the table's.
  const char* title;
  double share;  // Of the width.
  bool right = false;
};

// Who has room first; what has the last turn is cut before the others.
inline constexpr int kDecided = 0;
inline constexpr int kCorrected = 1;  // These are many where all is counted anew.
inline constexpr int kLastTurn = 2;

struct Table {
  const char* field;
  const char* title;
  const char* intro;
  std::vector<Column> columns;
  int turn = kLastTurn;
};

// In the order of summary.html.
const std::vector<Table>& Tables();

}  // namespace overgang::meeting
