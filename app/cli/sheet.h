// An answer as a table of titles, texts and numbers, and the ways to write it: for a terminal, for
// Norwegian spreadsheets as CSV, and as XLSX. Texts in bokmål. One thread. Errors: UNAVAILABLE with
// the file that cannot be written.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "app/cli/output.h"

namespace overgang::cli {

struct Sheet {
  struct Column {
    std::string title;
    std::string unit = "";  // Empty: a text.
    int decimals = 0;
    std::string definition = "";  // Empty: the title says it all.
  };
  using Cell = std::variant<std::monostate, std::string, double>;  // Nothing: cannot be told.

  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::vector<Cell> sum;                                   // Empty: none.
  std::vector<std::pair<std::string, std::string>> notes;  // What it rests on: name, value.
};

// "1 234,5": decimal comma, narrow no-break spaces between thousands.
std::string NumberText(double number, int decimals);
// "2026-03-01" as "01.03.2026"; what is no date as it is.
std::string DateText(const std::string& iso);

// Columns of numbers below each other where there is one row, else side by side; what the numbers
// mean is told below.
void PrintSheet(const Sheet& sheet, const Output& output);
// With a byte order mark, semicolons and decimal commas.
void WriteCsv(const Sheet& sheet, std::ostream& out);
absl::Status CannotBeWritten(const std::string& what);
// Numbers as numbers, the titles frozen, and a second page with definitions and what it rests on.
absl::Status WriteXlsx(const Sheet& sheet, const std::string& file);

}  // namespace overgang::cli
