#include "projections/projector.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "projections/tables.h"

namespace overgang::projections {

Projector::Projector(const StateStore& store, std::string incarnation, std::string cluster_id)
    : store_(store),
      pathway_(store),
      cards_(store, levels_),
      published_(store),
      deliveries_(store),
      parked_(store),
      receipts_(store) {
  meta_.set_schema_version(kSchemaVersion);
  meta_.set_incarnation(std::move(incarnation));
  meta_.set_cluster_id(std::move(cluster_id));
  for (size_t i = 0; i < kPartitionCount; ++i) {
    meta_.add_next_offset(0);
    meta_.add_first_offset(-1);
    meta_.add_first_digest("");
    meta_.add_last_digest("");
  }
}

namespace {

bool IsOfThisVersion(const std::string& bytes, rows::Meta* stored) {
  return stored->ParseFromString(bytes) && stored->schema_version() == kSchemaVersion;
}

}  // namespace

absl::StatusOr<bool> CanRead(const StateStore& store) {
  const auto bytes = store.Get(kMeta, "");
  if (!bytes.ok()) return bytes.status();
  rows::Meta stored;
  return !bytes->has_value() || IsOfThisVersion(**bytes, &stored);
}

absl::Status Projector::Load() {
  const auto rows = store_.Snapshot();
  auto bytes = rows->Get(kMeta, "");
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return absl::OkStatus();
  rows::Meta stored;
  if (!IsOfThisVersion(**bytes, &stored)) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "data_dir/views",
                      "the views were written by another version",
                      "delete the folder views in data_dir: the views are made anew from the log");
  }
  if (stored.cluster_id() != meta_.cluster_id() || stored.incarnation() != meta_.incarnation()) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "data_dir/views",
                      absl::StrCat("the views were folded from another log (cluster ",
                                   stored.cluster_id(), ", this is ", meta_.cluster_id(), ")"),
                      "point [log] at the log they belong to, or delete the folder views in "
                      "data_dir to fold this log anew");
  }
  meta_ = stored;
  std::ranges::copy(meta_.next_offset(), next_.begin());
  absl::Status status = LoadOpenStays(*rows);
  if (!status.ok()) return status;
  status = rows->Scan(kUnit, "", "", [&](std::string_view key, std::string_view value) {
    rows::Unit unit;
    if (unit.ParseFromArray(value.data(), static_cast<int>(value.size())))
      capacity_.Load(key, unit);
    return true;
  });
  if (!status.ok()) return status;
  status = rows->Scan(kSource, "", "", [&](std::string_view key, std::string_view value) {
    rows::Source source;
    if (source.ParseFromArray(value.data(), static_cast<int>(value.size())))
      sources_.Load(key, source);
    return true;
  });
  if (status.ok()) {
    status = rows->Scan(kQuality, "", "", [&](std::string_view key, std::string_view value) {
      quality_.Load(key, value);
      return true;
    });
  }
  if (status.ok()) status = cards_.Load(*rows);
  if (status.ok()) status = levels_.Load(*rows);
  WriteSet unused;
  census_.EndEpoch();
  quality_.EndEpoch(&unused);
  capacity_.EndEpoch(&unused);
  sources_.EndEpoch(&unused);
  return status;
}

absl::Status Projector::LoadOpenStays(const StateSnapshot& rows) {
  return rows.Scan(kOpenStay, "", "", [&](std::string_view key, std::string_view value) {
    auto stay = std::make_shared<Contribution>();
    stay->stay_id = Uuid::FromKey(key.substr(0, 16));
    stay->home = PatientRef::FromKey(key.substr(16));
    if (StayEntry::Parse(value, &stay->entry)) census_.Load(std::move(stay));
    return true;
  });
}

absl::Status Projector::Apply(DecodedBatch batch) {
  for (const auto& [index, mark] : batch.marks) {
    const int i = static_cast<int>(index);
    if (mark.last_offset < next_[index]) continue;
    if (meta_.first_offset(i) < 0) {
      meta_.set_first_offset(i, mark.first_offset);
      meta_.set_first_digest(i, mark.first_digest);
    }
    meta_.set_last_digest(i, mark.last_digest);
  }
  for (DecodedRecord& record : batch.records) {
    const size_t index = record.partition.Index();
    if (record.offset < next_[index]) continue;
    next_[index] = record.offset + 1;
    if (absl::Status status = ApplyOne(std::move(record)); !status.ok()) return status;
  }
  for (const auto& [source, counts] : batch.sources) sources_.Apply(source, counts);
  meta_.set_newest_fact_us(std::max(meta_.newest_fact_us(), batch.newest_us));
  return absl::OkStatus();
}

