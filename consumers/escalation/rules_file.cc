#include "consumers/escalation/rules_file.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/rules_reader.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::escalation {
namespace {

std::string Number(double value) { return absl::StrCat(value); }

// Everything that a version says, in one way of writing it.
std::string DigestOf(const Version& version) {
  std::string text = absl::StrCat(version.name, "|", version.ValidFromUs());
  for (int64_t stale_us : version.stale_after_us) absl::StrAppend(&text, "|", stale_us);
  for (const Rule& rule : version.rules) {
    text += "|rule";
    for (const std::string& scope : rule.scopes) absl::StrAppend(&text, "|", scope);
    if (rule.hours.minutes.has_value())
      absl::StrAppend(&text, "|", rule.hours.minutes->first, "-", rule.hours.minutes->second);
    absl::StrAppend(&text, "|", rule.hours.weekdays);
    for (const auto& [first, last] : rule.hours.dates)
      absl::StrAppend(&text, "|", absl::FormatCivilTime(first), "/", absl::FormatCivilTime(last));
    for (const LevelRule& level : rule.levels) {
      absl::StrAppend(&text, "|level|", static_cast<int>(level.level), "|", level.at_least, "|",
                      level.dwell_up_us, "|", level.dwell_down_us);
      for (const Threshold& threshold : level.thresholds)
        absl::StrAppend(&text, "|", std::string(Spec(threshold.input).name), "|", threshold.enter,
                        "|", threshold.exit);
    }
  }
  return ContentDigest(text);
}

class Checker {
 public:
  explicit Checker(Mistakes* mistakes) : mistakes_(*mistakes) {}

  void Check(std::vector<ReadVersion>* versions, const InForce* in_force) {
    if (versions->empty() && mistakes_.empty())
      mistakes_.Add(1, "there are no rules; begin a version with [[version]]");
    if (versions->size() > kVersionsMax)
      mistakes_.Add(versions->back().line,
                    absl::StrCat("more than ", kVersionsMax, " versions; take the oldest away"));
    std::set<std::string> names;
    for (size_t i = 0; i < versions->size(); ++i) {
      ReadVersion& version = (*versions)[i];
      CheckVersion(&version, i == 0 ? nullptr : &(*versions)[i - 1]);
      if (!version.version.name.empty() && !names.insert(version.version.name).second)
        mistakes_.Add(version.line, absl::StrCat("version.name: ", version.version.name,
                                                 " is there twice; give each version its own"));
      Finish(&version);
      if (in_force != nullptr)
        CheckInForce(version, i + 1 < versions->size() ? &(*versions)[i + 1] : nullptr, *in_force);
    }
  }

 private:
  void CheckVersion(ReadVersion* version, const ReadVersion* before) {
    const Version& read = version->version;
    if (read.name.empty())
      mistakes_.Add(version->line, "version.name: missing; call it as in name = \"2026-1\"");
    if (before != nullptr && !read.valid_from.has_value()) {
      mistakes_.Add(version->line,
                    "version.valid_from: missing; only the first version may hold from ever on");
    }
    if (before != nullptr && read.valid_from.has_value() &&
        before->version.ValidFromUs() >= read.ValidFromUs()) {
      mistakes_.Add(version->valid_from_line,
                    "version.valid_from: not after that of the version before; put versions in the "
                    "order of their dates");
    }
    if (version->rules.empty())
      mistakes_.Add(version->line, "version.rule: missing; write one as [[version.rule]]");
    if (version->rules.size() > kRulesPerVersionMax)
      mistakes_.Add(version->rules.back().line,
                    absl::StrCat("more than ", kRulesPerVersionMax, " rules in one version"));
    for (ReadRule& rule : version->rules) CheckRule(&rule);
    CheckReach(*version);
  }

  // Whether each rule can ever hold, and whether something holds at all hours.
  void CheckReach(const ReadVersion& version) {
    for (size_t i = 0; i < version.rules.size(); ++i) {
      const ReadRule& rule = version.rules[i];
      bool always_covered = rule.rule.hours.always();
      for (size_t j = 0; j < version.rules.size(); ++j) {
        const ReadRule& other = version.rules[j];
        if (!other.rule.hours.always() || !Covers(other.rule, rule.rule)) continue;
        if (j > i) always_covered = true;
        if (j < i) {
          mistakes_.Add(rule.line, absl::StrCat("never holds: the rule of line ", other.line,
                                                " comes first and always holds; put this one "
                                                "before it"));
          always_covered = true;
          break;
        }
      }
      if (!always_covered) {
        mistakes_.Add(
            rule.line,
            "no rule holds outside these hours; add one for the same hospitals and regions "
            "without hours, weekdays and dates behind it");
      }
    }
  }
  static bool Covers(const Rule& general, const Rule& special) {
    if (general.scopes.empty()) return true;
    return !special.scopes.empty() && std::ranges::all_of(special.scopes, [&](const auto& scope) {
      return std::ranges::find(general.scopes, scope) != general.scopes.end();
    });
  }

  void CheckRule(ReadRule* rule) {
    if (rule->levels.empty())
      mistakes_.Add(rule->line, "rule.level: missing; write one as [[version.rule.level]]");
    std::ranges::stable_sort(rule->levels, {},
                             [](const ReadLevel& level) { return level.rule.level; });
    for (size_t i = 0; i < rule->levels.size(); ++i) {
      const ReadLevel& level = rule->levels[i];
      CheckLevel(level);
      if (i > 0 && level.rule.level == rule->levels[i - 1].rule.level) {
        mistakes_.Add(level.line, absl::StrCat(std::string(NameOf(level.rule.level)),
                                               " is there twice in one rule; make them one"));
      } else {
        for (size_t j = 0; j < i; ++j) CheckOverlap(rule->levels[j], level);
      }
    }
  }

