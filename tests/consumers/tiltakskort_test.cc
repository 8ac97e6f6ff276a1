// The life of tiltakskort on running hubs: from the level that issues them to their closing.
#include <gmock/gmock.h>

#include "consumers/tiltakskort/card_decider.h"
#include "consumers/tiltakskort/said.h"
#include "core/errors.h"
#include "tests/consumers/tiltakskort_fixture.h"

namespace overgang::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using enum v1::EscalationLevel;
using Kind = v1::Envelope;

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }

TEST_F(TiltakskortTest, ACardLivesFromTheLevelToItsClosing) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_GUL);
  ASSERT_TRUE(NothingMore()) << "gul is not rød";
  SetLevel(ESCALATION_LEVEL_ROD);
  v1::Tiltakskort card = TheCard(*hub);
  EXPECT_EQ(card.role(), "first");
  EXPECT_EQ(card.level(), ESCALATION_LEVEL_ROD);
  EXPECT_EQ(FromProto(card.acknowledge_by()), clock_.Now() + absl::Minutes(30));
  EXPECT_EQ(FromProto(card.issued().due_at()), clock_.Now() + absl::Minutes(120));
  const std::string id = card.issued().card_id();

  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  EXPECT_EQ(hub->Card(id)->acknowledged().by(), "first");
  EXPECT_TRUE(hub->Complete(id, "one", "12 gjennomgått", OfHospital("first"), "b").ok());
  EXPECT_TRUE(hub->Complete(id, "two", "Ingen ledige", OfHospital("second"), "c", true).ok());
  ASSERT_TRUE(Eventually([&] { return hub->Open().empty(); }));
  card = *hub->Card(id);
  EXPECT_EQ(card.closing(), v1::TILTAKSKORT_CLOSING_SETTLED);
  EXPECT_THAT(card.completed_tiltak_ids(), ElementsAre("one"));
  EXPECT_EQ(card.actions(1).state(), v1::TILTAK_STATE_DECLINED);
  EXPECT_EQ(card.actions(1).told(), "Ingen ledige");
  EXPECT_TRUE(card.undone_tiltak_ids().empty());
  EXPECT_TRUE(NothingMore()) << "what is done is not asked for again at the same level";
  EXPECT_EQ(InLog().size(), 7);
}

TEST_F(TiltakskortTest, WithoutAnAcknowledgementInTimeItGoesOnAndAtLastToAll) {
  const auto hub = NewHub();
  SetRoles({"first", "third"});
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  clock_.Advance(absl::Minutes(30));
  EXPECT_TRUE(NothingMore()) << "the half hour is not over";
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->role() == "third"; }));
  ASSERT_EQ(hub->Card(id)->passed_over().size(), 1);
  EXPECT_EQ(hub->Card(id)->passed_over(0).role(), "second");
  const absl::Status late = hub->Acknowledge(id, OfHospital("first"), "late");
  EXPECT_EQ(CodeOf(late), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(late.message(), HasSubstr("went on to third"));
  clock_.Advance(absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->role().empty(); }));
  EXPECT_FALSE(hub->Card(id)->has_acknowledge_by());
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "again").ok()) << "now it is anybody's";
}

TEST_F(TiltakskortTest, ARoleThatACardNamesTwiceIsAskedOnce) {
  tiltakskort::CardTemplate card = Template("kort", ESCALATION_LEVEL_ROD);
  card.roles = {"first", "first", "second"};
  SetCards({card});
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  clock_.Advance(absl::Minutes(31));
  EXPECT_TRUE(Eventually([&] { return hub->Card(id)->role() == "second"; }))
      << hub->Card(id)->role();
  clock_.Advance(absl::Minutes(31));
  EXPECT_TRUE(Eventually([&] { return hub->Card(id)->role().empty(); }));
}