absl::Status Projector::ApplyOne(DecodedRecord record) {
  ++facts_;
  if (record.intake) {
    if (absl::Status status = receipts_.Apply(*record.intake, record.partition, record.offset);
        !status.ok())
      return status;
  }
  if (auto* fact = std::get_if<FactPtr>(&record.content)) return pathway_.Apply(std::move(*fact));
  if (auto* envelope = std::get_if<std::unique_ptr<v1::Envelope>>(&record.content))
    return ApplyEnvelope(record, **envelope);
  if (auto* unreadable = std::get_if<Unreadable>(&record.content))
    return ApplyUnreadable(record, *unreadable);
  return absl::OkStatus();
}

absl::Status Projector::ApplyEnvelope(const DecodedRecord& record, const v1::Envelope& envelope) {
  switch (record.partition.topic) {
    case Topic::kCapacity: {
      capacity_.Apply(envelope);
      return receipts_.Apply(envelope, record.partition, record.offset);
    }
    case Topic::kEscalation: {
      levels_.Apply(envelope);
      if (absl::Status status = cards_.Apply(envelope); !status.ok()) return status;
      return receipts_.Apply(envelope, record.partition, record.offset);
    }
    case Topic::kReadmissions:
      return pathway_.ApplyDecision(envelope);
    case Topic::kStatus:
      return envelope.has_tables_published() ? published_.Apply(envelope.tables_published())
                                             : deliveries_.Apply(envelope, record.appended_us);
    case Topic::kParked: {
      auto outcome = parked_.Apply(envelope, record.appended_us);
      if (!outcome.ok()) return outcome.status();
      if (outcome->has_value())
        return FlagPerson(**outcome, envelope.hospital(), envelope.message_parked().visit_key());
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

absl::Status Projector::ApplyUnreadable(const DecodedRecord& record, const Unreadable& unreadable) {
  auto outcome = parked_.ApplyUnreadable(record.partition, record.offset, unreadable.key,
                                         unreadable.why, record.appended_us);
  if (!outcome.ok()) return outcome.status();
  return FlagPerson(*outcome, "", "");
}

absl::Status Projector::FlagPerson(const ParkedOutcome& outcome, std::string_view hospital,
                                   std::string_view visit_key) {
  const auto ref = PatientRef::Parse(outcome.row.patient_ref());
  if (!ref.ok()) return absl::OkStatus();
  rows::ParkedOf parked;
  parked.set_parked_id(outcome.parked_id);
  parked.set_visit_key(std::string(visit_key));
  parked.set_hospital(std::string(hospital));
  parked.set_at_us(outcome.row.parked_us());
  parked.set_source(outcome.row.source());
  parked.set_settled(outcome.row.state() != "open");
  return pathway_.ApplyParked(*ref, parked);
}

WriteSet Projector::EndEpoch() {
  WriteSet writes;
  PathwayChanges changes = pathway_.EndEpoch(&writes);
  census_.Apply(changes.stays);
  quality_.Apply(changes.stays);
  matters_changed_ = std::make_shared<std::vector<Matters>>(std::move(changes.matters));
  large_clusters_ = std::move(changes.large);
  census_.EndEpoch();
  quality_.EndEpoch(&writes);
  capacity_.EndEpoch(&writes);
  cards_.EndEpoch(&writes);
  levels_.EndEpoch(&writes);
  sources_.EndEpoch(&writes);
  published_.EndEpoch(&writes);
  deliveries_.EndEpoch(&writes);
  parked_.EndEpoch(&writes);
  receipts_.EndEpoch(&writes);
  for (size_t i = 0; i < kPartitionCount; ++i) meta_.set_next_offset(static_cast<int>(i), next_[i]);
  writes.push_back({kMeta, "", meta_.SerializeAsString()});
  return writes;
}

}  // namespace overgang::projections
