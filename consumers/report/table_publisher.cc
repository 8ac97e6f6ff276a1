#include "consumers/report/table_publisher.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/report/published_tables.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "spdlog/spdlog.h"

namespace overgang::report {
namespace {

v1::Envelope Decided(v1::TablesPublished tables, absl::Time now, const std::string& cursor) {
  v1::Envelope envelope;
  const std::string subject = absl::StrCat("t:", tables.date());
  envelope.set_event_id(NameUuid({"decision", subject, "1"}));
  *envelope.mutable_occurred_at() = *envelope.mutable_recorded_at() = ToProto(now);
  envelope.set_occurred_precision(v1::PRECISION_SECOND);
  envelope.mutable_source()->set_channel(v1::CHANNEL_HUB);
  envelope.mutable_source()->set_sender("hub");
  envelope.set_schema_version(1);
  v1::Decision& decision = *tables.mutable_decision();
  decision.set_subject(subject);
  decision.set_revision(1);
  decision.set_cursor(cursor);
  *envelope.mutable_tables_published() = std::move(tables);
  return envelope;
}

}  // namespace

struct TablePublisher::State {
  std::mutex mutex;
  bool busy = false;
  absl::CivilDay looked_on = absl::CivilDay::min();
  absl::Time look_again = absl::InfinitePast();

  void Rest(absl::Time until) {
    std::lock_guard lock(mutex);
    busy = false;
    look_again = until;
  }
};

TablePublisher::TablePublisher(Parts parts)
    : parts_(std::move(parts)),
      state_(std::make_shared<State>()),
      published_total_(parts_.metrics.Counter("overgang_decisions_total",
                                              "Decisions that this hub appended.",
                                              {{"kind", "tables_published"}})) {}

void TablePublisher::Tick() {
  if (!parts_.is_doer() || !parts_.views.CaughtUp()) return;
  const auto epoch = parts_.views.Current();
  const absl::Time now = parts_.clock.Now();
  const absl::CivilDay today = OsloDate(now);
  {
    std::lock_guard lock(state_->mutex);
    const bool date_ended = state_->looked_on != today;
    if (epoch == nullptr || state_->busy || (!date_ended && now < state_->look_again)) return;
    state_->busy = true;
    state_->looked_on = today;
  }
  pool_.Run([this, epoch, state = state_](const absl::Status& status) {
    if (status.ok()) return Look(epoch);
    state->Rest(absl::InfiniteFuture());  // The hub stops.
  });
}

void TablePublisher::Look(const std::shared_ptr<const projections::Epoch>& epoch) {
  const absl::Time now = parts_.clock.Now();
  auto due = TablesDue(*epoch, *parts_.directory.Get(), now, parts_.founded_at, parts_.cell_min);
  if (!due.ok()) {
    spdlog::error("published tables: {}", due.status().ToString());
    return state_->Rest(now + kPublishPause);
  }
  if (due->empty()) return state_->Rest(now + kLookForDatesEvery);
  const std::string cursor = epoch->cursor.Encode();
  std::vector<v1::Envelope> facts;
  for (v1::TablesPublished& tables : *due) facts.push_back(Decided(std::move(tables), now, cursor));
  parts_.writer.Append(facts, [state = state_, &views = parts_.views, now, count = facts.size(),
                               &total = published_total_](absl::StatusOr<Cursor> written) {
    if (!written.ok()) {
      spdlog::error("published tables: {}", written.status().ToString());
      return state->Rest(now + kPublishPause);
    }
    total.Increment(static_cast<double>(count));
    // The next look is at views that know of these.
    views.WhenCovers(written->Encode(), absl::InfiniteFuture(), [state, now](const auto& covered) {
      state->Rest(covered.ok() ? now : now + kPublishPause);
    });
  });
}

}  // namespace overgang::report
