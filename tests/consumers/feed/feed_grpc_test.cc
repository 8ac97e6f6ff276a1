// The feed by gRPC, over the embedded log: a client that stops reading, beside one that does not.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "adapters/grpc/grpc_server.h"
#include "adapters/log/embedded_log.h"
#include "consumers/feed/feed_service.h"
#include "core/fact_writer.h"
#include "overgang/v1/feed_service.grpc.pb.h"
#include "tests/adapters/temp_dir.h"
#include "tests/projections/fact_builder.h"

namespace overgang::feed::testing {
namespace {

using namespace overgang::testing;
using ::testing::EndsWith;

constexpr char kIncarnation[] = "3f1c1f6e-0000-4000-8000-000000000001";
constexpr int kFacts = 1'500;
constexpr size_t kFactBytes = 20'000;  // Together far more than a connection takes unread.

class FeedGrpcTest : public ::testing::Test {
 protected:
  FeedGrpcTest() {
    service_.Register(table_);
    server_ = *GrpcServer::Start({.port = 0}, table_, [](std::string_view) { return "dev"; });
  }
  ~FeedGrpcTest() override {
    service_.Stop();
    server_->Shutdown();
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
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
    Client client;
    client.stub = v1::FeedService::NewStub(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials(), own));
    v1::SubscribeRequest request;
    request.set_from(from);
    client.reader = client.stub->Subscribe(client.context.get(), request);
    v1::SubscribeResponse first;
    EXPECT_TRUE(client.reader->Read(&first) && first.has_heartbeat());
    return client;
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
  FeedService service_{*log_,
                       clock_,
                       metrics_,
                       kIncarnation,
                       [](const Caller&) { return Sight{.everything = true, .sees = nullptr}; },
                       {.elapsed = [this] { return absl::Microseconds(elapsed_us_.load()); }}};
  MethodTable table_;
  std::unique_ptr<GrpcServer> server_;
};

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
