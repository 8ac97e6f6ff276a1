#include "consumers/daily_status/decider.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

constexpr double kSame = 1e-9;  // Numbers of one and the same count differ by less.

using projections::MailKey;

const rows::Mail* MailOf(const DayBook& day, const MailKey& key) {
  const auto mail = day.mails.find(key);
  return mail == day.mails.end() ? nullptr : &mail->second;
}

// Whether whoever got it knows, or may know, what it said.
bool MayHaveArrived(DeliveryState state) {
  return state == DeliveryState::kAccepted || state == DeliveryState::kUncertain;
}

v1::StatusNumber OfNobody(v1::StatusNumber number) {
  number.set_value(0);
  number.clear_unknown();
  return number;
}

// All mails of one scope and day.
class ScopeDeliveries {
 public:
  ScopeDeliveries(const DayBook& day, const std::string& scope, const StatusOfDay& status,
                  const Recipients& recipients, const Policy& policy, absl::Time now)
      : day_(day),
        scope_(scope),
        status_(status),
        recipients_(recipients),
        policy_(policy),
        now_(now) {}

  void AddTo(std::vector<DeliveryOfDay>* deliveries) {
    const auto [first, last] = recipients_.Of(scope_);
    std::set<std::string> arrived;  // Hashes of those that the status may have reached.
    for (const Recipient* recipient = first; recipient != last; ++recipient) {
      DeliveryOfDay delivery =
          Of({absl::FormatCivilTime(day_.date), scope_, 0, recipient->address_hash});
      if (MayHaveArrived(delivery.standing.state)) arrived.insert(recipient->address_hash);
      // Nobody misses what there never was.
      const bool expected = status_.issued != nullptr || status_.had_before ||
                            delivery.mail != nullptr ||
                            delivery.standing.state != DeliveryState::kMissed;
      if (expected) deliveries->push_back(std::move(delivery));
    }
    for (const auto& corrected : status_.corrections) {
      const bool newest = &corrected == &status_.corrections.back();
      for (const std::string& hash : arrived) {
        DeliveryOfDay delivery = Of({absl::FormatCivilTime(day_.date), scope_,
                                     corrected.correction.decision().revision(), hash});
        if (!newest && delivery.mail == nullptr) continue;  // The newest tells all of it.
        if (!newest) delivery.standing.next_try.reset();
        deliveries->push_back(std::move(delivery));
      }
    }
    AddForgotten(arrived, deliveries);
    std::ranges::sort(*deliveries, {}, &DeliveryOfDay::key);
  }

 private:
  DeliveryOfDay Of(MailKey key) const {
    DeliveryOfDay delivery;
    delivery.recipient = recipients_.Find(scope_, key.address_hash);
    delivery.mail = MailOf(day_, key);
    const bool held =
        delivery.recipient == nullptr || day_.IsPaused(scope_, key.address_hash, now_);
    if (key.revision == 0 && status_.issued == nullptr && delivery.mail == nullptr) {
      delivery.standing = OfUnissued(held);
    } else {
      delivery.standing = StandingOf(
          delivery.mail, {SinceOf(key.revision), status_.requested, held}, policy_, now_);
    }
    delivery.key = std::move(key);
    return delivery;
  }

  absl::Time SinceOf(int revision) const {
    for (const auto& corrected : status_.corrections) {
      if (corrected.correction.decision().revision() == revision)
        return absl::FromUnixMicros(corrected.appended_us);
    }
    return status_.issued == nullptr ? policy_.send_at.On(day_.date) : status_.issued_at;
  }

  Standing OfUnissued(bool held) const {
    Standing standing;
    standing.at = policy_.send_at.On(day_.date);
    if (held) {
      standing.state = DeliveryState::kPaused;
    } else if (status_.requested.has_value() && day_.date == OsloDate(now_)) {
      standing.next_try = standing.at = *status_.requested;
    } else if (IsOver(day_, policy_, now_)) {
      standing.state = DeliveryState::kMissed;
      standing.at = policy_.late_until.On(day_.date);
    } else {
      standing.next_try = standing.at;
    }
    return standing;
  }

  // Mails to those who are no recipients any more.
  void AddForgotten(const std::set<std::string>& arrived,
                    std::vector<DeliveryOfDay>* deliveries) const {
    for (const auto& [key, mail] : day_.mails) {
      if (key.scope != scope_) continue;
      const bool listed = key.revision == 0 ? recipients_.Find(scope_, key.address_hash) != nullptr
                                            : arrived.contains(key.address_hash);
      if (!listed) deliveries->push_back(Of(key));
    }
  }

  const DayBook& day_;
  const std::string& scope_;
  const StatusOfDay& status_;
  const Recipients& recipients_;
  const Policy& policy_;
  const absl::Time now_;
};

