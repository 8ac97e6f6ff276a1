#include "core/logged_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace overgang {

absl::Status CannotLog(const absl::Status& why) {
  return absl::UnavailableError(absl::StrCat(
      "the access log cannot be written, so nothing is read: ", std::string(why.message()),
      "; try again when that is mended"));
}

LoggedStream::LoggedStream(AccessLog& log, v1::AccessEntry opened,
                           std::unique_ptr<MessageStream> stream, Tell tell, Wake wake)
    : log_(log),
      opened_(std::move(opened)),
      stream_(std::move(stream)),
      tell_(std::move(tell)),
      wake_(std::move(wake)) {
  Write(opened_);
}

void LoggedStream::Write(v1::AccessEntry entry) {
  {
    std::lock_guard lock(written_->mutex);
    written_->waiting = true;
  }
  log_.Write(std::move(entry), [written = written_, wake = wake_](const absl::Status& status) {
    {
      std::lock_guard lock(written->mutex);
      written->waiting = false;
      written->status = status;
    }
    wake();
  });
}

absl::StatusOr<StreamStep> LoggedStream::Next() {
  {
    std::lock_guard lock(written_->mutex);
    if (written_->waiting) return StreamStep{};
    if (!written_->status.ok()) return CannotLog(written_->status);
  }
  if (held_.has_value()) return *std::exchange(held_, std::nullopt);
  absl::StatusOr<StreamStep> step = stream_->Next();
  if (!step.ok() || step->message == nullptr) return step;
  v1::AccessEntry told;  // Most messages of a feed tell nothing: nothing is copied for these.
  if (!tell_(*step->message, &told)) return step;
  v1::AccessEntry entry = opened_;
  entry.clear_unlisted();
  entry.MergeFrom(told);
  held_ = *std::move(step);
  Write(std::move(entry));
  std::lock_guard lock(written_->mutex);
  if (written_->waiting) return StreamStep{};
  if (!written_->status.ok()) return CannotLog(written_->status);
  return *std::exchange(held_, std::nullopt);
}

}  // namespace overgang
