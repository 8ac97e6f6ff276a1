// The fold of overgang.capacity.v1: the newest report of each unit. CapacityView is immutable and
// shared.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

// By key: kommunal units by "<unit>/<kind>", hospital units by "<hospital>/<unit>".
struct CapacityView {
  std::map<std::string, std::shared_ptr<const v1::Envelope>> units;

  // Free at `now_us` in units that the kommune may use.
  int FreePlaces(std::string_view kommune, int64_t now_us) const;
  struct Beds {
    int beds = 0;
    int available = 0;
    int occupied = 0;
  };
  Beds BedsOf(std::string_view hospital) const;
};

class CapacityFold {
 public:
  CapacityFold() : view_(std::make_shared<CapacityView>()) {}
  // The newest by occurrence stands, then by recorded time, then by event id.
  void Apply(const v1::Envelope& fact);
  void Load(std::string_view key, const rows::Unit& row);
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const CapacityView> view() const { return view_; }

 private:
  std::shared_ptr<const CapacityView> view_;
  std::map<std::string, std::shared_ptr<const v1::Envelope>> changed_;
};

}  // namespace overgang::projections
