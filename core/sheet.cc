#include "core/sheet.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"

namespace overgang {
namespace {

constexpr std::string_view kThinSpace = "\u202f";
constexpr char kByteOrderMark[] = "\ufeff";

std::string Decimal(double number, int decimals) {
  if (decimals == Sheet::kAsNeeded) {
    std::string text = Decimal(number, 2);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with(',')) text.pop_back();
    return text;
  }
  return absl::StrReplaceAll(absl::StrFormat("%.*f", decimals, number), {{".", ","}});
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

std::string CsvOf(const Sheet& sheet) {
  std::string csv = kByteOrderMark;
  for (size_t i = 0; i < sheet.columns.size(); ++i)
    absl::StrAppend(&csv, i > 0 ? ";" : "", Quoted(sheet.columns[i].title));
  csv += "\r\n";
  for (const auto& row : sheet.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) csv += ';';
      if (const auto* text = std::get_if<std::string>(&row[i])) csv += Quoted(*text);
      if (const auto* number = std::get_if<double>(&row[i]))
        csv += Decimal(*number, sheet.columns[i].decimals);
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace overgang
