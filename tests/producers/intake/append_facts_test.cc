// AppendFacts: many at once, all or none.
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
