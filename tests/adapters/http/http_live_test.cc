#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <optional>
#include <vector>

#include "absl/time/clock.h"
#include "adapters/http/http_server.h"
#include "core/errors.h"
#include "tests/adapters/http/client.h"
#include "tests/adapters/http/scripted.h"

namespace overgang::http {
namespace {

using ::testing::HasSubstr;

constexpr int kIdleStreams = 2000;
constexpr size_t kIdleStreamBytesMax =
    12 * 1024;  // In the hub's own memory; ten thousand then cost 120 MB at most.

class HttpLive : public ::testing::Test {
 protected:
  HttpLive() {
    methods_.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
        "overgang.v1.CensusService/WatchCensus", Need::kOwn,
        [this](const Caller&, const v1::WatchCensusRequest& request, Wake wake) {
          return census_.Open(request, std::move(wake));
        });
    methods_.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
        "overgang.v1.CensusService/Refuses", Need::kOwn,
        [](const Caller&, const v1::WatchCensusRequest&,
           const Wake&) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          return FieldError(absl::StatusCode::kInvalidArgument, "kommuner[0]", "is no kommune",
                            "use 4 digits");
        });
    options_.port = 0;
  }
  void StartServer() {
    server_.emplace(options_, methods_, AuthenticateScripted, metrics_);
    server_->AddLive("census", "overgang.v1.CensusService/WatchCensus");
    server_->AddLive("refuses", "overgang.v1.CensusService/Refuses");
    server_->AddLive("later", "overgang.v1.CensusService/NotYet");
    ASSERT_TRUE(server_->Start().ok());
  }
  Client Watch(std::string_view query = "", int receive_buffer_bytes = 0) {
    Client client(server_->port(), receive_buffer_bytes);
    client.Send(
        absl::StrCat("GET /live/census", std::string(query), " HTTP/1.1\r\nHost: hub\r\n\r\n"));
    return client;
  }
  void Show(int ukp, size_t name_bytes = 0) {
    v1::WatchCensusResponse response;
    v1::KommuneCensus* kommune = response.add_kommuner();
    kommune->set_ukp(ukp);
    kommune->set_name(std::string(name_bytes, 'x'));
    census_.Show(response);
  }
  bool OpenBecomes(size_t count) {
    for (const absl::Time end = absl::Now() + absl::Seconds(20); absl::Now() < end;
         absl::SleepFor(absl::Milliseconds(5))) {
      if (census_.open() == count) return true;
    }
    return false;
  }

  HttpOptions options_;
  ScriptedCensus census_;
  MethodTable methods_;
  Metrics metrics_;
  std::optional<HttpServer> server_;
};

TEST_F(HttpLive, SendsWhatThereIsAndThenEachChange) {
  StartServer();
  Show(1);
  Client client = Watch();
  const std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("200 OK"));
  EXPECT_THAT(head, HasSubstr("text/event-stream"));
  EXPECT_EQ(client.ReadUntil("\n\n"), "retry: 2000\n\n");
  EXPECT_THAT(client.ReadUntil("\n\n"), HasSubstr(R"("ukp":1)"));
  Show(2);
  EXPECT_THAT(client.ReadUntil("\n\n"), HasSubstr(R"("ukp":2)"));
}

TEST_F(HttpLive, QueryParametersAreFieldsOfTheRequest) {
  StartServer();
  Show(1);
  Client client = Watch(
      "?kommuner=5001,5031&sectors=SECTOR_SOMATIKK&basis=CENSUS_BASIS_RESIDENCE_KOMMUNE&hospitals="
      "97%34749025");
  client.ReadUntil("data: ");
  const v1::WatchCensusRequest request = census_.requests().at(0);
  EXPECT_THAT(request.kommuner(), ::testing::ElementsAre("5001", "5031"));
  EXPECT_THAT(request.hospitals(), ::testing::ElementsAre("974749025"));
  EXPECT_EQ(request.sectors(0), v1::SECTOR_SOMATIKK);
  EXPECT_EQ(request.basis(), v1::CENSUS_BASIS_RESIDENCE_KOMMUNE);
}

TEST_F(HttpLive, RefusesBeforeTheStreamBegins) {
  StartServer();
  const auto get = [this](std::string_view target, std::string_view more = "") {
    return Exchange(server_->port(), absl::StrCat("GET ", std::string(target), " HTTP/1.1\r\n",
                                                  std::string(more), "\r\n"));
  };
  EXPECT_EQ(get("/live/refuses").status, 400);
  EXPECT_THAT(get("/live/refuses").body, HasSubstr("kommuner[0]: is no kommune"));
  EXPECT_EQ(get("/live/census?kommun=5001").status, 400);
  EXPECT_THAT(get("/live/census?kommun=5001").body,
              HasSubstr("use kommuner, hospitals, sectors, basis"));
  EXPECT_EQ(get("/live/census?basis=9").status, 400);
  EXPECT_EQ(get("/live/census?kommuner=%zz").status, 400);
  EXPECT_EQ(get("/live/nothing").status, 404);
  EXPECT_EQ(get("/live/later").status, 501);
  EXPECT_EQ(get("/live/census", "Authorization: Bearer forged\r\n").status, 401);
  EXPECT_EQ(census_.open(), 0u);
}

