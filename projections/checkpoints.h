// The checkpoints of the rows that are kept on disk, one folder each:
//   <directory>/<when it was made>/rows   the store's own checkpoint
//   <directory>/<when it was made>/meta   rows.Meta: how far it goes
//
// Which ones stay: of every hour of a day, every day of a week, every week of five, every 30 days
// of thirteen times 30 the newest; of what is older (made because somebody asked) the last
// kOlderKept. Times are those of a checkpoint's newest fact. Threads: all methods are thread-safe.
// Errors: UNAVAILABLE (disk), with the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/event_log.h"
#include "core/state_store.h"
#include "projections/rows.pb.h"

namespace overgang::projections {

struct KeptStep {
  absl::Duration every;
  int count;
};
inline constexpr KeptStep kKeptSteps[] = {{absl::Hours(1), 24},
                                          {absl::Hours(24), 7},
                                          {absl::Hours(7 * 24), 5},
                                          {absl::Hours(30 * 24), 13}};
inline constexpr size_t kOlderKept = 4;
// None is kept where less than so many times its size is free: history must not fill the disk.
inline constexpr uintmax_t kRoomInCheckpoints = 2;
inline constexpr size_t kCheckpointsMax = 24 + 7 + 5 + 13 + kOlderKept;

// A store that is gone when it is released: of the rows in a checkpoint's folder, which stay as
// they are, or an empty one where the name is empty.
using OpenScratch =
    std::function<absl::StatusOr<std::unique_ptr<StateStore>>(const std::string& checkpoint)>;

struct Checkpoint {
  std::string folder;
  absl::Time made_at;
  rows::Meta meta;

  absl::Time newest_fact() const { return absl::FromUnixMicros(meta.newest_fact_us()); }
  // Whether nothing in it lies beyond.
  bool IsWithin(const Offsets& next, int64_t appended_us) const;
};

class Checkpoints {
 public:
  Checkpoints(std::string directory, OpenScratch open_scratch);

  // Finds what is there. What is half made, of another log or of another version is removed.
  [[nodiscard]] absl::Status Load(const std::string& incarnation, const std::string& cluster_id);
  // Keeps one of this store, and removes those that are one too many then.
  [[nodiscard]] absl::Status Add(const StateStore& store, absl::Time now);
  // Newest last.
  std::vector<std::shared_ptr<const Checkpoint>> All() const;
  [[nodiscard]] absl::StatusOr<std::unique_ptr<StateStore>> Open(const Checkpoint& checkpoint);
  // One that cannot be used.
  void Remove(const Checkpoint& checkpoint);

 private:
  void Thin(absl::Time now);

  const std::string directory_;
  const OpenScratch open_scratch_;
  mutable std::mutex mutex_;  // Held while a folder is read or removed.
  std::vector<std::shared_ptr<const Checkpoint>> kept_;
};

// Which of them stay, as indexes. At most kCheckpointsMax.
std::vector<size_t> StayOf(const std::vector<std::shared_ptr<const Checkpoint>>& checkpoints,
                           absl::Time now);

}  // namespace overgang::projections
