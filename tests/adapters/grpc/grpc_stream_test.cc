// Streams: slow, vanished and many clients.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "overgang/v1/census_service.grpc.pb.h"
#include "tests/adapters/grpc/grpc_fixture.h"

namespace overgang {
namespace {

using namespace std::chrono_literals;

// A number that changes; every stream tells the newest one that its client has not had.
class Number {
 public:
  explicit Number(size_t padding) : padding_(padding) {}
  void Set(int value, absl::Status status = absl::OkStatus(), bool end = false) {
    std::vector<Wake> wakes;
    {
      std::lock_guard lock(mutex_);
      value_ = value;
      status_ = std::move(status);
      end_ = end;
      for (const auto& [stream, wake] : open_) wakes.push_back(wake);
    }
    for (const Wake& wake : wakes) wake();
  }
  std::unique_ptr<MessageStream> Open(Wake wake) {
    auto stream = std::make_unique<Stream>(*this);
    std::lock_guard lock(mutex_);
    open_[stream.get()] = std::move(wake);
    return stream;
  }
  bool WaitForOpen(size_t streams) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return open_.size() == streams; });
  }

 private:
  struct Stream final : MessageStream {
    explicit Stream(Number& number) : number(number) {}
    ~Stream() override {
      std::lock_guard lock(number.mutex_);
      number.open_.erase(this);
      number.changed_.notify_all();
    }
    absl::StatusOr<StreamStep> Next() override {
      std::lock_guard lock(number.mutex_);
      number.changed_.notify_all();
      if (!number.status_.ok()) return number.status_;
      if (said == number.value_) return StreamStep{.message = nullptr, .end = number.end_};
      said = number.value_;
      auto message = std::make_shared<v1::WatchCensusResponse>();
      message->add_kommuner()->set_ukp(said);
      message->mutable_as_of()->set_cursor(std::string(number.padding_, 'c'));
      return StreamStep{.message = message, .end = false};
    }
    Number& number;
    int said = -1;
  };

  const size_t padding_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Stream*, Wake> open_;
  int value_ = 0;
  bool end_ = false;
  absl::Status status_;
};

class GrpcStreamTest : public GrpcTest {
 protected:
  ~GrpcStreamTest() override {
    server->Shutdown();
  }  // Before the number goes that the streams tell.
  Number& Serve(size_t padding = 0) {
    Number& number = number_.emplace(padding);
    table.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
        "overgang.v1.CensusService/WatchCensus", Need::kOwn,
        [&number](const Caller&, const v1::WatchCensusRequest& request,
                  Wake wake) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          if (request.kommuner_size() > 0) return absl::InvalidArgumentError("no such kommune");
          return number.Open(std::move(wake));
        });
    Start();
    stub = v1::CensusService::NewStub(channel);
    return number;
  }
  std::optional<Number> number_;
  std::unique_ptr<v1::CensusService::Stub> stub;
  grpc::ClientContext context;
  v1::WatchCensusResponse message;
};

TEST_F(GrpcStreamTest, AWokenStreamTellsWhatChanged) {
  Number& number = Serve();
  auto reader = stub->WatchCensus(&context, {});
  for (int value = 0; value < 50; ++value) {
    number.Set(value);
    do {
      ASSERT_TRUE(reader->Read(&message));
    } while (message.kommuner(0).ukp() != value);
  }
  context.TryCancel();
}

TEST_F(GrpcStreamTest, ASlowReaderSkipsStepsAndHasTheNewestAtLast) {
  constexpr int kChanges = 500;
  Number& number = Serve(64 << 10);  // Larger than what the connection takes unread.
  auto reader = stub->WatchCensus(&context, {});
  ASSERT_TRUE(reader->Read(&message));
  for (int value = 1; value <= kChanges; ++value) {
    number.Set(value);
    std::this_thread::sleep_for(200us);
  }
  int messages = 1;
  while (message.kommuner(0).ukp() != kChanges) {
    ASSERT_TRUE(reader->Read(&message));
    ++messages;
  }
  EXPECT_LT(messages, kChanges / 2);
  context.TryCancel();
}

TEST_F(GrpcStreamTest, ErrorsAndTheEndReachTheClient) {
  Number& number = Serve();
  auto reader = stub->WatchCensus(&context, {});
  ASSERT_TRUE(reader->Read(&message));
  number.Set(0, absl::OkStatus(), /*end=*/true);
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_TRUE(reader->Finish().ok());

  number.Set(1);
  grpc::ClientContext failing, refused;
  reader = stub->WatchCensus(&failing, {});
  ASSERT_TRUE(reader->Read(&message));
  number.Set(1, absl::DataLossError("a record is missing"));
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DATA_LOSS);

  v1::WatchCensusRequest request;
  request.add_kommuner("9");
  reader = stub->WatchCensus(&refused, request);
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(number.WaitForOpen(0));
}

TEST_F(GrpcStreamTest, ACancelledOrExpiredStreamIsDestroyedThoughNothingHappens) {
  Number& number = Serve();
  auto reader = stub->WatchCensus(&context, {});
  grpc::ClientContext expiring;
  expiring.set_deadline(std::chrono::system_clock::now() + 300ms);
  auto second = stub->WatchCensus(&expiring, {});
  ASSERT_TRUE(number.WaitForOpen(2));
  context.TryCancel();
  EXPECT_TRUE(number.WaitForOpen(0));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(second->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(GrpcStreamTest, CancellingWhileItChangesAllTheTimeIsSafe) {
  Number& number = Serve(32 << 10);
  std::atomic<bool> stop = false;
  std::thread changer([&] {
    for (int value = 1; !stop; ++value) number.Set(value);
  });
  for (int i = 0; i < 100; ++i) {
    grpc::ClientContext own;
    auto reader = stub->WatchCensus(&own, {});
    ASSERT_TRUE(reader->Read(&message));
    if (i % 2 == 0) {
      ASSERT_TRUE(reader->Read(&message));
    }
    own.TryCancel();
    reader->Finish();
  }
  stop = true;
  changer.join();
  EXPECT_TRUE(number.WaitForOpen(0));
}

TEST_F(GrpcStreamTest, AThousandIdleStreamsAllHearOfTheNextChangeAndGoWithTheirClient) {
  constexpr size_t kStreams = 1'000;
  Number& number = Serve();
  struct Idle {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchCensusResponse>> reader;
  };
  std::list<Idle> idle;
  for (size_t i = 0; i < kStreams; ++i) {
    Idle& one = idle.emplace_back();
    one.reader = stub->WatchCensus(&one.context, {});
    ASSERT_TRUE(one.reader->Read(&message));
  }
  ASSERT_TRUE(number.WaitForOpen(kStreams));
  number.Set(7);
  for (Idle& one : idle) {
    ASSERT_TRUE(one.reader->Read(&message));
    EXPECT_EQ(message.kommuner(0).ukp(), 7);
  }
  for (Idle& one : idle) one.context.TryCancel();
  EXPECT_TRUE(number.WaitForOpen(0));
}

TEST_F(GrpcStreamTest, ShutdownEndsOpenStreams) {
  Number& number = Serve();
  auto reader = stub->WatchCensus(&context, {});
  ASSERT_TRUE(reader->Read(&message));
  server->Shutdown();
  EXPECT_TRUE(number.WaitForOpen(0));
  EXPECT_FALSE(reader->Read(&message));
}

}  // namespace
}  // namespace overgang
