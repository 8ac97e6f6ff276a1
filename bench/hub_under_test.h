// The inner part of a hub over any log: store, views, runner and the census service, without doors.
//
// Threads: as its parts. Stops the runner when destroyed; the log must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/table.h"
#include "consumers/board/census_service.h"
#include "core/directory.h"
#include "core/metrics.h"
#include "core/rpc.h"
#include "core/state_store.h"
#include "projections/history.h"
#include "projections/moments.h"
#include "projections/runner.h"
#include "projections/views.h"

namespace overgang::bench {

inline constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-0000000bec4a";

class HubUnderTest {
 public:
  HubUnderTest(EventLog& log, std::unique_ptr<StateStore> store);
  ~HubUnderTest();

  void Start();
  // Returns once an epoch covers `next`.
  void WaitFor(const Offsets& next) const;
  MethodTable& methods() { return methods_; }
  projections::Views& views() { return views_; }
  projections::History& history() { return history_; }
  const TempFolder& folder() const { return folder_; }
  Cursor cursor() const { return views_.Current()->cursor; }

 private:
  SystemClock clock_;
  Metrics metrics_;
  DirectoryHolder directory_{Directory::BuiltIn()};
  MethodTable methods_;
  std::unique_ptr<StateStore> store_;
  projections::Views views_{clock_};
  projections::Runner runner_;
  TempFolder folder_;  // Of checkpoints and opened moments.
  projections::History history_;
  projections::Moments moments_{views_, history_, clock_};
  board::CensusService census_;
};

}  // namespace overgang::bench
