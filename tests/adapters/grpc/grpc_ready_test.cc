// Streams with more at hand: what is held back to go out together does go out.
#include "overgang/v1/feed_service.grpc.pb.h"
#include "tests/adapters/grpc/grpc_fixture.h"
#include "tests/adapters/ready_stream.h"

namespace overgang {
namespace {

class GrpcReadyTest : public GrpcTest {
 protected:
  ~GrpcReadyTest() override { server->Shutdown(); }
  void ExpectAll(int messages, size_t padding) {
    table.AddStream<v1::SubscribeRequest, v1::SubscribeResponse>(
        "overgang.v1.FeedService/Subscribe", Need::kOwn,
        [=](const Caller&, const v1::SubscribeRequest&,
            const Wake&) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          return std::make_unique<ReadyStream>(messages, padding);
        });
    Start();
    auto stub = v1::FeedService::NewStub(channel);
    grpc::ClientContext context;
    // Far less than the keepalive, whose ping would take along what is held back.
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(15));
    auto reader = stub->Subscribe(&context, {});
    v1::SubscribeResponse message;
    for (int i = 0; i < messages; ++i) {
      ASSERT_TRUE(reader->Read(&message)) << i;
      ASSERT_EQ(message.cursor(), std::to_string(i));
      ASSERT_EQ(message.type().size(), padding);
    }
    context.TryCancel();
  }
};

TEST_F(GrpcReadyTest, AFewSmallOnes) { ExpectAll(3, 10); }
TEST_F(GrpcReadyTest, ManySmallOnes) { ExpectAll(20'000, 200); }
TEST_F(GrpcReadyTest, LargeOnes) { ExpectAll(100, 300'000); }

}  // namespace
}  // namespace overgang