TEST_F(TiltakskortTest, ARoleWithNobodyInItIsPassedOverAndTold) {
  const auto hub = NewHub();
  SetRoles({"second"});
  SetLevel(ESCALATION_LEVEL_ROD);
  const v1::Tiltakskort card = TheCard(*hub);
  EXPECT_EQ(card.role(), "second");
  ASSERT_EQ(card.passed_over().size(), 1);
  EXPECT_EQ(card.passed_over(0).role(), "first");
  const auto list = hub->Call<v1::ListTiltakskortResponse>(
      "ListTiltakskort", v1::ListTiltakskortRequest(), OfHospital("second"));
  ASSERT_TRUE(list.ok());
  std::vector<std::string> vacant;
  for (const v1::VacantRole& role : list->vacant())
    vacant.push_back(absl::StrCat(role.recipient(), " ", role.role(), " ", role.name()));
  EXPECT_THAT(vacant, ElementsAre("h:974749025 first Første", "h:974749025 third Tredje"));
}

TEST_F(TiltakskortTest, WhereNobodyHoldsAnyRoleWhoeverMayWriteAnswers) {
  const auto hub = NewHub();
  SetRoles({});
  SetLevel(ESCALATION_LEVEL_ROD);
  const v1::Tiltakskort card = TheCard(*hub);
  EXPECT_EQ(card.role(), "");
  EXPECT_FALSE(card.has_acknowledge_by());
  EXPECT_TRUE(hub->Acknowledge(card.issued().card_id(), OfHospital("anybody"), "a").ok());
}

TEST_F(TiltakskortTest, ACardWhoseRolesNobodyHoldsAnyMoreIsStillAnswered) {
  const auto hub = NewHub();
  SetRoles({"first"});
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  EXPECT_EQ(CodeOf(hub->Complete(id, "one", "3", OfHospital("anybody"), "b")),
            absl::StatusCode::kPermissionDenied);
  SetRoles({"third"});
  EXPECT_TRUE(hub->Complete(id, "one", "3", OfHospital("third"), "c").ok());
  SetRoles({});
  EXPECT_TRUE(hub->Complete(id, "two", "", OfHospital("anybody"), "d").ok());
  EXPECT_TRUE(Eventually([&] { return hub->Open().empty(); }));
}

TEST_F(TiltakskortTest, ALevelThatRisesAgainRenewsTheCardAndDoesNotDoubleIt) {
  SetCards({Template("kort", ESCALATION_LEVEL_GUL)});
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_GUL);
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  EXPECT_TRUE(hub->Complete(id, "one", "3", OfHospital("first"), "b").ok());
  clock_.Advance(absl::Minutes(10));
  SetLevel(ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->renewals() == 1; }));
  const v1::Tiltakskort card = TheCard(*hub);
  EXPECT_EQ(card.issued().card_id(), id);
  EXPECT_FALSE(card.has_acknowledged()) << "it is to be acknowledged anew";
  EXPECT_EQ(card.actions(0).state(), v1::TILTAK_STATE_DONE) << "what is done stays done";
  EXPECT_EQ(FromProto(card.actions(1).due_at()), clock_.Now() + absl::Minutes(120));
  SetLevel(ESCALATION_LEVEL_GUL);
  EXPECT_TRUE(NothingMore()) << "gul is still the card's";
  EXPECT_EQ(Count(Kind::kTiltakskortIssued), 1);
}

TEST_F(TiltakskortTest, ALevelThatFallsClosesTheCardWithWhatIsLeftUndone) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_TRUE(hub->Complete(id, "one", "3", OfHospital("first"), "b").ok());
  SetLevel(ESCALATION_LEVEL_GUL);
  ASSERT_TRUE(Eventually([&] { return hub->Open().empty(); }));
  const v1::Tiltakskort card = *hub->Card(id);
  EXPECT_EQ(card.closing(), v1::TILTAKSKORT_CLOSING_LEVEL_FELL);
  EXPECT_THAT(card.undone_tiltak_ids(), ElementsAre("two"));
  const absl::Status closed = hub->Complete(id, "two", "", OfHospital("second"), "c");
  EXPECT_EQ(CodeOf(closed), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(closed.message(), HasSubstr("the card was closed"));
  SetLevel(ESCALATION_LEVEL_ROD);
  EXPECT_NE(TheCard(*hub).issued().card_id(), id) << "a new one";
}

