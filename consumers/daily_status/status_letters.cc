#include "consumers/daily_status/status_letters.h"

#include <utility>

namespace overgang::daily_status {

using projections::MailKey;

const DayBook* StatusLetters::DayOf(const MailKey& key) const {
  for (const auto& day : {days_.today, days_.yesterday}) {
    if (day != nullptr && key.card_id.empty() && absl::FormatCivilTime(day->date) == key.date)
      return day.get();
  }
  return nullptr;
}

const rows::Mail* StatusLetters::Find(const MailKey& key) const {
  const DayBook* day = DayOf(key);
  if (day == nullptr) return nullptr;
  const auto mail = day->mails.find(key);
  return mail == day->mails.end() ? nullptr : &mail->second;
}

absl::StatusOr<std::string> StatusLetters::Compose(const MailDue& due,
                                                   const std::string& message_id, absl::Time now) {
  const DayBook* day = DayOf(due.key);
  if (day == nullptr) return absl::NotFoundError("its date is neither today nor yesterday");
  auto content =
      editor_.MailOf(day->statuses.at(due.key.scope), {.key = due.key,
                                                       .received = ReceivedBefore(*day, due.key),
                                                       .language = due.language,
                                                       .message_id = message_id,
                                                       .to = due.to,
                                                       .date = now});
  if (!content.ok()) return content.status();
  return std::move(*content->mutable_message());
}

}  // namespace overgang::daily_status
