// The feed by gRPC, over the embedded log: what is wanted, going on, heartbeats, refusals, whose
// facts; and a client that stops reading, beside one that does not.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stop_token>
#include <thread>

#include "absl/time/clock.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/log/embedded_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/feed/feed_service.h"
#include "core/errors.h"
#include "core/fact_writer.h"
#include "overgang/v1/feed_service.grpc.pb.h"
#include "projections/runner.h"
#include "tests/adapters/temp_dir.h"
#include "tests/core/memory_access_log.h"
#include "tests/projections/fact_builder.h"

namespace overgang::feed::testing {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";
constexpr int kFacts = 1'500;
constexpr size_t kFactBytes = 20'000;  // Together far more than a connection takes unread.

class FeedGrpcTest : public ::testing::Test {
 protected:
  FeedGrpcTest() {
    service_.Register(table_);
    EXPECT_TRUE(runner_.Start().ok());
    server_ = *GrpcServer::Start({.port = 0}, table_, Authenticated);
  }
  ~FeedGrpcTest() override {
    service_.Stop();
    server_->Shutdown();
    runner_.Stop();
  }

  // Who sends a kommune's number as its token is that kommune; "sums" sees sums; without one,
  // everything is seen.
  static absl::StatusOr<Identity> Authenticated(const Credentials& credentials) {
    const std::string token(credentials.authorization);
    if (token.empty()) return Identity{.principal = "dev", .scope = Scope::All()};
    Scope scope;
    if (token == "sums") scope.aggregate = true;
    if (token != "sums") scope.kommuner = {token};
    return Identity{.principal = token, .scope = std::make_shared<const Scope>(scope)};
  }

  struct Client {
    std::unique_ptr<v1::FeedService::Stub> stub;
    std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>();
    std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader;
    Client() = default;
    Client(Client&&) = default;
    ~Client() {
      if (context != nullptr) context->TryCancel();
    }
  };
  Client Subscribe(const std::string& from) {
    v1::SubscribeRequest request;
    request.set_from(from);
    Client client = Subscribe(request);
    v1::SubscribeResponse first;
    EXPECT_TRUE(client.reader->Read(&first) && first.has_heartbeat());
    return client;
  }
  Client Subscribe(const v1::SubscribeRequest& request, const std::string& token = "") {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
    Client client;
    client.stub = v1::FeedService::NewStub(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials(), own));
    if (!token.empty()) client.context->AddMetadata("authorization", token);
    client.context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    client.reader = client.stub->Subscribe(client.context.get(), request);
    return client;
  }
  static v1::SubscribeRequest From(const std::string& from) {
    v1::SubscribeRequest request;
    request.set_from(from);
    return request;
  }
  grpc::Status Refusal(const v1::SubscribeRequest& request, const std::string& token = "") {
    Client client = Subscribe(request, token);
    v1::SubscribeResponse message;
    while (client.reader->Read(&message)) EXPECT_FALSE(message.has_fact());
    return client.reader->Finish();
  }
  void Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    EXPECT_TRUE(AppendAndWait(*log_, std::move(records)).ok());
  }
  static std::vector<std::string> ReadTypes(Client& client, size_t count, std::string* cursor) {
    std::vector<std::string> types;
    v1::SubscribeResponse message;
    while (types.size() < count && client.reader->Read(&message)) {
      if (!message.has_fact()) continue;
      types.push_back(message.type());
      *cursor = message.cursor();
    }
    return types;
  }
  void Append(int begin, int count) {
    std::vector<NewRecord> records;
    for (int i = begin; i < begin + count; ++i) {
      v1::Envelope fact = Fact("m" + std::to_string(i), 0, "", i);
      fact.clear_patient_ref();
      fact.mutable_meeting_held()->set_snapshot(std::string(kFactBytes, 's'));
      records.push_back(ToRecord(fact));
    }
    EXPECT_TRUE(AppendAndWait(*log_, std::move(records)).ok());
  }
  // Reads on to the stream's end, or to so many facts; the last cursor of one.
  static std::string ReadFacts(Client& client, size_t at_most, std::set<std::string>* ids) {
    std::string cursor;
    v1::SubscribeResponse message;
    for (size_t read = 0; read < at_most && client.reader->Read(&message);) {
      if (!message.has_fact()) continue;
      EXPECT_TRUE(ids->insert(message.fact().event_id()).second);
      cursor = message.cursor();
      ++read;
    }
    return cursor;
  }

  TempDir dir_;
  SystemClock clock_;
  Metrics metrics_;
  std::atomic<int64_t> elapsed_us_ = 1'000'000'000;
  std::unique_ptr<EventLog> log_ = *EmbeddedLog::Open(dir_ / "log", clock_);
  MemoryStore store_;
  projections::Views views_{clock_};
  projections::Runner runner_{*log_, store_, views_, metrics_, kIncarnation};
  FeedService service_{
      *log_,        views_,
      clock_,       metrics_,
      kIncarnation, {.elapsed = [this] { return absl::Microseconds(elapsed_us_.load()); }}};
  MemoryAccessLog access_log_;
  MethodTable table_{&access_log_};
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(FeedGrpcTest, WhatIsWantedComesAndFromItsCursorTheRest) {
  v1::SubscribeRequest request = From("BEGINNING");
  request.mutable_filter()->add_types("PatientAdmitted");
  request.mutable_filter()->add_types("PatientDischarged");
  request.mutable_filter()->add_kommuner("5001");
  Append({Admitted("a", 1, "V1", 0, "5001"), Admitted("b", 1, "V9", 5, "5031"),
          Discharged("c", 1, "V1", 10)});
  std::string cursor;
  {
    Client client = Subscribe(request);
    EXPECT_THAT(ReadTypes(client, 1, &cursor), ElementsAre("overgang.v1.PatientAdmitted"));
  }
  request.set_from(cursor);
  Client again = Subscribe(request);
  EXPECT_THAT(ReadTypes(again, 1, &cursor), ElementsAre("overgang.v1.PatientDischarged"));
  Append({UkpDeclared("d", 1, 0, 8), Admitted("e", 1, "V2", 600, "5001")});
  EXPECT_THAT(ReadTypes(again, 1, &cursor), ElementsAre("overgang.v1.PatientAdmitted"));
}

