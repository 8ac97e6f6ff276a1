// What a caller of a scope is told, case by case; scope_property_test.cc says that it is so always.
#include <gmock/gmock.h>

#include "core/errors.h"
#include "tests/consumers/scope_world.h"

namespace overgang {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
  EXPECT_FALSE(pathway->stays(0).readmissions(0).has_since_discharge());
  EXPECT_THAT(pathway->DebugString(), HasSubstr("Innleggelsen er en reinnleggelse etter "));
  EXPECT_THAT(of_person(), Not(HasSubstr("skrevet ut fra forrige")));
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
