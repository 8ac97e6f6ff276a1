#include "consumers/daily_status/page.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace overgang::daily_status {
namespace {

struct NamedSection {
  std::string_view id;
  std::optional<Section> (*make)(const Content&);
};
constexpr std::array<NamedSection, 13> kSections = {{
    {"waiting", sections::Waiting},
    {"hospitals", sections::Hospitals},
    {"kommuner", sections::Kommuner},
    {"beds", sections::Beds},
    {"wards", sections::Wards},
    {"expected", sections::Expected},
    {"changes", sections::Changes},
    {"payment", sections::Payment},
    {"deadlines", sections::Deadlines},
    {"places", sections::Places},
    {"history", sections::History},
    {"region", sections::Region},
    {"sources", sections::Sources},
}};

constexpr size_t kGap = 2;             // Spaces between the columns of plain text.
constexpr size_t kColumnsOnPhone = 7;  // More are hard to fit.
constexpr size_t kShortMax = 14;       // Letters of a cell that is better not broken.
constexpr char kIndent[] = "  ";       // Of a row that is part of the one above.

// Letters, of UTF-8 text.
size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

// Rows as lines of plain text, their columns below each other.
class Lines {
 public:
  explicit Lines(const Section& section) : section_(section) {
    if (section.shows_columns) {
      std::vector<std::string> titles;
      for (const PageColumn& column : section.columns) titles.push_back(column.title);
      Measure(titles);
    }
    for (const PageRow& row : section.rows) Measure(TextsOf(row));
  }

  std::string Head() const {
    if (!section_.shows_columns) return "";
    std::vector<std::string> titles;
    for (const PageColumn& column : section_.columns) titles.push_back(column.title);
    return Line(titles);
  }
  std::string Of(const PageRow& row) const { return Line(TextsOf(row)); }

 private:
  static std::vector<std::string> TextsOf(const PageRow& row) {
    std::vector<std::string> texts;
    for (const PageCell& cell : row.cells) texts.push_back(cell.before + cell.text);
    if (row.part && !texts.empty()) texts[0].insert(0, kIndent);
    return texts;
  }
  void Measure(const std::vector<std::string>& texts) {
    widths_.resize(std::max(widths_.size(), texts.size()));
    for (size_t i = 0; i < texts.size(); ++i) widths_[i] = std::max(widths_[i], WidthOf(texts[i]));
  }
  std::string Line(const std::vector<std::string>& texts) const {
    std::string line;
    for (size_t i = 0; i < texts.size(); ++i) {
      const std::string padding(widths_[i] - WidthOf(texts[i]), ' ');
      if (i > 0) line.append(kGap, ' ');
      const bool right = i < section_.columns.size() && section_.columns[i].number;
      line += right ? padding + texts[i] : texts[i] + padding;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    return line;
  }

  const Section& section_;
  std::vector<size_t> widths_;
};

std::string UrlOf(const std::string& definition, const std::string& definitions_url) {
  if (definition.empty() || definitions_url.empty()) return "";
  return absl::StrCat(definitions_url, "#", definition);
}

mustache::Object FilledRow(const PageRow& row, const Section& section, const Lines& lines,
                           const std::string& definitions_url) {
  mustache::List cells;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const PageCell& cell = row.cells[i];
    cells.push_back({{"text", cell.text},
                     {"head", i == 0},
                     {"right", i < section.columns.size() && section.columns[i].number},
                     {"strong", cell.strong},
                     {"before", cell.before},
                     {"short", cell.before.empty() && WidthOf(cell.text) <= kShortMax},
                     {"part", i == 0 && row.part},
                     {"url", i == 0 ? UrlOf(row.definition, definitions_url) : ""}});
  }
  return {{"cells", std::move(cells)}, {"line", lines.Of(row)}};
}

mustache::List Texts(const std::vector<std::string>& texts) {
  mustache::List list;
  for (const std::string& text : texts) list.push_back({{"text", text}});
  return list;
}

}  // namespace

std::string NameOf(const Scope& scope, const Directory& directory, const Words& words) {
  if (scope.is_kommune) return KommuneName(scope.id);
  const Hospital* hospital = directory.HospitalByNumber(scope.id);
  return hospital == nullptr ? words.Say("unnamed.hospital", {{"id", scope.id}}) : hospital->name;
}

