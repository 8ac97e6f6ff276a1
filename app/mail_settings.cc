#include "app/mail_settings.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/mail/smtp_mailer.h"
#include "consumers/daily_status/mime.h"

namespace overgang {
namespace {

absl::StatusOr<std::string> ReadWhole(const std::string& file, size_t bytes_max) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (error || !stream)
    return absl::NotFoundError(
        absl::StrCat(file, ": cannot be read; check the path and who may read it"));
  if (size > bytes_max)
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": is larger than ", bytes_max, " bytes; it may be the wrong file"));
  return text.str();
}

absl::StatusOr<std::string> ReadPassword(const std::string& file) {
  constexpr size_t kPasswordBytesMax = 4096;
  if (file.empty()) return "";
  auto text = ReadWhole(file, kPasswordBytesMax);
  if (!text.ok()) return text.status();
  std::string password = text->substr(0, text->find_first_of("\r\n"));
  if (password.empty())
    return absl::InvalidArgumentError(absl::StrCat(file, ": is empty; write the password into it"));
  return password;
}

}  // namespace

std::string ReadTimeOfDay(const toml::node& node, daily_status::TimeOfDay* target) {
  const std::string text = node.value<std::string>().value_or("");
  int hour = 0, minute = 0;
  const bool read = text.size() == 5 && text[2] == ':' &&
                    text.find_first_not_of("0123456789:") == std::string::npos &&
                    absl::SimpleAtoi(text.substr(0, 2), &hour) &&
                    absl::SimpleAtoi(text.substr(3), &minute) && hour < 24 && minute < 60;
  if (!read) return "must be a time of day, as in \"07:30\"";
  *target = {hour, minute};
  return "";
}

std::vector<std::string> FinishMail(MailSettings* mail) {
  std::vector<std::string> mistakes;
  mail->policy.uncertain_after = absl::Seconds(mail->uncertain_after_s);
  mail->policy.correct_every = absl::Minutes(mail->correct_every_minutes);
  const auto& [send_at, late_until] = std::tie(mail->policy.send_at, mail->policy.late_until);
  if (std::tie(late_until.hour, late_until.minute) <= std::tie(send_at.hour, send_at.minute))
    mistakes.emplace_back("mail.late_until: must be later in the day than mail.send_at");
  // As every mail needs it, or none could be made when they are due.
  if (!daily_status::IsMailAddress(mail->sender.Address()) ||
      !daily_status::CheckSender(mail->sender.from).ok())
    mistakes.emplace_back(
        "mail.from: is no sender; write it as \"Overgang <overgang@example.no>\", or the address "
        "alone");
  if (!mail->sender.base_url.empty() && mail->sender.base_url.back() == '/')
    mail->sender.base_url.pop_back();
  if (mail->smtp_url.empty()) {
    if (!mail->recipients_file.empty())
      mistakes.emplace_back(
          "mail.smtp_url: missing; name the server that takes mails, as in "
          "\"smtp://mail.example.no:587\", or leave mail.recipients out");
    return mistakes;
  }
  if (mail->recipients_file.empty())
    mistakes.emplace_back("mail.recipients: missing; name the file that says who gets mails");
  if (mail->sender.from == MailSettings().sender.from)
    mistakes.emplace_back(
        "mail.from: missing; say who sends, as in \"Overgang <overgang@example.no>\"");
  if (mail->user.empty() != mail->password_file.empty())
    mistakes.emplace_back("mail.user and mail.password_file: give both, or none for no login");
  if (!mail->user.empty() && mail->tls != "required" && !mail->smtp_url.starts_with("smtps://"))
    mistakes.emplace_back(
        "mail.tls: must be \"required\" with a login, or the password could be read on its way");
  return mistakes;
}

absl::StatusOr<daily_status::Recipients> LoadRecipients(
    const MailSettings& mail, const Directory& directory,
    const std::function<std::string(std::string_view)>& hash) {
  if (mail.recipients_file.empty()) return daily_status::Recipients();
  const auto text = ReadWhole(mail.recipients_file, daily_status::kRecipientsFileBytesMax);
  if (!text.ok()) return text.status();
  return daily_status::ReadRecipients(*text, mail.recipients_file, directory, hash);
}

absl::StatusOr<std::shared_ptr<const daily_status::Templates>> LoadTemplates(
    const MailSettings& mail) {
  if (mail.templates_folder.empty()) return daily_status::Templates::BuiltIn();
  return daily_status::Templates::Load(mail.templates_folder);
}

absl::StatusOr<std::unique_ptr<Mailer>> MakeMailer(const MailSettings& mail) {
  if (mail.smtp_url.empty()) return nullptr;
  auto password = ReadPassword(mail.password_file);
  if (!password.ok()) return password.status();
  SmtpServer server;
  server.url = mail.smtp_url;
  server.tls = mail.tls == "none"         ? SmtpTls::kNone
               : mail.tls == "if_offered" ? SmtpTls::kIfOffered
                                          : SmtpTls::kRequired;
  server.ca_file = mail.ca_file;
  server.user = mail.user;
  server.password = *std::move(password);
  server.from = mail.sender.Address();
  server.send_max = mail.policy.send_max();
  auto mailer = SmtpMailer::Create(std::move(server));
  if (!mailer.ok()) return mailer.status();
  return *std::move(mailer);
}

std::vector<std::string> CheckMailFiles(const MailSettings& mail, const Directory& directory) {
  std::vector<std::string> mistakes;
  const auto note = [&](const absl::Status& status) {
    if (!status.ok()) mistakes.emplace_back(status.message());
  };
  // Who the same address is, is all that matters here.
  const auto recipients = LoadRecipients(mail, directory, [](std::string_view email) {
    std::string lower(email);
    absl::AsciiStrToLower(&lower);
    return lower;
  });
  note(recipients.status());
  if (recipients.ok())
    mistakes.insert(mistakes.end(), recipients->mistakes.begin(), recipients->mistakes.end());
  note(LoadTemplates(mail).status());
  note(MakeMailer(mail).status());
  return mistakes;
}

}  // namespace overgang
