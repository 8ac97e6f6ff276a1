// The parts of a mail that tell of places and beds, as units reported them.
#include "absl/strings/str_cat.h"
#include "consumers/daily_status/page.h"
#include "consumers/daily_status/status_numbers.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::daily_status::sections {
namespace {

constexpr std::string_view kWardPrefix = "w:";
constexpr size_t kNamesShownMax = 3;  // Of kommuner that share a unit.

// "i dag kl. 06.10", "1. mars kl. 22.00 (eldre enn ett døgn)".
std::string Reported(const Content& content, const v1::StatusNumber* number) {
  if (number == nullptr || !number->has_reported_at()) return content.words.Say("none");
  const absl::Time at = FromProto(number->reported_at());
  const absl::CivilDay date = OsloDate(at);
  const std::string day =
      date == content.date ? "" : absl::StrCat(bokmal::Date(date, content.date), " ");
  const std::string old = content.counted_at - at > kReportOldAfter
                              ? absl::StrCat(" (", content.words.Say("note.old_report"), ")")
                              : "";
  return absl::StrCat(day, bokmal::Clock(at), old);
}

std::string NamesOf(const std::vector<std::string>& kommuner) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kommuner.size() && i < kNamesShownMax; ++i)
    names.push_back(KommuneName(kommuner[i]));
  if (kommuner.size() > kNamesShownMax)
    names.push_back(absl::StrCat("+", kommuner.size() - kNamesShownMax));
  return bokmal::Joined(names);
}

// "Øya helsehus, korttid (Trondheim og Malvik)".
std::string DescribeUnit(const Content& content, const std::string& of) {
  const size_t slash = of.rfind('/');
  const std::string id = of.substr(0, slash);
  const std::string kind = of.substr(slash + 1);
  const Unit* unit = content.directory.UnitById(id);
  const std::string key = "kind." + kind;
  std::string name = absl::StrCat(UnitName(id, content.directory, content.words), ": ",
                                  content.words.Has(key) ? content.words.Say(key) : kind);
  if (unit != nullptr && unit->kommuner.size() > 1)
    absl::StrAppend(&name, " (", NamesOf(unit->kommuner), ")");
  return name;
}

PageRow PlacesRow(const Content& content, const std::string& of) {
  const Figures& figures = content.figures;
  PageRow row;
  row.cells.emplace_back(DescribeUnit(content, of));
  const v1::StatusNumber* free = figures.Find("free_places", of);
  if (free == nullptr || free->unknown()) {
    for (int i = 0; i < 3; ++i) row.cells.emplace_back(content.words.Say("none"), Sheet::Cell());
    row.cells.emplace_back(content.words.Say("unknown"));
    return row;
  }
  row.cells.emplace_back(figures.Text("places", of), figures.Cell("places", of));
  row.cells.emplace_back(figures.Text(*free), figures.Cell("free_places", of));
  row.cells.back().strong = free->value() > 0;
  std::string free_for = figures.ShortLength("free_for", of);
  if (figures.Find("free_places_later", of) != nullptr) {
    free_for = content.words.Say("later", {{"count", figures.Text("free_places_later", of)},
                                           {"length", figures.ShortLength("free_in", of)}});
  }
  row.cells.emplace_back(free_for, figures.Cell("free_for", of));
  row.cells.emplace_back(Reported(content, free));
  return row;
}

}  // namespace

std::optional<Section> Places(const Content& content) {
  const Words& words = content.words;
  Section section;
  section.tab = words.Say("sheet.places");
  const auto of_units = content.figures.Parts("places");
  if (of_units.empty()) {
    section.notes.push_back(words.Say("note.no_places"));
    return section;
  }
  section.intro.push_back(words.Say("intro.places"));
  section.columns = {{words.Say("column.unit"), false, "", ""},
                     {words.Say("column.places"), true, "places", words.Say("unit.places")},
                     {words.Say("column.free"), true, "free_places", words.Say("unit.places")},
                     {words.Say("column.free_for"), true, "free_for", words.Say("unit.hours")},
                     {words.Say("column.reported"), true, "", ""}};
  for (const std::string& of : of_units) section.rows.push_back(PlacesRow(content, of));
  section.notes.push_back(absl::StrCat(words.Say("n.free_places"), ": ",
                                       content.figures.Text("free_places"), ". ",
                                       words.Say("n.free_places_over_24h"), ": ",
                                       content.figures.Text("free_places_over_24h"), "."));
  return section;
}

std::optional<Section> Beds(const Content& content) {
  Section section;
  section.columns = {{content.words.Say("column.what"), false, "", ""},
                     {content.words.Say("column.value"), true, "", ""},
                     {content.words.Say("column.reported"), true, "", ""}};
  for (const char* name :
       {"occupancy_percent", "beds_available", "beds_occupied", "beds_closed", "corridor_reported",
        "emergency_waiting", "emergency_waiting_over_1h", "emergency_longest_wait"}) {
    const v1::StatusNumber* number = content.figures.Find(name);
    if (number == nullptr) continue;
    PageRow row = NumberRow(content, name);
    row.cells.emplace_back(Reported(content, number));
    row.part = name == std::string_view("emergency_waiting_over_1h");
    section.rows.push_back(std::move(row));
  }
  return section;
}

std::optional<Section> Wards(const Content& content) {
  const Words& words = content.words;
  const Figures& figures = content.figures;
  Section section;
  section.tab = words.Say("sheet.wards");
  section.intro.push_back(words.Say("intro.wards"));
  const std::string stays = words.Say("unit.stays"), beds = words.Say("unit.beds");
  section.columns = {
      {words.Say("column.ward"), false, "", ""},
      {words.Say("column.inpatients.short"), true, "inpatients", stays},
      {words.Say("column.ukp"), true, "ukp", stays},
      {words.Say("column.corridor"), true, "corridor", stays},
      {words.Say("column.available"), true, "beds_available", beds},
      {words.Say("column.occupied"), true, "beds_occupied", beds},
      {words.Say("column.occupancy"), true, "occupancy_percent", words.Say("unit.percent")},
      {words.Say("column.reported"), true, "", ""}};
  std::vector<std::string> wards = figures.Parts("inpatients", kWardPrefix);
  for (const std::string& of : figures.Parts("beds", kWardPrefix)) {
    if (std::ranges::find(wards, of) == wards.end()) wards.push_back(of);
  }
  std::ranges::sort(wards);
  for (const std::string& of : wards) {
    PageRow row;
    row.cells.emplace_back(
        WardName(of.substr(kWardPrefix.size()), content.scope, content.directory, words));
    for (const char* number : {"inpatients", "ukp", "corridor"}) {
      row.cells.push_back(NumberCell(content, number, of, &Figures::Count));
      row.cells.back().value = figures.Value(number, of);  // Nobody there is none, not unknown.
    }
    const v1::StatusNumber* reported = figures.Find("beds", of);
    for (const char* number : {"beds_available", "beds_occupied", "occupancy_percent"}) {
      row.cells.emplace_back(reported == nullptr ? words.Say("none") : figures.Text(number, of),
                             figures.Cell(number, of));
    }
    row.cells.emplace_back(reported == nullptr ? words.Say("unknown")
                                               : Reported(content, reported));
    section.rows.push_back(std::move(row));
  }
  if (section.rows.empty()) section.notes.push_back(words.Say("note.no_hospitals"));
  return section;
}

}  // namespace overgang::daily_status::sections
