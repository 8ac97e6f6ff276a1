#include "consumers/board/pathway_query.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/happened.h"
#include "projections/rules/served_stay.h"
#include "projections/visible.h"

namespace overgang::board {
namespace {

void AddViews(const projections::DerivedStay& stay, ServeAt at, v1::GetPathwayResponse* response) {
  if (stay.entry.periods.empty()) return;
  v1::StayViews& views = *response->add_views();
  views.set_stay_id(stay.stay.stay_id());
  for (const auto side : {v1::PaymentView::SIDE_HOSPITAL, v1::PaymentView::SIDE_KOMMUNE})
    *views.add_views() = projections::ViewOf(side, stay.entry, *at.terms, at.now_us);
}

// Of a readmission after a stay that is not the caller's, that it is one.
void LeaveOutIndex(const Teller& teller, v1::PatientReadmitted* readmitted) {
  if (teller.scope.everything ||
      projections::MaySeeStayId(teller.scope, *teller.epoch.rows, readmitted->index_stay_id()))
    return;
  readmitted->clear_index_stay_id();
  readmitted->clear_since_discharge();
}

void AddDecisions(const projections::DerivedStay& stay, const projections::Cluster& cluster,
                  const Teller& teller, v1::GetPathwayResponse* response) {
  const ServeAt& at = teller.at;
  const auto is_this = [&](const std::string& id) {
    return id == stay.stay.stay_id() ||
           std::ranges::any_of(stay.aliases, [&](const auto& alias) { return alias.Text() == id; });
  };
  for (const auto& [subject, envelope] : cluster.decided) {
    if (at.occurred_until_us.has_value() &&
        absl::ToUnixMicros(FromProto(envelope.occurred_at())) > *at.occurred_until_us)
      continue;
    if (envelope.has_deadline_missed() && is_this(envelope.deadline_missed().stay_id())) {
      v1::PathwayDecision& decision = *response->add_decisions();
      decision.set_stay_id(stay.stay.stay_id());
      *decision.mutable_deadline_missed() = envelope.deadline_missed();
    } else if (envelope.has_patient_readmitted() &&
               is_this(envelope.patient_readmitted().stay_id())) {
      v1::PathwayDecision& decision = *response->add_decisions();
      decision.set_stay_id(stay.stay.stay_id());
      *decision.mutable_patient_readmitted() = envelope.patient_readmitted();
      LeaveOutIndex(teller, decision.mutable_patient_readmitted());
    }
  }
}

// The same for what there is not and for what is not the caller's.
absl::Status NothingToTell(const v1::GetPathwayRequest& request) {
  return request.has_stay_id()
             ? FieldError(absl::StatusCode::kNotFound, "stay_id", "no such stay",
                          "take the id from ListStays")
             : FieldError(absl::StatusCode::kNotFound, "patient_ref", "nobody has this reference",
                          "take it from a stay or from the log");
}

// A stay that is the caller's, or was then.
bool MaySee(const Teller& teller, const projections::DerivedStay& stay) {
  const ServeAt& at = teller.at;
  return projections::MaySee(teller.scope, stay.entry, at.known_us.value_or(at.now_us)) ||
         projections::MaySee(teller.scope, stay.entry, at.now_us);
}

// Which facts of a person are told: those of one stay, or without an id all.
struct Asked {
  std::set<projections::Uuid> facts;
  std::set<projections::Uuid> seen;  // Of these, those of stays that the caller may see.
};

Asked FactsAskedFor(const projections::Cluster& cluster, const projections::ClusterStays& stays,
                    int person, const projections::Uuid* stay_id, const Teller& teller) {
  Asked asked;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const projections::DerivedStay* stay = stays.of_fact[i];
    if (stays.person_of[i] != person) continue;
    if (stay_id != nullptr && (stay == nullptr || stay->id != *stay_id)) continue;
    const projections::Uuid& id = cluster.facts[i]->event_id;
    asked.facts.insert(id);
    const bool seen = stay == nullptr ? teller.scope.everything : MaySee(teller, *stay);
    if (seen) asked.seen.insert(id);
  }
  return asked;
}

bool SeesAnyOf(const projections::ClusterStays& stays, const Teller& teller) {
  return std::ranges::any_of(stays.stays, [&](const auto& stay) { return MaySee(teller, stay); });
}

// The stays that facts were told of, with what follows from them.
void TellStays(std::vector<const projections::DerivedStay*> told,
               const projections::ClusterStays& stays, const projections::Cluster& cluster,
               const Teller& teller, v1::GetPathwayResponse* response) {
  std::ranges::sort(told, {}, [](const auto* stay) {
    return std::pair(FromProto(stay->stay.admitted_at()), stay->id);
  });
  for (const auto* stay : told) {
    v1::Stay& served = *response->add_stays();
    served = stay->stay;
    projections::FillDerived(stay->entry, *teller.at.terms, teller.at.now_us, &served,
                             &stays.traces[static_cast<size_t>(stay - stays.stays.data())]);
    projections::LeaveOutOthers(teller.scope, *teller.epoch.rows, &served);
    AddViews(*stay, teller.at, response);
    AddDecisions(*stay, cluster, teller, response);
  }
}

// One stay, or without an id all stays of the person whose reference is given, and the facts.
// Others of the cluster may be other persons. NOT_FOUND where nothing of it is the caller's.
absl::StatusOr<v1::GetPathwayResponse> Tell(projections::Cluster cluster,
                                            const projections::Uuid* stay_id,
                                            const projections::PatientRef& ref,
                                            const Teller& teller) {
  projections::ClusterStays stays = projections::ComputeStays(cluster, true);
  const absl::StatusOr<int> person = projections::PersonMeant(cluster, stays, ref, "patient_ref");
  if (!person.ok()) {
    return SeesAnyOf(stays, teller) ? person.status() : absl::NotFoundError("not theirs");
  }
  const Asked asked = FactsAskedFor(cluster, stays, *person, stay_id, teller);
  if (teller.at.occurred_until_us.has_value()) {
    cluster = projections::HappenedBy(std::move(cluster), *teller.at.occurred_until_us);
    stays = projections::ComputeStays(cluster, true);
  }
  v1::GetPathwayResponse response;
  std::set<const projections::DerivedStay*> told_once;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const projections::HeldFact& fact = *cluster.facts[i];
    if (!asked.facts.contains(fact.event_id)) continue;
    const projections::DerivedStay* stay = stays.of_fact[i];
    if (!asked.seen.contains(fact.event_id) && (stay == nullptr || !MaySee(teller, *stay)))
      continue;
    if (stay != nullptr) told_once.insert(stay);
    *response.add_facts() = EntryOf(fact, stay, stays.cancelled[i]);
  }
  if (response.facts().empty()) {
    if (asked.seen.empty()) return absl::NotFoundError("not theirs");
    return FieldError(absl::StatusCode::kNotFound, "moment.occurred_until",
                      "nothing of it had happened by then", "give a later time, or nothing");
  }
  TellStays({told_once.begin(), told_once.end()}, stays, cluster, teller, &response);
  return response;
}

