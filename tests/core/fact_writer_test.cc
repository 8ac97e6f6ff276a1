#include "core/fact_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Keeps what is appended, or fails with `status`.
class RecordingLog final : public EventLog {
 public:
  void Append(std::vector<NewRecord> appended, AppendDone done) override {
    if (!status.ok()) return done(status);
    std::vector<LogPosition> positions;
    for (NewRecord& record : appended) {
      positions.push_back({{record.topic, PartitionForKey(record.topic, record.key)},
                           static_cast<int64_t>(records.size())});
      records.push_back(std::move(record));
    }
    done(std::move(positions));
  }
  absl::StatusOr<std::unique_ptr<LogReader>> NewReader(const Offsets&,
                                                       const std::vector<TopicPartition>&,
                                                       const ReadOptions&) override {
    return absl::UnimplementedError("not read here");
  }
  absl::StatusOr<LogEnds> Ends() override { return LogEnds(); }
  absl::Status Health() override { return status; }
  std::string ClusterId() const override { return "recording"; }

  absl::Status status;
  std::vector<NewRecord> records;
};

v1::Envelope Admitted() {
  v1::Envelope envelope;
  envelope.set_event_id(NameUuid({"test"}));
  envelope.set_patient_ref("0a1b-0123456789abcdef0123456789abcdef");
  envelope.set_hospital("974749025");
  *envelope.mutable_occurred_at() = ToProto(absl::FromUnixMillis(1'700'000'000'250));
  envelope.mutable_source()->set_channel(v1::CHANNEL_PLO);
  envelope.mutable_source()->set_sender("59");
  envelope.mutable_patient_admitted();
  return envelope;
}

class FactWriterTest : public ::testing::Test {
 protected:
  v1::Envelope Record(size_t index) const {
    v1::Envelope envelope;
    EXPECT_TRUE(envelope.ParseFromString(log_.records.at(index).value));
    return envelope;
  }

  RecordingLog log_;
  Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'100)};
  FactWriter writer_{log_, sealer_, clock_, "inc"};
};

TEST_F(FactWriterTest, HeadersTellASubscriberWhatItIsWithoutDecoding) {
  const NewRecord record = ToRecord(Admitted());
  EXPECT_EQ(record.topic, Topic::kPathway);
  EXPECT_EQ(record.key, "0a1b-0123456789abcdef0123456789abcdef");
  EXPECT_THAT(
      record.headers,
      UnorderedElementsAre(
          Pair("ce_specversion", "1.0"), Pair("ce_type", "overgang.v1.PatientAdmitted"),
          Pair("ce_id", Admitted().event_id()), Pair("ce_source", "/plo:59"),
          Pair("ce_time", "2023-11-14T22:13:20.25Z"), Pair("content-type", "application/protobuf"),
          Pair("ce_subject", "0a1b-0123456789abcdef0123456789abcdef")));
}

TEST_F(FactWriterTest, EachFactHasItsTopicAndKey) {
  v1::Envelope envelope;
  envelope.set_hospital("974749025");
  envelope.set_stay_kommune("5001");
  envelope.mutable_places_reported()->set_unit("5001-oya");
  EXPECT_EQ(TopicOf(envelope), Topic::kCapacity);
  EXPECT_EQ(KeyOf(envelope), "5001-oya");
  envelope.mutable_beds_reported()->set_unit("MED1");
  EXPECT_EQ(KeyOf(envelope), "974749025/MED1");
  envelope.mutable_level_changed();
  EXPECT_EQ(TopicOf(envelope), Topic::kEscalation);
  EXPECT_EQ(KeyOf(envelope), "974749025");
  envelope.mutable_patient_readmitted();
  EXPECT_EQ(TopicOf(envelope), Topic::kReadmissions);
  envelope.mutable_mail_attempted();
  EXPECT_EQ(TopicOf(envelope), Topic::kStatus);
  EXPECT_EQ(KeyOf(envelope), "h:974749025");
  envelope.mutable_log_founded();
  EXPECT_EQ(TopicOf(envelope), Topic::kLeader);
  EXPECT_EQ(KeyOf(envelope), "");
  envelope.mutable_message_parked();
  EXPECT_EQ(TopicOf(envelope), Topic::kParked);
  EXPECT_EQ(KeyOf(envelope), "hub");
  envelope.mutable_original_received();
  EXPECT_EQ(TopicOf(envelope), Topic::kOriginals);
}

TEST_F(FactWriterTest, TheCursorCoversWhatWasWritten) {
  absl::StatusOr<Cursor> cursor = absl::UnknownError("not called");
  writer_.Append({Admitted()}, [&](absl::StatusOr<Cursor> result) { cursor = std::move(result); });
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  EXPECT_EQ(cursor->incarnation, "inc");
  const TopicPartition partition{Topic::kPathway,
                                 PartitionForKey(Topic::kPathway, Admitted().patient_ref())};
  EXPECT_EQ(cursor->next[partition.Index()], 1);
}

