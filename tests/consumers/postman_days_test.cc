// The postman over days: late starts, missed mornings, corrections, and what is shown of dates
// past.
#include <gmock/gmock.h>

#include "consumers/daily_status/postman.h"
#include "tests/consumers/postman_fixture.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = MailOutcome::Kind;
using Envelope = v1::Envelope;
using States = std::map<std::string, int>;

using PostmanDaysTest = PostmanTest;

MailOutcome Outcome(Kind kind, int code = 0) { return {kind, code, std::to_string(code)}; }

TEST_F(PostmanDaysTest, ClockSetBackOverHalfPastSevenAndTheNextDaySendOncePerDate) {
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 31));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  for (const absl::Time at : {At(6, 40), At(7, 29), At(7, 30), At(7, 45)}) {
    clock_.Set(at);
    ASSERT_TRUE(NothingMore()) << at;
  }
  clock_.Set(At(7, 30, 3));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  ASSERT_TRUE(NothingMore());
  EXPECT_THAT(hub->mailer.sent(), SizeIs(6));
}

TEST_F(PostmanDaysTest, WhatBecameOfAMailIsSaidThoughTheClockWasSetToAnotherDate) {
  auto hub = NewHub();
  hub->mailer.Say([](const OutgoingMail&) { return std::nullopt; });
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->mailer.sent().size() == 3; }));
  clock_.Set(At(23, 0, 1));
  ASSERT_TRUE(NothingMore());
  hub->mailer.Answer(ScriptedMailer::Taken());
  ASSERT_TRUE(Eventually([&] { return Count(Envelope::kMailAccepted) == 3; }));
  clock_.Set(At(7, 40));
  ASSERT_TRUE(NothingMore());
  EXPECT_EQ(hub->States(), (States{{"accepted", 3}}));
  EXPECT_THAT(hub->mailer.sent(), SizeIs(3)) << "none is sent again";
}

TEST_F(PostmanDaysTest, AHubThatWasDownAtHalfPastSevenSendsLateAndSaysSo) {
  clock_.Set(At(9, 15));
  auto hub = NewHub();
  hub->Start();
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  EXPECT_TRUE(InLog()[0].daily_status_issued().late());
}

TEST_F(PostmanDaysTest, ALateStartWaitsUntilTheSourcesHaveBeenHeard) {
  policy_.quiet_for = absl::Milliseconds(1'500);
  clock_.Set(At(9, 15));
  auto hub = NewHub();
  hub->Start();
  // A hospital that has much to tell, for longer than it takes to issue a status.
  const absl::Time until = absl::Now() + absl::Seconds(3);
  for (int i = 0; absl::Now() < until; ++i) {
    v1::Envelope admitted = Admitted("a" + std::to_string(i), i, "V" + std::to_string(i), 0);
    admitted.set_stay_kommune("5001");
    *admitted.mutable_occurred_at() = *admitted.mutable_recorded_at() = ToProto(At(1, 0, 1));
    Append({admitted});
    EXPECT_EQ(Count(Envelope::kDailyStatusIssued), 0);
    absl::SleepFor(absl::Milliseconds(100));
  }
  const int64_t said = log_.Ends()->next[TopicPartition{Topic::kStatus, 0}.Index()];
  EXPECT_EQ(said, 0);
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  const v1::DailyStatusIssued status = InLog()[0].daily_status_issued();
  EXPECT_GT(FindNumber(status, "inpatients")->value(), 10) << "all that was told meanwhile";
}

TEST_F(PostmanDaysTest, ALateStartDoesNotWaitForEverNorForNoonNorForWhoAsks) {
  policy_.quiet_for = absl::Hours(1);
  policy_.hear_at_most = absl::Milliseconds(1'500);
  clock_.Set(At(9, 15));
  {
    auto hub = NewHub();
    hub->Start();
    ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  }
  policy_.hear_at_most = absl::Minutes(2);
  {
    clock_.Set(At(11, 59, 3));
    auto hub = NewHub();
    hub->Start();
    ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  }
  clock_.Set(At(9, 15, 4));
  auto hub = NewHub();
  hub->Start();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  ASSERT_TRUE(NothingMore());
  const auto asked = hub->Call<v1::SendDailyStatusRequest, v1::SendDailyStatusResponse>(
      "SendDailyStatus", v1::SendDailyStatusRequest());
  ASSERT_TRUE(asked.ok()) << asked.status();
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
}

TEST_F(PostmanDaysTest, ADatePastShowsWhomItWasSentToAndNotWhoIsInTheFileNow) {
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  const auto hashes = [&](const std::string& date) {
    std::set<std::string> all;
    for (const v1::Delivery& delivery : hub->Deliveries(date)) all.insert(delivery.address_hash());
    return all;
  };
  const std::set<std::string> then = hashes("2026-03-02");
  ASSERT_THAT(then, SizeIs(3));
  clock_.Set(At(7, 29, 4));
  daily_status::Recipients others = *recipients_.Get();
  others.daily_status.erase(others.daily_status.begin());
  others.daily_status.push_back({"k:5001", std::string(32, 'd'), "d@example.no", "D", "nb"});
  others.daily_status.push_back({"k:5031", std::string(32, 'e'), "e@example.no", "E", "nb"});
  recipients_.Set(others);
  EXPECT_EQ(hashes("2026-03-02"), then);
  EXPECT_THAT(hub->Deliveries("2026-03-03"), SizeIs(2)) << "missed, by those who are known of";
  EXPECT_THAT(hub->Deliveries("2026-03-04"), SizeIs(4)) << "due today";
  EXPECT_THAT(hub->Deliveries("2026-03-01"), IsEmpty());
}

TEST_F(PostmanDaysTest, AfterNoonNothingIsSentAndTheNextStatusTellsThatOneWasMissed) {
  {
    auto hub = NewHub();
    hub->Start();
    clock_.Set(At(7, 30));
    ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  }
  clock_.Set(At(12, 1, 3));
  auto hub = NewHub();
  hub->Start();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  ASSERT_TRUE(NothingMore());
  EXPECT_EQ(hub->States(), (States{{"missed", 3}}));
  EXPECT_THAT(hub->mailer.sent(), IsEmpty());
  clock_.Set(At(7, 30, 4));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  const auto facts = InLog();
  const auto issued = std::ranges::find_if(facts, [](const Envelope& fact) {
    return fact.daily_status_issued().date() == "2026-03-04";
  });
  ASSERT_NE(issued, facts.end());
  EXPECT_EQ(issued->daily_status_issued().missed_date(), "2026-03-03");
}

TEST_F(PostmanDaysTest, ACorrectionGoesOutWithOldAndNew) {
  policy_.correct_from = 1;
  SetRecipients(1);
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 1}}; }));
  // What is learnt late: somebody has been utskrivningsklar since midnight.
  v1::Envelope admitted = Admitted("a", 1, "V1", 0);
  *admitted.mutable_occurred_at() = *admitted.mutable_recorded_at() = ToProto(At(1, 0, 1));
  v1::Envelope declared = Fact("u", 1, "V1", 0);
  declared.mutable_ukp_declared();
  declared.set_stay_kommune("5001");
  *declared.mutable_occurred_at() = ToProto(At(0, 0));
  *declared.mutable_recorded_at() = ToProto(At(7, 50));
  Append({admitted, declared});
  clock_.Set(At(7, 40));
  ASSERT_TRUE(NothingMore()) << "not more often than every half hour";
  clock_.Set(At(8, 1));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 2}}; }));
  const auto sent = hub->mailer.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(sent[1].Header("Subject"), HasSubstr("UkVUVEVU")) << "RETTET, in base64";
  EXPECT_THAT(sent[1].Header("Message-ID"), HasSubstr(".k5001.1."));
  clock_.Set(At(8, 35));
  ASSERT_TRUE(NothingMore()) << "the same once more is no news";
  EXPECT_EQ(Count(Envelope::kDailyStatusCorrected), 1);
}

