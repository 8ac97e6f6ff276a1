// A card in words, in bokmål: what a mail and the page of its links have in common. Pure.
//
// Holds no patients. A kommune is told which numbers are past their limits and not what they are,
// as they count everybody's patients.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "consumers/tiltakskort/cards.h"
#include "core/directory.h"
#include "core/embedded.h"
#include "core/mustache.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/levels.h"

namespace overgang::cardmail {

// What a card is told of.
struct CardTelling {
  const v1::Tiltakskort& card;
  const projections::LevelState* level;  // Of its hospital; null: none was decided.
  const tiltakskort::Roles& roles;
  const Directory& directory;
  absl::Time now;
};

// The hospital's level now; of a card that is closed, the one that it was issued or renewed at.
v1::EscalationLevel LevelOf(const CardTelling& telling);

// "Rødt nivå ved St. Olavs hospital: tiltakskort «Ekstraordinær utskrivning» – kvitter
// innen 14.30".
std::string SubjectOf(const CardTelling& telling);

// What mail.html, mail.txt and page.html have of a card. `link`: of an action, or of the card where
// it is empty; an empty one is not shown.
mustache::Object CardObject(const CardTelling& telling,
                            const std::function<std::string(const std::string& tiltak_id)>& link);

// Who said something of a card: "klinikksjef fra en lenke i e-post", "kari som klinikksjef".
std::string WhoText(const v1::Tiltakskort& card, std::string_view by, const std::string& role);
// "14.30", and with the date where it is another than today.
std::string WhenText(absl::Time time, absl::Time now);
// "Klinikksjef", as people say it.
std::string RoleName(const v1::Tiltakskort& card, const std::string& role);

// Of the roles that may answer now, as the mails and the page say who has it.
std::vector<std::string> NamesOfAsked(const CardTelling& telling);

// "Trondheim", "St. Olavs hospital".
std::string NameOfRecipient(std::string_view recipient, const Directory& directory);

// Templates, built in.
std::span<const EmbeddedFile> TemplateFiles();  // "mail.html", "mail.txt", "page.html".

}  // namespace overgang::cardmail
