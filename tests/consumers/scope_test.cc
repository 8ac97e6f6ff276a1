// What a caller is told is counted from the stays of its scope and from nothing else. Shown by two
// worlds: one with everybody's patients, one with the caller's alone. Every answer is the same.
#include <gmock/gmock.h>

#include <random>

#include "consumers/report/report_service.h"
#include "core/errors.h"
#include "tests/consumers/board_fixture.h"

namespace overgang {
namespace {

using namespace overgang::testing;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTrondheim[] = "5001";
constexpr char kMalvik[] = "5031";
constexpr char kMelhus[] = "5028";
constexpr char kLevanger[] = "974754118";  // Not in the built-in directory.
constexpr int kHour = 60;
constexpr int kDay = 24 * kHour;
constexpr int kPersons = 60;

std::string TextOf(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), ": ", std::string(status.message()));
}

// A hub of its own.
class World final : public BoardTest {
 public:
  World() {
    reports_.Register(table_);
    clock_.Set(At(38 * kDay));
  }
  ~World() override { reports_.Stop(); }
  void TestBody() override {}

  using BoardTest::Append;
  // What was appended is known of since two days.
  void GoOn() { clock_.Set(At(40 * kDay)); }
  void As(std::shared_ptr<const Scope> scope) {
    caller_ = {.principal = "test", .scope = std::move(scope)};
  }
  // As text without what every answer says of itself; a refusal is its text.
  template <typename Request, typename Response>
  std::string Told(const std::string& method, const Request& request) {
    absl::StatusOr<Response> response = Call<Request, Response>(method, request);
    if (!response.ok()) return TextOf(response.status());
    response->clear_as_of();
    return response->DebugString();
  }
  template <typename Request, typename Response>
  std::string FirstOf(const std::string& method, const Request& request) {
    auto stream = Open(method, request);
    if (!stream.ok()) return TextOf(stream.status());
    auto step = (*stream)->Next();
    if (!step.ok() || step->message == nullptr) return "nothing";
    Response first = static_cast<const Response&>(*step->message);
    first.clear_as_of();
    return first.DebugString();
  }
  std::vector<std::string> AllStays() {
    As(Scope::All());
    v1::ListStaysRequest request;
    request.set_state(v1::STAY_STATE_ANY);
    request.set_page_size(1000);
    std::vector<std::string> ids;
    const auto list =
        Call<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", request);
    for (const v1::Stay& stay : list->stays()) ids.push_back(stay.stay_id());
    return ids;
  }
  v1::AsOf AsOfAnswer() {
    return Call<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus", {})
        ->as_of();
  }
  const MemoryAccessLog& access_log() const { return access_log_; }
  absl::StatusOr<v1::GetPathwayResponse> Pathway(const std::string& stay_id) {
    v1::GetPathwayRequest request;
    request.set_stay_id(stay_id);
    return Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway",
                                                               request);
  }

 private:
  const PaymentTerms terms_{{{2026, 6200}}, {}};
  report::ReportService reports_{views_, moments_, directory_, terms_};
};

std::shared_ptr<const Scope> ScopeOf(std::vector<std::string> kommuner,
                                     std::vector<std::string> hospitals) {
  return std::make_shared<const Scope>(
      Scope{.kommuner = std::move(kommuner), .hospitals = std::move(hospitals)});
}

// One person's stays, all of one kommune and one hospital.
struct Person {
  std::string stay_kommune;
  std::string hospital;
  std::vector<v1::Envelope> facts;
};

