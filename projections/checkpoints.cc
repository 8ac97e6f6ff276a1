#include "projections/checkpoints.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "projections/tables.h"
#include "spdlog/spdlog.h"

namespace overgang::projections {
namespace {

namespace fs = std::filesystem;

constexpr char kRows[] = "/rows";
constexpr char kMetaFile[] = "/meta";
constexpr char kHalfMade[] = ".part";
constexpr char kNameFormat[] = "%E4Y%m%dT%H%M%E6SZ";  // So that names sort by time.

absl::Status DiskError(const std::string& folder, const std::error_code& error) {
  return FieldError(absl::StatusCode::kUnavailable, folder,
                    "a checkpoint cannot be kept: " + error.message(),
                    "check its owner, its rights and the disk; the hub tries again");
}

// It shares its files with the live rows only until those are written anew.
absl::Status CheckRoom(const std::string& folder) {
  std::error_code error;
  uintmax_t bytes = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) bytes += it->file_size(error);
  }
  const fs::space_info space = fs::space(folder, error);
  if (error) return DiskError(folder, error);
  if (space.available >= kRoomInCheckpoints * bytes) return absl::OkStatus();
  return FieldError(absl::StatusCode::kUnavailable, folder,
                    absl::StrCat("a checkpoint is not kept: it may come to take ", bytes >> 20,
                                 " MiB, and too little is free"),
                    "free space on its file system");
}

void RemoveFolder(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

absl::StatusOr<rows::Meta> ReadMeta(const StateStore& store) {
  auto bytes = store.Get(kMeta, "");
  if (!bytes.ok()) return bytes.status();
  rows::Meta meta;
  if (!bytes->has_value() || !meta.ParseFromString(**bytes))
    return absl::DataLossError("a checkpoint has no offsets");
  return meta;
}

// Null where there is no whole one.
std::shared_ptr<Checkpoint> ReadFolder(const fs::path& folder) {
  auto checkpoint = std::make_shared<Checkpoint>();
  checkpoint->folder = folder.string();
  std::string error;
  if (!absl::ParseTime(kNameFormat, folder.filename().string(), &checkpoint->made_at, &error))
    return nullptr;
  std::ifstream file(checkpoint->folder + kMetaFile, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty() || !checkpoint->meta.ParseFromString(bytes)) return nullptr;
  const bool whole = checkpoint->meta.next_offset_size() == static_cast<int>(kPartitionCount);
  return whole ? checkpoint : nullptr;
}

void SortByNews(std::vector<std::shared_ptr<const Checkpoint>>* checkpoints) {
  std::ranges::sort(*checkpoints, {}, [](const auto& checkpoint) {
    return std::pair(checkpoint->newest_fact(), checkpoint->made_at);
  });
}

}  // namespace

bool Checkpoint::IsWithin(const Offsets& next, int64_t appended_us) const {
  if (meta.newest_fact_us() > appended_us) return false;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    if (meta.next_offset(static_cast<int>(i)) > next[i]) return false;
  }
  return true;
}

std::vector<size_t> StayOf(const std::vector<std::shared_ptr<const Checkpoint>>& checkpoints,
                           absl::Time now) {
  std::set<size_t> stay;
  absl::Time covered_from = now;
  for (const KeptStep& step : kKeptSteps) {
    const auto slot_of = [&](absl::Time time) {
      return (time - absl::UnixEpoch()) / step.every;  // Whole ones.
    };
    const int64_t oldest = slot_of(now) - step.count + 1;
    covered_from = absl::UnixEpoch() + oldest * step.every;
    std::map<int64_t, size_t> newest;
    for (size_t i = 0; i < checkpoints.size(); ++i) {
      const int64_t slot = slot_of(checkpoints[i]->newest_fact());
      if (slot < oldest) continue;
      const auto [it, first] = newest.emplace(std::min(slot, slot_of(now)), i);
      if (!first && checkpoints[i]->newest_fact() >= checkpoints[it->second]->newest_fact())
        it->second = i;
    }
    for (const auto& [slot, i] : newest) stay.insert(i);
  }
  std::vector<size_t> older;
  for (size_t i = 0; i < checkpoints.size(); ++i) {
    if (checkpoints[i]->newest_fact() < covered_from) older.push_back(i);
  }
  std::ranges::sort(older, std::greater(), [&](size_t i) { return checkpoints[i]->made_at; });
  if (older.size() > kOlderKept) older.resize(kOlderKept);
  stay.insert(older.begin(), older.end());
  return {stay.begin(), stay.end()};
}

