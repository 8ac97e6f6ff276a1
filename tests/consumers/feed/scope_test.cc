// Who is told what: facts of one's own stays and nothing of another's, however it is asked for; and
// what the access log has of it.
#include <map>
#include <random>
#include <set>

#include "google/protobuf/util/message_differencer.h"
#include "projections/tables.h"
#include "tests/consumers/feed/feed_fixture.h"

namespace overgang::feed::testing {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

constexpr char kOther[] = "983658776";

v1::Envelope Of(v1::Envelope fact, const std::string& kommune) {
  fact.set_stay_kommune(kommune);
  return fact;
}

class FeedScopeTest : public FeedTest {
 protected:
  FeedScopeTest() { Fold(); }

  // The ids that a caller is told from there on; up to the end of the log as it is now.
  std::vector<std::string> Told(const v1::SubscribeRequest& request,
                                std::shared_ptr<const Scope> scope) {
    WaitForViews();
    v1::SubscribeRequest hurried = request;
    hurried.set_heartbeat_seconds(1);
    Subscriber subscriber(table_, hurried, std::move(scope));
    std::vector<std::string> ids;
    for (;;) {
      const auto message = subscriber.Next(absl::Milliseconds(100));
      if (message && message->has_fact()) ids.push_back(message->fact().event_id());
      if (message && message->up_to_date()) return ids;
      if (!subscriber.status.ok()) {
        EXPECT_TRUE(subscriber.status.ok()) << subscriber.status;
        return ids;
      }
      if (!message) Elapse(absl::Seconds(1));
    }
  }
  void WaitForViews() {
    const Offsets ends = log_.Ends()->next;
    while (views_.Current() == nullptr || !views_.Current()->cursor.Covers({kIncarnation, ends}))
      absl::SleepFor(absl::Milliseconds(1));
  }
  // The id of the stay with this visit.
  std::string StayId(const std::string& visit) {
    WaitForViews();
    std::string id;
    EXPECT_TRUE(views_.Current()
                    ->rows
                    ->Scan(projections::kStay, "", "",
                           [&](std::string_view, std::string_view value) {
                             v1::Stay stay;
                             stay.ParseFromArray(value.data(), static_cast<int>(value.size()));
                             if (stay.visit_key() == visit) id = stay.stay_id();
                             return id.empty();
                           })
                    .ok());
    EXPECT_FALSE(id.empty()) << visit;
    return id;
  }
  static std::vector<std::string> IdsOfFacts(const std::vector<v1::Envelope>& facts) {
    std::vector<std::string> ids;
    for (const v1::Envelope& fact : facts) ids.push_back(fact.event_id());
    return ids;
  }
};

TEST_F(FeedScopeTest, AStayIsToldToTheKommuneThatItIsInWhateverItsFactsSay) {
  Subscriber own = Begun(From("END"), ScopeOf({"5001"}));
  Subscriber where_it_lives = Begun(From("END"), ScopeOf({"5031"}));
  const v1::Envelope admitted = Admitted("a", 1, "V1", 0, "5031");
  Append({admitted});
  EXPECT_THAT(IdsOf(where_it_lives.Facts(1)), ElementsAre(admitted.event_id()));
  // PLO says who is to take the patient; ADT goes on to say where the patient lives, or nothing.
  const v1::Envelope declared = Of(UkpDeclared("u", 1, 0, 60), "5001");
  const v1::Envelope moved = Of(Fact("t", 1, "V1", 90), "5031");
  v1::Envelope transferred = moved;
  transferred.mutable_patient_transferred()->set_bed("7");
  const v1::Envelope discharged = Discharged("d", 1, "V1", 120);
  Append({declared});
  WaitForViews();
  Append({transferred, discharged});
  EXPECT_THAT(IdsOf(own.Facts(3)),
              ElementsAreArray(IdsOfFacts({declared, transferred, discharged})));
  EXPECT_TRUE(where_it_lives.IsSilent());
  EXPECT_TRUE(own.IsSilent());
  // Who reads it later is answered by what is known then.
  Elapse(kResolvedKeptFor + absl::Seconds(1));
  EXPECT_THAT(Told(From("BEGINNING"), ScopeOf({"5001"})),
              ElementsAreArray(IdsOfFacts({admitted, declared, transferred, discharged})));
  EXPECT_THAT(Told(From("BEGINNING"), ScopeOf({"5031"})), IsEmpty());
}

TEST_F(FeedScopeTest, FactsAtOneInstantAreWaitedForUntilItIsKnownWhoseTheyAre) {
  Subscriber own = Begun(From("END"), ScopeOf({"5001"}));
  std::vector<std::string> ids;
  for (int person = 1; person <= 200; ++person) {
    const std::string n = std::to_string(person);
    const std::vector<v1::Envelope> facts = {Admitted("a" + n, person, "V" + n, 0),
                                             Discharged("d" + n, person, "V" + n, 30)};
    Append(facts);  // Both in the log before the views have either.
    for (const std::string& id : IdsOfFacts(facts)) ids.push_back(id);
  }
  EXPECT_THAT(IdsOf(own.Facts(ids.size())), UnorderedElementsAreArray(ids));
}

TEST_F(FeedScopeTest, AnAdmissionThatNeverWasIsTakenBackWhereItWasTold) {
  Subscriber own = Begun(From("END"), ScopeOf({"5001"}));
  Subscriber where_it_lives = Begun(From("END"), ScopeOf({"5031"}));
  Append({Of(UkpDeclared("u", 1, 0, 5), "5001")});
  WaitForViews();
  Append({Admitted("a", 1, "V1", 0, "5031")});
  own.Facts(2);
  const v1::Envelope cancelled =
      Of(Cancelled("c", 1, "V1", 10, v1::FACT_KIND_PATIENT_ADMITTED), "5031");
  Append({cancelled});
  EXPECT_THAT(IdsOf(own.Facts(1)), ElementsAre(cancelled.event_id()));
  EXPECT_TRUE(where_it_lives.IsSilent());
}

TEST_F(FeedScopeTest, WhereSomebodyLivesWhoIsInNoStayIsNobodysToKnow) {
  Subscriber own = Begun(From("END"), ScopeOf({"5001"}));
  v1::Envelope details = Of(Fact("p", 2, "", 20), "5001");
  details.mutable_patient_details_changed();
  // What a kommune is told in PLO is its own before there is an admission.
  const v1::Envelope declared = Of(UkpDeclared("u", 3, 0, 5), "5001");
  Append({details, declared});
  EXPECT_THAT(IdsOf(own.Facts(1)), ElementsAre(declared.event_id()));
  EXPECT_TRUE(own.IsSilent());
}

TEST_F(FeedScopeTest, OfAReadmissionAfterAnothersStayItIsToldThatItIsOne) {
  Append({Admitted("a", 1, "V1", 0, "5031"), Of(Discharged("b", 1, "V1", 60), "5031"),
          Admitted("c", 1, "V2", 60 * 48, "5001")});
  v1::Envelope readmitted = Of(Fact("r", 1, "V2", 60 * 49), "5001");
  readmitted.mutable_patient_readmitted()->set_index_stay_id(StayId("V1"));
  readmitted.mutable_patient_readmitted()->set_stay_id(StayId("V2"));
  readmitted.mutable_patient_readmitted()->mutable_since_discharge()->set_seconds(47 * 3600);
  const v1::SubscribeRequest end = From("END");
  Subscriber kommune = Begun(end, ScopeOf({"5001"}));
  Subscriber both = Begun(end, ScopeOf({"5001", "5031"}));
  Subscriber hospital = Begun(end, ScopeOf({}, {kHospital}));
  Subscriber all = Begun(end);
  Append({readmitted});
  const auto index_told = [](Subscriber& subscriber) {
    const auto message = subscriber.NextFact();
    EXPECT_TRUE(message) << subscriber.status;
    v1::SubscribeResponse sent;
    EXPECT_TRUE(sent.ParseFromString(subscriber.last_forms->Protobuf()));
    EXPECT_EQ(sent.SerializeAsString(), message->SerializeAsString());
    const std::string& index = message->fact().patient_readmitted().index_stay_id();
    EXPECT_EQ(index.empty(), subscriber.last_forms->ServerSentEvent().find(
                                 "\"indexStayId\":\"\"") != std::string::npos);
    EXPECT_EQ(index.empty(), !message->fact().patient_readmitted().has_since_discharge())
        << "when that one ended is of it, too";
    return !index.empty();
  };
  EXPECT_FALSE(index_told(kommune));
  EXPECT_TRUE(index_told(both));
  EXPECT_TRUE(index_told(hospital));
  EXPECT_TRUE(index_told(all));
}

TEST_F(FeedScopeTest, NobodyGetsAnothersByAnyFilterOrCursor) {
  const std::vector<std::string> kommuner = {"5001", "5028", "5031"};
  std::mt19937 random(11);
  std::map<std::string, std::string> kommune_of;   // By event id.
  std::map<std::string, std::string> hospital_of;  // By event id.
  for (int person = 1; person <= 120; ++person) {
    const std::string n = std::to_string(person);
    const std::string kommune = kommuner[random() % kommuner.size()];
    const std::string lives = kommuner[random() % kommuner.size()];
    const std::string hospital = random() % 2 == 0 ? kHospital : kOther;
    // The kommune that takes the patient is told in PLO; ADT says where the patient lives.
    std::vector<v1::Envelope> facts = {Of(UkpDeclared("u" + n, person, 0, 60), kommune),
                                       Admitted("a" + n, person, "V" + n, 0, lives),
                                       Discharged("d" + n, person, "V" + n, 90)};
    if (random() % 2 == 0) std::swap(facts[0], facts[2]);
    for (v1::Envelope& fact : facts) {
      fact.set_hospital(hospital);
      kommune_of[fact.event_id()] = kommune;
      hospital_of[fact.event_id()] = hospital;
    }
    Append(facts);
  }
  // Cursors that somebody else was given, too.
  Subscriber everything = Begun(From("BEGINNING"));
  std::vector<std::string> cursors = {"BEGINNING"};
  for (const v1::SubscribeResponse& message : everything.Facts(kommune_of.size()))
    if (random() % 60 == 0) cursors.push_back(message.cursor());
  std::vector<v1::FeedFilter> filters(1);
  filters.emplace_back().add_types("UkpDeclared");
  filters.emplace_back().add_hospitals(kHospital);
  filters.emplace_back().add_kommuner("5001");
  for (const std::string& cursor : cursors) {
    for (const v1::FeedFilter& filter : filters) {
      v1::SubscribeRequest request = From(cursor);
      *request.mutable_filter() = filter;
      for (const std::string& id : Told(request, ScopeOf({"5001"})))
        ASSERT_EQ(kommune_of.at(id), "5001") << cursor << filter.ShortDebugString();
    }
    for (const std::string& id : Told(From(cursor), ScopeOf({}, {kOther})))
      ASSERT_EQ(hospital_of.at(id), kOther) << cursor;
  }
  // And its own in full.
  size_t own = 0;
  for (const auto& [id, kommune] : kommune_of) own += kommune == "5001" ? 1 : 0;
  EXPECT_EQ(Told(From("BEGINNING"), ScopeOf({"5001"})).size(), own);
  v1::SubscribeRequest filtered = From("BEGINNING");
  filtered.mutable_filter()->add_kommuner("5001");
  EXPECT_EQ(Told(filtered, Scope::All()).size(), own);
}

TEST_F(FeedTest, WhoAsksWhoseFactsAreWaitsForTheViewsAndNobodyElseDoes) {
  Subscriber own = Begun(From("END"), ScopeOf({"5001"}));
  Subscriber all = Begun(From("END"));
  const std::vector<std::string> ids = AppendAdmissions(5);
  EXPECT_THAT(IdsOf(all.Facts(5)), UnorderedElementsAreArray(ids));
  EXPECT_TRUE(own.IsSilent());
  Subscriber beginning(table_, From("BEGINNING"), ScopeOf({"5001"}));
  EXPECT_TRUE(beginning.IsSilent());
  Fold();
  EXPECT_THAT(IdsOf(own.Facts(5)), UnorderedElementsAreArray(ids));
  Elapse(absl::Seconds(1));
  EXPECT_THAT(IdsOf(beginning.Facts(5)), UnorderedElementsAreArray(ids));
}

TEST_F(FeedScopeTest, WhoIsOvertakenLosesNothing) {
  Subscriber slow = Begun(From("END"), ScopeOf({"5001"}));
  std::vector<std::string> ids;
  while (ids.size() < kRecentFactsMax + 2'000)
    for (const std::string& id : AppendAdmissions(1'000)) ids.push_back(id);
  AppendAdmissions(100, "5031");
  WaitForViews();
  Elapse(absl::Seconds(1));
  std::vector<std::string> had;
  while (had.size() < ids.size()) {
    const auto fact = slow.NextFact(absl::Milliseconds(500));
    ASSERT_TRUE(slow.status.ok()) << slow.status;
    if (fact) had.push_back(fact->fact().event_id());
    if (!fact) service_.Tick();
  }
  EXPECT_THAT(std::set(had.begin(), had.end()), std::set(ids.begin(), ids.end()));
  EXPECT_TRUE(slow.IsSilent());
}

TEST_F(FeedScopeTest, WhoMaySeeSumsOnlyOrNothingIsRefused) {
  Scope sums;
  sums.aggregate = true;
  const Subscriber aggregate(table_, From("END"), std::make_shared<const Scope>(sums));
  EXPECT_EQ(aggregate.status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(aggregate.status.message()), HasSubstr("sees sums only"));
  EXPECT_EQ(Subscriber(table_, From("END"), Scope::Nothing()).status.code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(FeedScopeTest, TheAccessLogHasTheOpeningAndEachDateOnWhichAFactIsTold) {
  v1::SubscribeRequest request = From("END");
  request.mutable_filter()->add_kommuner("5001");
  Subscriber subscriber = Begun(request, ScopeOf({"5001"}));
  AppendAdmissions(2);
  subscriber.Facts(2);
  ASSERT_EQ(access_log_.entries().size(), 1u);
  const v1::AccessEntry opened = access_log_.entries()[0];
  EXPECT_EQ(opened.principal(), "system");
  EXPECT_EQ(opened.method(), "FeedService/Subscribe");
  EXPECT_EQ(opened.outcome(), "OK");
  EXPECT_TRUE(opened.unlisted());
  EXPECT_EQ(opened.asked().at("kommuner"), "5001");
  EXPECT_EQ(opened.asked().at("from"), "END");

  clock_.Advance(absl::Hours(24));
  AppendAdmissions(2);
  subscriber.Facts(2);
  ASSERT_EQ(access_log_.entries().size(), 2u);
  EXPECT_TRUE(MessageDifferencer::Equals(access_log_.entries()[1], opened));
  // What cannot be written is not told.
  clock_.Advance(absl::Hours(24));
  access_log_.Fail(absl::UnavailableError("disk full"));
  AppendAdmissions(1);
  EXPECT_FALSE(subscriber.NextFact());
  EXPECT_EQ(subscriber.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Subscriber(table_, request, ScopeOf({"5001"})).Next());
}

TEST_F(FeedScopeTest, TheAccessLogHasWhatWasRefusedAndWhatTellsOfNoPatient) {
  v1::SubscribeRequest another = From("END");
  another.mutable_filter()->add_kommuner("5031");
  EXPECT_FALSE(Subscriber(table_, another, ScopeOf({"5001"})).status.ok());
  v1::SubscribeRequest beds = From("END");
  beds.mutable_filter()->add_types("BedsReported");
  Begun(beds, ScopeOf({}, {kHospital}));
  const std::vector<v1::AccessEntry> entries = access_log_.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].outcome(), "PERMISSION_DENIED");
  EXPECT_EQ(entries[0].asked().at("kommuner"), "5031");
  EXPECT_FALSE(entries[0].unlisted());
  EXPECT_EQ(entries[1].outcome(), "OK");
  EXPECT_FALSE(entries[1].unlisted());
}

}  // namespace
}  // namespace overgang::feed::testing
