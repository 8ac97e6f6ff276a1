// The fold of overgang.capacity.v1: the newest report of each unit, and since when a kommunal unit
// has had free places. It keeps sets, of which only the order of occurrence matters, so that any
// order and any repetition of the reports gives the same bytes.
//
// CapacityView is immutable and shared. Units: microseconds since 1970 UTC; 0 = absent.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

// Reports of a unit that say that places are free, kept to tell since when: the newest ones. A unit
// that reports every hour is told to have had free places for ten days at most.
inline constexpr size_t kFreeReportsKept = 256;

struct UnitReport {
  std::shared_ptr<const v1::Envelope> newest;  // By occurrence, recorded time, event id.
  // Since when places have been free without a break; 0: none are free. May lie ahead, where they
  // were reported to be free from then on.
  int64_t free_since_us = 0;
};

// By key: kommunal units by "<unit>/<kind>", hospital units by "<hospital>/<unit>".
struct CapacityView {
  std::map<std::string, UnitReport, std::less<>> units;

  // Free at `now_us` in units that the kommune may use, each unit counted once.
  int FreePlaces(std::string_view kommune, int64_t now_us) const;
  // Sums of what the hospital's units reported last.
  struct Beds {
    int beds = 0;
    int available = 0;
    int occupied = 0;
    int corridor = 0;
  };
  Beds BedsOf(std::string_view hospital) const;
};

// A unit's key, as in CapacityView.
std::string UnitKey(const v1::Envelope& report);
// Whether the places of a report are free at `now_us`.
bool IsFree(const v1::PlacesReported& report, int64_t now_us);

class CapacityFold {
 public:
  CapacityFold() : view_(std::make_shared<CapacityView>()) {}
  void Apply(const v1::Envelope& fact);
  void Load(std::string_view key, const rows::Unit& row);
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const CapacityView> view() const { return view_; }

 private:
  // Where a report stands among those of its unit.
  struct Place {
    int64_t at_ns = 0;
    int64_t recorded_ns = 0;
    std::string event_id;
    auto operator<=>(const Place&) const = default;
  };
  struct State {
    std::shared_ptr<const v1::Envelope> newest;
    Place none_free;                // Of the newest report that says so.
    std::map<Place, int64_t> free;  // Those after it: from when, in microseconds; 0: at once.
  };
  static Place PlaceOf(const v1::Envelope& fact);
  static int64_t FreeSinceUs(const State& state);
  static rows::Unit RowOf(const State& state);
  static void TakePlaces(const v1::PlacesReported& report, Place place, State* state);

  std::shared_ptr<const CapacityView> view_;
  std::map<std::string, State, std::less<>> states_;
  std::map<std::string, State*> changed_;
};

}  // namespace overgang::projections
