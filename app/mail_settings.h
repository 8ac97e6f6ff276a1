// [mail]: where the daily status goes, and what it needs to go there. See docs/operations.md for
// each key. Errors: mistakes as app/config.h has them; NOT_FOUND where a file cannot be read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/toml.h"
#include "consumers/daily_status/editor.h"
#include "consumers/daily_status/recipients.h"
#include "consumers/daily_status/standing.h"
#include "core/mailer.h"

namespace overgang {

inline constexpr int kUncertainAfterMinS = 10;
inline constexpr int kUncertainAfterMaxS = 3600;

struct MailSettings {
  std::string smtp_url;          // Empty: no mail is sent, and no status issued.
  std::string tls = "required";  // Or "if_offered", "none".
  std::string ca_file;
  std::string user;
  std::string password_file;
  std::string recipients_file;
  std::string templates_folder;  // Empty: the built-in ones.
  daily_status::MailSender sender{"Overgang <overgang@localhost>", ""};
  daily_status::Policy policy;
  int uncertain_after_s = 300;
  int correct_every_minutes = 30;
};

// "07:30". Says what is wrong; empty where nothing is.
std::string ReadTimeOfDay(const toml::node& node, daily_status::TimeOfDay* target);
// Fills in what follows from other keys, and says what does not fit together.
std::vector<std::string> FinishMail(MailSettings* mail);

// Bad lines are in its mistakes. Empty where no file is configured.
absl::StatusOr<daily_status::Recipients> LoadRecipients(
    const MailSettings& mail, const Directory& directory,
    const std::function<std::string(std::string_view email)>& hash);
absl::StatusOr<std::shared_ptr<const daily_status::Templates>> LoadTemplates(
    const MailSettings& mail);
// Null where no mail is sent.
absl::StatusOr<std::unique_ptr<Mailer>> MakeMailer(const MailSettings& mail);

// Every mistake of the files that [mail] names.
std::vector<std::string> CheckMailFiles(const MailSettings& mail, const Directory& directory);

}  // namespace overgang
