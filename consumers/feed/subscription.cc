#include "consumers/feed/subscription.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace overgang::feed {
namespace {

absl::Status CursorError(std::string_view what, std::string_view remedy) {
  return FieldError(absl::StatusCode::kFailedPrecondition, "from", what, remedy);
}

}  // namespace

Subscription::Subscription(uint64_t id, Terms terms, Parts parts, Wake wake)
    : id_(id),
      terms_(std::move(terms)),
      parts_(std::move(parts)),
      wake_(std::move(wake)),
      moved_(parts_.times.elapsed()),
      told_(moved_) {}

bool Subscription::ended() const {
  const std::lock_guard lock(mutex_);
  return phase_ == Phase::kEnded;
}

bool Subscription::begun() const {
  const std::lock_guard lock(mutex_);
  return phase_ != Phase::kBeginning;
}

absl::StatusOr<StreamStep> Subscription::Next() {
  std::unique_lock lock(mutex_);
  moved_ = parts_.times.elapsed();
  idle_ = false;
  if (phase_ == Phase::kEnded) return status_;
  bool read_on = false;
  StreamStep step;
  if (phase_ == Phase::kGreeting) {
    step = NextHeartbeat();  // Before anything else: it says where the stream begins.
    phase_ = Phase::kReading;
  } else {
    if (phase_ == Phase::kReading) step = NextRead(&read_on);
    if (phase_ == Phase::kRecent) step = NextRecent(&read_on);
    if (step.message == nullptr && heartbeat_due_) step = NextHeartbeat();
  }
  if (step.message == nullptr) {
    idle_ = true;
  } else {
    heartbeat_due_ = false;
    told_ = moved_;
  }
  lock.unlock();
  if (read_on) parts_.read_on(shared_from_this());
  return step;
}

// May go over to the recent facts, with nothing to say.
StreamStep Subscription::NextRead(bool* read_on) {
  StreamStep step;
  if (!ready_.empty()) {
    std::shared_ptr<const FeedMessage> message = std::move(ready_.front());
    ready_.pop_front();
    ready_bytes_ -= message->bytes();
    reader_.covered = message->after();
    step = StepOf(terms_.selection.AsSeen(std::move(message)), !ready_.empty());
  } else {
    reader_.covered = read_;
    if (const auto joined = parts_.recent.Join(terms_.selection, read_)) {
      reader_ = *joined;
      phase_ = Phase::kRecent;
      return step;
    }
  }
  *read_on = !queued_ && ready_.size() < kReadyFactsLow;
  queued_ = queued_ || *read_on;
  return step;
}

StreamStep Subscription::NextRecent(bool* read_on) {
  for (;;) {
    switch (parts_.recent.Advance(terms_.selection, &reader_)) {
      case RecentFacts::Ahead::kNothing:
        return {};
      case RecentFacts::Ahead::kGone:
        phase_ = Phase::kReading;
        read_ = reader_.covered;
        *read_on = !queued_;
        queued_ = true;
        return {};
      case RecentFacts::Ahead::kWanted: {
        const auto taken = parts_.recent.Take(terms_.selection, &reader_);
        if (!taken) continue;  // Overtaken just now.
        return StepOf(terms_.selection.AsSeen(
                          taken->level ? taken->message : taken->message->WithCursor(CursorNow())),
                      taken->more);
      }
    }
  }
}

StreamStep Subscription::NextHeartbeat() {
  const bool up_to_date = phase_ == Phase::kRecent && parts_.recent.IsUpToDate(reader_);
  return StepOf(FeedMessage::Heartbeat(CursorNow(), parts_.clock.Now(), up_to_date), false);
}

bool Subscription::Rouse() {
  if (!std::exchange(idle_, false)) return false;
  moved_ = parts_.times.elapsed();
  return true;
}

void Subscription::OnRecent() {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kRecent || !idle_ ||
        parts_.recent.Advance(terms_.selection, &reader_) == RecentFacts::Ahead::kNothing)
      return;
    Rouse();
  }
  wake_();
}

