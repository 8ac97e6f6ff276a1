// What a caller is told is counted from the stays of its scope and from nothing else. Shown by two
// worlds: one with everybody's patients, one with the caller's alone. Every answer is the same.
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "tests/consumers/scope_world.h"

namespace overgang {
namespace {

using namespace overgang::testing;

constexpr int kPersons = 60;

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
  // What is learnt late, by one in four facts, of whatever time.
  std::vector<v1::Envelope> LateFacts(const Scope& scope) const { return OfPersons(scope, true); }
  std::vector<v1::Envelope> Facts(const Scope& scope) const {
    std::vector<v1::Envelope> facts = OfPersons(scope, false);
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
  std::vector<v1::Envelope> OfPersons(const Scope& scope, bool late) const {
    std::vector<v1::Envelope> facts;
    for (const Person& person : persons_) {
      if (!scope.MaySeeStay(person.stay_kommune, person.hospital)) continue;
      std::ranges::copy_if(person.facts, std::back_inserter(facts), [&](const auto& fact) {
        return late_.contains(fact.event_id()) == late;
      });
    }
    return facts;
  }
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
      if (Of(0, 3) == 0) late_.insert(fact.event_id());
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
  std::set<std::string> late_;  // Ids.
};

v1::Moment Of(int as_of_minutes, int until_minutes) {
  v1::Moment moment;
  if (as_of_minutes >= 0) *moment.mutable_as_of() = ToProto(At(as_of_minutes));
  if (until_minutes >= 0) *moment.mutable_occurred_until() = ToProto(At(until_minutes));
  return moment;
}

// Everything that can be asked, and what was told.
class Questions {
 public:
  // `answered`: of an answer that was given before something was learnt.
  Questions(World& world, const v1::AsOf& answered) : world_(world), answered_(answered) {}

  std::map<std::string, std::string> AskAll() {
    for (const char* kommune : {"", kTrondheim, kMalvik, kMelhus, "9999"}) {
      for (const char* hospital : {"", kHospital, kLevanger}) {
        kommune_ = kommune;
        hospital_ = hospital;
        filter_ = absl::StrCat(" k=", kommune_, " h=", hospital_);
        for (const v1::Moment& moment : {Of(-1, -1), Of(-1, 20 * kDay), Of(39 * kDay, -1)}) {
          moment_ = moment;
          for (const auto basis :
               {v1::CENSUS_BASIS_STAY_KOMMUNE, v1::CENSUS_BASIS_RESIDENCE_KOMMUNE}) {
            AskCensus(basis);
            AskReports(basis);
          }
          AskStays();
        }
        Watch();
      }
      Explain();
    }
    return std::move(told_);
  }

