#include "consumers/cardmail/card_book.h"

#include <utility>

#include "consumers/cardmail/link.h"
#include "core/oslo_time.h"
#include "core/topics.h"
#include "spdlog/spdlog.h"

namespace overgang::cardmail {
namespace {

using projections::MailKey;

int64_t MailsEnd(const projections::Epoch& epoch) {
  return epoch.cursor.next[TopicPartition{Topic::kStatus, 0}.Index()];
}

}  // namespace

std::map<MailKey, WantedMail> WantedMails(const projections::CardsView& cards,
                                          const tiltakskort::Roles& roles) {
  std::map<MailKey, WantedMail> wanted;
  for (const auto& [id, card] : cards.open) {
    const Hand hand = HandOf(*card);
    for (const Reader& reader : ReadersOf(*card, roles)) {
      wanted[{absl::FormatCivilTime(OsloDate(hand.since)), card->issued().recipient(), hand.number,
              reader.address->hash, id}] = {card, hand, reader.address->email, reader.role};
    }
  }
  return wanted;
}

absl::Status CardBook::Read(const EpochPtr& epoch,
                            const std::shared_ptr<const tiltakskort::Roles>& roles,
                            const std::vector<absl::CivilDay>& dates) {
  const bool same_cards = epoch_ != nullptr && epoch_->cards == epoch->cards && roles_ == roles;
  const bool same_mails =
      epoch_ != nullptr && MailsEnd(*epoch_) == MailsEnd(*epoch) && dates_ == dates;
  epoch_ = epoch;
  roles_ = roles;
  if (!same_cards) wanted_ = WantedMails(*epoch->cards, *roles);
  if (same_mails) return absl::OkStatus();
  dates_.clear();  // Until all is read.
  mails_.clear();
  for (const absl::CivilDay date : dates) {
    absl::Status status = projections::ScanCardMails(
        *epoch->rows, absl::FormatCivilTime(date),
        [&](const MailKey& key, const rows::Mail& mail) { mails_.insert_or_assign(key, mail); });
    if (!status.ok()) return status;
  }
  dates_ = dates;
  return absl::OkStatus();
}

std::vector<CardDelivery> CardBook::Deliveries(const daily_status::Policy& policy,
                                               absl::Time now) const {
  for (const auto& [key, wanted] : wanted_) Find(key);  // Those given on other dates.
  std::vector<CardDelivery> deliveries;
  for (const auto& [key, mail] : mails_) {
    CardDelivery delivery{key, mail.has_value() ? &*mail : nullptr, Wanted(key), {}};
    if (delivery.mail == nullptr && delivery.wanted == nullptr) continue;
    daily_status::Wanted wanted;
    wanted.since = delivery.wanted != nullptr ? delivery.wanted->hand.since : now;
    wanted.held = delivery.wanted == nullptr;
    wanted.try_for = kLinkHolds;
    delivery.standing = daily_status::StandingOf(delivery.mail, wanted, policy, now);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

const WantedMail* CardBook::Wanted(const MailKey& key) const {
  const auto found = wanted_.find(key);
  return found == wanted_.end() ? nullptr : &found->second;
}

const rows::Mail* CardBook::Find(const MailKey& key) const {
  auto known = mails_.find(key);
  if (known == mails_.end()) {
    auto mail = projections::FindMail(*epoch_->rows, key);
    if (!mail.ok()) {
      spdlog::error("mails of tiltakskort: {}", mail.status().ToString());
      return nullptr;
    }
    known = mails_.emplace(key, *std::move(mail)).first;
  }
  return known->second.has_value() ? &*known->second : nullptr;
}

}  // namespace overgang::cardmail
