// Where a command writes, and how its answers look: tables on a terminal, one JSON object per line
// with --json. One thread. Times are shown in Europe/Oslo.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace overgang::cli {

// Exit codes of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;
inline constexpr int kNotReachable = 3;

inline constexpr size_t kLineWidth = 100;    // Where there is no terminal.
inline constexpr size_t kLineWidthMin = 40;  // A terminal narrower than that wraps by itself.
inline constexpr size_t kLineWidthMax = 120;

struct Output {
  std::ostream* out;
  std::ostream* err;
  bool terminal = false;      // Colour, and redrawing in place.
  size_t width = kLineWidth;  // Where running text is wrapped.
};
// Standard output and error.
Output StandardOutput();

enum class Align : unsigned char { kLeft, kRight };
enum class Colour : unsigned char { kNone, kBold, kDim, kYellow, kRed };

// `text` in a colour where the output is a terminal.
std::string Coloured(const Output& output, Colour colour, std::string_view text);

// How wide it looks: characters, not bytes.
size_t Width(std::string_view text);
// Lines of at most `width`, broken at spaces; a word that is longer has a line of its own.
std::vector<std::string> Wrapped(std::string_view text, size_t width);

// Columns as wide as their widest cell; nothing after a row's last cell.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  // Rows are written as lists of what they show.
  // NOLINTBEGIN(google-explicit-constructor)
  struct Cell {
    Cell(std::string text, Colour colour = Colour::kNone) : text(std::move(text)), colour(colour) {}
    Cell(const char* text) : text(text) {}
    Cell(int64_t number, Colour colour = Colour::kNone)
        : text(std::to_string(number)), colour(colour) {}
    std::string text;
    Colour colour = Colour::kNone;
  };
  // NOLINTEND(google-explicit-constructor)

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  void Print(const Output& output) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "2026-01-15 07:30:00"; empty where unset.
std::string OsloText(absl::Time time);
std::string OsloText(bool has, const google::protobuf::Timestamp& timestamp);
// "2 d 4 h", "3 h 12 min", "0 min".
std::string DurationText(absl::Duration duration);
// One line, zeros included, so that scripts need not guess what absent means.
void PrintJson(const Output& output, const google::protobuf::Message& message);

}  // namespace overgang::cli
