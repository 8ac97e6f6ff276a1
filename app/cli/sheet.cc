#include "app/cli/sheet.h"

#include "absl/strings/str_cat.h"

namespace overgang::cli {
namespace {

constexpr char kNotKnown[] = "–";

std::string TextOf(const Sheet::Cell& cell, const Sheet::Column& column) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* number = std::get_if<double>(&cell);
  return number == nullptr ? kNotKnown : NumberText(*number, column.decimals);
}

// One row alone is read from top to bottom.
void PrintBelowEachOther(const Sheet& sheet, const Output& output) {
  Table table({{"Tall"}, {"Verdi", Align::kRight}, {"Enhet"}});
  for (size_t i = 0; i < sheet.columns.size(); ++i) {
    const Sheet::Column& column = sheet.columns[i];
    table.Add({column.title, TextOf(sheet.rows[0][i], column), column.unit});
  }
  table.Print(output);
}

void PrintSideBySide(const Sheet& sheet, const Output& output) {
  std::vector<Table::Column> columns;
  for (const Sheet::Column& column : sheet.columns)
    columns.push_back({column.title, column.unit.empty() ? Align::kLeft : Align::kRight});
  Table table(std::move(columns));
  const auto add = [&](const std::vector<Sheet::Cell>& row) {
    std::vector<Table::Cell> cells;
    for (size_t i = 0; i < row.size(); ++i) cells.emplace_back(TextOf(row[i], sheet.columns[i]));
    table.Add(std::move(cells));
  };
  for (const auto& row : sheet.rows) add(row);
  if (!sheet.sum.empty()) add(sheet.sum);
  table.Print(output);
}

}  // namespace

void PrintSheet(const Sheet& sheet, const Output& output) {
  *output.out << Coloured(output, Colour::kBold, sheet.title) << "\n\n";
  const bool one = sheet.rows.size() == 1 && sheet.sum.empty();
  one ? PrintBelowEachOther(sheet, output) : PrintSideBySide(sheet, output);
  *output.out << '\n';
  for (const auto& [name, value] : sheet.notes) *output.out << name << ": " << value << '\n';
  *output.out << '\n';
  for (const Sheet::Column& column : sheet.columns) {
    if (column.definition.empty()) continue;
    *output.out << Coloured(output, Colour::kDim,
                            absl::StrCat(column.title, ": ", column.definition))
                << '\n';
  }
  *output.out << std::flush;
}

}  // namespace overgang::cli
