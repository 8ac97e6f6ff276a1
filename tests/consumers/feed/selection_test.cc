// Whom a fact concerns, and who may see it.
#include "consumers/feed/selection.h"

#include "tests/consumers/feed/feed_fixture.h"

namespace overgang::feed::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOther[] = "983658776";

absl::StatusOr<Selection> Parse(const v1::FeedFilter& filter,
                                std::shared_ptr<const Scope> scope = Scope::All()) {
  static const ManualClock clock(At(0));
  static const projections::Views views(clock);
  static const Whose whose(views, clock);
  return Selection::Parse(filter, std::move(scope), whose);
}

// Of stays that are where their facts say.
class Asked {
 public:
  explicit Asked(const v1::FeedFilter& filter, std::shared_ptr<const Scope> scope = Scope::All())
      : selection_(*Parse(filter, std::move(scope))) {}

  bool Wants(const v1::Envelope& fact) const { return Wants(fact, {fact.stay_kommune()}); }
  bool Wants(const v1::Envelope& fact, std::vector<std::string> kommuner) const {
    const std::string value = fact.SerializeAsString();
    LogRecord record;
    record.value = value;
    const auto message = FeedMessage::OfRecord(record, {});
    message->SetKommuner(std::move(kommuner));
    return selection_.Wants(*message);
  }
  const std::vector<TopicPartition>& partitions() const { return selection_.partitions(); }

 private:
  const Selection selection_;
};

v1::FeedFilter Types(const std::vector<std::string>& types) {
  v1::FeedFilter filter;
  for (const std::string& type : types) filter.add_types(type);
  return filter;
}

v1::FeedFilter Kommuner(const std::vector<std::string>& kommuner) {
  v1::FeedFilter filter;
  for (const std::string& kommune : kommuner) filter.add_kommuner(kommune);
  return filter;
}

v1::FeedFilter Hospitals(const std::vector<std::string>& hospitals) {
  v1::FeedFilter filter;
  for (const std::string& hospital : hospitals) filter.add_hospitals(hospital);
  return filter;
}

// A fact of the hub itself, of nobody.
v1::Envelope Plain() {
  v1::Envelope fact = Fact("plain", 0, "", 0);
  fact.clear_patient_ref();
  fact.clear_hospital();
  return fact;
}

v1::Envelope Places() {
  v1::Envelope fact = Plain();
  fact.mutable_places_reported()->add_shared_by("5001");
  fact.mutable_places_reported()->add_shared_by("5031");
  return fact;
}

v1::Envelope Beds() {
  v1::Envelope fact = Plain();
  fact.set_hospital(kHospital);
  fact.mutable_beds_reported()->set_unit("MED1");
  return fact;
}

v1::Envelope Status(const std::string& scope) {
  v1::Envelope fact = Plain();
  fact.mutable_daily_status_issued()->set_scope(scope);
  return fact;
}

v1::Envelope Parked() {
  v1::Envelope fact = Plain();
  fact.mutable_message_parked();
  return fact;
}

TEST(Selection, TypesGoByNameWithOrWithoutThePackage) {
  const Asked selection(Types({"UkpDeclared", "overgang.v1.BedsReported"}));
  EXPECT_TRUE(selection.Wants(UkpDeclared("u", 1, 0, 1)));
  EXPECT_TRUE(selection.Wants(Beds()));
  EXPECT_FALSE(selection.Wants(Admitted("a", 1, "V", 0)));
}

TEST(Selection, OnlyTopicsThatCanHaveTheTypesAreRead) {
  const Asked beds(Types({"BedsReported"}));
  EXPECT_THAT(beds.partitions(), ElementsAre(TopicPartition{Topic::kCapacity, 0}));
  const Asked all(v1::FeedFilter{});
  EXPECT_THAT(all.partitions(), Contains(TopicPartition{Topic::kPathway, 11}));
  EXPECT_THAT(all.partitions(), Contains(TopicPartition{Topic::kParked, 0}));
  EXPECT_THAT(all.partitions(), Not(Contains(TopicPartition{Topic::kOriginals, 0})));
  EXPECT_THAT(all.partitions(), Not(Contains(TopicPartition{Topic::kLeader, 0})));
}

