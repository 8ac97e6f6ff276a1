// What a run of the simulator leaves in files: where it came to, so that a second start goes on,
// and what it expects of the hub, so that a test can compare. One thread; files are replaced whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "producers/simulator/model.h"

namespace overgang::simulator {

struct RunState {
  uint64_t seed = 1;
  int hospital_size = 0;
  int kommuner = 0;
  absl::Time start;
  absl::Time acknowledged_until;
};

// Nothing where there is no file, or one that cannot be read: then the run begins anew, and repeats
// harm nobody.
std::optional<RunState> ReadRunState(const std::filesystem::path& file);
absl::Status WriteRunState(const std::filesystem::path& file, const RunState& state);

// {"asOf": .., "admitted": .., "inpatients": .., "ukp": .., "corridor": .., "kommuner": {"5001":
// {"inpatients": .., "ukp": .., "awaitingAnswer": ..}, ..}}
absl::Status WriteExpectation(const std::filesystem::path& file, const Truth& truth,
                              int64_t admitted);

// addresses.json of a running hub: the value of "mllp", "http" or "grpc".
absl::StatusOr<std::string> ReadAddress(const std::filesystem::path& data_dir,
                                        const std::string& door);

}  // namespace overgang::simulator
