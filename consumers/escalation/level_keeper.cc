#include "consumers/escalation/level_keeper.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "consumers/deciding/mailbox.h"
#include "consumers/escalation/level_facts.h"
#include "spdlog/spdlog.h"

namespace overgang::escalation {

struct LevelKeeper::Mailbox : deciding::Mailbox {
  int64_t flight = 0;                            // Counts batches.
  std::optional<absl::StatusOr<Cursor>> answer;  // The log's, of the batch under way.
};

LevelKeeper::LevelKeeper(const Parts& parts)
    : parts_(parts),
      mailbox_(std::make_shared<Mailbox>()),
      turn_(parts.leadership, parts.views, parts.log, parts.writer.incarnation()),
      changes_total_(parts.metrics.Counter("overgang_decisions_total",
                                           "Decisions that this hub appended.",
                                           {{"kind", "level_changed"}})),
      failures_total_(parts.metrics.Counter(
          "overgang_levels_failed_total",
          "Batches of level changes that were not appended or not seen in the views.")) {}

LevelKeeper::~LevelKeeper() { Stop(); }

void LevelKeeper::Start() {
  listener_ = parts_.views.AddListener([mailbox = mailbox_](const auto&) { mailbox->Tell(); });
  turn_.Rest();
  thread_ = std::thread([this] { Run(); });
}

void LevelKeeper::Stop() {
  if (!thread_.joinable()) return;
  parts_.views.RemoveListener(listener_);
  mailbox_->Stop();
  thread_.join();
}

void LevelKeeper::Run() {
  while (mailbox_->Wait(kRoundGapMin - (SinceBoot() - watched_at_))) {
    turn_.Notice();
    Round();
    turn_.Rest();
  }
}

void LevelKeeper::Round() {
  const auto epoch = parts_.views.Current();
  // What is folded while the views catch up is long past.
  if (epoch == nullptr || !parts_.views.CaughtUp()) return;
  FollowFlight(*epoch);
  const absl::Time now = parts_.clock.Now();
  if (SinceBoot() - watched_at_ > kUnwatchedMax || now < watched_now_) Forget();
  watched_at_ = SinceBoot();
  watched_now_ = now;
  TakeScopes();
  std::vector<v1::Envelope> due;
  Watch(*epoch, now, &due);
  Activate(*epoch, now, &due);
  if (due.empty() || flight_.has_value() || SinceBoot() < not_before_ || !turn_.Has()) return;
  // Whoever was frozen meanwhile may not be the doer any more.
  if (SinceBoot() - watched_at_ > deciding::kAwayMax || !parts_.leadership.IsDoer())
    return turn_.Lose();
  Append(due);
}

void LevelKeeper::TakeScopes() {
  const auto directory = parts_.directory.Get();
  if (directory == directory_) return;
  directory_ = directory;
  scopes_ = ScopesOf(*directory);
  std::erase_if(machines_, [&](const auto& machine) {
    return std::ranges::find(scopes_, machine.first, &LevelScope::scope) == scopes_.end();
  });
  gauges_.clear();
  for (const LevelScope& scope : scopes_) {
    gauges_[scope.scope] = &parts_.metrics.Gauge(
        "overgang_level", "The level: 0 none was decided, 1 hvit, 2 grønn, 3 gul, 4 rød.",
        {{"scope", scope.scope}});
  }
}

void LevelKeeper::Watch(const projections::Epoch& epoch, absl::Time now,
                        std::vector<v1::Envelope>* due) {
  const auto rules = parts_.rules.Get();
  const int64_t now_us = absl::ToUnixMicros(now);
  Grounds grounds;
  grounds.cursor = epoch.cursor.Encode();
  for (const LevelScope& scope : scopes_) {
    const projections::LevelState* state = epoch.levels->Find(scope.scope);
    LevelNow level;
    if (state != nullptr)
      level = {state->newest.to(), state->since_us, state->changed_us, state->override_until_us()};
    gauges_[scope.scope]->Set(level.level);
    Machine& machine = machines_[scope.scope];
    grounds.rules = rules->At(scope.scope, now_us);
    grounds.measurement = Measure(epoch, scope, grounds.rules.version->stale_after_us, now_us);
    // What came due since the last look, as things were then, comes first.
    std::optional<Transition> transition = machine.Due(level, now_us);
    machine.Observe(grounds.rules.rule, grounds.measurement, now_us);
    if (!transition.has_value()) transition = machine.Due(level, now_us);
    if (!transition.has_value()) continue;
    const int revision = state == nullptr ? 1 : state->revision() + 1;
    due->push_back(LevelChangedFact(scope, *transition, revision, grounds, now));
  }
  rules_ = rules;
}

void LevelKeeper::Activate(const projections::Epoch& epoch, absl::Time now,
                           std::vector<v1::Envelope>* due) {
  const Version& version = rules_->VersionAt(absl::ToUnixMicros(now));
  const auto& activated = epoch.levels->rules;
  if (!activated.empty() && activated.back().version() == version.name &&
      activated.back().digest() == version.digest)
    return;
  due->insert(due->begin(), RulesActivatedFact(version, static_cast<int>(activated.size()) + 1,
                                               epoch.cursor.Encode(), now));
}

void LevelKeeper::FollowFlight(const projections::Epoch& epoch) {
  if (!flight_.has_value()) return;
  {
    std::lock_guard lock(mailbox_->mutex);
    if (mailbox_->answer.has_value()) {
      const absl::StatusOr<Cursor> answer = *std::exchange(mailbox_->answer, std::nullopt);
      if (!answer.ok()) return Fail(answer.status());
      flight_->cursor = *answer;
    }
  }
  if (flight_->cursor.has_value() && epoch.cursor.Covers(*flight_->cursor)) {
    flight_.reset();
    failures_ = 0;
  } else if (SinceBoot() - flight_->since > kComeBackWithin) {
    Fail(absl::DeadlineExceededError("what was decided has not come into the views"));
  }
}

void LevelKeeper::Fail(const absl::Status& why) {
  ++failures_;
  failures_total_.Increment();
  const absl::Duration pause = std::min(kPauseMin * (1 << std::min(failures_ - 1, 20)), kPauseMax);
  not_before_ = SinceBoot() + pause;
  spdlog::warn("levels: {}; trying on in {}", why.ToString(), absl::FormatDuration(pause));
  flight_.reset();
}

void LevelKeeper::Append(const std::vector<v1::Envelope>& facts) {
  for (const v1::Envelope& fact : facts) {
    if (fact.has_rules_activated()) {
      spdlog::info("rules of escalation in force: {}", fact.rules_activated().version());
      continue;
    }
    const v1::LevelChanged& change = fact.level_changed();
    spdlog::info("level of {}: {} -> {}", change.scope(), NameOf(change.from()),
                 NameOf(change.to()));
    changes_total_.Increment();
  }
  flight_ = Flight{SinceBoot(), std::nullopt};
  int64_t flight = 0;
  {
    std::lock_guard lock(mailbox_->mutex);
    flight = ++mailbox_->flight;
    mailbox_->answer.reset();
  }
  parts_.writer.Append(facts, [mailbox = mailbox_, flight](absl::StatusOr<Cursor> answer) {
    mailbox->Tell([&] {
      if (mailbox->flight == flight) mailbox->answer = std::move(answer);  // Else given up.
    });
  });
}

void LevelKeeper::Forget() {
  for (auto& [scope, machine] : machines_) machine.Forget();
}

}  // namespace overgang::escalation