TEST_F(TiltakskortTest, WhatIsNotDoneInTimeIsToldOnce) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  clock_.Advance(absl::Minutes(61));
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->actions(0).overdue(); }));
  clock_.Advance(absl::Minutes(61));
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->actions(1).overdue(); }));
  EXPECT_TRUE(NothingMore());
  EXPECT_EQ(Count(Kind::kTiltakOverdue), 2);
  EXPECT_TRUE(hub->Complete(id, "one", "sent", OfHospital("first"), "b").ok());
  EXPECT_TRUE(hub->Card(id)->actions(0).overdue()) << "it was late, and stays so";
}

TEST_F(TiltakskortTest, WhoMayNotIsToldWhy) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  const absl::Status wrong = hub->Acknowledge(id, OfHospital("second"), "a");
  EXPECT_EQ(CodeOf(wrong), absl::StatusCode::kPermissionDenied) << wrong;
  EXPECT_THAT(wrong.message(), HasSubstr("none of first"));
  EXPECT_EQ(CodeOf(hub->Acknowledge(id, OfKommune("first", "5001"), "b")),
            absl::StatusCode::kNotFound)
      << "a kommune is not told of the hospital's cards";
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "c").ok());
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "c").ok()) << "a repeat is the same call";
  EXPECT_EQ(Count(Kind::kTiltakAcknowledged), 1);
  const absl::Status twice = hub->Acknowledge(id, OfHospital("first"), "d");
  EXPECT_EQ(CodeOf(twice), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(twice.message(), HasSubstr("by first as first"));
  EXPECT_EQ(CodeOf(hub->Complete(id, "one", "", OfHospital("first"), "e")),
            absl::StatusCode::kInvalidArgument)
      << "evidence is asked for";
  EXPECT_EQ(CodeOf(hub->Complete(id, "one", "01857210057", OfHospital("first"), "f")),
            absl::StatusCode::kInvalidArgument)
      << "no patient's number";
  EXPECT_EQ(CodeOf(hub->Complete(id, "three", "x", OfHospital("first"), "g")),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(hub->Complete(id, "one", "x", OfHospital("first"), "h").ok());
  EXPECT_EQ(CodeOf(hub->Complete(id, "one", "y", OfHospital("first"), "i")),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(hub->Complete(id, "two", "y", OfHospital("first"), "h")),
            absl::StatusCode::kAlreadyExists)
      << "another thing with the same key";
}

TEST_F(TiltakskortTest, TextsAreAsLongAsTheirCharacters) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  std::string longest;
  for (size_t i = 0; i < tiltakskort::kToldCharsMax; ++i) longest += "å";
  EXPECT_EQ(CodeOf(hub->Complete(id, "one", longest + "a", OfHospital("first"), "a")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(hub->Complete(id, "one", longest, OfHospital("first"), "b").ok());
  EXPECT_TRUE(hub->Complete(id, "two", longest, OfHospital("second"), "c", true).ok());
  std::string key;
  for (size_t i = 0; i < tiltakskort::kKeyCharsMax; ++i) key += "ø";
  EXPECT_EQ(CodeOf(hub->Acknowledge(id, OfHospital("first"), key + "o")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_NE(CodeOf(hub->Acknowledge(id, OfHospital("first"), key)),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(TiltakskortTest, AKommuneHasCardsOfItsOwnAndTheHospitalSeesThem) {
  tiltakskort::CardTemplate card = Template("ta-ut", ESCALATION_LEVEL_ROD);
  card.given_to = tiltakskort::CardFor::kKommunerWithUkp;
  SetCards({card});
  SetRoles({"first"}, "k:5001");
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(NothingMore()) << "no kommune has anybody there";
  v1::Envelope ukp = Fact("u", 1, "V1", 10);
  ukp.mutable_ukp_declared();
  ukp.set_stay_kommune("5001");
  Append({Admitted("a", 1, "V1", 0), ukp});
  ASSERT_TRUE(NothingMore()) << "and none until the declaration holds";
  clock_.Set(At(10));
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_EQ(TheCard(*hub).issued().recipient(), "k:5001");
  EXPECT_EQ(CodeOf(hub->Acknowledge(id, OfHospital("first"), "a")),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(hub->Acknowledge(id, OfKommune("first", "5031"), "b")),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(hub->Acknowledge(id, OfKommune("first", "5001"), "c").ok());
  v1::ListTiltakskortRequest all;
  for (const auto& [caller, cards] :
       {std::pair{OfHospital("x"), 1}, {OfKommune("x", "5001"), 1}, {OfKommune("x", "5031"), 0}}) {
    const auto list = hub->Call<v1::ListTiltakskortResponse>("ListTiltakskort", all, caller);
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->cards().size(), cards);
  }
}

TEST_F(TiltakskortTest, OfTwoHubsThatDecideTheFirstRecordCounts) {
  const auto one = NewHub(), two = NewHub();
  for (int i = 0; i < 5; ++i) {
    SetLevel(ESCALATION_LEVEL_ROD);
    ASSERT_TRUE(Eventually([&] { return one->Open().size() == 1 && two->Open().size() == 1; }));
    EXPECT_EQ(one->Open().front().SerializeAsString(), two->Open().front().SerializeAsString());
    SetLevel(ESCALATION_LEVEL_GRONN);
    ASSERT_TRUE(Eventually([&] { return one->Open().empty() && two->Open().empty(); }));
  }
  ASSERT_TRUE(NothingMore());
  v1::ListTiltakskortRequest all;
  const auto list =
      one->Call<v1::ListTiltakskortResponse>("ListTiltakskort", all, OfHospital("first"));
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->cards().size(), 5);
}

TEST_F(TiltakskortTest, AHubThatIsNotTheDoerDecidesNothingAndARestartDecidesNothingAgain) {
  {
    const auto hub = NewHub();
    hub->leadership.is_doer = false;
    SetLevel(ESCALATION_LEVEL_ROD);
    EXPECT_TRUE(NothingMore());
    hub->leadership.is_doer = true;
    TheCard(*hub);
  }
  const auto after = NewHub();
  ASSERT_TRUE(Eventually([&] { return after->CaughtUp(); }));
  EXPECT_EQ(after->Open().size(), 1);
  EXPECT_TRUE(NothingMore());
  EXPECT_EQ(InLog().size(), 2);
}

TEST_F(TiltakskortTest, ACardThatWasHandedOnIsNotTheFirstRolesThoughItSaysSoMeanwhile) {
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_ROD);
  const std::string id = TheCard(*hub).issued().card_id();
  // What the other hub decided, before this one's views know it.
  clock_.Advance(absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->role() == "second"; }));
  v1::Envelope late = Fact("late", 1, "", 31);
  late.clear_patient_ref();
  late.mutable_tiltak_acknowledged()->set_card_id(id);
  late.mutable_tiltak_acknowledged()->set_role("first");
  Append({late});
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  EXPECT_FALSE(hub->Card(id)->has_acknowledged());
}

TEST_F(TiltakskortTest, AnAcknowledgementThatIsRepeatedAfterTheLevelRoseAgainIsToldSo) {
  SetCards({Template("kort", ESCALATION_LEVEL_GUL)});
  const auto hub = NewHub();
  SetLevel(ESCALATION_LEVEL_GUL);
  const std::string id = TheCard(*hub).issued().card_id();
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "a").ok());
  SetLevel(ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return hub->Card(id)->renewals() == 1; }));
  const absl::Status repeated = hub->Acknowledge(id, OfHospital("first"), "a");
  EXPECT_EQ(CodeOf(repeated), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(repeated.message(), HasSubstr("the level rose again"));
  EXPECT_TRUE(hub->Acknowledge(id, OfHospital("first"), "b").ok());
}

TEST_F(TiltakskortTest, AnAppendThatFailsIsOneFailureAndThenTheCardComes) {
  const auto hub = NewHub();
  hub->leadership.is_doer = false;
  SetLevel(ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  absl::SleepFor(kAWhile);  // It has noticed that it is not the doer.
  log_.FailNextAppends(1, absl::UnavailableError("disk"));
  hub->leadership.is_doer = true;
  TheCard(*hub);
  EXPECT_THAT(hub->metrics.Text(), HasSubstr("overgang_tiltakskort_failed_total 1\n"));
}

}  // namespace
}  // namespace overgang::testing
