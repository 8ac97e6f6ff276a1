// The methods: what becomes a fact, what is refused and how it is said.
#include "absl/strings/match.h"
#include "core/errors.h"
#include "core/fact_writer.h"
#include "gmock/gmock.h"
#include "tests/producers/intake/intake_fixture.h"

namespace overgang::intake {
namespace {

using testing::HasSubstr;

v1::DeclareUkpRequest Declare(const std::string& key) {
  v1::DeclareUkpRequest request;
  request.set_idempotency_key(key);
  v1::PersonAtHospital& person = *request.mutable_subject()->mutable_person();
  person.set_id_kind(v1::ID_KIND_NATIONAL_NUMBER);
  person.set_id_number(kNumber);
  person.set_hospital(kHospital);
  request.mutable_assessment()->set_follow_up_plan(true);
  request.set_decided_by("overlege");
  return request;
}

TEST_F(IntakeTest, DeclaringUkpIsAlsoTheNoticeToTheKommune) {
  v1::DeclareUkpRequest request = Declare("a");
  *request.mutable_occurred_at() = ToProto(clock.Now() - absl::Hours(1));
  absl::StatusOr<v1::Receipt> receipt = Call("DeclareUkp", request);
  ASSERT_TRUE(receipt.ok()) << receipt.status();

  std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), 2u);
  const v1::Envelope& declared = facts[0];
  EXPECT_EQ(declared.event_id(), receipt->event_id());
  EXPECT_TRUE(Cursor::Parse(receipt->cursor(), writer.incarnation()).ok());
  EXPECT_EQ(declared.patient_ref(), Ref(kNumber));
  EXPECT_EQ(declared.hospital(), kHospital);
  EXPECT_EQ(declared.stay_kommune(), "5001");
  EXPECT_EQ(FromProto(declared.stated_admission_at()), clock.Now() - absl::Hours(50));
  EXPECT_EQ(FromProto(declared.occurred_at()), clock.Now() - absl::Hours(1));
  EXPECT_EQ(FromProto(declared.recorded_at()), clock.Now());
  EXPECT_TRUE(declared.ukp_declared().assessment().follow_up_plan());
  EXPECT_EQ(declared.source().channel(), v1::CHANNEL_INTAKE);
  EXPECT_EQ(declared.source().sender(), "melhus");
  EXPECT_EQ(declared.source().method(), "DeclareUkp");
  EXPECT_EQ(declared.source().control_id(), ContentDigest("a"));

  const v1::Envelope& notified = facts[1];
  EXPECT_EQ(notified.kommune_notified_of_ukp().notice_id(), declared.event_id());
  EXPECT_NE(notified.event_id(), declared.event_id());
  EXPECT_EQ(FromProto(notified.occurred_at()), clock.Now());
}

TEST_F(IntakeTest, AnAnswerNamesTheStayByItsVisit) {
  ASSERT_TRUE(Call("AnswerUkp", Answer("a")).ok());
  const v1::Envelope fact = Facts().at(0);
  EXPECT_EQ(fact.visit_key(), "V1");
  EXPECT_FALSE(fact.has_stated_admission_at());
  EXPECT_TRUE(fact.kommune_answered().can_receive());
  EXPECT_EQ(FromProto(fact.kommune_answered().from_date()), OsloNoon(absl::CivilDay(2026, 1, 17)));
  EXPECT_EQ(fact.kommune_answered().place_kind(), v1::PLACE_KIND_KORTTID);
}

TEST_F(IntakeTest, WithdrawalAndExpectedDischargeBecomeTheirFacts) {
  v1::WithdrawUkpRequest withdraw;
  withdraw.set_idempotency_key("w");
  withdraw.mutable_subject()->set_stay_id(kStayId);
  withdraw.set_reason("worse");
  ASSERT_TRUE(Call("WithdrawUkp", withdraw).ok());
  v1::SetExpectedDischargeRequest expected;
  expected.set_idempotency_key("e1");
  expected.mutable_subject()->set_stay_id(kStayId);
  expected.set_expected_date("2026-03-29");
  ASSERT_TRUE(Call("SetExpectedDischarge", expected).ok());
  expected.set_idempotency_key("e2");
  expected.clear_expected_date();
  ASSERT_TRUE(Call("SetExpectedDischarge", expected).ok());

  std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(facts[0].ukp_withdrawn().reason(), "worse");
  EXPECT_EQ(FromProto(facts[1].expected_discharge_set().expected_at()),
            OsloNoon(absl::CivilDay(2026, 3, 29)));
  EXPECT_EQ(facts[1].expected_discharge_set().expected_precision(), v1::PRECISION_DAY);
  EXPECT_TRUE(facts[2].has_expected_discharge_cleared());
}

TEST_F(IntakeTest, PlacesOfAKnownUnitAreSharedAsTheDirectorySays) {
  v1::ReportPlacesRequest request;
  request.set_idempotency_key("p");
  request.set_unit("5001-oya");
  request.set_kind(v1::PLACE_KIND_KORTTID);
  request.set_places(20);
  request.set_free(3);
  ASSERT_TRUE(Call("ReportPlaces", request).ok());
  const v1::Envelope fact = Facts().at(0);
  EXPECT_THAT(fact.places_reported().shared_by(), testing::ElementsAre("5001", "5031"));
  EXPECT_EQ(fact.places_reported().free(), 3);

  request.set_idempotency_key("q");
  request.set_unit("ny-enhet");
  EXPECT_EQ(PlaceOf(Call("ReportPlaces", request).status()).field, "shared_by");
  request.set_unit("5001-oya");
  request.set_free(21);
  EXPECT_EQ(PlaceOf(Call("ReportPlaces", request).status()).field, "free");
}

