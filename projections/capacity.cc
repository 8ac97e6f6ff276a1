#include "projections/capacity.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

std::string UnitKey(const v1::Envelope& fact) {
  if (fact.has_places_reported()) {
    return absl::StrCat(fact.places_reported().unit(), "/",
                        v1::PlaceKind_Name(fact.places_reported().kind()));
  }
  if (fact.has_beds_reported())
    return absl::StrCat(fact.hospital(), "/", fact.beds_reported().unit());
  return absl::StrCat(fact.hospital(), "/emergency department");
}

auto Age(const v1::Envelope& fact) {
  return std::tuple(fact.occurred_at().seconds(), fact.occurred_at().nanos(),
                    fact.recorded_at().seconds(), fact.recorded_at().nanos(), fact.event_id());
}

}  // namespace

int CapacityView::FreePlaces(std::string_view kommune, int64_t now_us) const {
  int free = 0;
  for (const auto& [key, fact] : units) {
    if (!fact->has_places_reported()) continue;
    const v1::PlacesReported& report = fact->places_reported();
    if (report.has_free_from() && report.free_from().seconds() * 1'000'000 > now_us) continue;
    if (std::ranges::find(report.shared_by(), kommune) != report.shared_by().end())
      free += report.free();
  }
  return free;
}

CapacityView::Beds CapacityView::BedsOf(std::string_view hospital) const {
  Beds beds;
  for (const auto& [key, fact] : units) {
    if (!fact->has_beds_reported() || fact->hospital() != hospital) continue;
    beds.beds += fact->beds_reported().beds();
    beds.available += fact->beds_reported().available();
    beds.occupied += fact->beds_reported().occupied();
  }
  return beds;
}

void CapacityFold::Apply(const v1::Envelope& fact) {
  const std::string key = UnitKey(fact);
  const auto changed = changed_.find(key);
  const auto known = view_->units.find(key);
  const v1::Envelope* old = changed != changed_.end()     ? changed->second.get()
                            : known != view_->units.end() ? known->second.get()
                                                          : nullptr;
  if (old == nullptr || Age(*old) < Age(fact)) changed_[key] = std::make_shared<v1::Envelope>(fact);
}

void CapacityFold::Load(std::string_view key, const rows::Unit& row) {
  auto fact = std::make_shared<v1::Envelope>();
  if (fact->ParseFromString(row.envelope())) changed_[std::string(key)] = std::move(fact);
}

void CapacityFold::EndEpoch(WriteSet* writes) {
  if (changed_.empty()) return;
  auto view = std::make_shared<CapacityView>(*view_);
  for (auto& [key, fact] : changed_) {
    rows::Unit row;
    row.set_envelope(fact->SerializeAsString());
    writes->push_back({kUnit, key, row.SerializeAsString()});
    view->units[key] = std::move(fact);
  }
  changed_.clear();
  view_ = std::move(view);
}

}  // namespace overgang::projections
