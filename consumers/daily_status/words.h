// The words of the mails in one language, and dates as that language has them. Immutable.
//
// A file has lines of "key = text", where the text may hold {{names}}; lines that begin with '#'
// and empty ones say nothing. Errors: INVALID_ARGUMENT with every mistake, one a line, each with
// file, line and remedy.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/mustache.h"

namespace overgang::daily_status {

// A line of a file of "key = text".
struct KeyedLine {
  std::string key;
  std::string text;
  int line = 0;
};
absl::StatusOr<std::vector<KeyedLine>> ReadKeyedLines(const std::string& file,
                                                      std::string_view bytes);

class Words {
 public:
  // Keys that the file lacks are those of `built_in`, and keys and names that are not in it are
  // mistakes; null: this is the built-in one.
  static absl::StatusOr<Words> Parse(const std::string& file, std::string_view bytes,
                                     const Words* built_in);

  // The text; a key that does not exist is a mistake of the program and gives the key itself.
  std::string Say(std::string_view key, const mustache::Object& with = {}) const;
  bool Has(std::string_view key) const { return texts_.contains(key); }
  // Proves the text of a key that is said with all of `example`.
  absl::Status Check(std::string_view key, const mustache::Object& example) const;

  // "mandag 2. mars 2026", "mandag".
  std::string LongDate(absl::CivilDay day) const;
  std::string Weekday(absl::CivilDay day) const;
  std::string ShortWeekday(absl::CivilDay day) const;
  // "mandag 2. mars 2026 kl. 07.30".
  std::string Moment(absl::Time time) const;

 private:
  std::map<std::string, mustache::Template, std::less<>> texts_;
};

// Texts that are said with all that a mail says of itself; an operator may use any of its names.
inline constexpr std::string_view kSubjectKeys[] = {"subject", "subject.corrected", "title"};

}  // namespace overgang::daily_status
