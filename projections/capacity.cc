#include "projections/capacity.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::projections {

std::string UnitKey(const v1::Envelope& fact) {
  if (fact.has_places_reported()) {
    return absl::StrCat(fact.places_reported().unit(), "/",
                        v1::PlaceKind_Name(fact.places_reported().kind()));
  }
  if (fact.has_beds_reported())
    return absl::StrCat(fact.hospital(), "/", fact.beds_reported().unit());
  return absl::StrCat(fact.hospital(), "/emergency department");
}

bool IsFree(const v1::PlacesReported& report, int64_t now_us) {
  return report.free() > 0 && (!report.has_free_from() || UsOfProto(report.free_from()) <= now_us);
}

int CapacityView::FreePlaces(std::string_view kommune, int64_t now_us) const {
  int free = 0;
  for (const auto& [key, unit] : units) {
    const v1::PlacesReported& report = unit.newest->places_reported();
    if (!IsFree(report, now_us)) continue;
    if (std::ranges::find(report.shared_by(), kommune) != report.shared_by().end())
      free += report.free();
  }
  return free;
}

CapacityView::Beds CapacityView::BedsOf(std::string_view hospital) const {
  Beds beds;
  for (const auto& [key, unit] : units) {
    if (!unit.newest->has_beds_reported() || unit.newest->hospital() != hospital) continue;
    const v1::BedsReported& report = unit.newest->beds_reported();
    if (report.beds() <= 0) continue;  // Closed.
    beds.beds += report.beds();
    beds.available += report.available();
    beds.occupied += report.occupied();
    beds.corridor += report.corridor();
  }
  return beds;
}

CapacityFold::Place CapacityFold::PlaceOf(const v1::Envelope& fact) {
  return {absl::ToUnixNanos(FromProto(fact.occurred_at())),
          absl::ToUnixNanos(FromProto(fact.recorded_at())), fact.event_id()};
}

// A report that says that none is free settles all before it; what is dropped never matters again,
// whatever comes.
void CapacityFold::TakePlaces(const v1::PlacesReported& report, Place place, State* state) {
  if (report.free() <= 0) {
    if (place <= state->none_free) return;
    state->none_free = std::move(place);
    state->free.erase(state->free.begin(), state->free.upper_bound(state->none_free));
    return;
  }
  if (place <= state->none_free) return;
  const int64_t from_us = report.has_free_from() ? UsOfProto(report.free_from()) : 0;
  state->free.try_emplace(std::move(place), from_us);
  if (state->free.size() > kFreeReportsKept) state->free.erase(state->free.begin());
}

void CapacityFold::Apply(const v1::Envelope& fact) {
  const auto [it, added] = states_.try_emplace(UnitKey(fact));
  State& state = it->second;
  changed_[it->first] = &state;
  Place place = PlaceOf(fact);
  if (added || PlaceOf(*state.newest) < place) state.newest = std::make_shared<v1::Envelope>(fact);
  if (fact.has_places_reported()) TakePlaces(fact.places_reported(), std::move(place), &state);
}

// From the newest report back, as long as each says that places were free until the next one came.
int64_t CapacityFold::FreeSinceUs(const State& state) {
  int64_t since_us = 0;
  int64_t next_us = kNeverUs;
  for (auto it = state.free.rbegin(); it != state.free.rend(); ++it) {
    const int64_t at_us = it->first.at_ns / 1000;
    const int64_t begins_us = std::max(at_us, it->second);
    if (begins_us > next_us) break;
    since_us = begins_us;
    if (begins_us > at_us) break;
    next_us = at_us;
  }
  return since_us;
}

rows::Unit CapacityFold::RowOf(const State& state) {
  rows::Unit row;
  row.set_envelope(state.newest->SerializeAsString());
  row.set_none_free_ns(state.none_free.at_ns);
  row.set_none_free_recorded_ns(state.none_free.recorded_ns);
  row.set_none_free_event_id(state.none_free.event_id);
  for (const auto& [place, from_us] : state.free) {
    rows::FreeReport& report = *row.add_free();
    report.set_at_ns(place.at_ns);
    report.set_recorded_ns(place.recorded_ns);
    report.set_event_id(place.event_id);
    report.set_from_us(from_us);
  }
  return row;
}

void CapacityFold::Load(std::string_view key, const rows::Unit& row) {
  auto fact = std::make_shared<v1::Envelope>();
  if (!fact->ParseFromString(row.envelope())) return;
  State state{std::move(fact),
              {row.none_free_ns(), row.none_free_recorded_ns(), row.none_free_event_id()},
              {}};
  for (const rows::FreeReport& report : row.free()) {
    state.free.emplace(Place{report.at_ns(), report.recorded_ns(), report.event_id()},
                       report.from_us());
  }
  const auto it = states_.insert_or_assign(std::string(key), std::move(state)).first;
  changed_[it->first] = &it->second;
}

void CapacityFold::EndEpoch(WriteSet* writes) {
  if (changed_.empty()) return;
  auto view = std::make_shared<CapacityView>(*view_);
  for (const auto& [key, state] : changed_) {
    writes->push_back({kUnit, key, RowOf(*state).SerializeAsString()});
    view->units[key] = {state->newest, FreeSinceUs(*state)};
  }
  changed_.clear();
  view_ = std::move(view);
}

}  // namespace overgang::projections