TEST(Selection, TypesThatTheFeedDoesNotHaveAreNamed) {
  for (const char* type : {"UkpDeclred", "OriginalReceived", "LogFounded", ""}) {
    const auto selection = Parse(Types({"UkpDeclared", type}));
    EXPECT_EQ(selection.status().code(), absl::StatusCode::kInvalidArgument) << type;
    EXPECT_THAT(std::string(selection.status().message()), HasSubstr("filter.types[1]"));
  }
  EXPECT_THAT(std::string(Parse(Types({"UkpDeclred"})).status().message()),
              HasSubstr("did you mean UkpDeclared?"));
}

TEST(Selection, NumbersThatNobodyHasAreNamed) {
  EXPECT_THAT(std::string(Parse(Kommuner({"5001", "501"})).status().message()),
              HasSubstr("filter.kommuner[1]"));
  for (const char* kommune : {"501", "50011", "500a", ""})
    EXPECT_EQ(Parse(Kommuner({kommune})).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Parse(Hospitals({"5001"})).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Selection, AFactIsOfTheKommuneOfItsStay) {
  const Asked selection(Kommuner({"5031", "5001"}));
  v1::Envelope moved = Admitted("a", 1, "V", 0, "5001");
  EXPECT_TRUE(selection.Wants(moved));
  moved.set_stay_kommune("5028");  // It lives in 5001, and is here as one of 5028.
  EXPECT_FALSE(selection.Wants(moved));
}

TEST(Selection, PlacesAreOfAllWhoShareThem) {
  EXPECT_TRUE(Asked(Kommuner({"5031"})).Wants(Places()));
  EXPECT_FALSE(Asked(Kommuner({"5028"})).Wants(Places()));
  EXPECT_FALSE(Asked(Kommuner({"5031"})).Wants(Beds()));
}

TEST(Selection, AStatusIsOfWhoseItIs) {
  EXPECT_TRUE(Asked(Kommuner({"5031"})).Wants(Status("k:5031")));
  EXPECT_FALSE(Asked(Kommuner({"5031"})).Wants(Status("k:5001")));
  EXPECT_TRUE(Asked(Hospitals({kHospital})).Wants(Status(std::string("h:") + kHospital)));
  EXPECT_FALSE(Asked(Hospitals({kHospital})).Wants(Status(std::string("h:") + kOther)));
  v1::Envelope asked = Plain();
  asked.mutable_daily_status_requested()->set_scope("k:5031");
  EXPECT_TRUE(Asked(Kommuner({"5031"})).Wants(asked));
  EXPECT_FALSE(Asked(Kommuner({"5001"})).Wants(asked));
  v1::Envelope card = Plain();
  card.mutable_tiltakskort_issued()->set_recipient("k:5031");
  EXPECT_TRUE(Asked(Kommuner({"5031"})).Wants(card));
  EXPECT_FALSE(Asked(Kommuner({"5001"})).Wants(card));
}

TEST(Selection, AFactHasToSatisfyEveryPartOfTheFilter) {
  v1::FeedFilter filter = Kommuner({"5001"});
  filter.add_hospitals(kHospital);
  filter.add_types("PatientAdmitted");
  const Asked selection(filter);
  const v1::Envelope fact = Admitted("a", 1, "V", 0);
  EXPECT_TRUE(selection.Wants(fact));
  v1::Envelope elsewhere = fact;
  elsewhere.set_hospital(kOther);
  EXPECT_FALSE(selection.Wants(elsewhere));
  v1::Envelope of_another = fact;
  of_another.set_stay_kommune("5031");
  EXPECT_FALSE(selection.Wants(of_another));
  v1::Envelope other_type = Discharged("d", 1, "V", 1);
  other_type.set_stay_kommune("5001");
  EXPECT_FALSE(selection.Wants(other_type));
}

TEST(Selection, AKommuneIsToldOfItsOwnAndMayNotAskForAnothers) {
  const Asked own(v1::FeedFilter{}, ScopeOf({"5001"}));
  EXPECT_TRUE(own.Wants(Admitted("a", 1, "V", 0, "5001")));
  EXPECT_FALSE(own.Wants(Admitted("a", 1, "V", 0, "5031")));
  // Whose it is does not depend on what the fact says.
  EXPECT_TRUE(own.Wants(Admitted("a", 1, "V", 0, "5031"), {"5031", "5001"}));
  EXPECT_FALSE(own.Wants(Admitted("a", 1, "V", 0, "5001"), {"5031"}));
  EXPECT_FALSE(own.Wants(Discharged("d", 1, "V", 1), {}));
  EXPECT_TRUE(own.Wants(Places()));
  EXPECT_FALSE(own.Wants(Beds()));
  EXPECT_TRUE(own.Wants(Status("k:5001")));
  EXPECT_FALSE(own.Wants(Status("k:5031")));
  EXPECT_FALSE(own.Wants(Merged("m", 1, 2, 3), {"5001"}));

  const auto refused = Parse(Kommuner({"5001", "5031"}), ScopeOf({"5001"}));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("filter.kommuner[1]"));
  // Any hospital: what it is told is of its own stays there.
  EXPECT_TRUE(Asked(Hospitals({kOther}), ScopeOf({"5001"})).Wants([] {
    v1::Envelope there = Admitted("a", 1, "V", 0, "5001");
    there.set_hospital(kOther);
    return there;
  }()));
}

