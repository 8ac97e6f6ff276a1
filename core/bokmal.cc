#include "core/bokmal.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/oslo_time.h"

namespace overgang::bokmal {
namespace {

constexpr std::array kMonths = {"januar",    "februar", "mars",     "april",
                                "mai",       "juni",    "juli",     "august",
                                "september", "oktober", "november", "desember"};
constexpr std::array kWeekdays = {"mandag", "tirsdag", "onsdag", "torsdag",
                                  "fredag", "lørdag",  "søndag"};

std::string DayAndMonth(absl::CivilDay day) {
  return absl::StrCat(day.day(), ". ", kMonths.at(static_cast<size_t>(day.month() - 1)));
}

std::string WeekdayAndMonth(absl::CivilDay day) {
  const auto weekday = static_cast<size_t>(absl::GetWeekday(day));
  return absl::StrCat(kWeekdays.at(weekday), " ", DayAndMonth(day));
}

std::string TwoUnits(int64_t large, const char* large_unit, int64_t small, const char* small_unit) {
  return small == 0 ? absl::StrCat(large, " ", large_unit)
                    : absl::StrCat(large, " ", large_unit, " ", small, " ", small_unit);
}

}  // namespace

std::string Date(absl::CivilDay day) { return absl::StrCat(DayAndMonth(day), " ", day.year()); }

std::string Date(absl::CivilDay day, absl::CivilDay near) {
  return day.year() == near.year() ? DayAndMonth(day) : Date(day);
}

std::string LongDate(absl::CivilDay day) {
  return absl::StrCat(WeekdayAndMonth(day), " ", day.year());
}

std::string Dates(absl::CivilDay first, absl::CivilDay last) {
  if (first == last) return LongDate(first);
  return absl::StrCat("fra og med ",
                      first.year() == last.year() ? WeekdayAndMonth(first) : LongDate(first),
                      " til og med ", LongDate(last));
}

std::string Clock(absl::Time time) {
  const absl::CivilSecond local = absl::ToCivilSecond(time, Oslo());
  std::string clock = absl::StrFormat("%02d.%02d", local.hour(), local.minute());
  const absl::TimeZone::TimeInfo info = Oslo().At(local);
  if (info.kind == absl::TimeZone::TimeInfo::REPEATED)
    absl::StrAppend(&clock, time < info.trans ? " (sommertid)" : " (normaltid)");
  return clock;
}

std::string Moment(absl::Time time) {
  return absl::StrCat(LongDate(OsloDate(time)), " kl. ", Clock(time));
}

std::string Length(absl::Duration length) {
  const int64_t minutes = absl::ToInt64Minutes(length);
  const int64_t hours = minutes / 60;
  if (hours >= 24) return TwoUnits(hours / 24, "døgn", hours % 24, "t");
  if (hours > 0) return TwoUnits(hours, "t", minutes % 60, "min");
  return minutes > 0 ? absl::StrCat(minutes, " min") : "under 1 min";
}

std::string Decimal(double value) {
  std::string text = absl::StrReplaceAll(absl::StrFormat("%.1f", value), {{".", ","}});
  if (text.ends_with(",0")) text.resize(text.size() - 2);
  return text;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    absl::StrAppend(&text, i == 0 ? "" : i + 1 == parts.size() ? " og " : ", ", parts[i]);
  return text;
}

}  // namespace overgang::bokmal
