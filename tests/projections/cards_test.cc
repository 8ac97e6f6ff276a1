// The fold of tiltakskort: which record counts, and that epochs and restarts change nothing.
#include "projections/cards.h"

#include <gmock/gmock.h>

#include <random>

#include "adapters/store/memory_store.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr char kRecipient[] = "h:974749025";
constexpr std::array kTablesOfCards = {kCard,  kCardByTime, kCardSlot,
                                       kLevel, kMeeting,    kMeetingByTime};

v1::Envelope Said(int minutes) {
  v1::Envelope fact;
  fact.set_hospital(kHospital);
  *fact.mutable_occurred_at() = ToProto(At(minutes));
  return fact;
}

v1::Envelope Level(int revision, v1::EscalationLevel to) {
  v1::Envelope fact = Said(revision);
  fact.mutable_level_changed()->set_to(to);
  fact.mutable_level_changed()->set_scope(kRecipient);
  fact.mutable_level_changed()->mutable_decision()->set_subject(kRecipient);
  fact.mutable_level_changed()->mutable_decision()->set_revision(revision);
  return fact;
}

v1::Envelope Issued(const std::string& card_id, int level_revision) {
  v1::Envelope fact = Said(level_revision);
  v1::TiltakskortIssued& issued = *fact.mutable_tiltakskort_issued();
  issued.mutable_decision()->set_revision(1);
  issued.set_card_id(card_id);
  issued.set_template_id("kort");
  issued.set_recipient(kRecipient);
  issued.set_trigger(v1::ESCALATION_LEVEL_GUL);
  issued.set_level_revision(level_revision);
  issued.set_role("first");
  v1::TiltakRole& role = *issued.add_roles();
  role.set_role("first");
  role.set_name("Første");
  for (const char* id : {"one", "two"}) issued.add_actions()->set_tiltak_id(id);
  return fact;
}

v1::Envelope Reassigned(const std::string& card_id, int revision) {
  v1::Envelope fact = Said(revision);
  v1::TiltakskortReassigned& reassigned = *fact.mutable_tiltakskort_reassigned();
  reassigned.mutable_decision()->set_revision(revision);
  reassigned.set_card_id(card_id);
  reassigned.set_from_role("first");
  reassigned.set_to_role("second");
  return fact;
}

v1::Envelope Renewed(const std::string& card_id, int revision, int level_revision) {
  v1::Envelope fact = Said(revision);
  v1::TiltakskortRenewed& renewed = *fact.mutable_tiltakskort_renewed();
  renewed.mutable_decision()->set_revision(revision);
  renewed.set_card_id(card_id);
  renewed.set_level_revision(level_revision);
  renewed.set_role("first");
  return fact;
}

v1::Envelope Closed(const std::string& card_id, int revision, v1::TiltakskortClosing closing) {
  v1::Envelope fact = Said(revision);
  v1::TiltakskortClosed& closed = *fact.mutable_tiltakskort_closed();
  closed.mutable_decision()->set_revision(revision);
  closed.set_card_id(card_id);
  closed.set_closing(closing);
  return fact;
}

v1::Envelope Acknowledged(const std::string& card_id, const std::string& role,
                          const std::string& event_id) {
  v1::Envelope fact = Said(1);
  fact.set_event_id(event_id);
  fact.mutable_tiltak_acknowledged()->set_card_id(card_id);
  fact.mutable_tiltak_acknowledged()->set_role(role);
  return fact;
}

v1::Envelope Completed(const std::string& card_id, const std::string& tiltak_id) {
  v1::Envelope fact = Said(1);
  fact.set_event_id("done " + tiltak_id);
  fact.mutable_tiltak_completed()->set_card_id(card_id);
  fact.mutable_tiltak_completed()->set_tiltak_id(tiltak_id);
  return fact;
}

v1::Envelope Meeting(const std::string& id) {
  v1::Envelope fact = Said(1);
  v1::MeetingHeld& held = *fact.mutable_meeting_held();
  held.set_meeting_id(id);
  held.set_snapshot("snapshot");
  held.add_decided()->set_recipient(kRecipient);
  held.add_decided()->set_recipient("k:5001");
  return fact;
}

v1::Envelope IssuedOf(const std::string& meeting, const std::string& recipient) {
  v1::Envelope fact = Issued("card of " + meeting + " " + recipient, 0);
  fact.mutable_tiltakskort_issued()->set_meeting_id(meeting);
  fact.mutable_tiltakskort_issued()->set_trigger(v1::ESCALATION_LEVEL_UNSPECIFIED);
  fact.mutable_tiltakskort_issued()->set_recipient(recipient);
  return fact;
}