TEST(Selection, AHospitalIsToldOfItsOwnAndMayNotAskForAnothers) {
  const Asked own(v1::FeedFilter{}, ScopeOf({}, {kHospital}));
  v1::Envelope elsewhere = Admitted("a", 1, "V", 0, "5001");
  EXPECT_TRUE(own.Wants(elsewhere));
  elsewhere.set_hospital(kOther);
  EXPECT_FALSE(own.Wants(elsewhere));
  EXPECT_TRUE(own.Wants(Beds()));
  EXPECT_TRUE(
      Asked(Kommuner({"5031"}), ScopeOf({}, {kHospital})).Wants(Admitted("a", 1, "V", 0, "5031")));
  EXPECT_EQ(Parse(Hospitals({kOther}), ScopeOf({}, {kHospital})).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(Selection, WhatIsNobodysIsForWhoSeesEverything) {
  EXPECT_TRUE(Asked(v1::FeedFilter{}).Wants(Parked()));
  EXPECT_TRUE(Asked(Types({"MessageParked"})).Wants(Parked()));
  const auto scope = ScopeOf({"5001"}, {kHospital});
  for (const char* type : {"ParkedRetried", "PatientMerged", "MailAttempted", "RecipientPaused",
                           "DailyStatusRequested"}) {
    EXPECT_EQ(Parse(Types({type}), scope).status().code(), absl::StatusCode::kPermissionDenied)
        << type;
    EXPECT_TRUE(Parse(Types({type})).ok()) << type;
  }
  const Asked all(v1::FeedFilter{}, scope);
  EXPECT_THAT(all.partitions(), Not(Contains(TopicPartition{Topic::kParked, 0})));
  EXPECT_FALSE(all.Wants(Parked()));
}

TEST(Selection, WhetherPatientsAreAskedForIsOfItsTypes) {
  EXPECT_TRUE(AsksForPatients({}));
  EXPECT_TRUE(AsksForPatients(Types({"BedsReported", "overgang.v1.DeadlineMissed"})));
  EXPECT_FALSE(AsksForPatients(Types({"BedsReported", "Nonsense"})));
}

TEST_F(FeedTest, AFilterByTypeIsServedFromItsTopicAlone) {
  v1::SubscribeRequest request = From("BEGINNING");
  request.mutable_filter()->add_types("BedsReported");
  AppendAdmissions(500);
  Append({Beds()});
  Subscriber subscriber(table_, request);
  EXPECT_TRUE(subscriber.Facts(1).at(0).fact().has_beds_reported());
  AppendAdmissions(5);
  Append({Beds()});
  EXPECT_TRUE(subscriber.Facts(1).at(0).fact().has_beds_reported());
  EXPECT_TRUE(subscriber.IsSilent());
}

}  // namespace
}  // namespace overgang::feed::testing
