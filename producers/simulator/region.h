// The hospital region that is simulated: one hospital of the directory with its wards and beds, and
// the largest of the kommuner around it with their HER-ids. Immutable.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/directory.h"

namespace overgang::simulator {

struct SimWard {
  std::string id;
  std::string name;
  v1::Sector sector = v1::SECTOR_SOMATIKK;
  int beds = 0;
};

struct SimUnit {
  std::string id;
  std::vector<std::string> kommuner;
  int places = 0;
};

struct SimKommune {
  std::string number;
  std::string name;
  double weight = 0;           // Its population.
  int her_id = 0;              // The kommune.
  int case_worker_her_id = 0;  // Saksbehandlertjenesten.
  int nursing_her_id = 0;      // Sykepleietjenesten.
};

struct SimRegion {
  std::string hospital;  // Organisation number.
  std::string hospital_name;
  std::string facility;  // MSH-4.
  int her_id = 0;
  std::vector<SimWard> wards;
  std::vector<SimKommune> kommuner;
  std::vector<SimUnit> units;           // Kommunal units with places.
  std::vector<std::string> neighbours;  // Organisation numbers of the region's other hospitals.
};

// The directory's first hospital, with `beds` beds, and the `kommuner` most populous kommuner that
// receive PLO. INVALID_ARGUMENT where the directory has no such hospital or too few beds for its
// wards are asked for.
absl::StatusOr<SimRegion> MakeRegion(const Directory& directory, int beds, int kommuner);

}  // namespace overgang::simulator