  void CheckLevel(const ReadLevel& level) {
    if (level.rule.level == v1::ESCALATION_LEVEL_UNSPECIFIED)
      mistakes_.Add(level.line, "level.level: missing; say which, as in level = \"gul\"");
    const auto& thresholds = level.rule.thresholds;
    if (thresholds.empty())
      mistakes_.Add(level.line,
                    "level.inputs: missing; a level needs a threshold to be reached by");
    if (level.rule.at_least > static_cast<int>(thresholds.size()))
      mistakes_.Add(level.line,
                    absl::StrCat("level.at_least: ", level.rule.at_least, " of ", thresholds.size(),
                                 " inputs can never be; lower it or add inputs"));
    for (size_t i = 0; i < thresholds.size(); ++i) {
      const Threshold& threshold = thresholds[i];
      const InputSpec& spec = Spec(threshold.input);
      const bool inside =
          spec.few_are_bad ? threshold.exit < threshold.enter : threshold.exit > threshold.enter;
      if (inside) {
        mistakes_.Add(
            level.threshold_lines[i],
            absl::StrCat(std::string(spec.name), " of ", std::string(NameOf(level.rule.level)),
                         ": exit ", Number(threshold.exit), " is ",
                         spec.few_are_bad ? "below" : "above", " its enter ",
                         Number(threshold.enter),
                         ", so the level would be left as it is reached; let exit be ",
                         spec.few_are_bad ? "at least" : "at most", " enter"));
      }
      for (size_t j = 0; j < i; ++j) {
        if (thresholds[j].input == threshold.input)
          mistakes_.Add(level.threshold_lines[i],
                        absl::StrCat(std::string(spec.name), " is there twice in ",
                                     std::string(NameOf(level.rule.level)), "; make them one"));
      }
    }
  }

  // A higher level must need more of the same number, and let go of it no later.
  void CheckOverlap(const ReadLevel& lower, const ReadLevel& higher) {
    for (size_t i = 0; i < higher.rule.thresholds.size(); ++i) {
      const Threshold& high = higher.rule.thresholds[i];
      for (const Threshold& low : lower.rule.thresholds) {
        if (low.input != high.input) continue;
        const InputSpec& spec = Spec(high.input);
        const bool enter_beyond =
            spec.few_are_bad ? high.enter < low.enter : high.enter > low.enter;
        const bool exit_beyond = spec.few_are_bad ? high.exit <= low.exit : high.exit >= low.exit;
        const auto overlap = [&](const char* what, double mine, double its, const char* remedy) {
          mistakes_.Add(
              higher.threshold_lines[i],
              absl::StrCat(std::string(spec.name), " of ", std::string(NameOf(higher.rule.level)),
                           ": ", what, " ", Number(mine), " overlaps with ",
                           std::string(NameOf(lower.rule.level)), "'s ", Number(its), "; ",
                           remedy));
        };
        if (!enter_beyond)
          overlap("enter", high.enter, low.enter,
                  spec.few_are_bad ? "a higher level must have a lower one"
                                   : "a higher level must have a higher one");
        if (!exit_beyond)
          overlap("exit", high.exit, low.exit,
                  spec.few_are_bad ? "a higher level may not have a higher one"
                                   : "a higher level may not have a lower one");
      }
    }
  }

  static void Finish(ReadVersion* version) {
    for (ReadRule& rule : version->rules) {
      for (ReadLevel& level : rule.levels) rule.rule.levels.push_back(std::move(level.rule));
      version->version.rules.push_back(std::move(rule.rule));
    }
    version->version.digest = DigestOf(version->version);
  }

  void CheckInForce(const ReadVersion& version, const ReadVersion* next, const InForce& in_force) {
    const auto known = in_force.digests.find(version.version.name);
    const absl::CivilDay today = OsloDate(in_force.now);
    if (known == in_force.digests.end()) {
      // One that another has followed never holds: it may be older than the hub.
      const bool followed = next != nullptr && next->version.valid_from.has_value() &&
                            *next->version.valid_from <= today;
      if (!followed && version.version.valid_from.has_value() &&
          *version.version.valid_from < today) {
        mistakes_.Add(version.valid_from_line,
                      absl::StrCat("version.valid_from: has passed, and ", version.version.name,
                                   " was not in force; rules never hold backwards: give today or a "
                                   "later date"));
      }
    } else if (known->second != version.version.digest) {
      mistakes_.Add(
          version.line,
          absl::StrCat("version ", version.version.name,
                       " was in force and said something else; leave it as it was, and give "
                       "what is new a name and a date of effect of its own"));
    }
  }

  Mistakes& mistakes_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Rules>> ReadRules(std::string_view text,
                                                       const std::string& place,
                                                       const Directory& directory,
                                                       const InForce* in_force) {
  if (text.size() > kRulesBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, ":1: larger than ", kRulesBytesMax, " bytes; take old versions away"));
  }
  Mistakes mistakes(place);
  std::vector<ReadVersion> read = ReadVersions(text, place, directory, &mistakes);
  Checker(&mistakes).Check(&read, in_force);
  if (!mistakes.empty()) return absl::InvalidArgumentError(mistakes.Text());
  std::vector<Version> versions;
  versions.reserve(read.size());
  for (ReadVersion& version : read) versions.push_back(std::move(version.version));
  return std::make_shared<const Rules>(std::move(versions));
}

}  // namespace overgang::escalation
