// What the levels of a hospital or region rest on, measured from the views. Pure.
//
// A region's numbers are the sums of its hospitals' (the longest wait: the longest), and a kommunal
// unit counts once, however many kommuner share it. What was reported too long ago is unknown, and
// so is every sum that it is part of; a ward or unit that reports that it has no beds or places at
// all is closed and is not waited for.
//
// Units: as the inputs'; microseconds since 1970 UTC, 0 = never.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "consumers/escalation/machine.h"
#include "core/directory.h"
#include "projections/views.h"

namespace overgang::escalation {

// Whose level it is.
struct LevelScope {
  std::string scope;  // "h:974749025" or "r:<name>".
  std::string name;
  std::vector<std::string> hospitals;
  std::vector<std::string> kommuner;  // Of the region, or of those that the hospital is in; sorted.
};
// Hospitals by number, then regions by name.
std::vector<LevelScope> ScopesOf(const Directory& directory);

struct HospitalNumbers {
  int ukp = 0;
  int ukp_over_24h = 0;
  int64_t stays_us = 0;  // When its stays were last heard of.
  int available = 0;
  int occupied = 0;
  int corridor = 0;
  int64_t beds_us = 0;  // The oldest report among its wards' newest.
  int waiting_over_1h = 0;
  int longest_wait_minutes = 0;
  int64_t emergency_us = 0;
};
struct PlacesNumbers {
  int free = 0;
  int64_t places_us = 0;  // The oldest report among the units' newest.
};

// The parts, of which the second and third are read of the reports alone.
void CountStays(const projections::Epoch& epoch, std::string_view hospital, int64_t now_us,
                HospitalNumbers* numbers);
void CountBeds(const projections::CapacityView& capacity, std::string_view hospital,
               HospitalNumbers* numbers);
PlacesNumbers CountPlaces(const projections::CapacityView& capacity,
                          const std::vector<std::string>& kommuner, int64_t now_us);
// When the hospital's stays were last heard of: by its newest ADT message; where none ever came, by
// the newest of PLO, of intake, or of a file. What a kommune answers is none of them.
int64_t StaysHeardUs(const projections::SourcesView& sources, const std::string& hospital);

using StaleAfter = std::array<int64_t, kInputs>;
Measurement MeasurementOf(std::span<const HospitalNumbers> hospitals, const PlacesNumbers& places,
                          const StaleAfter& stale_after_us, int64_t now_us);
// The next time at which one of them becomes too old; kNotUs: none does.
int64_t NextStaleUs(const Measurement& measurement, const StaleAfter& stale_after_us);

Measurement Measure(const projections::Epoch& epoch, const LevelScope& scope,
                    const StaleAfter& stale_after_us, int64_t now_us);

}  // namespace overgang::escalation
