#include "consumers/daily_status/figures.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/bokmal.h"

namespace overgang::daily_status {
namespace {

constexpr double kHoursInDay = 24;
constexpr double kRounding = 1e-6;  // Hours are whole minutes, divided.
constexpr char kMinus[] = "\u2212";

// Means have one decimal where it says anything, counts none.
int DecimalsOf(double value) { return std::abs(value - std::round(value)) < 0.05 ? 0 : 1; }

// Halves go up, as people round: the mean of four mornings may be 0.25.
std::string MeanText(double value) {
  return NumberText(std::round(value * 10) / 10, DecimalsOf(value));
}

}  // namespace

Figures::Figures(const v1::DailyStatusIssued& status, const Words& words)
    : status_(status), words_(words) {
  by_name_.reserve(static_cast<size_t>(status.numbers_size()));
  for (const v1::StatusNumber& number : status.numbers())
    by_name_.try_emplace({number.name(), number.of()}, &number);
}

const v1::StatusNumber* Figures::Find(std::string_view name, std::string_view of) const {
  const auto found = by_name_.find(std::pair(std::string(name), std::string(of)));
  return found == by_name_.end() ? nullptr : found->second;
}

double Figures::Value(std::string_view name, std::string_view of) const {
  const v1::StatusNumber* number = Find(name, of);
  return number == nullptr ? 0 : number->value();
}

std::string Figures::Text(std::string_view name, std::string_view of) const {
  const v1::StatusNumber* number = Find(name, of);
  return number == nullptr ? words_.Say("none") : Text(*number);
}

std::string Figures::Text(const v1::StatusNumber& number) const {
  if (number.suppressed()) return words_.Say("hidden");
  if (number.unknown()) {
    const bool reported = number.unit() == "places" || number.unit() == "beds" ||
                          number.unit() == "patients" || number.name() == "occupancy_percent";
    return words_.Say(reported ? "unknown" : "unknown.number");
  }
  const double value = number.value();
  if (number.unit() == "hours") return bokmal::Length(absl::Hours(value) + absl::Seconds(1));
  if (number.unit() == "kr") return words_.Say("kr", {{"amount", NumberText(value, 0)}});
  if (number.unit() == "percent")
    return words_.Say("percent", {{"amount", NumberText(std::round(value), 0)}});
  return MeanText(value);
}

std::string Figures::Length(std::string_view name, std::string_view of) const {
  return Value(name, of) == 0 ? words_.Say("none") : Text(name, of);
}

std::string Figures::ShortLength(std::string_view name, std::string_view of) const {
  const double hours = Value(name, of);
  if (hours == 0) return words_.Say("none");
  const char* key = hours >= kHoursInDay ? "short.days"
                    : hours >= 1         ? "short.hours"
                                         : "short.minutes";
  const double length = hours >= kHoursInDay ? hours / kHoursInDay
                        : hours >= 1         ? hours
                                             : hours * 60;
  return words_.Say(key, {{"count", NumberText(std::floor(length + kRounding), 0)}});
}

std::string Figures::Count(std::string_view name, std::string_view of) const {
  return NumberText(Value(name, of), 0);
}

Sheet::Cell Figures::Cell(std::string_view name, std::string_view of) const {
  const v1::StatusNumber* number = Find(name, of);
  if (number == nullptr || number->unknown() || number->suppressed()) return std::monostate();
  return number->value();
}

std::vector<std::string> Figures::Parts(std::string_view name, std::string_view prefix) const {
  std::vector<std::string> parts;
  for (const v1::StatusNumber& number : status_.numbers()) {
    if (number.name() == name && !number.of().empty() && number.of().starts_with(prefix))
      parts.push_back(number.of());
  }
  return parts;
}

std::string SignedText(double change) {
  const std::string text = NumberText(std::abs(change), DecimalsOf(change));
  return change == 0 ? text : absl::StrCat(change > 0 ? "+" : kMinus, text);
}

}  // namespace overgang::daily_status
