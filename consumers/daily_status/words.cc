#include "consumers/daily_status/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/bokmal.h"
#include "core/edit_distance.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

std::string WeekdayKey(absl::CivilDay day, std::string_view of) {
  return absl::StrCat(std::string(of), static_cast<int>(absl::GetWeekday(day)) + 1);
}

absl::Status AllOf(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

}  // namespace

absl::StatusOr<std::vector<KeyedLine>> ReadKeyedLines(const std::string& file,
                                                      std::string_view bytes) {
  std::vector<KeyedLine> lines;
  std::vector<std::string> mistakes;
  int number = 0;
  while (!bytes.empty()) {
    ++number;
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string line(absl::StripAsciiWhitespace({bytes.data(), end}));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    KeyedLine read;
    read.line = number;
    if (equals != std::string::npos) {
      read.key = std::string(absl::StripAsciiWhitespace(line.substr(0, equals)));
      read.text = std::string(absl::StripAsciiWhitespace(line.substr(equals + 1)));
    }
    if (read.key.empty()) {
      mistakes.push_back(absl::StrCat(file, ":", number, ": no key; write key = text"));
    } else if (std::ranges::find(lines, read.key, &KeyedLine::key) != lines.end()) {
      mistakes.push_back(
          absl::StrCat(file, ":", number, ": ", read.key, ": is there twice; keep one of them"));
    } else {
      lines.push_back(std::move(read));
    }
  }
  if (!mistakes.empty()) return AllOf(mistakes);
  return lines;
}

absl::StatusOr<Words> Words::Parse(const std::string& file, std::string_view bytes,
                                   const Words* built_in) {
  const auto lines = ReadKeyedLines(file, bytes);
  if (!lines.ok()) return lines.status();
  Words words;
  if (built_in != nullptr) words = *built_in;
  std::vector<std::string> keys;
  for (const auto& [key, text] : words.texts_) keys.push_back(key);
  std::vector<std::string> mistakes;
  for (const KeyedLine& line : *lines) {
    const std::string place = absl::StrCat(file, ":", line.line);
    if (built_in != nullptr && !built_in->Has(line.key)) {
      mistakes.push_back(absl::StrCat(place, ": ", line.key,
                                      ": there is no such key; did you mean ",
                                      Nearest(line.key, keys), "?"));
      continue;
    }
    auto text = mustache::Template::Parse(place, line.text, mustache::Escape::kNothing);
    if (!text.ok()) {
      mistakes.emplace_back(text.status().message());
      continue;
    }
    const bool is_subject = std::ranges::find(kSubjectKeys, line.key) != std::end(kSubjectKeys);
    if (built_in != nullptr && !is_subject) {
      mustache::Object example;
      for (const std::string& name : built_in->texts_.find(line.key)->second.Names())
        example.emplace(name, "text");
      if (absl::Status status = text->Check(example); !status.ok())
        mistakes.emplace_back(status.message());
    }
    words.texts_.insert_or_assign(line.key, *std::move(text));
  }
  if (!mistakes.empty()) return AllOf(mistakes);
  return words;
}

std::string Words::Say(std::string_view key, const mustache::Object& with) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? std::string(key) : found->second.Render(with);
}

absl::Status Words::Check(std::string_view key, const mustache::Object& example) const {
  const auto found = texts_.find(key);
  if (found != texts_.end()) return found->second.Check(example);
  return absl::InternalError(absl::StrCat("no words for ", std::string(key)));
}

std::string Words::LongDate(absl::CivilDay day) const {
  return absl::StrCat(Weekday(day), " ", bokmal::Date(day));
}
std::string Words::Weekday(absl::CivilDay day) const { return Say(WeekdayKey(day, "weekday.")); }
std::string Words::ShortWeekday(absl::CivilDay day) const {
  return Say(WeekdayKey(day, "weekday.short."));
}
std::string Words::Moment(absl::Time time) const {
  return Say("moment", {{"date", LongDate(OsloDate(time))}, {"clock", bokmal::Clock(time)}});
}

}  // namespace overgang::daily_status
