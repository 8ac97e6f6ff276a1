// The parts of a mail that tell of patients in hospital: how many, since when, and where.
#include "consumers/daily_status/page.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::daily_status::sections {
namespace {

constexpr std::string_view kHospitalPrefix = "h:";
constexpr std::string_view kKommunePrefix = "k:";

std::vector<PageColumn> WhatAndValue(const Content& content) {
  return {{content.words.Say("column.what"), false, "", ""},
          {content.words.Say("column.value"), true, "", ""}};
}

std::string NameOfHospital(const Content& content, const std::string& of) {
  return NameOf({false, of.substr(kHospitalPrefix.size())}, content.directory, content.words);
}

PageRow Part(PageRow row) {
  row.part = true;
  return row;
}

PageRow LengthRow(const Content& content, std::string_view name) {
  PageRow row = Part(NumberRow(content, name));
  row.cells[1] = NumberCell(content, name, "", &Figures::Length);
  return row;
}

// What is told of a kommune in a hospital, from either side.
struct PartColumn {
  const char* name;
  const char* column;
  bool length = false;
};

void AddCells(const Content& content, std::span<const PartColumn> columns, const std::string& of,
              PageRow* row) {
  for (const PartColumn& column : columns) {
    row->cells.push_back(column.length ? NumberCell(content, column.name, of, &Figures::ShortLength)
                                       : NumberCell(content, column.name, of));
  }
}

void AddColumns(const Content& content, std::span<const PartColumn> columns, Section* section) {
  for (const PartColumn& column : columns) {
    section->columns.push_back({content.words.Say(column.column), true, column.name,
                                content.words.Say(column.length ? "unit.hours" : "unit.stays")});
  }
}

}  // namespace

std::optional<Section> Waiting(const Content& content) {
  Section section;
  const auto hospitals = content.figures.Parts("inpatients", kHospitalPrefix);
  if (hospitals.size() == 1)
    section.intro.push_back(content.words.Say(
        "intro.one_hospital", {{"name", NameOfHospital(content, hospitals.front())}}));
  section.columns = WhatAndValue(content);
  section.shows_columns = false;
  const auto add = [&](std::string_view name) { section.rows.push_back(NumberRow(content, name)); };
  const auto add_part = [&](std::string_view name) {
    section.rows.push_back(Part(NumberRow(content, name)));
  };
  add("ukp");
  section.rows.back().cells[1].strong = true;
  if (content.figures.Value("ukp") > 0) {
    add_part("ukp_over_24h");
    add_part("ukp_over_7_days");
    add_part("ukp_over_10_days");
    section.rows.push_back(LengthRow(content, "longest_ukp"));
    add("awaiting_answer");
    if (content.figures.Value("awaiting_answer") > 0) {
      add_part("awaiting_answer_not_notified");
      section.rows.push_back(LengthRow(content, "awaiting_answer_longest"));
    }
    add("answered_no");
    add("answered_yes");
    if (content.figures.Value("answered_yes") > 0) {
      add_part("answered_yes_due");
      section.rows.push_back(LengthRow(content, "answered_yes_longest"));
    }
  }
  add("inpatients");
  section.rows.push_back(
      Part(NumberRow(content, content.scope.is_kommune ? "new_to_kommune" : "corridor")));
  return section;
}

std::optional<Section> Hospitals(const Content& content) {
  static constexpr PartColumn kColumns[] = {
      {"inpatients", "column.inpatients"},     {"ukp", "column.ukp"},
      {"ukp_over_24h", "column.over_24h"},     {"ukp_over_7_days", "column.over_7_days"},
      {"longest_ukp", "column.longest", true}, {"awaiting_answer", "column.awaiting"},
      {"answered_yes", "column.answered_yes"},
  };
  const auto hospitals = content.figures.Parts("inpatients", kHospitalPrefix);
  if (hospitals.size() < 2) return std::nullopt;  // What is told of all is told of the one.
  Section section;
  section.tab = content.words.Say("sheet.hospitals");
  section.columns.push_back({content.words.Say("column.hospital"), false, "", ""});
  AddColumns(content, kColumns, &section);
  for (const std::string& of : hospitals) {
    PageRow row;
    row.cells.emplace_back(NameOfHospital(content, of));
    AddCells(content, kColumns, of, &row);
    section.rows.push_back(std::move(row));
  }
  return section;
}

std::optional<Section> Kommuner(const Content& content) {
  static constexpr PartColumn kColumns[] = {
      {"inpatients", "column.inpatients.short"},
      {"ukp", "column.ukp"},
      {"ukp_over_24h", "column.over_24h.short"},
      {"ukp_over_7_days", "column.over_7_days.short"},
      {"longest_ukp", "column.longest", true},
      {"awaiting_answer", "column.awaiting.short"},
      {"answered_yes", "column.answered_yes.short"},
      {"expected_discharges", "column.expected.short"},
      {"free_places", "column.free.short"},
  };
  Section section;
  section.tab = content.words.Say("sheet.kommuner");
  section.columns.push_back({content.words.Say("column.kommune"), false, "", ""});
  AddColumns(content, kColumns, &section);
  for (const std::string& of : content.figures.Parts("inpatients", kKommunePrefix)) {
    const auto none = [&](const Figures& figures) {
      return figures.Value("inpatients", of) == 0 && figures.Value("ukp", of) == 0;
    };
    if (none(content.figures) && (content.sent == nullptr || none(*content.sent))) continue;
    PageRow row;
    row.cells.emplace_back(KommuneName(of.substr(kKommunePrefix.size())));
    AddCells(content, kColumns, of, &row);
    row.cells[2].strong |= content.figures.Value("ukp", of) > 0;
    section.rows.push_back(std::move(row));
  }
  // Who has most to take home comes first.
  std::ranges::stable_sort(section.rows, std::greater(), [](const PageRow& row) {
    const auto* ukp = std::get_if<double>(&row.cells[2].value);
    return ukp == nullptr ? 0 : *ukp;
  });
  section.notes.push_back(
      content.words.Say(section.rows.empty() ? "note.no_hospitals" : "note.kommuner"));
  return section;
}

std::optional<Section> Expected(const Content& content) {
  Section section;
  section.columns = WhatAndValue(content);
  section.shows_columns = false;
  const auto& words = content.words;
  int ahead = 0;
  for (const std::string& of : content.figures.Parts("expected_discharges")) {
    const auto date = ParseDate(of);
    if (!date.ok()) continue;
    std::string label = words.LongDate(*date);
    if (ahead < 2) label.insert(0, words.Say(ahead == 0 ? "today" : "tomorrow") + ", ");
    label[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(label[0])));
    PageRow row = NumberRow(content, "expected_discharges", of);
    row.cells[0] = label;
    section.rows.push_back(std::move(row));
    ++ahead;
  }
  section.rows.push_back(NumberRow(content, "expected_overdue"));
  section.notes.push_back(words.Say("note.expected"));
  return section;
}

std::optional<Section> Changes(const Content& content) {
  Section section;
  section.columns = WhatAndValue(content);
  section.shows_columns = false;
  section.intro.push_back(content.words.Say(
      "intro.changes", {{"from", content.words.Moment(YesterdaysMorning(content))},
                        {"to", content.words.Moment(content.counted_at)}}));
  for (const char* name : {"ukp_declared", "ukp_withdrawn", "discharges"})
    section.rows.push_back(NumberRow(content, name));
  section.rows.push_back(Part(NumberRow(content, "discharges_ukp")));
  section.rows.push_back(NumberRow(content, "admitted"));
  return section;
}

}  // namespace overgang::daily_status::sections
