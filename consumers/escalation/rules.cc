#include "consumers/escalation/rules.h"

#include <algorithm>

#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;

int MinuteOfDay(const absl::CivilMinute& local) { return local.hour() * 60 + local.minute(); }

}  // namespace

const std::array<InputSpec, kInputs>& AllInputs() {
  // A hospital's ADT never pauses for long. Beds are counted a few times a day, places daily.
  static constexpr std::array<InputSpec, kInputs> kAll = {{
      {Input::kUkp, "ukp", false, kHourUs},
      {Input::kUkpOver24h, "ukp_over_24h", false, kHourUs},
      {Input::kUkpShareOfBeds, "ukp_share_of_beds", false, 12 * kHourUs},
      {Input::kOccupancy, "occupancy", false, 12 * kHourUs},
      {Input::kCorridor, "corridor", false, 12 * kHourUs},
      {Input::kWaitingOver1h, "waiting_over_1h", false, 2 * kHourUs},
      {Input::kLongestWaitMinutes, "longest_wait_minutes", false, 2 * kHourUs},
      {Input::kFreeKommunePlaces, "free_kommune_places", true, 36 * kHourUs},
  }};
  return kAll;
}

const InputSpec& Spec(Input input) { return AllInputs()[static_cast<size_t>(input)]; }

const InputSpec* InputByName(std::string_view name) {
  const auto found = std::ranges::find(AllInputs(), name, &InputSpec::name);
  return found == AllInputs().end() ? nullptr : &*found;
}

std::optional<Level> LevelByName(std::string_view name) {
  if (name == "hvit") return v1::ESCALATION_LEVEL_HVIT;
  if (name == "grønn" || name == "gronn") return v1::ESCALATION_LEVEL_GRONN;
  if (name == "gul") return v1::ESCALATION_LEVEL_GUL;
  if (name == "rød" || name == "rod") return v1::ESCALATION_LEVEL_ROD;
  return std::nullopt;
}

std::string_view NameOf(Level level) {
  switch (level) {
    case v1::ESCALATION_LEVEL_HVIT:
      return "hvit";
    case v1::ESCALATION_LEVEL_GRONN:
      return "grønn";
    case v1::ESCALATION_LEVEL_GUL:
      return "gul";
    case v1::ESCALATION_LEVEL_ROD:
      return "rød";
    default:
      return "ikke satt";
  }
}

bool Threshold::Enters(double value) const {
  return Spec(input).few_are_bad ? value <= enter : value >= enter;
}

bool Threshold::Stays(double value) const {
  return Enters(value) || (Spec(input).few_are_bad ? value < exit : value > exit);
}

bool Hours::Hold(int64_t at_us) const {
  if (always()) return true;
  const absl::CivilMinute local = absl::ToCivilMinute(absl::FromUnixMicros(at_us), Oslo());
  absl::CivilDay day(local);
  if (minutes.has_value()) {
    const auto [from, to] = *minutes;
    const int minute = MinuteOfDay(local);
    const bool over_midnight = to <= from;
    if (over_midnight ? minute < from && minute >= to : minute < from || minute >= to) return false;
    if (over_midnight && minute < to) --day;
  }
  if (weekdays != 0 && (weekdays & 1U << static_cast<unsigned>(absl::GetWeekday(day))) == 0)
    return false;
  return dates.empty() || std::ranges::any_of(dates, [&](const auto& period) {
           return period.first <= day && day <= period.second;
         });
}

const LevelRule* Rule::Find(Level level) const {
  const auto found = std::ranges::find(levels, level, &LevelRule::level);
  return found == levels.end() ? nullptr : &*found;
}

Level Rule::Below(Level level) const {
  Level below = kLowest;
  for (const LevelRule& rule : levels) {
    if (rule.level < level) below = rule.level;
  }
  return below;
}

int64_t Version::ValidFromUs() const {
  if (!valid_from.has_value()) return kLongAgoUs;
  return absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(*valid_from), Oslo()));
}

const Version& Rules::VersionAt(int64_t at_us) const {
  const Version* held = &versions_.front();
  for (const Version& version : versions_) {
    if (version.ValidFromUs() <= at_us) held = &version;
  }
  return *held;
}

RuleAt Rules::At(std::string_view scope, int64_t at_us) const {
  const Version& version = VersionAt(at_us);
  for (const Rule& rule : version.rules) {
    const bool named =
        rule.scopes.empty() || std::ranges::find(rule.scopes, scope) != rule.scopes.end();
    if (named && rule.hours.Hold(at_us)) return {&version, &rule};
  }
  return {&version, nullptr};
}

std::string_view DefaultRulesText() { return BytesOf(BuiltInRules(), "default_rules.toml"); }

int64_t Rules::NextChangeUs(int64_t at_us) const {
  int64_t next = std::numeric_limits<int64_t>::max();
  const auto consider = [&](int64_t time_us) {
    if (time_us > at_us) next = std::min(next, time_us);
  };
  for (const Version& version : versions_) consider(version.ValidFromUs());
  const absl::CivilDay today = OsloDate(absl::FromUnixMicros(at_us));
  const auto consider_minute = [&](int minute) {
    for (int day = 0; day <= 1; ++day) {
      const absl::CivilSecond local = absl::CivilSecond(today + day) + int64_t{minute} * 60;
      const auto times = Oslo().At(local);
      for (const absl::Time time : {times.pre, times.trans, times.post})
        consider(absl::ToUnixMicros(time));
    }
  };
  for (const Rule& rule : VersionAt(at_us).rules) {
    if (rule.hours.always()) continue;
    consider_minute(0);
    if (!rule.hours.minutes.has_value()) continue;
    consider_minute(rule.hours.minutes->first);
    consider_minute(rule.hours.minutes->second);
  }
  return next;
}

}  // namespace overgang::escalation