TEST_F(IntakeTest, BedsAndEmergencyDepartmentAreKeyedByTheirUnit) {
  v1::ReportBedsRequest beds;
  beds.set_idempotency_key("b");
  beds.set_hospital(kHospital);
  beds.set_unit("PSY1");
  beds.set_beds(24);
  beds.set_occupied(26);
  ASSERT_TRUE(Call("ReportBeds", beds).ok());
  v1::ReportEmergencyDepartmentRequest department;
  department.set_idempotency_key("d");
  department.set_hospital(kHospital);
  department.set_waiting(41);
  department.set_waiting_over_1h(40);
  department.set_longest_wait_minutes(95);
  ASSERT_TRUE(Call("ReportEmergencyDepartment", department).ok());

  std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].beds_reported().occupied(), 26);
  EXPECT_EQ(facts[0].sector(), v1::SECTOR_PSYKISK_HELSEVERN);
  EXPECT_EQ(KeyOf(facts[0]), "974749025/PSY1");
  EXPECT_EQ(facts[1].emergency_department_reported().waiting_over_1h(), 40);
}

TEST_F(IntakeTest, ErrorsNameTheFieldAndTheRemedyAndWriteNothing) {
  const auto field_of = [&](auto change) {
    v1::AnswerUkpRequest request = Answer("x");
    change(request);
    const absl::Status status = Call("AnswerUkp", request).status();
    EXPECT_FALSE(PlaceOf(status).remedy.empty()) << status;
    return PlaceOf(status).field;
  };
  using R = v1::AnswerUkpRequest;
  EXPECT_EQ(field_of([](R& r) { r.clear_idempotency_key(); }), "idempotency_key");
  EXPECT_EQ(field_of([](R& r) { r.set_idempotency_key(std::string(129, 'x')); }),
            "idempotency_key");
  EXPECT_EQ(field_of([](R& r) { r.clear_subject(); }), "subject");
  EXPECT_EQ(field_of([](R& r) { r.mutable_subject()->set_stay_id("nr 7"); }), "subject.stay_id");
  EXPECT_EQ(field_of([](R& r) {
              r.mutable_subject()->set_stay_id("00000000-0000-5000-8000-000000000000");
            }),
            "subject.stay_id");
  EXPECT_EQ(field_of([](R& r) { r.set_from_date("17.01.2026"); }), "from_date");
  EXPECT_EQ(field_of([](R& r) { r.set_can_receive(false); }), "from_date");
  EXPECT_EQ(field_of([](R& r) { r.set_comment_code("ring Kari i morgen"); }), "comment_code");
  EXPECT_EQ(field_of([](R& r) { r.set_comment_code(std::string(33, 'c')); }), "comment_code");
  EXPECT_EQ(field_of([](R& r) { r.set_place_kind(static_cast<v1::PlaceKind>(77)); }), "place_kind");
  EXPECT_EQ(
      field_of([&](R& r) { *r.mutable_occurred_at() = ToProto(clock.Now() + absl::Hours(25)); }),
      "occurred_at");
  EXPECT_EQ(field_of([](R& r) { r.mutable_occurred_at()->set_nanos(-1); }), "occurred_at");
  EXPECT_TRUE(Facts().empty());
}

TEST_F(IntakeTest, APersonMustBeKnownAtAKnownHospital) {
  v1::DeclareUkpRequest request = Declare("x");
  v1::PersonAtHospital& person = *request.mutable_subject()->mutable_person();
  person.set_id_number(kOtherNumber);
  absl::Status status = Call("DeclareUkp", request).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(PlaceOf(status).field, "subject.person");

  person.set_hospital("123456789");
  EXPECT_EQ(PlaceOf(Call("DeclareUkp", request).status()).field, "subject.person.hospital");
  person.set_hospital(kHospital);
  person.set_id_number("01857210058");  // Wrong check digit.
  status = Call("DeclareUkp", request).status();
  EXPECT_EQ(PlaceOf(status).field, "subject.person.id_number");
  EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("01857210058")));
  person.set_id_kind(v1::ID_KIND_PATIENT_REF);
  EXPECT_EQ(PlaceOf(Call("DeclareUkp", request).status()).field, "subject.person.id_number");
}

TEST_F(IntakeTest, ANationalNumberIsNotTakenInAnyOtherField) {
  for (const std::string& text : {std::string(kNumber), "gjelder " + std::string(kNumber) + ".",
                                  std::string("018572 10057"), std::string("018572-10057")}) {
    v1::DeclareUkpRequest request = Declare(text);
    EXPECT_EQ(PlaceOf(Call("DeclareUkp", request).status()).field, "idempotency_key") << text;
    request = Declare("k");
    request.set_decided_by(text);
    const absl::Status status = Call("DeclareUkp", request).status();
    EXPECT_EQ(PlaceOf(status).field, "decided_by") << text;
    EXPECT_THAT(status.ToString(), testing::Not(HasSubstr("10057")));
  }
  EXPECT_TRUE(Facts().empty());
}

TEST_F(IntakeTest, ALogThatCannotBeWrittenIsUnavailableAndTheCallCanBeRepeated) {
  log.FailNextAppends(1, absl::UnavailableError("disk full"));
  EXPECT_TRUE(absl::IsUnavailable(Call("AnswerUkp", Answer("a")).status()));
  EXPECT_TRUE(Call("AnswerUkp", Answer("a")).ok());
  EXPECT_EQ(Facts().size(), 1u);
}

}  // namespace
}  // namespace overgang::intake
