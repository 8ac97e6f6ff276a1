#include "consumers/readmissions/readmission_decider.h"

#include "consumers/deciding/decision.h"

namespace overgang::readmissions {

v1::Envelope Decide(const projections::Matter& matter, const projections::StayWho& who,
                    absl::Time now, std::string_view cursor) {
  v1::Envelope envelope = deciding::DecisionEnvelope(matter, who, now);
  v1::PatientReadmitted& readmitted = *envelope.mutable_patient_readmitted();
  *readmitted.mutable_decision() = deciding::DecisionOf(matter, cursor);
  readmitted.set_stay_id(matter.stay_id.Text());
  readmitted.set_definition(matter.definition);
  if (matter.withdraw) return envelope;
  readmitted.set_index_stay_id(matter.index_stay_id.Text());
  *readmitted.mutable_since_discharge() = deciding::DurationOf(matter.since_discharge_us);
  return envelope;
}

}  // namespace overgang::readmissions