TEST_F(FeedGrpcTest, AKommuneIsToldOfItsOwnAndRefusedAnothers) {
  // Where the views lag behind the log a subscriber rests until the next tick, as in the hub.
  const std::jthread ticks([this](const std::stop_token& stop) {
    for (; !stop.stop_requested(); absl::SleepFor(absl::Milliseconds(10))) service_.Tick();
  });
  Append({Admitted("a", 1, "V1", 0, "5001"), Admitted("b", 2, "V2", 5, "5031")});
  Client client = Subscribe(From("BEGINNING"), "5031");
  Append({Discharged("c", 1, "V1", 10), Discharged("d", 2, "V2", 15)});
  v1::SubscribeResponse message;
  std::vector<std::string> refs;
  while (refs.size() < 2 && client.reader->Read(&message))
    if (message.has_fact()) refs.push_back(message.fact().patient_ref());
  EXPECT_THAT(refs, ElementsAre(Ref(2), Ref(2)));
  v1::SubscribeRequest another = From("BEGINNING");
  another.mutable_filter()->add_kommuner("5001");
  const grpc::Status refused = Refusal(another, "5031");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(refused.error_message(), HasSubstr("filter.kommuner[0]"));
  EXPECT_EQ(Refusal(From("END"), "sums").error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(FeedGrpcTest, HeartbeatsComeWithACursorThatGoesOn) {
  v1::SubscribeRequest request = From("END");
  request.set_heartbeat_seconds(2);
  request.mutable_filter()->add_types("BedsReported");
  Client client = Subscribe(request);
  v1::SubscribeResponse first;
  ASSERT_TRUE(client.reader->Read(&first) && first.has_heartbeat());
  Append({Admitted("a", 1, "V1", 0)});
  v1::SubscribeResponse beat = first;
  // As the hub does: a tick may come before the stream rests.
  const std::jthread ticks([this](const std::stop_token& stop) {
    for (; !stop.stop_requested(); absl::SleepFor(absl::Milliseconds(10))) service_.Tick();
  });
  while (beat.cursor() == first.cursor()) {
    elapsed_us_ += absl::ToInt64Microseconds(absl::Seconds(2));
    ASSERT_TRUE(client.reader->Read(&beat));
    ASSERT_TRUE(beat.has_heartbeat());
  }
}

TEST_F(FeedGrpcTest, CursorsOfAnotherLogOrFromBeyondItsEndAreRefusedWithTheRemedy) {
  const grpc::Status other = Refusal(From(Cursor{"another", {}}.Encode()));
  EXPECT_EQ(other.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_FALSE(other.error_details().empty());
  Cursor ahead{kIncarnation, {}};
  ahead.next[3] = 7;
  const grpc::Status lost = Refusal(From(ahead.Encode()));
  EXPECT_EQ(lost.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(lost.error_message(), HasSubstr("subscribe from BEGINNING"));
  EXPECT_EQ(Refusal(From("")).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(FeedGrpcTest, WhoStopsReadingIsToldWhereToGoOnAndTheOthersHaveEverything) {
  Client slow = Subscribe("END");
  Client quick = Subscribe("END");
  std::set<std::string> quick_ids;
  for (int begin = 0; begin < kFacts; begin += 100) {
    Append(begin, 100);
    ReadFacts(quick, 100, &quick_ids);
  }
  EXPECT_EQ(quick_ids.size(), static_cast<size_t>(kFacts));
  elapsed_us_ += absl::ToInt64Microseconds(kTakeWithin + absl::Seconds(1));
  // The one that took everything gets its heartbeat, the other one nothing any more.
  service_.Tick();
  v1::SubscribeResponse beat;
  ASSERT_TRUE(quick.reader->Read(&beat));
  EXPECT_TRUE(beat.has_heartbeat());

  std::set<std::string> slow_ids;
  const std::string last = ReadFacts(slow, kFacts, &slow_ids);
  ASSERT_LT(slow_ids.size(), static_cast<size_t>(kFacts));
  const grpc::Status status = slow.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_THAT(status.error_message(), EndsWith("go on with from = " + last));
  EXPECT_FALSE(status.error_details().empty());

  Client again = Subscribe(last);
  ReadFacts(again, kFacts - slow_ids.size(), &slow_ids);
  EXPECT_EQ(slow_ids, quick_ids);
  Append(kFacts, 1);
  ReadFacts(again, 1, &slow_ids);
  ReadFacts(quick, 1, &quick_ids);
  EXPECT_EQ(slow_ids, quick_ids);
}

}  // namespace
}  // namespace overgang::feed::testing
