// What is counted of a stay: the instants and codes that every number is made of, compact. Stored
// for each stay; rules (projections/rules/) and reports read nothing else.
//
// Threads: values. Units: microseconds since 1970 UTC; 0 = absent, kNeverUs = goes on. Nothing here
// depends on now.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "overgang/v1/decided.pb.h"
#include "overgang/v1/pathway.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "projections/pathway/held_fact.h"
#include "projections/tables.h"

namespace overgang::projections {

// One answer of the kommune.
struct KommuneReply {
  int64_t at_us = 0;
  bool can_receive = false;
  int64_t from_us = 0;  // 0: at once.
  bool operator==(const KommuneReply&) const = default;
};

// One period as utskrivningsklar, of one kommune.
struct UkpPeriod {
  int64_t since_us = 0;
  int64_t until_us = 0;  // kNeverUs: goes on.
  v1::UkpEnd end = v1::UKP_END_UNSPECIFIED;
  KommuneCode kommune;
  int64_t notified_us = 0;            // When the kommune knew.
  int64_t notice_sent_us = 0;         // When that notice was sent, where it is told apart.
  int64_t message_us = 0;             // GenDate of its first LOG_UTSKRIVNINGSKLAR.
  int64_t receipt_us = 0;             // The positive receipt of that message.
  bool declared = true;               // False: began with a move, and goes on the one before it.
  Uuid began_by;                      // Event id of the declaration, or of what told the move.
  std::vector<KommuneReply> replies;  // By time.
  bool operator==(const UkpPeriod&) const = default;
};

// That the stay is a readmission, by one definition.
struct ReadmissionOf {
  v1::PatientReadmitted::Definition definition = v1::PatientReadmitted::DEFINITION_UNSPECIFIED;
  Uuid index_stay;
  int64_t since_discharge_us = 0;
  bool operator==(const ReadmissionOf&) const = default;
};

// From a time on of which kommune.
struct KommuneFrom {
  int64_t from_us = 0;
  KommuneCode kommune;
  bool operator==(const KommuneFrom&) const = default;
};

struct StayEntry {
  KommuneCode stay_kommune;  // Of its last segment, which may be to come: see KommuneAt.
  KommuneCode residence_kommune;
  HospitalCode hospital;
  Code<24> ward;
  v1::Sector sector = v1::SECTOR_UNSPECIFIED;
  v1::Sex sex = v1::SEX_UNSPECIFIED;
  uint8_t age = 0;  // At admission.
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  v1::KommuneKnowsPatient::Services services = v1::KommuneKnowsPatient::SERVICES_UNSPECIFIED;
  bool corridor = false;
  bool died = false;
  bool imported = false;       // Known by a file of history: counted, and nothing is decided on it.
  bool begins_episode = true;  // The first stay of its episode.
  bool ends_episode = true;    // The one that ended last of its episode.
  std::vector<KommuneFrom> segments;  // By time, of a stay that moves: two or more; else none.
  int64_t admitted_us = 0;
  int64_t ended_us = 0;                  // kNeverUs: open.
  int64_t expected_us = 0;               // Expected discharge.
  int64_t admission_notified_us = 0;     // § 8: when the kommune knew.
  int64_t admission_notice_sent_us = 0;  // When that notice was sent, where it is told apart.
  int64_t need_clear_us = 0;  // When the need for the kommune became clear, where the notice says.
  int64_t admission_message_us = 0;  // GenDate of LOG_INNLAGT.
  int64_t admission_receipt_us = 0;  // The positive receipt of that message.
  int64_t admission_report_us = 0;   // Innleggelsesrapport.
  int64_t epikrise_us = 0;
  std::vector<UkpPeriod> periods;           // By time.
  std::vector<ReadmissionOf> readmissions;  // By definition.

  bool operator==(const StayEntry&) const = default;
  bool new_to_kommune() const { return services == v1::KommuneKnowsPatient::SERVICES_NONE; }
  std::string Serialize() const;
  // False where the row cannot be read.
  static bool Parse(std::string_view row, StayEntry* entry);
};

// From when on the patient has waited in a period: a move to another kommune does not end the wait.
int64_t WaitingSince(std::span<const UkpPeriod> periods, size_t index);

// What is told ahead counts when its time comes: of which kommune the stay is at a time,
const KommuneCode& KommuneOfSegmentAt(const StayEntry& stay, int64_t at_us);  // Of one that moves.
inline const KommuneCode& KommuneAt(const StayEntry& stay, int64_t at_us) {
  return stay.segments.empty() ? stay.stay_kommune : KommuneOfSegmentAt(stay, at_us);
}
// which of its periods goes on then (index; kNoPeriod where none does, or the stay has ended),
inline constexpr int kNoPeriod = -1;
inline int PeriodGoingOn(const StayEntry& stay, int64_t at_us) {
  if (stay.ended_us != kNeverUs) return kNoPeriod;
  for (size_t i = stay.periods.size(); i-- > 0;) {
    if (stay.periods[i].since_us <= at_us)
      return at_us < stay.periods[i].until_us ? static_cast<int>(i) : kNoPeriod;
  }
  return kNoPeriod;
}
// and when either is next another one though no fact comes; kNeverUs: never.
int64_t NextChange(const StayEntry& stay, int64_t after_us);

// The stay as it stood at `until_us`: what happened later is left out. Nothing where the patient
// had not been admitted.
std::optional<StayEntry> AsHappened(const StayEntry& entry, int64_t until_us);

}  // namespace overgang::projections