bool Subscription::OnTick() {
  bool slow = false;
  bool wake = false;
  bool read_on = false;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::kEnded) return false;
    const absl::Duration now = parts_.times.elapsed();
    slow = !idle_ && now - moved_ > parts_.times.take_within;
    if (slow) {
      EndNow(FieldError(absl::StatusCode::kResourceExhausted, "subscriber",
                        absl::StrCat("has left a message untaken for ",
                                     absl::FormatDuration(parts_.times.take_within)),
                        absl::StrCat("take messages as they come, and go on with from = ",
                                     CursorNow().Encode())));
      wake = true;
    } else if (phase_ != Phase::kBeginning) {
      heartbeat_due_ = heartbeat_due_ || (idle_ && now - told_ >= terms_.heartbeat);
      wake = heartbeat_due_ && Rouse();
      read_on = IsReading() && !queued_ && ready_.size() < kReadyFactsLow;
      queued_ = queued_ || read_on;
    }
  }
  if (wake) wake_();
  if (read_on) parts_.read_on(shared_from_this());
  return slow;
}

void Subscription::End(absl::Status why) {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::kEnded) return;
    EndNow(std::move(why));
  }
  wake_();
}

void Subscription::EndNow(absl::Status why) {
  phase_ = Phase::kEnded;
  status_ = std::move(why);
  idle_ = false;
  ready_.clear();
  ready_bytes_ = 0;
}

absl::Status Subscription::Begin(const LogEnds& ends) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kBeginning) return absl::OkStatus();
    for (size_t i = 0; i < kPartitionCount; ++i) {
      if (!IsFedTopic(PartitionAt(i).topic)) continue;
      if (terms_.from == From::kCursor && terms_.cursor[i] > ends.next[i]) {
        return CursorError("the cursor is beyond the end of the log, which has lost what was there",
                           "ask who runs the hub; or subscribe from BEGINNING");
      }
      read_[i] = terms_.from == From::kBeginning ? ends.first[i]
                 : terms_.from == From::kEnd     ? ends.next[i]
                                                 : terms_.cursor[i];
      if (read_[i] < ends.first[i]) {
        return CursorError("the log no longer holds what comes after the cursor",
                           "subscribe from BEGINNING: what is left comes");
      }
      ends_[i] = ends.next[i];
    }
    reader_.covered = read_;
    phase_ = Phase::kGreeting;
    wake = Rouse();
  }
  if (wake) wake_();
  return absl::OkStatus();
}

bool Subscription::WantsReading() const {
  const std::lock_guard lock(mutex_);
  return IsReading() && ready_.size() < kReadyFactsMax && ready_bytes_ < kReadyBytesMax &&
         !CanJoin();
}

Offsets Subscription::read() const {
  const std::lock_guard lock(mutex_);
  return read_;
}

void Subscription::Put(std::vector<std::shared_ptr<const FeedMessage>> messages, Offsets read,
                       bool at_end) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!IsReading()) return;
    read_ = read;
    // The last offsets of a partition may be no records, but a transaction's marks.
    for (const TopicPartition& partition : terms_.selection.partitions()) {
      const size_t i = partition.Index();
      if (at_end) read_[i] = std::max(read_[i], ends_[i]);
    }
    wake = !messages.empty() && Rouse();
    for (std::shared_ptr<const FeedMessage>& message : messages) {
      ready_bytes_ += message->bytes();
      ready_.push_back(std::move(message));
    }
  }
  if (wake) wake_();
}

bool Subscription::TurnOver() {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const bool reading = IsReading();
    const bool joins = reading && CanJoin();
    if (reading && !joins && ready_.size() < kReadyFactsLow) return true;
    queued_ = false;
    wake = joins && Rouse();
  }
  if (wake) wake_();
  return false;
}

void Subscription::Rest() {
  const std::lock_guard lock(mutex_);
  queued_ = false;
}

}  // namespace overgang::feed
