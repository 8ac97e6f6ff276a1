// EscalationService's methods on levels: GetLevels, OverrideLevel and DryRunRules (see its proto
// for errors). Who is told what: docs/access.md.
//
// Threads: thread-safe. Replies come on the caller's thread, on the runner's, one of the log, or
// (DryRunRules) a worker's. What it is given must outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/escalation/dry_run.h"
#include "consumers/escalation/measure.h"
#include "consumers/escalation/rules.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/event_log.h"
#include "core/fact_writer.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/views.h"

namespace overgang::escalation {

inline constexpr size_t kReasonCharsMax = 500;
inline constexpr absl::Duration kOverrideMax = absl::Hours(7 * 24);
inline constexpr size_t kIdempotencyKeyCharsMax = 128;
// A person's word meets a change of the same moment; then it is said again, on top of that.
inline constexpr int kOverrideTriesMax = 5;

// Whether all hospitals of the scope are the caller's own.
bool SeesAll(const Scope& scope, const LevelScope& of);

class LevelsService {
 public:
  struct Parts {
    projections::Views& views;
    EventLog& log;
    FactWriter& writer;
    const DirectoryHolder& directory;
    const RulesHolder& rules;
    const Clock& clock;
    std::function<std::vector<CardTrigger>()> cards;  // As they are now.
  };
  explicit LevelsService(const Parts& parts) : parts_(parts) {}

  void Register(MethodTable& table);
  // Ends what waits for its turn, and what runs, soon.
  void Stop();

  // What is in force, for whoever checks rules against it; nothing before the first epoch.
  static std::map<std::string, std::string> DigestsInForce(const projections::Epoch& epoch);

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  struct Override;  // One call of OverrideLevel.

  absl::StatusOr<v1::GetLevelsResponse> GetLevels(const Caller& caller,
                                                  const v1::GetLevelsRequest& request,
                                                  const EpochPtr& epoch) const;
  v1::HospitalLevel LevelOf(const projections::Epoch& epoch, const LevelScope& scope,
                            int64_t now_us) const;
  void OverrideLevel(const Caller& caller, const v1::OverrideLevelRequest& request,
                     Reply<v1::Receipt> reply);
  void Say(const std::shared_ptr<Override>& override, int attempt);
  v1::Envelope OverrideFact(const Override& override, int attempt, const EpochPtr& epoch) const;
  void DryRunRules(const Caller& caller, const v1::DryRunRulesRequest& request,
                   Reply<v1::DryRunRulesResponse> reply);
  absl::StatusOr<v1::DryRunRulesResponse> RunRules(const Caller& caller,
                                                   const v1::DryRunRulesRequest& request);

  const Parts parts_;
  std::stop_source stop_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::escalation
