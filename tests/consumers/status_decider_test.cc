// Which statuses should be there at a time, and what of a sent one has to be corrected.
#include <gmock/gmock.h>

#include "consumers/daily_status/decider.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kScope[] = "k:5001";
const std::string kHash(32, 'a');

absl::Time Oslo(int year, int month, int day, int hour, int minute, int second = 0) {
  return FromOslo(absl::CivilSecond(year, month, day, hour, minute, second)).time;
}

struct World {
  Policy policy;
  Recipients recipients;
  std::shared_ptr<DayBook> today = std::make_shared<DayBook>();
  std::shared_ptr<DayBook> yesterday = std::make_shared<DayBook>();
  absl::Time now;

  explicit World(absl::Time at) {
    recipients.daily_status = {{kScope, kHash, "a@example.no", "A", "nb"}};
    MoveTo(at);
  }
  void MoveTo(absl::Time at) {
    now = at;
    today->date = OsloDate(at);
    yesterday->date = today->date - 1;
    today->statuses[kScope];
    yesterday->statuses[kScope];
  }
  void Issue(DayBook& day, absl::Time at) {
    auto status = std::make_shared<v1::DailyStatusIssued>();
    status->set_scope(kScope);
    status->set_date(absl::FormatCivilTime(day.date));
    day.statuses[kScope].issued = status;
    day.statuses[kScope].issued_at = at;
  }
  rows::MailTry& Try(DayBook& day, projections::TryOutcome outcome, int revision = 0) {
    rows::MailTry& tried =
        *day.mails[{absl::FormatCivilTime(day.date), kScope, revision, kHash}].add_tries();
    tried.set_attempt(1);
    tried.set_attempted_us(absl::ToUnixMicros(now));
    tried.set_outcome(static_cast<int>(outcome));
    tried.set_outcome_us(absl::ToUnixMicros(now));
    return tried;
  }
  Book::Days Days() const { return {today, yesterday}; }
  std::vector<StatusDue> Due() const { return StatusesDue(Days(), recipients, policy, now); }
  std::vector<DeliveryOfDay> Deliveries() const {
    return DeliveriesOf(*today, recipients, policy, now);
  }
};

TEST(StatusesDueTest, AStatusIsDueAtItsTimeOfDayAndOnce) {
  World world(Oslo(2026, 3, 3, 7, 29, 59));
  EXPECT_THAT(world.Due(), IsEmpty());
  EXPECT_EQ(world.Deliveries().at(0).standing.state, DeliveryState::kDue);
  world.MoveTo(Oslo(2026, 3, 3, 7, 30));
  ASSERT_THAT(world.Due(), SizeIs(1));
  EXPECT_EQ(world.Due()[0].scope, kScope);
  EXPECT_FALSE(world.Due()[0].late);
  EXPECT_EQ(world.Due()[0].missed_date, "");
  world.Issue(*world.today, world.now);
  EXPECT_THAT(world.Due(), IsEmpty());
  world.MoveTo(Oslo(2026, 3, 3, 6, 30));
  EXPECT_THAT(world.Due(), IsEmpty()) << "the clock was set back";
  world.MoveTo(Oslo(2026, 3, 3, 7, 30));
  EXPECT_THAT(world.Due(), IsEmpty()) << "and it is 07:30 for the second time";
}

TEST(StatusesDueTest, ALateStartSendsLateUntilNoonAndSaysSo) {
  World world(Oslo(2026, 3, 3, 7, 31, 59));
  EXPECT_FALSE(world.Due().at(0).late);
  world.MoveTo(Oslo(2026, 3, 3, 11, 59, 59));
  EXPECT_TRUE(world.Due().at(0).late);
  world.MoveTo(Oslo(2026, 3, 3, 12, 0));
  EXPECT_THAT(world.Due(), IsEmpty());
}

