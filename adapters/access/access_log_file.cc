#include "adapters/access/access_log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/access/access_log_lines.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

absl::CivilDay UtcDate(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

absl::Status Failed(const std::string& path, std::string_view what) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::string(what), ": ",
                                             std::strerror(errno),
                                             "; check the folder and free space"));
}

// A slice of the stays of an entry that tells of too many for one line.
v1::AccessEntry PartOf(const v1::AccessEntry& entry, int from) {
  v1::AccessEntry part = entry;
  part.clear_stay_ids();
  const int until = std::min(entry.stay_ids_size(), from + kStaysInEntryMax);
  for (int i = from; i < until; ++i) part.add_stay_ids(entry.stay_ids(i));
  part.set_count(until - from);
  return part;
}

}  // namespace

AccessLogFile::AccessLogFile(Options options, const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      clock_(clock),
      written_(metrics.Counter("overgang_access_log_entries_total",
                               "Entries of the access log that were written")),
      failed_(metrics.Counter("overgang_access_log_failures_total",
                              "Entries that could not be written: their reads were refused")) {}

absl::StatusOr<std::unique_ptr<AccessLogFile>> AccessLogFile::Open(Options options,
                                                                   const Clock& clock,
                                                                   Metrics& metrics) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  std::unique_ptr<AccessLogFile> log(new AccessLogFile(std::move(options), clock, metrics));
  if (!error) {
    std::filesystem::permissions(log->options_.folder, std::filesystem::perms::owner_all, error);
  }
  if (error) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "data_dir",
                      absl::StrCat(log->options_.folder, " cannot be made: ", error.message()),
                      "give a folder that this user may write");
  }
  if (absl::Status status = log->OpenFile(UtcDate(clock.Now())); !status.ok()) return status;
  log->thread_ = std::thread([log = log.get()] { log->Run(); });
  return log;
}

AccessLogFile::~AccessLogFile() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  CloseFile();
}

void AccessLogFile::Write(v1::AccessEntry entry, Done done) {
  const absl::Time now = clock_.Now();
  *entry.mutable_at() = ToProto(now);
  std::vector<Line> lines;
  int from = 0;
  do {
    const bool whole = entry.stay_ids_size() <= kStaysInEntryMax;
    lines.push_back({UtcDate(now), AccessLine(whole ? entry : PartOf(entry, from)), nullptr});
    from += kStaysInEntryMax;
  } while (from < entry.stay_ids_size());
  lines.back().done = std::move(done);
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() < kAccessEntriesWaitingMax) {
      for (Line& line : lines) waiting_.push_back(std::move(line));
      lines.clear();
    }
  }
  if (lines.empty()) return changed_.notify_one();
  failed_.Increment();
  lines.back().done(absl::ResourceExhaustedError("too much is waiting to be written"));
}

void AccessLogFile::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, absl::ToChronoNanoseconds(options_.look_every),
                      [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_ && waiting_.empty()) return;
    const std::vector<Line> batch = std::exchange(waiting_, {});
    lock.unlock();
    WriteBatch(batch);
    if (batch.empty()) BeginDate();
    lock.lock();
  }
}

void AccessLogFile::BeginDate() {
  const absl::CivilDay today = UtcDate(clock_.Now());
  if (file_ >= 0 && file_date_ == today) return;
  const absl::Status status = OpenFile(today);
  if (!status.ok()) spdlog::error("the access log: {}", std::string(status.message()));
}

// Of one date and then of the next: lines wait in the order of their time, nearly.
void AccessLogFile::WriteBatch(const std::vector<Line>& batch) {
  for (size_t begin = 0; begin < batch.size();) {
    std::string text;
    size_t end = begin;
    for (; end < batch.size() && batch[end].date == batch[begin].date; ++end)
      text += batch[end].text;
    const absl::Status status = Append(batch[begin].date, text);
    if (!status.ok()) spdlog::error("the access log: {}", std::string(status.message()));
    for (; begin < end; ++begin) {
      if (batch[begin].done == nullptr) continue;
      (status.ok() ? written_ : failed_).Increment();
      batch[begin].done(status);
    }
  }
}

absl::Status AccessLogFile::Append(absl::CivilDay date, std::string_view text) {
  if (file_ < 0 || file_date_ != date) {
    if (absl::Status status = OpenFile(date); !status.ok()) return status;
  }
  while (!text.empty()) {
    const ssize_t size = write(file_, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    text.remove_prefix(static_cast<size_t>(size));
  }
  if (text.empty() && fdatasync(file_) == 0) return absl::OkStatus();
  const absl::Status failed = Failed(AccessFile(options_.folder, date), "cannot be written");
  CloseFile();
  return failed;
}

absl::Status AccessLogFile::OpenFile(absl::CivilDay date) {
  CloseFile();
  const std::string path = AccessFile(options_.folder, date);
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) return Failed(path, "cannot be opened");
  file_date_ = date;
  struct stat about {};
  char last = '\n';
  // A line that a crash or a full disk has cut ends here.
  if (fstat(file_, &about) != 0 ||
      (about.st_size > 0 && (pread(file_, &last, 1, about.st_size - 1) != 1 ||
                             (last != '\n' && write(file_, "\n", 1) != 1)))) {
    const absl::Status failed = Failed(path, "cannot be read");
    CloseFile();
    return failed;
  }
  const int folder = open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  DeleteOld(date);
  return absl::OkStatus();
}

void AccessLogFile::CloseFile() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

void AccessLogFile::DeleteOld(absl::CivilDay today) const {
  const std::vector<absl::CivilDay> dates = AccessDates(options_.folder);
  const auto here = std::ranges::find(dates, today);
  if (here > dates.begin() && here != dates.end() && today - here[-1] > kLeapToldDays) {
    spdlog::error(
        "the access log goes on with {}, {} days after the newest file before: correct the clock, "
        "unless the hub was away for so long",
        absl::FormatCivilTime(today), today - here[-1]);
  }
  const size_t keep = static_cast<size_t>(options_.keep_days);
  for (size_t i = 0; i + keep + 1 < dates.size() && today - dates[i] > options_.keep_days; ++i) {
    std::error_code error;
    std::filesystem::remove(AccessFile(options_.folder, dates[i]), error);
    const std::string date = absl::FormatCivilTime(dates[i]);
    if (error) {
      spdlog::error("the access log of {}: {}", date, error.message());
    } else {
      spdlog::warn("the access log of {} is deleted: access.log_days are over", date);
    }
  }
}

absl::StatusOr<v1::ReadAccessLogResponse> AccessLogFile::Read(
    const v1::ReadAccessLogRequest& request) const {
  return ReadAccessLines(options_.folder, request);
}

}  // namespace overgang
