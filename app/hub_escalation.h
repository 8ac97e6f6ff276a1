// What of a hub escalation is made of: levels, and the tiltakskort and meetings that go by them.
//
// Threads: one, and Tick any. What it is given must outlive it. Errors: as its parts say.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "app/hub_cards.h"
#include "app/hub_levels.h"

namespace overgang {

class HubEscalation {
 public:
  HubEscalation(const HubLevels::Parts& levels, const HubCards::Parts& cards)
      : cards_(cards), levels_(levels, [this] { return cards_.Triggers(); }) {}

  // Serves them and begins to decide.
  absl::Status Open(MethodTable& methods, const Leadership& leadership) {
    if (absl::Status status = levels_.Open(methods, leadership); !status.ok()) return status;
    return cards_.Open(methods, leadership);
  }
  std::vector<absl::Status> Reload() { return {levels_.Reload(), cards_.Reload()}; }
  const tiltakskort::RolesHolder& roles() const { return cards_.roles(); }
  void Tick() { cards_.Tick(); }
  // Ends what is under way, and what waits for its turn.
  void Stop() {
    levels_.Stop();
    cards_.Stop();
  }

 private:
  HubCards cards_;
  HubLevels levels_;
};

}  // namespace overgang