class Population {
 public:
  explicit Population(unsigned seed) : dice_(seed) {
    for (int i = 0; i < kPersons; ++i) persons_.push_back(Make(i));
  }
  std::vector<v1::Envelope> Facts(const Scope& scope) const {
    std::vector<v1::Envelope> facts;
    for (const Person& person : persons_) {
      if (!scope.MaySeeStay(person.stay_kommune, person.hospital)) continue;
      facts.insert(facts.end(), person.facts.begin(), person.facts.end());
    }
    // Where nobody is to be seen there is still a log.
    facts.push_back(Merged("nobody", 900, 901, 0));
    for (const char* kommune : {kTrondheim, kMalvik, kMelhus}) {
      v1::Envelope places = Fact(absl::StrCat("places", kommune), 0, "", 0);
      places.clear_patient_ref();
      places.clear_hospital();
      places.mutable_places_reported()->set_unit(absl::StrCat(kommune, "-hus"));
      places.mutable_places_reported()->set_places(9);
      places.mutable_places_reported()->set_free(4);
      places.mutable_places_reported()->add_shared_by(kommune);
      // A hospital is told of everybody's.
      if (scope.MaySeeKommune(kommune) || !scope.hospitals.empty()) facts.push_back(places);
    }
    for (const char* hospital : {kHospital, kLevanger}) {
      v1::Envelope beds = Fact(absl::StrCat("beds", hospital), 0, "", 0);
      beds.clear_patient_ref();
      beds.set_hospital(hospital);
      beds.mutable_beds_reported()->set_unit("MED1");
      beds.mutable_beds_reported()->set_beds(30);
      beds.mutable_beds_reported()->set_available(20);
      beds.mutable_beds_reported()->set_occupied(19);
      if (scope.MaySeeHospital(hospital)) facts.push_back(beds);
    }
    return facts;
  }

 private:
  int Of(int from, int to) { return std::uniform_int_distribution<int>(from, to)(dice_); }
  std::string Kommune() {
    constexpr const char* kAll[] = {kTrondheim, kMalvik, kMelhus, "9999"};
    return kAll[Of(0, 3)];
  }
  Person Make(int i) {
    Person person{Kommune(), Of(0, 2) == 0 ? kLevanger : kHospital, {}};
    // A stay whose kommune is not stated is of where the patient lives.
    const bool elsewhere = person.stay_kommune != "9999" && Of(0, 2) == 0;
    const std::string residence = elsewhere ? Kommune() : person.stay_kommune;
    const auto add = [&](v1::Envelope fact) {
      fact.set_hospital(person.hospital);
      fact.mutable_source()->set_control_id(fact.event_id());
      person.facts.push_back(std::move(fact));
    };
    int at = Of(0, 30 * kDay);
    for (int stay = 0; stay < Of(1, 3); ++stay) {
      const std::string id = absl::StrCat(i, "-", stay);
      const std::string visit = "V" + id;
      v1::Envelope admitted = Admitted("a" + id, i, visit, at, person.stay_kommune);
      admitted.set_residence_kommune(residence);
      admitted.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
      admitted.set_age_at_admission(Of(60, 95));
      admitted.set_sex(v1::SEX_FEMALE);
      const int began = at;
      add(admitted);
      at += Of(1, 3 * kDay);
      if (Of(0, 2) != 0) {
        const auto of_visit = [&](v1::Envelope fact) {
          fact.set_visit_key(visit);
          return fact;
        };
        add(of_visit(UkpDeclared("u" + id, i, began, at)));
        v1::Envelope told = Fact("t" + id, i, visit, at + 5);
        told.mutable_kommune_notified_of_ukp();
        add(told);
        v1::Envelope told_before = Fact("n" + id, i, visit, began + 10);
        told_before.mutable_kommune_notified_of_admission();
        add(told_before);
        at += Of(1, 4 * kDay);
        if (Of(0, 1) == 0) add(of_visit(Answered("y" + id, i, began, at, Of(0, 1) == 0)));
        at += Of(1, 2 * kDay);
      }
      if (Of(0, 2) == 0) break;  // Still there.
      add(Discharged("d" + id, i, visit, at));
      at += Of(kHour, 20 * kDay);
    }
    return person;
  }

  std::mt19937 dice_;
  std::vector<Person> persons_;
};

v1::Moment Of(int as_of_minutes, int until_minutes) {
  v1::Moment moment;
  if (as_of_minutes >= 0) *moment.mutable_as_of() = ToProto(At(as_of_minutes));
  if (until_minutes >= 0) *moment.mutable_occurred_until() = ToProto(At(until_minutes));
  return moment;
}

