#include "consumers/daily_status/files.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "consumers/daily_status/numbers.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"
#include "core/sheet.h"

namespace overgang::daily_status {
namespace {

// "k:5001" and the like as readers know them.
std::string PartName(const std::string& of, const Scope& of_page, const Words& words,
                     const Directory& directory) {
  if (of.empty()) return "";
  if (const auto date = ParseDate(of); date.ok()) return DateText(of);
  if (const auto scope = Scope::Parse(of); scope.ok()) return NameOf(*scope, directory, words);
  if (of.starts_with("w:")) return WardName(of.substr(2), of_page, directory, words);
  if (const std::string key = "deadline." + of; words.Has(key)) return words.Say(key);
  const size_t slash = of.rfind('/');
  if (slash == std::string::npos) return of;
  const std::string kind = "kind." + of.substr(slash + 1);
  return absl::StrCat(UnitName(of.substr(0, slash), directory, words), ", ",
                      words.Has(kind) ? words.Say(kind) : of.substr(slash + 1));
}

// "02.03.2026 07.30".
std::string Stamp(const google::protobuf::Timestamp& at) {
  const absl::Time time = FromProto(at);
  return absl::StrCat(DateText(absl::FormatCivilTime(OsloDate(time))), " ", bokmal::Clock(time));
}

std::string Remark(const v1::StatusNumber& number, const Words& words) {
  if (number.suppressed()) return words.Say("hidden");
  return number.unknown() ? words.Say("unknown.number") : "";
}

// A line a number.
Sheet AllNumbers(const MailPage& page, const Words& words, const Directory& directory) {
  Sheet sheet;
  sheet.tab = words.Say("sheet.numbers");
  const std::string unit = words.Say("column.unit_of");
  sheet.columns = {{words.Say("column.number")},
                   {words.Say("column.of")},
                   {words.Say("column.figure"), unit, Sheet::kAsNeeded},
                   {unit},
                   {words.Say("column.as_of")},
                   {words.Say("column.remark")},
                   {words.Say("column.name")}};
  for (const v1::StatusNumber& number : page.status.numbers()) {
    const bool known = !number.unknown() && !number.suppressed();
    sheet.rows.push_back(
        {words.Say("n." + number.name()), PartName(number.of(), page.scope, words, directory),
         known ? Sheet::Cell(number.value()) : Sheet::Cell(), words.Say("unit." + number.unit()),
         Stamp(number.has_reported_at() ? number.reported_at() : page.status.counted_at()),
         Remark(number, words), number.name()});
  }
  return sheet;
}

// What they mean, each once.
Sheet Definitions(const MailPage& page, const Words& words) {
  std::set<std::string_view> used;
  for (const v1::StatusNumber& number : page.status.numbers()) used.insert(number.name());
  Sheet sheet;
  sheet.tab = words.Say("sheet.definitions");
  sheet.columns = {
      {words.Say("column.name")}, {words.Say("column.number")}, {words.Say("column.definition")}};
  for (const std::string_view name : NumberNames()) {
    if (!used.contains(name)) continue;
    const std::string text(name);
    sheet.rows.push_back({text, words.Say("n." + text), words.Say("d." + text)});
  }
  return sheet;
}

}  // namespace

absl::StatusOr<std::vector<MailFile>> FilesOf(const MailPage& page, const Words& words,
                                              const Directory& directory) {
  std::vector<Sheet> sheets = {AllNumbers(page, words, directory)};
  for (const Section& section : page.sections) {
    if (!section.tab.empty() && !section.rows.empty()) sheets.push_back(SheetOf(section));
  }
  sheets.push_back(Definitions(page, words));
  auto workbook = XlsxOf(sheets, FromProto(page.status.counted_at()));
  if (!workbook.ok()) return workbook.status();
  const std::string name = absl::StrCat("ukp-", page.scope.id, "-", page.status.date());
  std::vector<MailFile> files;
  files.push_back({name + ".csv", "text/csv; charset=utf-8", CsvOf(sheets.front())});
  files.push_back({name + ".xlsx",
                   "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                   *std::move(workbook)});
  return files;
}

}  // namespace overgang::daily_status
