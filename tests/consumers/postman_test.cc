// The postman by the clock: who gets what when, over whatever the server, the log and other hubs
// do.
#include "consumers/daily_status/postman.h"

#include <gmock/gmock.h>

#include "tests/consumers/postman_fixture.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Kind = MailOutcome::Kind;
using Envelope = v1::Envelope;
using States = std::map<std::string, int>;

MailOutcome Outcome(Kind kind, int code = 0) { return {kind, code, std::to_string(code)}; }

TEST_F(PostmanTest, AtHalfPastSevenEveryRecipientGetsOneMail) {
  auto hub = NewHub();
  hub->Start();
  ASSERT_TRUE(NothingMore());
  EXPECT_EQ(hub->States(), (States{{"due", 3}}));
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  ASSERT_TRUE(NothingMore());
  const auto sent = hub->mailer.sent();
  std::vector<std::string> to;
  for (const auto& mail : sent) to.push_back(mail.to);
  EXPECT_THAT(to, UnorderedElementsAre("a0@example.no", "a1@example.no", "a2@example.no"));
  EXPECT_THAT(sent[0].Header("Message-ID"), HasSubstr("<status.2026-03-02.k5001.0."));
  for (const auto& mail : sent) {
    EXPECT_EQ(mail.Header("To"), mail.to);
    EXPECT_EQ(mail.message.find("@example.no", mail.message.find("\r\nMessage-ID")),
              mail.message.rfind("@example.no"))
        << "nobody is told who else gets it";
  }
  EXPECT_EQ(Count(Envelope::kDailyStatusIssued), 1);
  EXPECT_EQ(Count(Envelope::kMailAttempted), 3);
  EXPECT_EQ(Count(Envelope::kMailAccepted), 3);
  for (const Envelope& fact : InLog())
    EXPECT_THAT(fact.DebugString(), Not(HasSubstr("example.no>"))) << "no address in the log";
}

TEST_F(PostmanTest, ClockSetBackOverHalfPastSevenAndTheNextDaySendOncePerDate) {
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

TEST_F(PostmanTest, WhatBecameOfAMailIsSaidThoughTheClockWasSetToAnotherDate) {
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

TEST_F(PostmanTest, BeforeTheViewsAreReadWhoAsksIsToldToWait) {
  auto hub = NewHub();  // Not started.
  const auto sent = hub->Call<v1::SendDailyStatusRequest, v1::SendDailyStatusResponse>(
      "SendDailyStatus", v1::SendDailyStatusRequest());
  EXPECT_EQ(sent.status().code(), absl::StatusCode::kUnavailable) << sent.status();
}

TEST_F(PostmanTest, AHubThatWasDownAtHalfPastSevenSendsLateAndSaysSo) {
  clock_.Set(At(9, 15));
  auto hub = NewHub();
  hub->Start();
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  EXPECT_TRUE(InLog()[0].daily_status_issued().late());
}

TEST_F(PostmanTest, ALateStartWaitsUntilTheSourcesHaveBeenHeard) {
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

TEST_F(PostmanTest, ALateStartDoesNotWaitForEverNorForNoonNorForWhoAsks) {
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

TEST_F(PostmanTest, AMailThatCannotBeComposedRestsAndIsToldOnceForEachCause) {
  daily_status::Recipients recipients = *recipients_.Get();
  for (size_t i = 1; i < 3; ++i) recipients.daily_status[i].language = "en";
  recipients_.Set(recipients);
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  const Told told;
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 1}, {"due", 2}}; }));
  absl::SleepFor(kServerRestMin / 2);
  EXPECT_EQ(told.Count("cannot be composed"), 1) << told.text();
  SetRecipients(3);
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  EXPECT_EQ(told.Count("cannot be composed"), 1);
}

TEST_F(PostmanTest, ADatePastShowsWhomItWasSentToAndNotWhoIsInTheFileNow) {
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

TEST_F(PostmanTest, AfterNoonNothingIsSentAndTheNextStatusTellsThatOneWasMissed) {
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

TEST_F(PostmanTest, AMailIsSentOnlyWhenItsAttemptWasReadBackFromTheLog) {
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  SetRecipients(4);
  log_.Hold(true);
  ASSERT_TRUE(NothingMore());
  EXPECT_THAT(hub->mailer.sent(), SizeIs(3)) << "the log has not taken the attempt";
  log_.Hold(false);
  EXPECT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 4}}; }));
}

