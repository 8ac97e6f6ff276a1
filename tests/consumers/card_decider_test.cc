// What the decider decides from views of now, the fold takes: else a hub would decide it for ever.
// Tried with random levels, times, roles, people and meetings, and with rivals whose views are old.
#include "consumers/tiltakskort/card_decider.h"

#include <gtest/gtest.h>

#include <random>

#include "adapters/store/memory_store.h"
#include "tests/consumers/tiltakskort_fixture.h"

namespace overgang::testing {
namespace {

using projections::CardsFold;
using projections::FindCard;
using projections::LevelsFold;
using tiltakskort::CardFor;

constexpr int kRounds = 60;
constexpr int kStepsPerRound = 80;
constexpr int kDecidesMax = 60;  // Until nothing is left to decide; three facts at a time.
const std::vector<std::string> kRoles = {"first", "second", "third"};

std::string CardIdOf(const v1::Envelope& fact) {
  if (fact.has_tiltakskort_issued()) return fact.tiltakskort_issued().card_id();
  if (fact.has_tiltakskort_reassigned()) return fact.tiltakskort_reassigned().card_id();
  if (fact.has_tiltakskort_renewed()) return fact.tiltakskort_renewed().card_id();
  if (fact.has_tiltak_overdue()) return fact.tiltak_overdue().card_id();
  return fact.tiltakskort_closed().card_id();
}

int RevisionOf(const v1::Envelope& fact) {
  if (fact.has_tiltakskort_issued()) return fact.tiltakskort_issued().decision().revision();
  if (fact.has_tiltakskort_reassigned()) return fact.tiltakskort_reassigned().decision().revision();
  if (fact.has_tiltakskort_renewed()) return fact.tiltakskort_renewed().decision().revision();
  if (fact.has_tiltak_overdue()) return fact.tiltak_overdue().decision().revision();
  return fact.tiltakskort_closed().decision().revision();
}

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    cards_.templates = {Template("sykehus", v1::ESCALATION_LEVEL_GUL),
                        Template("rod", v1::ESCALATION_LEVEL_ROD),
                        Template("kommuner", v1::ESCALATION_LEVEL_ROD)};
    cards_.templates[1].roles = {"second", "second", "third"};  // Named twice.
    cards_.templates[2].given_to = CardFor::kKommunerWithUkp;
  }

  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void Step() {
    switch (Pick(8)) {
      case 0:
        return Take({Level(++level_, v1::ESCALATION_LEVEL_UNSPECIFIED,
                           static_cast<v1::EscalationLevel>(1 + Pick(4)), now_)});
      case 1:
        now_ += absl::Minutes(Pick(70));
        return;
      case 2:
        return ChangeRoles();
      case 3:
      case 4:
        return Answer();
      case 5:
        return Hold();
      case 6:  // A rival, whose decisions come into the log after what follows.
        rival_ = Decide(500);
        return;
      default:
        Take(std::exchange(rival_, {}));
    }
  }

  // Until there is nothing more; each of it counts.
  void Settle() {
    for (int i = 0; i < kDecidesMax; ++i) {
      const std::vector<v1::Envelope> facts = Decide(3);
      if (facts.empty()) return CheckSlots();
      Take(facts);
      for (const v1::Envelope& fact : facts) {
        const auto card = FindCard(*store_.Snapshot(), CardIdOf(fact)).value();
        ASSERT_TRUE(card.has_value()) << fact.ShortDebugString();
        ASSERT_GE(card->revision(), RevisionOf(fact)) << fact.ShortDebugString();
      }
      decided_ += static_cast<int>(facts.size());
    }
    FAIL() << "it goes on for ever: " << Decide(3).front().ShortDebugString();
  }
  int decided() const { return decided_; }