// Everything that can be asked, and what was told.
std::map<std::string, std::string> Everything(World& world) {
  std::map<std::string, std::string> told;
  const std::vector<v1::Moment> moments = {Of(-1, -1), Of(-1, 20 * kDay), Of(39 * kDay, -1)};
  const std::vector<std::string> kommuner = {"", kTrondheim, kMalvik, kMelhus, "9999"};
  const std::vector<std::string> hospitals = {"", kHospital, kLevanger};
  for (const std::string& kommune : kommuner) {
    for (const std::string& hospital : hospitals) {
      const std::string filter = absl::StrCat(" k=", kommune, " h=", hospital);
      for (size_t m = 0; m < moments.size(); ++m) {
        const std::string of = absl::StrCat(filter, " m=", m);
        for (const auto basis :
             {v1::CENSUS_BASIS_STAY_KOMMUNE, v1::CENSUS_BASIS_RESIDENCE_KOMMUNE}) {
          v1::GetCensusRequest census;
          if (!kommune.empty()) census.add_kommuner(kommune);
          if (!hospital.empty()) census.add_hospitals(hospital);
          census.set_basis(basis);
          if (moments[m].has_as_of()) *census.mutable_as_of() = moments[m].as_of();
          if (moments[m].has_occurred_until())
            *census.mutable_occurred_until() = moments[m].occurred_until();
          told[absl::StrCat("census", of, " b=", basis)] =
              world.Told<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus",
                                                                      census);
          for (int what = v1::REPORT_WHAT_UKP; what <= v1::REPORT_WHAT_PROFILE; ++what) {
            for (const char* by : {"", "kommune", "hospital", "region"}) {
              v1::GetReportRequest report;
              report.set_from("2026-03-01");
              report.set_to("2026-05-01");
              report.set_what(static_cast<v1::ReportWhat>(what));
              report.set_basis(basis);
              if (*by != '\0') report.add_by(by);
              if (!kommune.empty()) report.add_kommuner(kommune);
              if (!hospital.empty()) report.add_hospitals(hospital);
              *report.mutable_moment() = moments[m];
              told[absl::StrCat("report", of, " b=", basis, " w=", what, " by=", by)] =
                  world.Told<v1::GetReportRequest, v1::GetReportResponse>("ReportService/GetReport",
                                                                          report);
            }
          }
        }
        for (const auto state : {v1::STAY_STATE_INPATIENT, v1::STAY_STATE_UKP,
                                 v1::STAY_STATE_DISCHARGED, v1::STAY_STATE_ANY}) {
          v1::ListStaysRequest list;
          list.set_kommune(kommune);
          list.set_hospital(hospital);
          list.set_state(state);
          list.set_page_size(5);
          *list.mutable_moment() = moments[m];
          told[absl::StrCat("list", of, " s=", state)] =
              world.Told<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays",
                                                                      list);
        }
        v1::GetPaymentRequest payment;
        payment.set_kommune(kommune);
        payment.set_hospital(hospital);
        payment.set_month("2026-03");
        *payment.mutable_moment() = moments[m];
        told["payment" + of] = world.Told<v1::GetPaymentRequest, v1::GetPaymentResponse>(
            "ReportService/GetPayment", payment);
      }
      v1::WatchCensusRequest watch;
      if (!kommune.empty()) watch.add_kommuner(kommune);
      if (!hospital.empty()) watch.add_hospitals(hospital);
      told["watch" + filter] = world.FirstOf<v1::WatchCensusRequest, v1::WatchCensusResponse>(
          "CensusService/WatchCensus", watch);
      v1::WatchStaysRequest stays;
      stays.set_kommune(kommune);
      stays.set_hospital(hospital);
      told["stays" + filter] = world.FirstOf<v1::WatchStaysRequest, v1::WatchStaysResponse>(
          "PathwayService/WatchStays", stays);
    }
  }
  return told;
}

class ScopeProperty : public ::testing::TestWithParam<unsigned> {};

