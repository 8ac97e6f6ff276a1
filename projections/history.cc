#include "projections/history.h"

#include <algorithm>
#include <utility>

#include "projections/projector.h"
#include "projections/runner.h"
#include "spdlog/spdlog.h"

namespace overgang::projections {

struct History::Draft {
  std::shared_ptr<Moment> moment;
  std::unique_ptr<Projector> projector;
};

namespace {

absl::Status Stopping() {
  return absl::UnavailableError("the hub stops; ask again when it has been started");
}

bool SameRecords(const rows::Meta& meta, const Offsets& next) {
  return std::equal(next.begin(), next.end(), meta.next_offset().begin(), meta.next_offset().end());
}

// The live epoch, where nothing lies between it and the moment.
std::shared_ptr<const Epoch> AsPast(const Epoch& epoch) {
  auto past = std::make_shared<Epoch>(epoch);
  past->past = true;
  return past;
}

}  // namespace

History::History(Parts parts)
    : parts_(std::move(parts)), checkpoints_(parts_.directory, parts_.open_scratch) {}

History::~History() { Stop(); }

absl::Status History::Start() {
  if (absl::Status status = checkpoints_.Load(parts_.incarnation, parts_.log.ClusterId());
      !status.ok())
    return status;
  thread_ = std::thread([this] { KeepLoop(); });
  return absl::OkStatus();
}

void History::Stop() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void History::KeepLoop() {
  const std::stop_token stop = stop_.get_token();
  std::mutex mutex;
  std::condition_variable_any never;  // Only the stop wakes it.
  bool in_trouble = false;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const auto kept = checkpoints_.All();
    const bool due =
        kept.empty() || kept.back()->newest_fact() <= parts_.clock.Now() - kCheckpointEvery;
    if (due) {
      const absl::Status status = Keep();
      if (!status.ok() && !in_trouble)
        spdlog::error("history: no checkpoint was kept, trying on: {}", status.ToString());
      in_trouble = !status.ok();
    }
    never.wait_for(lock, stop, absl::ToChronoMilliseconds(kCheckpointLookEvery),
                   [] { return false; });
  }
}

absl::Status History::Keep() {
  const auto epoch = parts_.views.Current();
  if (epoch == nullptr || epoch->newest_fact_us == 0) return absl::OkStatus();
  const auto kept = checkpoints_.All();
  const bool have = std::ranges::any_of(kept, [&](const auto& checkpoint) {
    return SameRecords(checkpoint->meta, epoch->cursor.next);
  });
  return have ? absl::OkStatus() : checkpoints_.Add(parts_.store, parts_.clock.Now());
}

template <typename Fits>
std::shared_ptr<const Epoch> History::Find(const Fits& fits) {
  const auto it = std::ranges::find_if(open_, [&](const auto& moment) { return fits(*moment); });
  if (it == open_.end()) return nullptr;
  open_.splice(open_.begin(), open_, it);
  return {open_.front(), &open_.front()->epoch};
}

template <typename Fits>
absl::StatusOr<std::shared_ptr<const Epoch>> History::FindOrMake(const Fits& fits,
                                                                 const ReplayUntil& until) {
  const std::stop_token stop = stop_.get_token();
  std::unique_lock lock(mutex_);
  auto found = Find(fits);
  while (found == nullptr && making_) {
    changed_.wait(lock, stop, [this] { return !making_; });
    if (stop.stop_requested()) return Stopping();
    found = Find(fits);  // Perhaps that was it.
  }
  if (found != nullptr) return found;
  if (stop.stop_requested()) return Stopping();
  making_ = true;
  lock.unlock();
  auto made = Make(until);
  std::list<MomentPtr> closed;  // Without the lock: folders are removed.
  lock.lock();
  making_ = false;
  changed_.notify_all();
  if (!made.ok()) return absl::IsCancelled(made.status()) ? Stopping() : made.status();
  open_.push_front(*std::move(made));
  if (open_.size() > kMomentsOpenMax) closed.splice(closed.begin(), open_, --open_.end());
  const std::shared_ptr<const Epoch> epoch(open_.front(), &open_.front()->epoch);
  lock.unlock();
  return epoch;
}

