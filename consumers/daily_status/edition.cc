#include "consumers/daily_status/edition.h"

#include "consumers/daily_status/files.h"
#include "consumers/daily_status/mail_page.h"
#include "consumers/daily_status/mime.h"
#include "consumers/daily_status/picture.h"
#include "core/uuid.h"

namespace overgang::daily_status {

absl::StatusOr<Edition> ComposeEdition(const v1::DailyStatusIssued& status,
                                       const EditionOptions& options, const Templates& templates,
                                       const Directory& directory) {
  auto page = BuildPage(status, options, templates, directory);
  if (!page.ok()) return page.status();
  const Words& words = *templates.WordsOf(options.language);
  Edition edition;
  edition.language = options.language;
  edition.subject = page->subject;
  edition.text = templates.text().Render(page->data);
  edition.html = templates.html().Render(page->data);
  if (page->has_picture) {
    const Figures figures(page->status, words);
    auto png = DrawTrend(TrendOf(figures), words.Say("today"));
    if (!png.ok()) return png.status();
    edition.pictures.push_back(
        {"trend.png", "image/png", *std::move(png), PictureId(page->status)});
  }
  auto files = FilesOf(*page, words, directory);
  if (!files.ok()) return files.status();
  edition.files = *std::move(files);
  return edition;
}

absl::StatusOr<v1::MailContent> MailOf(const Edition& edition, const MailHead& head) {
  auto message = MimeMessage(edition, head);
  if (!message.ok()) return message.status();
  v1::MailContent mail;
  mail.set_subject(edition.subject);
  mail.set_text(edition.text);
  mail.set_html(edition.html);
  mail.set_message(*std::move(message));
  for (const MailFile& file : edition.files) mail.add_files(file.name);
  return mail;
}

absl::StatusOr<v1::MailContent> ComposeMail(const v1::DailyStatusIssued& status,
                                            const EditionOptions& options, const MailHead& head,
                                            const Templates& templates,
                                            const Directory& directory) {
  const auto edition = ComposeEdition(status, options, templates, directory);
  if (!edition.ok()) return edition.status();
  return MailOf(*edition, head);
}

std::string DigestOfMessage(std::string_view message) {
  constexpr std::string_view kDate = "Date: ", kTo = "To: ";
  constexpr std::string_view kEnd = "\r\n";
  const size_t headers_end = message.find("\r\n\r\n");
  std::string without;
  for (std::string_view rest = message; !rest.empty();) {
    const size_t at = message.size() - rest.size();
    if (at >= headers_end) {
      without += rest;
      break;
    }
    const size_t line = rest.find(kEnd) + kEnd.size();
    if (!rest.starts_with(kDate) && !rest.starts_with(kTo)) without += rest.substr(0, line);
    rest.remove_prefix(line);
  }
  return Sha256Hex(without);
}

}  // namespace overgang::daily_status
