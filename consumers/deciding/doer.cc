#include "consumers/deciding/doer.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/deadlines/deadline_decider.h"
#include "consumers/deciding/decision.h"
#include "consumers/deciding/mailbox.h"
#include "consumers/readmissions/readmission_decider.h"
#include "projections/pathway/matter.h"
#include "projections/tables.h"
#include "spdlog/spdlog.h"

namespace overgang::deciding {
namespace {

using projections::Epoch;
using projections::Matter;
using projections::Matters;

bool IsOpen(const Matter& matter) { return matter.revision <= kRevisionsMax; }

// Strictly after it was due.
bool IsDue(const Matter& matter, absl::Time now) {
  return IsOpen(matter) && matter.due_us < absl::ToUnixMicros(now);
}

// Nothing: there is none.
std::optional<int64_t> EarliestDue(const Matters& matters) {
  std::optional<int64_t> earliest;
  for (const auto& [matter, who] : matters.open) {
    if (IsOpen(matter)) earliest = std::min(earliest.value_or(matter.due_us), matter.due_us);
  }
  return earliest;
}

// What is open in a cluster as of an epoch.
absl::StatusOr<Matters> ReadMatters(const Epoch& epoch, const projections::PatientRef& cluster) {
  Matters matters;
  matters.cluster = cluster;
  auto row = epoch.rows->Get(projections::kMatter, cluster.key());
  if (!row.ok()) return row.status();
  if (row->has_value() && !Matters::Parse(cluster, **row, &matters))
    return absl::DataLossError("a row of open matters cannot be read; delete the views' folder");
  return matters;
}

}  // namespace

struct Doer::Mailbox : deciding::Mailbox {
  struct Change {
    int64_t epoch;
    std::shared_ptr<const std::vector<Matters>> matters;
  };
  std::deque<Change> changes;
  size_t clusters = 0;                           // Of `changes`.
  bool changes_lost = false;                     // There were too many.
  int64_t flight = 0;                            // Counts batches.
  std::optional<absl::StatusOr<Cursor>> answer;  // The log's, of the batch under way.
};

Doer::Doer(const Parts& parts, const Bounds& bounds)
    : parts_(parts),
      bounds_(bounds),
      mailbox_(std::make_shared<Mailbox>()),
      is_doer_(parts.metrics.Gauge("overgang_doer", "1 where this hub makes the decisions.")),
      on_agenda_(parts.metrics.Gauge("overgang_decisions_agenda",
                                     "Persons with something to be decided, now or later.")),
      deadlines_total_(parts.metrics.Counter("overgang_decisions_total",
                                             "Decisions that this hub appended.",
                                             {{"kind", "deadline_missed"}})),
      readmissions_total_(parts.metrics.Counter("overgang_decisions_total",
                                                "Decisions that this hub appended.",
                                                {{"kind", "patient_readmitted"}})),
      failures_total_(parts.metrics.Counter(
          "overgang_decisions_failed_total",
          "Batches of decisions that were not appended or not seen in the views.")),
      agenda_(bounds.clusters_on_agenda_max),
      turn_(parts.leadership, parts.views, parts.log, parts.writer.incarnation()) {}

Doer::~Doer() { Stop(); }

void Doer::Start() {
  listener_ = parts_.views.AddListener(
      [mailbox = mailbox_, max = bounds_.changes_waiting_max](const auto& epoch) {
        mailbox->Tell([&] {
          if (epoch->matters_changed != nullptr && !epoch->matters_changed->empty()) {
            mailbox->clusters += epoch->matters_changed->size();
            mailbox->changes.push_back({epoch->number, epoch->matters_changed});
          }
          if (mailbox->clusters > max) {
            mailbox->changes.clear();
            mailbox->clusters = 0;
            mailbox->changes_lost = true;
          }
        });
      });
  turn_.Rest();
  thread_ = std::thread([this] { Run(); });
}

void Doer::Stop() {
  if (!thread_.joinable()) return;
  parts_.views.RemoveListener(listener_);
  mailbox_->Stop();
  thread_.join();
  is_doer_.Set(0);
  if (!flight_.has_value() || flight_->cursor.has_value()) return;
  std::unique_lock lock(mailbox_->mutex);
  mailbox_->told.wait_for(lock, absl::ToChronoMilliseconds(kDrainMax),
                          [this] { return mailbox_->answer.has_value(); });
}

void Doer::Run() {
  while (mailbox_->Wait()) {
    NoticeWhoDecides();
    TakeNews();
    FollowFlight();
    if (MayDecide()) Decide();
    on_agenda_.Set(static_cast<double>(agenda_.size()));
    turn_.Rest();
  }
}

void Doer::NoticeWhoDecides() {
  if (!turn_.Notice()) return;
  spdlog::info("{} {}", parts_.leadership.Name(),
               turn_.IsDoer() ? "makes the decisions from now on"
                              : "makes no decisions: another hub does, or none is agreed on");
  is_doer_.Set(turn_.IsDoer() ? 1 : 0);
}

void Doer::TakeNews() {
  std::deque<Mailbox::Change> changes;
  bool changes_lost = false;
  std::optional<absl::StatusOr<Cursor>> answer;
  {
    std::lock_guard lock(mailbox_->mutex);
    changes.swap(mailbox_->changes);
    mailbox_->clusters = 0;
    std::swap(changes_lost, mailbox_->changes_lost);
    answer.swap(mailbox_->answer);
  }
  if (changes_lost) scanned_ = 0;
  const auto epoch = parts_.views.Current();
  // While the views catch up, all changes all the time: the rows are read once, at the end.
  if (scanned_ == 0 && epoch != nullptr && parts_.views.CaughtUp()) Scan(*epoch);
  for (const Mailbox::Change& change : changes) {
    if (scanned_ == 0 || change.epoch <= scanned_) continue;
    for (const Matters& matters : *change.matters) Learn(matters);
  }
  if (answer.has_value()) TakeAnswer(*std::move(answer));
}

void Doer::TakeAnswer(absl::StatusOr<Cursor> answer) {
  if (!flight_.has_value()) return;  // It came too late.
  if (!answer.ok()) return Fail(answer.status());
  flight_->cursor = *std::move(answer);
}

void Doer::Learn(const Matters& matters) {
  if (const auto due_us = EarliestDue(matters)) {
    agenda_.Set(matters.cluster, *due_us);
  } else {
    agenda_.Remove(matters.cluster);
  }
}

void Doer::Scan(const Epoch& epoch) {
  agenda_.Clear();
  scanned_ = epoch.number;
  const absl::Status status =
      projections::ScanMatters(*epoch.rows, [this](const Matters& matters) { Learn(matters); });
  if (status.ok()) return;
  scanned_ = 0;
  Fail(status);
}

bool Doer::MayDecide() {
  return !flight_.has_value() && scanned_ != 0 && SinceBoot() >= not_before_ && turn_.Has();
}

void Doer::FollowFlight() {
  if (!flight_.has_value()) return;
  const auto epoch = parts_.views.Current();
  if (flight_->cursor.has_value() && epoch->cursor.Covers(*flight_->cursor)) return Land(*epoch);
  if (SinceBoot() - flight_->since > bounds_.come_back_within)
    Fail(absl::DeadlineExceededError("what was decided has not come into the views"));
}

// What was decided is folded; what is open now goes on the agenda anew.
void Doer::Land(const Epoch& epoch) {
  size_t still_open = 0;
  for (const auto& cluster : flight_->clusters) {
    const auto matters = ReadMatters(epoch, cluster);
    if (!matters.ok()) return Fail(matters.status());
    Learn(*matters);
    for (const auto& [matter, who] : matters->open)
      still_open += flight_->ids.contains(DecisionId(matter, who));
  }
  if (still_open > 0)
    return Fail(absl::InternalError(absl::StrCat("the views ignore ", still_open, " decisions")));
  flight_.reset();
  failures_ = 0;
}

void Doer::Fail(const absl::Status& why) {
  ++failures_;
  failures_total_.Increment();
  const absl::Duration pause = std::min(kPauseMin * (1 << std::min(failures_ - 1, 20)), kPauseMax);
  not_before_ = SinceBoot() + pause;
  spdlog::warn("deciding failed, trying on in {}: {}", absl::FormatDuration(pause), why.ToString());
  if (!flight_.has_value()) return;
  for (const auto& cluster : flight_->clusters) agenda_.Set(cluster, 0);
  flight_.reset();
}

void Doer::Decide() {
  const auto epoch = parts_.views.Current();
  const absl::Time now = parts_.clock.Now();
  const int64_t now_us = absl::ToUnixMicros(now);
  if (agenda_.MustBeReadAgain(now_us)) Scan(*epoch);
  if (scanned_ == 0) return;
  const absl::Duration began = SinceBoot();
  const std::string cursor = epoch->cursor.Encode();
  std::vector<v1::Envelope> facts;
  flight_.emplace();
  while (facts.size() < bounds_.decisions_per_append_max) {
    const auto cluster = agenda_.PopDue(now_us);
    if (!cluster.has_value()) break;
    const size_t before = facts.size();
    if (absl::Status status = DecideCluster(*epoch, *cluster, now, cursor, &facts); !status.ok()) {
      flight_->clusters.push_back(*cluster);
      return Fail(status);
    }
    if (facts.size() > before) flight_->clusters.push_back(*cluster);
  }
  // Whoever was frozen meanwhile may not be the doer any more.
  if (SinceBoot() - began > kAwayMax || !parts_.leadership.IsDoer()) {
    for (const auto& given_back : flight_->clusters) agenda_.Set(given_back, 0);
    facts.clear();
    turn_.Lose();
  }
  if (facts.empty()) return flight_.reset();
  Append(facts);
}

// From the rows, which are newer than the agenda.
absl::Status Doer::DecideCluster(const Epoch& epoch, const projections::PatientRef& cluster,
                                 absl::Time now, const std::string& cursor,
                                 std::vector<v1::Envelope>* facts) {
  const auto matters = ReadMatters(epoch, cluster);
  if (!matters.ok()) return matters.status();
  const size_t before = facts->size();
  for (const auto& [matter, who] : matters->open) {
    if (!IsDue(matter, now) || facts->size() == bounds_.decisions_per_append_max) continue;
    if (matter.revision == kRevisionsMax) {
      spdlog::error("{} was decided {} times and is left as it is: rules or facts contradict",
                    matter.subject, kRevisionsMax);
    }
    facts->push_back(matter.kind == Matter::Kind::kDeadline
                         ? deadlines::Decide(matter, who, now, cursor)
                         : readmissions::Decide(matter, who, now, cursor));
  }
  if (facts->size() == before) Learn(*matters);
  return absl::OkStatus();
}

void Doer::Append(const std::vector<v1::Envelope>& facts) {
  for (const v1::Envelope& fact : facts) {
    flight_->ids.insert(fact.event_id());
    (fact.has_deadline_missed() ? deadlines_total_ : readmissions_total_).Increment();
  }
  flight_->since = SinceBoot();
  int64_t flight = 0;
  {
    std::lock_guard lock(mailbox_->mutex);
    flight = ++mailbox_->flight;
    mailbox_->answer.reset();
  }
  parts_.writer.Append(facts, [mailbox = mailbox_, flight](absl::StatusOr<Cursor> answer) {
    mailbox->Tell([&] {
      if (mailbox->flight == flight)
        mailbox->answer = std::move(answer);  // Else given up meanwhile.
    });
  });
}

}  // namespace overgang::deciding