TEST_F(PostmanTest, OfTwoThatBothThinkTheyDecideOneSendsEachMail) {
  SetRecipients(20);
  auto one = NewHub(), two = NewHub();
  one->Start();
  two->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] {
    return one->States() == States{{"accepted", 20}} && two->States() == States{{"accepted", 20}};
  }));
  ASSERT_TRUE(Eventually([&] { return NothingMore(); }));
  EXPECT_EQ(one->mailer.sent().size() + two->mailer.sent().size(), 20);
}

TEST_F(PostmanTest, AHubThatDoesNotDecideSendsNothing) {
  auto hub = NewHub();
  hub->leadership.is_doer = false;
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(NothingMore());
  EXPECT_THAT(InLog(), IsEmpty());
}

TEST_F(PostmanTest, AnAttemptThatNothingCameOfIsRepeatedOnceByAnotherAfterFiveMinutes) {
  auto one = NewHub(), two = NewHub();
  two->leadership.is_doer = false;
  for (auto* hub : {one.get(), two.get()}) {
    hub->mailer.Say([](const OutgoingMail&) { return std::nullopt; });  // As if it were frozen.
    hub->Start();
  }
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return two->States() == States{{"attempted", 3}}; }));
  one->leadership.is_doer = false;
  two->leadership.is_doer = true;
  clock_.Set(At(7, 34));
  ASSERT_TRUE(NothingMore());
  EXPECT_THAT(two->mailer.sent(), IsEmpty()) << "the first may still be at it";
  clock_.Set(At(7, 35));
  ASSERT_TRUE(Eventually([&] { return two->mailer.sent().size() == 3; }));
  std::set<std::string> ids;
  for (const auto* hub : {one.get(), two.get()}) {
    for (const auto& mail : hub->mailer.sent()) ids.insert(mail.Header("Message-ID"));
  }
  EXPECT_EQ(ids.size(), 3) << "the same mails, by their ids";
  EXPECT_EQ(Count(Envelope::kMailUncertain), 3);
  // The frozen one wakes: its mails had arrived.
  one->mailer.Answer(ScriptedMailer::Taken());
  ASSERT_TRUE(Eventually([&] { return two->States() == States{{"accepted", 3}}; }));
  two->mailer.Answer(Outcome(Kind::kUnknown));
  clock_.Set(At(8, 30));
  ASSERT_TRUE(Eventually([&] { return one->CaughtUp() && two->CaughtUp() && NothingMore(); }));
  EXPECT_EQ(two->States(), (States{{"accepted", 3}})) << "known once, known for ever";
  EXPECT_EQ(one->mailer.sent().size() + two->mailer.sent().size(), 6);
}

TEST_F(PostmanTest, WhatIsUnknownTwiceIsLeftToAPerson) {
  SetRecipients(1);
  auto hub = NewHub();
  hub->mailer.Say([](const OutgoingMail&) { return Outcome(Kind::kUnknown); });
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"uncertain", 1}}; }));
  EXPECT_TRUE(hub->Deliveries()[0].has_retry_at());
  clock_.Set(At(7, 34));
  ASSERT_TRUE(NothingMore());
  clock_.Set(At(7, 36));
  ASSERT_TRUE(Eventually([&] { return hub->mailer.sent().size() == 2; }));
  ASSERT_TRUE(Eventually([&] { return Count(Envelope::kMailUncertain) == 2; }));
  clock_.Set(At(8, 30));
  ASSERT_TRUE(NothingMore());
  EXPECT_EQ(hub->States(), (States{{"uncertain", 1}}));
  EXPECT_FALSE(hub->Deliveries()[0].has_retry_at());
  hub->mailer.Say([](const OutgoingMail&) { return ScriptedMailer::Taken(); });
  v1::SendDailyStatusRequest request;
  const auto asked = hub->Call<v1::SendDailyStatusRequest, v1::SendDailyStatusResponse>(
      "SendDailyStatus", request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->mails(), 1);
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 1}}; }));
}

