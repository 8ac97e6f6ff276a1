#include "consumers/meeting/pdf.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "consumers/meeting/paper.h"
#include "consumers/meeting/summary.h"
#include "core/mustache.h"
#include "core/oslo_time.h"

namespace overgang::meeting {
namespace {

using mustache::List;
using mustache::Object;

constexpr double kMargin = 36;
constexpr double kWidth = kPaperWidth - 2 * kMargin;
constexpr double kFooter = kPaperHeight - kMargin;  // Where its text stands.
constexpr double kBottom = kFooter - 16;
constexpr double kGap = 6;  // Between columns.
constexpr double kRowGap = 3.2;
constexpr double kHeadingHeight = 24;  // With the space above it.
constexpr double kNumbersHeight = 38;
constexpr double kLineOfText = 1.28;  // Of the size of its letters.
constexpr Font kTitle{16, true};
constexpr Font kHeading{10.5, true};
constexpr Font kText{9};
constexpr Font kBold{9, true};
constexpr Font kLabel{8, true, kGrey};
constexpr Font kSmall{7.5, false, kGrey};
constexpr Font kNumber{15, true};
constexpr Font kWarning{9, true, {0.61, 0.18, 0.04}};
constexpr Colour kRule{0.55, 0.60, 0.62};
constexpr Colour kFaint{0.85, 0.88, 0.88};
constexpr Colour kWhite{1, 1, 1};

struct Column {
  const char* field;
  const char* title;
  double share;  // Of the width.
  bool right = false;
};

struct Table {
  const char* field;
  const char* title;
  const char* intro;
  std::vector<Column> columns;
};

// In the order of summary.html.
const std::vector<Table>& Tables() {
  static const std::vector<Table> tables = {
      {"before",
       "Vedtak fra forrige møte",
       "",
       {{"text", "Vedtak", 0.42}, {"owner", "Ansvarlig", 0.26}, {"state", "Status", 0.32}}},
      {"decisions",
       "Vedtak",
       "",
       {{"text", "Vedtak", 0.47}, {"owner", "Ansvarlig", 0.28}, {"due", "Frist", 0.25}}},
      {"kommuner",
       "Utskrivningsklare etter kommune",
       "",
       {{"name", "Kommune", 0.25},
        {"inpatients", "Inneliggende", 0.15, true},
        {"ukp", "Utskrivningsklare", 0.18, true},
        {"over_24h", "Over 24 t", 0.13, true},
        {"awaiting", "Uten svar", 0.13, true},
        {"free", "Ledige plasser", 0.16, true}}},
      {"cards",
       "Åpne tiltakskort",
       "",
       {{"title", "Kort", 0.45},
        {"recipient", "Mottaker", 0.2},
        {"seen", "Kvittert av", 0.23},
        {"left", "Gjenstår", 0.12, true}}},
      {"corrections",
       "Rettet siden",
       "Tallene over er slik møtet så dem. Dette er kjent annerledes i dag om det samme "
       "tidspunktet:",
       {{"what", "Hva", 0.7}, {"frozen", "I møtet", 0.15, true}, {"now", "I dag", 0.15, true}}}};
  return tables;
}

std::string Text(const Object& object, std::string_view field) {
  const auto found = object.find(field);
  return found == object.end() || found->second.text() == nullptr ? "" : *found->second.text();
}

// The only one of a part that may be there; null where it is not.
const Object* Part(const Object& object, std::string_view field) {
  const auto found = object.find(field);
  if (found == object.end() || found->second.list() == nullptr || found->second.list()->empty())
    return nullptr;
  return &found->second.list()->front();
}

const List& Rows(const Object& object, std::string_view field) {
  static const List none;
  const auto found = object.find(field);
  return found == object.end() || found->second.list() == nullptr ? none : *found->second.list();
}

double HeightOf(size_t lines, const Font& font) {
  return static_cast<double>(lines) * font.size * kLineOfText;
}

struct Row {
  std::vector<std::vector<std::string>> cells;  // Each in lines.
  double height = 0;
};

// A table, or a paragraph: one without columns.
struct Block {
  const Table* table = nullptr;
  std::vector<Row> rows;
  size_t all = 0;    // How many there are, also those that the data leaves out.
  size_t shown = 0;  // Of rows, the first ones.

