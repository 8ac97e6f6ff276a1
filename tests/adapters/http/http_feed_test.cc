// Streams that are resumed, and that make their events themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/http/http_server.h"
#include "tests/adapters/http/client.h"
#include "tests/adapters/http/scripted.h"
#include "tests/adapters/ready_stream.h"

namespace overgang::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HttpFeed : public ::testing::Test {
 protected:
  HttpFeed() {
    methods_.AddStream<v1::SubscribeRequest, v1::SubscribeResponse>(
        "overgang.v1.FeedService/Subscribe", Need::kOwn,
        [this](const Caller&, const v1::SubscribeRequest& request,
               const Wake&) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          const std::lock_guard lock(mutex_);
          request_ = request;
          return std::make_unique<ReadyStream>(messages_, padding_);
        });
    HttpOptions options;
    options.port = 0;
    server_.emplace(options, methods_, AuthenticateScripted, metrics_);
    server_->AddLive("feed", "overgang.v1.FeedService/Subscribe", "from");
    server_->AddLive("unresumed", "overgang.v1.FeedService/Subscribe");
    EXPECT_TRUE(server_->Start().ok());
  }
  Client Get(std::string_view target, std::string_view header = "") {
    Client client(server_->port());
    client.Send(absl::StrCat("GET ", std::string(target), " HTTP/1.1\r\nHost: hub\r\n",
                             std::string(header), "\r\n"));
    return client;
  }
  v1::SubscribeRequest Asked(std::string_view target, std::string_view header = "") {
    Get(target, header).ReadUntil("retry: 2000\n\n");
    const std::lock_guard lock(mutex_);
    return request_;
  }

  std::mutex mutex_;
  v1::SubscribeRequest request_;
  int messages_ = 0;
  size_t padding_ = 1;
  MethodTable methods_;
  Metrics metrics_;
  std::optional<HttpServer> server_;
};

TEST_F(HttpFeed, TheFieldsOfAFilterAreTakenAsTheRequestsOwn) {
  const v1::SubscribeRequest request = Asked(
      "/live/feed?types=UkpDeclared,KommuneAnswered&kommuner=5001&from=END&heartbeatSeconds=2");
  EXPECT_THAT(request.filter().types(), ElementsAre("UkpDeclared", "KommuneAnswered"));
  EXPECT_THAT(request.filter().kommuner(), ElementsAre("5001"));
  EXPECT_EQ(request.from(), "END");
  EXPECT_EQ(request.heartbeat_seconds(), 2);
  EXPECT_FALSE(Asked("/live/feed?from=END").has_filter());
  EXPECT_THAT(Get("/live/feed?type=UkpDeclared").ReadResponse().body,
              HasSubstr("use types, kommuner, hospitals, from, heartbeat_seconds"));
}

TEST_F(HttpFeed, WhoComesBackSaysInTheHeaderHowFarItGot) {
  EXPECT_EQ(Asked("/live/feed?from=END", "Last-Event-ID: abc\r\n").from(), "abc");
  EXPECT_EQ(Asked("/live/feed", "Last-Event-ID: abc\r\n").from(), "abc");
  EXPECT_EQ(Asked("/live/feed?from=END", "Last-Event-ID: \r\n").from(), "END");
  EXPECT_EQ(Asked("/live/unresumed?from=END", "Last-Event-ID: abc\r\n").from(), "END");
}

TEST_F(HttpFeed, EventsOfTheStreamsOwnMakingAllComeInOrder) {
  messages_ = 500;
  padding_ = 1'000;  // Many pieces' worth.
  Client client = Get("/live/feed?from=END");
  client.ReadUntil("retry: 2000\n\n");
  for (int i = 0; i < messages_; ++i) {
    ASSERT_EQ(client.ReadUntil("\n\n"),
              absl::StrCat("id: ", i, "\ndata: own ", std::string(padding_, 't'), "\n\n"));
  }
}

}  // namespace
}  // namespace overgang::http
