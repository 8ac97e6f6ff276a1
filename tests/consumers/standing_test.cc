// Where a mail stands after each thing that can become of it, and what is done next.
#include "consumers/daily_status/standing.h"

#include <gmock/gmock.h>

#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

using projections::TryOutcome;
using ::testing::Eq;
using ::testing::Optional;

const absl::Time kIssued = FromOslo(absl::CivilSecond(2026, 3, 2, 7, 30)).time;
const Policy kPolicy;

absl::Time After(absl::Duration since) { return kIssued + since; }

class MailOf {
 public:
  MailOf& Tried(absl::Duration at) {
    rows::MailTry& tried = *mail_.add_tries();
    tried.set_attempt(mail_.tries_size());
    tried.set_attempted_us(absl::ToUnixMicros(After(at)));
    return *this;
  }
  MailOf& Accepted(absl::Duration at) { return Became(TryOutcome::kAccepted, at); }
  MailOf& Rejected(int code, bool permanent, absl::Duration at) {
    mail_.mutable_tries()->rbegin()->set_code(code);
    mail_.mutable_tries()->rbegin()->set_permanent(permanent);
    return Became(TryOutcome::kRejected, at);
  }
  MailOf& Uncertain(absl::Duration retry, absl::Duration at) {
    mail_.mutable_tries()->rbegin()->set_retry_us(absl::ToUnixMicros(After(retry)));
    return Became(TryOutcome::kUncertain, at);
  }
  Standing At(absl::Duration now, const Wanted& wanted = {kIssued, std::nullopt, false}) const {
    return StandingOf(&mail_, wanted, kPolicy, After(now));
  }

 private:
  MailOf& Became(TryOutcome outcome, absl::Duration at) {
    mail_.mutable_tries()->rbegin()->set_outcome(static_cast<int>(outcome));
    mail_.mutable_tries()->rbegin()->set_outcome_us(absl::ToUnixMicros(After(at)));
    return *this;
  }
  rows::Mail mail_;
};

constexpr absl::Duration kNow = absl::ZeroDuration();
const absl::Duration kMinute = absl::Minutes(1);

TEST(StandingTest, AnUntriedMailIsDueUntilNoonAndThenMissed) {
  const Wanted wanted{kIssued, std::nullopt, false};
  Standing standing = StandingOf(nullptr, wanted, kPolicy, kIssued);
  EXPECT_EQ(standing.state, DeliveryState::kDue);
  EXPECT_THAT(standing.next_try, Optional(kIssued));
  standing = StandingOf(nullptr, wanted, kPolicy, After(kTryFor));
  EXPECT_EQ(standing.state, DeliveryState::kDue) << "at noon still";
  standing = StandingOf(nullptr, wanted, kPolicy, After(kTryFor + kMinute));
  EXPECT_EQ(standing.state, DeliveryState::kMissed);
  EXPECT_EQ(standing.next_try, std::nullopt);
}

TEST(StandingTest, WithAClockSetBackItIsDueAllTheSame) {
  const Standing standing =
      StandingOf(nullptr, {kIssued, std::nullopt, false}, kPolicy, After(-absl::Hours(1)));
  EXPECT_THAT(standing.next_try, Optional(After(-absl::Hours(1))));
}

TEST(StandingTest, AnAttemptIsWaitedForAndThenUncertain) {
  const Standing standing = MailOf().Tried(kNow).At(kMinute);
  EXPECT_EQ(standing.state, DeliveryState::kAttempted);
  EXPECT_EQ(standing.next_try, std::nullopt);
  EXPECT_THAT(standing.uncertain_at, Optional(After(absl::Minutes(5))));
}

TEST(StandingTest, WhatWasAcceptedIsNeverSentAgain) {
  const Wanted asked{kIssued, After(absl::Hours(2)), false};
  for (const MailOf& mail :
       {MailOf().Tried(kNow).Accepted(kMinute), MailOf()
                                                    .Tried(kNow)
                                                    .Uncertain(5 * kMinute, kMinute)
                                                    .Tried(5 * kMinute)
                                                    .Accepted(6 * kMinute)}) {
    EXPECT_EQ(mail.At(absl::Hours(3), asked).state, DeliveryState::kAccepted);
    EXPECT_EQ(mail.At(absl::Hours(3), asked).next_try, std::nullopt);
  }
  // The first was heard of when the second was under way already.
  const MailOf both = MailOf().Tried(kNow).Accepted(7 * kMinute).Tried(5 * kMinute);
  EXPECT_EQ(both.At(8 * kMinute).state, DeliveryState::kAccepted);
  EXPECT_EQ(both.At(8 * kMinute).uncertain_at, std::nullopt);
}

TEST(StandingTest, ARefusalForNowIsTriedAgainEverMoreSeldomUntilNoon) {
  MailOf mail;
  absl::Duration at;
  std::vector<int64_t> pauses;
  for (int i = 0; i < 100; ++i) {
    mail.Tried(at).Rejected(450, false, at);
    const Standing standing = mail.At(at);
    EXPECT_EQ(standing.state, DeliveryState::kRejected);
    if (!standing.next_try.has_value()) break;
    pauses.push_back(absl::ToInt64Minutes(*standing.next_try - After(at)));
    at = *standing.next_try - kIssued;
  }
  EXPECT_THAT(pauses, ::testing::ElementsAre(2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30));
  EXPECT_LE(at, kTryFor);
}

