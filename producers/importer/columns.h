// Which value of a line stands in which column, by the names in the header line. docs/import.md
// explains every column.
//
// Values; no state. Faults name the place in the header line and repeat a name only where it can be
// a column's: a file without a header line has persons there.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "producers/importer/csv_reader.h"

namespace overgang::importer {

inline constexpr int kUkpPeriodsMax = 9;  // Of a stay in a file: ukp1_ to ukp9_.
inline constexpr int kAnswersMax = 9;     // Of a period: _answer1 to _answer9.

inline constexpr int kNoColumn = -1;

struct AnswerColumns {
  int at = kNoColumn;
  int answer = kNoColumn;
  int from = kNoColumn;
};

struct UkpColumns {
  int declared_at = kNoColumn;
  int notice_sent_at = kNoColumn;
  int notified_at = kNoColumn;
  int withdrawn_at = kNoColumn;
  std::array<AnswerColumns, kAnswersMax> answers;
};

// Indexes into CsvLine::values.
struct Columns {
  int hospital = kNoColumn;
  int visit = kNoColumn;
  int id_number = kNoColumn;
  int patient_ref = kNoColumn;
  int born = kNoColumn;
  int age = kNoColumn;
  int sex = kNoColumn;
  int residence_kommune = kNoColumn;
  int stay_kommune = kNoColumn;
  int bydel = kNoColumn;
  int moved_at = kNoColumn;
  int moved_kommune = kNoColumn;
  int ward = kNoColumn;
  int sector = kNoColumn;
  int urgency = kNoColumn;
  int admitted_at = kNoColumn;
  int services_before = kNoColumn;
  int need_clear_at = kNoColumn;
  int admission_notice_sent_at = kNoColumn;
  int admission_notified_at = kNoColumn;
  int admission_report_at = kNoColumn;
  int expected_discharge = kNoColumn;
  int epikrise_at = kNoColumn;
  int discharged_at = kNoColumn;
  int discharged_to = kNoColumn;
  int outcome = kNoColumn;
  int to_specialist_care = kNoColumn;
  int died_at = kNoColumn;
  std::array<UkpColumns, kUkpPeriodsMax> ukp;
  std::vector<std::string> names;  // As in the header line.
};

// Reads the header line. Every fault of it; none: `columns` is filled.
[[nodiscard]] std::vector<Fault> ReadHeader(const CsvLine& header, Columns* columns);

// Every name that a column may have, the numbered ones for their first two numbers.
std::vector<std::string> ColumnNames();

}  // namespace overgang::importer