TEST_F(FactWriterTest, AFailureOfTheLogIsTheCallersToKnow) {
  log_.status = absl::UnavailableError("no broker");
  absl::Status seen;
  writer_.Append({Admitted()}, [&](absl::StatusOr<Cursor> result) { seen = result.status(); });
  EXPECT_EQ(seen, log_.status);
}

TEST_F(FactWriterTest, OriginalsAreSealedAndFactsNameThem) {
  const std::string original = "<MsgHead>number 12345678901</MsgHead>";
  writer_.AppendWithOriginal("plo", original, {Admitted()}, [](auto) {});
  ASSERT_EQ(log_.records.size(), 2u);
  const v1::Envelope kept = Record(0);
  EXPECT_EQ(log_.records[0].topic, Topic::kOriginals);
  EXPECT_EQ(log_.records[0].key, "plo:59");
  EXPECT_THAT(log_.records[0].value, Not(HasSubstr("12345678901")));
  EXPECT_EQ(Record(1).original_id(), kept.original_received().original_id());
  EXPECT_EQ(sealer_.Open(kept.original_received().sealed(), kept.original_received().original_id())
                .value(),
            original);
}

TEST_F(FactWriterTest, AMessageWithoutFactsIsKeptUnderItsSource) {
  writer_.KeepOriginal("plo", "<MsgHead/>", Admitted().source(), [](auto) {});
  ASSERT_EQ(log_.records.size(), 1u);
  EXPECT_EQ(log_.records[0].topic, Topic::kOriginals);
  EXPECT_EQ(log_.records[0].key, "plo:59");
  const v1::OriginalReceived kept = Record(0).original_received();
  EXPECT_EQ(sealer_.Open(kept.sealed(), kept.original_id()).value(), "<MsgHead/>");
}

TEST_F(FactWriterTest, TheSameMessageParksUnderTheSameId) {
  v1::Source source;
  source.set_channel(v1::CHANNEL_HL7V2);
  source.set_sender("STO");
  const Refusal refusal = {"unknown_facility", "MSH-4",
                           "the facility is unknown; add it to the directory", "", ""};
  writer_.Park("hl7v2", "MSH|...", source, refusal, [](auto) {});
  writer_.Park("hl7v2", "MSH|...", source, refusal, [](auto) {});
  ASSERT_EQ(log_.records.size(), 4u);
  EXPECT_EQ(log_.records[1].topic, Topic::kParked);
  const v1::Envelope parked = Record(1);
  EXPECT_EQ(parked.message_parked().code(), "unknown_facility");
  EXPECT_EQ(parked.message_parked().place(), "MSH-4");
  EXPECT_EQ(parked.message_parked().original_id(), Record(0).original_received().original_id());
  EXPECT_EQ(parked.event_id(), Record(3).event_id());
}

TEST_F(FactWriterTest, ARepeatWithAnotherTimeParksUnderTheSameId) {
  v1::Source source;
  source.set_channel(v1::CHANNEL_HL7V2);
  source.set_sender("STO");
  source.set_control_id("M1");
  source.set_digest("of all but MSH-7");
  const Refusal refusal = {"unknown_facility", "MSH-4", "the facility is unknown", "", ""};
  writer_.Park("hl7v2", "MSH|...|1015|", source, refusal, [](auto) {});
  writer_.Park("hl7v2", "MSH|...|1016|", source, refusal, [](auto) {});
  EXPECT_EQ(Record(1).message_parked().parked_id(), Record(3).message_parked().parked_id());
  for (const size_t i : {size_t{0}, size_t{2}}) {
    // Each names its own original.
    EXPECT_EQ(Record(i + 1).message_parked().original_id(),
              Record(i).original_received().original_id());
    EXPECT_EQ(Record(i + 1).original_id(), Record(i).original_received().original_id());
  }
  EXPECT_NE(Record(0).event_id(), Record(2).event_id());
  source.set_control_id("M2");
  writer_.Park("hl7v2", "MSH|...|1016|", source, refusal, [](auto) {});
  EXPECT_NE(Record(5).event_id(), Record(3).event_id());
  source.clear_digest();
  writer_.Park("hl7v2", "one", source, refusal, [](auto) {});
  writer_.Park("hl7v2", "two", source, refusal, [](auto) {});
  EXPECT_NE(Record(7).event_id(), Record(9).event_id());
}

TEST_F(FactWriterTest, AnOriginalThatIsTooLargeIsCut) {
  writer_.Park("plo", std::string(3 << 20, 'x'), v1::Source(),
               {"too_large", "", "the message is too large", "", ""}, [](auto) {});
  ASSERT_EQ(log_.records.size(), 2u);
  for (const NewRecord& record : log_.records) EXPECT_LE(record.value.size(), kRecordBytesMax);
  EXPECT_THAT(Record(1).message_parked().reason(),
              HasSubstr("the message is too large; only its first 917504 of 3145728 bytes are"));
  writer_.Park("plo", std::string(kOriginalBytesMax, 'x'), v1::Source(),
               {"not_xml", "", "this is no XML", "", ""}, [](auto) {});
  EXPECT_EQ(Record(3).message_parked().reason(), "this is no XML");
}

}  // namespace
}  // namespace overgang