TEST_F(PostmanDaysTest, ASecondCorrectionIsToldAgainstWhatItsReaderHad) {
  policy_.correct_from = 1;
  SetRecipients(2);
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 2}}; }));
  const auto learn = [&](int person) {
    const std::string number = std::to_string(person);
    v1::Envelope admitted = Admitted("a" + number, person, "V" + number, 0);
    *admitted.mutable_occurred_at() = *admitted.mutable_recorded_at() = ToProto(At(1, 0, 1));
    v1::Envelope declared = Fact("u" + number, person, "V" + number, 0);
    declared.mutable_ukp_declared();
    declared.set_stay_kommune("5001");
    *declared.mutable_occurred_at() = ToProto(At(0, 0));
    *declared.mutable_recorded_at() = ToProto(At(7, 50));
    Append({admitted, declared});
  };
  hub->mailer.Say([](const OutgoingMail& mail) {
    const bool first = mail.message->find(".k5001.1.") != std::string::npos;
    return first && mail.to == "a0@example.no" ? Outcome(Kind::kRefused, 450)
                                               : ScriptedMailer::Taken();
  });
  learn(1);
  clock_.Set(At(8, 1));
  ASSERT_TRUE(Eventually([&] {
    return hub->States() == States{{"accepted", 3}, {"rejected", 1}};
  }));
  learn(2);
  learn(3);
  clock_.Set(At(8, 32));
  ASSERT_TRUE(Eventually([&] {
    return hub->States() == States{{"accepted", 5}, {"rejected", 1}};
  }));
  std::map<std::string, std::string> subjects;
  for (const v1::Delivery& delivery : hub->Deliveries()) {
    if (delivery.revision() != 2) continue;
    v1::GetMailRequest request;
    request.set_message_id(delivery.message_id());
    const auto mail = hub->Call<v1::GetMailRequest, v1::GetMailResponse>("GetMail", request);
    ASSERT_TRUE(mail.ok()) << mail.status();
    EXPECT_TRUE(mail->as_sent());
    subjects[delivery.address_hash().substr(0, 1)] = mail->mail().subject();
  }
  EXPECT_THAT(subjects["1"], HasSubstr(": 3 (sendt: 1)"));
  EXPECT_THAT(subjects["0"], HasSubstr(": 3 (sendt: 0)")) << "the first correction never came";
}

}  // namespace
}  // namespace overgang::daily_status
