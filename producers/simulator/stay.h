// One stay told beforehand, from admission to the last message about it: what happens, when the
// hospital writes it down, and when the message about it goes out. Pure; the same random numbers,
// the same story.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "overgang/v1/pathway.pb.h"
#include "producers/simulator/person.h"
#include "producers/simulator/random.h"
#include "producers/simulator/region.h"

namespace overgang::simulator {

enum class StepKind : uint8_t {
  kAdmitted,            // ADT A01
  kTransferred,         // A02
  kDetails,             // A08
  kExpected,            // A08 with PV2-9
  kDischarged,          // A03
  kAdmissionCancelled,  // A11
  kTransferCancelled,   // A12
  kDischargeCancelled,  // A13
  kMerged,              // A40
  kNotice,              // LOG_INNLAGT
  kUkp,                 // LOG_UTSKRIVNINGSKLAR
  kUkpInError,          // The same, status C
  kUkpWithdrawn,        // LOG_AVMELDING
  kDischargeNotice,     // LOG_UTSKREVET
  kAnswer,              // IntakeService/AnswerUkp, by the kommune
};

struct Step {
  StepKind kind = StepKind::kAdmitted;
  absl::Time occurred;
  absl::Time recorded;  // When the hospital wrote it down; the story is true in this order.
  absl::Time send_at;   // When the message goes out; late ones long after `recorded`.
  int message = 0;      // Within the stay. A repeat has the number of its original.
  std::string ward;
  std::string bed;
  std::string from_ward;  // kTransferred, kTransferCancelled.
  bool corridor = false;
  absl::Time expected;       // kExpected.
  bool can_receive = false;  // kAnswer.
  std::optional<absl::CivilDay> from_date;
  v1::PlaceKind place = v1::PLACE_KIND_UNSPECIFIED;
  bool dead = false;                 // kDischarged, kDischargeNotice.
  std::optional<absl::Time> ukp_at;  // kUkpInError, kUkpWithdrawn: which declaration.
  int original = -1;                 // kUkpInError: its message number.
};

struct Stay {
  int64_t number = 0;
  Person person;
  std::string visit;             // PV1-19.
  std::string temporary_record;  // MR number of a person not identified at admission; else empty.
  bool acute = false;
  bool via_emergency_department = false;
  bool kommune_stated = true;           // False: ADT carries no kommune.
  bool latin1 = false;                  // ADT in ISO 8859-1.
  const SimKommune* kommune = nullptr;  // Receives PLO; null where none does.
  v1::Sector sector = v1::SECTOR_SOMATIKK;
  absl::Time admitted;
  std::vector<Step> steps;  // By `recorded`.

  absl::Time LastSendAt() const;
  // Whether ADT knows who it is at this step.
  bool IdentifiedAt(const Step& step) const;
};

// What is true of a stay, of all that is written down until then.
struct StayTruth {
  bool in_hospital = false;
  bool ukp = false;
  bool awaiting_answer = false;
  bool corridor = false;
  std::string ward;
  std::string kommune;  // "9999" = not stated.
};
StayTruth TruthAt(const Stay& stay, absl::Time time);

// Fills sector, urgency and steps of `stay`, whose person, kommune, visit and admission are set.
void TellStay(const SimRegion& region, const SimWard& ward, Random& random, Stay& stay);

}  // namespace overgang::simulator