TEST(StatusesDueTest, TheNextOneTellsThatOneWasMissed) {
  World world(Oslo(2026, 3, 3, 7, 30));
  EXPECT_EQ(world.Due().at(0).missed_date, "") << "who never had any missed none";
  world.yesterday->statuses[kScope].had_before = true;
  EXPECT_EQ(world.Due().at(0).missed_date, "2026-03-02");
  world.Issue(*world.yesterday, Oslo(2026, 3, 2, 7, 30));
  world.Try(*world.yesterday, projections::TryOutcome::kRejected);
  EXPECT_EQ(world.Due().at(0).missed_date, "2026-03-02") << "it was issued and came to nobody";
  world.yesterday->mails.clear();
  world.Try(*world.yesterday, projections::TryOutcome::kUncertain);
  EXPECT_EQ(world.Due().at(0).missed_date, "") << "it may have come";
  world.yesterday->mails.clear();
  world.yesterday->pauses[{kScope, kHash}].set_reason("on leave");
  EXPECT_EQ(world.Due().at(0).missed_date, "") << "nobody wanted it";
}

TEST(StatusesDueTest, AMissedOneIsShownAsMissedWhereThereWereOthersBefore) {
  World world(Oslo(2026, 3, 3, 13, 0));
  EXPECT_THAT(world.Deliveries(), IsEmpty()) << "the hub is new";
  world.today->statuses[kScope].had_before = true;
  ASSERT_THAT(world.Deliveries(), SizeIs(1));
  EXPECT_EQ(world.Deliveries()[0].standing.state, DeliveryState::kMissed);
  EXPECT_EQ(world.Deliveries()[0].standing.at, Oslo(2026, 3, 3, 12, 0));
}

TEST(StatusesDueTest, WhoAsksGetsItWheneverItIs) {
  for (const int hour : {3, 15}) {
    World world(Oslo(2026, 3, 3, hour, 0));
    world.today->statuses[kScope].requested = world.now;
    ASSERT_THAT(world.Due(), SizeIs(1));
    EXPECT_EQ(world.Due()[0].late, hour == 15);
    EXPECT_EQ(world.Deliveries().at(0).standing.state, DeliveryState::kDue);
  }
}

TEST(StatusesDueTest, WithoutReadersNothingIsIssued) {
  World world(Oslo(2026, 3, 3, 7, 30));
  world.recipients.daily_status.clear();
  EXPECT_THAT(world.Due(), IsEmpty());
}

// Clocks go forward on 29 March 2026 (02:00 to 03:00) and back on 25 October (03:00 to 02:00).
TEST(StatusesDueTest, InBothNightsOfClockChangeItIsHalfPastSevenByTheClockOnTheWall) {
  for (const auto& [month, day, utc_hour] :
       {std::tuple{3, 29, 5}, {3, 28, 6}, {10, 25, 6}, {10, 24, 5}}) {
    const absl::Time at =
        absl::FromCivil(absl::CivilSecond(2026, month, day, utc_hour, 30), absl::UTCTimeZone());
    World world(at - absl::Seconds(1));
    EXPECT_THAT(world.Due(), IsEmpty()) << month << "-" << day;
    world.MoveTo(at);
    EXPECT_THAT(world.Due(), SizeIs(1)) << month << "-" << day;
  }
}

TEST(StatusesDueTest, ATimeOfDayThatComesTwiceOrNeverIssuesOnce) {
  for (const auto& [month, day] : {std::pair{3, 29}, {10, 25}}) {
    World world(Oslo(2026, month, day, 0, 0));
    world.policy.send_at = {2, 30};
    int issued = 0;
    absl::Time first;
    for (absl::Time at = world.now; OsloDate(at) == world.today->date; at += absl::Minutes(1)) {
      world.MoveTo(at);
      if (world.Due().empty()) continue;
      if (issued++ == 0) first = at;
      world.Issue(*world.today, at);
    }
    EXPECT_EQ(issued, 1) << month;
    // In spring 02:30 is 03:30; in autumn it is the first of the two.
    EXPECT_EQ(absl::FormatTime("%H:%M", first, absl::UTCTimeZone()),
              month == 3 ? "01:30" : "00:30");
  }
}

