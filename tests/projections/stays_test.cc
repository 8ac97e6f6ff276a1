// What stays come of which facts, case by case.
#include <gtest/gtest.h>

#include "adapters/store/memory_store.h"
#include "projections/pathway/pathway_fold.h"
#include "projections/rules/served_stay.h"
#include "projections/tables.h"
#include "projections/views.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

const int64_t kNowUs = absl::ToUnixMicros(At(60 * 24 * 60));

// Folds the facts and returns the stays of everybody, by admission.
std::vector<v1::Stay> StaysOf(const std::vector<v1::Envelope>& facts) {
  MemoryStore store;
  PathwayFold fold(store);
  for (const v1::Envelope& fact : facts) {
    auto held = Hold(fact, fact.SerializeAsString(), absl::ToUnixMicros(kMorning));
    EXPECT_TRUE(held.ok()) << held.status();
    EXPECT_TRUE(fold.Apply(*std::move(held)).ok());
  }
  WriteSet writes;
  (void)fold.EndEpoch(&writes);
  EXPECT_TRUE(store.Commit(writes).ok());
  std::vector<v1::Stay> stays;
  const auto rows = store.Snapshot();
  const auto read = [&](Table table, size_t stay_key_at) {
    EXPECT_TRUE(rows->Scan(table, "", "",
                           [&](std::string_view key, std::string_view value) {
                             StayEntry entry;
                             EXPECT_TRUE(StayEntry::Parse(value, &entry));
                             v1::Stay& stay = stays.emplace_back();
                             stay.ParseFromString(
                                 rows->Get(kStay, key.substr(stay_key_at))->value_or(""));
                             FillDerived(entry, PaymentTerms::BuiltIn(), kNowUs, &stay);
                             return true;
                           })
                    .ok());
  };
  read(kOpenStay, 0);
  read(kClosedStay, sizeof(HospitalCode) + 8);
  std::ranges::sort(stays, {}, [](const v1::Stay& stay) { return stay.admitted_at().seconds(); });
  return stays;
}

v1::Stay TheStay(const std::vector<v1::Envelope>& facts) {
  const auto stays = StaysOf(facts);
  EXPECT_EQ(stays.size(), 1u);
  return stays.empty() ? v1::Stay() : stays.front();
}

bool HasFlag(const v1::Stay& stay, v1::StayFlag flag) {
  return std::ranges::find(stay.flags(), flag) != stay.flags().end();
}

TEST(StaysTest, AnAdmissionMakesAStayInItsKommune) {
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0, "5031")});
  EXPECT_EQ(stay.stay_kommune(), "5031");
  EXPECT_EQ(stay.ward(), "MED1");
  EXPECT_FALSE(stay.has_discharged_at());
}

TEST(StaysTest, PloJoinsTheStayOfAdtByTheStatedAdmission) {
  v1::Envelope ukp = UkpDeclared("u", 1, 90, 600);
  ukp.set_stay_kommune("5035");
  const v1::Stay stay = TheStay({ukp, Admitted("a", 1, "V1", 0)});
  EXPECT_EQ(FromProto(stay.ukp_since()), At(600));
  EXPECT_EQ(stay.visit_key(), "V1");
  EXPECT_EQ(stay.stay_kommune(), "5035") << "the receiver of PLO has to act";
  EXPECT_EQ(stay.residence_kommune(), "5001");
  EXPECT_EQ(stay.answer(), v1::ANSWER_AWAITED);
}

TEST(StaysTest, AnAdmissionByPloMoreThanTwelveHoursBeforeIsAnotherStay) {
  EXPECT_EQ(StaysOf({Admitted("a", 1, "V1", 721), AsPlo(Admitted("p", 1, "", 0), 0)}).size(), 2u);
  EXPECT_EQ(StaysOf({Admitted("a", 1, "V1", 719), AsPlo(Admitted("p", 1, "", 0), 0)}).size(), 1u);
}