TEST_F(PostmanTest, ARefusalForNowIsTriedAgainAndOneForGoodIsNot) {
  auto hub = NewHub();
  hub->mailer.Say([](const OutgoingMail& mail) {
    return mail.to == "a0@example.no"   ? Outcome(Kind::kRefused, 550)
           : mail.to == "a1@example.no" ? Outcome(Kind::kRefused, 450)
                                        : ScriptedMailer::Taken();
  });
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] {
    return hub->States() == States{{"accepted", 1}, {"rejected", 2}};
  }));
  ASSERT_TRUE(NothingMore()) << "the others do not wait for it";
  hub->mailer.Say([](const OutgoingMail&) { return ScriptedMailer::Taken(); });
  clock_.Set(At(7, 33));
  ASSERT_TRUE(Eventually([&] {
    return hub->States() == States{{"accepted", 2}, {"rejected", 1}};
  }));
  clock_.Set(At(11, 0));
  ASSERT_TRUE(NothingMore());
  EXPECT_THAT(hub->mailer.sent(), SizeIs(4));
  EXPECT_THAT(hub->metrics.Text(), HasSubstr("overgang_mail_deliveries{state=\"rejected\"} 1"));
}

TEST_F(PostmanTest, AServerInTroubleIsTriedByOneMailAtATimeUntilItAnswers) {
  SetRecipients(100);
  auto hub = NewHub();
  hub->mailer.Say([](const OutgoingMail&) { return Outcome(Kind::kTrouble, 421); });
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return !hub->mailer.sent().empty(); }));
  ASSERT_TRUE(Eventually([&] { return NothingMore(); }));
  const size_t first = hub->mailer.sent().size();
  EXPECT_LE(first, kMailsUnderWayMax);
  EXPECT_THAT(hub->metrics.Text(), HasSubstr("overgang_mail_server_trouble 1"));
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(Eventually([&] { return hub->mailer.sent().size() == first + 1; }));
  ASSERT_TRUE(NothingMore());
  EXPECT_EQ(hub->mailer.sent().size(), first + 1);
  hub->mailer.Say([](const OutgoingMail&) { return ScriptedMailer::Taken(); });
  // The hub rests by the time that passes; the clock must not get to where mails are too late.
  ASSERT_TRUE(Eventually([&] {
    if (clock_.Now() < At(10, 0)) clock_.Advance(absl::Seconds(10));
    return hub->States() == States{{"accepted", 100}};
  }));
  EXPECT_THAT(hub->metrics.Text(), HasSubstr("overgang_mail_server_trouble 0"));
}

TEST_F(PostmanTest, TroubleForAWholeMorningDoesNotUseUpTheAttemptsOfOneMail) {
  EXPECT_LT(kTryFor / kServerRestMax + 10, kAttemptsMax) << "ten while the pauses double";
}

TEST_F(PostmanTest, WhoIsPausedGetsNothingUntilResumed) {
  auto hub = NewHub();
  hub->Start();
  v1::PauseRecipientRequest request;
  request.set_scope("k:5001");
  request.set_address_hash(recipients_.Get()->daily_status[1].address_hash);
  request.set_reason("on leave");
  using Response = v1::PauseRecipientResponse;
  ASSERT_TRUE((hub->Call<v1::PauseRecipientRequest, Response>("PauseRecipient", request).ok()));
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 2}, {"paused", 1}}; }));
  ASSERT_TRUE(NothingMore());
  clock_.Set(At(8, 0));
  request.set_resume(true);
  ASSERT_TRUE((hub->Call<v1::PauseRecipientRequest, Response>("PauseRecipient", request).ok()));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
}

