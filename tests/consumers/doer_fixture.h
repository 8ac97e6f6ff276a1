// Hubs that decide, in one process: a log, and for each hub a runner with rows of its own, its
// views and its doer. Real parts; only who decides is said by the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <vector>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/deciding/doer.h"
#include "projections/runner.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

inline constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";
inline constexpr absl::Duration kPatience = absl::Seconds(20);
inline constexpr absl::Duration kAWhile = absl::Milliseconds(700);  // Several looks of a doer.

template <typename Condition>
bool Eventually(Condition condition) {
  for (const absl::Time limit = absl::Now() + kPatience; absl::Now() < limit;) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

class SaidLeadership final : public Leadership {
 public:
  bool IsDoer() const override { return is_doer; }
  std::string Name() const override { return "hub"; }
  std::atomic<bool> is_doer = true;
};

// The decisions in the log, in its order.
inline std::vector<v1::Envelope> DecisionsIn(EventLog& log) {
  std::vector<v1::Envelope> decisions;
  const TopicPartition where{Topic::kReadmissions, 0};
  const int64_t end = log.Ends()->next[where.Index()];
  auto reader = log.NewReader({}, {where}, {});
  for (int64_t next = 0; next < end;) {
    const auto batch = (*reader)->Poll(absl::Seconds(1));
    if (!batch.ok()) break;
    for (const LogRecord& record : batch->records) {
      next = record.offset + 1;
      EXPECT_TRUE(decisions.emplace_back().ParseFromString(std::string(record.value)));
    }
  }
  return decisions;
}

inline const v1::Decision& DecisionOf(const v1::Envelope& envelope) {
  return envelope.has_deadline_missed() ? envelope.deadline_missed().decision()
                                        : envelope.patient_readmitted().decision();
}

// How often each revision of each subject is in the log.
inline std::map<std::pair<std::string, int>, int> Revisions(EventLog& log) {
  std::map<std::pair<std::string, int>, int> counts;
  for (const v1::Envelope& envelope : DecisionsIn(log))
    ++counts[{DecisionOf(envelope).subject(), DecisionOf(envelope).revision()}];
  return counts;
}

// Everything that is in the log is in the views.
inline bool IsLevel(const projections::Views& views, MemoryLog& log) {
  const auto epoch = views.Current();
  return epoch != nullptr && epoch->cursor.Covers({kIncarnation, log.Ends()->next});
}

// One hub; it decides from Start on.
struct DecidingHub {
  DecidingHub(MemoryLog& log_in, const Sealer& sealer, const Clock& clock_in,
              deciding::Doer::Bounds bounds = {})
      : log(log_in),
        clock(clock_in),
        views(clock),
        writer(log_in, sealer, clock, kIncarnation),
        runner(log_in, store, views, metrics, kIncarnation),
        doer({views, writer, log, leadership, clock, metrics}, bounds) {}
  ~DecidingHub() {
    doer.Stop();
    runner.Stop();
  }
  void Start() {
    ASSERT_TRUE(runner.Start().ok());
    doer.Start();
  }
  bool CaughtUp() { return IsLevel(views, log); }
  // What is to be decided now.
  int64_t DueMatters() {
    int64_t due = 0;
    const int64_t now_us = absl::ToUnixMicros(clock.Now());
    const auto count = [&](const projections::Matters& matters) {
      due += std::ranges::count_if(matters.open,
                                   [&](const auto& item) { return item.first.due_us < now_us; });
    };
    EXPECT_TRUE(projections::ScanMatters(*views.Current()->rows, count).ok());
    return due;
  }

  MemoryLog& log;
  const Clock& clock;
  Metrics metrics;
  MemoryStore store;
  projections::Views views;
  SaidLeadership leadership;
  FactWriter writer;
  projections::Runner runner;
  deciding::Doer doer;
};

class DoerTest : public ::testing::Test {
 protected:
  ~DoerTest() override { log_.Hold(false); }

  void Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    ASSERT_TRUE(AppendAndWait(log_, std::move(records)).ok());
  }
  std::unique_ptr<DecidingHub> NewHub(deciding::Doer::Bounds bounds = {}) {
    return std::make_unique<DecidingHub>(log_, sealer_, clock_, bounds);
  }
  // All that is due is decided, and nothing more comes.
  bool Settled(DecidingHub& hub, size_t decisions) {
    return Eventually([&] { return hub.CaughtUp() && DecisionsIn(log_).size() >= decisions; }) &&
           (absl::SleepFor(kAWhile), DecisionsIn(log_).size() == decisions);
  }

  ManualClock clock_{At(0)};
  MemoryLog log_{clock_};
  const Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
};

}  // namespace overgang::testing
