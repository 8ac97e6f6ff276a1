// The first half of rules_file.h: TOML into rules, field by field, with the line of each for those
// who check what the fields say together. Internal to rules_file.cc and rules_check.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/escalation/rules.h"
#include "core/directory.h"

namespace overgang::escalation {

// Mistakes in the order of their lines.
class Mistakes {
 public:
  explicit Mistakes(std::string place) : place_(std::move(place)) {}
  void Add(int line, const std::string& text);
  bool empty() const { return found_.empty(); }
  std::string Text() const;

 private:
  const std::string place_;
  std::multimap<int, std::string> found_;
};

// A rule with where it stands.
struct ReadLevel {
  LevelRule rule;
  int line = 0;
  std::vector<int> threshold_lines;
};
struct ReadRule {
  Rule rule;  // Without levels.
  int line = 0;
  std::vector<ReadLevel> levels;
};
struct ReadVersion {
  Version version;  // Without rules.
  int line = 0;
  int valid_from_line = 0;
  std::vector<ReadRule> rules;
};

std::vector<ReadVersion> ReadVersions(std::string_view text, const std::string& place,
                                      const Directory& directory, Mistakes* mistakes);

// "90s", "15m", "2h", "1d" into microseconds; nothing where it is none of these.
std::optional<int64_t> ParseLength(std::string_view text);

}  // namespace overgang::escalation
