#include "producers/plo/seen_messages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "producers/plo/files.h"

namespace overgang::plo {
namespace {

// First field of every line. Lines of format 1 end before the answer.
constexpr char kFormat[] = "2";
constexpr size_t kLinesBeforeCompacting = 10'000;  // And more than twice what is held.

std::string Line(const SeenMessage& message, absl::Time at) {
  return absl::StrCat(kFormat, " ", absl::ToUnixSeconds(at), " ", message.key, " ", message.digest,
                      " ", absl::WebSafeBase64Escape(message.notice), " ",
                      absl::WebSafeBase64Escape(message.answer), "\n");
}

bool ParseLine(absl::string_view line, SeenMessage& message, absl::Time& at) {
  const std::vector<std::string> fields = absl::StrSplit(line, ' ');
  const bool known =
      (fields[0] == "1" && fields.size() == 5) || (fields[0] == kFormat && fields.size() == 6);
  int64_t seconds = 0;
  if (!known || !absl::SimpleAtoi(fields[1], &seconds) ||
      !absl::WebSafeBase64Unescape(fields[4], &message.notice) ||
      (fields.size() > 5 && !absl::WebSafeBase64Unescape(fields[5], &message.answer))) {
    return false;
  }
  message.key = fields[2];
  message.digest = fields[3];
  at = absl::FromUnixSeconds(seconds);
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SeenMessages>> SeenMessages::Open(std::string path,
                                                                 const Clock& clock) {
  std::unique_ptr<SeenMessages> seen(new SeenMessages(std::move(path), clock));
  std::lock_guard lock(seen->mutex_);
  if (absl::Status status = seen->Load(); !status.ok()) return status;
  return seen;
}

SeenMessages::~SeenMessages() {
  if (file_ >= 0) close(file_);
}

absl::Status SeenMessages::Load() {
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return FileError(path_, "cannot be opened");
  std::string text(static_cast<size_t>(std::max<off_t>(lseek(file_, 0, SEEK_END), 0)), '\0');
  for (size_t at = 0; at < text.size();) {
    const ssize_t got = pread(file_, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return FileError(path_, "cannot be read");
    at += static_cast<size_t>(got);
  }
  std::string_view rest = text;
  for (size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    const absl::string_view line(rest.data(), end);
    rest.remove_prefix(end + 1);
    bytes_ += end + 1;
    ++lines_;
    SeenMessage message;
    absl::Time at;
    if (!ParseLine(line, message, at)) {
      return absl::DataLossError(
          absl::StrCat(path_, ": line ", lines_,
                       " cannot be read; move the file away, and repeated messages of the last "
                       "30 days may be answered twice"));
    }
    Hold(message, at);
  }
  // Format 1 was rewritten in any order, and a clock may have been set back.
  std::ranges::stable_sort(by_age_, {}, [](const auto& entry) { return entry.first; });
  DropExpired();
  // What a crash cut in the middle was never answered.
  if (ftruncate(file_, static_cast<off_t>(bytes_)) != 0)
    return FileError(path_, "cannot be written");
  return SyncFolderOf(path_);
}

void SeenMessages::Hold(const SeenMessage& message, absl::Time at) {
  held_[message.key] = {message.digest, message.notice, message.answer, at};
  by_age_.emplace_back(at, message.key);
}

void SeenMessages::DropExpired() {
  const absl::Time oldest = clock_.Now() - kSeenFor;
  for (; !by_age_.empty() && by_age_.front().first < oldest; by_age_.pop_front()) {
    const auto found = held_.find(by_age_.front().second);
    // One that was added again has a younger entry behind.
    if (found != held_.end() && found->second.at < oldest) held_.erase(found);
  }
}

std::optional<SeenMessage> SeenMessages::Find(std::string_view key) const {
  std::lock_guard lock(mutex_);
  const auto found = held_.find(std::string(key));
  if (found == held_.end() || found->second.at < clock_.Now() - kSeenFor) return std::nullopt;
  return SeenMessage{found->first, found->second.digest, found->second.notice,
                     found->second.answer};
}

absl::Status SeenMessages::Add(const std::vector<SeenMessage>& messages) {
  if (messages.empty()) return absl::OkStatus();
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_.Now();
  std::string lines;
  for (const SeenMessage& message : messages) lines += Line(message, now);
  if (absl::Status status = Write(lines); !status.ok()) return status;
  lines_ += messages.size();
  for (const SeenMessage& message : messages) Hold(message, now);
  DropExpired();
  // A failed compaction loses nothing; the next Add tries again.
  if (lines_ > kLinesBeforeCompacting && lines_ > 2 * held_.size()) Compact().IgnoreError();
  return absl::OkStatus();
}

absl::Status SeenMessages::Write(const std::string& lines) {
  size_t at = 0;
  while (at < lines.size()) {
    const ssize_t put =
        pwrite(file_, lines.data() + at, lines.size() - at, static_cast<off_t>(bytes_ + at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    at += static_cast<size_t>(put);
  }
  if (at < lines.size() || fdatasync(file_) != 0) {
    const absl::Status status = FileError(path_, "cannot be written");
    // The next write begins at bytes_ again; cutting only spares a reader the remains.
    if (ftruncate(file_, static_cast<off_t>(bytes_)) != 0) return status;
    return status;
  }
  bytes_ += lines.size();
  return absl::OkStatus();
}

absl::Status SeenMessages::Compact() {
  std::erase_if(by_age_, [&](const auto& entry) {
    const auto found = held_.find(entry.second);
    return found == held_.end() || found->second.at != entry.first;
  });
  std::string text;
  for (const auto& [at, key] : by_age_) {
    const Held& held = held_.at(key);
    text += Line({key, held.digest, held.notice, held.answer}, at);
  }
  const std::string temporary = absl::StrCat(path_, ".tmp");
  if (absl::Status status = WriteWhole(temporary, text); !status.ok()) return status;
  const int file = open(temporary.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0 || rename(temporary.c_str(), path_.c_str()) != 0) {
    if (file >= 0) close(file);
    return FileError(path_, "cannot be replaced");
  }
  close(file_);
  file_ = file;
  bytes_ = text.size();
  lines_ = by_age_.size();
  return SyncFolderOf(path_);
}

size_t SeenMessages::size() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

}  // namespace overgang::plo
