// What of a hub the levels are made of: the rules, the services of levels and of the capacity that
// they go by, and the loop that keeps them.
// Opened once it is known who decides, before the doors.
//
// Threads: one. What it is given must outlive it. Errors: every mistake in the rules file, a line
// each.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "consumers/escalation/capacity_service.h"
#include "consumers/escalation/level_keeper.h"
#include "consumers/escalation/levels_service.h"
#include "consumers/escalation/rules_file.h"

namespace overgang {

// An empty `file`: the built-in rules. NOT_FOUND where it cannot be read.
absl::StatusOr<std::shared_ptr<const escalation::Rules>> LoadRules(
    const std::string& file, const Directory& directory,
    const escalation::InForce* in_force = nullptr);

class HubLevels {
 public:
  struct Parts {
    const std::string& rules_file;
    const DirectoryHolder& directory;
    projections::Views& views;
    EventLog& log;
    FactWriter& writer;
    const Clock& clock;
    Metrics& metrics;
  };
  // `cards`: from which level on each is given, as they are now.
  HubLevels(const Parts& parts, std::function<std::vector<escalation::CardTrigger>()> cards)
      : parts_(parts), cards_(std::move(cards)) {}

  // Serves the levels and begins to keep them.
  absl::Status Open(MethodTable& methods, const Leadership& leadership);
  // Reads the rules anew; with mistakes, of which what is in force by the log is one, they stay.
  absl::Status Reload();
  // Decides nothing more, and ends dry runs; other answers go on.
  void Stop();

 private:
  const Parts parts_;
  const std::function<std::vector<escalation::CardTrigger>()> cards_;
  std::optional<escalation::RulesHolder> rules_;
  std::optional<escalation::LevelsService> service_;
  std::optional<escalation::CapacityService> capacity_;
  std::optional<escalation::LevelKeeper> keeper_;
};

}  // namespace overgang
