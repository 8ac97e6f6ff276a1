// A table of titles, texts and numbers, and the files that it becomes: CSV for Norwegian
// spreadsheets, and XLSX. Texts in bokmål or nynorsk. Values; the same input gives the same bytes.
// Errors: UNAVAILABLE where there is no room for temporary files.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang {

struct Sheet {
  static constexpr int kAsNeeded = -1;
  struct Column {
    std::string title;
    std::string unit = "";        // Empty: a text.
    int decimals = 0;             // kAsNeeded: as many as the number has, of two.
    std::string definition = "";  // Empty: the title says it all.
  };
  using Cell = std::variant<std::monostate, std::string, double>;  // Nothing: cannot be told.

  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::vector<Cell> sum;                                   // Empty: none.
  std::vector<std::pair<std::string, std::string>> notes;  // What it rests on: name, value.
  std::string tab = "Tall";                                // The name of its page in a workbook.
};

// "1 234,5": decimal comma, narrow no-break spaces between thousands.
std::string NumberText(double number, int decimals);
// "2026-03-01" as "01.03.2026"; what is no date as it is.
std::string DateText(const std::string& iso);

// With a byte order mark, semicolons and decimal commas.
std::string CsvOf(const Sheet& sheet);
// A page a sheet, numbers as numbers, the titles frozen; and a page with the definitions and notes
// of the first, where it has any.
absl::StatusOr<std::string> XlsxOf(std::span<const Sheet> sheets, absl::Time created);

}  // namespace overgang
