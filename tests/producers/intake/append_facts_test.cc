// AppendFacts: many at once, all or none.
#include <algorithm>
#include <map>

#include "core/errors.h"
#include "producers/intake/content_check.h"
#include "tests/producers/intake/intake_fixture.h"

namespace overgang::intake {
namespace {

class AppendFactsTest : public IntakeTest {
 protected:
  v1::AppendFactsRequest Batch(int facts) {
    v1::AppendFactsRequest request;
    request.set_idempotency_key("batch");
    for (int i = 0; i < facts; ++i) {
      v1::Envelope& fact = *request.add_facts();
      fact.set_event_id(NameUuid({"test", std::to_string(i)}));
      fact.set_patient_ref(Ref(kNumber));
      fact.set_hospital(kHospital);
      fact.set_visit_key("V1");
      *fact.mutable_occurred_at() = ToProto(clock.Now() - absl::Hours(1));
      fact.mutable_source()->set_sender("someone else");
      fact.mutable_patient_admitted();
    }
    return request;
  }
  std::string FieldOf(const v1::AppendFactsRequest& request) {
    return PlaceOf(Call<v1::AppendFactsResponse>("AppendFacts", request).status()).field;
  }
};

TEST_F(AppendFactsTest, FactsKeepTheirIdsAndSayWhoBroughtThem) {
  v1::AppendFactsRequest request = Batch(kFactsPerRequestMax);
  request.mutable_facts(1)->set_original_id("somewhere");
  auto response = Call<v1::AppendFactsResponse>("AppendFacts", request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->event_ids_size(), kFactsPerRequestMax);
  std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), static_cast<size_t>(kFactsPerRequestMax));
  EXPECT_EQ(facts[1].event_id(), response->event_ids(1));
  EXPECT_EQ(facts[1].source().sender(), "melhus");
  EXPECT_EQ(facts[1].source().channel(), v1::CHANNEL_INTAKE);
  EXPECT_EQ(facts[1].original_id(), "");
  EXPECT_EQ(FromProto(facts[1].recorded_at()), clock.Now());
}

TEST_F(AppendFactsTest, OneBadFactRefusesAllAndIsNamed) {
  const auto field_of = [&](auto change) {
    v1::AppendFactsRequest request = Batch(3);
    change(*request.mutable_facts(2));
    return FieldOf(request);
  };
  using E = v1::Envelope;
  EXPECT_EQ(field_of([](E& f) { f.set_event_id("7"); }), "facts[2].event_id");
  EXPECT_EQ(field_of([](E& f) { f.clear_patient_ref(); }), "facts[2].patient_ref");
  EXPECT_EQ(field_of([](E& f) { f.set_patient_ref(kNumber); }), "facts[2].patient_ref");
  EXPECT_EQ(field_of([](E& f) { f.add_alias_refs("x"); }), "facts[2].alias_refs[0]");
  EXPECT_EQ(field_of([](E& f) { f.set_hospital("STO"); }), "facts[2].hospital");
  EXPECT_EQ(field_of([](E& f) { f.clear_occurred_at(); }), "facts[2].occurred_at");
  EXPECT_EQ(field_of([](E& f) { f.set_stay_kommune("Oslo"); }), "facts[2].stay_kommune");
  EXPECT_EQ(field_of([](E& f) { f.set_residence_kommune("Oslo"); }), "facts[2].residence_kommune");
  EXPECT_EQ(field_of([](E& f) { f.clear_fact(); }), "facts[2].fact");
  EXPECT_EQ(field_of([](E& f) { f.mutable_level_changed(); }), "facts[2].fact");
  EXPECT_EQ(field_of([](E& f) { f.mutable_patient_readmitted(); }), "facts[2].fact");
  EXPECT_EQ(field_of([](E& f) { f.mutable_original_received(); }), "facts[2].fact");
  EXPECT_EQ(field_of([](E& f) { f.mutable_patient_merged()->set_merged_ref("x"); }),
            "facts[2].patient_merged.merged_ref");
  EXPECT_EQ(field_of([](E& f) { f.mutable_places_reported(); }), "facts[2].places_reported.unit");
  EXPECT_EQ(field_of([](E& f) { f.mutable_beds_reported(); }), "facts[2].beds_reported.unit");
  EXPECT_EQ(field_of([](E& f) { f.set_bydel("3010"); }), "facts[2].bydel");
  EXPECT_EQ(field_of([](E& f) { f.set_age_at_admission(-1); }), "facts[2].age_at_admission");
  EXPECT_EQ(field_of([](E& f) { f.set_age_at_admission(131); }), "facts[2].age_at_admission");
  EXPECT_EQ(field_of([this](E& f) {
              f.set_hospital("St. Olavs hospital");
              f.mutable_patient_merged()->set_merged_ref(Ref(kOtherNumber));
            }),
            "facts[2].hospital");
  EXPECT_EQ(field_of([](E& f) {
              f.mutable_patient_admitted()->set_referrer(std::string(kTextBytesMax + 1, 'r'));
            }),
            "facts[2].patient_admitted.referrer");
  EXPECT_EQ(field_of([](E& f) { f.set_sex(static_cast<v1::Sex>(9)); }), "facts[2].sex");
  EXPECT_TRUE(Facts().empty());
}

