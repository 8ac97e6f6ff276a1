// Short ways to write facts in tests. Times are minutes after a fixed Oslo morning.
#pragma once

#include <string>

#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::testing {

inline const absl::Time kMorning = absl::FromCivil(absl::CivilSecond(2026, 3, 2, 8, 0, 0), Oslo());

inline absl::Time At(int minutes) { return kMorning + absl::Minutes(minutes); }

// A reference for "person 7".
inline std::string Ref(int person) {
  std::string digits = std::to_string(person);
  return "ab12-" + std::string(32 - digits.size(), '0') + digits;
}

inline constexpr char kHospital[] = "974749025";

// An ADT fact of person `person`, visit `visit` (empty: none), that happened and was recorded at
// `minutes`.
inline v1::Envelope Fact(const std::string& id, int person, const std::string& visit, int minutes) {
  v1::Envelope fact;
  fact.set_event_id(NameUuid({"test", id}));
  fact.set_patient_ref(Ref(person));
  fact.set_visit_key(visit);
  fact.set_hospital(kHospital);
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(At(minutes));
  fact.set_occurred_precision(v1::PRECISION_SECOND);
  fact.mutable_source()->set_channel(v1::CHANNEL_HL7V2);
  fact.mutable_source()->set_sender("STO");
  fact.mutable_source()->set_control_id(id);
  fact.set_schema_version(1);
  return fact;
}

inline v1::Envelope Admitted(const std::string& id, int person, const std::string& visit,
                             int minutes, const std::string& kommune = "5001") {
  v1::Envelope fact = Fact(id, person, visit, minutes);
  fact.mutable_patient_admitted();
  fact.set_ward("MED1");
  fact.set_sector(v1::SECTOR_SOMATIKK);
  fact.set_residence_kommune(kommune);
  fact.set_stay_kommune(kommune);
  return fact;
}

inline v1::Envelope Discharged(const std::string& id, int person, const std::string& visit,
                               int minutes) {
  v1::Envelope fact = Fact(id, person, visit, minutes);
  fact.mutable_patient_discharged();
  return fact;
}

inline v1::Envelope Cancelled(const std::string& id, int person, const std::string& visit,
                              int minutes, v1::FactKind kind) {
  v1::Envelope fact = Fact(id, person, visit, minutes);
  fact.mutable_fact_cancelled()->set_kind(kind);
  return fact;
}

// Turns a fact into one of PLO: no visit, the stay named by its admission.
inline v1::Envelope AsPlo(v1::Envelope fact, int admitted_minutes) {
  fact.set_visit_key("");
  *fact.mutable_stated_admission_at() = ToProto(At(admitted_minutes));
  fact.set_stated_admission_precision(v1::PRECISION_SECOND);
  fact.mutable_source()->set_channel(v1::CHANNEL_PLO);
  fact.mutable_source()->set_sender("59");
  return fact;
}

inline v1::Envelope UkpDeclared(const std::string& id, int person, int admitted_minutes,
                                int minutes) {
  v1::Envelope fact = AsPlo(Fact(id, person, "", minutes), admitted_minutes);
  fact.mutable_ukp_declared();
  return fact;
}

inline v1::Envelope UkpWithdrawn(const std::string& id, int person, int admitted_minutes,
                                 int minutes) {
  v1::Envelope fact = AsPlo(Fact(id, person, "", minutes), admitted_minutes);
  fact.mutable_ukp_withdrawn();
  return fact;
}

inline v1::Envelope Answered(const std::string& id, int person, int admitted_minutes, int minutes,
                             bool can) {
  v1::Envelope fact = AsPlo(Fact(id, person, "", minutes), admitted_minutes);
  fact.mutable_kommune_answered()->set_can_receive(can);
  return fact;
}

inline v1::Envelope Merged(const std::string& id, int person, int merged, int minutes) {
  v1::Envelope fact = Fact(id, person, "", minutes);
  fact.mutable_patient_merged()->set_merged_ref(Ref(merged));
  return fact;
}

}  // namespace overgang::testing
