#include "app/cli/sheet.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"

namespace overgang::cli {
namespace {

constexpr std::string_view kThinSpace = "\u202f";
constexpr std::string_view kByteOrderMark = "\ufeff";
constexpr char kNotKnown[] = "–";

std::string Decimal(double number, int decimals) {
  return absl::StrReplaceAll(absl::StrFormat("%.*f", decimals, number), {{".", ","}});
}

std::string TextOf(const Sheet::Cell& cell, const Sheet::Column& column) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* number = std::get_if<double>(&cell);
  return number == nullptr ? kNotKnown : NumberText(*number, column.decimals);
}

// A spreadsheet takes a text that begins so for a formula, and would run it.
bool LooksLikeFormula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

std::string Quoted(std::string text) {
  if (LooksLikeFormula(text)) text.insert(0, "'");
  if (text.find_first_of(";\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

void WriteCsvRow(const Sheet& sheet, const std::vector<Sheet::Cell>& row, std::ostream& out) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out << ';';
    if (const auto* text = std::get_if<std::string>(&row[i])) out << Quoted(*text);
    if (const auto* number = std::get_if<double>(&row[i]))
      out << Decimal(*number, sheet.columns[i].decimals);
  }
  out << "\r\n";
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

std::string NumberText(double number, int decimals) {
  std::string text = Decimal(number, decimals);
  const size_t end = std::min(text.find(','), text.size());
  const size_t begin = text.starts_with('-') ? 1 : 0;
  for (size_t at = end; at > begin + 3;) {
    at -= 3;
    text.insert(at, kThinSpace);
  }
  return text;
}

std::string DateText(const std::string& iso) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(iso, &day)) return iso;
  return absl::StrFormat("%02d.%02d.%04d", day.day(), day.month(), day.year());
}

absl::Status CannotBeWritten(const std::string& what) {
  return absl::UnavailableError(absl::StrCat(
      what,
      " cannot be written; check the folder, who may write to it, and that the disk is not full"));
}

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

void WriteCsv(const Sheet& sheet, std::ostream& out) {
  out << kByteOrderMark;
  for (size_t i = 0; i < sheet.columns.size(); ++i)
    out << (i > 0 ? ";" : "") << Quoted(sheet.columns[i].title);
  out << "\r\n";
  for (const auto& row : sheet.rows) WriteCsvRow(sheet, row, out);
  out << std::flush;
}

}  // namespace overgang::cli
