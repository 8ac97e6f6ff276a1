// An HL7 v2 message (2.1-2.8), split into segments and fields; knows the encoding rules and no
// meaning.
//
// Fields are views into one buffer and are unescaped only when asked for (Text). Field numbers are
// HL7's own, from 1; in MSH, field 1 is the separator and field 2 the encoding characters. What is
// missing reads as empty. Empty means "not said"; two double quotes mean "delete" (IsDelete).
// Ownership: where the bytes are ASCII or UTF-8 the views point into the caller's bytes, which must
// outlive the message's use; other character sets are converted into a buffer of the message. Reuse
// one Message for many: it keeps its memory. One thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "producers/hl7v2/charset.h"

namespace overgang::hl7v2 {

struct Delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';       // 0: the message has none.
  char subcomponent = '&';  // 0: the message has none.
};

// One segment: field 0 is its name.
class Segment {
 public:
  explicit Segment(std::span<const std::string_view> fields = {}) : fields_(fields) {}
  std::string_view name() const { return Field(0); }
  std::string_view Field(size_t n) const {
    return n < fields_.size() ? fields_[n] : std::string_view();
  }
  size_t size() const { return fields_.size(); }

 private:
  std::span<const std::string_view> fields_;
};

inline bool IsDelete(std::string_view field) { return field == "\"\""; }

class Message {
 public:
  Message() = default;
  Message(const Message&) = delete;  // Segments point into it.
  Message& operator=(const Message&) = delete;

  // INVALID_ARGUMENT with its place (core/errors.h) where this is no HL7 v2 message: no MSH,
  // unusable delimiters.
  [[nodiscard]] absl::Status Read(std::string_view bytes);

  // Forgets what was read, and gives back the memory that a large message took.
  void Trim();

  const Delimiters& delimiters() const { return delimiters_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const Segment& msh() const { return segments_.front(); }
  // MSH as received, before any conversion: what an acknowledgement repeats to the letter.
  const Segment& raw_msh() const { return raw_msh_; }
  // The bytes that were read, without a byte order mark or blank lines before MSH.
  std::string_view bytes() const { return bytes_; }
  Charset charset() const { return charset_; }
  const Segment* Find(std::string_view name) const;  // The first; null: none.
  // The field of the first segment of that name; empty where there is none.
  std::string_view Field(std::string_view segment, size_t n) const;

  // Parts of a field; n from 1. An absent part is empty.
  std::string_view Repetition(std::string_view field, size_t n) const {
    return Part(field, delimiters_.repetition, n);
  }
  std::string_view Component(std::string_view repetition, size_t n) const {
    return Part(repetition, delimiters_.component, n);
  }
  std::string_view Subcomponent(std::string_view component, size_t n) const {
    return Part(component, delimiters_.subcomponent, n);
  }
  // Takes the next repetition off `rest`; false where nothing is left. For (view r, rest = f;
  // NextRepetition(rest, r);).
  bool NextRepetition(std::string_view& rest, std::string_view& repetition) const;

  // First repetition, component n, its first subcomponent; unescaped, without blanks around it;
  // empty for "delete".
  std::string Value(std::string_view field, size_t component = 1) const;
  // Unescaped UTF-8. \.br\ becomes a line feed, other formatting and unknown escapes nothing.
  std::string Text(std::string_view raw) const;

 private:
  static std::string_view Part(std::string_view text, char separator, size_t n);
  absl::Status ReadDelimiters();
  void Split(std::string_view text);
  std::string_view Escape(std::string_view code, std::string& out) const;

  std::string_view bytes_;
  Delimiters delimiters_;
  Charset charset_ = Charset::kUnstated;
  std::string converted_;
  std::vector<std::string_view> raw_msh_fields_;
  Segment raw_msh_;
  std::vector<std::string_view> fields_;
  std::vector<size_t> segment_starts_;  // Into fields_.
  std::vector<Segment> segments_;
};

// A field's text with the message's delimiters escaped, for writing. Control characters become
// blanks.
std::string Escaped(std::string_view text, const Delimiters& delimiters);

}  // namespace overgang::hl7v2