TEST(DeliveriesTest, ACorrectionGoesToThoseWhomTheStatusMayHaveReached) {
  World world(Oslo(2026, 3, 3, 9, 0));
  world.recipients.daily_status.push_back(
      {kScope, std::string(32, 'b'), "b@example.no", "B", "nb"});
  world.Issue(*world.today, Oslo(2026, 3, 3, 7, 30));
  projections::CorrectedStatus corrected;
  corrected.correction.mutable_decision()->set_revision(1);
  corrected.appended_us = absl::ToUnixMicros(Oslo(2026, 3, 3, 8, 59));
  world.today->statuses[kScope].corrections.push_back(corrected);
  world.Try(*world.today, projections::TryOutcome::kAccepted);
  const auto deliveries = world.Deliveries();
  ASSERT_THAT(deliveries, SizeIs(3));
  EXPECT_EQ(deliveries[0].standing.state, DeliveryState::kAccepted);
  EXPECT_EQ(deliveries[1].standing.state, DeliveryState::kDue) << "B's, which is not sent yet";
  EXPECT_EQ(deliveries[2].key.revision, 1);
  EXPECT_EQ(deliveries[2].key.address_hash, kHash);
  EXPECT_EQ(deliveries[2].standing.next_try, Oslo(2026, 3, 3, 8, 59));
}

TEST(DeliveriesTest, OfCorrectionsOnlyTheNewestIsSent) {
  World world(Oslo(2026, 3, 3, 9, 0));
  world.Issue(*world.today, Oslo(2026, 3, 3, 7, 30));
  world.Try(*world.today, projections::TryOutcome::kAccepted);
  world.Try(*world.today, projections::TryOutcome::kRejected, 1).set_code(450);
  for (int revision = 1; revision <= 3; ++revision) {
    if (revision == 2) {
      ASSERT_TRUE(world.Deliveries().at(1).standing.next_try.has_value());
    }
    projections::CorrectedStatus corrected;
    corrected.correction.mutable_decision()->set_revision(revision);
    corrected.appended_us = absl::ToUnixMicros(world.now);
    world.today->statuses[kScope].corrections.push_back(corrected);
  }
  const auto deliveries = world.Deliveries();
  ASSERT_THAT(deliveries, SizeIs(3)) << "the second was never tried, and never will be";
  EXPECT_EQ(deliveries[1].key.revision, 1);
  EXPECT_EQ(deliveries[1].standing.next_try, std::nullopt);
  EXPECT_EQ(deliveries[2].key.revision, 3);
  EXPECT_TRUE(deliveries[2].standing.next_try.has_value());
}

TEST(DeliveriesTest, WhatAReaderHadBeforeIsWhatTheServerTook) {
  using projections::TryOutcome;
  World world(Oslo(2026, 3, 3, 9, 0));
  const auto received = [&](int revision, absl::Time at = absl::InfiniteFuture()) {
    return ReceivedBefore(*world.today, {"2026-03-03", kScope, revision, kHash}, at);
  };
  EXPECT_EQ(received(2), 0);
  world.Try(*world.today, TryOutcome::kRejected, 1);
  world.Try(*world.today, TryOutcome::kUncertain, 2);
  EXPECT_EQ(received(3), 0) << "what may have come is no more than that";
  world.Try(*world.today, TryOutcome::kAccepted, 1);
  EXPECT_EQ(received(3), 1);
  EXPECT_EQ(received(1), 0);
  EXPECT_EQ(received(3, world.now - absl::Seconds(1)), 0) << "it had not, then";
}

TEST(DeliveriesTest, AMailToWhomIsNoRecipientAnyMoreIsListedAndNotTriedAgain) {
  World world(Oslo(2026, 3, 3, 8, 0));
  world.Issue(*world.today, world.now);
  world.Try(*world.today, projections::TryOutcome::kRejected).set_code(450);
  ASSERT_TRUE(world.Deliveries().at(0).standing.next_try.has_value());
  world.recipients.daily_status.clear();
  ASSERT_THAT(world.Deliveries(), SizeIs(1));
  EXPECT_EQ(world.Deliveries()[0].recipient, nullptr);
  EXPECT_EQ(world.Deliveries()[0].standing.next_try, std::nullopt);
}

v1::DailyStatusIssued Status(double ukp, double longest, double inpatients) {
  v1::DailyStatusIssued status;
  for (const auto& [name, value, unit] : {std::tuple{"ukp", ukp, "stays"},
                                          {"longest_ukp", longest, "hours"},
                                          {"inpatients", inpatients, "stays"}}) {
    v1::StatusNumber& number = *status.add_numbers();
    number.set_name(name);
    number.set_value(value);
    number.set_unit(unit);
  }
  return status;
}

