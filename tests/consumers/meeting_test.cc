// Capacity meetings on a running hub: what is frozen, what becomes of decisions, what is told of
// later corrections.
#include <gmock/gmock.h>

#include "consumers/meeting/meeting_service.h"
#include "tests/consumers/tiltakskort_fixture.h"

namespace overgang::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct MeetingHub : DealingHub {
  using DealingHub::DealingHub;
  ~MeetingHub() { meetings.Stop(); }
  std::string folder = [] {
    std::string name = "/tmp/overgang_meeting_XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  projections::History history{
      {log, store, views, clock, kIncarnation, folder,
       [](const std::string&) -> absl::StatusOr<std::unique_ptr<StateStore>> {
         return std::make_unique<MemoryStore>();
       }}};
  projections::Moments moments{views, history, clock};
  meeting::MeetingService meetings{
      {views, moments, writer, clock, directory, PaymentTerms::BuiltIn(), cards, roles}};
};

class MeetingTest : public TiltakskortTest {
 protected:
  MeetingTest() {
    tiltakskort::Cards cards;
    cards.templates = {Template("kort", v1::ESCALATION_LEVEL_ROD)};
    cards.role_names = {{"first", "Klinikksjef"}, {"second", "Koordinerende enhet"}};
    cards_.Set(std::move(cards));
    tiltakskort::Roles roles;
    roles.given = true;
    roles.holders[{kOfHospital, "first"}] = {"first"};
    roles.holders[{"k:5001", "second"}] = {"second"};
    roles_.Set(std::move(roles));
  }
  std::unique_ptr<MeetingHub> NewHub() {
    auto hub = std::make_unique<MeetingHub>(log_, sealer_, clock_, cards_, roles_);
    hub->meetings.Register(hub->methods);
    hub->Start();
    return hub;
  }
  v1::HoldMeetingRequest Request(const std::string& key) {
    v1::HoldMeetingRequest request;
    request.set_idempotency_key(key);
    request.set_hospital(kHospital);
    v1::MeetingDecision& own = *request.add_decided();
    own.set_text("Åpne bufferplassene");
    own.set_owner("first");
    *own.mutable_due_at() = ToProto(clock_.Now() + absl::Hours(2));
    v1::MeetingDecision& kommunes = *request.add_decided();
    kommunes.set_text("Ta ut to pasienter");
    kommunes.set_owner("second");
    kommunes.set_recipient("k:5001");
    *kommunes.mutable_due_at() = ToProto(clock_.Now() + absl::Hours(4));
    v1::MeetingAttendance& present = *request.add_attendance();
    present.set_role("Klinikksjef");
    present.set_present(true);
    return request;
  }
  static absl::StatusOr<v1::GetMeetingResponse> Get(MeetingHub& hub, const std::string& id,
                                                    const Caller& caller) {
    v1::GetMeetingRequest request;
    id == kHospital ? request.set_hospital(id) : request.set_meeting_id(id);
    return hub.Call<v1::GetMeetingResponse>("GetMeeting", request, caller);
  }
  // A patient that is utskrivningsklar.
  void AdmitUkp(int person, int minutes, const std::string& kommune = "5001") {
    const std::string visit = "V" + std::to_string(person);
    v1::Envelope ukp = Fact("u" + visit, person, visit, minutes + 1);
    ukp.mutable_ukp_declared();
    ukp.set_stay_kommune(kommune);
    Append({Admitted("a" + visit, person, visit, minutes, kommune), ukp});
  }
};

