#include "core/level_words.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::bokmal {
namespace {

enum class Unit : unsigned char { kNumber, kPercent, kMinutes };
struct InputWords {
  const char* name;
  Unit unit = Unit::kNumber;
  bool few_are_bad = false;
};

InputWords WordsOf(const std::string& input) {
  static const std::map<std::string, InputWords, std::less<>> kInputs = {
      {"ukp", {"Utskrivningsklare"}},
      {"ukp_over_24h", {"Utskrivningsklare over 24\u00a0t"}},
      {"ukp_share_of_beds", {"Utskrivningsklare av tilgjengelige senger", Unit::kPercent}},
      {"occupancy", {"Belegg", Unit::kPercent}},
      {"corridor", {"Korridorpasienter meldt av avdelingene"}},
      {"waiting_over_1h", {"Ventet over 1\u00a0t i akuttmottaket"}},
      {"longest_wait_minutes", {"Lengste ventetid i akuttmottaket", Unit::kMinutes}},
      {"free_kommune_places", {"Ledige kommunale plasser", Unit::kNumber, true}}};
  const auto words = kInputs.find(input);
  return words == kInputs.end() ? InputWords{input.c_str()} : words->second;
}

// On one line: a number stays with its unit.
std::string ValueText(double value, Unit unit) {
  if (unit == Unit::kMinutes)
    return absl::StrReplaceAll(Length(absl::Minutes(value)), {{" ", "\u00a0"}});
  return absl::StrCat(Decimal(value), unit == Unit::kPercent ? "\u00a0%" : "");
}

std::string MomentNear(const google::protobuf::Timestamp& time, absl::CivilDay near) {
  return absl::StrCat(Date(OsloDate(FromProto(time)), near), " kl. ", Clock(FromProto(time)));
}

bool IsUnknown(const v1::LevelInput& input) {
  return input.state() == v1::LEVEL_INPUT_STATE_UNKNOWN;
}

std::string UnknownText(const v1::LevelInput& input, bool with_values, absl::CivilDay near) {
  const InputWords words = WordsOf(input.name());
  std::string text = absl::StrCat(words.name, ": ukjent");
  if (input.has_measured_at())
    absl::StrAppend(&text, ", ikke hørt siden ", MomentNear(input.measured_at(), near));
  if (with_values && input.has_value())
    absl::StrAppend(&text, " (var ", ValueText(input.value(), words.unit), ")");
  return text;
}

}  // namespace

LevelWords WordsOf(v1::EscalationLevel level) {
  switch (level) {
    case v1::ESCALATION_LEVEL_HVIT:
      return {"Hvitt nivå", "hvit", "Hvit", "hvit"};
    case v1::ESCALATION_LEVEL_GRONN:
      return {"Grønt nivå", "grønn", "Grønn", "gronn"};
    case v1::ESCALATION_LEVEL_GUL:
      return {"Gult nivå", "gul", "Gul", "gul"};
    case v1::ESCALATION_LEVEL_ROD:
      return {"Rødt nivå", "rød", "Rød", "rod"};
    default:
      return {};
  }
}

std::string InputText(const v1::LevelInput& input, bool with_values, absl::CivilDay near) {
  if (IsUnknown(input)) return UnknownText(input, with_values, near);
  const InputWords words = WordsOf(input.name());
  const char* level = WordsOf(input.level()).name;
  if (!with_values || !input.has_value()) {
    if (input.holds()) return absl::StrCat(words.name, " holder nivået på ", level);
    return absl::StrCat(
        words.name, words.few_are_bad ? " er under grensen for " : " er over grensen for ", level);
  }
  std::string text = absl::StrCat(words.name, words.unit == Unit::kPercent ? " " : ": ",
                                  ValueText(input.value(), words.unit));
  if (input.holds()) absl::StrAppend(&text, " holder nivået");
  if (!input.has_threshold()) return text;
  absl::StrAppend(&text, " (grensen for ", level, " er ", ValueText(input.threshold(), words.unit));
  if (input.holds() && input.has_exit())
    absl::StrAppend(&text, ", slipper ved ", ValueText(input.exit(), words.unit));
  return text + ")";
}

std::vector<std::string> ReasonsOf(const v1::LevelChanged& level, bool with_values,
                                   absl::CivilDay near) {
  const auto rank = [](const v1::LevelInput* input) {
    return IsUnknown(*input) ? 2 : input->holds() ? 1 : 0;
  };
  std::vector<const v1::LevelInput*> told;
  for (const v1::LevelInput& input : level.inputs()) {
    if (input.past() || input.holds() || IsUnknown(input)) told.push_back(&input);
  }
  std::ranges::stable_sort(told, [&](const auto* a, const auto* b) {
    return std::pair(rank(a), -a->level()) < std::pair(rank(b), -b->level());
  });
  std::vector<std::string> reasons;
  reasons.reserve(told.size());
  for (const v1::LevelInput* input : told) reasons.push_back(InputText(*input, with_values, near));
  return reasons;
}

std::string DecidedText(const v1::LevelChanged& level, absl::CivilDay near) {
  if (level.cause() != v1::LEVEL_CAUSE_OVERRIDE) return "";
  std::string text =
      absl::StrCat("Satt av ", level.overridden_by().empty() ? "sykehuset" : level.overridden_by());
  if (!level.reason().empty()) absl::StrAppend(&text, ": «", level.reason(), "»");
  text += ".";
  if (level.has_expires_at())
    absl::StrAppend(&text, " Gjelder til ", MomentNear(level.expires_at(), near), ".");
  if (level.by_rules() != v1::ESCALATION_LEVEL_UNSPECIFIED)
    absl::StrAppend(&text, " Deretter gir reglene ", WordsOf(level.by_rules()).name,
                    " hvis tallene ikke endrer seg.");
  return text;
}

}  // namespace overgang::bokmal