absl::StatusOr<v1::GetPathwayResponse> FindAny(const v1::GetPathwayRequest& request,
                                               const Teller& teller) {
  const StateSnapshot& rows = *teller.epoch.rows;
  if (request.has_stay_id()) {
    auto place = projections::FindStayRow(rows, request.stay_id());
    if (!place.ok()) return place.status();
    auto cluster = projections::FindCluster(rows, place->home);
    if (!cluster.ok()) return cluster.status();
    return Tell(*std::move(cluster), &place->stay_id, place->home, teller);
  }
  auto ref = projections::PatientRef::Parse(request.patient_ref());
  if (!ref.ok()) {
    return FieldError(absl::StatusCode::kInvalidArgument,
                      request.has_patient_ref() ? "patient_ref" : "subject",
                      "not a patient reference", "give stay_id, or the patient_ref of a stay");
  }
  auto cluster = projections::FindCluster(rows, *ref);
  if (!cluster.ok()) return cluster.status();
  return Tell(*std::move(cluster), nullptr, *ref, teller);
}

}  // namespace

absl::StatusOr<v1::GetPathwayResponse> FindPathway(const v1::GetPathwayRequest& request,
                                                   const Teller& teller) {
  auto found = FindAny(request, teller);
  const bool known = PlaceOf(found.status()).field == "moment.occurred_until";
  return absl::IsNotFound(found.status()) && !known ? NothingToTell(request) : std::move(found);
}

}  // namespace overgang::board