absl::StatusOr<std::shared_ptr<const Epoch>> History::At(absl::Time as_of) {
  const int64_t as_of_us = absl::ToUnixMicros(as_of);
  const auto fits = [as_of_us](const Moment& moment) {
    return moment.epoch.newest_fact_us <= as_of_us && as_of_us <= moment.known_until_us;
  };
  {
    std::lock_guard lock(mutex_);
    if (auto found = Find(fits)) return found;  // Whether the log is in reach or not.
  }
  const auto ends = parts_.log.Ends();
  if (!ends.ok()) return ends.status();
  const auto live = parts_.views.Current();
  if (live != nullptr && live->cursor.next == ends->next && live->newest_fact_us <= as_of_us)
    return AsPast(*live);
  return FindOrMake(fits, {ends->next, as_of_us});
}

absl::StatusOr<std::shared_ptr<const Epoch>> History::At(const Cursor& cursor) {
  const auto live = parts_.views.Current();
  if (live != nullptr && live->cursor.next == cursor.next) return AsPast(*live);
  return FindOrMake([&](const Moment& moment) { return moment.epoch.cursor.next == cursor.next; },
                    {cursor.next});
}

// Of nothing: an empty one, on which the log is folded whole.
absl::StatusOr<History::Draft> History::Begin(const Checkpoint* from) {
  auto store = from == nullptr ? parts_.open_scratch("") : checkpoints_.Open(*from);
  if (!store.ok()) return store.status();
  Draft draft;
  draft.moment = std::make_shared<Moment>();
  draft.moment->store = *std::move(store);
  draft.projector =
      std::make_unique<Projector>(*draft.moment->store, parts_.incarnation, parts_.log.ClusterId());
  if (absl::Status status = draft.projector->Load(); !status.ok()) return status;
  return draft;
}

absl::Status History::Fold(const ReplayUntil& until, Draft* draft) {
  absl::Status status = CheckSameLog(parts_.log, draft->projector->meta());
  if (!status.ok()) return status;
  Moment& moment = *draft->moment;
  status = Replay(parts_.log, until, *draft->projector, *moment.store, stop_.get_token());
  if (!status.ok()) return status;
  moment.epoch = EpochOf(*draft->projector, *moment.store);
  moment.epoch.past = true;
  if (until.appended_us != kNeverUs) {
    moment.known_until_us = until.appended_us;
  } else {
    // What its retention took before it could be folded says nothing to a view.
    moment.epoch.cursor.next = until.next;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<History::Moment>> History::Make(const ReplayUntil& until) {
  const auto checkpoints = checkpoints_.All();
  for (auto it = checkpoints.rbegin(); it != checkpoints.rend(); ++it) {
    const Checkpoint& checkpoint = **it;
    if (!checkpoint.IsWithin(until.next, until.appended_us)) continue;
    auto draft = Begin(&checkpoint);
    absl::Status status = draft.ok() ? Fold(until, &*draft) : draft.status();
    if (status.ok()) return std::move(draft->moment);
    // A lost record may be the log's as well: the checkpoint is then not to blame.
    const bool of_other_log = absl::IsFailedPrecondition(status);
    const bool corrupt = absl::IsDataLoss(status);
    if (draft.ok() && !of_other_log && !corrupt) return status;
    spdlog::error("history: the checkpoint {} cannot be used, an older one is taken: {}",
                  checkpoint.folder, status.ToString());
    if (of_other_log || (corrupt && !draft.ok())) checkpoints_.Remove(checkpoint);
  }
  auto draft = Begin(nullptr);
  absl::Status status = draft.ok() ? Fold(until, &*draft) : draft.status();
  if (!status.ok()) return status;
  if (draft->moment->epoch.newest_fact_us != 0) {
    // So far back only the log went: what that took is not done twice.
    status = checkpoints_.Add(*draft->moment->store, parts_.clock.Now());
    if (!status.ok()) spdlog::warn("history: no checkpoint was kept: {}", status.ToString());
  }
  return std::move(draft->moment);
}

}  // namespace overgang::projections
