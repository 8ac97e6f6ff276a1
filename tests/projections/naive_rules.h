// docs/rules.md once more, naively: plain loops over facts and calendar days, civil time only. It
// shares no code with projections/ and is what the real fold is compared with.
//
// Threads: values. Nothing is stored, nothing is fast. Times are instants; an absent one is absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/payment_terms.h"
#include "overgang/v1/decided.pb.h"
#include "overgang/v1/envelope.pb.h"
#include "overgang/v1/pathway_service.pb.h"

namespace overgang::testing {

using MaybeTime = std::optional<absl::Time>;

// A fact with where it stands.
struct NaiveFact {
  absl::Time at, recorded;
  int kind = 0;  // v1::FactKind.
  v1::Envelope envelope;
  bool operator<(const NaiveFact& other) const {
    return std::tuple(at, recorded, kind, envelope.event_id()) <
           std::tuple(other.at, other.recorded, other.kind, other.envelope.event_id());
  }
};

struct NaiveAnswer {
  absl::Time at;
  bool can_receive = false;
  MaybeTime from;
};

struct NaivePeriod {
  absl::Time since;
  MaybeTime until;  // Absent: goes on.
  v1::UkpEnd end = v1::UKP_END_UNSPECIFIED;
  std::string kommune;
  bool declared = true;  // Else it began with a move.
  bool ended_by_stay = false;
  MaybeTime notified, notice_sent;
  std::optional<NaiveFact> message;  // Its first declaration by PLO.
  std::vector<NaiveAnswer> answers;
  int64_t overliggerdogn = 0;
  std::map<absl::CivilDay, std::string> payable;  // Day -> who pays.
  // Places in the stay's sorted facts between which it went on, where facts began and ended it.
  int opened_at = 0, closed_at = 0;
};

struct NaiveDeadline {
  v1::DeadlineKind kind = v1::DEADLINE_KIND_UNSPECIFIED;
  absl::Time started, due;
  MaybeTime met;
  v1::DeadlineState state = v1::DEADLINE_STATE_UNSPECIFIED;
};

struct NaiveReadmission {
  v1::PatientReadmitted::Definition definition = v1::PatientReadmitted::DEFINITION_UNSPECIFIED;
  std::string index_visit;  // "hospital/visit".
  absl::Duration since;
};

// ADT and others, that is: not PLO.
inline bool IsAdt(const NaiveFact& fact) {
  return fact.envelope.source().channel() != v1::CHANNEL_PLO;
}
inline bool TellsDeath(const NaiveFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DIED ||
         fact.envelope.patient_discharged().outcome() == "2";
}
inline bool SaysKommune(const std::string& kommune) {
  return !kommune.empty() && kommune != "9999";
}

struct NaiveStay {
  std::string person;  // The smallest of its references that a fact is of.
  std::string hospital, visit;
  absl::Time admitted;
  MaybeTime ended, death;
  bool died = false;  // When, is told or not.
  std::string stay_kommune, residence_kommune;
  v1::Sector sector = v1::SECTOR_UNSPECIFIED;
  int age = 0;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  v1::KommuneKnowsPatient::Services services = v1::KommuneKnowsPatient::SERVICES_UNSPECIFIED;
  bool imported = false;
  std::vector<NaivePeriod> periods;
  int64_t overliggerdogn = 0, payable_days = 0, kr = 0;
  std::set<int> years_without_price;
  std::vector<NaiveDeadline> deadlines;  // Those that run, or ran their time.
  std::string episode_visit;             // "hospital/visit" of the first stay of its episode.
  std::vector<NaiveReadmission> readmissions;
  std::set<v1::StayFlag> flags;

  // How it came about.
  std::vector<NaiveFact> facts;       // Sorted, without what never was.
  std::vector<NaiveFact> taken_back;  // Of all the person's.
  std::optional<NaiveFact> admission, end;
  std::vector<std::pair<absl::Time, std::string>> segments;  // From when of which kommune.
  bool tied = false;                                         // See NaiveGroups.
  MaybeTime until() const { return death ? death : ended; }  // What comes later counts for nothing.
  // A stay without visit number is called by its person and beginning.
  std::string place() const {
    return hospital + "/" +
           (visit.empty() ? person.substr(35) + " " + absl::FormatTime(admitted) : visit);
  }
};

// The facts of one stay, before anything else is known of it.
struct NaiveGroup {
  std::string hospital, visit;   // No visit: no fact of it bears one.
  std::vector<NaiveFact> facts;  // Sorted.
};

struct NaivePersons {
  std::map<std::string, std::string> of_ref;  // Reference -> the smallest one that a fact is of.
  std::set<std::string> ambiguous;            // Persons.
};

// All stays of everybody whose facts these are, by person, hospital and visit.
std::vector<NaiveStay> NaiveStays(const std::vector<v1::Envelope>& facts, const PaymentTerms& terms,
                                  absl::Time now);

// Of two stays that begin at one instant, or are equally near, the one with the smaller id is
// first; this side knows no ids, and has nothing to say of such a history.
bool AnIdDecides(const std::vector<NaiveStay>& stays);

NaivePersons FindNaivePersons(const std::vector<v1::Envelope>& facts);  // naive_grouping.cc

// The stays of one person, of its facts without merges, sorted; those without what was taken back.
// `tied`: where a fact might belong to two, the id decides, and this side knows no ids.
std::vector<NaiveGroup> NaiveGroups(std::vector<NaiveFact> facts,
                                    std::vector<NaiveFact>* taken_back,
                                    bool* tied);  // naive_grouping.cc

// naive_stays.cc.
std::optional<NaiveFact> TheOneThatCounts(const std::vector<NaiveFact>& facts, int kind);
bool ProvesThatThePatientWasThere(const NaiveFact& fact);  // But for an admission.
bool TakesBackAnAdmission(const NaiveFact& fact);
void FindEnd(NaiveStay* stay);

// Stands before the admission that counts and was recorded before it.
bool IsOfAnEarlierAdmission(const NaiveStay& stay, const NaiveFact& fact);

// What holds at a time, of what is known now: naive_ukp.cc.
std::string NaiveKommuneAt(const NaiveStay& stay, absl::Time at);
MaybeTime NaiveWaitsSince(const NaiveStay& stay, absl::Time at);  // Absent: is not ready.

// The steps, in this order.
void FindStay(NaiveStay* stay, bool* exists);  // naive_stays.cc
void FindPeriods(NaiveStay* stay);             // naive_ukp.cc; what is due to the person's next
                                               // stay is put right by LinkNaiveStays.
void LinkNaiveStays(std::vector<NaiveStay*> of_person);                        // naive_links.cc
void FindPayment(NaiveStay* stay, const PaymentTerms& terms, absl::Time now);  // naive_rules.cc
void FindDeadlines(NaiveStay* stay, absl::Time now);                           // naive_rules.cc

}  // namespace overgang::testing
