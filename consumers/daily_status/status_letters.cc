#include "consumers/daily_status/status_letters.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace overgang::daily_status {

using projections::MailKey;

const DayBook* StatusLetters::DayOf(const MailKey& key) const {
  for (const auto& day : {days_.today, days_.yesterday}) {
    if (day != nullptr && key.card_id.empty() && DateText(day->date) == key.date) return day.get();
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
      editor_.MailOf(day->statuses.at(due.key.scope), due.key, due.language, message_id, now);
  if (!content.ok()) {
    return absl::Status(content.status().code(),
                        absl::StrCat(std::string(content.status().message()),
                                     "; correct [mail] templates and send SIGHUP"));
  }
  return std::move(*content->mutable_message());
}

}  // namespace overgang::daily_status
