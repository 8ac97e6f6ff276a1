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

const Sight kEverything{.everything = true, .sees = nullptr};

Selection Parsed(const v1::FeedFilter& filter, Sight sight = kEverything) {
  auto selection = Selection::Parse(filter, std::move(sight));
  EXPECT_TRUE(selection.ok()) << selection.status();
  return *std::move(selection);
}

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
  const Selection selection = Parsed(Types({"UkpDeclared", "overgang.v1.BedsReported"}));
  EXPECT_TRUE(selection.Wants(UkpDeclared("u", 1, 0, 1)));
  EXPECT_TRUE(selection.Wants(Beds()));
  EXPECT_FALSE(selection.Wants(Admitted("a", 1, "V", 0)));
}

TEST(Selection, OnlyTopicsThatCanHaveTheTypesAreRead) {
  const Selection beds = Parsed(Types({"BedsReported"}));
  EXPECT_THAT(beds.partitions(), ElementsAre(TopicPartition{Topic::kCapacity, 0}));
  const Selection all = Parsed({});
  EXPECT_THAT(all.partitions(), Contains(TopicPartition{Topic::kPathway, 11}));
  EXPECT_THAT(all.partitions(), Contains(TopicPartition{Topic::kParked, 0}));
  EXPECT_THAT(all.partitions(), Not(Contains(TopicPartition{Topic::kOriginals, 0})));
  EXPECT_THAT(all.partitions(), Not(Contains(TopicPartition{Topic::kLeader, 0})));
}

TEST(Selection, TypesThatTheFeedDoesNotHaveAreNamed) {
  for (const char* type : {"UkpDeclred", "OriginalReceived", "LogFounded", ""}) {
    const auto selection = Selection::Parse(Types({"UkpDeclared", type}), kEverything);
    EXPECT_EQ(selection.status().code(), absl::StatusCode::kInvalidArgument) << type;
    EXPECT_THAT(std::string(selection.status().message()), HasSubstr("filter.types[1]"));
  }
  EXPECT_THAT(std::string(Selection::Parse(Types({"UkpDeclred"}), kEverything).status().message()),
              HasSubstr("did you mean UkpDeclared?"));
}

TEST(Selection, NumbersThatNobodyHasAreNamed) {
  EXPECT_THAT(
      std::string(Selection::Parse(Kommuner({"5001", "501"}), kEverything).status().message()),
      HasSubstr("filter.kommuner[1]"));
  for (const char* kommune : {"501", "50011", "500a", ""})
    EXPECT_EQ(Selection::Parse(Kommuner({kommune}), kEverything).status().code(),
              absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Selection::Parse(Hospitals({"5001"}), kEverything).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Selection, AFactIsOfTheKommuneOfItsStay) {
  const Selection selection = Parsed(Kommuner({"5031", "5001"}));
  v1::Envelope moved = Admitted("a", 1, "V", 0, "5001");
  EXPECT_TRUE(selection.Wants(moved));
  moved.set_stay_kommune("5028");  // It lives in 5001, and is here as one of 5028.
  EXPECT_FALSE(selection.Wants(moved));
}

TEST(Selection, PlacesAreOfAllWhoShareThem) {
  EXPECT_TRUE(Parsed(Kommuner({"5031"})).Wants(Places()));
  EXPECT_FALSE(Parsed(Kommuner({"5028"})).Wants(Places()));
  EXPECT_FALSE(Parsed(Kommuner({"5031"})).Wants(Beds()));
}

TEST(Selection, AStatusIsOfWhoseItIs) {
  EXPECT_TRUE(Parsed(Kommuner({"5031"})).Wants(Status("k:5031")));
  EXPECT_FALSE(Parsed(Kommuner({"5031"})).Wants(Status("k:5001")));
  EXPECT_TRUE(Parsed(Hospitals({kHospital})).Wants(Status(std::string("h:") + kHospital)));
  EXPECT_FALSE(Parsed(Hospitals({kHospital})).Wants(Status(std::string("h:") + kOther)));
  v1::Envelope card = Plain();
  card.mutable_tiltakskort_issued()->set_recipient("k:5031");
  EXPECT_TRUE(Parsed(Kommuner({"5031"})).Wants(card));
  EXPECT_FALSE(Parsed(Kommuner({"5001"})).Wants(card));
}

TEST(Selection, AFactHasToSatisfyEveryPartOfTheFilter) {
  v1::FeedFilter filter = Kommuner({"5001"});
  filter.add_hospitals(kHospital);
  filter.add_types("PatientAdmitted");
  const Selection selection = Parsed(filter);
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

TEST(Selection, TheFilterNeverWidensWhatTheCallerMaySee) {
  const auto own = [](const v1::Envelope& fact) { return fact.stay_kommune() == "5001"; };
  const Selection all = Parsed({}, {.everything = false, .sees = own});
  EXPECT_TRUE(all.Wants(Admitted("a", 1, "V", 0, "5001")));
  EXPECT_FALSE(all.Wants(Admitted("a", 1, "V", 0, "5031")));
  const Selection asked = Parsed(Kommuner({"5031"}), {.everything = false, .sees = own});
  EXPECT_FALSE(asked.Wants(Admitted("a", 1, "V", 0, "5031")));
  EXPECT_FALSE(asked.Wants(Admitted("a", 1, "V", 0, "5001")));
}

TEST(Selection, ParkedMessagesAreForWhoSeesEverything) {
  EXPECT_TRUE(Parsed({}).Wants(Parked()));
  EXPECT_TRUE(Parsed(Types({"MessageParked"})).Wants(Parked()));
  const auto all = [](const v1::Envelope&) { return true; };
  EXPECT_EQ(Selection::Parse(Types({"ParkedRetried"}), {.everything = false, .sees = all})
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Parsed({}, {.everything = false, .sees = all}).partitions(),
              Not(Contains(TopicPartition{Topic::kParked, 0})));
}

TEST_F(FeedTest, ACallerIsToldOfItsOwnHoweverItAsks) {
  AppendAdmissions(3, "5031");
  const std::vector<std::string> own = AppendAdmissions(2, "5001");
  Subscriber beginning(table_, From("BEGINNING"), "5001");
  EXPECT_THAT(IdsOf(beginning.Facts(2)), ::testing::UnorderedElementsAreArray(own));
  AppendAdmissions(3, "5031");
  const std::vector<std::string> more = AppendAdmissions(1, "5001");
  EXPECT_THAT(IdsOf(beginning.Facts(1)), ::testing::ElementsAreArray(more));
  EXPECT_TRUE(beginning.IsSilent());
  EXPECT_EQ(Subscriber(table_, From("END"), "sums").status.code(),
            absl::StatusCode::kPermissionDenied);
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
