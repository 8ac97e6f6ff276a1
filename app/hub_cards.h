// What of a hub tiltakskort and meetings are made of: the cards, who holds which role, the
// services, and the loop that decides. Opened before the doors, started once it is known who
// decides.
//
// Threads: one, and Tick any. What it is given must outlive it. Errors: app/cards_settings.h.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "app/cards_settings.h"
#include "consumers/escalation/dry_run.h"
#include "consumers/meeting/meeting_service.h"
#include "consumers/tiltakskort/cards_service.h"
#include "consumers/tiltakskort/dealer.h"
#include "core/leadership.h"
#include "core/pseudonymizer.h"

namespace overgang {

class HubCards {
 public:
  struct Parts {
    const CardsSettings& settings;
    projections::Views& views;
    projections::Moments& moments;
    FactWriter& writer;
    EventLog& log;
    const Clock& clock;
    Metrics& metrics;
    const DirectoryHolder& directory;
    const PaymentTerms& terms;
    const Pseudonymizer& pseudonymizer;
    bool mails;  // Whether cards go by mail: where not, addresses count for nothing.
  };
  explicit HubCards(const Parts& parts) : parts_(parts) {}

  // Serves them and begins to decide.
  absl::Status Open(MethodTable& methods, const Leadership& leadership);
  // Reads cards and roles anew; with a mistake in either both stay as they were.
  absl::Status Reload();
  // From which level on each card is given.
  std::vector<escalation::CardTrigger> Triggers() const;
  const tiltakskort::RolesHolder& roles() const { return roles_; }
  void Tick() { service_->Tick(); }
  // Lets what is under way come to an end, and ends what waits for its turn.
  void Stop();

 private:
  absl::Status Read();

  const Parts parts_;
  tiltakskort::CardsHolder cards_;
  tiltakskort::RolesHolder roles_;
  std::optional<tiltakskort::CardsService> service_;
  std::optional<meeting::MeetingService> meetings_;
  std::optional<tiltakskort::Dealer> dealer_;
};

}  // namespace overgang
