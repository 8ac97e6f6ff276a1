#include "projections/closed_stays.h"

#include "projections/tables.h"

namespace overgang::projections {
namespace {

std::string Prefix(std::string_view hospital) {
  std::string prefix(hospital);
  prefix.resize(sizeof(HospitalCode), '\0');
  return prefix;
}

// The key behind all that begin with the prefix; empty: to the table's end.
std::string After(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

absl::Status Unreadable() {
  return absl::DataLossError(
      "the row of a stay cannot be read; stop the hub, delete the folder views, start again");
}

constexpr size_t kEndAt = sizeof(HospitalCode);
constexpr size_t kStayKeyAt = kEndAt + 8;

}  // namespace

absl::StatusOr<std::vector<std::string>> HospitalsWithClosedStays(const StateSnapshot& rows) {
  std::vector<std::string> hospitals;
  std::string from;
  for (bool more = true; more;) {
    more = false;
    absl::Status status = rows.Scan(kClosedStay, from, "", [&](std::string_view key, auto) {
      HospitalCode code;
      code.Assign(key.substr(0, kEndAt));
      hospitals.push_back(code.str());
      from = After(std::string(key.substr(0, kEndAt)));
      more = !from.empty();
      return false;
    });
    if (!status.ok()) return status;
  }
  return hospitals;
}

absl::Status ScanClosedStays(
    const StateSnapshot& rows, std::string_view hospital, std::string_view after,
    const std::function<bool(std::string_view key, std::string_view row)>& visit) {
  const std::string prefix = Prefix(hospital);
  std::string from = prefix;
  if (!after.empty()) (from += after) += '\0';
  return rows.Scan(
      kClosedStay, from, After(prefix),
      [&](std::string_view key, std::string_view row) { return visit(key.substr(kEndAt), row); });
}

absl::Status ScanStaysDuring(
    const StateSnapshot& rows, std::string_view hospital, int64_t from_us, int64_t to_us,
    const std::function<bool(std::string_view key, StayEntry entry)>& visit) {
  const std::string prefix = Prefix(hospital);
  absl::Status unreadable;
  bool going_on = true;
  const auto take = [&](std::string_view key, std::string_view row) {
    StayEntry entry;
    if (!StayEntry::Parse(row, &entry)) {
      unreadable = Unreadable();
      return false;
    }
    if (entry.admitted_us < to_us) going_on = visit(key.substr(kStayKeyAt), std::move(entry));
    return going_on;
  };
  // Whoever ends kLongStayUs or more after the period and was there in it, was there for longer
  // than that.
  const int64_t last_us = to_us > kNeverUs - kLongStayUs - 1 ? kNeverUs - 1 : to_us + kLongStayUs;
  absl::Status status = rows.Scan(kClosedStay, prefix + DescendingTime(last_us - 1),
                                  prefix + DescendingTime(from_us - 1), take);
  if (status.ok() && unreadable.ok() && going_on) {
    status = rows.Scan(kLongStay, prefix + DescendingTime(kNeverUs),
                       prefix + DescendingTime(last_us - 1), take);
  }
  return status.ok() ? unreadable : status;
}

}  // namespace overgang::projections
