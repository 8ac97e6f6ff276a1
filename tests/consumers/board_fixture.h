// A log, the runner and the services over it, in one process: what the handlers answer from.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <set>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/board/census_service.h"
#include "consumers/board/pathway_service.h"
#include "consumers/operations/operations_service.h"
#include "projections/runner.h"
#include "tests/adapters/temp_dir.h"
#include "tests/core/memory_access_log.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

inline constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";

// As History asks for it.
inline absl::StatusOr<std::unique_ptr<StateStore>> OpenMemory(const std::string& checkpoint) {
  if (checkpoint.empty()) return std::make_unique<MemoryStore>();
  return MemoryStore::OpenCheckpoint(checkpoint);
}

class BoardTest : public ::testing::Test {
 protected:
  BoardTest() {
    census_.Register(table_);
    pathway_.Register(table_);
    operations_.Register(table_);
    EXPECT_TRUE(runner_.Start().ok());
  }
  ~BoardTest() override { runner_.Stop(); }

  // Appends, and returns when it is in the views.
  std::string Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    return AppendRecords(std::move(records));
  }
  std::string AppendRecords(std::vector<NewRecord> records) {
    auto positions = AppendAndWait(log_, std::move(records));
    EXPECT_TRUE(positions.ok());
    const std::string cursor = Cursor::After(kIncarnation, *positions).Encode();
    std::promise<absl::Status> seen;
    views_.WhenCovers(cursor, absl::InfiniteFuture(),
                      [&](auto epoch) { seen.set_value(epoch.status()); });
    EXPECT_TRUE(seen.get_future().get().ok());
    return cursor;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    std::promise<absl::StatusOr<Response>> promise;
    table_.FindUnary("overgang.v1." + method)->call(caller_, request, [&](auto message) {
      if (message.ok()) {
        promise.set_value(static_cast<const Response&>(**message));
      } else {
        promise.set_value(message.status());
      }
    });
    return promise.get_future().get();
  }
  absl::StatusOr<std::unique_ptr<MessageStream>> Open(const std::string& method,
                                                      const google::protobuf::Message& request) {
    return table_.FindStream("overgang.v1." + method)->open(caller_, request, [this] { ++wakes_; });
  }
  // The next message, or null where there is none now.
  template <typename Message>
  std::shared_ptr<const Message> Next(MessageStream& stream) {
    auto step = stream.Next();
    EXPECT_TRUE(step.ok()) << step.status();
    return step.ok() ? std::static_pointer_cast<const Message>(step->message) : nullptr;
  }

  ManualClock clock_{At(60 * 24)};
  Metrics metrics_;
  Caller caller_{.principal = "test", .scope = Scope::All()};  // Of the calls from here on.
  MemoryAccessLog access_log_;
  MethodTable table_{&access_log_};
  DirectoryHolder directory_{Directory::BuiltIn()};
  MemoryLog log_{clock_};
  MemoryStore store_;
  projections::Views views_{clock_};
  projections::Runner runner_{log_, store_, views_, metrics_, kIncarnation};
  TempDir history_dir_;
  projections::History history_{
      {log_, store_, views_, clock_, kIncarnation, history_dir_ / "kept",
       [](const std::string& checkpoint) { return OpenMemory(checkpoint); }}};
  projections::Moments moments_{views_, history_, clock_};
  board::CensusService census_{views_, moments_, clock_, directory_, PaymentTerms::BuiltIn()};
  board::PathwayService pathway_{views_, moments_, clock_, PaymentTerms::BuiltIn(), directory_};
  operations::OperationsService operations_{
      views_, log_, clock_,
      [] { return absl::StatusOr<std::unique_ptr<StateStore>>(std::make_unique<MemoryStore>()); },
      access_log_};
  std::atomic<int> wakes_{0};
};

}  // namespace overgang::testing