std::string WardName(const std::string& id, const Scope& hospital, const Directory& directory,
                     const Words& words) {
  if (id.empty()) return words.Say("ward.none");
  if (const Hospital* known = directory.HospitalByNumber(hospital.id)) {
    const auto ward = std::ranges::find(known->wards, id, &Ward::id);
    if (ward != known->wards.end() && !ward->name.empty()) return ward->name;
  }
  return words.Say("unnamed.ward", {{"id", id}});
}

std::string UnitName(const std::string& id, const Directory& directory, const Words& words) {
  const Unit* unit = directory.UnitById(id);
  return unit == nullptr || unit->name.empty() ? words.Say("unnamed.unit", {{"id", id}})
                                               : unit->name;
}

std::vector<std::string> SectionIds() {
  std::vector<std::string> ids;
  ids.reserve(kSections.size());
  for (const NamedSection& section : kSections) ids.emplace_back(section.id);
  return ids;
}

std::optional<Section> MakeSection(std::string_view id, const Content& content) {
  const auto named = std::ranges::find(kSections, id, &NamedSection::id);
  if (named == kSections.end()) return std::nullopt;
  auto section = named->make(content);
  if (section) {
    section->id = id;
    section->heading = content.words.Say("heading." + section->id);
  }
  return section;
}

absl::Time YesterdaysMorning(const Content& content) {
  // The window is told in whole minutes, cut off below; a morning begins with one.
  const absl::Duration window = absl::Minutes(std::lround(60 * content.figures.Value("window")));
  return absl::UnixEpoch() +
         absl::Floor(content.counted_at - window - absl::UnixEpoch(), absl::Minutes(1));
}

PageCell NumberCell(const Content& content, std::string_view name, std::string_view of,
                    TextOf text_of) {
  PageCell cell((content.figures.*text_of)(name, of), content.figures.Cell(name, of));
  if (content.sent == nullptr) return cell;
  // Of what nothing was told of there was nobody.
  const bool told = content.sent->Find(name, of) != nullptr;
  if (!told && content.figures.Value(name, of) == 0) return cell;
  const TextOf plain = &Figures::Text;
  const std::string was =
      told || text_of != plain ? (content.sent->*text_of)(name, of) : NumberText(0, 0);
  if (was == cell.text) return cell;
  const bool words = was.find(' ') != std::string::npos || cell.text.find(' ') != std::string::npos;
  cell.before = absl::StrCat(was, words ? " \u2192 " : "\u2192");
  cell.strong = true;
  return cell;
}

PageRow NumberRow(const Content& content, std::string_view name, std::string_view of) {
  const std::string text(name);
  return {{content.words.Say("n." + text), NumberCell(content, name, of)}, text, false};
}

mustache::Object Filled(const Section& section, const std::string& definitions_url) {
  const Lines lines(section);
  mustache::List columns;
  for (size_t i = 0; i < section.columns.size(); ++i) {
    columns.push_back({{"title", section.columns[i].title},
                       {"right", section.columns[i].number},
                       {"url", UrlOf(section.columns[i].definition, definitions_url)}});
  }
  if (!section.shows_columns) columns.clear();
  mustache::List rows;
  for (const PageRow& row : section.rows)
    rows.push_back(FilledRow(row, section, lines, definitions_url));
  const std::string head = lines.Head();
  return {{"id", section.id},
          {"heading", section.heading},
          {"heading_rule", std::string(WidthOf(section.heading), '-')},
          {"intro", Texts(section.intro)},
          {"columns", std::move(columns)},
          {"has_columns", section.shows_columns && !section.rows.empty()},
          {"many_columns", section.columns.size() > kColumnsOnPhone},
          {"columns_line", section.rows.empty() ? "" : head},
          {"has_rows", !section.rows.empty()},
          {"rows", std::move(rows)},
          {"notes", Texts(section.notes)},
          {"picture", section.picture}};
}

Sheet SheetOf(const Section& section) {
  Sheet sheet;
  sheet.title = section.heading;
  sheet.tab = section.tab;
  for (const PageColumn& column : section.columns)
    sheet.columns.push_back({column.title, column.unit});
  for (const PageRow& row : section.rows) {
    std::vector<Sheet::Cell>& cells = sheet.rows.emplace_back();
    for (const PageCell& cell : row.cells) cells.push_back(cell.value);
  }
  return sheet;
}

}  // namespace overgang::daily_status
