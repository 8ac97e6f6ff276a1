// What the log says of statuses and mails, folded: which record counts.
#include "projections/deliveries.h"

#include <gmock/gmock.h>

#include <random>

#include "adapters/store/memory_store.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kDate[] = "2026-03-02";
constexpr char kScope[] = "k:5001";
const MailKey kKey{kDate, kScope, 0, std::string(32, 'a')};
constexpr char kCardId[] = "4c9d37b6-3a7f-5d0d-9a5e-1f0a2b3c4d5e";
const MailKey kCardKey{kDate, kScope, 101, std::string(32, 'a'), kCardId};

struct Appended {
  v1::Envelope fact;
  int64_t at_us;
};

Appended Attempted(int attempt, const std::string& doer, int64_t at_us) {
  v1::Envelope envelope;
  v1::MailAttempted& attempted = *envelope.mutable_mail_attempted();
  attempted.set_message_id(kKey.MessageId("example.no"));
  attempted.set_attempt(attempt);
  attempted.set_doer(doer);
  attempted.set_content_digest("digest of " + doer);
  attempted.set_language("nb");
  return {envelope, at_us};
}

Appended Accepted(int attempt, int64_t at_us) {
  v1::Envelope envelope;
  envelope.mutable_mail_accepted()->set_message_id(kKey.MessageId("example.no"));
  envelope.mutable_mail_accepted()->set_attempt(attempt);
  envelope.mutable_mail_accepted()->set_reply("250 queued");
  return {envelope, at_us};
}

Appended Rejected(int attempt, int code, int64_t at_us) {
  v1::Envelope envelope;
  envelope.mutable_mail_rejected()->set_message_id(kKey.MessageId("example.no"));
  envelope.mutable_mail_rejected()->set_attempt(attempt);
  envelope.mutable_mail_rejected()->set_code(code);
  return {envelope, at_us};
}

Appended Uncertain(int attempt, int64_t retry_us, int64_t at_us) {
  v1::Envelope envelope;
  envelope.mutable_mail_uncertain()->set_message_id(kKey.MessageId("example.no"));
  envelope.mutable_mail_uncertain()->set_attempt(attempt);
  *envelope.mutable_mail_uncertain()->mutable_retry_at() = ProtoOfUs(retry_us);
  return {envelope, at_us};
}

Appended Issued(int ukp, int64_t at_us) {
  v1::Envelope envelope;
  v1::DailyStatusIssued& issued = *envelope.mutable_daily_status_issued();
  issued.set_scope(kScope);
  issued.set_date(kDate);
  issued.add_numbers()->set_value(ukp);
  return {envelope, at_us};
}

Appended Corrected(int revision, int ukp, int64_t at_us) {
  v1::Envelope envelope;
  v1::DailyStatusCorrected& corrected = *envelope.mutable_daily_status_corrected();
  corrected.mutable_decision()->set_revision(revision);
  corrected.set_scope(kScope);
  corrected.set_date(kDate);
  corrected.add_changed()->set_value(ukp);
  return {envelope, at_us};
}

Appended Paused(const std::string& id, int minutes, bool resumed) {
  v1::Envelope envelope;
  envelope.set_event_id(id);
  *envelope.mutable_recorded_at() = ToProto(At(minutes));
  v1::RecipientPaused& paused = *envelope.mutable_recipient_paused();
  paused.set_scope(kScope);
  paused.set_address_hash(kKey.address_hash);
  paused.set_reason("on leave");
  paused.set_resumed(resumed);
  return {envelope, 0};
}

Appended Requested(const std::string& by, int64_t at_us) {
  v1::Envelope envelope;
  v1::DailyStatusRequested& requested = *envelope.mutable_daily_status_requested();
  requested.set_scope(kScope);
  requested.set_date(kDate);
  requested.set_by(by);
  return {envelope, at_us};
}

