#include "producers/plo/plo_inbox.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <latch>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/uuid.h"
#include "producers/plo/files.h"
#include "spdlog/spdlog.h"

namespace overgang::plo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStagedPrefix = ".apprec-";
constexpr std::string_view kStagedSuffix = ".xml.tmp";
constexpr char kTooLarge[] = "too-large";

bool IsFinished(std::string_view name) {
  return !name.starts_with('.') && !name.ends_with(".tmp") && !name.ends_with(".part");
}

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("[plo] folder ", folder, " cannot be used (",
                     error ? error.message() : "no right to read and write",
                     "); make it, or give the hub the right to"));
  }
  return absl::OkStatus();
}

}  // namespace

PloInbox::PloInbox(PloReceiver& receiver, Metrics& metrics, const Clock& clock, Options options)
    : receiver_(receiver),
      clock_(clock),
      options_(std::move(options)),
      files_waiting_(
          metrics.Gauge("overgang_plo_inbox_files", "Files in the PLO inbox at the last look.")),
      failures_(metrics.Counter("overgang_plo_inbox_failures_total",
                                "Files of the PLO inbox that were left for another try.")) {}

PloInbox::~PloInbox() { Stop(); }

absl::Status PloInbox::Start() {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  thread_ = std::thread([this] { Watch(); });
  return absl::OkStatus();
}

void PloInbox::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status PloInbox::Prepare() {
  for (const std::string& folder : {options_.inbox, options_.outbox}) {
    if (absl::Status status = MakeFolder(folder); !status.ok()) return status;
  }
  return SendWhatCrashLeft();
}

void PloInbox::Watch() {
  absl::Duration wait = kScanEvery;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::Status status = Scan();
    lock.lock();
    if (status.ok()) {
      wait = kScanEvery;
    } else {
      wait = std::min(wait * 2, kRetryAfterMax);
      spdlog::warn("plo inbox: all files are left for another try in {}: {}",
                   absl::FormatDuration(wait), std::string(status.message()));
    }
    stop_changed_.wait_for(lock, absl::ToChronoMilliseconds(wait), [&] { return stopping_; });
  }
}

std::vector<std::string> PloInbox::List() {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator it(options_.inbox, error), end;
       !error && it != end && found.size() < kFilesListedMax; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code gone;
    if (!IsFinished(name) || it->symlink_status(gone).type() != fs::file_type::regular) continue;
    const auto written = it->last_write_time(gone);
    if (!gone) found.emplace_back(written, name);
  }
  std::ranges::sort(found);
  files_waiting_.Set(static_cast<double>(found.size()));
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& [time, name] : found) names.push_back(std::move(name));
  const std::set<std::string_view> present(names.begin(), names.end());
  const auto is_gone = [&](const auto& entry) { return !present.contains(entry.first); };
  std::erase_if(waiting_, is_gone);
  std::erase_if(failing_, is_gone);
  return names;
}

absl::Status PloInbox::Scan() {
  absl::Status first_error;
  std::vector<File> batch;
  const auto handle = [&] {
    HandleBatch(batch);
    for (File& file : batch) {
      const absl::Status status = FinishFile(file);
      if (status.ok()) continue;
      failures_.Increment();
      first_error.Update(status);
    }
    batch.clear();
    std::lock_guard lock(mutex_);
    return first_error.ok() && !stopping_;
  };
  for (std::string& name : List()) {
    if (!IsDue(name)) continue;
    batch.emplace_back().name = std::move(name);
    // Where one cannot be stored, the next could not either.
    if (batch.size() == kFilesAtOnce && !handle()) return first_error;
  }
  handle();
  return first_error;
}

// Whether the file is to be handled now.
bool PloInbox::IsDue(const std::string& name) {
  const absl::Time now = clock_.Now();
  const auto waiting = waiting_.find(name);
  if (waiting != waiting_.end() && now < waiting->second.next_try) return false;
  const auto failing = failing_.find(name);
  if (failing == failing_.end()) return true;
  if (now < failing->second.next_try) return false;
  if (!failing->second.answered.has_value()) return true;
  const File file = *failing->second.answered;
  if (absl::Status removed = Remove(file); !removed.ok()) {
    Leave(file, removed, true);
  } else {
    failing_.erase(failing);
  }
  return false;
}

