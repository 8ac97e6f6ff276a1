#include "consumers/feed/catch_up.h"

#include <algorithm>
#include <utility>

#include "core/clock.h"

namespace overgang::feed {
namespace {

constexpr ReadOptions kReadOptions = {.headers = false,
                                      .records_max = kReadyFactsMax,
                                      .bytes_max = kReadyBytesMax,
                                      .ahead_bytes_max = size_t{1} << 20};

}  // namespace

CatchUp::CatchUp(EventLog& log, const RecentFacts& recent, const Resolver& resolver,
                 std::string incarnation, std::function<void(const Offsets&)> begin)
    : log_(log),
      recent_(recent),
      resolver_(resolver),
      incarnation_(std::move(incarnation)),
      begin_(std::move(begin)) {
  for (int i = 0; i < kCatchUpThreads; ++i) threads_.emplace_back([this] { Work(); });
}

CatchUp::~CatchUp() { Stop(); }

void CatchUp::Add(std::shared_ptr<Subscription> subscription) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(subscription));
  }
  changed_.notify_one();
}

void CatchUp::Forget(uint64_t id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(kept_, id, &Kept::id);
    if (found == kept_.end()) return;
    unneeded_.push_back(std::move(*found));
    kept_.erase(found);
  }
  changed_.notify_one();
}

void CatchUp::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  kept_.clear();
  unneeded_.clear();
}

void CatchUp::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty() || !unneeded_.empty(); });
    if (stopping_) return;
    std::vector<Kept> unneeded = std::exchange(unneeded_, {});
    std::shared_ptr<Subscription> next;
    if (!waiting_.empty()) {
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    lock.unlock();
    unneeded.clear();
    if (next != nullptr) TakeTurn(next);
    next.reset();
    lock.lock();
  }
}

void CatchUp::TakeTurn(const std::shared_ptr<Subscription>& subscription) {
  if (subscription->ended()) return;
  absl::Status status = Begin(*subscription);
  Kept kept = TakeKept(*subscription);
  if (status.ok()) status = Read(*subscription, &kept);
  if (absl::IsUnavailable(status) && subscription->begun()) return subscription->Rest();
  if (!status.ok()) return subscription->End(status);
  // Kept before the turn is over: from then on another thread may take the next one.
  if (kept.reader != nullptr && !recent_.CanJoin(subscription->selection(), kept.read))
    Keep(*subscription, std::move(kept));
  if (subscription->TurnOver()) Add(subscription);
}

absl::Status CatchUp::Begin(Subscription& subscription) {
  const bool begun = subscription.begun();
  if (begun && recent_.begun()) return absl::OkStatus();
  const auto ends = log_.Ends();
  if (!ends.ok()) return ends.status();
  begin_(ends->next);
  return subscription.Begin(*ends);
}

absl::Status CatchUp::Read(Subscription& subscription, Kept* kept) {
  const absl::Duration until = SinceBoot() + kTurnMax;
  // It may have stood at the recent facts meanwhile.
  if (const Offsets read = subscription.read(); kept->read != read)
    *kept = {kept->id, read, nullptr};
  while (subscription.WantsReading() && SinceBoot() < until) {
    if (kept->reader == nullptr) {
      auto reader = log_.NewReader(kept->read, subscription.selection().partitions(), kReadOptions);
      if (!reader.ok()) return reader.status();
      kept->reader = *std::move(reader);
    }
    const auto batch = kept->reader->Poll(kCatchUpWait);
    if (!batch.ok()) return batch.status();
    const bool whole = Take(*batch, subscription, kept);
    kept->read = subscription.read();
    if (whole) continue;
    kept->reader.reset();  // It is past what is to be read again.
    return absl::UnavailableError("the views do not have the next fact yet");
  }
  return absl::OkStatus();
}

bool CatchUp::Take(const RecordBatch& batch, Subscription& subscription, Kept* kept) {
  const Selection& selection = subscription.selection();
  bool whole = true;
  std::vector<std::shared_ptr<const FeedMessage>> messages;
  for (const LogRecord& record : batch.records) {
    Offsets after = kept->read;
    after[record.partition.Index()] = record.offset + 1;
    const auto message = FeedMessage::OfRecord(record, after);
    const bool wanted = message != nullptr && selection.MayWant(message->fact());
    // Whose it is, is read from rows: only of what may be wanted.
    if (wanted && selection.asks_whose() && IsOfPatients(record.partition.topic)) {
      whole = resolver_.IsKnown(record.partition, record.offset);
      if (!whole) break;
      message->SetKommuner(resolver_.whose().KommunerOf(message->fact()));
    }
    kept->read = after;
    if (!wanted || !selection.Wants(*message)) continue;
    message->SetCursor({incarnation_, after});
    messages.push_back(message);
  }
  subscription.Put(std::move(messages), kept->read, whole && batch.at_end);
  return whole;
}

CatchUp::Kept CatchUp::TakeKept(const Subscription& subscription) {
  Kept kept;
  kept.id = subscription.id();
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(kept_, kept.id, &Kept::id);
  if (found == kept_.end()) return kept;
  kept = std::move(*found);
  kept_.erase(found);
  return kept;
}

void CatchUp::Keep(const Subscription& subscription, Kept kept) {
  Kept oldest;  // Closed when the lock is let go.
  {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= kReadersKeptMax) {
      oldest = std::move(kept_.front());
      kept_.pop_front();
    }
    kept_.push_back(std::move(kept));
  }
  // Whoever ended it forgot the reader before it was kept.
  if (subscription.ended()) Forget(subscription.id());
}

}  // namespace overgang::feed