 private:
  std::vector<v1::Envelope> Decide(size_t facts_max) {
    return tiltakskort::CardsDue({*fold_.view(), *levels_.view(), cards_, roles_, *directory_,
                                  [this](const std::string&) { return with_ukp_; }, now_, "cursor",
                                  facts_max});
  }
  void Take(const std::vector<v1::Envelope>& facts) {
    for (const v1::Envelope& fact : facts) {
      levels_.Apply(fact);
      ASSERT_TRUE(fold_.Apply(fact).ok());
    }
    WriteSet writes;
    levels_.EndEpoch(&writes);
    fold_.EndEpoch(&writes);
    ASSERT_TRUE(store_.Commit(writes).ok());
  }
  void ChangeRoles() {
    roles_ = {};
    roles_.given = Pick(4) != 0;
    for (const std::string& role : kRoles) {
      for (const char* recipient : {kOfHospital, "k:5001", "k:5031"}) {
        if (Pick(2) == 0) roles_.holders[{recipient, role}] = {role};
      }
    }
    with_ukp_.clear();
    for (const char* kommune : {"5001", "5031"}) {
      if (Pick(2) == 0) with_ukp_.insert(kommune);
    }
  }
  void Answer() {
    const auto& open = fold_.view()->open;
    if (open.empty()) return;
    const v1::Tiltakskort& card =
        *std::next(open.begin(), Pick(static_cast<int>(open.size())))->second;
    v1::Envelope fact;
    fact.set_event_id(std::to_string(++said_));
    fact.set_hospital(kHospital);
    *fact.mutable_occurred_at() = ToProto(now_);
    const std::string action = card.actions(Pick(card.actions_size())).tiltak_id();
    const std::string role = kRoles[static_cast<size_t>(Pick(3))];
    const auto fill = [&](auto* said) {
      said->set_card_id(card.issued().card_id());
      said->set_tiltak_id(action);
      said->set_role(role);
    };
    switch (Pick(3)) {
      case 0:
        fill(fact.mutable_tiltak_acknowledged());
        break;
      case 1:
        fill(fact.mutable_tiltak_completed());
        break;
      default:
        fill(fact.mutable_tiltak_declined());
    }
    Take({fact});
  }
  void Hold() {
    v1::Envelope fact;
    fact.set_hospital(kHospital);
    *fact.mutable_occurred_at() = ToProto(now_);
    v1::MeetingHeld& held = *fact.mutable_meeting_held();
    held.set_meeting_id("m" + std::to_string(++said_));
    for (const char* recipient : {kOfHospital, "k:5001"}) {
      v1::MeetingDecision& decision = *held.add_decided();
      decision.set_recipient(recipient);
      decision.set_tiltak_id("vedtak-" + std::to_string(held.decided_size()));
      decision.set_owner(kRoles[static_cast<size_t>(Pick(3))]);
      *decision.mutable_due_at() = ToProto(now_ + absl::Minutes(Pick(100)));
    }
    Take({fact});
  }
  // Of a template no recipient has two that are open, and none below its level.
  void CheckSlots() {
    std::set<std::pair<std::string, std::string>> slots;
    const auto* level = levels_.view()->Find(kOfHospital);
    for (const auto& [id, card] : fold_.view()->open) {
      const v1::TiltakskortIssued& issued = card->issued();
      if (!issued.meeting_id().empty()) continue;
      EXPECT_TRUE(slots.insert({issued.template_id(), issued.recipient()}).second) << id;
      EXPECT_FALSE(projections::IsBelow(level->newest.to(), issued.trigger())) << id;
      EXPECT_GE(card->level_revision(), level->rose_revision) << id;
    }
  }

  std::mt19937 random_;
  tiltakskort::Cards cards_;
  tiltakskort::Roles roles_;
  std::shared_ptr<const Directory> directory_ = Directory::BuiltIn();
  std::set<std::string> with_ukp_;
  absl::Time now_ = At(0);
  MemoryStore store_;
  LevelsFold levels_;
  CardsFold fold_{store_, levels_};
  std::vector<v1::Envelope> rival_;
  int level_ = 0;
  int said_ = 0;
  int decided_ = 0;
};

TEST(CardDecider, WhatIsDecidedCountsAndComesToAnEnd) {
  int decided = 0;
  for (unsigned seed = 1; seed <= kRounds; ++seed) {
    World world(seed);
    for (int step = 0; step < kStepsPerRound; ++step) {
      world.Step();
      if (world.Pick(3) == 0) world.Settle();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    decided += world.decided();
  }
  EXPECT_GT(decided, 1'000) << "or nothing was tried";
}

}  // namespace
}  // namespace overgang::testing
