#include "consumers/daily_status/editor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace overgang::daily_status {

std::string MailSender::Address() const {
  const size_t open = from.find('<');
  if (open == std::string::npos) return from;
  return from.substr(open + 1, from.find('>', open) - open - 1);
}

std::string MailSender::Domain() const {
  const std::string address = Address();
  return address.substr(address.find('@') + 1);
}

absl::StatusOr<v1::MailContent> Editor::MailOf(const StatusOfDay& status, const MailAsked& mail) {
  const projections::MailKey& key = mail.key;
  if (status.issued == nullptr)
    return absl::NotFoundError("no status was issued for this scope and date");
  const std::string of = absl::StrCat(key.date, " ", key.scope, " ", key.revision, " ",
                                      mail.received, " ", mail.language);
  const auto templates = templates_.Get();
  const auto directory = directory_.Get();
  if (last_.of != of || last_.templates != templates || last_.directory != directory) {
    const auto is_this = [&](const projections::CorrectedStatus& corrected) {
      return corrected.correction.decision().revision() == key.revision;
    };
    if (key.revision > 0 && std::ranges::none_of(status.corrections, is_this))
      return absl::NotFoundError("the status has no correction of this number");
    const v1::DailyStatusIssued sent = AsSent(status, mail.received);
    auto edition =
        ComposeEdition(AsSent(status, key.revision),
                       {mail.language, sender_.base_url, key.revision > 0 ? &sent : nullptr},
                       *templates, *directory);
    if (!edition.ok()) return edition.status();
    last_ = {of, templates, directory, *std::move(edition)};
  }
  return daily_status::MailOf(last_.edition, {sender_.from, mail.message_id, mail.date, mail.to});
}

}  // namespace overgang::daily_status
