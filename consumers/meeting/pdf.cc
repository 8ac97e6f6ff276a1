#include "consumers/meeting/pdf.h"

#include <algorithm>
#include <map>
#include <tuple>
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
constexpr double kLineOfText = 1.28;   // Of the size of its letters.
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
constexpr int kLastTurn = 2;
constexpr size_t kNameLinesMax = 2;  // Of a number, and of what is noted of it.
constexpr size_t kWarningLinesMax = 3;
constexpr size_t kReasonLinesMax = 6;  // All inputs of a level.

// Lines of a cell, tried one after another until enough stands on the page.
struct CellLines {
  size_t kept;   // Of tables that have room first.
  size_t other;  // Of those of the last turn.
};
constexpr CellLines kCellLines[] = {
    {kCellLinesMax, kCellLinesMax}, {kCellLinesMax, 12}, {kCellLinesMax, 6},
    {kCellLinesMax, kCellLinesMin}, {12, kCellLinesMin}, {6, kCellLinesMin},
    {kCellLinesMin, kCellLinesMin}};

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
  int turn = kLastTurn;  // Who has room first; what has the last turn is cut before the others.
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
       {{"text", "Vedtak", 0.47}, {"owner", "Ansvarlig", 0.28}, {"due", "Frist", 0.25}},
       0},
      {"kommuner",
       "Utskrivningsklare etter kommune",
       "",
       {{"name", "Kommune", 0.2},
        {"inpatients", "Inneliggende", 0.13, true},
        {"ukp", "Utskrivningsklare", 0.16, true},
        {"over_24h", "Over 24 t", 0.11, true},
        {"long_waits", "Over 7 / 10 døgn", 0.16, true},
        {"awaiting", "Uten svar", 0.1, true},
        {"free", "Ledige plasser", 0.14, true}}},
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
       {{"what", "Hva", 0.7}, {"frozen", "I møtet", 0.15, true}, {"now", "I dag", 0.15, true}},
       1}};
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
    for (const Block& block : Fitted(kBottom - y_)) DrawBlock(block);
    paper_.Write(absl::StrCat("Møte ", Text(data_, "id")), kMargin, kFooter, kSmall);
    return paper_.Finish();
  }

 private:
  static double HeightOfAll(const std::vector<Block>& blocks) {
    double height = 0;
    for (const Block& block : blocks) height += block.Height();
    return height;
  }

  std::vector<Block> Blocks(const CellLines& cell_lines) {
    std::vector<Block> blocks;
    for (const Table& table : Tables()) {
      if (std::string_view(table.field) == "corrections") AddPresent(cell_lines.other, &blocks);
      AddTable(table, table.turn < kLastTurn ? cell_lines.kept : cell_lines.other, &blocks);
    }
    return blocks;
  }

  std::vector<Block> Fitted(double room) {
    std::vector<Block> blocks;
    for (const CellLines& lines : kCellLines) {
      blocks = Blocks(lines);
      Fill(room, &blocks);
      // Rows of the other tables are left out only where their cells are as short as they get.
      const bool enough = std::ranges::all_of(blocks, [&](const Block& block) {
        return block.shown == block.rows.size() ||
               (block.table->turn == kLastTurn && lines.other == kCellLinesMin);
      });
      if (enough) break;
    }
    return blocks;
  }

  // Shows row after row for as long as there is room for one: the first of each table, then by
  // turn, and of one turn those of whatever has least.
  static void Fill(double room, std::vector<Block>* blocks) {
    const auto turn = [](const Block& block) {
      return std::tuple(block.shown > 0, block.table->turn, block.RowsHeight());
    };
    while (true) {
      Block* next = nullptr;
      for (Block& block : *blocks) {
        if (block.shown == block.rows.size()) continue;
        ++block.shown;
        const bool fits = HeightOfAll(*blocks) <= room;
        --block.shown;
        if (fits && (next == nullptr || turn(block) < turn(*next))) next = &block;
      }
      if (next == nullptr) return;
      ++next->shown;
    }
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
                kWarning, kWarningLinesMax);
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
    Paragraph(Text(*level, "decided"), kText, kWarningLinesMax);
    if (const std::string reasons = Text(*level, "reasons"); !reasons.empty())
      Paragraph(absl::StrCat("Grunnlaget da nivået ble satt: ", reasons, "."), kText,
                kReasonLinesMax);
  }

  void DrawNumbers() {
    const List& numbers = Rows(data_, "numbers");
    y_ += 8;
    const double width = (kWidth - kGap * static_cast<double>(numbers.size() - 1)) /
                         static_cast<double>(numbers.size());
    const double text_width = width - 2 * kGap;
    std::vector<std::vector<std::string>> names;
    size_t lines = 1;
    for (const Object& number : numbers) {
      names.push_back(paper_.Wrapped(Text(number, "name"), kSmall, text_width, kNameLinesMax));
      for (std::string& line :
           paper_.Wrapped(Text(number, "note"), kSmall, text_width, kNameLinesMax))
        names.back().push_back(std::move(line));
      lines = std::max(lines, names.back().size());
    }
    const double height = HeightOf(1, kNumber) + HeightOf(lines, kSmall) + 2 * kRowGap;
    double x = kMargin;
    for (size_t i = 0; i < numbers.size(); ++i, x += width + kGap) {
      paper_.Box(x, y_, width, height, kWhite);
      double y = y_ + HeightOf(1, kNumber);
      paper_.Write(Text(numbers[i], "value"), x + kGap, y, kNumber);
      for (const std::string& line : names[i]) {
        y += HeightOf(1, kSmall);
        paper_.Write(line, x + kGap, y + 2, kSmall);
      }
    }
    y_ += height;
  }

  Row RowOf(const Object& object, const std::vector<Column>& columns, size_t cell_lines) {
    Row row;
    size_t lines = 1;
    for (const Column& column : columns) {
      row.cells.push_back(paper_.Wrapped(Text(object, column.field), kText,
                                         kWidth * column.share - kGap, cell_lines));
      lines = std::max(lines, row.cells.back().size());
    }
    row.height = HeightOf(lines, kText) + kRowGap;
    return row;
  }

  void AddTable(const Table& table, size_t cell_lines, std::vector<Block>* blocks) {
    const Object* part = Part(data_, table.field);
    if (part == nullptr) return;
    Block block;
    block.table = &table;
    const List& rows = Rows(*part, "rows");
    block.rows.reserve(rows.size());
    for (const Object& row : rows) block.rows.push_back(RowOf(row, table.columns, cell_lines));
    if (!absl::SimpleAtoi(Text(*part, "all"), &block.all)) block.all = block.rows.size();
    blocks->push_back(std::move(block));
  }

  void AddPresent(size_t cell_lines, std::vector<Block>* blocks) {
    static const Table kPresent = {"present", "Til stede", "", {{"text", "", 1}}};
    const Object* part = Part(data_, "present");
    if (part == nullptr) return;
    const std::string absent = Text(*part, "absent");
    const std::string who = Text(*part, "who");
    const std::string text = absl::StrCat(who, who.empty() || absent.empty() ? "" : ". ",
                                          absent.empty() ? "" : "Ikke til stede: ", absent);
    Block block;
    block.table = &kPresent;
    block.rows.push_back(RowOf({{"text", text}}, kPresent.columns, cell_lines));
    block.all = 1;
    blocks->push_back(std::move(block));
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
  double y_ = kMargin - 8;  // Down to where the page is drawn.
};

}  // namespace

absl::StatusOr<std::string> SummaryPdf(const v1::GetMeetingResponse& meeting) {
  const Object data = SummaryData(meeting);
  return Page(meeting, data).Draw();
}

}  // namespace overgang::meeting
