// AppendFacts: facts as another system made them. They keep their own ids and times; who brought
// them is stamped here.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/event_log.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "core/uuid.h"
#include "producers/intake/facts.h"
#include "producers/intake/may_write.h"

namespace overgang::intake {
namespace {

// Room for what the door stamps on a fact.
constexpr size_t kFactBytesMax = kRecordBytesMax - 4096;

bool IsKommuneOrEmpty(const std::string& text) { return text.empty() || IsKommuneNumber(text); }

absl::Status CheckHospital(const v1::Envelope& fact, const std::string& path) {
  if (IsOrganisationNumber(fact.hospital())) return absl::OkStatus();
  return InvalidField(absl::StrCat(path, ".hospital"), "this is missing or no organisation number",
                      "send its 9 digits");
}

absl::Status CheckPathwayFact(const v1::Envelope& fact, const std::string& path) {
  if (!IsPatientRef(fact.patient_ref())) {
    return InvalidField(absl::StrCat(path, ".patient_ref"),
                        "this is missing or no patient reference",
                        "send the reference that the hub gave, or the number in persons");
  }
  if (!fact.has_patient_merged()) return CheckHospital(fact, path);
  if (!IsPatientRef(fact.patient_merged().merged_ref())) {
    return InvalidField(absl::StrCat(path, ".patient_merged.merged_ref"),
                        "this is missing or no patient reference",
                        "send the reference that is no longer used");
  }
  // A merge is of persons, not of a stay.
  return fact.hospital().empty() ? absl::OkStatus() : CheckHospital(fact, path);
}

absl::Status CheckCapacityFact(const v1::Envelope& fact, const std::string& path) {
  if (fact.has_places_reported())
    return CheckPlaces(fact.places_reported(), absl::StrCat(path, ".places_reported."));
  if (absl::Status status = CheckHospital(fact, path); !status.ok()) return status;
  if (fact.has_beds_reported())
    return CheckBeds(fact.beds_reported(), absl::StrCat(path, ".beds_reported."));
  return CheckEmergencyDepartment(fact.emergency_department_reported(),
                                  absl::StrCat(path, ".emergency_department_reported."));
}

// What any fact may say of the person.
absl::Status CheckPerson(const v1::Envelope& fact, const std::string& path) {
  for (int i = 0; i < fact.alias_refs_size(); ++i) {
    if (IsPatientRef(fact.alias_refs(i))) continue;
    return InvalidField(absl::StrCat(path, ".alias_refs[", i, "]"), "this is no patient reference",
                        "send references that the hub gave; numbers are not taken here");
  }
  if (!IsKommuneOrEmpty(fact.residence_kommune()) || !IsKommuneOrEmpty(fact.stay_kommune())) {
    return InvalidField(
        absl::StrCat(
            path, IsKommuneOrEmpty(fact.stay_kommune()) ? ".residence_kommune" : ".stay_kommune"),
        "this is no kommune number", "send 4 digits, or leave it out");
  }
  if (!fact.bydel().empty() && !IsBydelNumber(fact.bydel())) {
    return InvalidField(absl::StrCat(path, ".bydel"), "this is no number of a bydel",
                        "send 6 digits, or leave it out");
  }
  if (fact.age_at_admission() >= 0 && fact.age_at_admission() <= kAgeMax) return absl::OkStatus();
  return InvalidField(absl::StrCat(path, ".age_at_admission"), "this age cannot be",
                      absl::StrCat("send 0 to ", kAgeMax, " years"));
}

absl::Status CheckFact(const v1::Envelope& fact, const FactContext& context,
                       const std::string& path) {
  if (!IsUuid(fact.event_id())) {
    return InvalidField(absl::StrCat(path, ".event_id"), "this is missing or no UUID",
                        "send an id that is the same whenever this fact is sent, e.g. a UUIDv5");
  }
  if (!fact.has_occurred_at() || FromProto(fact.occurred_at()) > context.now + kOccurredAheadMax) {
    return InvalidField(absl::StrCat(path, ".occurred_at"),
                        "this is missing or lies ahead of the hub's clock",
                        "send when it happened, in UTC");
  }
  if (absl::Status status = CheckPerson(fact, path); !status.ok()) return status;
  if (fact.ByteSizeLong() > kFactBytesMax) {
    return InvalidField(path, "this is too large",
                        absl::StrCat("send at most ", kFactBytesMax, " bytes a fact"));
  }
  const Topic topic = TopicOf(fact);
  if (fact.fact_case() != v1::Envelope::FACT_NOT_SET && topic == Topic::kPathway)
    return CheckPathwayFact(fact, path);
  if (topic == Topic::kCapacity) return CheckCapacityFact(fact, path);
  return InvalidField(absl::StrCat(path, ".fact"),
                      "this is missing, or a kind that only the hub itself writes",
                      "send facts of the pathway and of capacity");
}

// What every fact of the request gets from the door.
void Stamp(const v1::AppendFactsRequest& request, const FactContext& context, v1::Envelope& fact) {
  *fact.mutable_source() = context.source;
  if (fact.correlation_id().empty()) fact.set_correlation_id(context.event_id);
  if (!fact.has_recorded_at()) *fact.mutable_recorded_at() = ToProto(context.now);
  if (fact.occurred_precision() == v1::PRECISION_UNSPECIFIED)
    fact.set_occurred_precision(v1::PRECISION_SECOND);
  fact.clear_original_id();
  fact.set_schema_version(1);
  if (!request.history()) return;
  // Whether a file of history came before is told by the facts' ids: no receipt is kept of it.
  fact.mutable_source()->Clear();
  fact.mutable_source()->set_channel(v1::CHANNEL_IMPORT);
  fact.mutable_source()->set_sender(context.source.sender());
  const Hospital* hospital = context.directory.HospitalByNumber(fact.hospital());
  if (fact.sector() == v1::SECTOR_UNSPECIFIED && !fact.ward().empty() && hospital != nullptr)
    fact.set_sector(context.directory.SectorOf(*hospital, fact.ward()));
}

// Takes away what the views hold already.
absl::Status LeaveOutHeld(const StayLookup& stays, Facts& facts) {
  std::map<std::string, std::vector<std::string>> held;  // By reference; sorted.
  absl::Status status;
  std::erase_if(facts, [&](const v1::Envelope& fact) {
    if (!status.ok() || fact.patient_ref().empty()) return false;
    auto [it, added] = held.try_emplace(fact.patient_ref());
    if (added) {
      absl::StatusOr<std::vector<std::string>> ids = stays.HeldFacts(fact.patient_ref());
      if (!ids.ok()) {
        status = ids.status();
        return false;
      }
      it->second = *std::move(ids);
    }
    return std::ranges::binary_search(it->second, fact.event_id());
  });
  return status;
}

}  // namespace

absl::Status Pseudonymize(const Pseudonymizer& pseudonymizer, v1::AppendFactsRequest& request) {
  int next = 0;
  for (int i = 0; i < request.persons_size(); ++i) {
    const v1::PersonOfFacts& person = request.persons(i);
    const std::string path = absl::StrCat("persons[", i, "]");
    absl::StatusOr<Pseudonymizer::Refs> refs = pseudonymizer.OfNationalNumber(person.id_number());
    if (!refs.ok()) return InvalidNumber(path + ".id_number");
    int left = person.facts();
    for (; left > 0 && next < request.facts_size(); ++next) {
      v1::Envelope& fact = *request.mutable_facts(next);
      if (!fact.patient_ref().empty() || TopicOf(fact) != Topic::kPathway) continue;
      fact.set_patient_ref(refs->current);
      for (const std::string& other : refs->others) fact.add_alias_refs(other);
      --left;
    }
    if (person.facts() < 1 || left > 0) {
      return InvalidField(path + ".facts", "so many facts without patient_ref are not left",
                          "count each person's facts, in the order of facts");
    }
  }
  request.clear_persons();
  return absl::OkStatus();
}

absl::StatusOr<Facts> MakeFacts(const v1::AppendFactsRequest& request, const FactContext& context) {
  if (request.facts().empty()) return InvalidField("facts", "there are none", "send at least one");
  Facts facts;
  facts.reserve(static_cast<size_t>(request.facts_size()));
  for (int i = 0; i < request.facts_size(); ++i) {
    const std::string path = absl::StrCat("facts[", i, "]");
    absl::Status status = CheckFact(request.facts(i), context, path);
    if (status.ok()) status = MayAppend(*context.scope, context.directory, request.facts(i), path);
    if (!status.ok()) return status;
    Stamp(request, context, facts.emplace_back(request.facts(i)));
  }
  if (request.history()) {
    if (absl::Status status = LeaveOutHeld(context.stays, facts); !status.ok()) return status;
  }
  return facts;
}

}  // namespace overgang::intake
