#include "projections/decode.h"

#include <algorithm>

#include "core/fact_writer.h"
#include "core/uuid.h"

namespace overgang::projections {
namespace {

// What a source says of its stays, beds or places. An answer is none: nobody waits for the next.
bool IsReport(const v1::Envelope& envelope) {
  switch (envelope.fact_case()) {
    case v1::Envelope::kKommuneAnswered:
    case v1::Envelope::kKommuneKnowsPatient:
    case v1::Envelope::kAdmissionReportReceived:
    case v1::Envelope::kKommuneNotifiedOfAdmission:
    case v1::Envelope::kKommuneNotifiedOfUkp:
      return false;
    case v1::Envelope::kBedsReported:
    case v1::Envelope::kPlacesReported:
    case v1::Envelope::kEmergencyDepartmentReported:
      return true;
    default:
      return IsPathwayFact(envelope);
  }
}

class Decoder {
 public:
  explicit Decoder(DecodedBatch* out) : out_(*out) {}

  void Take(const LogRecord& record) {
    DecodedRecord& decoded = out_.records.emplace_back();
    decoded.partition = record.partition;
    decoded.offset = record.offset;
    decoded.appended_us = absl::ToUnixMicros(record.appended_at);
    out_.newest_us = std::max(out_.newest_us, decoded.appended_us);
    // Sealed originals and the founding record say nothing to a view.
    if (record.partition.topic == Topic::kOriginals || record.partition.topic == Topic::kLeader)
      return;
    if (!envelope_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
      decoded.content =
          Unreadable{std::string(record.key), "the record is not an overgang.v1.Envelope"};
      return;
    }
    if (envelope_.fact_case() == v1::Envelope::FACT_NOT_SET) {
      decoded.content =
          Unreadable{std::string(record.key), "the envelope holds no fact that this version knows"};
      return;
    }
    // Who answers a card, sets a level or holds a meeting reports nothing that could be old.
    if (record.partition.topic != Topic::kEscalation) CountSource(decoded.appended_us);
    if (!IsPathwayFact(envelope_)) {
      decoded.content = std::make_unique<v1::Envelope>(envelope_);
      return;
    }
    auto held = Hold(envelope_, record.value, decoded.appended_us);
    if (!held.ok()) {
      decoded.content = Unreadable{std::string(record.key), std::string(held.status().message())};
      return;
    }
    if ((*held)->channel == v1::CHANNEL_INTAKE)
      decoded.intake = std::make_unique<v1::Envelope>(envelope_);
    decoded.content = *std::move(held);
  }

 private:
  // Neighbours in the log mostly have the same source, so the name is made only when it changes.
  void CountSource(int64_t appended_us) {
    const v1::Source& source = envelope_.source();
    if (source.channel() != last_channel_ || source.sender() != last_sender_ ||
        counts_ == nullptr) {
      last_channel_ = source.channel();
      last_sender_ = source.sender();
      counts_ = &out_.sources[SourceName(source)];
      stays_us_ = nullptr;
    }
    ++counts_->facts;
    const auto newest = [appended_us](int64_t* us) { *us = std::max(*us, appended_us); };
    newest(&counts_->last_us);
    if (!IsReport(envelope_)) return;
    newest(&counts_->reported_us);
    if (!IsPathwayFact(envelope_)) return;
    if (stays_us_ == nullptr || last_hospital_ != envelope_.hospital()) {
      last_hospital_ = envelope_.hospital();
      stays_us_ = &counts_->stays_us[last_hospital_];
    }
    newest(stays_us_);
  }

  DecodedBatch& out_;
  v1::Envelope envelope_;  // Used again and again: its strings keep their room.
  v1::Channel last_channel_ = v1::CHANNEL_UNSPECIFIED;
  std::string last_sender_;
  std::string last_hospital_;
  SourceCounts* counts_ = nullptr;
  int64_t* stays_us_ = nullptr;  // Of last_hospital_, in counts_.
};

}  // namespace

std::string RecordDigest(const LogRecord& record) {
  return ContentDigest(std::string(record.key) + '\0' + std::string(record.value));
}

DecodedBatch Decode(const RecordBatch& batch, const Offsets* until) {
  DecodedBatch out;
  out.at_end = batch.at_end;
  out.records.reserve(batch.records.size());
  Decoder decoder(&out);
  std::map<size_t, const LogRecord*> last;
  for (const LogRecord& record : batch.records) {
    const size_t index = record.partition.Index();
    if (until != nullptr && record.offset >= (*until)[index]) continue;
    PartitionMark& mark = out.marks[index];
    if (mark.first_offset < 0) {
      mark.first_offset = record.offset;
      mark.first_digest = RecordDigest(record);
    }
    last[index] = &record;
    decoder.Take(record);
  }
  for (const auto& [index, record] : last) {
    out.marks[index].last_offset = record->offset;
    out.marks[index].last_digest = RecordDigest(*record);
  }
  return out;
}

}  // namespace overgang::projections
