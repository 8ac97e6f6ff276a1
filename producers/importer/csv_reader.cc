#include "producers/importer/csv_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace overgang::importer {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned char kContinuation = 0x80, kContinuationMask = 0xC0;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Bytes of the character that begins with `lead`; 0: none does.
size_t LengthOf(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Whether overlong forms, surrogates and what lies beyond Unicode are kept out.
bool SecondFits(unsigned char lead, unsigned char second) {
  if (lead == 0xE0) return second >= 0xA0;
  if (lead == 0xED) return second < 0xA0;
  if (lead == 0xF0) return second >= 0x90;
  return lead != 0xF4 || second < 0x90;
}

// Where the text stops being UTF-8; npos: nowhere.
size_t NotUtf8At(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = LengthOf(lead);
    if (length == 0 || i + length > text.size()) return i;
    for (size_t j = 1; j < length; ++j) {
      const auto byte = static_cast<unsigned char>(text[i + j]);
      if ((byte & kContinuationMask) != kContinuation || (j == 1 && !SecondFits(lead, byte)))
        return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace

bool CsvReader::NextRaw() {
  raw_.clear();
  too_long_ = false;
  while (true) {
    if (at_ == buffer_.size()) {
      buffer_.resize(kReadBytes);
      in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      buffer_.resize(static_cast<size_t>(in_.gcount()));
      at_ = 0;
      bytes_read_ += in_.gcount();
      if (buffer_.empty()) return !raw_.empty() || too_long_;  // A last line without its end.
    }
    const size_t end = buffer_.find('\n', at_);
    const size_t stop = std::min(end, buffer_.size());
    if (raw_.size() + (stop - at_) > kLineBytesMax) {
      too_long_ = true;
    } else if (!too_long_) {
      raw_.append(buffer_, at_, stop - at_);
    }
    at_ = std::min(stop + 1, buffer_.size());
    if (end == std::string::npos) continue;
    return true;
  }
}

const CsvLine* CsvReader::Next() {
  while (NextRaw()) {
    line_.number = ++lines_;
    line_.values.clear();
    line_.fault.reset();
    if (lines_ == 1 && raw_.starts_with(kByteOrderMark)) raw_.erase(0, kByteOrderMark.size());
    if (raw_.ends_with('\r')) raw_.pop_back();
    if (too_long_) {
      line_.fault = Fault{0, "", "this line is too long",
                          absl::StrCat("write at most ", kLineBytesMax, " bytes a line")};
      return &line_;
    }
    if (raw_.empty()) continue;
    Split();
    return &line_;
  }
  return nullptr;
}

void CsvReader::Spoil(size_t column, std::string what, std::string remedy) {
  line_.fault = Fault{static_cast<int>(column), "", std::move(what), std::move(remedy)};
}

// A quoted value whose first quote stands at `*at`; leaves `*at` after its last one. The quotes
// that stand twice are put right in place.
bool CsvReader::SplitQuoted(size_t* at) {
  const size_t start = *at + 1;
  size_t to = start;
  for (size_t from = start; from < raw_.size(); ++from) {
    if (raw_[from] != '"') {
      raw_[to++] = raw_[from];
    } else if (from + 1 < raw_.size() && raw_[from + 1] == '"') {
      raw_[to++] = raw_[from++];
    } else {
      line_.values.emplace_back(raw_.data() + start, to - start);
      *at = from + 1;
      return true;
    }
  }
  return false;
}

void CsvReader::Split() {
  const size_t column_max = raw_.size() + 1;
  for (size_t at = 0, column = 1; column <= column_max; ++column) {
    if (at < raw_.size() && raw_[at] == '"') {
      if (!SplitQuoted(&at)) {
        return Spoil(column, "the quote is not closed on this line",
                     "close it, or write no quotes; a value holds no line break");
      }
      if (at < raw_.size() && raw_[at] != kSeparator) {
        return Spoil(column, "something stands after the closing quote",
                     "write a quote within quotes twice");
      }
    } else {
      const size_t end = std::min(raw_.find(kSeparator, at), raw_.size());
      line_.values.emplace_back(raw_.data() + at, end - at);
      at = end;
      if (line_.values.back().find('"') != std::string_view::npos) {
        return Spoil(column, "a quote stands within a value",
                     "put the whole value in quotes, and write the quote twice");
      }
    }
    const std::string_view value = line_.values.back();
    if (std::ranges::any_of(value, IsControl)) {
      return Spoil(column, "this holds control characters",
                   "write plain text; a file in UTF-16 has to be saved as UTF-8");
    }
    if (NotUtf8At(value) != std::string_view::npos)
      return Spoil(column, "this is no UTF-8", "save the file as UTF-8");
    if (at == raw_.size()) return;
    ++at;  // The separator; after the last one stands an empty value.
  }
}

}  // namespace overgang::importer