void PloInbox::HandleBatch(std::vector<File>& batch) {
  // Shared, as its last user may still be inside when the wait is over.
  const auto handled = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(batch.size()));
  for (File& file : batch) {
    absl::StatusOr<ReadFile> read = ReadUpTo(InboxPath(file.name), kMessageBytesMax);
    file.read = read.status();
    if (!read.ok()) {
      handled->count_down();
      continue;
    }
    file.id = read->id;
    file.kept_whole = read->bytes.size() <= kKeptBytesMax;
    if (!file.kept_whole) file.digest = ContentDigest(read->bytes);
    const auto waiting = waiting_.find(file.name);
    const bool wait_for_original =
        waiting == waiting_.end() || clock_.Now() - waiting->second.since < kReceiptWaitMax;
    receiver_.Handle(
        std::move(read->bytes), [this](const PloOutcome& outcome) { return Stage(outcome); },
        wait_for_original,
        [&file, handled](absl::StatusOr<PloOutcome> outcome) {
          file.outcome = std::move(outcome);
          handled->count_down();
        });
  }
  handled->wait();
}

absl::Status PloInbox::FinishFile(File& file) {
  if (!file.read.ok()) {
    if (!absl::IsNotFound(file.read)) Leave(file, file.read, false);
    return absl::OkStatus();
  }
  if (!file.outcome.ok()) {
    const absl::Status& status = file.outcome.status();
    if (status.code() == absl::StatusCode::kResourceExhausted)
      return absl::OkStatus();  // The next look takes it.
    if (status.code() != absl::StatusCode::kNotFound) return status;
    // A receipt that waits for its message.
    const absl::Time now = clock_.Now();
    waiting_.try_emplace(file.name, Waiting{now, now}).first->second.next_try =
        now + kReceiptRetryAfter;
    return absl::OkStatus();
  }
  const PloOutcome& outcome = *file.outcome;
  // Also for a repeat: the first time may have failed just here.
  if (!outcome.key.empty()) {
    if (absl::Status sent = Send(outcome.key); !sent.ok()) return sent;
  }
  if (absl::Status removed = Remove(file); !removed.ok()) {
    Leave(file, removed, true);
  } else {
    failing_.erase(file.name);
  }
  return absl::OkStatus();
}

// Takes a file that was answered out of the inbox.
absl::Status PloInbox::Remove(const File& file) const {
  const std::string path = InboxPath(file.name);
  const absl::StatusOr<FileId> there = IdOf(path);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  if (!there.ok()) return there.status();
  // Another message came under the same name; the next look takes it.
  if (*there != file.id) return absl::OkStatus();
  if (!file.kept_whole) {
    const std::string folder = InboxPath(kTooLarge);
    if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
    return Rename(path, absl::StrCat(folder, "/", file.name, ".", file.digest));
  }
  return unlink(path.c_str()) == 0 || errno == ENOENT
             ? absl::OkStatus()
             : FileError(options_.inbox, "has a file that cannot be deleted");
}

// Notes that the file itself is the trouble, and goes on with the others.
void PloInbox::Leave(const File& file, const absl::Status& why, bool answered) {
  failures_.Increment();
  const auto [failing, is_new] = failing_.try_emplace(file.name);
  failing->second.next_try = clock_.Now() + kFileRetryAfter;
  if (answered) failing->second.answered = file;
  if (is_new && failing_.size() <= kFailingFilesLoggedMax) {
    spdlog::warn("plo inbox: a file was left for another try in {}: {}",
                 absl::FormatDuration(kFileRetryAfter), std::string(why.message()));
  }
}

std::string PloInbox::Staged(const std::string& key) const {
  return absl::StrCat(options_.outbox, "/", std::string(kStagedPrefix), key,
                      std::string(kStagedSuffix));
}

absl::Status PloInbox::Stage(const PloOutcome& outcome) const {
  const std::string path = Staged(outcome.key);
  if (absl::Status written = WriteWhole(path, outcome.apprec); !written.ok()) {
    unlink(path.c_str());
    return written;
  }
  return SyncFolderOf(path);
}

absl::Status PloInbox::Send(const std::string& key) const {
  return Rename(Staged(key), absl::StrCat(options_.outbox, "/apprec-", key, ".xml"));
}

absl::Status PloInbox::SendWhatCrashLeft() const {
  std::vector<std::string> keys;
  std::error_code error;
  for (fs::directory_iterator it(options_.outbox, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kStagedPrefix) || !name.ends_with(kStagedSuffix)) continue;
    keys.push_back(name.substr(kStagedPrefix.size(),
                               name.size() - kStagedPrefix.size() - kStagedSuffix.size()));
  }
  for (const std::string& key : keys) {
    if (receiver_.seen().Find(key).has_value()) {
      if (absl::Status sent = Send(key); !sent.ok()) return sent;
    } else {
      unlink(Staged(key).c_str());
    }
  }
  return absl::OkStatus();
}

}  // namespace overgang::plo
