// Whose word a fact is: a kommune answers for its own stays and reports its own places, a hospital
// speaks of its own stays and beds. What is another's is as if there were none.
#include <gmock/gmock.h>

#include "core/errors.h"
#include "tests/producers/intake/intake_fixture.h"

namespace overgang::intake {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOtherHospital[] = "974754118";
constexpr char kNobody[] = "00000000-0000-4000-8000-000000000000";

class IntakeScopeTest : public IntakeTest {
 protected:
  void AsKommune(const std::string& kommune) {
    scope =
        std::make_shared<const Scope>(Scope{.kommuner = {kommune}, .hospitals = {}, .write = true});
  }
  void AsHospital(const std::string& hospital) {
    scope = std::make_shared<const Scope>(
        Scope{.kommuner = {}, .hospitals = {hospital}, .write = true});
  }
  std::string NextKey() { return "key " + std::to_string(++keys_); }
  // A request of a stay, by its id or by a person.
  template <typename Request>
  absl::Status Say(const std::string& method, const std::string& stay_id) {
    Request request;
    request.set_idempotency_key(NextKey());
    if (stay_id.empty()) {
      v1::PersonAtHospital& person = *request.mutable_subject()->mutable_person();
      person.set_id_kind(v1::ID_KIND_NATIONAL_NUMBER);
      person.set_id_number(kNumber);
      person.set_hospital(kHospital);
    } else {
      request.mutable_subject()->set_stay_id(stay_id);
    }
    return Call(method, request).status();
  }
  absl::Status Places(const std::string& unit, std::vector<std::string> shared_by) {
    v1::ReportPlacesRequest request;
    request.set_idempotency_key(NextKey());
    request.set_unit(unit);
    request.set_kind(v1::PLACE_KIND_KORTTID);
    request.set_places(2);
    for (std::string& kommune : shared_by) request.add_shared_by(std::move(kommune));
    return Call("ReportPlaces", request).status();
  }
  absl::Status Beds(const std::string& hospital) {
    v1::ReportBedsRequest request;
    request.set_idempotency_key(NextKey());
    request.set_hospital(hospital);
    request.set_unit("MED1");
    return Call("ReportBeds", request).status();
  }
  absl::Status AppendOne(v1::Envelope fact) {
    fact.set_event_id(NameUuid({NextKey()}));
    *fact.mutable_occurred_at() = ToProto(clock.Now());
    v1::AppendFactsRequest request;
    request.set_idempotency_key(NextKey());
    *request.add_facts() = std::move(fact);
    return Call<v1::AppendFactsResponse>("AppendFacts", request).status();
  }
  v1::Envelope OfStay(const std::string& hospital) const {
    v1::Envelope fact;
    fact.set_patient_ref(Ref(kNumber));
    fact.set_visit_key("V1");
    fact.set_hospital(hospital);
    fact.set_stay_kommune("5001");
    return fact;
  }

  int keys_ = 0;
};

TEST_F(IntakeScopeTest, AKommuneAnswersForItsOwnStaysAndOthersAreAsIfThereWereNone) {
  AsKommune("5001");
  EXPECT_TRUE(Say<v1::AnswerUkpRequest>("AnswerUkp", kStayId).ok());
  EXPECT_TRUE(Say<v1::AnswerUkpRequest>("AnswerUkp", "").ok());
  ASSERT_THAT(Facts(), SizeIs(2));
  AsKommune("5031");
  const absl::Status theirs = Say<v1::AnswerUkpRequest>("AnswerUkp", kStayId);
  EXPECT_TRUE(absl::IsNotFound(theirs));
  EXPECT_EQ(theirs, Say<v1::AnswerUkpRequest>("AnswerUkp", kNobody));
  const absl::Status in_hospital = Say<v1::AnswerUkpRequest>("AnswerUkp", "");
  stays.open.clear();
  EXPECT_EQ(in_hospital, Say<v1::AnswerUkpRequest>("AnswerUkp", ""))
      << "whether somebody is in hospital is nobody's to try out";
  EXPECT_THAT(Facts(), SizeIs(2));
}

TEST_F(IntakeScopeTest, WhatTheHospitalSaysAKommuneCannot) {
  AsKommune("5001");
  for (const absl::Status& status :
       {Say<v1::DeclareUkpRequest>("DeclareUkp", kStayId),
        Say<v1::WithdrawUkpRequest>("WithdrawUkp", kStayId),
        Say<v1::SetExpectedDischargeRequest>("SetExpectedDischarge", kStayId)}) {
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    EXPECT_EQ(PlaceOf(status).field, "subject");
  }
  EXPECT_TRUE(absl::IsPermissionDenied(Beds(kHospital)));
  EXPECT_THAT(Facts(), IsEmpty());
}

TEST_F(IntakeScopeTest, AHospitalSpeaksOfItsOwnStaysAndDoesNotAnswer) {
  AsHospital(kHospital);
  EXPECT_TRUE(Say<v1::DeclareUkpRequest>("DeclareUkp", kStayId).ok());
  EXPECT_TRUE(Beds(kHospital).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Say<v1::AnswerUkpRequest>("AnswerUkp", kStayId)));
  EXPECT_TRUE(absl::IsPermissionDenied(Places("5001-hus", {"5001"})));
  AsHospital(kOtherHospital);
  EXPECT_TRUE(absl::IsNotFound(Say<v1::DeclareUkpRequest>("DeclareUkp", kStayId)));
  EXPECT_TRUE(absl::IsNotFound(Say<v1::DeclareUkpRequest>("DeclareUkp", "")));
  EXPECT_TRUE(absl::IsPermissionDenied(Beds(kHospital)));
}

