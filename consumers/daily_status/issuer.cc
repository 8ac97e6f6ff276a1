#include "consumers/daily_status/issuer.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include "consumers/daily_status/status_facts.h"
#include "consumers/deciding/turn.h"
#include "core/oslo_time.h"
#include "spdlog/spdlog.h"

namespace overgang::daily_status {
namespace {

void AddOffsets(const projections::Epoch& epoch, Topic topic, std::vector<int64_t>* offsets) {
  for (int32_t i = 0; i < Spec(topic).partitions; ++i)
    offsets->push_back(epoch.cursor.next[TopicPartition{topic, i}.Index()]);
}

// What stays are made of: without news of it no count of a moment past differs.
std::vector<int64_t> PathwayOffsets(const projections::Epoch& epoch) {
  std::vector<int64_t> offsets;
  AddOffsets(epoch, Topic::kPathway, &offsets);
  return offsets;
}

// What comes from outside.
std::vector<int64_t> SourceOffsets(const projections::Epoch& epoch) {
  std::vector<int64_t> offsets = PathwayOffsets(epoch);
  AddOffsets(epoch, Topic::kCapacity, &offsets);
  return offsets;
}

}  // namespace

struct Issuer::State {
  std::mutex mutex;
  bool busy = false;
  absl::Duration not_before;  // SinceBoot.

