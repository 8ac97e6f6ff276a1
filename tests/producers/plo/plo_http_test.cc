#include "producers/plo/plo_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpResponse Post(Hub& hub, std::string body, std::string method = "POST",
                  std::shared_ptr<const Scope> scope = Scope::All()) {
  HttpRequest request;
  request.scope = std::move(scope);
  request.method = std::move(method);
  request.path = "/plo";
  request.body = std::move(body);
  std::promise<HttpResponse> promise;
  PloHandler (*hub.receiver)(
      request, [&](HttpResponse response) { promise.set_value(std::move(response)); });
  return promise.get_future().get();
}

TEST(PloHttp, TheAppRecIsTheAnswerAlsoToARepeat) {
  Hub hub;
  const HttpResponse response = Post(hub, TestMessage().Text());
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.content_type, StartsWith("application/xml"));
  EXPECT_THAT(response.body, HasSubstr("<Status V=\"1\""));
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
  // The first response may have been lost.
  hub.clock.Advance(absl::Minutes(5));
  EXPECT_EQ(Post(hub, TestMessage().Text()).body, response.body);
  hub.Restart();
  const HttpResponse repeat = Post(hub, TestMessage().Text());
  EXPECT_EQ(repeat.status, 200);
  EXPECT_EQ(repeat.body, response.body);
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
}

TEST(PloHttp, ARepeatOfWhatWasRejectedIsRejectedInTheSameWords) {
  Hub hub;
  TestMessage message;
  message.patient = "<FamilyName>Nilsen</FamilyName>";
  const HttpResponse response = Post(hub, message.Text());
  EXPECT_THAT(response.body, HasSubstr("V=\"E36\""));
  hub.clock.Advance(absl::Hours(1));
  hub.Restart();
  EXPECT_EQ(Post(hub, message.Text()).body, response.body);
}

TEST(PloHttp, WhereNoAppRecIsDueThereIsNone) {
  Hub hub;
  ASSERT_EQ(Post(hub, TestMessage().Text()).status, 200);
  TestMessage other;  // Under the same MsgId.
  other.events = {{"1", "2026-01-15T11:00:00"}};
  EXPECT_EQ(Post(hub, other.Text()).status, 204);
  Hub copy(PloRole::kCopy);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Post(copy, TestMessage().Text()).status, 204);
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

TEST(PloHttp, AMessageIsHandedInByItsSenderAndByNobodyElse) {
  Hub hub;
  const auto of_hospital = [](const char* hospital) {
    return std::make_shared<const Scope>(
        Scope{.kommuner = {}, .hospitals = {hospital}, .write = true});
  };
  const HttpResponse refused = Post(hub, TestMessage().Text(), "POST", of_hospital("974754118"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Post(hub, TestMessage().Text(), "POST", Scope::Nothing()).status, 403);
  // Nor by its receiver, who could have made it up: it would be told of the patient.
  const auto trondheim =
      std::make_shared<const Scope>(Scope{.kommuner = {"5001"}, .hospitals = {}, .write = true});
  EXPECT_EQ(Post(hub, TestMessage().Text(), "POST", trondheim).status, 403);
  EXPECT_EQ(hub.Count("PatientAdmitted"), 0u);
  EXPECT_EQ(Post(hub, TestMessage().Text(), "POST", of_hospital("974749025")).status, 200);
  EXPECT_EQ(hub.Count("PatientAdmitted"), 1u);
  // Whose a party is, is what the facts are made of: the organisation, before its service.
  TestMessage mixed;
  mixed.msg_id = "0b7c2e4e-7a55-4d52-9a3a-5f6d0c1e2f31";
  mixed.sender = 15031;
  EXPECT_EQ(Post(hub, mixed.Text(), "POST", of_hospital("974749025")).status, 403);
  EXPECT_EQ(Post(hub, "<a>", "POST", of_hospital("974754118")).status, 400)
      << "what nobody can read is parked, whoever handed it in";
}

}  // namespace
}  // namespace overgang::plo
