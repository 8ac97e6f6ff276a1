#include "consumers/escalation/past.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/read_topic.h"
#include "core/oslo_time.h"
#include "projections/closed_stays.h"
#include "projections/levels.h"
#include "projections/tables.h"

namespace overgang::escalation {
namespace {

// When one stay counts as utskrivningsklar.
class Steps {
 public:
  Steps(int64_t from_us, int64_t to_us, std::vector<StayStep>* steps)
      : from_us_(from_us), to_us_(to_us), steps_(*steps) {}

  void Take(uint32_t hospital, const projections::StayEntry& stay) {
    for (size_t i = 0; i < stay.periods.size(); ++i) {
      const projections::UkpPeriod& period = stay.periods[i];
      const int64_t end_us = std::min(period.until_us, stay.ended_us);
      Between(period.since_us, end_us, {0, hospital, 1, 0});
      const int64_t day_us = projections::WaitingSince(stay.periods, i) + projections::kDayUs;
      Between(std::max(period.since_us, day_us), end_us, {0, hospital, 0, 1});
    }
  }

 private:
  void Between(int64_t begin_us, int64_t end_us, StayStep step) {
    begin_us = std::max(begin_us, from_us_);
    if (begin_us >= end_us || begin_us >= to_us_) return;
    step.at_us = begin_us;
    steps_.push_back(step);
    if (end_us >= to_us_) return;
    step.at_us = end_us;
    step.ukp = static_cast<int8_t>(-step.ukp);
    step.ukp_over_24h = static_cast<int8_t>(-step.ukp_over_24h);
    steps_.push_back(step);
  }

  const int64_t from_us_;
  const int64_t to_us_;
  std::vector<StayStep>& steps_;
};

absl::Status ReadStays(const projections::Epoch& epoch, int64_t from_us, int64_t to_us,
                       const std::stop_token& stop, Past* past) {
  Steps steps(from_us, to_us, &past->steps);
  for (uint32_t i = 0; i < past->hospitals.size(); ++i) {
    const std::string& hospital = past->hospitals[i];
    if (const projections::Bucket* open = epoch.census.by_hospital.Find(hospital)) {
      for (const auto& stay : *open) steps.Take(i, stay->entry);
    }
    absl::Status status =
        projections::ScanStaysDuring(*epoch.rows, hospital, from_us, to_us,
                                     [&](std::string_view, const projections::StayEntry& entry) {
                                       steps.Take(i, entry);
                                       return !stop.stop_requested();
                                     });
    if (!status.ok()) return status;
    if (stop.stop_requested()) return Stopped();
  }
  std::ranges::sort(past->steps, {}, &StayStep::at_us);
  return absl::OkStatus();
}

absl::Status ReadReports(const projections::Epoch& epoch, EventLog& log, int64_t to_us,
                         const std::stop_token& stop, Past* past) {
  absl::Status status = ReadTopic(log, Topic::kCapacity, epoch, stop, [&](auto fact) {
    if (UsOfProto(fact->occurred_at()) < to_us) past->reports.push_back(std::move(fact));
  });
  // As the fold of capacity orders them; what comes late counts from when it was about.
  std::ranges::stable_sort(past->reports, {}, [](const auto& fact) {
    return std::tuple(UsOfProto(fact->occurred_at()), UsOfProto(fact->recorded_at()),
                      std::string_view(fact->event_id()));
  });
  return status;
}

absl::Status ReadLevels(const projections::Epoch& epoch, EventLog& log, const std::stop_token& stop,
                        Past* past) {
  projections::LevelsFold fold;
  WriteSet unused;
  std::set<std::tuple<std::string, std::string, int>> rises;  // Hospital, card, of which rise.
  return ReadTopic(log, Topic::kEscalation, epoch, stop, [&](const auto& fact) {
    if (fact->has_tiltakskort_issued()) {
      const v1::TiltakskortIssued& issued = fact->tiltakskort_issued();
      // Once for each rise, to however many it was given.
      const bool first =
          issued.meeting_id().empty() &&
          rises.insert({fact->hospital(), issued.template_id(), issued.level_revision()}).second;
      if (first)
        past->cards.push_back({UsOfProto(fact->occurred_at()), absl::StrCat("h:", fact->hospital()),
                               issued.template_id(), issued.level()});
      return;
    }
    if (!fact->has_level_changed()) return;
    fold.Apply(*fact);
    fold.EndEpoch(&unused);
    unused.clear();
    const auto* state = fold.view()->Find(fact->level_changed().scope());
    if (state == nullptr || state->event_id != fact->event_id()) return;
    auto change = std::make_shared<v1::LevelChanged>(state->newest);
    *change->mutable_at() = fact->occurred_at();
    past->changes.push_back(std::move(change));
  });
}

}  // namespace

absl::StatusOr<Past> ReadPast(const projections::Epoch& epoch, EventLog& log,
                              std::vector<std::string> hospitals, int64_t from_us, int64_t to_us,
                              const std::stop_token& stop) {
  Past past;
  past.hospitals = std::move(hospitals);
  absl::Status status = ReadStays(epoch, from_us, to_us, stop, &past);
  if (status.ok()) status = ReadReports(epoch, log, to_us, stop, &past);
  if (status.ok()) status = ReadLevels(epoch, log, stop, &past);
  if (!status.ok()) return status;
  return past;
}

}  // namespace overgang::escalation
