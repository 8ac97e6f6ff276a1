#include "app/cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/oslo_time.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::cli {
namespace {

size_t TerminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kLineWidth;
  return std::clamp<size_t>(size.ws_col, kLineWidthMin, kLineWidthMax);
}

std::string_view Code(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

Output StandardOutput() {
  return {&std::cout, &std::cerr, isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr,
          TerminalWidth()};
}

size_t Width(std::string_view text) {
  // Sør-Fron is as wide as it looks.
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::string> Wrapped(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const auto word : absl::StrSplit(std::string(text), ' ')) {
    const std::string piece(word);
    if (lines.empty() || Width(lines.back()) + 1 + Width(piece) > width) {
      lines.push_back(piece);
    } else {
      absl::StrAppend(&lines.back(), " ", piece);
    }
  }
  return lines;
}

std::string Coloured(const Output& output, Colour colour, std::string_view text) {
  if (!output.terminal || colour == Colour::kNone) return std::string(text);
  return absl::StrCat(std::string(Code(colour)), std::string(text), "\x1b[0m");
}

void Table::Print(const Output& output) const {
  std::vector<size_t> widths;
  for (size_t column = 0; column < columns_.size(); ++column) {
    size_t width = Width(columns_[column].title);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, Width(row[column].text));
    widths.push_back(width);
  }
  const auto print_row = [&](const auto& text_of, const auto& colour_of) {
    for (size_t column = 0; column < columns_.size(); ++column) {
      const std::string& text = text_of(column);
      const std::string padding(widths[column] - Width(text), ' ');
      const bool right = columns_[column].align == Align::kRight;
      const bool last = column + 1 == columns_.size();
      *output.out << (column == 0 ? "" : "  ") << (right ? padding : "")
                  << Coloured(output, colour_of(column), text) << (right || last ? "" : padding);
    }
    *output.out << '\n';
  };
  print_row([&](size_t column) -> const std::string& { return columns_[column].title; },
            [](size_t) { return Colour::kBold; });
  for (const std::vector<Cell>& row : rows_) {
    print_row([&](size_t column) -> const std::string& { return row[column].text; },
              [&](size_t column) { return row[column].colour; });
  }
}

std::string OsloText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, Oslo());
}

std::string OsloText(bool has, const google::protobuf::Timestamp& timestamp) {
  return has ? OsloText(FromProto(timestamp)) : "";
}

std::string DurationText(absl::Duration duration) {
  const int64_t minutes = absl::ToInt64Minutes(duration);
  const int64_t hours = minutes / 60, days = hours / 24;
  if (days > 0) return absl::StrCat(days, " d ", hours % 24, " h");
  if (hours > 0) return absl::StrCat(hours, " h ", minutes % 60, " min");
  return absl::StrCat(minutes, " min");
}

void PrintJson(const Output& output, const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for text that is no UTF-8, which proto3 does not let through.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  *output.out << json << '\n' << std::flush;
}

}  // namespace overgang::cli
