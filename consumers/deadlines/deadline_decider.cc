#include "consumers/deadlines/deadline_decider.h"

#include "consumers/deciding/decision.h"
#include "core/oslo_time.h"

namespace overgang::deadlines {

v1::Envelope Decide(const projections::Matter& matter, const projections::StayWho& who,
                    absl::Time now, std::string_view cursor) {
  v1::Envelope envelope = deciding::DecisionEnvelope(matter, who, now);
  v1::DeadlineMissed& missed = *envelope.mutable_deadline_missed();
  *missed.mutable_decision() = deciding::DecisionOf(matter, cursor);
  missed.set_stay_id(matter.stay_id.Text());
  missed.set_deadline(matter.deadline);
  if (matter.due_us != 0) *missed.mutable_due_at() = ProtoOfUs(matter.due_us);
  if (matter.withdraw) return envelope;
  const int64_t until_us = matter.met_us != 0 ? matter.met_us : absl::ToUnixMicros(now);
  *missed.mutable_over_by() = deciding::DurationOf(until_us - matter.due_us);
  *envelope.mutable_occurred_at() = missed.due_at();
  return envelope;
}

}  // namespace overgang::deadlines