TEST(CorrectionTest, ADifferenceFromTheThresholdOnIsToldWithOldAndNew) {
  EXPECT_EQ(CorrectionOf(Status(12, 100, 40), Status(12, 100, 40), 1), std::nullopt);
  EXPECT_EQ(CorrectionOf(Status(12, 100, 40), Status(13, 100, 40), 2), std::nullopt);
  EXPECT_EQ(CorrectionOf(Status(12, 100, 40), Status(12, 300, 40), 2), std::nullopt)
      << "hours alone are not what anybody plans by";
  EXPECT_EQ(CorrectionOf(Status(12, 100, 40), Status(12, 100, 90), 2), std::nullopt)
      << "not what a correction is sent for";
  const auto correction = CorrectionOf(Status(12, 100, 40), Status(10, 90, 90), 2);
  ASSERT_TRUE(correction.has_value());
  ASSERT_EQ(correction->changed_size(), 3);
  ASSERT_EQ(correction->was_size(), 3);
  EXPECT_EQ(correction->was(0).value(), 12);
  EXPECT_EQ(correction->changed(0).value(), 10);
  EXPECT_EQ(correction->changed(1).name(), "longest_ukp") << "what goes with it is told too";
  EXPECT_EQ(correction->changed(2).name(), "inpatients");
}

TEST(CorrectionTest, WhatAKommuneHasOfItIsCorrectedWithIt) {
  const auto with_part = [](v1::DailyStatusIssued status, double ukp) {
    v1::StatusNumber& part = *status.add_numbers();
    part = status.numbers(0);
    part.set_of("k:5001");
    part.set_value(ukp);
    return status;
  };
  const auto sent = with_part(Status(12, 100, 40), 7);
  const auto correction = CorrectionOf(sent, with_part(Status(10, 90, 40), 5), 2);
  ASSERT_TRUE(correction.has_value());
  ASSERT_EQ(correction->changed_size(), 3);
  EXPECT_EQ(correction->changed(2).of(), "k:5001");
  EXPECT_EQ(correction->changed(2).value(), 5);
  EXPECT_EQ(correction->was(2).value(), 7);
  EXPECT_EQ(CorrectionOf(sent, with_part(Status(12, 100, 40), 5), 2), std::nullopt)
      << "a part alone sends no mail";
}

TEST(CorrectionTest, TheNextOneIsAgainstWhatWasSentLast) {
  StatusOfDay status;
  status.issued = std::make_shared<v1::DailyStatusIssued>(Status(12, 100, 40));
  projections::CorrectedStatus corrected;
  corrected.correction = *CorrectionOf(*status.issued, Status(10, 90, 40), 2);
  corrected.correction.mutable_decision()->set_revision(1);
  status.corrections.push_back(corrected);
  EXPECT_EQ(FindNumber(AsSent(status, 0), "ukp")->value(), 12);
  EXPECT_EQ(FindNumber(AsSent(status, 1), "ukp")->value(), 10);
  EXPECT_EQ(CorrectionOf(AsSent(status, 1), Status(10, 90, 40), 1), std::nullopt);
}

TEST(CorrectionTest, OnlyTheNewestStatusIsCorrectedAndNotWithoutEnd) {
  World world(Oslo(2026, 3, 3, 7, 0));
  world.Issue(*world.yesterday, Oslo(2026, 3, 2, 7, 30));
  auto correctables = CorrectablesOf(world.Days());
  ASSERT_THAT(correctables, SizeIs(1));
  EXPECT_EQ(correctables[0].day, world.yesterday.get());
  world.Issue(*world.today, Oslo(2026, 3, 3, 7, 30));
  correctables = CorrectablesOf(world.Days());
  ASSERT_THAT(correctables, SizeIs(1));
  EXPECT_EQ(correctables[0].day, world.today.get());
  world.today->statuses[kScope].corrections.resize(kCorrectionsMax);
  EXPECT_THAT(CorrectablesOf(world.Days()), IsEmpty());
}

}  // namespace
}  // namespace overgang::daily_status