// The rows after these facts, committed after each `epoch` of them.
std::unique_ptr<MemoryStore> Folded(const std::vector<Appended>& facts, size_t epoch = 1) {
  auto store = std::make_unique<MemoryStore>();
  DeliveriesFold fold(*store);
  for (size_t i = 0; i < facts.size(); ++i) {
    EXPECT_TRUE(fold.Apply(facts[i].fact, facts[i].at_us).ok());
    if ((i + 1) % epoch != 0 && i + 1 < facts.size()) continue;
    WriteSet writes;
    fold.EndEpoch(&writes);
    EXPECT_TRUE(store->Commit(writes).ok());
  }
  return store;
}

std::map<std::string, std::string> AllRows(const StateStore& store) {
  std::map<std::string, std::string> rows;
  const auto snapshot = store.Snapshot();
  for (const Table table : {kIssued, kCorrected, kMail, kPause, kStatusRequest}) {
    EXPECT_TRUE(snapshot
                    ->Scan(table, "", "",
                           [&](std::string_view key, std::string_view value) {
                             rows[static_cast<char>(table) + std::string(key)] = value;
                             return true;
                           })
                    .ok());
  }
  return rows;
}

rows::Mail MailAfter(const std::vector<Appended>& facts) {
  const auto mail = FindMail(*Folded(facts)->Snapshot(), kKey);
  EXPECT_TRUE(mail.ok() && mail->has_value());
  return **mail;
}

TEST(MailKeyTest, AMessageIdSaysWhichMailItIs) {
  const MailKey correction{"2026-12-31", "h:974749025", 12, std::string(32, 'f')};
  for (const MailKey& key : {kKey, correction, kCardKey}) {
    const std::string id = key.MessageId("mail.example.no");
    EXPECT_EQ(MailKey::Parse(id), key) << id;
    EXPECT_EQ(MailKey::Parse("<" + id + ">"), key);
    EXPECT_EQ(MailKey::FromRowKey(key.RowKey()), key);
  }
  EXPECT_EQ(kKey.MessageId("example.no"),
            "status.2026-03-02.k5001.0." + std::string(32, 'a') + "@example.no");
  EXPECT_EQ(
      kCardKey.MessageId("example.no"),
      "tiltakskort.2026-03-02.k5001.101." + std::string(32, 'a') + "." + kCardId + "@example.no");
}

