#include "producers/hl7v2/hl7_message.h"

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace overgang::hl7v2 {
namespace {

constexpr size_t kFieldsKeptMax = 4096;  // 64 kB; an ADT message has some hundred.
constexpr size_t kConvertedBytesKeptMax = 64 << 10;

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

bool UsableDelimiter(char c) {
  return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7F &&
         !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '"');
}

absl::Status NoMessage(std::string_view place, std::string_view message, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, place, message, remedy);
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Appends the fields of a segment (its name first) to `fields`.
void SplitFields(std::string_view segment, char separator, std::vector<std::string_view>& fields) {
  while (true) {
    const char* end =
        static_cast<const char*>(std::memchr(segment.data(), separator, segment.size()));
    if (end == nullptr) break;
    const size_t size = static_cast<size_t>(end - segment.data());
    fields.push_back(segment.substr(0, size));
    segment.remove_prefix(size + 1);
  }
  fields.push_back(segment);
}

std::string_view FirstLine(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// Of MSH: as SplitFields, with the separator itself as field 1.
void SplitMsh(std::string_view segment, std::vector<std::string_view>& fields) {
  fields.push_back(segment.substr(0, 3));
  fields.push_back(segment.substr(3, 1));
  SplitFields(segment.substr(std::min<size_t>(4, segment.size())), segment[3], fields);
}

}  // namespace

absl::Status Message::Read(std::string_view bytes) {
  segments_.clear();
  fields_.clear();
  segment_starts_.clear();
  raw_msh_fields_.clear();
  raw_msh_ = Segment();
  delimiters_ = Delimiters();
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  while (!bytes.empty() && (IsLineEnd(bytes.front()) || bytes.front() == ' '))
    bytes.remove_prefix(1);
  bytes_ = bytes;
  if (!bytes_.starts_with("MSH") || bytes_.size() < 5 || !UsableDelimiter(bytes_[3])) {
    return NoMessage("MSH", "this does not begin with an MSH segment",
                     "send one HL7 v2 message per frame");
  }
  SplitMsh(FirstLine(bytes_), raw_msh_fields_);
  raw_msh_ = Segment(raw_msh_fields_);
  if (absl::Status status = ReadDelimiters(); !status.ok()) return status;
  charset_ = CharsetByName(Part(raw_msh_.Field(18), delimiters_.repetition, 1));
  if (IsAscii(bytes_) || (charset_ == Charset::kUtf8 && IsUtf8(bytes_))) {
    Split(bytes_);
  } else {
    ToUtf8(bytes_, charset_, converted_);
    Split(converted_);
  }
  return absl::OkStatus();
}

absl::Status Message::ReadDelimiters() {
  Delimiters d;
  d.field = bytes_[3];
  const std::string_view encoding = raw_msh_.Field(2);
  if (encoding.size() < 2) {
    return NoMessage("MSH-2", "the component and repetition separators are missing",
                     "send at least two characters, as ^~");
  }
  d.component = encoding[0];
  d.repetition = encoding[1];
  d.escape = encoding.size() > 2 ? encoding[2] : '\0';
  d.subcomponent = encoding.size() > 3 ? encoding[3] : '\0';
  const char all[] = {d.field, d.component, d.repetition, d.escape, d.subcomponent};
  for (size_t i = 0; i < sizeof(all); ++i) {
    if (all[i] == '\0') continue;
    if (!UsableDelimiter(all[i]) || std::count(std::begin(all), std::end(all), all[i]) > 1) {
      return NoMessage("MSH-2", "the delimiters are not five different punctuation marks",
                       "send for example ^~\\&");
    }
  }
  delimiters_ = d;
  return absl::OkStatus();
}

void Message::Trim() {
  if (fields_.capacity() <= kFieldsKeptMax && converted_.capacity() <= kConvertedBytesKeptMax)
    return;
  segments_ = {};
  segment_starts_ = {};
  fields_ = {};
  raw_msh_fields_ = {};
  raw_msh_ = Segment();
  std::string().swap(converted_);
}

void Message::Split(std::string_view text) {
  for (size_t start = 0; start < text.size();) {
    if (IsLineEnd(text[start])) {
      ++start;
      continue;
    }
    segment_starts_.push_back(fields_.size());
    size_t end = start;
    for (; end < text.size() && !IsLineEnd(text[end]); ++end) {
      if (text[end] != delimiters_.field) continue;
      fields_.push_back(text.substr(start, end - start));
      start = end + 1;
      // Field 1 of MSH is the separator itself.
      if (fields_.size() == 1) fields_.push_back(text.substr(end, 1));
    }
    fields_.push_back(text.substr(start, end - start));
    start = end;
  }
  segments_.reserve(segment_starts_.size());
  const std::span<const std::string_view> all(fields_);
  for (size_t i = 0; i < segment_starts_.size(); ++i) {
    const size_t end = i + 1 < segment_starts_.size() ? segment_starts_[i + 1] : fields_.size();
    segments_.emplace_back(all.subspan(segment_starts_[i], end - segment_starts_[i]));
  }
}

const Segment* Message::Find(std::string_view name) const {
  for (const Segment& segment : segments_) {
    if (segment.name() == name) return &segment;
  }
  return nullptr;
}

std::string_view Message::Field(std::string_view segment, size_t n) const {
  const Segment* found = Find(segment);
  return found == nullptr ? std::string_view() : found->Field(n);
}

std::string_view Message::Part(std::string_view text, char separator, size_t n) {
  if (separator == '\0') return n == 1 ? text : std::string_view();
  for (; n > 1; --n) {
    const size_t end = text.find(separator);
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find(separator));
}

bool Message::NextRepetition(std::string_view& rest, std::string_view& repetition) const {
  if (rest.empty()) return false;
  const size_t end = std::min(rest.find(delimiters_.repetition), rest.size());
  repetition = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

std::string Message::Value(std::string_view field, size_t component) const {
  // One pass instead of one per level: most fields are short, and there are many.
  size_t end = 0, start = 0;
  for (; end < field.size() && field[end] != delimiters_.repetition; ++end) {
    if (field[end] != delimiters_.component) continue;
    if (--component == 0) break;
    start = end + 1;
  }
  if (component > 1) return {};
  const std::string_view raw = Subcomponent(field.substr(start, end - start), 1);
  if (raw.empty() || IsDelete(raw)) return {};
  if (raw.find(delimiters_.escape) == raw.npos) return std::string(Trimmed(raw));
  return std::string(Trimmed(Text(raw)));
}

std::string Message::Text(std::string_view raw) const {
  std::string out;
  while (true) {
    const size_t start = delimiters_.escape == '\0' ? raw.npos : raw.find(delimiters_.escape);
    out += raw.substr(0, start);
    if (start == raw.npos) return out;
    raw.remove_prefix(start + 1);
    const size_t end = raw.find(delimiters_.escape);
    if (end == raw.npos) {  // A lone escape character: text, as some systems send it unescaped.
      out += delimiters_.escape;
      out += raw;
      return out;
    }
    out += Escape(raw.substr(0, end), out);
    raw.remove_prefix(end + 1);
  }
}

// What the escape sequence stands for; hexadecimal data is appended to `out` at once.
std::string_view Message::Escape(std::string_view code, std::string& out) const {
  if (code == "F") return {&delimiters_.field, 1};
  if (code == "S") return {&delimiters_.component, 1};
  if (code == "R") return {&delimiters_.repetition, 1};
  if (code == "E") return {&delimiters_.escape, 1};
  if (code == "T")
    return delimiters_.subcomponent == '\0' ? std::string_view()
                                            : std::string_view(&delimiters_.subcomponent, 1);
  if (code == ".br") return "\n";
  if (!code.starts_with('X') || code.size() % 2 == 0) return {};
  std::string data;
  for (size_t i = 1; i + 1 < code.size(); i += 2) {
    const int high = HexDigit(code[i]), low = HexDigit(code[i + 1]);
    if (high < 0 || low < 0) return {};
    data += static_cast<char>(high * 16 + low);
  }
  if (IsAscii(data)) {
    out += data;
  } else {
    std::string converted;
    ToUtf8(data, charset_, converted);
    out += converted;
  }
  return {};
}

std::string Escaped(std::string_view text, const Delimiters& delimiters) {
  std::string out;
  const auto escape = [&](char code) {
    if (delimiters.escape == '\0') {
      out += ' ';
      return;
    }
    out += delimiters.escape;
    out += code;
    out += delimiters.escape;
  };
  for (char c : text) {
    if (c == delimiters.field) {
      escape('F');
    } else if (c == delimiters.component) {
      escape('S');
    } else if (c == delimiters.repetition) {
      escape('R');
    } else if (delimiters.escape != '\0' && c == delimiters.escape) {
      escape('E');
    } else if (delimiters.subcomponent != '\0' && c == delimiters.subcomponent) {
      escape('T');
    } else {
      out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace overgang::hl7v2
