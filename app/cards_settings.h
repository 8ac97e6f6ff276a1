// [escalation] cards and roles: tiltakskort as TOML files, and who holds which role. See
// docs/tiltakskort.md for each key. Errors: INVALID_ARGUMENT with every mistake, one a line, with
// file, line and remedy; NOT_FOUND where a file cannot be read.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/tiltakskort/cards.h"

namespace overgang {

struct CardsSettings {
  std::string cards_folder;  // Empty: the default cards.
  std::string roles_file;    // Empty: every role is held by who may write for its recipient.
};

absl::StatusOr<tiltakskort::Cards> LoadCards(const std::string& folder, const Directory& directory);
// `hash`: Pseudonymizer::OfMailAddress.
absl::StatusOr<tiltakskort::Roles> LoadRoles(
    const std::string& file, const tiltakskort::Cards& cards, const Directory& directory,
    const std::function<std::string(std::string_view email)>& hash);

// Every mistake of the files that the settings name.
std::vector<std::string> CheckCardsFiles(const CardsSettings& settings, const Directory& directory);
// The roles that cards name and nobody holds, a line for each, with the remedy. A hub runs with
// them: such a role is passed over.
std::vector<std::string> TellVacantRoles(const tiltakskort::Cards& cards,
                                         const tiltakskort::Roles& roles,
                                         const Directory& directory);
// The same of the roles that no card reaches by mail.
std::vector<std::string> TellUnaddressedRoles(const tiltakskort::Cards& cards,
                                              const tiltakskort::Roles& roles,
                                              const Directory& directory);

}  // namespace overgang