TEST(MailKeyTest, RowsOfCardsAreOrderedAsTheirKeysAndStandBehindTheDailyStatus) {
  std::vector<MailKey> keys;
  for (const int revision : {0, 1, 99, 100, 12'345})
    keys.push_back({kDate, kScope, revision, kCardKey.address_hash, kCardId});
  keys.push_back({kDate, "k:5031", 0, kCardKey.address_hash, kCardId});
  keys.push_back({"2026-03-03", kScope, 0, kCardKey.address_hash, kCardId});
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    EXPECT_LT(keys[i], keys[i + 1]);
    EXPECT_LT(keys[i].RowKey(), keys[i + 1].RowKey());
  }
  EXPECT_LT((MailKey{"9999-12-31", "k:9999", 999, std::string(32, 'f')}.RowKey()),
            keys[0].RowKey());
}

TEST(MailKeyTest, AnotherTextIsNoKey) {
  const std::string hash(32, 'a');
  for (const std::string& id : std::vector<std::string>{
           "", "<>", "@", "status.2026-03-02.k5001.0." + hash,
           "status.2026-02-30.k5001.0." + hash + "@x", "status.2026-03-02.k501.0." + hash + "@x",
           "status.2026-03-02.k5001.00." + hash + "@x", "status.2026-03-02.k5001.+1." + hash + "@x",
           "status.2026-03-02.k5001.1000." + hash + "@x", "status.2026-03-02.k5001.0.AAAA@x",
           "tiltakskort.2026-03-02.k5001.0." + hash + "@x",
           "tiltakskort.2026-03-02.k5001.0." + hash + ".@x",
           "tiltakskort.2026-03-02.k5001.0." + hash + ".no-card@x",
           "tiltakskort.2026-03-02.k5001.1000000." + hash + "." + kCardId + "@x",
           "status.2026-03-02.k5001.0." + hash + "." + kCardId + "@x",
           "other.2026-03-02.k5001.0." + hash + "@x", "status.2026-03-02.k5001.0." + hash + ".x@x"})
    EXPECT_EQ(MailKey::Parse(id), std::nullopt) << id;
}

TEST(DeliveriesTest, TheFirstRecordOfAStatusOrARevisionCounts) {
  for (const size_t epoch : {1, 10}) {
    const auto store = Folded({Issued(12, 100), Issued(13, 200), Corrected(1, 14, 300),
                               Corrected(1, 15, 400), Corrected(2, 16, 500)},
                              epoch);
    const auto rows = store->Snapshot();
    const auto issued = FindIssued(*rows, kScope, kDate);
    ASSERT_TRUE(issued.ok() && issued->has_value());
    EXPECT_EQ((*issued)->status.numbers(0).value(), 12);
    EXPECT_EQ((*issued)->appended_us, 100);
    std::vector<std::pair<double, int64_t>> corrections;
    ASSERT_TRUE(ScanCorrections(*rows, kDate, "",
                                [&](std::string_view scope, const CorrectedStatus& corrected) {
                                  EXPECT_EQ(scope, kScope);
                                  corrections.emplace_back(corrected.correction.changed(0).value(),
                                                           corrected.appended_us);
                                })
                    .ok());
    EXPECT_THAT(corrections, ElementsAre(Pair(14, 300), Pair(16, 500)));
  }
}

TEST(DeliveriesTest, TheFirstRecordOfAnAttemptSaysWhoTries) {
  const rows::Mail mail = MailAfter({Attempted(1, "one", 100), Attempted(1, "two", 200)});
  ASSERT_EQ(mail.tries_size(), 1);
  EXPECT_EQ(mail.tries(0).doer(), "one");
  EXPECT_EQ(mail.tries(0).attempted_us(), 100);
  EXPECT_EQ(OutcomeOf(mail.tries(0)), TryOutcome::kNone);
}

TEST(DeliveriesTest, OfTheOutcomesOfAnAttemptTheOneThatKnowsMostCounts) {
  rows::Mail mail = MailAfter({Attempted(1, "one", 100), Uncertain(1, 900, 200),
                               Attempted(2, "two", 300), Accepted(1, 400)});
  ASSERT_EQ(mail.tries_size(), 2);
  EXPECT_EQ(OutcomeOf(mail.tries(0)), TryOutcome::kAccepted) << "the frozen one came back";
  EXPECT_EQ(mail.tries(0).outcome_us(), 400);
  EXPECT_EQ(mail.tries(0).doer(), "one");
  mail = MailAfter({Attempted(1, "one", 100), Accepted(1, 200), Uncertain(1, 900, 300)});
  EXPECT_EQ(OutcomeOf(mail.tries(0)), TryOutcome::kAccepted);
  mail = MailAfter({Attempted(1, "one", 100), Rejected(1, 450, 200), Rejected(1, 451, 300)});
  EXPECT_EQ(mail.tries(0).code(), 450);
}

TEST(DeliveriesTest, OfPausesTheOneOrderedLastCountsInWhicheverOrderTheyCome) {
  for (const bool turned : {false, true}) {
    std::vector<Appended> facts{Paused("p1", 10, false), Paused("p2", 20, true)};
    if (turned) std::swap(facts[0], facts[1]);
    int seen = 0;
    const auto store = Folded(facts);
    ASSERT_TRUE(
        ScanPauses(*store->Snapshot(), [&](auto scope, auto hash, const rows::Pause& pause) {
          ++seen;
          EXPECT_EQ(scope, kScope);
          EXPECT_EQ(hash, kKey.address_hash);
          EXPECT_TRUE(pause.resumed());
        }).ok());
    EXPECT_EQ(seen, 1);
  }
}

TEST(DeliveriesTest, ARowIsBoundedHoweverOftenAMailIsTried) {
  std::vector<Appended> facts;
  for (int attempt = 1; attempt <= kTriesKept + 10; ++attempt) {
    facts.push_back(Attempted(attempt, "one", attempt));
    facts.push_back(Rejected(attempt, 451, attempt));
  }
  EXPECT_EQ(MailAfter(facts).tries_size(), kTriesKept);
}

TEST(DeliveriesTest, WhatIsNoMessageOfTheHubIsIgnored) {
  Appended strange = Accepted(1, 100);
  strange.fact.mutable_mail_accepted()->set_message_id("1234@elsewhere.example");
  Appended nobody = Issued(1, 100);
  nobody.fact.mutable_daily_status_issued()->set_scope("everybody");
  EXPECT_TRUE(AllRows(*Folded({strange, nobody})).empty());
}

TEST(DeliveriesTest, MailsOfADateAreReadAlone) {
  Appended next_day = Attempted(1, "one", 100);
  const MailKey tomorrow{"2026-03-03", kScope, 0, kKey.address_hash};
  next_day.fact.mutable_mail_attempted()->set_message_id(tomorrow.MessageId("example.no"));
  const auto store = Folded({Attempted(1, "one", 100), next_day});
  std::vector<MailKey> keys;
  ASSERT_TRUE(ScanMails(*store->Snapshot(), "2026-03-03", [&](const MailKey& key, const auto&) {
                keys.push_back(key);
              }).ok());
  EXPECT_THAT(keys, ElementsAre(tomorrow));
}

TEST(DeliveriesTest, MailsOfCardsAreNoneOfTheDailyStatus) {
  Appended of_card = Attempted(1, "one", 100);
  of_card.fact.mutable_mail_attempted()->set_message_id(kCardKey.MessageId("example.no"));
  Appended accepted = Accepted(1, 200);
  accepted.fact.mutable_mail_accepted()->set_message_id(kCardKey.MessageId("example.no"));
  const auto rows = Folded({Attempted(1, "two", 300), accepted, of_card})->Snapshot();
  std::vector<MailKey> keys;
  const auto visit = [&](const MailKey& key, const auto&) { keys.push_back(key); };
  ASSERT_TRUE(ScanMails(*rows, kDate, visit).ok());
  EXPECT_THAT(keys, ElementsAre(kKey));
  keys.clear();
  ASSERT_TRUE(ScanCardMails(*rows, kDate, visit).ok());
  EXPECT_THAT(keys, ElementsAre(kCardKey));
  keys.clear();
  ASSERT_TRUE(ScanCardMails(*rows, "2026-03-03", visit).ok());
  EXPECT_THAT(keys, ElementsAre());
  const auto mail = FindMail(*rows, kCardKey);
  ASSERT_TRUE(mail.ok() && mail->has_value());
  EXPECT_EQ((*mail)->tries(0).doer(), "one");
  EXPECT_EQ(OutcomeOf((*mail)->tries(0)), TryOutcome::kAccepted);
}

TEST(DeliveriesTest, WhetherThereWasAStatusBeforeIsKnownByItsDate) {
  const auto rows = Folded({Issued(1, 100)})->Snapshot();
  EXPECT_TRUE(*WasIssuedBetween(*rows, kScope, "2026-02-01", "2026-03-03"));
  EXPECT_FALSE(*WasIssuedBetween(*rows, kScope, "2026-02-01", kDate));
  EXPECT_FALSE(*WasIssuedBetween(*rows, "k:5031", "2026-02-01", "2026-03-03"));
}

// What is not a rivalry of first records is a set: any order, any repetition, any epochs.
TEST(DeliveriesTest, AnyOrderAndAnyRepetitionGiveTheSameRows) {
  const std::vector<Appended> facts{
      Issued(12, 100),         Corrected(1, 13, 700),   Attempted(1, "one", 200),
      Uncertain(1, 900, 300),  Rejected(1, 451, 350),   Attempted(2, "two", 400),
      Accepted(2, 500),        Paused("p1", 10, false), Paused("p2", 20, true),
      Paused("p3", 20, false), Requested("a", 600),     Requested("b", 650)};
  const auto expected = AllRows(*Folded(facts));
  ASSERT_EQ(expected.size(), 5);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Appended> shuffled = facts;
    for (int i = 0; i < 5; ++i) shuffled.push_back(facts[random() % facts.size()]);
    std::ranges::shuffle(shuffled, random);
    ASSERT_EQ(AllRows(*Folded(shuffled, 1 + random() % 4)), expected) << round;
  }
}

}  // namespace
}  // namespace overgang::projections