class CardsFoldTest : public ::testing::Test {
 protected:
  void Fold(const std::vector<v1::Envelope>& facts) {
    for (const v1::Envelope& fact : facts) {
      levels_.Apply(fact);
      ASSERT_TRUE(fold_.Apply(fact).ok());
    }
    WriteSet writes;
    levels_.EndEpoch(&writes);
    fold_.EndEpoch(&writes);
    ASSERT_TRUE(store_.Commit(writes).ok());
  }
  v1::Tiltakskort Card(const std::string& id) {
    return FindCard(*store_.Snapshot(), id).value().value_or(v1::Tiltakskort());
  }
  size_t open() const { return fold_.view()->open.size(); }

  MemoryStore store_;
  LevelsFold levels_;
  CardsFold fold_{store_, levels_};
};

TEST_F(CardsFoldTest, OfRivalsTheFirstIssueCountsAndNoneForALevelThatIsOver) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1), Issued("b", 1)});
  EXPECT_EQ(open(), 1U);
  EXPECT_TRUE(Card("a").open());
  Fold({Level(2, v1::ESCALATION_LEVEL_HVIT), Closed("a", 2, v1::TILTAKSKORT_CLOSING_LEVEL_FELL),
        Issued("c", 2)});
  EXPECT_EQ(open(), 0U);
  Fold({Level(3, v1::ESCALATION_LEVEL_GUL), Issued("d", 1)});
  EXPECT_EQ(open(), 0U) << "that rise has had its card";
  Fold({Issued("e", 3)});
  EXPECT_TRUE(Card("e").open());
}

TEST_F(CardsFoldTest, TheLevelOfARegionGivesNoCard) {
  v1::Envelope region = Level(1, v1::ESCALATION_LEVEL_ROD);
  region.mutable_level_changed()->set_scope("r:Midt");
  Fold({region, Issued("a", 1)});
  EXPECT_EQ(open(), 0U);
}

TEST_F(CardsFoldTest, WhatWasAcknowledgedDoesNotGoOnThoughItWasDecided) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1), Acknowledged("a", "first", "x"),
        Reassigned("a", 2)});
  EXPECT_EQ(Card("a").role(), "first");
  EXPECT_EQ(Card("a").revision(), 1) << "the number is free for what is decided instead";
}

TEST_F(CardsFoldTest, AnAcknowledgementThatComesAfterItWentOnCountsForNothing) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1), Reassigned("a", 2),
        Acknowledged("a", "first", "x")});
  EXPECT_FALSE(Card("a").has_acknowledged());
  Fold({Acknowledged("a", "second", "y"), Acknowledged("a", "second", "z")});
  EXPECT_EQ(Card("a").acknowledged().event_id(), "y");
}

TEST_F(CardsFoldTest, WhoHadItAndDidNotAnswerIsKnownUntilItIsRenewed) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1)});
  EXPECT_TRUE(Card("a").unanswered().empty());
  Fold({Reassigned("a", 2)});
  ASSERT_EQ(Card("a").unanswered_size(), 1);
  EXPECT_EQ(Card("a").unanswered(0).role(), "first");
  EXPECT_EQ(Card("a").unanswered(0).name(), "Første");
  Fold({Level(2, v1::ESCALATION_LEVEL_ROD), Renewed("a", 3, 2)});
  EXPECT_TRUE(Card("a").unanswered().empty());
}

TEST_F(CardsFoldTest, ACardIsNotClosedForALevelThatHasRisenAgainNorBeforeItIsSettled) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1), Level(2, v1::ESCALATION_LEVEL_HVIT),
        Level(3, v1::ESCALATION_LEVEL_ROD), Closed("a", 2, v1::TILTAKSKORT_CLOSING_LEVEL_FELL)});
  EXPECT_TRUE(Card("a").open());
  Fold({Completed("a", "one"), Closed("a", 2, v1::TILTAKSKORT_CLOSING_SETTLED)});
  EXPECT_TRUE(Card("a").open());
  Fold({Completed("a", "two"), Completed("a", "one"),
        Closed("a", 2, v1::TILTAKSKORT_CLOSING_SETTLED)});
  EXPECT_FALSE(Card("a").open());
  EXPECT_EQ(Card("a").completed_tiltak_ids_size(), 2);
}

TEST_F(CardsFoldTest, ARenewedCardIsAskedForAnewButForWhatIsDone) {
  Fold({Level(1, v1::ESCALATION_LEVEL_GUL), Issued("a", 1), Completed("a", "one"),
        Level(2, v1::ESCALATION_LEVEL_ROD), Renewed("a", 2, 2), Renewed("a", 2, 2),
        Renewed("a", 3, 2)});
  const v1::Tiltakskort card = Card("a");
  EXPECT_EQ(card.renewals(), 1);
  EXPECT_FALSE(card.has_acknowledged());
  EXPECT_EQ(card.actions(0).state(), v1::TILTAK_STATE_DONE);
}

