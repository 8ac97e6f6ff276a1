// What the parts of a story share: the stay that is told, and lines with their place in it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/directory.h"
#include "core/payment_terms.h"
#include "overgang/v1/pathway_service.pb.h"

namespace overgang::board {

// What stands in the order of the facts comes first, what follows from it after.
enum class Rank : unsigned char { kFact, kWarning, kDerived, kDeadline };

// A line and where it stands.
struct Told {
  v1::StoryLine line;
  absl::Time order;
  Rank rank = Rank::kFact;
};

// One stay with its own facts. References live as long as the answer that is told.
struct StayTold {
  const v1::GetPathwayResponse& response;
  const v1::Stay& stay;
  std::vector<const v1::PathwayEntry*> facts;
  const Directory& directory;
  const PaymentTerms& terms;
  absl::Time now;

  // The fact with this id, or null.
  const v1::Envelope* FactOf(std::string_view event_id) const;
  // The first one that was not taken back and is as wanted, or null.
  const v1::Envelope* First(const std::function<bool(const v1::Envelope&)>& wanted) const;
};

// To the microsecond, as everything that follows from facts is counted.
absl::Time Counted(const google::protobuf::Timestamp& time);
// Where a fact stands in time: docs/rules.md, Order of facts.
absl::Time StandsAt(const v1::Envelope& fact);

Told At(v1::StoryLine::Kind kind, absl::Time at, std::string text, std::string rule,
        std::vector<std::string> event_ids);
// At the beginning of a day.
Told OnDay(v1::StoryLine::Kind kind, absl::CivilDay day, std::string text, std::string rule,
           std::vector<std::string> event_ids);

// "St. Olavs hospital", or "sykehus 999999999" where the directory does not know it.
std::string HospitalText(const Directory& directory, std::string_view organisation);
// "Medisin 1", or the ward's id where the directory does not know it.
std::string WardText(const Directory& directory, std::string_view organisation,
                     std::string_view ward);
// "Trondheim kommune"; "en kommune som ikke er oppgitt" for 9999.
std::string KommuneText(std::string_view number);

// What follows from the facts, and what is wrong with them.
void TellPeriods(const StayTold& told, std::vector<Told>* lines);
void TellPayment(const StayTold& told, std::vector<Told>* lines);
void TellLinks(const StayTold& told, std::vector<Told>* lines);
void TellDeadlines(const StayTold& told, std::vector<Told>* lines);
void TellFlags(const StayTold& told, std::vector<Told>* lines);

}  // namespace overgang::board
