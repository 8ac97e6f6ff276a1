// The feed to many subscribers by gRPC, each on a connection of its own, beside a stream of the
// same messages that were made ready before, on the same server.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/access/access_log_file.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/log/embedded_log.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "consumers/feed/feed_service.h"
#include "core/fact_writer.h"

namespace overgang::bench {
namespace {

constexpr size_t kSubscribers = 50;
constexpr int64_t kChunk = 500;             // Facts of one append.
constexpr int64_t kOutstandingMax = 4'000;  // Appended, and not with everybody yet.
constexpr int kRounds = 3;
constexpr char kFeed[] = "/overgang.v1.FeedService/Subscribe";
// Any other stream of the server's; its bytes are nobody's business here.
constexpr char kLimit[] = "/overgang.v1.OperationsService/ReadLog";

// Counts messages and decodes none.
class Subscriber final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Subscriber(int port, const char* method, const std::string& from) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
    channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port),
                                         grpc::InsecureChannelCredentials(), own);
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
    v1::SubscribeRequest request;
    request.set_from(from);
    const grpc::Slice slice(request.SerializeAsString());
    request_ = grpc::ByteBuffer(&slice, 1);
    stub_->PrepareBidiStreamingCall(&context_, method, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&message_);
    StartCall();
  }
  ~Subscriber() override {
    context_.TryCancel();
    while (!done_) absl::SleepFor(absl::Milliseconds(1));
  }
  int64_t messages() const { return messages_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++messages_;
    StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override { done_ = true; }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  std::atomic<int64_t> messages_ = 0;
  std::atomic<bool> done_ = false;
};

using Subscribers = std::list<Subscriber>;

int64_t Fewest(const Subscribers& subscribers) {
  return std::ranges::min_element(subscribers, {}, &Subscriber::messages)->messages();
}

void WaitUntilAllHave(const Subscribers& subscribers, int64_t messages) {
  while (Fewest(subscribers) < messages) absl::SleepFor(absl::Microseconds(200));
}

Subscribers Subscribe(int port, const char* method, const std::string& from) {
  Subscribers subscribers;
  for (size_t i = 0; i < kSubscribers; ++i) subscribers.emplace_back(port, method, from);
  return subscribers;
}

// The limit: messages that wait, ready, for whoever takes them.
class ReadyStream final : public MessageStream {
 public:
  explicit ReadyStream(const std::vector<std::shared_ptr<const feed::FeedMessage>>& messages)
      : messages_(messages) {}
  absl::StatusOr<StreamStep> Next() override {
    if (next_ == messages_.size()) return StreamStep{};
    const auto& message = messages_[next_++];
    return feed::StepOf(message, next_ < messages_.size());
  }

 private:
  const std::vector<std::shared_ptr<const feed::FeedMessage>>& messages_;
  size_t next_ = 0;
};

class FeedBench {
 public:
  explicit FeedBench(int64_t facts) : facts_(facts) {
    feed_.Register(methods_);
    methods_.AddStream<v1::SubscribeRequest, v1::SubscribeResponse>(
        &kLimit[1], Need::kOwn, [this](const Caller&, const v1::SubscribeRequest&, const Wake&) {
          return absl::StatusOr<std::unique_ptr<MessageStream>>(
              std::make_unique<ReadyStream>(ready_));
        });
    server_ = Take(GrpcServer::Start({.port = 0}, methods_,
                                     [](const Credentials&) {
                                       return Identity{"dev", Scope::All()};
                                     }),
                   "starting the server");
    MakeReady();
  }

  // All in messages per second of all subscribers together.
  double Limit() {
    const double began = WallSeconds();
    const Subscribers subscribers = Subscribe(server_->port(), kLimit, "END");
    WaitUntilAllHave(subscribers, facts_);
    return Rate(began);
  }
  // At the log's end, while facts are appended.
  double AtTheEnd() {
    const Subscribers subscribers = Subscribe(server_->port(), kFeed, "END");
    WaitUntilAllHave(subscribers, 1);  // Where it begins.
    const double began = WallSeconds();
    for (int64_t appended = 0; appended < facts_; appended += kChunk) {
      WaitUntilAllHave(subscribers, appended - kOutstandingMax + 1);
      std::vector<NewRecord> records;
      for (int64_t i = 0; i < kChunk; ++i) records.push_back(ToRecord(stream_.Next()));
      Check(AppendAndWait(*log_, std::move(records)).status(), "appending");
    }
    WaitUntilAllHave(subscribers, facts_ + 1);
    return Rate(began);
  }
  // All behind, and each reads by itself: what AtTheEnd appended since `from`.
  double Behind(const std::string& from) {
    const double began = WallSeconds();
    const Subscribers subscribers = Subscribe(server_->port(), kFeed, from);
    WaitUntilAllHave(subscribers, facts_ + 1);
    return Rate(began);
  }
  std::string CursorNow() const {
    return Cursor{kIncarnation, Take(log_->Ends(), "the log's ends").next}.Encode();
  }

 private:
  double Rate(double began) const {
    return static_cast<double>(facts_ * static_cast<int64_t>(kSubscribers)) /
           (WallSeconds() - began);
  }
  void MakeReady() {
    FactStream stream;
    for (int64_t i = 0; i < facts_; ++i) {
      const NewRecord made = ToRecord(stream.Next());
      LogRecord record;
      record.value = made.value;
      auto message = feed::FeedMessage::OfRecord(record, {});
      message->SetCursor({kIncarnation, {}});
      (void)message->Protobuf();
      ready_.push_back(std::move(message));
    }
  }

  const int64_t facts_;
  TempFolder folder_;
  SystemClock clock_;
  Metrics metrics_;
  FactStream stream_;
  std::vector<std::shared_ptr<const feed::FeedMessage>> ready_;
  std::unique_ptr<EventLog> log_ =
      Take(EmbeddedLog::Open(folder_ / "log", clock_), "opening a log");
  projections::Views views_{clock_};
  feed::FeedService feed_{*log_, views_, clock_, metrics_, kIncarnation};
  std::unique_ptr<AccessLogFile> access_log_ =
      Take(AccessLogFile::Open({folder_ / "access", 1}, clock_, metrics_), "opening an access log");
  MethodTable methods_{access_log_.get(), clock_};
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace

void FeedBenchmark(const Options& options) {
  FeedBench bench(options.Size(20'000, 2'000));
  double limit = 0;
  double at_the_end = 0;
  double behind = 0;
  // In turns, so that what else the machine does meets all alike.
  for (int round = 0; round <= kRounds; ++round) {
    const double limit_now = bench.Limit();
    const std::string from = bench.CursorNow();
    const double end_now = bench.AtTheEnd();
    const double behind_now = bench.Behind(from);
    if (round == 0) continue;  // First pages of memory.
    limit += limit_now / kRounds;
    at_the_end += end_now / kRounds;
    behind += behind_now / kRounds;
  }
  Table::Print({"feed to 50 subscribers, as facts come", at_the_end, "messages/s", "80 000",
                "the same messages made before", at_the_end / limit});
  Table::Print({"  all behind, each read for by itself", behind, "messages/s", "",
                "the same messages made before", behind / limit});
}

}  // namespace overgang::bench