TEST_F(CardsFoldTest, AMeetingWaitsForTheCardOfEachOfItsRecipients) {
  Fold({Meeting("m"), Meeting("m")});
  ASSERT_EQ(fold_.view()->cardless.size(), 1U);
  Fold({IssuedOf("m", kRecipient), IssuedOf("m", kRecipient)});
  EXPECT_EQ(open(), 1U);
  CardsFold again(store_, levels_);
  ASSERT_TRUE(again.Load(*store_.Snapshot()).ok());
  ASSERT_EQ(again.view()->cardless.size(), 1U);
  EXPECT_EQ(again.view()->cardless.at("m")->place.cardless_size(), 1);
  Fold({IssuedOf("m", "k:5001"), Level(1, v1::ESCALATION_LEVEL_HVIT),
        Closed("card of m k:5001", 2, v1::TILTAKSKORT_CLOSING_LEVEL_FELL)});
  EXPECT_TRUE(fold_.view()->cardless.empty());
  EXPECT_EQ(open(), 2U) << "no level closes what a meeting decided";
  EXPECT_EQ(FindMeeting(*store_.Snapshot(), "m").value()->held.snapshot(), "snapshot");
}

// Any facts in any epochs, with restarts between them.
std::vector<v1::Envelope> RandomFacts(std::mt19937& random, int count) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::array ids = {"a", "b", "c"};
  const std::array roles = {"first", "second"};
  std::vector<v1::Envelope> facts;
  int level = 0;
  for (int i = 0; i < count; ++i) {
    const std::string id = ids.at(static_cast<size_t>(pick(3)));
    const std::string role = roles.at(static_cast<size_t>(pick(2)));
    switch (pick(9)) {
      case 0:
        facts.push_back(Level(++level, static_cast<v1::EscalationLevel>(1 + pick(4))));
        break;
      case 1:
        facts.push_back(Issued(id + std::to_string(level), level));
        break;
      case 2:
        facts.push_back(Reassigned(id + std::to_string(level), 2 + pick(3)));
        break;
      case 3:
        facts.push_back(Renewed(id + std::to_string(pick(level + 1)), 2 + pick(4), level));
        break;
      case 4:
        facts.push_back(Closed(id + std::to_string(pick(level + 1)), 2 + pick(4),
                               static_cast<v1::TiltakskortClosing>(1 + pick(2))));
        break;
      case 5:
        facts.push_back(Acknowledged(id + std::to_string(level), role, std::to_string(i)));
        break;
      case 6:
        facts.push_back(Meeting(id));
        break;
      case 7:
        facts.push_back(IssuedOf(id, pick(2) == 0 ? kRecipient : "k:5001"));
        break;
      default:
        facts.push_back(
            Completed(id + std::to_string(pick(level + 1)), pick(2) == 0 ? "one" : "two"));
    }
  }
  return facts;
}

std::string RowsOf(const MemoryStore& store) {
  std::string all;
  for (const Table table : kTablesOfCards) {
    EXPECT_TRUE(store.Snapshot()
                    ->Scan(table, "", "",
                           [&](std::string_view key, std::string_view value) {
                             all.append(key).append("=").append(value).append("\n");
                             return true;
                           })
                    .ok());
  }
  return all;
}

TEST(CardsFold, AnyEpochsAndRestartsGiveTheSameBytes) {
  std::mt19937 random(7);
  int cards = 0;
  for (int round = 0; round < 60; ++round) {
    const auto facts = RandomFacts(random, 120);
    std::array<std::string, 2> rows;
    for (const bool split : {false, true}) {
      MemoryStore store;
      auto levels = std::make_unique<LevelsFold>();
      auto fold = std::make_unique<CardsFold>(store, *levels);
      const auto commit = [&] {
        WriteSet writes;
        levels->EndEpoch(&writes);
        fold->EndEpoch(&writes);
        ASSERT_TRUE(store.Commit(writes).ok());
      };
      for (const v1::Envelope& fact : facts) {
        levels->Apply(fact);
        ASSERT_TRUE(fold->Apply(fact).ok());
        if (!split || random() % 5 != 0) continue;
        commit();
        if (random() % 3 != 0) continue;
        levels = std::make_unique<LevelsFold>();
        fold = std::make_unique<CardsFold>(store, *levels);
        ASSERT_TRUE(levels->Load(*store.Snapshot()).ok());
        ASSERT_TRUE(fold->Load(*store.Snapshot()).ok());
      }
      commit();
      rows.at(split ? 1 : 0) = RowsOf(store);
      cards += static_cast<int>(fold->view()->open.size());
    }
    EXPECT_EQ(rows[0], rows[1]) << "round " << round;
  }
  EXPECT_GT(cards, 100) << "or nothing was tried";
}

}  // namespace
}  // namespace overgang::projections