 private:
  std::string Name(std::string_view what) const {
    return absl::StrCat(std::string(what), filter_, " ", moment_.ShortDebugString());
  }
  void AskCensus(v1::CensusBasis basis) {
    v1::GetCensusRequest request;
    if (!kommune_.empty()) request.add_kommuner(kommune_);
    if (!hospital_.empty()) request.add_hospitals(hospital_);
    request.set_basis(basis);
    if (moment_.has_as_of()) *request.mutable_as_of() = moment_.as_of();
    if (moment_.has_occurred_until()) *request.mutable_occurred_until() = moment_.occurred_until();
    told_[absl::StrCat(Name("census"), " b=", basis)] =
        world_.Told<v1::GetCensusRequest, v1::GetCensusResponse>("CensusService/GetCensus",
                                                                 request);
  }
  void AskReports(v1::CensusBasis basis) {
    for (int what = v1::REPORT_WHAT_UKP; what <= v1::REPORT_WHAT_PROFILE; ++what) {
      for (const char* by : {"", "kommune", "hospital", "region"}) {
        v1::GetReportRequest request;
        request.set_from("2026-03-01");
        request.set_to("2026-05-01");
        request.set_what(static_cast<v1::ReportWhat>(what));
        request.set_basis(basis);
        if (*by != '\0') request.add_by(by);
        if (!kommune_.empty()) request.add_kommuner(kommune_);
        if (!hospital_.empty()) request.add_hospitals(hospital_);
        *request.mutable_moment() = moment_;
        told_[absl::StrCat(Name("report"), " b=", basis, " w=", what, " by=", by)] =
            world_.Told<v1::GetReportRequest, v1::GetReportResponse>("ReportService/GetReport",
                                                                     request);
      }
    }
  }
  void AskStays() {
    for (const auto state : {v1::STAY_STATE_INPATIENT, v1::STAY_STATE_UKP,
                             v1::STAY_STATE_DISCHARGED, v1::STAY_STATE_ANY}) {
      v1::ListStaysRequest list;
      list.set_kommune(kommune_);
      list.set_hospital(hospital_);
      list.set_state(state);
      list.set_page_size(5);
      *list.mutable_moment() = moment_;
      told_[absl::StrCat(Name("list"), " s=", state)] =
          world_.Told<v1::ListStaysRequest, v1::ListStaysResponse>("PathwayService/ListStays",
                                                                   list);
    }
    v1::GetPaymentRequest payment;
    payment.set_kommune(kommune_);
    payment.set_hospital(hospital_);
    payment.set_month("2026-03");
    *payment.mutable_moment() = moment_;
    told_[Name("payment")] = world_.Told<v1::GetPaymentRequest, v1::GetPaymentResponse>(
        "ReportService/GetPayment", payment);
  }
  void Explain() {
    for (const auto basis : {v1::CENSUS_BASIS_STAY_KOMMUNE, v1::CENSUS_BASIS_RESIDENCE_KOMMUNE}) {
      v1::ExplainCensusRequest request;
      request.set_kommune(kommune_);
      request.set_basis(basis);
      request.set_as_of_cursor(answered_.cursor());
      *request.mutable_as_of() = answered_.now();
      told_[absl::StrCat("explain k=", kommune_, " b=", basis)] =
          world_.Told<v1::ExplainCensusRequest, v1::ExplainCensusResponse>(
              "CensusService/ExplainCensus", request);
    }
  }
  void Watch() {
    v1::WatchCensusRequest census;
    if (!kommune_.empty()) census.add_kommuner(kommune_);
    if (!hospital_.empty()) census.add_hospitals(hospital_);
    told_["watch" + filter_] = world_.FirstOf<v1::WatchCensusRequest, v1::WatchCensusResponse>(
        "CensusService/WatchCensus", census);
    v1::WatchStaysRequest stays;
    stays.set_kommune(kommune_);
    stays.set_hospital(hospital_);
    told_["stays" + filter_] = world_.FirstOf<v1::WatchStaysRequest, v1::WatchStaysResponse>(
        "PathwayService/WatchStays", stays);
  }

  World& world_;
  const v1::AsOf answered_;
  std::string kommune_, hospital_, filter_;
  v1::Moment moment_;
  std::map<std::string, std::string> told_;
};

// What an answer says of itself that was given before the late facts came.
v1::AsOf Learn(const Population& population, const Scope& scope, World* world) {
  world->Append(population.Facts(scope));
  world->As(Scope::All());
  v1::AsOf answered = world->AsOfAnswer();
  world->Append(population.LateFacts(scope));
  world->GoOn();
  return answered;
}

class ScopeProperty : public ::testing::TestWithParam<unsigned> {};

TEST_P(ScopeProperty, WhatACallerIsToldDependsOnItsOwnStaysAlone) {
  const Population population(GetParam());
  World all;
  const v1::AsOf answered = Learn(population, *Scope::All(), &all);
  const std::vector<std::string> ids = all.AllStays();
  for (const auto& scope :
       {ScopeOf({kTrondheim}, {}), ScopeOf({kTrondheim, kMalvik}, {}), ScopeOf({}, {kHospital}),
        ScopeOf({}, {kLevanger}), ScopeOf({kMalvik}, {kLevanger})}) {
    World own;
    const v1::AsOf answered_of_own = Learn(population, *scope, &own);
    const std::vector<std::string> own_ids = own.AllStays();
    own.As(scope);
    all.As(scope);
    const auto told = Questions(all, answered).AskAll();
    const auto told_of_own = Questions(own, answered_of_own).AskAll();
    ASSERT_EQ(told.size(), told_of_own.size());
    EXPECT_TRUE(std::ranges::any_of(told, [](const auto& one) {
      return one.first.starts_with("explain") && one.second.find("changes") != std::string::npos;
    })) << "nothing was learnt late";
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

}  // namespace
}  // namespace overgang