  void Rest(absl::Duration pause) {
    std::lock_guard lock(mutex);
    busy = false;
    not_before = SinceBoot() + pause;
  }
};

Issuer::Issuer(const Parts& parts)
    : parts_(parts),
      state_(std::make_shared<State>()),
      issued_total_(parts.metrics.Counter("overgang_decisions_total",
                                          "Decisions that this hub appended.",
                                          {{"kind", "daily_status_issued"}})),
      corrected_total_(parts.metrics.Counter("overgang_decisions_total",
                                             "Decisions that this hub appended.",
                                             {{"kind", "daily_status_corrected"}})) {}

// False: sources may still have to say what happened while this hub was away.
bool Issuer::HasHeard(const projections::Epoch& epoch) {
  const absl::Duration now = SinceBoot();
  if (now - ticked_at_ > deciding::kAwayMax) {
    if (!std::exchange(listening_, true)) listening_since_ = now;
    heard_at_ = now;
  }
  ticked_at_ = now;
  if (!listening_) return true;
  if (auto offsets = SourceOffsets(epoch); offsets != heard_to_) {
    heard_to_ = std::move(offsets);
    heard_at_ = now;
  }
  listening_ = now - heard_at_ < parts_.policy.quiet_for &&
               now - listening_since_ < parts_.policy.hear_at_most;
  return !listening_;
}

void Issuer::Tick(const EpochPtr& epoch, const Book::Days& days, const Recipients& recipients) {
  const bool has_heard = HasHeard(*epoch);
  {
    std::lock_guard lock(state_->mutex);
    if (state_->busy || SinceBoot() < state_->not_before) return;
  }
  const absl::Time now = parts_.clock.Now();
  auto due = StatusesDue(days, recipients, parts_.policy, now);
  // Whoever asks does not wait, nor does what would be missed.
  if (!has_heard && !IsOver(*days.today, parts_.policy, now + parts_.policy.hear_at_most)) {
    std::erase_if(due, [&](const StatusDue& status) {
      return !days.today->statuses.at(status.scope).requested.has_value();
    });
  }
  if (!due.empty())
    return Run([this, epoch, days, due = std::move(due)] { return Issue(epoch, days, due); });
  // Also where the clock was set back.
  const bool is_time = now >= recount_at_ || recount_at_ - now > 2 * parts_.policy.correct_every;
  if (!is_time) return;
  recount_at_ = now + parts_.policy.correct_every;
  auto offsets = PathwayOffsets(*epoch);
  if (offsets == recounted_to_ && recounts_skipped_ == 0) return;
  recounted_to_ = std::move(offsets);
  Run([this, epoch, days] { return Correct(epoch, days); });
}

void Issuer::Run(std::function<absl::StatusOr<std::vector<v1::Envelope>>()> decide) {
  {
    std::lock_guard lock(state_->mutex);
    state_->busy = true;
  }
  pool_.Run([this, state = state_, decide = std::move(decide)](const absl::Status& status) {
    if (!status.ok()) return state->Rest(absl::InfiniteDuration());  // The hub stops.
    const auto fail = [state](const absl::Status& why) {
      spdlog::error("daily status: {}; trying on in {}", why.ToString(),
                    absl::FormatDuration(kIssuePause));
      state->Rest(kIssuePause);
    };
    const auto facts = decide();
    if (!facts.ok()) return fail(facts.status());
    if (facts->empty()) return state->Rest(absl::ZeroDuration());
    const auto count = static_cast<double>(facts->size());
    prometheus::Counter& total =
        facts->front().has_daily_status_issued() ? issued_total_ : corrected_total_;
    parts_.writer.Append(*facts, [state, fail, count, &total,
                                  &views = parts_.views](absl::StatusOr<Cursor> written) {
      if (!written.ok()) return fail(written.status());
      total.Increment(count);
      // The next look is at views that know of these.
      views.WhenCovers(written->Encode(), absl::InfiniteFuture(), [state](const auto& covered) {
        state->Rest(covered.ok() ? absl::ZeroDuration() : kIssuePause);
      });
    });
  });
}

StatusQuestion Issuer::QuestionOf(const Parts& parts, const EpochPtr& epoch, absl::CivilDay date,
                                  absl::Time counted_at, const DayBook* before) {
  StatusQuestion question;
  question.epoch = epoch;
  question.terms = &parts.terms;
  question.date = date;
  question.send_at = parts.policy.send_at;
  question.counted_at = counted_at;
  question.as_of = parts.views.AsOf(*epoch, counted_at);
  if (before == nullptr) return question;
  for (const auto& [scope, status] : before->statuses) {
    if (status.issued != nullptr) question.before[scope] = AsSent(status);
  }
  return question;
}

absl::StatusOr<std::vector<v1::Envelope>> Issuer::Issue(const EpochPtr& epoch,
                                                        const Book::Days& days,
                                                        const std::vector<StatusDue>& due) const {
  const absl::Time now = parts_.clock.Now();
  const auto directory = parts_.directory.Get();
  StatusQuestion question = QuestionOf(parts_, epoch, days.today->date, now, days.yesterday.get());
  question.directory = directory.get();
  std::vector<std::string> scopes;
  scopes.reserve(due.size());
  for (const StatusDue& wanted : due) scopes.push_back(wanted.scope);
  auto statuses = CountStatuses(question, scopes);
  if (!statuses.ok()) return statuses.status();
  const std::string cursor = epoch->cursor.Encode();
  std::vector<v1::Envelope> facts;
  int missed = 0;
  for (size_t i = 0; i < due.size(); ++i) {
    v1::DailyStatusIssued& status = (*statuses)[i];
    status.set_missed_date(due[i].missed_date);
    status.set_late(due[i].late);
    missed += due[i].missed_date.empty() ? 0 : 1;
    facts.push_back(IssuedFact(std::move(status), now, cursor));
  }
  spdlog::info("daily status of {}: {} issued{}; {} tell that yesterday's was missed",
               absl::FormatCivilTime(days.today->date), facts.size(),
               due.front().late ? ", late" : "", missed);
  return facts;
}

absl::StatusOr<std::vector<v1::Envelope>> Issuer::Correct(const EpochPtr& epoch,
                                                          const Book::Days& days) {
  // Those of one day and moment are counted in one pass.
  std::map<std::pair<absl::CivilDay, int64_t>, std::vector<Correctable>> moments;
  for (const Correctable& correctable : CorrectablesOf(days)) {
    moments[{correctable.day->date, UsOfProto(correctable.status->issued->counted_at())}].push_back(
        correctable);
  }
  const auto directory = parts_.directory.Get();
  const absl::Time now = parts_.clock.Now();
  const std::string cursor = epoch->cursor.Encode();
  std::vector<v1::Envelope> facts;
  size_t number = 0;
  const size_t first = moments.empty() ? 0 : recounts_skipped_ % moments.size();
  for (const auto& [moment, correctables] : moments) {
    const size_t place = (number++ + moments.size() - first) % moments.size();
    if (place >= kRecountsAtOnceMax) continue;
    StatusQuestion question =
        QuestionOf(parts_, epoch, moment.first, absl::FromUnixMicros(moment.second), nullptr);
    question.directory = directory.get();
    std::vector<std::string> scopes;
    for (const Correctable& correctable : correctables) scopes.push_back(correctable.scope);
    const auto recounts = CountStatuses(question, scopes);
    if (!recounts.ok()) return recounts.status();
    for (size_t i = 0; i < correctables.size(); ++i) {
      const StatusOfDay& status = *correctables[i].status;
      auto correction = CorrectionOf(AsSent(status), (*recounts)[i], parts_.policy.correct_from);
      if (!correction.has_value()) continue;
      const int revision = static_cast<int>(status.corrections.size()) + 1;
      spdlog::info("daily status of {} for {} is corrected, revision {}",
                   absl::FormatCivilTime(moment.first), correctables[i].scope, revision);
      facts.push_back(CorrectedFact(*std::move(correction), revision, now, cursor));
    }
  }
  recounts_skipped_ = moments.size() > kRecountsAtOnceMax ? first + kRecountsAtOnceMax : 0;
  return facts;
}

}  // namespace overgang::daily_status
