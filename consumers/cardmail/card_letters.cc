#include "consumers/cardmail/card_letters.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/cardmail/card_text.h"
#include "consumers/daily_status/mime.h"

namespace overgang::cardmail {
namespace {

// Behind the heading, so that the level is seen before it is read.
std::string ColourOf(v1::EscalationLevel level) {
  switch (level) {
    case v1::ESCALATION_LEVEL_GRONN:
      return "#cdeccd";
    case v1::ESCALATION_LEVEL_GUL:
      return "#ffe98a";
    case v1::ESCALATION_LEVEL_ROD:
      return "#f3b0a8";
    default:
      return "#ffffff";
  }
}

std::string Rendered(const char* name, mustache::Escape escape, const mustache::Object& data) {
  return mustache::Template::Parse(name, BytesOf(TemplateFiles(), name), escape)
      .value()
      .Render(data);
}

}  // namespace

daily_status::Edition CardEdition(const WantedMail& mail, const std::string& address_hash,
                                  const projections::LevelState* level,
                                  const tiltakskort::Roles& roles, const Directory& directory,
                                  const LinkSigner& signer, const std::string& base_url,
                                  absl::Time now) {
  const v1::Tiltakskort& card = *mail.card;
  const CardTelling telling{card, level, roles, directory, now};
  const absl::Time expires =
      absl::FromUnixSeconds(absl::ToUnixSeconds(mail.hand.since + kLinkHolds));
  mustache::Object data = CardObject(telling, [&](const std::string& tiltak_id) {
    if (base_url.empty()) return std::string();
    return absl::StrCat(base_url, kLinkPath,
                        signer.TokenOf({card.issued().card_id(), mail.hand.number, tiltak_id,
                                        mail.role, address_hash, expires}));
  });
  daily_status::Edition edition;
  edition.language = "nb";
  edition.subject = SubjectOf(telling);
  data.insert_or_assign("subject", edition.subject);
  data.insert_or_assign("as_role", RoleName(card, mail.role));
  data.insert_or_assign("links", !base_url.empty());
  data.insert_or_assign("links_until", WhenText(expires, now));
  data.insert_or_assign("board_url", base_url);
  data.insert_or_assign("level_colour", ColourOf(LevelOf(telling)));
  edition.text = Rendered("mail.txt", mustache::Escape::kNothing, data);
  edition.html = Rendered("mail.html", mustache::Escape::kHtml, data);
  return edition;
}

std::string CardLetters::WhyNot(const projections::MailKey& key) const {
  return book_.Wanted(key) == nullptr ? "the card was closed or has gone on meanwhile" : "";
}

absl::StatusOr<std::string> CardLetters::Compose(const daily_status::MailDue& due,
                                                 const std::string& message_id, absl::Time now) {
  const WantedMail* mail = book_.Wanted(due.key);
  if (mail == nullptr) return absl::NotFoundError("the card was closed or has gone on");
  const auto directory = directory_.Get();
  const auto edition =
      CardEdition(*mail, due.key.address_hash,
                  book_.epoch()->levels->Find(absl::StrCat("h:", mail->card->hospital())),
                  book_.roles(), *directory, signer_, sender_.base_url, now);
  return daily_status::MimeMessage(edition, {sender_.from, message_id, now, due.to});
}

}  // namespace overgang::cardmail
