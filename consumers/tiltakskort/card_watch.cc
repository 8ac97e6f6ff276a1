#include "consumers/tiltakskort/card_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/cards.h"
#include "consumers/tiltakskort/said.h"
#include "core/oslo_time.h"

namespace overgang::tiltakskort {
namespace {

using projections::CardsView;
using projections::Epoch;
using projections::LevelState;
using projections::LevelsView;

constexpr std::string_view kHospitalScope = "h:";

// Without what it rests on: sums over everybody's patients, which are the hospital's.
v1::HospitalLevel LevelLine(const std::string& hospital, const LevelState& level) {
  v1::HospitalLevel line;
  line.set_hospital(hospital);
  line.set_scope(level.newest.scope());
  line.set_level(level.newest.to());
  line.set_revision(level.revision());
  line.set_rules_version(level.newest.rules_version());
  line.set_cause(level.newest.cause());
  *line.mutable_since() = ProtoOfUs(level.since_us);
  return line;
}

}  // namespace

class CardWatch::Stream final : public MessageStream {
 public:
  Stream(std::shared_ptr<CardWatch> watch, const Caller& caller,
         const v1::WatchEscalationRequest& request)
      : watch_(std::move(watch)),
        caller_(caller),
        hospitals_(request.hospitals().begin(), request.hospitals().end()) {}
  ~Stream() override { watch_->Remove(this); }

  absl::StatusOr<StreamStep> Next() override {
    std::shared_ptr<const Epoch> epoch;
    bool tick = false;
    {
      std::lock_guard lock(watch_->mutex_);
      epoch = watch_->epoch_;
      tick = watch_->ticks_ != seen_ticks_;
      seen_ticks_ = watch_->ticks_;
    }
    if (epoch == nullptr || (!tick && !full_ && IsSeen(*epoch))) return StreamStep{};
    auto message = std::make_shared<v1::WatchEscalationResponse>();
    const auto roles = watch_->roles_.Get();
    if (absl::Status status = AddNews(*epoch, roles, message.get()); !status.ok()) return status;
    seen_ = epoch->cards;
    seen_roles_ = roles;
    seen_levels_ = epoch->levels;
    if (!full_ && !tick && message->cards().empty() && message->levels().empty())
      return StreamStep{};
    *message->mutable_as_of() =
        watch_->views_.AsOf(*epoch, watch_->clock_.Now(), caller_, *watch_->directory_.Get());
    message->set_full(std::exchange(full_, false));
    return StreamStep{.message = std::move(message)};
  }

 private:
  bool Asked(const std::string& hospital) const {
    return hospitals_.empty() || std::ranges::find(hospitals_, hospital) != hospitals_.end();
  }
  bool IsTold(const v1::Tiltakskort& card) const {
    return Asked(card.hospital()) &&
           MaySeeCard(*caller_.scope, card.hospital(), card.issued().recipient());
  }

  // A kommune is told of the hospitals of its region, as GetLevels does.
  bool IsToldLevel(const std::string& hospital) const {
    if (!Asked(hospital)) return false;
    if (caller_.scope->MaySeeHospital(hospital)) return true;
    return std::ranges::any_of(
        KommunerOf(hospital, *watch_->directory_.Get()),
        [this](const std::string& kommune) { return caller_.scope->MaySeeKommune(kommune); });
  }

  bool IsSeen(const Epoch& epoch) const {
    return epoch.cards == seen_ && epoch.levels == seen_levels_;
  }

  absl::Status AddNews(const Epoch& epoch, const std::shared_ptr<const Roles>& roles,
                       v1::WatchEscalationResponse* message) const {
    AddLevels(*epoch.levels, message);
    return AddCards(epoch, roles, message);
  }

  // Of hospitals; those that are not in the view that was told of last.
  void AddLevels(const LevelsView& levels, v1::WatchEscalationResponse* message) const {
    for (const auto& [scope, level] : levels.levels) {
      if (!scope.starts_with(kHospitalScope)) continue;
      if (seen_levels_ != nullptr && seen_levels_->Find(scope) == level.get()) continue;
      const std::string hospital = scope.substr(kHospitalScope.size());
      if (!IsToldLevel(hospital)) continue;
      v1::HospitalLevel& line = *message->add_levels() = LevelLine(hospital, *level);
      if (caller_.scope->MaySeeHospital(hospital)) {
        *line.mutable_inputs() = level->newest.inputs();
      } else {
        line.set_values_withheld(true);
      }
    }
  }

  // Those that changed, or all that are open where other people hold the roles: who is asked stands
  // on them.
  absl::Status AddCards(const Epoch& epoch, const std::shared_ptr<const Roles>& roles,
                        v1::WatchEscalationResponse* message) const {
    static const CardsView kNothing;
    const CardsView& before = seen_ == nullptr ? kNothing : *seen_;
    for (const auto& [id, card] : epoch.cards->open) {
      const auto known = before.open.find(id);
      if (roles == seen_roles_ && known != before.open.end() && known->second == card) continue;
      if (IsTold(*card)) *message->add_cards() = *card;
    }
    for (const auto& [id, card] : before.open) {
      if (epoch.cards->open.contains(id) || !IsTold(*card)) continue;
      auto closed = projections::FindCard(*epoch.rows, id);
      if (!closed.ok()) return closed.status();
      if (closed->has_value()) *message->add_cards() = *std::move(*closed);
    }
    for (v1::Tiltakskort& card : *message->mutable_cards()) SetAsked(*roles, &card);
    return absl::OkStatus();
  }

  const std::shared_ptr<CardWatch> watch_;
  const Caller caller_;
  const std::vector<std::string> hospitals_;
  bool full_ = true;
  uint64_t seen_ticks_ = 0;
  std::shared_ptr<const CardsView> seen_;
  std::shared_ptr<const Roles> seen_roles_;
  std::shared_ptr<const LevelsView> seen_levels_;
};

void CardWatch::Update(const std::shared_ptr<const Epoch>& epoch) {
  {
    std::lock_guard lock(mutex_);
    const bool same =
        epoch_ != nullptr && epoch_->cards == epoch->cards && epoch_->levels == epoch->levels;
    epoch_ = epoch;
    if (same) return;
  }
  WakeAll();
}

void CardWatch::Tick() {
  {
    std::lock_guard lock(mutex_);
    if (epoch_ == nullptr) return;
    ++ticks_;
  }
  WakeAll();
}

void CardWatch::WakeAll() {
  std::vector<Wake> wakes;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [stream, wake] : streams_) wakes.push_back(wake);
  }
  for (const Wake& wake : wakes) wake();
}

std::unique_ptr<MessageStream> CardWatch::Watch(const Caller& caller,
                                                const v1::WatchEscalationRequest& request,
                                                Wake wake) {
  auto stream = std::make_unique<Stream>(shared_from_this(), caller, request);
  std::lock_guard lock(mutex_);
  if (epoch_ == nullptr) epoch_ = views_.Current();
  streams_[stream.get()] = std::move(wake);
  return stream;
}

void CardWatch::Remove(const Stream* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

}  // namespace overgang::tiltakskort