TEST_F(MeetingTest, WhatWasSeenStaysAndWhatIsKnownOtherwiseIsToldBesideIt) {
  const auto hub = NewHub();
  clock_.Set(At(60));
  AdmitUkp(1, 0);
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  TheCard(*hub);
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const auto receipt = hub->Call<v1::Receipt>("HoldMeeting", Request("a"), OfHospital("first"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  const auto meeting = Get(*hub, receipt->event_id(), OfHospital("first"));
  ASSERT_TRUE(meeting.ok()) << meeting.status();
  const v1::MeetingSnapshot& frozen = meeting->snapshot();
  EXPECT_EQ(frozen.census().ukp(), 1);
  EXPECT_EQ(frozen.level().to(), v1::ESCALATION_LEVEL_ROD);
  ASSERT_EQ(frozen.cards().size(), 1);
  EXPECT_EQ(frozen.cards(0).issued().title(), "Tittel");
  EXPECT_TRUE(meeting->corrections().empty());
  EXPECT_TRUE(meeting->summary_pdf().empty()) << "it was not asked for";

  clock_.Advance(absl::Hours(1));
  AdmitUkp(2, 30);  // Was there at the time, and nobody knew.
  AdmitUkp(3, 90);  // Came later.
  SetLevel(v1::ESCALATION_LEVEL_GUL);
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp() && NothingMore(); }));
  const auto later = Get(*hub, receipt->event_id(), OfHospital("first"));
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->meeting().SerializeAsString(), meeting->meeting().SerializeAsString());
  EXPECT_EQ(later->snapshot().SerializeAsString(), frozen.SerializeAsString());
  std::map<std::string, std::pair<double, double>> told;
  for (const v1::MeetingCorrection& correction : later->corrections())
    told[correction.of() + " " + correction.number()] = {correction.frozen(), correction.now()};
  EXPECT_EQ(told["h:974749025 ukp"], std::pair(1.0, 2.0)) << later->ShortDebugString();
  EXPECT_EQ(told["k:5001 inpatients"], std::pair(1.0, 2.0));
  EXPECT_THAT(later->summary_html(), HasSubstr("Rettet siden"));
  EXPECT_THAT(later->summary_html(), HasSubstr("Åpne bufferplassene"));
  EXPECT_THAT(meeting->summary_html(), Not(HasSubstr("Rettet siden")));
}

