#include "consumers/meeting/snapshot.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "consumers/board/census_query.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::meeting {
namespace {

board::CensusQuery QueryOf(const Basis& basis, const std::string& hospital) {
  auto scope = std::make_shared<Scope>();
  scope->hospitals = {hospital};
  board::CensusQuery query{.scope = std::shared_ptr<const Scope>(std::move(scope))};
  query.hospitals = {hospital};
  query.at = {absl::ToUnixMicros(basis.now), &basis.terms};
  return query;
}

// Of reports, or no count, or not counted yet when the snapshot was made: these are not compared.
bool IsCompared(const google::protobuf::FieldDescriptor& field, bool long_waits) {
  static const std::set<std::string_view> kReported = {"beds", "occupied", "free_places",
                                                       "corridor_reported"};
  if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT32 ||
      kReported.contains(field.name()))
    return false;
  return long_waits || (field.name() != "ukp_over_10_days" &&
                        (field.name() != "ukp_over_7_days" ||
                         field.containing_type() != v1::HospitalCensus::descriptor()));
}

// Number by number. What stands in one of the two only is compared with nothing counted.
template <typename Census>
void Compare(const std::string& of, bool long_waits, const Census& frozen, const Census& now,
             std::vector<v1::MeetingCorrection>* corrections) {
  const auto* descriptor = Census::descriptor();
  const auto* reflection = Census::GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto& field = *descriptor->field(i);
    if (!IsCompared(field, long_waits)) continue;
    const int32_t was = reflection->GetInt32(frozen, &field);
    const int32_t is = reflection->GetInt32(now, &field);
    if (was == is) continue;
    v1::MeetingCorrection& correction = corrections->emplace_back();
    correction.set_of(of);
    correction.set_number(field.name());
    correction.set_frozen(was);
    correction.set_now(is);
  }
}

}  // namespace

absl::StatusOr<v1::MeetingSnapshot> Freeze(const Basis& basis, const v1::AsOf& as_of,
                                           const std::string& hospital) {
  auto census = board::RunCensus(basis.epoch, basis.directory, QueryOf(basis, hospital));
  if (!census.ok()) return census.status();
  v1::MeetingSnapshot snapshot;
  snapshot.set_version(kSnapshotVersion);
  *snapshot.mutable_as_of() = as_of;
  if (!census->hospitals().empty()) *snapshot.mutable_census() = census->hospitals(0);
  *snapshot.mutable_kommuner() = census->kommuner();
  if (const projections::LevelState* level =
          basis.epoch.levels->Find(absl::StrCat("h:", hospital))) {
    *snapshot.mutable_level() = level->newest;
    *snapshot.mutable_since() = ProtoOfUs(level->since_us);
    snapshot.mutable_census()->set_level(level->newest.to());
  }
  for (const auto& [id, card] : basis.epoch.cards->open) {
    if (card->hospital() != hospital) continue;
    v1::Tiltakskort& kept = *snapshot.add_cards();
    kept = *card;
    kept.clear_issued();
    kept.clear_unanswered();
    kept.clear_passed_over();
    kept.mutable_issued()->set_card_id(id);
  }
  std::ranges::sort(*snapshot.mutable_cards(), [](const auto& a, const auto& b) {
    return std::pair(-UsOfProto(a.issued_at()), a.issued().card_id()) <
           std::pair(-UsOfProto(b.issued_at()), b.issued().card_id());
  });
  if (snapshot.ByteSizeLong() > kSnapshotBytesMax) {
    return FieldError(absl::StatusCode::kResourceExhausted, "hospital",
                      "what the meeting has before it is larger than a record of the log",
                      "close cards that are long over, or have fewer cards for kommuner");
  }
  return snapshot;
}

absl::Status PutBack(const projections::Epoch& epoch, v1::MeetingSnapshot* snapshot) {
  for (v1::Tiltakskort& card : *snapshot->mutable_cards()) {
    auto stored = projections::FindCard(*epoch.rows, card.issued().card_id());
    if (!stored.ok()) return stored.status();
    if (stored->has_value()) *card.mutable_issued() = (*stored)->issued();
  }
  return absl::OkStatus();
}

bool CountsLongWaits(const v1::MeetingSnapshot& snapshot) {
  return snapshot.version() >= kCountsLongWaitsSince;
}

absl::StatusOr<std::vector<v1::MeetingCorrection>> CorrectionsOf(
    const Basis& basis, const v1::MeetingSnapshot& snapshot) {
  const std::string& hospital = snapshot.census().hospital();
  board::CensusQuery query = QueryOf(basis, hospital);
  query.occurred_until_us = query.at.now_us;
  query.capacity = false;
  const auto census = board::RunCensus(basis.epoch, basis.directory, query);
  if (!census.ok()) return census.status();
  std::vector<v1::MeetingCorrection> corrections;
  const v1::HospitalCensus none;
  const bool long_waits = CountsLongWaits(snapshot);
  Compare(absl::StrCat("h:", hospital), long_waits, snapshot.census(),
          census->hospitals().empty() ? none : census->hospitals(0), &corrections);
  std::map<std::string, std::pair<v1::KommuneCensus, v1::KommuneCensus>> kommuner;
  for (const v1::KommuneCensus& kommune : snapshot.kommuner())
    kommuner[kommune.kommune()].first = kommune;
  for (const v1::KommuneCensus& kommune : census->kommuner())
    kommuner[kommune.kommune()].second = kommune;
  for (const auto& [kommune, counts] : kommuner)
    Compare(absl::StrCat("k:", kommune), long_waits, counts.first, counts.second, &corrections);
  return corrections;
}

}  // namespace overgang::meeting
