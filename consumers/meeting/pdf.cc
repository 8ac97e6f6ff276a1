#include "consumers/meeting/pdf.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "consumers/meeting/paper.h"
#include "consumers/meeting/pdf_tables.h"
#include "consumers/meeting/summary.h"
#include "core/mustache.h"
#include "core/oslo_time.h"

namespace overgang::meeting {
namespace {

using mustache::List;
using mustache::Object;

constexpr double kMargin = 36;
constexpr double kFooterHeight = 16;
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
constexpr double kSmallScale = 0.85;  // Can still be read.
constexpr size_t kNameLinesMax = 2;   // Of a number, and of what is noted of it.
constexpr size_t kWarningLinesMax = 3;
constexpr size_t kReasonLinesMax = 6;  // All inputs of a level.

// How small things are written. Tried one after another until enough stands on the page.
struct Size {
  double scale;        // Of all letters.
  size_t first_lines;  // Of a cell, in tables that have room first;
  size_t other_lines;  // and in those of the last turn.
};
constexpr Size kSizes[] = {{1, kCellLinesMax, kCellLinesMax},
                           {1, kCellLinesMax, 12},
                           {1, kCellLinesMax, 6},
                           {1, kCellLinesMax, kCellLinesMin},
                           {kSmallScale, kCellLinesMax, kCellLinesMin},
                           {kSmallScale, 12, kCellLinesMin},
                           {kSmallScale, 6, kCellLinesMin},
                           {kSmallScale, kCellLinesMin, kCellLinesMin}};

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
  Page(const v1::GetMeetingResponse& meeting, const Object& data, const Size& size)
      : data_(data),
        size_(size),
        title_(absl::StrCat("Kapasitetsmøte – ", Text(data, "hospital"))),
        paper_(absl::StrCat(title_, " – ", Text(data, "held_at")), FromProto(meeting.held_at()),
               size.scale),
        width_(paper_.Width() - 2 * kMargin),
        footer_(paper_.Height() - kMargin) {}

  // False where something else is to be cut, or all written smaller, before what this leaves out.
  bool Lay() {
    DrawTop();
    DrawNumbers();
    AddBlocks();
    Fill(footer_ - kFooterHeight - y_);
    return std::ranges::all_of(blocks_, [this](const Block& block) {
      return block.shown == block.rows.size() || MayLack(block.table->turn);
    });
  }

  absl::StatusOr<std::string> Finish() {
    for (const Block& block : blocks_) DrawBlock(block);
    paper_.Write(absl::StrCat("Møte ", Text(data_, "id")), kMargin, footer_, kSmall);
    return paper_.Finish();
  }

 private:
  // Shorter cells of what was decided make room for more of that only.
  bool MayLack(int turn) const {
    if (size_.other_lines != kCellLinesMin || turn == kDecided) return false;
    return turn == kLastTurn || size_.scale == kSmallScale;
  }

  double HeightOfAll() const {
    double height = 0;
    for (const Block& block : blocks_) height += block.Height();
    return height;
  }

  void AddBlocks() {
    for (const Table& table : Tables()) {
      if (std::string_view(table.field) == "corrections") AddPresent();
      AddTable(table);
    }
  }

  // Shows row after row for as long as there is room for one: the first of each table, then by
  // turn, and of one turn those of whatever has least.
  void Fill(double room) {
    const auto order = [](const Block& block) {
      return std::tuple(block.shown > 0, block.table->turn, block.RowsHeight());
    };
    while (true) {
      Block* next = nullptr;
      for (Block& block : blocks_) {
        if (block.shown == block.rows.size()) continue;
        ++block.shown;
        const bool fits = HeightOfAll() <= room;
        --block.shown;
        if (fits && (next == nullptr || order(block) < order(*next))) next = &block;
      }
      if (next == nullptr) return;
      ++next->shown;
    }
  }

  // Lines of running text at the place that is reached.
  void Paragraph(const std::string& text, const Font& font, size_t lines_max) {
    for (const std::string& line : paper_.Wrapped(text, font, width_, lines_max)) {
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
    const double width = (width_ - kGap * static_cast<double>(numbers.size() - 1)) /
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

  Row RowOf(const Object& object, const Table& table) {
    const size_t cell_lines = table.turn == kLastTurn ? size_.other_lines : size_.first_lines;
    Row row;
    size_t lines = 1;
    for (const Column& column : table.columns) {
      row.cells.push_back(paper_.Wrapped(Text(object, column.field), kText,
                                         width_ * column.share - kGap, cell_lines));
      lines = std::max(lines, row.cells.back().size());
    }
    row.height = HeightOf(lines, kText) + kRowGap;
    return row;
  }

  void AddTable(const Table& table) {
    const Object* part = Part(data_, table.field);
    if (part == nullptr) return;
    Block block;
    block.table = &table;
    const List& rows = Rows(*part, "rows");
    block.rows.reserve(rows.size());
    for (const Object& row : rows) block.rows.push_back(RowOf(row, table));
    if (!absl::SimpleAtoi(Text(*part, "all"), &block.all)) block.all = block.rows.size();
    blocks_.push_back(std::move(block));
  }

  void AddPresent() {
    static const Table kPresent = {"present", "Til stede", "", {{"text", "", 1}}};
    const Object* part = Part(data_, "present");
    if (part == nullptr) return;
    const std::string absent = Text(*part, "absent");
    const std::string who = Text(*part, "who");
    const std::string text = absl::StrCat(who, who.empty() || absent.empty() ? "" : ". ",
                                          absent.empty() ? "" : "Ikke til stede: ", absent);
    Block block;
    block.table = &kPresent;
    block.rows.push_back(RowOf({{"text", text}}, kPresent));
    block.all = 1;
    blocks_.push_back(std::move(block));
  }

  void DrawBlock(const Block& block) {
    y_ += kHeadingHeight - 5;
    paper_.Write(block.table->title, kMargin, y_, kHeading);
    y_ += 5;
    paper_.Line(kMargin, y_ - 2, width_, kRule);
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
      if (i + 1 < block.shown) paper_.Line(kMargin, y_ + 0.5, width_, kFaint);
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
      const double width = width_ * columns[i].share;
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
  const Size size_;
  const std::string title_;
  Paper paper_;
  const double width_, footer_;  // What is drawn on, and where its last line stands.
  std::vector<Block> blocks_;
  double y_ = kMargin - 8;  // Down to where the page is drawn.
};

}  // namespace

absl::StatusOr<std::string> SummaryPdf(const v1::GetMeetingResponse& meeting) {
  const Object data = SummaryData(meeting);
  for (size_t i = 0;; ++i) {
    Page page(meeting, data, kSizes[i]);
    if (page.Lay() || i + 1 == std::size(kSizes)) return page.Finish();
  }
}

}  // namespace overgang::meeting
