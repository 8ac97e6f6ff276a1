#include "consumers/tiltakskort/dealer.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "consumers/deciding/mailbox.h"
#include "consumers/tiltakskort/card_decider.h"
#include "spdlog/spdlog.h"

namespace overgang::tiltakskort {
namespace {

std::set<std::string> KommunerWithUkp(const projections::Epoch& epoch, const std::string& hospital,
                                      absl::Time now) {
  std::set<std::string> kommuner;
  const projections::Bucket* stays = epoch.census.by_hospital.Find(hospital);
  if (stays == nullptr) return kommuner;
  for (const auto& stay : *stays) {
    const int going_on = projections::PeriodGoingOn(stay->entry, absl::ToUnixMicros(now));
    if (going_on == projections::kNoPeriod) continue;
    const auto& kommune = stay->entry.periods[static_cast<size_t>(going_on)].kommune;
    if (kommune.view() != kKommuneNotStated) kommuner.insert(kommune.str());
  }
  return kommuner;
}

}  // namespace

struct Dealer::Mailbox : deciding::Mailbox {
  int64_t flight = 0;                            // Counts batches.
  std::optional<absl::StatusOr<Cursor>> answer;  // The log's, of the batch under way.
};

Dealer::Dealer(const Parts& parts)
    : parts_(parts),
      mailbox_(std::make_shared<Mailbox>()),
      open_(parts.metrics.Gauge("overgang_tiltakskort_open", "Tiltakskort that are not closed.")),
      issued_total_(parts.metrics.Counter("overgang_decisions_total",
                                          "Decisions that this hub appended.",
                                          {{"kind", "tiltakskort_issued"}})),
      decided_total_(parts.metrics.Counter("overgang_decisions_total",
                                           "Decisions that this hub appended.",
                                           {{"kind", "tiltakskort"}})),
      failures_total_(parts.metrics.Counter(
          "overgang_tiltakskort_failed_total",
          "Batches of decisions on tiltakskort that were not appended or not seen in the views.")),
      turn_(parts.leadership, parts.views, parts.log, parts.writer.incarnation()) {}

Dealer::~Dealer() { Stop(); }

void Dealer::Start() {
  // Most epochs are none of its business.
  listener_ = parts_.views.AddListener(
      [mailbox = mailbox_, told_to = int64_t{-1}](const auto& epoch) mutable {
        const int64_t end = epoch->cursor.next[TopicPartition{Topic::kEscalation, 0}.Index()];
        if (end != std::exchange(told_to, end)) mailbox->Tell();
      });
  turn_.Rest();
  thread_ = std::thread([this] { Run(); });
}

void Dealer::Stop() {
  if (!thread_.joinable()) return;
  parts_.views.RemoveListener(listener_);
  mailbox_->Stop();
  thread_.join();
  if (!under_way_ || appended_.has_value()) return;
  std::unique_lock lock(mailbox_->mutex);
  mailbox_->told.wait_for(lock, absl::ToChronoMilliseconds(kDrainMax),
                          [this] { return mailbox_->answer.has_value(); });
}

void Dealer::Run() {
  while (mailbox_->Wait()) {
    turn_.Notice();
    Round();
    turn_.Rest();
  }
}

void Dealer::Round() {
  const EpochPtr epoch = parts_.views.Current();
  if (epoch == nullptr) return;
  open_.Set(static_cast<double>(epoch->cards->open.size()));
  if (IsUnderWay(*epoch) || SinceBoot() < not_before_ || !turn_.Has()) return;
  const absl::Duration began = SinceBoot();
  const auto cards = parts_.cards.Get();
  const auto roles = parts_.roles.Get();
  const auto directory = parts_.directory.Get();
  const absl::Time now = parts_.clock.Now();
  const std::vector<v1::Envelope> facts =
      CardsDue({*epoch->cards, *epoch->levels, *cards, *roles, *directory,
                [&](const std::string& hospital) { return KommunerWithUkp(*epoch, hospital, now); },
                now, epoch->cursor.Encode(), kCardFactsPerAppendMax});
  // Whoever was frozen meanwhile may not decide any more.
  if (SinceBoot() - began > deciding::kAwayMax || !parts_.leadership.IsDoer()) return turn_.Lose();
  const bool ignored = std::ranges::any_of(
      facts, [this](const v1::Envelope& fact) { return decided_.contains(fact.event_id()); });
  if (ignored) return Fail(absl::InternalError("the views ignore a decision that is in the log"));
  decided_.clear();
  if (!facts.empty()) Append(facts);
}

bool Dealer::IsUnderWay(const projections::Epoch& epoch) {
  if (!under_way_) return false;
  std::optional<absl::StatusOr<Cursor>> answer;
  {
    std::lock_guard lock(mailbox_->mutex);
    answer.swap(mailbox_->answer);
  }
  if (answer.has_value() && !answer->ok()) {
    Fail(answer->status());
  } else if (answer.has_value()) {
    appended_ = **answer;
  }
  if (under_way_ && appended_.has_value() && epoch.cursor.Covers(*appended_)) {
    under_way_ = false;
    failures_ = 0;
  }
  if (under_way_ && SinceBoot() - under_way_since_ > kComeBackWithin)
    Fail(absl::DeadlineExceededError("what was decided has not come into the views"));
  return under_way_;
}

void Dealer::Fail(const absl::Status& why) {
  ++failures_;
  failures_total_.Increment();
  const absl::Duration pause = std::min(kPauseMin * (1 << std::min(failures_ - 1, 20)), kPauseMax);
  not_before_ = SinceBoot() + pause;
  under_way_ = false;
  decided_.clear();  // They may not be in the log.
  spdlog::warn("deciding on tiltakskort failed, trying on in {}: {}", absl::FormatDuration(pause),
               why.ToString());
}

// What a person who runs the hub should know of.
void Dealer::Tell(const v1::Envelope& fact) {
  (fact.has_tiltakskort_issued() ? issued_total_ : decided_total_).Increment();
  const auto warn_of_vacant = [&](const auto& roles, const std::string& card,
                                  const std::string& recipient) {
    for (const v1::TiltakRole& role : roles) {
      if (!role.held())
        spdlog::warn(
            "tiltakskort {}: nobody holds the role {} for {}; name somebody in the roles file",
            card, role.role(), recipient);
    }
  };
  if (fact.has_tiltakskort_issued()) {
    const v1::TiltakskortIssued& issued = fact.tiltakskort_issued();
    warn_of_vacant(issued.roles(), issued.template_id(), issued.recipient());
  } else if (fact.has_tiltakskort_reassigned()) {
    const v1::TiltakskortReassigned& reassigned = fact.tiltakskort_reassigned();
    spdlog::warn("tiltakskort {}: {} did not acknowledge it in time; it goes to {}",
                 reassigned.card_id(), reassigned.from_role(),
                 reassigned.to_role().empty() ? "all of its roles" : reassigned.to_role());
  }
}

void Dealer::Append(const std::vector<v1::Envelope>& facts) {
  for (const v1::Envelope& fact : facts) {
    Tell(fact);
    decided_.insert(fact.event_id());
  }
  under_way_ = true;
  under_way_since_ = SinceBoot();
  appended_.reset();
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

}  // namespace overgang::tiltakskort