TEST(StandingTest, TheServersTroubleIsTriedAgainSoon) {
  for (const int code : {0, 421, 535, 554}) {
    const Standing standing = MailOf().Tried(kNow).Rejected(code, false, kNow).At(kNow);
    EXPECT_THAT(standing.next_try, Optional(After(kTroublePause))) << code;
  }
}

TEST(StandingTest, ARefusalForGoodEndsIt) {
  const Standing standing = MailOf().Tried(kNow).Rejected(550, true, kNow).At(kNow);
  EXPECT_EQ(standing.state, DeliveryState::kRejected);
  EXPECT_EQ(standing.next_try, std::nullopt);
}

TEST(StandingTest, AnUncertainMailIsRepeatedOnceAndNeverThen) {
  MailOf mail = MailOf().Tried(kNow).Uncertain(5 * kMinute, kMinute);
  EXPECT_EQ(mail.At(2 * kMinute).state, DeliveryState::kUncertain);
  EXPECT_THAT(mail.At(2 * kMinute).next_try, Optional(After(5 * kMinute)));
  mail.Tried(5 * kMinute).Uncertain(10 * kMinute, 6 * kMinute);
  EXPECT_EQ(mail.At(20 * kMinute).state, DeliveryState::kUncertain);
  EXPECT_EQ(mail.At(20 * kMinute).next_try, std::nullopt);
}

TEST(StandingTest, TheRepetitionOfAMailTriedAtNoonComesALittleLaterAndNotTheNextDay) {
  const MailOf mail =
      MailOf().Tried(kTryFor - kMinute).Uncertain(kTryFor + 4 * kMinute, kTryFor + 4 * kMinute);
  EXPECT_THAT(mail.At(kTryFor + 5 * kMinute).next_try, Optional(After(kTryFor + 4 * kMinute)));
  EXPECT_EQ(mail.At(kTryFor + absl::Hours(19)).next_try, std::nullopt);
}

TEST(StandingTest, APauseHoldsBackWhateverIsNotDone) {
  const Wanted held{kIssued, std::nullopt, true};
  EXPECT_EQ(StandingOf(nullptr, held, kPolicy, kIssued).state, DeliveryState::kPaused);
  EXPECT_EQ(StandingOf(nullptr, held, kPolicy, kIssued).next_try, std::nullopt);
  EXPECT_EQ(MailOf().Tried(kNow).Rejected(450, false, kNow).At(kNow, held).next_try, std::nullopt);
  EXPECT_EQ(MailOf().Tried(kNow).Uncertain(kMinute, kNow).At(kNow, held).next_try, std::nullopt);
  EXPECT_EQ(MailOf().Tried(kNow).Accepted(kNow).At(kNow, held).state, DeliveryState::kAccepted);
}

TEST(StandingTest, WhoAsksForItGetsItTriedAnewAndForAsLong) {
  const absl::Duration asked_at = absl::Hours(8);
  const Wanted asked{kIssued, After(asked_at), false};
  EXPECT_THAT(StandingOf(nullptr, asked, kPolicy, After(asked_at)).next_try,
              Optional(After(asked_at)));
  EXPECT_THAT(MailOf().Tried(kNow).Rejected(550, true, kNow).At(asked_at, asked).next_try,
              Optional(After(asked_at)));
  MailOf given_up = MailOf().Tried(kNow).Uncertain(5 * kMinute, kMinute);
  given_up.Tried(5 * kMinute).Uncertain(10 * kMinute, 6 * kMinute);
  EXPECT_THAT(given_up.At(asked_at, asked).next_try, Optional(After(asked_at)));
  // Tried since, and refused for good again: that was it.
  given_up.Tried(asked_at).Rejected(550, true, asked_at + kMinute);
  EXPECT_EQ(given_up.At(asked_at + 2 * kMinute, asked).next_try, std::nullopt);
}

TEST(StandingTest, WhoAsksWhileItMayStillArriveWaitsForItsRepetition) {
  const Wanted asked{kIssued, After(2 * kMinute), false};
  EXPECT_THAT(MailOf().Tried(kNow).Uncertain(5 * kMinute, kMinute).At(2 * kMinute, asked).next_try,
              Optional(After(5 * kMinute)));
  EXPECT_EQ(MailOf().Tried(kNow).At(2 * kMinute, asked).next_try, std::nullopt);
}

TEST(StandingTest, AttemptsHaveABoundBelowWhatARowHolds) {
  static_assert(kAttemptsMax < projections::kTriesKept);
  MailOf mail;
  for (int i = 0; i < kAttemptsMax; ++i) mail.Tried(kNow).Rejected(0, false, kNow);
  EXPECT_EQ(mail.At(kNow).next_try, std::nullopt);
}

TEST(StandingTest, APauseEndsByItselfOrWhenItIsEnded) {
  rows::Pause pause;
  EXPECT_TRUE(Holds(pause, kIssued));
  pause.set_until_us(absl::ToUnixMicros(kIssued));
  EXPECT_FALSE(Holds(pause, kIssued));
  EXPECT_TRUE(Holds(pause, kIssued - kMinute));
  pause.set_resumed(true);
  EXPECT_FALSE(Holds(pause, kIssued - kMinute));
}

TEST(StandingTest, TheDoerKnowsWhatBecameOfAnAttemptBeforeAnybodyTakesItForLost) {
  EXPECT_LT(kPolicy.begin_within() + 2 * kPolicy.send_max(), kPolicy.uncertain_after);
}

}  // namespace
}  // namespace overgang::daily_status