TEST(StaysTest, AnAdmissionByPloWithinAStayOfAdtIsOfThatStay) {
  const std::vector<v1::Envelope> facts = {Admitted("a", 1, "V1", 0),
                                           AsPlo(Admitted("p", 1, "", 900), 900),
                                           UkpDeclared("u", 1, 900, 3'000)};
  const v1::Stay stay = TheStay(facts);
  EXPECT_EQ(FromProto(stay.admitted_at()), At(0)) << "ADT's counts";
  EXPECT_EQ(FromProto(stay.ukp_since()), At(3'000));
  EXPECT_EQ(stay.alias_stay_ids_size(), 2) << "ids that the facts gave before ADT's came";
  // Not where it had ended, or PLO alone tells of both.
  const v1::Envelope discharged = Discharged("d", 1, "V1", 900);
  EXPECT_EQ(StaysOf({facts[0], facts[1], facts[2], discharged}).size(), 2u);
  EXPECT_EQ(StaysOf({AsPlo(facts[0], 0), facts[1], facts[2]}).size(), 2u);
}

TEST(StaysTest, TheEndThatPloToldOfAnEarlierAdmissionLeavesALaterOneAStay) {
  const auto stays =
      StaysOf({Admitted("a", 1, "V1", 0), AsPlo(Admitted("p", 1, "", 900), 900),
               AsPlo(Discharged("d", 1, "", 5'000), 900),
               AsPlo(Admitted("q", 1, "", 20'000), 20'000), UkpDeclared("u", 1, 20'000, 21'000)});
  ASSERT_EQ(stays.size(), 2u);
  EXPECT_EQ(FromProto(stays[0].discharged_at()), At(5'000));
  EXPECT_EQ(FromProto(stays[1].ukp_since()), At(21'000));
}

TEST(StaysTest, AStatedDateJoinsTheStayOfThatOsloDateElseTheOneOpenThen) {
  v1::Envelope ukp = UkpDeclared("u", 1, 0, 600);
  *ukp.mutable_stated_admission_at() = ToProto(OsloNoon(OsloDate(kMorning)));
  ukp.set_stated_admission_precision(v1::PRECISION_DAY);
  EXPECT_EQ(StaysOf({Admitted("a", 1, "V1", 15 * 60), ukp}).size(), 1u) << "23:00 the same day";
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", -9 * 60), ukp});
  EXPECT_EQ(stay.visit_key(), "V1") << "23:00 the day before, and open";
  EXPECT_TRUE(stay.has_ukp_since());
  EXPECT_EQ(StaysOf({Admitted("a", 1, "V1", -9 * 60), Discharged("d", 1, "V1", 599), ukp}).size(),
            2u)
      << "it had ended";
}

TEST(StaysTest, UkpStaysInItsStayThoughAdtCorrectsItsAdmissionByADay) {
  v1::Envelope corrected = Admitted("b", 1, "V1", -1'440);
  *corrected.mutable_recorded_at() = ToProto(At(6'000));
  const v1::Stay stay =
      TheStay({Admitted("a", 1, "V1", 0), AsPlo(Admitted("p", 1, "", 10), 10),
               UkpDeclared("u", 1, 10, 5'000), corrected, Discharged("d", 1, "V1", 7'200)});
  EXPECT_EQ(FromProto(stay.admitted_at()), At(-1'440));
  ASSERT_EQ(stay.ukp_periods_size(), 1);
  EXPECT_EQ(FromProto(stay.ukp_periods(0).until()), At(7'200));
}

TEST(StaysTest, PloTakesBackADeclarationThatStatesAnotherAdmission) {
  const v1::Envelope cancel = AsPlo(Cancelled("c", 1, "", 3'100, v1::FACT_KIND_UKP_DECLARED), 900);
  EXPECT_EQ(TheStay({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 900, 3'000), cancel})
                .ukp_periods_size(),
            0);
}

TEST(StaysTest, AnIdOnceGivenStaysGood) {
  const v1::Envelope plo = AsPlo(Admitted("p", 1, "", 5), 5);
  const std::string early_id = TheStay({plo}).stay_id();
  const v1::Stay joined = TheStay({plo, Admitted("a", 1, "V1", 0)});
  EXPECT_NE(joined.stay_id(), early_id);
  ASSERT_EQ(joined.alias_stay_ids_size(), 1);
  EXPECT_EQ(joined.alias_stay_ids(0), early_id);
}

TEST(StaysTest, TheKommunesNewestAnswerStands) {
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 100),
                                 Answered("n", 1, 0, 200, false), Answered("y", 1, 0, 300, true)});
  EXPECT_EQ(stay.answer(), v1::ANSWER_CAN_RECEIVE);
  EXPECT_EQ(FromProto(stay.answered_at()), At(300));
}

TEST(StaysTest, WithdrawnAndDeclaredAgainAreTwoPeriods) {
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 100),
                                 Answered("y", 1, 0, 150, true), UkpWithdrawn("w", 1, 0, 200),
                                 UkpDeclared("u2", 1, 0, 300)});
  ASSERT_EQ(stay.ukp_periods_size(), 2);
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_WITHDRAWN);
  EXPECT_EQ(FromProto(stay.ukp_since()), At(300));
  EXPECT_EQ(stay.answer(), v1::ANSWER_AWAITED) << "the answer was to the first period";
}

TEST(StaysTest, ADischargeEndsStayAndPeriodAndItsCancellationOpensThemAgain) {
  std::vector<v1::Envelope> facts = {Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 100),
                                     Discharged("d", 1, "V1", 500)};
  v1::Stay stay = TheStay(facts);
  EXPECT_EQ(FromProto(stay.discharged_at()), At(500));
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_DISCHARGED);
  EXPECT_FALSE(stay.has_ukp_since());
  facts.push_back(Cancelled("c", 1, "V1", 510, v1::FACT_KIND_PATIENT_DISCHARGED));
  stay = TheStay(facts);
  EXPECT_FALSE(stay.has_discharged_at());
  EXPECT_EQ(FromProto(stay.ukp_since()), At(100));
}

TEST(StaysTest, ACancellationOfAdtTakesBackTheDischargeThoughPloRepeatedIt) {
  const v1::Envelope plo = AsPlo(Discharged("p", 1, "", 505), 0);
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), Discharged("d", 1, "V1", 500), plo,
                                 Cancelled("c", 1, "V1", 510, v1::FACT_KIND_PATIENT_DISCHARGED)});
  EXPECT_FALSE(stay.has_discharged_at());
}

TEST(StaysTest, ADischargeAfterACancelledOneEndsTheStayAtItsOwnTime) {
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), Discharged("d", 1, "V1", 500),
                                 Cancelled("c", 1, "V1", 510, v1::FACT_KIND_PATIENT_DISCHARGED),
                                 Discharged("d2", 1, "V1", 900)});
  EXPECT_EQ(FromProto(stay.discharged_at()), At(900));
}

TEST(StaysTest, ACancelledAdmissionLeavesNoStayWhicheverCameFirst) {
  const v1::Envelope admitted = Admitted("a", 1, "V1", 0);
  const v1::Envelope cancelled = Cancelled("c", 1, "V1", 30, v1::FACT_KIND_PATIENT_ADMITTED);
  EXPECT_TRUE(StaysOf({admitted, cancelled}).empty());
  EXPECT_TRUE(StaysOf({cancelled, admitted}).empty());
  EXPECT_TRUE(StaysOf({cancelled}).empty());
}

TEST(StaysTest, ACancelledTransferPutsThePatientBack) {
  v1::Envelope transfer = Fact("t", 1, "V1", 60);
  transfer.mutable_patient_transferred()->set_corridor(true);
  transfer.set_ward("KIR1");
  std::vector<v1::Envelope> facts = {Admitted("a", 1, "V1", 0), transfer};
  EXPECT_EQ(TheStay(facts).ward(), "KIR1");
  EXPECT_TRUE(HasFlag(TheStay(facts), v1::STAY_FLAG_CORRIDOR));
  facts.push_back(Cancelled("c", 1, "V1", 70, v1::FACT_KIND_PATIENT_TRANSFERRED));
  EXPECT_EQ(TheStay(facts).ward(), "MED1");
  EXPECT_FALSE(HasFlag(TheStay(facts), v1::STAY_FLAG_CORRIDOR));
}

TEST(StaysTest, PloTakesBackItsOwnMessageByReference) {
  v1::Envelope ukp = UkpDeclared("u", 1, 0, 100);
  v1::Envelope cancel = AsPlo(Cancelled("c", 1, "", 150, v1::FACT_KIND_UKP_DECLARED), 0);
  cancel.mutable_fact_cancelled()->set_reference(ukp.source().control_id());
  const v1::Stay stay = TheStay({cancel, Admitted("a", 1, "V1", 0), ukp});
  EXPECT_EQ(stay.ukp_periods_size(), 0) << "a UKP declared in error never was";
}

TEST(StaysTest, AReferenceTakesBackTheNoticeTooThoughItWasRecordedLater) {
  // Both messages waited for the hub, which proved the notice only then.
  v1::Envelope notice = AsPlo(Fact("n", 1, "", 200), 0);
  notice.mutable_kommune_notified_of_ukp();
  v1::Envelope cancel = AsPlo(Cancelled("c", 1, "", 150, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP), 0);
  cancel.mutable_fact_cancelled()->set_reference(notice.source().control_id());
  Cluster cluster;
  for (const v1::Envelope& fact : {Admitted("a", 1, "V1", 0), cancel, notice})
    cluster.Add(*Hold(fact, fact.SerializeAsString(), 0));
  const ClusterStays stays = ComputeStays(cluster, true);
  EXPECT_EQ(std::ranges::count(stays.cancelled, true), 1);
}

TEST(StaysTest, ADischargeTakenBackByAdtTakesTheDeathThatPloHadToldWithIt) {
  v1::Envelope died = AsPlo(Fact("d", 1, "", 300), 0);
  died.mutable_patient_died();
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), died, Discharged("e", 1, "V1", 300),
                                 Cancelled("c1", 1, "V1", 310, v1::FACT_KIND_PATIENT_DISCHARGED),
                                 Cancelled("c2", 1, "V1", 310, v1::FACT_KIND_PATIENT_DIED)});
  EXPECT_FALSE(HasFlag(stay, v1::STAY_FLAG_DIED));
  EXPECT_FALSE(stay.has_discharged_at());
}

TEST(StaysTest, ACancellationSaysNothingOfTheKommune) {
  v1::Envelope wrong = UkpDeclared("u", 1, 0, 100);
  wrong.set_stay_kommune("5035");
  v1::Envelope cancel = AsPlo(Cancelled("c", 1, "", 150, v1::FACT_KIND_UKP_DECLARED), 0);
  cancel.set_stay_kommune("5035");
  EXPECT_EQ(TheStay({Admitted("a", 1, "V1", 0), wrong, cancel}).stay_kommune(), "5001");
}

TEST(StaysTest, AMergeMakesOnePersonOfTwo) {
  const std::vector<v1::Envelope> facts = {Admitted("a", 1, "V1", 0), UkpDeclared("u", 2, 0, 100)};
  EXPECT_EQ(StaysOf(facts).size(), 2u);
  auto merged = facts;
  merged.push_back(Merged("m", 1, 2, 200));
  EXPECT_EQ(FromProto(TheStay(merged).ukp_since()), At(100));
}

TEST(StaysTest, AnAliasMakesOnePersonOfTwo) {
  v1::Envelope ukp = UkpDeclared("u", 2, 0, 100);
  v1::Envelope admitted = Admitted("a", 1, "V1", 0);
  admitted.add_alias_refs(Ref(2));
  EXPECT_EQ(StaysOf({ukp, admitted}).size(), 1u);
}

TEST(StaysTest, AnAliasSeenWithTwoPersonsLinksNeitherAndIsFlagged) {
  v1::Envelope first = Admitted("a", 1, "V1", 0);
  v1::Envelope second = Admitted("b", 2, "V2", 10);
  first.add_alias_refs(Ref(9));
  second.add_alias_refs(Ref(9));
  const auto stays = StaysOf({first, second});
  ASSERT_EQ(stays.size(), 2u);
  for (const v1::Stay& stay : stays) EXPECT_TRUE(HasFlag(stay, v1::STAY_FLAG_IDENTITY_AMBIGUOUS));
}

TEST(StaysTest, FactsToldUnderAnAmbiguousIdentifierItselfAreFlagged) {
  v1::Envelope first = Admitted("a", 1, "V1", 0);
  v1::Envelope second = Admitted("b", 2, "V2", 10);
  for (v1::Envelope* fact : {&first, &second}) fact->add_alias_refs(Ref(9));
  const auto stays = StaysOf({first, second, Discharged("d", 9, "V1", 3'000)});
  ASSERT_EQ(stays.size(), 3u);
  for (const v1::Stay& stay : stays) EXPECT_TRUE(HasFlag(stay, v1::STAY_FLAG_IDENTITY_AMBIGUOUS));
}

TEST(StaysTest, AnAgeThatNobodyHasIsUnknown) {
  v1::Envelope admitted = Admitted("a", 1, "V1", 0);
  admitted.set_sex(v1::SEX_FEMALE);
  for (const auto& [said, age] : {std::pair(-1, 0), {131, 0}, {323, 0}, {130, 130}, {67, 67}}) {
    admitted.set_age_at_admission(said);
    const v1::Stay stay = TheStay({admitted});
    EXPECT_EQ(stay.age_at_admission(), age) << said;
    EXPECT_EQ(stay.sex(), age == 0 ? v1::SEX_UNSPECIFIED : v1::SEX_FEMALE) << said;
  }
}

TEST(StaysTest, UkpWithoutAdmissionIsCountedAndFlagged) {
  const v1::Stay stay = TheStay({UkpDeclared("u", 1, 0, 100)});
  EXPECT_TRUE(HasFlag(stay, v1::STAY_FLAG_ADMISSION_NOT_RECEIVED));
  EXPECT_EQ(FromProto(stay.admitted_at()), At(0));
  EXPECT_TRUE(stay.has_ukp_since());
}

TEST(StaysTest, TwoPersonsSaidToHaveOneVisitHaveAStayEach) {
  v1::Envelope wrong = Admitted("a", 1, "V1", 0);
  v1::Envelope right = Admitted("b", 2, "V1", 10);
  for (v1::Envelope* fact : {&wrong, &right}) fact->add_alias_refs(Ref(9));
  const auto stays = StaysOf({wrong, right, Discharged("d", 1, "V1", 60)});
  ASSERT_EQ(stays.size(), 2u);
  EXPECT_TRUE(stays[0].has_discharged_at());
  EXPECT_FALSE(stays[1].has_discharged_at()) << "the other person is still there";
}

TEST(StaysTest, PloJoinsTheStayThatWasRegisteredAgain) {
  v1::Envelope taken_back = Cancelled("c", 1, "V1", 20, v1::FACT_KIND_PATIENT_ADMITTED);
  *taken_back.mutable_stated_admission_at() = ToProto(At(0));
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), taken_back, Admitted("b", 1, "V2", 30),
                                 UkpDeclared("u", 1, 0, 600)});
  EXPECT_EQ(stay.visit_key(), "V2");
  EXPECT_TRUE(stay.has_ukp_since());
}

TEST(StaysTest, AFactWhoseStatedAdmissionWasChangedBelongsToTheStayOpenThen) {
  v1::Envelope changed = AsPlo(Cancelled("c", 1, "", 3'000, v1::FACT_KIND_PATIENT_ADMITTED), 0);
  changed.mutable_fact_cancelled()->set_reference("a");
  const v1::Stay stay = TheStay({AsPlo(Admitted("a", 1, "", 0), 0), UkpDeclared("u", 1, 0, 2'880),
                                 changed, AsPlo(Admitted("b", 1, "", 1'440), 1'440)});
  EXPECT_EQ(FromProto(stay.admitted_at()), At(1'440));
  EXPECT_TRUE(stay.has_ukp_since());
}

TEST(StaysTest, UkpThatStatesNoAdmissionMakesAStayAndJoinsTheRealOneLater) {
  v1::Envelope ukp = UkpDeclared("u", 1, 0, 100);
  ukp.clear_stated_admission_at();
  const v1::Stay alone = TheStay({ukp});
  EXPECT_TRUE(alone.has_ukp_since());
  EXPECT_TRUE(HasFlag(alone, v1::STAY_FLAG_ADMISSION_NOT_RECEIVED));
  const v1::Stay joined = TheStay({ukp, Admitted("a", 1, "V1", 0)});
  EXPECT_EQ(joined.visit_key(), "V1");
  ASSERT_EQ(joined.alias_stay_ids_size(), 1);
  EXPECT_EQ(joined.alias_stay_ids(0), alone.stay_id());
}

TEST(StaysTest, AnIdOnceGivenStaysGoodThoughPloChangesItsAdmission) {
  const v1::Envelope first = AsPlo(Admitted("p", 1, "", 5), 5);
  const std::string given = TheStay({first}).stay_id();
  v1::Envelope changed = AsPlo(Cancelled("c", 1, "", 60, v1::FACT_KIND_PATIENT_ADMITTED), 5);
  changed.mutable_fact_cancelled()->set_reference("p");
  const v1::Stay stay =
      TheStay({first, Admitted("a", 1, "V1", 0), changed, AsPlo(Admitted("q", 1, "", 6), 6)});
  EXPECT_EQ(std::ranges::count(stay.alias_stay_ids(), given), 1);
}

TEST(StaysTest, NoPeriodOutlivesTheDischarge) {
  const v1::Stay stay =
      TheStay({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 100), UkpWithdrawn("w", 1, 0, 300),
               UkpDeclared("v", 1, 0, 400), Discharged("d", 1, "V1", 200)});
  ASSERT_EQ(stay.ukp_periods_size(), 1);
  EXPECT_EQ(FromProto(stay.ukp_periods(0).until()), At(200));
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_DISCHARGED);
}

TEST(StaysTest, AnUpdateNeverMakesAStay) {
  v1::Envelope update = Fact("u", 1, "V1", 0);
  update.mutable_patient_details_changed();
  EXPECT_TRUE(StaysOf({update}).empty());
}

TEST(StaysTest, DeathEndsTheStay) {
  v1::Envelope died = Fact("d", 1, "V1", 300);
  died.mutable_patient_died();
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), UkpDeclared("u", 1, 0, 100), died});
  EXPECT_EQ(FromProto(stay.discharged_at()), At(300));
  EXPECT_TRUE(HasFlag(stay, v1::STAY_FLAG_DIED));
  EXPECT_EQ(stay.ukp_periods(0).end(), v1::UKP_END_DIED);
}

TEST(StaysTest, AFactWithOnlyADateSortsAtItsRecordedTimeOfThatDate) {
  v1::Envelope ukp = UkpDeclared("u", 1, 0, 0);
  *ukp.mutable_occurred_at() = ToProto(OsloNoon(OsloDate(kMorning)));
  ukp.set_occurred_precision(v1::PRECISION_DAY);
  *ukp.mutable_recorded_at() = ToProto(At(30));
  const v1::Stay stay = TheStay({Admitted("a", 1, "V1", 0), ukp, Answered("y", 1, 0, 60, true)});
  EXPECT_EQ(FromProto(stay.ukp_since()), At(30));
  EXPECT_EQ(stay.answer(), v1::ANSWER_CAN_RECEIVE)
      << "an answer at 09:00 is an answer to what was said at 08:30";
}

}  // namespace
}  // namespace overgang::projections
