#include "producers/importer/values.h"

#include "core/oslo_time.h"

namespace overgang::importer {
namespace {

constexpr size_t kDateBytes = 10;    // "2025-03-01"
constexpr size_t kMinuteBytes = 16;  // "2025-03-01 14:05"
constexpr size_t kSecondBytes = 19;  // "2025-03-01 14:05:59"

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Digits at [at, at + count); -1 where others stand there.
int Number(std::string_view text, size_t at, size_t count) {
  int number = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (!IsDigit(text[i])) return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

}  // namespace

std::optional<absl::CivilDay> ReadDate(std::string_view text) {
  if (text.size() != kDateBytes || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = Number(text, 0, 4), month = Number(text, 5, 2), day = Number(text, 8, 2);
  if (year < 0 || month < 1 || day < 1) return std::nullopt;
  const absl::CivilDay date(year, month, day);
  // 31 February would be 3 March.
  if (date.month() != month || date.day() != day) return std::nullopt;
  return date;
}

std::optional<FileTime> ReadTime(std::string_view text) {
  const std::optional<absl::CivilDay> day = ReadDate(text.substr(0, kDateBytes));
  if (!day) return std::nullopt;
  if (text.size() == kDateBytes) return FileTime{OsloNoon(*day), v1::PRECISION_DAY, false};
  const bool seconds = text.size() == kSecondBytes;
  if (!seconds && text.size() != kMinuteBytes) return std::nullopt;
  if ((text[10] != ' ' && text[10] != 'T') || text[13] != ':' || (seconds && text[16] != ':'))
    return std::nullopt;
  const int hour = Number(text, 11, 2), minute = Number(text, 14, 2);
  const int second = seconds ? Number(text, 17, 2) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  const ResolvedLocalTime local =
      FromOslo(absl::CivilSecond(day->year(), day->month(), day->day(), hour, minute, second));
  return FileTime{local.time, seconds ? v1::PRECISION_SECOND : v1::PRECISION_MINUTE,
                  local.ambiguous};
}

}  // namespace overgang::importer
