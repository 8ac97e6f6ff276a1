#include "producers/plo/plo_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpResponse Post(Hub& hub, std::string body, std::string method = "POST") {
  HttpRequest request;
  request.method = std::move(method);
  request.path = "/plo";
  request.body = std::move(body);
  std::promise<HttpResponse> promise;
  PloHandler (*hub.receiver)(
      request, [&](HttpResponse response) { promise.set_value(std::move(response)); });
  return promise.get_future().get();
}

TEST(PloHttp, TheAppRecIsTheAnswerAndARepeatHasNone) {
  Hub hub;
  const HttpResponse response = Post(hub, TestMessage().Text());
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.content_type, StartsWith("application/xml"));
  EXPECT_THAT(response.body, HasSubstr("<Status V=\"1\""));
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
  const HttpResponse repeat = Post(hub, TestMessage().Text());
  EXPECT_EQ(repeat.status, 204);
  EXPECT_EQ(repeat.body, "");
}

TEST(PloHttp, ErrorsHaveTheirStatus) {
  Hub hub;
  EXPECT_EQ(Post(hub, "", "GET").status, 405);
  EXPECT_EQ(Post(hub, "<a>").status, 400);
  EXPECT_EQ(Post(hub, std::string(kKeptBytesMax + 1, 'x')).status, 413);
  TestMessage wrong;
  wrong.receiver = 424242;
  wrong.receiver_service = 0;
  EXPECT_EQ(Post(hub, wrong.Text()).status, 409);
  wrong = TestMessage();
  wrong.patient = "<FamilyName>Nilsen</FamilyName>";
  EXPECT_EQ(Post(hub, wrong.Text()).status, 200) << "an AppRec that rejects is an answer";
  hub.log.FailNextAppends(1, absl::UnavailableError("no broker"));
  const HttpResponse response = Post(hub, Ukp().Text());
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("send it again"));
}

}  // namespace
}  // namespace overgang::plo