TEST_F(PostmanTest, ACorrectionGoesOutWithOldAndNew) {
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

TEST_F(PostmanTest, ASecondCorrectionIsToldAgainstWhatItsReaderHad) {
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

TEST_F(PostmanTest, EachIsToldOfItsOwnStatusAlone) {
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  const std::string id = hub->Deliveries()[0].message_id();
  const auto of = [](std::vector<std::string> kommuner, std::vector<std::string> hospitals) {
    auto scope = std::make_shared<Scope>();
    scope->kommuner = std::move(kommuner);
    scope->hospitals = std::move(hospitals);
    return scope;
  };
  auto operates = std::make_shared<Scope>();
  operates->operate = true;
  struct Case {
    std::shared_ptr<const Scope> scope;
    bool kommune, hospital;
    std::optional<int> deliveries;
    bool may_send;
  };
  for (const Case& known : std::vector<Case>{{of({"5001"}, {}), true, false, 3, false},
                                             {of({"5031"}, {}), false, false, 0, false},
                                             {of({}, {"974749025"}), false, true, 0, false},
                                             {operates, false, false, 3, true},
                                             {Scope::Nothing(), false, false, {}, false},
                                             {Scope::All(), true, true, 3, true}}) {
    using Preview = v1::GetDailyStatusRequest;
    Preview kommune, hospital;
    kommune.set_kommune("5001");
    hospital.set_hospital("974749025");
    const auto preview = [&](const Preview& request) {
      return hub->Call<Preview, v1::GetDailyStatusResponse>("GetDailyStatus", request, known.scope)
          .status();
    };
    constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
    EXPECT_EQ(preview(kommune).code(), known.kommune ? absl::StatusCode::kOk : kDenied);
    EXPECT_EQ(preview(hospital).code(), known.hospital ? absl::StatusCode::kOk : kDenied);
    v1::GetMailRequest mail;
    mail.set_message_id(id);
    EXPECT_EQ(
        (hub->Call<v1::GetMailRequest, v1::GetMailResponse>("GetMail", mail, known.scope).ok()),
        known.kommune);
    const auto listed = hub->Call<v1::ListDeliveriesRequest, v1::ListDeliveriesResponse>(
        "ListDeliveries", {}, known.scope);
    EXPECT_EQ(listed.ok() ? std::optional(listed->deliveries_size()) : std::nullopt,
              known.deliveries);
    EXPECT_EQ((hub->Call<v1::SendDailyStatusRequest, v1::SendDailyStatusResponse>("SendDailyStatus",
                                                                                  {}, known.scope)
                   .ok()),
              known.may_send);
  }
}

TEST_F(PostmanTest, AMailThatWasSentIsMadeAgainAsItWas) {
  SetRecipients(1);
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 1}}; }));
  clock_.Set(At(16, 0));
  v1::GetMailRequest request;
  request.set_message_id(hub->Deliveries()[0].message_id());
  const auto mail = hub->Call<v1::GetMailRequest, v1::GetMailResponse>("GetMail", request);
  ASSERT_TRUE(mail.ok()) << mail.status();
  EXPECT_TRUE(mail->as_sent());
  std::string sent = hub->mailer.sent()[0].message;
  const std::string to = "To: a0@example.no\r\n";
  ASSERT_NE(sent.find(to), std::string::npos);
  EXPECT_EQ(mail->mail().message(), sent.erase(sent.find(to), to.size()))
      << "its Date, too; not to whom";
  EXPECT_EQ(mail->delivery().state(), "accepted");
}

TEST_F(PostmanTest, WhatTheLogRefusesIsSaidAgain) {
  auto hub = NewHub();
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 3}}; }));
  SetRecipients(5);
  log_.FailNextAppends(2, absl::UnavailableError("the disk is full"));
  ASSERT_TRUE(Eventually([&] { return hub->States() == States{{"accepted", 5}}; }));
  EXPECT_THAT(hub->mailer.sent(), SizeIs(5)) << "each was sent once";
}

TEST_F(PostmanTest, StoppingTellsWhatIsKnownOfWhatWasUnderWay) {
  auto hub = NewHub();
  hub->mailer.Say([](const OutgoingMail&) { return std::nullopt; });
  hub->Start();
  clock_.Set(At(7, 30));
  ASSERT_TRUE(Eventually([&] { return hub->mailer.sent().size() == 3; }));
  hub->postman.Stop();
  EXPECT_EQ(Count(Envelope::kMailUncertain), 3);
}

}  // namespace
}  // namespace overgang::daily_status
