#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "adapters/http/http_server.h"
#include "core/errors.h"
#include "tests/adapters/http/client.h"
#include "tests/adapters/http/scripted.h"

namespace overgang::http {
namespace {

using ::testing::HasSubstr;

// Routes that echo, files, and bounds that a test makes small.
class HttpBounds : public ::testing::Test {
 protected:
  HttpBounds() {
    options_.port = 0;
    options_.body_bytes_max = 10'000;
  }
  void StartServer() {
    server_.emplace(options_, methods_, AuthenticateScripted, metrics_);
    server_->AddRoute("GET", "/healthz", std::nullopt,
                      [](const HttpRequest&, const std::function<void(HttpResponse)>& reply) {
                        reply({.body = "ok\n"});
                      });
    server_->AddRoute(
        "POST", "/plo", Need::kWrite,
        [](const HttpRequest& request, const std::function<void(HttpResponse)>& reply) {
          reply({.status = 202,
                 .body = absl::StrCat(request.principal, " ", request.content_type, " ",
                                      request.query, " ", request.body.size())});
        });
    server_->AddAsset({.path = "/",
                       .content_type = "text/html; charset=utf-8",
                       .bytes = "<!doctype html>",
                       .etag = "\"e1\""});
    ASSERT_TRUE(server_->Start().ok());
  }
  std::string PostPlo(size_t bytes) {
    return absl::StrCat("POST /plo?a=b HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: ",
                        bytes, "\r\n\r\n", std::string(bytes, 'x'));
  }