TEST_F(HttpLive, ASlowReaderSkipsStepsAndHoldsUpNobody) {
  StartServer();
  Show(0);
  Client slow = Watch("", 4096);
  slow.ReadUntil("data: ");
  Client quick = Watch();
  constexpr int kSteps = 200;
  constexpr size_t kStepBytes = 200'000;  // Far more in all than the sockets' buffers hold.
  for (int step = 1; step <= kSteps; ++step) {
    Show(step, kStepBytes);
    ASSERT_THAT(quick.ReadUntil(absl::StrCat(R"("ukp":)", step, ",")),
                HasSubstr(absl::StrCat(R"("ukp":)", step, ",")));
  }
  EXPECT_GE(census_.pulled(), static_cast<size_t>(kSteps));
  EXPECT_LT(census_.pulled(),
            static_cast<size_t>(kSteps) * 3 / 2);  // The slow one pulled few of them,
  const std::string last = absl::StrCat(R"("ukp":)", kSteps, ",");
  EXPECT_THAT(slow.ReadUntil(last), HasSubstr(last));  // and still ends at the newest.
}

TEST_F(HttpLive, DropsAReaderThatTakesNothingAtAll) {
  options_.heartbeat = absl::Milliseconds(50);
  options_.write_timeout = absl::Milliseconds(200);
  StartServer();
  Show(0);
  Client stuck = Watch("", 4096);
  ASSERT_TRUE(OpenBecomes(1));
  Show(1, 20'000'000);
  EXPECT_TRUE(OpenBecomes(0));
}

TEST_F(HttpLive, HeartbeatsWhenThereIsNothingToSay) {
  options_.heartbeat = absl::Milliseconds(30);
  StartServer();
  Client client = Watch();
  client.ReadUntil(": still here\n\n");
  EXPECT_EQ(client.ReadUntil("\n\n"), ": still here\n\n");
}

TEST_F(HttpLive, AStreamEndsWhenItsClientVanishes) {
  StartServer();
  Client client = Watch();
  ASSERT_TRUE(OpenBecomes(1));
  client.CloseNow();
  EXPECT_TRUE(OpenBecomes(0));
}

TEST_F(HttpLive, TheEndAndItsReasonAreAnEvent) {
  StartServer();
  Show(1);
  Client client = Watch();
  client.ReadUntil("data: ");
  client.ReadUntil("\n\n");
  census_.End(absl::UnavailableError("the hub is being stopped"));
  const std::string end = client.ReadUntil("\n\n");
  EXPECT_THAT(end, HasSubstr("event: end\ndata: {\"error\":{"));
  EXPECT_THAT(end, HasSubstr(R"("code":"unavailable")"));
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
}

TEST_F(HttpLive, StoppingTheServerEndsEveryStreamAtOnce) {
  StartServer();
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Watch());
  ASSERT_TRUE(OpenBecomes(20));
  const absl::Time before = absl::Now();
  server_->Stop();
  EXPECT_LT(absl::Now() - before, absl::Seconds(3));
  EXPECT_EQ(census_.open(), 0u);
}

// On the heap, of this program; what the system keeps for a socket is not the hub's.
size_t HeapBytes() { return mallinfo2().uordblks; }

TEST_F(HttpLive, ThousandsOfIdleStreamsAreCheap) {
  StartServer();
  Show(1);
  Client first = Watch();
  ASSERT_TRUE(OpenBecomes(1));
  const size_t before = HeapBytes();
  std::vector<Client> clients;
  clients.reserve(kIdleStreams);
  for (int i = 0; i < kIdleStreams; ++i) clients.push_back(Watch());
  ASSERT_TRUE(OpenBecomes(kIdleStreams + 1));
  EXPECT_THAT(clients.back().ReadUntil("\"ukp\":1"), HasSubstr("\"ukp\":1"));
  const size_t growth = HeapBytes() - before;
  RecordProperty("bytes_per_stream", static_cast<int>(growth / kIdleStreams));
  EXPECT_LT(growth / kIdleStreams, kIdleStreamBytesMax);
  EXPECT_THAT(metrics_.Text(), HasSubstr("overgang_http_live_streams 2001"));
  Show(2);
  EXPECT_THAT(clients.back().ReadUntil("\"ukp\":2"), HasSubstr("\"ukp\":2"));
  clients.clear();
  EXPECT_TRUE(OpenBecomes(1));
}

}  // namespace
}  // namespace overgang::http
