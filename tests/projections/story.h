// The story of one visit told fact by fact at Oslo times, and what becomes of it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/oslo_time.h"
#include "projections/pathway/cluster.h"
#include "projections/rules/payment.h"
#include "projections/rules/served_stay.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

// "2025-03-30 12:00" in Oslo; the first of the two in the hour that comes twice.
inline absl::Time OsloAt(const std::string& text) {
  absl::CivilMinute minute;
  EXPECT_TRUE(absl::ParseCivilTime(text.substr(0, 10) + "T" + text.substr(11), &minute)) << text;
  return FromOslo(absl::CivilSecond(minute)).time;
}

class Story {
 public:
  explicit Story(std::string hospital = kHospital, std::string visit = "V1", int person = 1)
      : hospital_(std::move(hospital)), visit_(std::move(visit)), person_(person) {}

  // A fact that happened and was recorded at this time; to be filled in by the caller.
  v1::Envelope& Tell(const std::string& at, v1::Channel channel = v1::CHANNEL_HL7V2) {
    const std::string id = visit_ + hospital_ + std::to_string(facts_.size());
    v1::Envelope fact = Fact(id, person_, visit_, 0);
    fact.set_hospital(hospital_);
    fact.mutable_source()->set_channel(channel);
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(OsloAt(at));
    facts_.push_back(std::move(fact));
    return facts_.back();
  }
  v1::Envelope& Admit(const std::string& at, const std::string& kommune = "5001") {
    v1::Envelope& fact = Tell(at);
    fact.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
    fact.set_ward("MED1");
    fact.set_sector(v1::SECTOR_SOMATIKK);
    fact.set_stay_kommune(kommune);
    fact.set_residence_kommune(kommune);
    fact.set_age_at_admission(80);
    fact.set_sex(v1::SEX_FEMALE);
    return fact;
  }
  Story& Declare(const std::string& at) {
    Tell(at).mutable_ukp_declared();
    return *this;
  }
  Story& Withdraw(const std::string& at) {
    Tell(at).mutable_ukp_withdrawn();
    return *this;
  }
  Story& NotifyOfAdmission(const std::string& at) {
    Tell(at).mutable_kommune_notified_of_admission();
    return *this;
  }
  Story& NotifyOfUkp(const std::string& at) {
    Tell(at).mutable_kommune_notified_of_ukp();
    return *this;
  }
  // Declared and notified of, of both.
  Story& Ready(const std::string& at) { return NotifyOfAdmission(at).Declare(at).NotifyOfUkp(at); }
  Story& Answer(const std::string& at, bool can, const std::string& from_date = "") {
    v1::KommuneAnswered& said = *Tell(at).mutable_kommune_answered();
    said.set_can_receive(can);
    if (!from_date.empty()) *said.mutable_from_date() = ToProto(OsloAt(from_date + " 12:00"));
    return *this;
  }
  v1::PatientDischarged& Discharge(const std::string& at) {
    return *Tell(at).mutable_patient_discharged();
  }
  Story& Move(const std::string& at, const std::string& kommune) {
    v1::Envelope& fact = Tell(at);
    fact.set_stay_kommune(kommune);
    *fact.mutable_patient_details_changed()->mutable_moved_kommune_at() = ToProto(OsloAt(at));
    return *this;
  }
  Story& Epikrise(const std::string& at) {
    Tell(at).mutable_report_sent()->set_report(v1::ReportSent::REPORT_EPIKRISE);
    return *this;
  }
  const std::vector<v1::Envelope>& facts() const { return facts_; }
  v1::Envelope& last() { return facts_.back(); }

 private:
  std::string hospital_, visit_;
  int person_;
  std::vector<v1::Envelope> facts_;
};

// All facts, at least one, of one person or more, as one row of the store holds them.
inline projections::Cluster ClusterOf(const std::vector<v1::Envelope>& facts) {
  std::set<projections::PatientRef> refs;
  const auto add = [&](const std::string& ref) {
    refs.insert(*projections::PatientRef::Parse(ref));
  };
  for (const v1::Envelope& fact : facts) {
    add(fact.patient_ref());
    for (const std::string& alias : fact.alias_refs()) add(alias);
    if (fact.has_patient_merged()) add(fact.patient_merged().merged_ref());
  }
  projections::Cluster cluster;
  cluster.key = *refs.begin();
  refs.erase(refs.begin());
  for (const projections::PatientRef& ref : refs) cluster.AddRef(ref);
  for (const v1::Envelope& fact : facts) {
    auto held = projections::Hold(fact, fact.SerializeAsString(), 1'000'000);
    EXPECT_TRUE(held.ok()) << held.status();
    if (held.ok()) cluster.Add(*std::move(held));
  }
  return cluster;
}

inline std::vector<v1::Envelope> Together(std::initializer_list<Story> stories) {
  std::vector<v1::Envelope> facts;
  for (const Story& story : stories)
    facts.insert(facts.end(), story.facts().begin(), story.facts().end());
  return facts;
}

// After all stories that tests tell.
inline constexpr char kNow[] = "2026-01-01 12:00";

// The stay of this visit, as served.
inline v1::Stay Served(const std::vector<v1::Envelope>& facts, const std::string& now = kNow,
                       const PaymentTerms& terms = PaymentTerms::BuiltIn(),
                       const std::string& visit = "V1") {
  for (const projections::DerivedStay& derived :
       projections::ComputeStays(ClusterOf(facts)).stays) {
    v1::Stay stay = derived.stay;
    if (stay.visit_key() != visit) continue;
    projections::FillDerived(derived.entry, terms, absl::ToUnixMicros(OsloAt(now)), &stay);
    return stay;
  }
  ADD_FAILURE() << "no stay of visit " << visit;
  return {};
}
// The only stay.
inline v1::Stay Served(const Story& story, const std::string& now = kNow,
                       const PaymentTerms& terms = PaymentTerms::BuiltIn()) {
  EXPECT_EQ(projections::ComputeStays(ClusterOf(story.facts())).stays.size(), 1U);
  return Served(story.facts(), now, terms);
}

}  // namespace overgang::testing