TEST_F(AppendFactsTest, ReportsHoldWhatTheirOwnMethodsWouldTake) {
  const auto beds = [&](auto change) {
    v1::AppendFactsRequest request = Batch(1);
    v1::BedsReported& report = *request.mutable_facts(0)->mutable_beds_reported();
    report.set_unit("MED1");
    change(report);
    return FieldOf(request);
  };
  using B = v1::BedsReported;
  EXPECT_EQ(beds([](B& b) { b.set_occupied(-1); }), "facts[0].beds_reported.occupied");
  EXPECT_EQ(beds([](B& b) { b.set_beds(kCountMax + 1); }), "facts[0].beds_reported.beds");
  const auto places = [&](auto change) {
    v1::AppendFactsRequest request = Batch(1);
    v1::PlacesReported& report = *request.mutable_facts(0)->mutable_places_reported();
    report.set_unit("5001-oya");
    report.set_kind(v1::PLACE_KIND_KORTTID);
    report.set_places(4);
    report.add_shared_by("5001");
    change(report);
    return FieldOf(request);
  };
  using P = v1::PlacesReported;
  EXPECT_EQ(places([](P& p) { p.set_free(5); }), "facts[0].places_reported.free");
  EXPECT_EQ(places([](P& p) { p.set_free(-1); }), "facts[0].places_reported.free");
  EXPECT_EQ(places([](P& p) { p.clear_kind(); }), "facts[0].places_reported.kind");
  EXPECT_EQ(places([](P& p) { p.add_shared_by("0000"); }), "facts[0].places_reported.shared_by[1]");
  v1::AppendFactsRequest waiting = Batch(1);
  waiting.mutable_facts(0)->mutable_emergency_department_reported()->set_waiting_over_1h(1);
  EXPECT_EQ(FieldOf(waiting), "facts[0].emergency_department_reported.waiting_over_1h");
  EXPECT_TRUE(Facts().empty());
  EXPECT_EQ(places([](P& p) { p.set_free(4); }), "");
  EXPECT_EQ(Facts().size(), 1u);
}

TEST_F(AppendFactsTest, AMergeMayNameNoHospital) {
  v1::AppendFactsRequest request = Batch(1);
  request.mutable_facts(0)->clear_hospital();
  request.mutable_facts(0)->mutable_patient_merged()->set_merged_ref(Ref(kOtherNumber));
  EXPECT_TRUE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
}

TEST_F(AppendFactsTest, ANationalNumberAnywhereInAFactIsRefused) {
  v1::AppendFactsRequest request = Batch(1);
  request.mutable_facts(0)->mutable_patient_admitted()->set_bed(std::string("seng ") + kNumber);
  EXPECT_EQ(FieldOf(request), "facts[0].patient_admitted.bed");
  request = Batch(1);
  // A field that this hub does not know could hold anything: it is dropped.
  request.mutable_facts(0)
      ->GetReflection()
      ->MutableUnknownFields(request.mutable_facts(0))
      ->AddLengthDelimited(999, kNumber);
  ASSERT_TRUE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
  EXPECT_EQ(Facts().at(0).SerializeAsString().find(kNumber), std::string::npos);
}

