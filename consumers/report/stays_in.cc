#include "consumers/report/stays_in.h"

#include "projections/closed_stays.h"
#include "projections/tables.h"
#include "projections/visible.h"

namespace overgang::report {
namespace {

using projections::StayEntry;

class Visitor {
 public:
  Visitor(const ReportAt& at, const std::function<bool(std::string_view, const StayEntry&)>& visit)
      : at_(at), visit_(visit) {}

  // False: no more.
  bool Take(std::string_view key, const StayEntry& stay) {
    if (!projections::MaySee(*at_.scope, stay, at_.KnownUs())) return going_on_;
    if (!at_.until_us.has_value()) {
      going_on_ = visit_(key, stay);
    } else if (const auto then = projections::AsHappened(stay, *at_.until_us)) {
      going_on_ = visit_(key, *then);
    }
    return going_on_;
  }
  bool going_on() const { return going_on_; }

 private:
  const ReportAt& at_;
  const std::function<bool(std::string_view, const StayEntry&)>& visit_;
  bool going_on_ = true;
};

}  // namespace

absl::Status VisitStays(
    const ReportAt& at, const Names& hospitals, int64_t from_us, int64_t to_us,
    const std::function<bool(std::string_view key, const StayEntry& stay)>& visit) {
  const auto asked = [&](std::string_view hospital) {
    return hospitals.empty() || hospitals.contains(hospital);
  };
  Visitor visitor(at, visit);
  for (const auto& [hospital, bucket] : at.epoch->census.by_hospital.items()) {
    if (!asked(hospital)) continue;
    for (const auto& stay : *bucket) {
      if (stay->entry.admitted_us < to_us) visitor.Take(projections::StayKey(*stay), stay->entry);
      if (!visitor.going_on()) return absl::OkStatus();
    }
  }
  auto with_closed = projections::HospitalsWithClosedStays(*at.epoch->rows);
  if (!with_closed.ok()) return with_closed.status();
  for (const std::string& hospital : *with_closed) {
    if (!asked(hospital)) continue;
    absl::Status status = projections::ScanStaysDuring(
        *at.epoch->rows, hospital, from_us, to_us,
        [&](std::string_view key, const StayEntry& entry) { return visitor.Take(key, entry); });
    if (!status.ok() || !visitor.going_on()) return status;
  }
  return absl::OkStatus();
}

}  // namespace overgang::report