TEST_P(ScopeProperty, WhatACallerIsToldDependsOnItsOwnStaysAlone) {
  const Population population(GetParam());
  World all;
  all.Append(population.Facts(*Scope::All()));
  all.GoOn();
  const std::vector<std::string> ids = all.AllStays();
  for (const auto& scope :
       {ScopeOf({kTrondheim}, {}), ScopeOf({kTrondheim, kMalvik}, {}), ScopeOf({}, {kHospital}),
        ScopeOf({}, {kLevanger}), ScopeOf({kMalvik}, {kLevanger})}) {
    World own;
    own.Append(population.Facts(*scope));
    own.GoOn();
    const std::vector<std::string> own_ids = own.AllStays();
    own.As(scope);
    all.As(scope);
    const auto told = Everything(all);
    const auto told_of_own = Everything(own);
    ASSERT_EQ(told.size(), told_of_own.size());
    for (const auto& [question, answer] : told) {
      ASSERT_EQ(answer, told_of_own.at(question))
          << question << "\nof " << ::testing::PrintToString(scope->kommuner)
          << ::testing::PrintToString(scope->hospitals);
    }
    const absl::Status nobody = all.Pathway("00000000-0000-4000-8000-000000000000").status();
    ASSERT_TRUE(absl::IsNotFound(nobody));
    for (const std::string& id : ids) {
      const bool is_own = std::ranges::find(own_ids, id) != own_ids.end();
      const auto pathway = all.Pathway(id);
      if (is_own) {
        ASSERT_TRUE(pathway.ok()) << pathway.status();
        EXPECT_EQ(pathway->facts_size(), own.Pathway(id)->facts_size());
      } else {
        EXPECT_EQ(pathway.status(), nobody) << "as if there were none";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScopeProperty, ::testing::Range(1u, 4u));

class ScopeTest : public ::testing::Test {
 protected:
  World world_;
};

TEST_F(ScopeTest, WhatIsNotOnesOwnIsRefusedWithTheField) {
  world_.Append({Admitted("a", 1, "V1", 0, kTrondheim), Admitted("b", 2, "V2", 0, kMalvik)});
  world_.As(ScopeOf({kTrondheim}, {}));
  v1::GetCensusRequest census;
  census.add_kommuner(kMalvik);
  EXPECT_THAT(
      (world_.Told<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus", census)),
      HasSubstr("PERMISSION_DENIED: kommuner: is not this principal's own"));
  world_.As(ScopeOf({}, {kLevanger}));
  v1::ListStaysRequest list;
  list.set_hospital(kHospital);
  EXPECT_THAT(
      (world_.Told<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", list)),
      HasSubstr("PERMISSION_DENIED: hospital: is not this principal's own"));
}

// Two stays of one person: in Levanger for Malvik, then in Trondheim for Trondheim.
TEST_F(ScopeTest, OfAPersonOnlyTheOwnStaysAreTold) {
  v1::Envelope first = Admitted("a", 1, "V1", 0, kMalvik);
  v1::Envelope left = Discharged("b", 1, "V1", kDay);
  first.set_age_at_admission(80);
  first.set_sex(v1::SEX_MALE);
  for (v1::Envelope* fact : {&first, &left}) fact->set_hospital(kLevanger);
  v1::Envelope second = Admitted("c", 1, "V2", 3 * kDay, kTrondheim);
  second.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
  second.set_age_at_admission(80);
  second.set_sex(v1::SEX_MALE);
  world_.Append({first, left, second});
  const auto ids = world_.AllStays();
  ASSERT_THAT(ids, SizeIs(2));
  v1::GetPathwayRequest request;
  request.set_patient_ref(Ref(1));
  const auto of_person = [&] {
    return world_.Told<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway",
                                                                      request);
  };
  EXPECT_THAT(of_person(), HasSubstr(absl::StrCat("index_stay_id: \"", ids[1])));
  world_.As(ScopeOf({}, {kHospital}));
  const auto pathway = world_.Pathway(ids[0]);
  ASSERT_TRUE(pathway.ok()) << pathway.status();
  // That it is a readmission is of this stay; after which one is not.
  ASSERT_FALSE(pathway->stays(0).readmissions().empty());
  EXPECT_EQ(pathway->stays(0).readmissions(0).index_stay_id(), "");
  for (const std::string& other : {ids[1], std::string(kLevanger), std::string(kMalvik)})
    EXPECT_EQ(of_person().find(other), std::string::npos) << of_person();
  world_.As(ScopeOf({kMelhus}, {}));
  EXPECT_THAT(of_person(), HasSubstr("nobody has this reference"));
  request.set_patient_ref(Ref(77));
  EXPECT_THAT(of_person(), HasSubstr("nobody has this reference"));
}

TEST_F(ScopeTest, ThatAReferenceIsTwoPersonsIsToldToWhoHasOneOfThem) {
  v1::Envelope one = Admitted("a", 1, "V1", 0, kTrondheim);
  one.add_alias_refs(Ref(9));
  v1::Envelope other = Admitted("b", 2, "V2", 0, kTrondheim);
  other.add_alias_refs(Ref(9));
  world_.Append({one, other});
  v1::GetPathwayRequest request;
  request.set_patient_ref(Ref(9));
  const auto told = [&] {
    return world_.Told<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway",
                                                                      request);
  };
  world_.As(ScopeOf({kTrondheim}, {}));
  EXPECT_THAT(told(), HasSubstr("FAILED_PRECONDITION"));
  world_.As(ScopeOf({kMalvik}, {}));
  EXPECT_THAT(told(), HasSubstr("NOT_FOUND"));
}

// Malvik had the UKP period and pays for it; then the patient moved to Trondheim.
TEST_F(ScopeTest, AStayThatMovedIsAlsoOfTheKommuneThatPaysForAPeriodOfIt) {
  v1::Envelope told = Fact("t", 1, "V1", kDay + 5);
  told.mutable_kommune_notified_of_ukp();
  v1::Envelope notified = Fact("n", 1, "V1", 10);
  notified.mutable_kommune_notified_of_admission();
  v1::Envelope declared = Fact("u", 1, "V1", kDay);
  declared.mutable_ukp_declared();
  v1::Envelope moved = Fact("m", 1, "V1", 4 * kDay);
  *moved.mutable_patient_details_changed()->mutable_moved_kommune_at() = ToProto(At(4 * kDay));
  moved.set_stay_kommune(kTrondheim);
  moved.set_residence_kommune(kTrondheim);
  world_.Append({Admitted("a", 1, "V1", 0, kMalvik), notified, declared, told, moved});
  const std::string id = world_.AllStays()[0];
  v1::GetPaymentRequest request;
  request.set_month("2026-03");
  const auto payers = [&] {
    return world_.Told<v1::GetPaymentRequest, v1::GetPaymentResponse>("ReportService/GetPayment",
                                                                      request);
  };
  world_.As(ScopeOf({kMalvik}, {}));
  EXPECT_TRUE(world_.Pathway(id).ok());
  EXPECT_THAT(payers(), HasSubstr("kommune: \"5031\""));
  EXPECT_EQ(payers().find("kommune: \"5001\"\n  period"), std::string::npos) << payers();
  world_.As(ScopeOf({kTrondheim}, {}));
  EXPECT_TRUE(world_.Pathway(id).ok());
  EXPECT_EQ(payers().find("lines"), std::string::npos) << "Malvik's bill";
  world_.As(ScopeOf({kMelhus}, {}));
  EXPECT_TRUE(absl::IsNotFound(world_.Pathway(id).status()));
  EXPECT_EQ(payers().find("lines"), std::string::npos);
}

TEST_F(ScopeTest, SourcesAreToldToWhomTheyConcern) {
  v1::Envelope plo = UkpDeclared("u", 1, 0, kDay);
  v1::Envelope intake = Fact("i", 1, "V1", kDay);
  intake.mutable_kommune_answered();
  intake.mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  intake.mutable_source()->set_sender("malvik-portal");
  world_.Append({Admitted("a", 1, "V1", 0, kTrondheim), plo, intake});
  const auto names = [&] {
    std::vector<std::string> told;
    const v1::AsOf as_of = world_.AsOfAnswer();
    for (const v1::SourceAge& source : as_of.sources())
      told.push_back(absl::StrCat(source.source(), " ", source.facts()));
    return told;
  };
  EXPECT_THAT(names(), SizeIs(3));
  world_.As(ScopeOf({kTrondheim}, {}));
  EXPECT_THAT(names(), ::testing::ElementsAre("hl7v2:STO 0", "plo:59 0"));
  world_.As(ScopeOf({}, {kHospital}));
  EXPECT_THAT(names(), ::testing::ElementsAre("hl7v2:STO 1", "plo:59 1"));
  world_.As(ScopeOf({}, {kLevanger}));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(ScopeTest, ReadsAreWrittenWithTheStaysThatWereToldOf) {
  world_.Append({Admitted("a", 1, "V1", 0, kTrondheim), Admitted("b", 2, "V2", 0, kMalvik)});
  const auto ids = world_.AllStays();
  world_.As(ScopeOf({kTrondheim}, {}));
  (void)world_.Told<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays", {});
  const auto entries = world_.access_log().entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].count(), 2);
  EXPECT_EQ(entries[1].method(), "PathwayService/ListStays");
  ASSERT_THAT(entries[1].stay_ids(), SizeIs(1));
  EXPECT_THAT(entries[1].patient_refs(), ::testing::ElementsAre(Ref(1)));
  EXPECT_THAT(entries[1].kommuner(), ::testing::ElementsAre(kTrondheim));
  EXPECT_THAT(entries[1].hospitals(), ::testing::ElementsAre(kHospital));
}

}  // namespace
}  // namespace overgang