Checkpoints::Checkpoints(std::string directory, OpenScratch open_scratch)
    : directory_(std::move(directory)), open_scratch_(std::move(open_scratch)) {}

absl::Status Checkpoints::Load(const std::string& incarnation, const std::string& cluster_id) {
  std::lock_guard lock(mutex_);
  std::error_code error;
  fs::create_directories(directory_, error);
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
    folders.push_back(it->path());
  if (error) return DiskError(directory_, error);
  for (const fs::path& folder : folders) {
    const auto checkpoint = ReadFolder(folder);
    const bool usable = checkpoint != nullptr &&
                        checkpoint->meta.schema_version() == kSchemaVersion &&
                        checkpoint->meta.incarnation() == incarnation &&
                        checkpoint->meta.cluster_id() == cluster_id;
    if (usable) {
      kept_.push_back(checkpoint);
      continue;
    }
    if (!absl::EndsWith(folder.string(), kHalfMade)) {
      spdlog::warn("history: {} is not a checkpoint of this log and version; it is removed",
                   folder.string());
    }
    RemoveFolder(folder.string());
  }
  SortByNews(&kept_);
  return absl::OkStatus();
}

absl::Status Checkpoints::Add(const StateStore& store, absl::Time now) {
  auto made = std::make_shared<Checkpoint>();
  std::string part;
  std::error_code error;
  // Two may be made at once.
  for (made->made_at = now;; made->made_at += absl::Microseconds(1)) {
    made->folder = absl::StrCat(directory_, "/",
                                absl::FormatTime(kNameFormat, made->made_at, absl::UTCTimeZone()));
    part = made->folder + kHalfMade;
    if (!fs::exists(made->folder, error) && !fs::exists(part, error)) break;
  }
  fs::create_directories(part, error);
  if (error) return DiskError(part, error);
  absl::Status status = store.Checkpoint(part + kRows);
  if (status.ok()) status = CheckRoom(part);
  if (status.ok()) {
    // How far it goes is what it holds: more may have been committed meanwhile.
    auto copy = open_scratch_(part + kRows);
    auto meta = copy.ok() ? ReadMeta(**copy) : copy.status();
    status = meta.status();
    if (meta.ok()) made->meta = *std::move(meta);
  }
  if (status.ok()) {
    std::ofstream file(part + kMetaFile, std::ios::binary);
    file << made->meta.SerializeAsString();
    if (!file.flush()) status = DiskError(part, std::make_error_code(std::errc::io_error));
  }
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    fs::rename(part, made->folder, error);
    if (error) status = DiskError(made->folder, error);
  }
  if (!status.ok()) {
    RemoveFolder(part);
    return status;
  }
  kept_.push_back(std::move(made));
  SortByNews(&kept_);
  Thin(now);
  return absl::OkStatus();
}

std::vector<std::shared_ptr<const Checkpoint>> Checkpoints::All() const {
  std::lock_guard lock(mutex_);
  return kept_;
}

absl::StatusOr<std::unique_ptr<StateStore>> Checkpoints::Open(const Checkpoint& checkpoint) {
  std::lock_guard lock(mutex_);
  return open_scratch_(checkpoint.folder + kRows);
}

void Checkpoints::Remove(const Checkpoint& checkpoint) {
  std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const auto& kept) { return kept->folder == checkpoint.folder; });
  RemoveFolder(checkpoint.folder);
}

void Checkpoints::Thin(absl::Time now) {
  std::vector<std::shared_ptr<const Checkpoint>> stay;
  for (size_t i : StayOf(kept_, now)) stay.push_back(kept_[i]);
  for (const auto& checkpoint : kept_) {
    if (std::ranges::find(stay, checkpoint) == stay.end()) RemoveFolder(checkpoint->folder);
  }
  kept_ = std::move(stay);
}

}  // namespace overgang::projections
