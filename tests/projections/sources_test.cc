#include <gtest/gtest.h>

#include <deque>

#include "projections/decode.h"
#include "projections/small_folds.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using testing::Admitted;
using testing::At;
using testing::kHospital;

constexpr char kOther[] = "974749819";

int64_t Us(int minutes) { return absl::ToUnixMicros(At(minutes)); }

v1::Envelope ByIntake(v1::Envelope fact, const std::string& principal) {
  fact.mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  fact.mutable_source()->set_sender(principal);
  return fact;
}

class SourcesTest : public ::testing::Test {
 protected:
  void Append(Topic topic, const v1::Envelope& fact, int minutes) {
    values_.push_back(fact.SerializeAsString());
    LogRecord& record = batch_.records.emplace_back();
    record.partition = {topic, 0};
    record.offset = offset_++;
    record.appended_at = At(minutes);
    record.key = "key";
    record.value = values_.back();
  }
  SourcesView Folded() {
    SourcesFold fold;
    WriteSet writes;
    for (const auto& [source, counts] : Decode(batch_).sources) fold.Apply(source, counts);
    fold.EndEpoch(&writes);
    return *fold.view();
  }

 private:
  std::deque<std::string> values_;
  RecordBatch batch_;
  int64_t offset_ = 0;
};

TEST_F(SourcesTest, OfEachHospitalItIsKnownWhenItsStaysWereReportedLast) {
  v1::Envelope there = Admitted("b", 2, "v2", 0);
  there.set_hospital(kOther);
  Append(Topic::kPathway, Admitted("a", 1, "v1", 0), 1);
  Append(Topic::kPathway, there, 5);
  Append(Topic::kPathway, Admitted("c", 3, "v3", 0), 3);
  const SourcesView sources = Folded();
  const rows::Source& source = sources.at("hl7v2:STO");
  EXPECT_EQ(source.facts(), 3);
  EXPECT_EQ(source.last_us(), Us(5));
  EXPECT_EQ(source.reported_us(), Us(5));
  EXPECT_EQ(source.stays_us().at(kHospital), Us(3));
  EXPECT_EQ(source.stays_us().at(kOther), Us(5));
}

TEST_F(SourcesTest, ReportsOfBedsAreReportsButTellNothingOfStays) {
  v1::Envelope beds;
  beds.set_hospital(kHospital);
  beds.mutable_beds_reported()->set_unit("MED1");
  Append(Topic::kCapacity, ByIntake(beds, "ward"), 2);
  const SourcesView sources = Folded();
  EXPECT_EQ(sources.at("intake:ward").reported_us(), Us(2));
  EXPECT_TRUE(sources.at("intake:ward").stays_us().empty());
}

TEST_F(SourcesTest, WhoAnswersReportsNothingAndWhoAnswersCardsIsNoSource) {
  v1::Envelope answer = testing::Fact("a", 1, "v1", 0);
  answer.mutable_kommune_answered();
  Append(Topic::kPathway, ByIntake(answer, "caseworker"), 1);
  v1::Envelope seen;
  seen.set_hospital(kHospital);
  seen.mutable_tiltak_acknowledged();
  Append(Topic::kEscalation, ByIntake(seen, "doctor"), 2);
  v1::Envelope receipt = testing::Fact("r", 1, "v1", 0);
  receipt.mutable_kommune_notified_of_ukp();
  Append(Topic::kPathway, ByIntake(receipt, "caseworker"), 3);
  const SourcesView sources = Folded();
  ASSERT_EQ(sources.size(), 1U);
  const rows::Source& source = sources.at("intake:caseworker");
  EXPECT_EQ(source.facts(), 2);
  EXPECT_EQ(source.reported_us(), 0);
  EXPECT_TRUE(source.stays_us().empty());
}

}  // namespace
}  // namespace overgang::projections
