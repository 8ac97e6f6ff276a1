// Lines of a CSV file, one at a time: UTF-8 with or without a byte order mark, values separated by
// semicolons, quotes as in RFC 4180. A value holds no line break, so a quote that is not closed
// spoils its own line and no other.
//
// One thread. What Next gives points into the reader and holds until the next call. Memory: one
// line and one read of the file, whatever the file's size. Faults never repeat a value.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overgang::importer {

inline constexpr size_t kLineBytesMax = 64 << 10;
inline constexpr size_t kReadBytes = 256 << 10;  // At a time.
inline constexpr char kSeparator = ';';

// What is wrong with a line, and what to do about it.
struct Fault {
  int column = 0;    // Counts from 1; 0: the line as a whole.
  std::string name;  // Of the column, where it has one.
  std::string what;
  std::string remedy;
};

struct CsvLine {
  int64_t number = 0;  // Counts from 1, as an editor shows it.
  std::vector<std::string_view> values;
  std::optional<Fault> fault;  // The values are then worth nothing.
};

class CsvReader {
 public:
  // `in` must outlive the reader.
  explicit CsvReader(std::istream& in) : in_(in) {}

  // The next line that is not blank; null at the end of the file.
  const CsvLine* Next();
  // Of the file, so far.
  int64_t bytes_read() const { return bytes_read_; }
  // Whether reading ended because of the file and not at its end.
  bool failed() const { return in_.bad(); }

 private:
  bool NextRaw();  // Into raw_, without its line end; false at the end.
  void Split();
  bool SplitQuoted(size_t* at);
  void Spoil(size_t column, std::string what, std::string remedy);

  std::istream& in_;
  std::string buffer_;
  size_t at_ = 0;  // In buffer_.
  int64_t bytes_read_ = 0;
  int64_t lines_ = 0;
  std::string raw_;
  bool too_long_ = false;
  CsvLine line_;
};

}  // namespace overgang::importer