  HttpOptions options_;
  MethodTable methods_;
  Metrics metrics_;
  std::optional<HttpServer> server_;
};

TEST_F(HttpBounds, AReplyMayBeHeldLongerThanTheServerLives) {
  options_.drain_timeout = absl::Milliseconds(50);
  std::promise<std::function<void(HttpResponse)>> taken;
  server_.emplace(options_, methods_, AuthenticateScripted, metrics_);
  server_->AddRoute("GET", "/late", std::nullopt,
                    [&taken](const HttpRequest&, std::function<void(HttpResponse)> reply) {
                      taken.set_value(std::move(reply));
                    });
  ASSERT_TRUE(server_->Start().ok());
  std::thread caller([port = server_->port()] { Exchange(port, "GET /late HTTP/1.1\r\n\r\n"); });
  std::function<void(HttpResponse)> reply = taken.get_future().get();
  server_.reset();
  caller.join();
  reply({.body = "to nobody"});
  reply = nullptr;
}

TEST_F(HttpBounds, APrefixServesWhatFollowsItToAnyone) {
  server_.emplace(options_, methods_, AuthenticateScripted, metrics_);
  server_->AddPrefix(
      "GET", "/tiltak/",
      [](const HttpRequest& request, const std::function<void(HttpResponse)>& reply) {
        reply(
            {.status = 410, .body = request.path, .headers = {{"Referrer-Policy", "no-referrer"}}});
      });
  server_->AddRoute("GET", "/tiltak/fast", std::nullopt,
                    [](const HttpRequest&, const std::function<void(HttpResponse)>& reply) {
                      reply({.body = "the exact one"});
                    });
  ASSERT_TRUE(server_->Start().ok());
  const ClientResponse answer = Exchange(server_->port(), "GET /tiltak/a-b/c?d=e HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  EXPECT_EQ(answer.body, "/tiltak/a-b/c");
  const auto status = [&](const char* request) {
    return Exchange(server_->port(), request).status;
  };
  EXPECT_EQ(Exchange(server_->port(), "GET /tiltak/fast HTTP/1.1\r\n\r\n").body, "the exact one");
  EXPECT_EQ(status("GET /tiltak/ HTTP/1.1\r\n\r\n"), 404);
  EXPECT_EQ(status("GET /tiltak HTTP/1.1\r\n\r\n"), 404);
  EXPECT_EQ(status("POST /tiltak/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), 405);
}

TEST_F(HttpBounds, ServesRoutesByMethodAndPath) {
  StartServer();
  EXPECT_EQ(Exchange(server_->port(), "GET /healthz HTTP/1.1\r\n\r\n").body, "ok\n");
  const ClientResponse post = Exchange(server_->port(), PostPlo(5));
  EXPECT_EQ(post.status, 202);
  EXPECT_EQ(post.body, "tester text/xml a=b 5");
  const ClientResponse wrong = Exchange(server_->port(), "DELETE /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET");
  EXPECT_EQ(Exchange(server_->port(), "GET /healthz/ HTTP/1.1\r\n\r\n").status, 404);
}

TEST_F(HttpBounds, KeepsStrangersOutOfWhatIsNotForAnyone) {
  StartServer();
  const std::string forged = "Authorization: Bearer forged\r\n";
  EXPECT_EQ(
      Exchange(server_->port(), absl::StrCat("GET /healthz HTTP/1.1\r\n", forged, "\r\n")).status,
      200);
  const ClientResponse refused =
      Exchange(server_->port(),
               absl::StrCat("POST /plo HTTP/1.1\r\n", forged, "Content-Length: 1\r\n\r\nx"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer");
}

TEST_F(HttpBounds, FilesHaveTypePolicyAndTag) {
  StartServer();
  const ClientResponse page = Exchange(server_->port(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(page.headers.at("etag"), "\"e1\"");
  const ClientResponse same =
      Exchange(server_->port(), "GET / HTTP/1.1\r\nIf-None-Match: \"e0\", W/\"e1\"\r\n\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(Exchange(server_->port(), "GET / HTTP/1.1\r\nIf-None-Match: \"e0\"\r\n\r\n").status,
            200);
}

TEST_F(HttpBounds, HeadHasTheLengthAndNoBody) {
  StartServer();
  Client client(server_->port());
  client.Send("HEAD / HTTP/1.1\r\n\r\n");
  const ClientResponse head = client.ReadResponse(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "15");
  client.Send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().body, "ok\n");
}

TEST_F(HttpBounds, AnswersRequestsInARow) {
  StartServer();
  Client client(server_->port());
  client.Send("GET /healthz HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().body, "ok\n");
  EXPECT_EQ(client.ReadResponse().body, "<!doctype html>");
}

TEST_F(HttpBounds, RefusesABodyThatIsTooLargeEvenWhileItIsSent) {
  StartServer();
  const ClientResponse declared = Exchange(server_->port(), PostPlo(10'001));
  EXPECT_EQ(declared.status, 413);
  EXPECT_THAT(declared.body, HasSubstr("larger than 10000 bytes"));
  const ClientResponse sending = Exchange(server_->port(), PostPlo(30'000'000));
  EXPECT_EQ(sending.status, 413);
  const ClientResponse chunked =
      Exchange(server_->port(),
               absl::StrCat("POST /plo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n",
                            std::string(20'000, 'x'), "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.status, 413);
  EXPECT_EQ(Exchange(server_->port(), PostPlo(10'000)).status, 202);
}

TEST_F(HttpBounds, AsksForTheBodyWhereTheCallerWaitsToBeAsked) {
  StartServer();
  Client client(server_->port());
  client.Send("POST /plo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("xx");
  EXPECT_EQ(client.ReadResponse().status, 202);
  Client forged(server_->port());
  forged.Send(
      "POST /plo HTTP/1.1\r\nAuthorization: x\r\nExpect: 100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_EQ(forged.ReadResponse().status, 401);
}

TEST_F(HttpBounds, RefusesWhatIsNotHttp) {
  StartServer();
  for (const std::string_view request :
       {"HELLO\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        "POST /plo HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST /plo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const ClientResponse response = Exchange(server_->port(), request);
    EXPECT_EQ(response.status, 400) << request;
    EXPECT_THAT(response.body, HasSubstr("is not HTTP/1.1")) << request;
  }
  EXPECT_EQ(Exchange(server_->port(), "GET /healthz HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(HttpBounds, RefusesAHeaderThatIsTooLarge) {
  StartServer();
  const ClientResponse response = Exchange(
      server_->port(), absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(20'000, 'x'), "\r\n\r\n"));
  EXPECT_EQ(response.status, 431);
  EXPECT_THAT(response.body, HasSubstr("larger than 16384 bytes"));
}

TEST_F(HttpBounds, AHeaderDribbledForEverIsCutOff) {
  options_.idle_timeout = absl::Milliseconds(300);
  StartServer();
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\n");
  const absl::Time before = absl::Now();
  bool open = true;
  while (open && absl::Now() < before + absl::Seconds(10)) {
    open = client.Send("X: y\r\n") && !client.ClosedWithin(absl::Milliseconds(20));
  }
  EXPECT_FALSE(open);
  EXPECT_LT(absl::Now() - before, absl::Seconds(5));
}

TEST_F(HttpBounds, ABodyThatNeverComesIsCutOff) {
  options_.body_timeout = absl::Milliseconds(200);
  StartServer();
  Client client(server_->port());
  client.Send("POST /plo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
}

TEST_F(HttpBounds, OneConnectionTooManyIsToldSo) {
  options_.connections_max = 2;
  StartServer();
  Client first(server_->port());
  Client second(server_->port());
  first.Send("GET /healthz HTTP/1.1\r\n\r\n");
  second.Send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(first.ReadResponse().status, 200);
  EXPECT_EQ(second.ReadResponse().status, 200);
  Client third(server_->port());
  const ClientResponse full = third.ReadResponse();
  EXPECT_EQ(full.status, 503);
  EXPECT_THAT(full.body, ::testing::EndsWith("too many connections; come back in a while\"}\n"));
  first.CloseNow();
  int status = 503;
  for (int i = 0; i < 500 && status != 200; ++i) {
    status = Exchange(server_->port(), "GET /healthz HTTP/1.1\r\n\r\n").status;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HttpBounds, ABusyPortIsNamedWithTheRemedy) {
  StartServer();
  HttpOptions options;
  options.port = server_->port();
  HttpServer other(options, methods_, AuthenticateScripted, metrics_);
  const absl::Status status = other.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(status).field, "[http] port");
  EXPECT_THAT(PlaceOf(status).remedy, HasSubstr("choose another port"));
}

TEST_F(HttpBounds, AnAddressOfAnotherMachineIsNamed) {
  options_.address = "192.0.2.1";
  HttpServer elsewhere(options_, methods_, AuthenticateScripted, metrics_);
  EXPECT_EQ(PlaceOf(elsewhere.Start()).field, "[http] address");
  options_.address = "localhost";
  HttpServer named(options_, methods_, AuthenticateScripted, metrics_);
  EXPECT_EQ(PlaceOf(named.Start()).field, "[http] address");
}

}  // namespace
}  // namespace overgang::http
