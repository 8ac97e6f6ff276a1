// What of a hub the levels are made of: the rules, the service, and the loop that keeps them.
// Opened once it is known who decides, before the doors.
//
// Threads: one. What it is given must outlive it. Errors: every mistake in the rules file, a line
// each.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  explicit HubLevels(const Parts& parts) : parts_(parts) {}

  // Serves the levels and begins to keep them.
  absl::Status Open(MethodTable& methods, const Leadership& leadership);
  // Reads the rules anew; with mistakes, of which what is in force by the log is one, they stay.
  absl::Status Reload();
  // Decides nothing more, and ends dry runs; other answers go on.
  void Stop();

 private:
  const Parts parts_;
  std::optional<escalation::RulesHolder> rules_;
  std::optional<escalation::LevelsService> service_;
  std::optional<escalation::LevelKeeper> keeper_;
};

}  // namespace overgang