TEST_F(IntakeScopeTest, PlacesAreReportedByTheirOwnKommune) {
  AsKommune("5001");
  EXPECT_TRUE(Places("5001-nytt", {"5001"}).ok());
  const Unit* shared = nullptr;
  for (const Unit& unit : directory.Get()->contents().units) {
    if (unit.kommuner.size() > 1 && unit.kommuner[0] == "5001") shared = &unit;
  }
  ASSERT_NE(shared, nullptr);
  EXPECT_TRUE(Places(shared->id, {}).ok()) << "shared by whom the directory says";
  const auto denied = [&](const std::string& unit, std::vector<std::string> shared_by,
                          const std::string& field) {
    const absl::Status status = Places(unit, std::move(shared_by));
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << unit << " " << status;
    EXPECT_EQ(PlaceOf(status).field, field);
  };
  denied("5031-hus", {"5001"}, "unit");
  denied("nytt", {"5001"}, "unit");
  denied("5001-nytt", {"5001", "5031"}, "shared_by");
  denied(shared->id, {"5001", "0301"}, "shared_by");
  AsKommune("5054");
  denied(shared->id, {}, "unit");
}

TEST_F(IntakeScopeTest, FactsOfOtherSystemsAreOfTheOwnHospital) {
  AsHospital(kHospital);
  v1::Envelope admitted = OfStay(kHospital);
  admitted.mutable_patient_admitted();
  EXPECT_TRUE(AppendOne(admitted).ok());
  v1::Envelope answered = OfStay(kHospital);
  answered.mutable_kommune_answered();
  EXPECT_TRUE(absl::IsPermissionDenied(AppendOne(answered)));
  admitted.set_hospital(kOtherHospital);
  EXPECT_EQ(PlaceOf(AppendOne(admitted)).field, "facts[0].hospital");
  v1::Envelope merged = OfStay(kHospital);
  merged.clear_hospital();
  merged.mutable_patient_merged()->set_merged_ref(Ref(kOtherNumber));
  EXPECT_TRUE(absl::IsPermissionDenied(AppendOne(merged))) << "of no hospital in particular";
  AsKommune("5001");
  EXPECT_TRUE(absl::IsPermissionDenied(AppendOne(OfStay(kHospital))) ||
              absl::IsInvalidArgument(AppendOne(OfStay(kHospital))));
  answered.set_hospital(kHospital);
  EXPECT_TRUE(absl::IsPermissionDenied(AppendOne(answered))) << "with AnswerUkp";
  EXPECT_THAT(Facts(), SizeIs(1));
}

TEST_F(IntakeScopeTest, WhoMayNotWriteNeverReachesTheDoor) {
  scope = std::make_shared<const Scope>(Scope{.kommuner = {"5001"}, .hospitals = {}});
  EXPECT_TRUE(absl::IsPermissionDenied(Say<v1::AnswerUkpRequest>("AnswerUkp", kStayId)));
  EXPECT_THAT(Facts(), IsEmpty());
}

}  // namespace
}  // namespace overgang::intake
