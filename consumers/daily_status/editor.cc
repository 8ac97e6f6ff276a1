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

absl::StatusOr<v1::MailContent> Editor::MailOf(const StatusOfDay& status,
                                               const projections::MailKey& key,
                                               const std::string& language,
                                               const std::string& message_id, absl::Time date) {
  if (status.issued == nullptr)
    return absl::NotFoundError("no status was issued for this scope and date");
  const std::string of = absl::StrCat(key.date, " ", key.scope, " ", key.revision, " ", language);
  const auto templates = templates_.Get();
  const auto directory = directory_.Get();
  if (last_.of != of || last_.templates != templates || last_.directory != directory) {
    EditionOptions options{language, sender_.base_url};
    const auto revision = std::ranges::find(
        status.corrections, key.revision,
        [](const auto& corrected) { return corrected.correction.decision().revision(); });
    const auto before = static_cast<size_t>(revision - status.corrections.begin());
    if (key.revision > 0) {
      if (revision == status.corrections.end())
        return absl::NotFoundError("the status has no correction of this number");
      options.corrected = &revision->correction;
    }
    auto edition = ComposeEdition(key.revision == 0 ? *status.issued : AsSent(status, before),
                                  options, *templates, *directory);
    if (!edition.ok()) return edition.status();
    last_ = {of, templates, directory, *std::move(edition)};
  }
  return daily_status::MailOf(last_.edition, {sender_.from, message_id, date});
}

}  // namespace overgang::daily_status
