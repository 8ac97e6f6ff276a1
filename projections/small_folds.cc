#include "projections/small_folds.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/fact_writer.h"
#include "core/uuid.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

// Rows with maps are written with their keys in order: the same row, the same bytes.
std::string Deterministic(const google::protobuf::Message& row) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  row.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

void SourcesFold::Apply(const std::string& source, const SourceCounts& counts) {
  auto [it, added] = changed_.try_emplace(source);
  if (added) {
    if (const auto known = view_->find(source); known != view_->end()) it->second = known->second;
  }
  rows::Source& row = it->second;
  row.set_facts(row.facts() + counts.facts);
  row.set_last_us(std::max(row.last_us(), counts.last_us));
  row.set_reported_us(std::max(row.reported_us(), counts.reported_us));
  for (const auto& [hospital, us] : counts.stays_us) {
    int64_t& newest = (*row.mutable_stays_us())[hospital];
    newest = std::max(newest, us);
  }
}

void SourcesFold::EndEpoch(WriteSet* writes) {
  if (changed_.empty()) return;
  auto view = std::make_shared<SourcesView>(*view_);
  for (const auto& [source, row] : changed_) {
    writes->push_back({kSource, source, Deterministic(row)});
    (*view)[source] = row;
  }
  changed_.clear();
  view_ = std::move(view);
}

absl::StatusOr<std::optional<rows::Parked>> ParkedFold::Find(const std::string& id) const {
  if (const auto it = changed_.find(id); it != changed_.end()) return it->second;
  auto bytes = store_.Get(kParked, id);
  if (!bytes.ok()) return bytes.status();
  rows::Parked row;
  if (!bytes->has_value() || !row.ParseFromString(**bytes)) return std::nullopt;
  return row;
}

absl::StatusOr<std::optional<ParkedOutcome>> ParkedFold::Apply(const v1::Envelope& fact,
                                                               int64_t appended_us) {
  const bool parks = fact.has_message_parked();
  if (!parks && !fact.has_parked_retried() && !fact.has_parked_discarded()) return std::nullopt;
  const std::string& id = parks                       ? fact.message_parked().parked_id()
                          : fact.has_parked_retried() ? fact.parked_retried().parked_id()
                                                      : fact.parked_discarded().parked_id();
  auto known = Find(id);
  if (!known.ok()) return known.status();
  rows::Parked row = known->value_or(rows::Parked());
  if (!parks) {
    // What it settles may stand in another topic and be read later; the row waits for it.
    row.set_state(fact.has_parked_retried() ? "retried" : "discarded");
  } else if (known->has_value()) {
    row.set_repeats(row.repeats() + 1);
  } else {
    const v1::MessageParked& parked = fact.message_parked();
    row.set_source(SourceName(fact.source()));
    row.set_reason(parked.reason());
    row.set_place(parked.place());
    row.set_code(parked.code());
    row.set_original_id(parked.original_id());
    row.set_patient_ref(parked.patient_ref());
    row.set_state("open");
    row.set_parked_us(appended_us);
  }
  changed_[id] = row;
  return ParkedOutcome{id, std::move(row)};
}

absl::StatusOr<ParkedOutcome> ParkedFold::ApplyUnreadable(TopicPartition partition, int64_t offset,
                                                          std::string_view key,
                                                          std::string_view why,
                                                          int64_t appended_us) {
  const std::string topic(Spec(partition.topic).name);
  rows::Parked row;
  row.set_source(absl::StrCat("log:", topic));
  row.set_reason(absl::StrCat(
      std::string(why), "; correct the producer and append the fact again, then discard this"));
  row.set_place(absl::StrCat(topic, "[", partition.partition, "]@", offset));
  row.set_code("unreadable_record");
  row.set_patient_ref(std::string(key));
  row.set_state("open");
  row.set_parked_us(appended_us);
  row.set_topic(topic);
  row.set_partition(partition.partition);
  row.set_offset(offset);
  std::string id = NameUuid({"record", row.place()});
  // A discard stands in another topic and may have been folded before.
  auto known = Find(id);
  if (!known.ok()) return known.status();
  if (known->has_value()) row.set_state((*known)->state());
  changed_[id] = row;
  return ParkedOutcome{std::move(id), std::move(row)};
}

void ParkedFold::EndEpoch(WriteSet* writes) {
  for (const auto& [id, row] : changed_) {
    writes->push_back({kParked, id, row.SerializeAsString()});
    if (row.parked_us() != 0)
      writes->push_back({kParkedByTime, DescendingTime(row.parked_us()) + id, ""});
  }
  changed_.clear();
}

std::string ReceiptsFold::Key(std::string_view principal, std::string_view method,
                              std::string_view idempotency_key) {
  std::string key(principal);
  key += '\0';
  key += method;
  key += '\0';
  key += idempotency_key;
  return key;
}

absl::Status ReceiptsFold::Apply(const v1::Envelope& fact, TopicPartition partition,
                                 int64_t offset) {
  if (fact.source().channel() != v1::CHANNEL_INTAKE || fact.source().control_id().empty())
    return absl::OkStatus();
  const std::string key =
      Key(fact.source().sender(), fact.source().method(), fact.source().control_id());
  auto [it, added] = changed_.try_emplace(key);
  rows::Receipt& row = it->second;
  if (added) {
    auto bytes = store_.Get(kReceipt, key);
    if (!bytes.ok()) {
      changed_.erase(it);
      return bytes.status();
    }
    if (bytes->has_value()) row.ParseFromString(**bytes);
  }
  // Facts of one request share the correlation id. Where two hubs took the key for two requests at
  // once, the smaller stands, whichever partition is read first.
  const std::string& id = fact.correlation_id().empty() ? fact.event_id() : fact.correlation_id();
  if (row.event_id().empty() ||
      std::tie(id, fact.source().digest()) < std::tie(row.event_id(), row.digest())) {
    row.set_event_id(id);
    row.set_digest(fact.source().digest());
  }
  int64_t& last = (*row.mutable_last_offset())[static_cast<int32_t>(partition.Index())];
  last = std::max(last, offset);
  return absl::OkStatus();
}

void ReceiptsFold::EndEpoch(WriteSet* writes) {
  for (const auto& [key, row] : changed_) writes->push_back({kReceipt, key, Deterministic(row)});
  changed_.clear();
}

}  // namespace overgang::projections