  double RowsHeight() const {
    double height = 0;
    for (size_t i = 0; i < shown; ++i) height += rows[i].height;
    return height;
  }
  double Weight() const {
    return std::string_view(table->field) == "decisions" ? RowsHeight() / 2 : RowsHeight();
  }
  double Height() const {
    const double intro = *table->intro == '\0' ? 0 : HeightOf(1, kSmall) + kRowGap;
    const double head = table->columns.size() > 1 ? HeightOf(1, kLabel) + kRowGap : 0;
    const double more = shown < all ? HeightOf(1, kSmall) + kRowGap : 0;
    return kHeadingHeight + intro + head + RowsHeight() + more;
  }
};

class Page {
 public:
  Page(const v1::GetMeetingResponse& meeting, const Object& data)
      : data_(data),
        title_(absl::StrCat("Kapasitetsmøte – ", Text(data, "hospital"))),
        paper_(absl::StrCat(title_, " – ", Text(data, "held_at")), FromProto(meeting.held_at())) {}

  absl::StatusOr<std::string> Draw() {
    DrawTop();
    DrawNumbers();
    const double room = kBottom - y_;
    std::vector<Block> blocks = Blocks(kCellLinesMax);
    if (HeightOfAll(blocks) > room) blocks = Blocks(kCellLinesOnFullPage);
    Fit(room, &blocks);
    for (const Block& block : blocks) DrawBlock(block);
    paper_.Write(absl::StrCat("Møte ", Text(data_, "id")), kMargin, kFooter, kSmall);
    return paper_.Finish();
  }

 private:
  static double HeightOfAll(const std::vector<Block>& blocks) {
    double height = 0;
    for (const Block& block : blocks) height += block.Height();
    return height;
  }

  std::vector<Block> Blocks(size_t cell_lines) {
    cell_lines_ = cell_lines;
    std::vector<Block> blocks;
    for (const Table& table : Tables()) {
      if (std::string_view(table.field) == "corrections") AddPresent(&blocks);
      AddTable(table, &blocks);
    }
    return blocks;
  }

  // Lines of running text at the place that is reached.
  void Paragraph(const std::string& text, const Font& font, size_t lines_max) {
    for (const std::string& line : paper_.Wrapped(text, font, kWidth, lines_max)) {
      y_ += HeightOf(1, font);
      paper_.Write(line, kMargin, y_, font);
    }
  }

  void DrawTop() {
    Paragraph(title_, kTitle, 1);
    y_ += kRowGap;
    Paragraph(absl::StrCat("Holdt ", Text(data_, "held_at"), ". Tallene er slik de var kjent ",
                           Text(data_, "now"), ", like for alle i møtet."),
              kText, 2);
    y_ += kRowGap;
    DrawLevel();
    if (const Object* stale = Part(data_, "stale")) {
      y_ += kRowGap;
      Paragraph(absl::StrCat("Kilder som ikke var oppdatert: ", Text(*stale, "sources"),
                             ". Tallene kan være for lave."),
                kWarning, 3);
    }
  }

  void DrawLevel() {
    static const std::map<std::string, Colour, std::less<>> kFills = {
        {"gronn", {0.80, 0.93, 0.80}}, {"gul", {1, 0.91, 0.54}}, {"rod", {0.95, 0.69, 0.66}}};
    const Object* level = Part(data_, "level");
    if (level == nullptr) return Paragraph("Ingen nivåregler gjelder.", kText, 1);
    y_ += HeightOf(1, kText) + 5;
    paper_.Write("Nivå:", kMargin, y_, kText);
    const double x = kMargin + paper_.WidthOf("Nivå:  ", kText);
    const std::string name = Text(*level, "name");
    const double width = paper_.WidthOf(name, kBold) + 14;
    const auto fill = kFills.find(Text(*level, "class"));
    paper_.Box(x, y_ - kBold.size - 2, width, kBold.size + 7,
               fill == kFills.end() ? kWhite : fill->second);
    paper_.Write(name, x + 7, y_, kBold);
    paper_.Write(absl::StrCat("siden ", Text(*level, "since")), x + width + 7, y_, kText);
    y_ += 4;
  }

  void DrawNumbers() {
    const List& numbers = Rows(data_, "numbers");
    y_ += 8;
    const double width = (kWidth - kGap * static_cast<double>(numbers.size() - 1)) /
                         static_cast<double>(numbers.size());
    double x = kMargin;
    for (const Object& number : numbers) {
      paper_.Box(x, y_, width, kNumbersHeight, kWhite);
      paper_.Write(Text(number, "value"), x + 6, y_ + 19, kNumber);
      paper_.Write(Text(number, "name"), x + 6, y_ + 32, kSmall);
      x += width + kGap;
    }
    y_ += kNumbersHeight;
  }

