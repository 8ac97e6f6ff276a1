// The facts that are made of cards: what their envelopes have in common, and their ids. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "overgang/v1/envelope.pb.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::tiltakskort {

// The same card, whoever issues it and whenever.
std::string CardId(std::string_view hospital, std::string_view template_id,
                   std::string_view recipient, int level_revision);
std::string MeetingCardId(std::string_view meeting_id, std::string_view recipient);

// An envelope that lacks the fact, for a card of `hospital` for `recipient`.
v1::Envelope CardEnvelope(std::string_view hospital, std::string_view recipient, absl::Time now);
// Of a decision on a card; `what` parts decisions that bear the same revision, as rivals may.
v1::Envelope CardDecisionEnvelope(std::string_view hospital, std::string_view recipient,
                                  const v1::Decision& decision, std::string_view what,
                                  absl::Time now);
v1::Decision CardDecision(std::string_view card_id, int revision, std::string_view cursor);

}  // namespace overgang::tiltakskort
