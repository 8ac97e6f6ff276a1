#include "projections/levels.h"

#include "core/oslo_time.h"
#include "projections/rows.pb.h"
#include "projections/tables.h"

namespace overgang::projections {

int64_t LevelState::override_until_us() const {
  return newest.cause() == v1::LEVEL_CAUSE_OVERRIDE ? UsOfProto(newest.expires_at()) : 0;
}

const LevelState* LevelsView::Find(std::string_view scope) const {
  const auto found = levels.find(scope);
  return found == levels.end() ? nullptr : found->second.get();
}

const LevelState* LevelsFold::Latest(std::string_view scope) const {
  const auto pending = changed_.find(scope);
  return pending != changed_.end() ? pending->second.get() : view_->Find(scope);
}

void LevelsFold::Apply(const v1::Envelope& fact) {
  if (fact.has_rules_activated()) {
    const size_t next = view_->rules.size() + activated_.size() + 1;
    const auto revision = static_cast<size_t>(fact.rules_activated().decision().revision());
    if (revision == next) activated_.push_back(fact.rules_activated());
    return;
  }
  if (!fact.has_level_changed() || fact.level_changed().scope().empty()) return;
  const v1::LevelChanged& change = fact.level_changed();
  const LevelState* old = Latest(change.scope());
  if (change.decision().revision() != (old == nullptr ? 1 : old->revision() + 1)) return;
  auto state = std::make_shared<LevelState>();
  state->newest = change;
  state->newest.set_from(old == nullptr ? v1::ESCALATION_LEVEL_UNSPECIFIED : old->newest.to());
  state->changed_us = UsOfProto(fact.occurred_at());
  const bool stays = state->newest.from() == change.to();
  state->since_us = stays && old != nullptr ? old->since_us : state->changed_us;
  state->event_id = fact.event_id();
  const bool rose = change.to() > state->newest.from();
  state->rose_revision = rose ? state->revision() : old == nullptr ? 0 : old->rose_revision;
  if (!change.overridden_by().empty()) {
    state->override_id = fact.event_id();
  } else if (old != nullptr) {
    state->override_id = old->override_id;
  }
  changed_[change.scope()] = std::move(state);
}

absl::Status LevelsFold::Load(const StateSnapshot& rows) {
  auto view = std::make_shared<LevelsView>();
  bool readable = true;
  absl::Status status =
      rows.Scan(kLevel, "", "", [&](std::string_view scope, std::string_view value) {
        rows::Level row;
        auto state = std::make_shared<LevelState>();
        readable = row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
                   state->newest.ParseFromString(row.newest());
        state->since_us = row.since_us();
        state->changed_us = row.changed_us();
        state->event_id = row.event_id();
        state->override_id = row.override_id();
        state->rose_revision = row.rose_revision();
        view->levels[std::string(scope)] = std::move(state);
        return readable;
      });
  if (status.ok() && readable) {
    status = rows.Scan(kRules, "", "", [&](std::string_view, std::string_view value) {
      readable =
          view->rules.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size()));
      return readable;
    });
  }
  if (!status.ok()) return status;
  if (!readable) return absl::DataLossError("a row of levels cannot be read; delete the views");
  view_ = std::move(view);
  return absl::OkStatus();
}

void LevelsFold::EndEpoch(WriteSet* writes) {
  if (changed_.empty() && activated_.empty()) return;
  auto view = std::make_shared<LevelsView>(*view_);
  for (auto& [scope, state] : changed_) {
    rows::Level row;
    row.set_newest(state->newest.SerializeAsString());
    row.set_since_us(state->since_us);
    row.set_changed_us(state->changed_us);
    row.set_event_id(state->event_id);
    row.set_override_id(state->override_id);
    row.set_rose_revision(state->rose_revision);
    writes->push_back({kLevel, scope, row.SerializeAsString()});
    view->levels[scope] = std::move(state);
  }
  for (v1::RulesActivated& rules : activated_) {
    view->rules.push_back(std::move(rules));
    writes->push_back(
        {kRules, BigEndian(view->rules.size()), view->rules.back().SerializeAsString()});
  }
  changed_.clear();
  activated_.clear();
  view_ = std::move(view);
}

}  // namespace overgang::projections