// A record has no room for what nobody is shown of a card.
TEST_F(MeetingTest, RolesThatDidNotAnswerAreNotFrozen) {
  const auto hub = NewHub();
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  EXPECT_EQ(TheCard(*hub).role(), "first");
  clock_.Advance(absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return hub->Open().front().unanswered_size() == 1; }));
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp() && NothingMore(); }));
  const auto receipt = hub->Call<v1::Receipt>("HoldMeeting", Request("a"), OfHospital("first"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  const auto meeting = Get(*hub, receipt->event_id(), OfHospital("first"));
  ASSERT_TRUE(meeting.ok()) << meeting.status();
  ASSERT_EQ(meeting->snapshot().cards_size(), 1);
  EXPECT_TRUE(meeting->snapshot().cards(0).unanswered().empty());
  EXPECT_TRUE(meeting->snapshot().cards(0).passed_over().empty());
}

TEST_F(MeetingTest, WhatAnOlderSnapshotDidNotCountIsNotCorrected) {
  const auto hub = NewHub();
  constexpr int kTwelveDays = 12 * 24 * 60;
  clock_.Set(At(60));
  AdmitUkp(1, -kTwelveDays);
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const auto receipt = hub->Call<v1::Receipt>("HoldMeeting", Request("a"), OfHospital("first"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  // The same as it was written before long waits were counted.
  const auto facts = InLog();
  v1::Envelope older =
      *std::ranges::find(facts, v1::Envelope::kMeetingHeld, &v1::Envelope::fact_case);
  v1::MeetingSnapshot snapshot;
  ASSERT_TRUE(snapshot.ParseFromString(older.meeting_held().snapshot()));
  EXPECT_EQ(snapshot.version(), 1);
  EXPECT_EQ(snapshot.census().ukp_over_7_days(), 1);
  EXPECT_EQ(snapshot.kommuner(0).ukp_over_10_days(), 1);
  snapshot.clear_version();
  snapshot.mutable_census()->clear_ukp_over_7_days();
  snapshot.mutable_census()->clear_ukp_over_10_days();
  snapshot.mutable_kommuner(0)->clear_ukp_over_10_days();
  const std::string older_id = "0f1e2d3c-0000-5000-8000-00000000000a";
  older.set_event_id(older_id);
  older.mutable_meeting_held()->set_meeting_id(older_id);
  older.mutable_meeting_held()->set_snapshot(snapshot.SerializeAsString());
  Append({older});
  AdmitUkp(2, -kTwelveDays + 30);  // Was there as well, and nobody knew.
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const auto told = [&](const std::string& id) {
    std::vector<std::string> names;
    const auto meeting = Get(*hub, id, OfHospital("first"));
    EXPECT_TRUE(meeting.ok()) << meeting.status();
    if (!meeting.ok()) return names;
    for (const v1::MeetingCorrection& correction : meeting->corrections())
      names.push_back(correction.of() + " " + correction.number());
    return names;
  };
  using ::testing::Contains;
  EXPECT_THAT(told(receipt->event_id()), Contains("h:974749025 ukp_over_7_days"));
  EXPECT_THAT(told(receipt->event_id()), Contains("k:5001 ukp_over_10_days"));
  const auto of_older = told(older_id);
  EXPECT_THAT(of_older, Contains("h:974749025 ukp"));
  EXPECT_THAT(of_older, Contains("k:5001 ukp_over_7_days")) << "of kommuner it was counted";
  EXPECT_THAT(of_older, Not(Contains("h:974749025 ukp_over_7_days")));
  EXPECT_THAT(of_older, Not(Contains(HasSubstr("ukp_over_10_days"))));
}

TEST_F(MeetingTest, DecisionsBecomeCardsAndTheNextMeetingOpensWithThem) {
  const auto hub = NewHub();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const auto first = hub->Call<v1::Receipt>("HoldMeeting", Request("a"), OfHospital("first"));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(Eventually([&] { return hub->Open().size() == 2; }));
  for (const v1::Tiltakskort& card : hub->Open()) {
    const std::string id = card.issued().card_id();
    ASSERT_EQ(card.actions_size(), 1);
    const std::string action = card.actions(0).tiltak_id();
    if (card.issued().recipient() == "k:5001") {
      EXPECT_EQ(card.role(), "second");
      EXPECT_TRUE(hub->Complete(id, action, "To tatt ut", OfKommune("second", "5001"), "b").ok());
    }
  }
  ASSERT_TRUE(Eventually([&] { return hub->Open().size() == 1; })) << "the kommune's is settled";
  clock_.Advance(absl::Hours(3));
  ASSERT_TRUE(Eventually([&] { return hub->Open().front().actions(0).overdue(); }));
  v1::HoldMeetingRequest again = Request("c");
  again.clear_decided();
  const auto second = hub->Call<v1::Receipt>("HoldMeeting", again, OfHospital("first"));
  ASSERT_TRUE(second.ok()) << second.status();
  const auto newest = Get(*hub, kHospital, OfHospital("first"));
  ASSERT_TRUE(newest.ok()) << newest.status();
  EXPECT_EQ(newest->meeting().meeting_id(), second->event_id());
  EXPECT_EQ(newest->previous().meeting_id(), first->event_id());
  EXPECT_EQ(newest->previous_cards().size(), 2);
  EXPECT_THAT(newest->summary_html(), HasSubstr("Utført: To tatt ut"));
  EXPECT_THAT(newest->summary_html(), HasSubstr("Ikke utført, fristen er ute"));
  v1::ListMeetingsRequest list;
  list.set_hospital(kHospital);
  const auto listed = hub->Call<v1::ListMeetingsResponse>("ListMeetings", list, OfHospital("x"));
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->meetings_size(), 2);
  EXPECT_EQ(listed->meetings(0).meeting_id(), second->event_id());
  EXPECT_EQ(listed->meetings(1).decisions(), 2);
}

TEST_F(MeetingTest, TheSameMeetingTwiceIsOneAndOthersAreNotToldOfIt) {
  const auto hub = NewHub();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const v1::HoldMeetingRequest request = Request("a");
  const auto one = hub->Call<v1::Receipt>("HoldMeeting", request, OfHospital("first"));
  const auto two = hub->Call<v1::Receipt>("HoldMeeting", request, OfHospital("first"));
  ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
  EXPECT_EQ(one->event_id(), two->event_id());
  clock_.Advance(absl::Hours(3));  // A new meeting could not decide this any more.
  const auto late = hub->Call<v1::Receipt>("HoldMeeting", request, OfHospital("first"));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->event_id(), one->event_id());
  EXPECT_EQ(Count(v1::Envelope::kMeetingHeld), 1);
  EXPECT_EQ(Get(*hub, one->event_id(), OfKommune("second", "5001")).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(
      hub->Call<v1::Receipt>("HoldMeeting", Request("b"), OfKommune("x", "5001")).status().code(),
      absl::StatusCode::kPermissionDenied);
}

// A time that no JSON can say would keep everybody from reading the card.
TEST_F(MeetingTest, AnUntidyDeadlineBecomesATidyOne) {
  const auto hub = NewHub();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  v1::HoldMeetingRequest request = Request("a");
  request.mutable_decided(0)->mutable_due_at()->set_nanos(1'500'000'000);
  const auto receipt = hub->Call<v1::Receipt>("HoldMeeting", request, OfHospital("first"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_TRUE(Eventually([&] { return hub->Open().size() == 2; }));
  for (const v1::Tiltakskort& card : hub->Open())
    EXPECT_LT(card.issued().due_at().nanos(), 1'000'000'000) << card.issued().recipient();
}

TEST_F(MeetingTest, AMeetingWithMistakesIsNotHeld) {
  const auto hub = NewHub();
  ASSERT_TRUE(Eventually([&] { return hub->CaughtUp(); }));
  const auto refused = [&](const std::string& field, auto change) {
    v1::HoldMeetingRequest request = Request(field);
    change(&request);
    const auto receipt = hub->Call<v1::Receipt>("HoldMeeting", request, OfHospital("first"));
    EXPECT_EQ(receipt.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(receipt.status().message(), HasSubstr(field));
  };
  refused("decided[0].owner", [](auto* r) { r->mutable_decided(0)->set_owner("firsd"); });
  refused("decided[1].due_at", [](auto* r) { r->mutable_decided(1)->clear_due_at(); });
  refused("decided[0].due_at",
          [&](auto* r) { *r->mutable_decided(0)->mutable_due_at() = ToProto(clock_.Now()); });
  refused("decided[0].due_at", [](auto* r) {
    r->mutable_decided(0)->mutable_due_at()->set_seconds(int64_t{400'000'000'000});  // Year 14645.
  });
  refused("decided[1].recipient", [](auto* r) { r->mutable_decided(1)->set_recipient("k:0000"); });
  refused("decided[0].text", [](auto* r) { r->mutable_decided(0)->set_text("01857210057"); });
  refused("attendance[0].role", [](auto* r) { r->mutable_attendance(0)->clear_role(); });
  refused("idempotency_key", [](auto* r) { r->clear_idempotency_key(); });
  EXPECT_EQ(InLog().size(), 0U);
}

TEST_F(MeetingTest, AMeetingWhileFactsStreamInIsOfOneCursor) {
  const auto hub = NewHub();
  std::atomic<bool> stop = false;
  std::thread stream([&] {
    for (int person = 1; person < 400 && !stop; ++person)
      AdmitUkp(person, 0, person % 2 == 0 ? "5001" : "5031");
  });
  for (int i = 0; i < 5; ++i) {
    const auto receipt =
        hub->Call<v1::Receipt>("HoldMeeting", Request(std::to_string(i)), OfHospital("first"));
    if (!receipt.ok()) continue;  // The views are not there yet.
    const auto meeting = Get(*hub, receipt->event_id(), OfHospital("first"));
    ASSERT_TRUE(meeting.ok()) << meeting.status();
    int of_kommuner = 0;
    for (const auto& kommune : meeting->snapshot().kommuner()) of_kommuner += kommune.inpatients();
    EXPECT_EQ(of_kommuner, meeting->snapshot().census().inpatients());
    EXPECT_EQ(meeting->meeting().snapshot_cursor(), meeting->snapshot().as_of().cursor());
  }
  stop = true;
  stream.join();
  EXPECT_GT(Count(v1::Envelope::kMeetingHeld), 0);
}

}  // namespace
}  // namespace overgang::testing