// Whether a day's status did not reach its readers, though it was to.
bool WasMissed(const DayBook& day, const std::string& scope, const Recipients& recipients,
               const Policy& policy, absl::Time now) {
  const auto status = day.statuses.find(scope);
  if (status == day.statuses.end()) return false;
  if (status->second.issued == nullptr) return status->second.had_before;
  std::vector<DeliveryOfDay> deliveries;
  ScopeDeliveries(day, scope, status->second, recipients, policy, now).AddTo(&deliveries);
  bool failed = false;
  for (const DeliveryOfDay& delivery : deliveries) {
    if (delivery.key.revision != 0) continue;
    if (MayHaveArrived(delivery.standing.state)) return false;
    failed |= delivery.standing.state != DeliveryState::kPaused;
  }
  return failed;
}

}  // namespace

bool IsOver(const DayBook& day, const Policy& policy, absl::Time now) {
  return now >= policy.late_until.On(day.date);
}

std::vector<DeliveryOfDay> DeliveriesOf(const DayBook& day, const Recipients& recipients,
                                        const Policy& policy, absl::Time now) {
  std::vector<DeliveryOfDay> deliveries;
  for (const auto& [scope, status] : day.statuses) {
    std::vector<DeliveryOfDay> of_scope;
    ScopeDeliveries(day, scope, status, recipients, policy, now).AddTo(&of_scope);
    std::ranges::move(of_scope, std::back_inserter(deliveries));
  }
  return deliveries;
}

std::vector<StatusDue> StatusesDue(const Book::Days& days, const Recipients& recipients,
                                   const Policy& policy, absl::Time now) {
  std::vector<StatusDue> due;
  const DayBook& today = *days.today;
  const absl::Time at = policy.send_at.On(today.date);
  for (const std::string& scope : recipients.Scopes()) {
    const auto status = today.statuses.find(scope);
    if (status == today.statuses.end() || status->second.issued != nullptr) continue;
    const bool is_time = now >= at && !IsOver(today, policy, now);
    if (!is_time && !status->second.requested.has_value()) continue;
    StatusDue& wanted = due.emplace_back();
    wanted.scope = scope;
    wanted.late = now > at + kLateAfter;
    if (WasMissed(*days.yesterday, scope, recipients, policy, now))
      wanted.missed_date = absl::FormatCivilTime(days.yesterday->date);
  }
  return due;
}

std::optional<v1::DailyStatusCorrected> CorrectionOf(const v1::DailyStatusIssued& sent,
                                                     const v1::DailyStatusIssued& recount,
                                                     int correct_from) {
  v1::DailyStatusCorrected correction;
  bool enough = false;
  const auto compare = [&](const v1::StatusNumber& was, const v1::StatusNumber& now) {
    const double by = std::abs(now.value() - was.value());
    if (by < kSame && now.unknown() == was.unknown()) return;
    *correction.add_was() = was;
    *correction.add_changed() = now;
    enough |=
        CallsForCorrection(was) && now.unknown() == was.unknown() && by > correct_from - kSame;
  };
  for (const v1::StatusNumber& was : sent.numbers()) {
    if (!IsRecounted(was)) continue;
    const v1::StatusNumber* now = FindNumber(recount, was.name(), was.of());
    compare(was, now == nullptr ? OfNobody(was) : *now);
  }
  for (const v1::StatusNumber& now : recount.numbers()) {
    // Of a kommune, hospital or ward of which nothing was told: all of it.
    if ((!IsRecounted(now) && !now.of().starts_with("k:")) ||
        FindNumber(sent, now.name(), now.of()) != nullptr)
      continue;
    *correction.add_was() = OfNobody(now);
    *correction.add_changed() = now;
  }
  if (!enough) return std::nullopt;
  correction.set_scope(sent.scope());
  correction.set_date(sent.date());
  *correction.mutable_counted_at() = sent.counted_at();
  *correction.mutable_as_of() = recount.as_of();
  return correction;
}

std::vector<Correctable> CorrectablesOf(const Book::Days& days) {
  std::vector<Correctable> newest;
  for (const auto& [scope, today] : days.today->statuses) {
    Correctable correctable{days.today.get(), scope, &today};
    if (today.issued == nullptr) {
      const auto before = days.yesterday->statuses.find(scope);
      if (before == days.yesterday->statuses.end() || before->second.issued == nullptr) continue;
      correctable = {days.yesterday.get(), scope, &before->second};
    }
    if (correctable.status->corrections.size() < kCorrectionsMax) newest.push_back(correctable);
  }
  return newest;
}

}  // namespace overgang::daily_status