TEST_F(AppendFactsTest, PersonsByNumberTakeTheFactsWithoutReferenceInTheirOrder) {
  v1::AppendFactsRequest request = Batch(5);
  for (const int i : {0, 1, 3}) request.mutable_facts(i)->clear_patient_ref();
  request.mutable_facts(4)->clear_patient_ref();
  request.mutable_facts(4)->mutable_beds_reported()->set_unit("MED1");  // Of nobody.
  v1::PersonOfFacts& one = *request.add_persons();
  one.set_id_number(kNumber);
  one.set_facts(1);
  v1::PersonOfFacts& other = *request.add_persons();
  other.set_id_number(kOtherNumber);
  other.set_facts(2);
  auto response = Call<v1::AppendFactsResponse>("AppendFacts", request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::map<std::string, std::string> refs;  // By event id.
  for (const v1::Envelope& fact : Facts()) {
    refs[fact.event_id()] = fact.patient_ref();
    EXPECT_EQ(fact.SerializeAsString().find(kNumber), std::string::npos);
    EXPECT_EQ(fact.SerializeAsString().find(kOtherNumber), std::string::npos);
  }
  const auto ref_of = [&](int i) { return refs.at(request.facts(i).event_id()); };
  EXPECT_EQ(ref_of(0), Ref(kNumber));
  EXPECT_EQ(ref_of(1), Ref(kOtherNumber));
  EXPECT_EQ(ref_of(2), Ref(kNumber));  // As it said itself.
  EXPECT_EQ(ref_of(3), Ref(kOtherNumber));
  EXPECT_EQ(ref_of(4), "");
}

TEST_F(AppendFactsTest, PersonsThatDoNotFitAreNamed) {
  const auto field_of = [&](const std::string& number, int facts) {
    v1::AppendFactsRequest request = Batch(2);
    request.mutable_facts(1)->clear_patient_ref();
    v1::PersonOfFacts& person = *request.add_persons();
    person.set_id_number(number);
    person.set_facts(facts);
    return FieldOf(request);
  };
  EXPECT_EQ(field_of("01857210058", 1), "persons[0].id_number");
  EXPECT_EQ(field_of(kNumber, 0), "persons[0].facts");
  EXPECT_EQ(field_of(kNumber, 2), "persons[0].facts");
  EXPECT_EQ(field_of(kNumber, -1), "persons[0].facts");
  EXPECT_TRUE(Facts().empty());
  EXPECT_EQ(field_of(kNumber, 1), "");
}

TEST_F(AppendFactsTest, FactsOfHistoryAreMarkedAndGetTheirWardsSector) {
  v1::AppendFactsRequest request = Batch(3);
  request.set_history(true);
  request.mutable_facts(0)->set_ward("PSY1");
  request.mutable_facts(1)->set_ward("PSY1");
  request.mutable_facts(1)->set_sector(v1::SECTOR_TSB);
  ASSERT_TRUE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
  const std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(facts[0].source().channel(), v1::CHANNEL_IMPORT);
  EXPECT_EQ(facts[0].source().sender(), "melhus");
  EXPECT_EQ(facts[0].source().control_id(), "");
  EXPECT_EQ(facts[0].sector(), v1::SECTOR_PSYKISK_HELSEVERN);
  EXPECT_EQ(facts[1].sector(), v1::SECTOR_TSB);
  EXPECT_EQ(facts[2].sector(), v1::SECTOR_UNSPECIFIED);
}

TEST_F(AppendFactsTest, FactsOfHistoryThatAreHeldAreNotWrittenAgain) {
  v1::AppendFactsRequest request = Batch(3);
  request.set_history(true);
  std::vector<std::string> ids;
  for (const v1::Envelope& fact : request.facts()) ids.push_back(fact.event_id());
  stays.held[Ref(kNumber)] = {std::min(ids[0], ids[2]), std::max(ids[0], ids[2])};
  auto response = Call<v1::AppendFactsResponse>("AppendFacts", request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->event_ids_size(), 3);
  EXPECT_NE(response->cursor(), "");
  ASSERT_EQ(Facts().size(), 1u);
  EXPECT_EQ(Facts()[0].event_id(), ids[1]);

  std::sort(ids.begin(), ids.end());
  stays.held[Ref(kNumber)] = ids;
  request.set_idempotency_key("another");
  response = Call<v1::AppendFactsResponse>("AppendFacts", request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->cursor(), "");
  EXPECT_EQ(Facts().size(), 1u);
  // Without the word history a caller's facts are its own business.
  request.set_history(false);
  request.set_idempotency_key("third");
  ASSERT_TRUE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
  EXPECT_EQ(Facts().size(), 4u);
}

TEST_F(AppendFactsTest, NoneAndTooManyAreRefused) {
  EXPECT_EQ(FieldOf(Batch(0)), "facts");
  EXPECT_EQ(FieldOf(Batch(kFactsPerRequestMax + 1)), "facts");
}

TEST(HoldsNationalNumber, FindsWholeNumbersOnly) {
  EXPECT_TRUE(HoldsNationalNumber("x01857210057y"));
  EXPECT_TRUE(HoldsNationalNumber("12 018572 10057"));
  EXPECT_FALSE(HoldsNationalNumber("018572100571"));  // A run of 12 is something else.
  EXPECT_FALSE(HoldsNationalNumber("01857210058"));   // Wrong check digit.
  EXPECT_FALSE(HoldsNationalNumber("018572  10057"));
  EXPECT_FALSE(HoldsNationalNumber(""));
}

}  // namespace
}  // namespace overgang::intake