  Row RowOf(const Object& object, const std::vector<Column>& columns) {
    Row row;
    size_t lines = 1;
    for (const Column& column : columns) {
      row.cells.push_back(paper_.Wrapped(Text(object, column.field), kText,
                                         kWidth * column.share - kGap, cell_lines_));
      lines = std::max(lines, row.cells.back().size());
    }
    row.height = HeightOf(lines, kText) + kRowGap;
    return row;
  }

  void AddTable(const Table& table, std::vector<Block>* blocks) {
    const Object* part = Part(data_, table.field);
    if (part == nullptr) return;
    Block block;
    block.table = &table;
    for (const Object& row : Rows(*part, "rows")) block.rows.push_back(RowOf(row, table.columns));
    block.shown = block.rows.size();
    if (!absl::SimpleAtoi(Text(*part, "all"), &block.all)) block.all = block.shown;
    blocks->push_back(std::move(block));
  }

  void AddPresent(std::vector<Block>* blocks) {
    static const Table kPresent = {"present", "Til stede", "", {{"text", "", 1}}};
    const Object* part = Part(data_, "present");
    if (part == nullptr) return;
    const std::string absent = Text(*part, "absent");
    const std::string who = Text(*part, "who");
    const std::string text = absl::StrCat(who, who.empty() || absent.empty() ? "" : ". ",
                                          absent.empty() ? "" : "Ikke til stede: ", absent);
    Block block;
    block.table = &kPresent;
    block.rows.push_back(RowOf({{"text", text}}, kPresent.columns));
    block.all = block.shown = 1;
    blocks->push_back(std::move(block));
  }

  // Leaves rows out, one after another, of the table that takes most room; what was decided may
  // take twice as much as another.
  static void Fit(double room, std::vector<Block>* blocks) {
    while (HeightOfAll(*blocks) > room) {
      const auto longest =
          std::ranges::max_element(*blocks, {}, [](const Block& block) { return block.Weight(); });
      if (longest == blocks->end() || longest->shown == 0) return;
      --longest->shown;
    }
  }

  void DrawBlock(const Block& block) {
    y_ += kHeadingHeight - 5;
    paper_.Write(block.table->title, kMargin, y_, kHeading);
    y_ += 5;
    paper_.Line(kMargin, y_ - 2, kWidth, kRule);
    if (*block.table->intro != '\0') {
      Paragraph(block.table->intro, kSmall, 1);
      y_ += kRowGap;
    }
    if (block.table->columns.size() > 1) {
      std::vector<std::vector<std::string>> titles;
      for (const Column& column : block.table->columns) titles.push_back({column.title});
      DrawCells(titles, block.table->columns, kLabel);
      y_ += HeightOf(1, kLabel) + kRowGap;
    }
    for (size_t i = 0; i < block.shown; ++i) {
      DrawCells(block.rows[i].cells, block.table->columns, kText);
      y_ += block.rows[i].height;
      if (i + 1 < block.shown) paper_.Line(kMargin, y_ + 0.5, kWidth, kFaint);
    }
    if (block.shown == block.all) return;
    y_ += HeightOf(1, kSmall);
    paper_.Write(absl::StrCat("… og ", block.all - block.shown, " til"), kMargin, y_, kSmall);
    y_ += kRowGap;
  }

  void DrawCells(const std::vector<std::vector<std::string>>& cells,
                 const std::vector<Column>& columns, const Font& font) {
    double x = kMargin;
    for (size_t i = 0; i < columns.size(); ++i) {
      const double width = kWidth * columns[i].share;
      double y = y_;
      for (const std::string& line : cells[i]) {
        y += HeightOf(1, font);
        columns[i].right ? paper_.Write(line, x + width - kGap, y, font, Paper::Align::kRight)
                         : paper_.Write(line, x, y, font);
      }
      x += width;
    }
  }

  const Object& data_;
  const std::string title_;
  Paper paper_;
  size_t cell_lines_ = kCellLinesMax;
  double y_ = kMargin - 8;  // Down to where the page is drawn.
};

}  // namespace

absl::StatusOr<std::string> SummaryPdf(const v1::GetMeetingResponse& meeting) {
  const Object data = SummaryData(meeting);
  return Page(meeting, data).Draw();
}

}  // namespace overgang::meeting
