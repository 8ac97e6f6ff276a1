// Places and beds in a status: what units reported last, and when. Pure.
#pragma once

#include <string>

#include "consumers/daily_status/numbers.h"
#include "consumers/daily_status/scope.h"
#include "core/directory.h"
#include "projections/capacity.h"

namespace overgang::daily_status {

// "5001-oya/korttid", as StatusNumber.of has it.
std::string UnitPart(std::string_view unit, v1::PlaceKind kind);

// Of each unit and kind that any of the kommuner may use, each counted once, and their sums. Units
// of the directory that never reported are there, unknown.
void AddPlaces(const projections::CapacityView& capacity, const Directory& directory,
               const IdSet& kommuner, int64_t now_us, Numbers numbers);

// A hospital's beds by ward and in all, and its emergency department.
void AddBeds(const projections::CapacityView& capacity, std::string_view hospital, Numbers numbers);

}  // namespace overgang::daily_status
