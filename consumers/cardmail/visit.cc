#include "consumers/cardmail/visit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/cardmail/hand.h"
#include "consumers/tiltakskort/said.h"
#include "core/bokmal.h"
#include "core/characters.h"
#include "core/oslo_time.h"
#include "core/pseudonymizer.h"
#include "projections/cards.h"

namespace overgang::cardmail {
namespace {

using mustache::List;
using mustache::Object;

std::string PrincipalOf(const Link& link) {
  return absl::StrCat(std::string(tiltakskort::kMailPrincipal), link.address_hash);
}

Verdict OfAnswered(const Link& link, std::string_view by) {
  return by == PrincipalOf(link) ? Verdict::kUsed : Verdict::kByAnother;
}

std::string Told(const std::string& told) {
  return told.empty() ? "." : absl::StrCat(": «", told, "».");
}

// What was said of what the link is for, and when.
std::string AnsweredText(const Link& link, const v1::Tiltakskort& card, absl::Time now,
                         bool by_us) {
  if (link.tiltak_id.empty()) {
    const v1::TiltakskortAcknowledgement& seen = card.acknowledged();
    const std::string when = WhenText(FromProto(seen.at()), now);
    if (by_us)
      return absl::StrCat("Kortet er kvittert ", when,
                          " fra denne adressen. Lenken kan ikke brukes igjen.");
    return absl::StrCat("Kortet ble kvittert ", when, " av ", WhoText(card, seen.by(), seen.role()),
                        ". Du trenger ikke gjøre noe.");
  }
  const v1::TiltakStanding& action = *projections::FindAction(card, link.tiltak_id);
  const char* what = action.state() == v1::TILTAK_STATE_DONE ? "meldt utført " : "avslått ";
  const std::string when = WhenText(FromProto(action.at()), now);
  if (by_us)
    return absl::StrCat("Tiltaket er ", what, when, " fra denne adressen", Told(action.told()),
                        " Lenken kan ikke brukes igjen.");
  return absl::StrCat("Tiltaket ble ", what, when, " av ",
                      WhoText(card, action.by(), action.role()), Told(action.told()),
                      " Du trenger ikke gjøre noe.");
}

std::string ClosedText(const v1::Tiltakskort& card, absl::Time now) {
  const std::string when = WhenText(FromProto(card.closed_at()), now);
  if (card.closing() == v1::TILTAKSKORT_CLOSING_SETTLED)
    return absl::StrCat("Kortet ble lukket ", when,
                        ": alle tiltak er utført eller avslått. Du trenger ikke gjøre noe.");
  return absl::StrCat("Kortet ble lukket ", when,
                      " fordi nivået falt. Du trenger ikke gjøre noe; stiger nivået igjen, kommer "
                      "et nytt kort.");
}

std::string GoneOnText(const Link& link, const CardTelling& telling) {
  const v1::Tiltakskort& card = telling.card;
  const std::string silent =
      absl::StrCat("Ingen kvitterte i tide som ", RoleName(card, link.role), ", ");
  if (!card.role().empty())
    return absl::StrCat(silent, "så kortet gikk videre til ", RoleName(card, card.role()),
                        ". Denne lenken gjelder ikke lenger.");
  const std::vector<std::string> asked = NamesOfAsked(telling);
  return absl::StrCat(
      silent,
      asked.size() > 1
          ? absl::StrCat("så kortet gikk til alle rollene på det: ", bokmal::Joined(asked), ".")
          : "men ingen andre har en rolle på kortet, så det står der fortsatt.",
      " Denne lenken gjelder ikke lenger; bruk den i den nyeste e-posten om kortet.");
}

// The form's own, beside the card.
void AddForm(const Link& link, const CardTelling& telling, const Said* said, Object* page) {
  page->insert_or_assign("as_role", RoleName(telling.card, link.role));
  if (link.tiltak_id.empty()) {
    page->insert_or_assign("acknowledge_form", true);
    return;
  }
  const v1::Tiltak& action = *ActionOf(telling.card, link.tiltak_id);
  const v1::TiltakStanding& standing = *projections::FindAction(telling.card, link.tiltak_id);
  const bool declining = said != nullptr && said->declined;
  page->insert_or_assign("action_form", true);
  page->insert_or_assign("action_text", action.text());
  page->insert_or_assign("action_evidence", action.evidence());
  page->insert_or_assign("action_due", standing.has_due_at()
                                           ? WhenText(FromProto(standing.due_at()), telling.now)
                                           : "");
  page->insert_or_assign("text_max", absl::StrCat(tiltakskort::kToldCharsMax));
  page->insert_or_assign("declining", declining);
  page->insert_or_assign("done_text", said != nullptr && !declining ? said->text : "");
  page->insert_or_assign("declined_text", declining ? said->text : "");
}

std::string Rendered(Object page) {
  static const mustache::Template kPage =
      mustache::Template::Parse("page.html", BytesOf(TemplateFiles(), "page.html"),
                                mustache::Escape::kHtml)
          .value();
  for (const char* name : {"card", "acknowledge_form", "action_form", "message", "message_class"})
    page.try_emplace(name, "");
  return kPage.Render(page);
}

}  // namespace

const v1::Tiltak* ActionOf(const v1::Tiltakskort& card, const std::string& tiltak_id) {
  const auto found = std::ranges::find(card.issued().actions(), tiltak_id, &v1::Tiltak::tiltak_id);
  return found == card.issued().actions().end() ? nullptr : &*found;
}

Verdict VerdictOf(const Link& link, const std::optional<v1::Tiltakskort>& card,
                  const tiltakskort::Roles& roles) {
  if (!card.has_value()) return Verdict::kNoSuchThing;
  if (roles.FindAddress(card->issued().recipient(), link.role, link.address_hash) == nullptr)
    return Verdict::kNotAReader;
  const int hand = HandOf(*card).number;
  if (!link.tiltak_id.empty()) {
    const v1::TiltakStanding* action = projections::FindAction(*card, link.tiltak_id);
    if (action == nullptr) return Verdict::kNoSuchThing;
    if (action->state() != v1::TILTAK_STATE_OPEN) return OfAnswered(link, action->by());
  } else if (card->has_acknowledged() && hand == link.hand) {
    return OfAnswered(link, card->acknowledged().by());
  }
  if (!card->open()) return Verdict::kClosed;
  if (IsRenewedSince(*card, link.hand)) return Verdict::kRenewed;
  if (hand != link.hand) return Verdict::kGoneOn;
  return Verdict::kOpen;
}

int StatusOfLook(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOpen:
    case Verdict::kUsed:
    case Verdict::kByAnother:
      return 200;
    case Verdict::kNotAReader:
      return 403;
    case Verdict::kNoSuchThing:
      return 404;
    default:
      return 410;
  }
}

int StatusOfRefusal(Verdict verdict) {
  const int look = StatusOfLook(verdict);
  return look == 200 ? 409 : look;
}

std::string WrongWith(const Said& said, const v1::Tiltak& action) {
  if (said.declined && said.text.empty()) return "Skriv hvorfor tiltaket ikke kan gjøres.";
  if (!said.declined && said.text.empty() && !action.evidence().empty())
    return absl::StrCat("Skriv det tiltaket ber om: ", action.evidence(), ".");
  if (Characters(said.text) > tiltakskort::kToldCharsMax)
    return absl::StrCat("Teksten er for lang. Skriv høyst ", tiltakskort::kToldCharsMax, " tegn.");
  if (HoldsNationalNumber(said.text))
    return "Teksten inneholder et fødselsnummer. Ta det bort; ingenting er lagret.";
  return "";
}

Notice NoticeOf(Verdict verdict, const Link& link, const CardTelling& telling) {
  const v1::Tiltakskort& card = telling.card;
  const absl::Time now = telling.now;
  switch (verdict) {
    case Verdict::kOpen:
      return {};
    case Verdict::kUsed:
      return {AnsweredText(link, card, now, true), true};
    case Verdict::kByAnother:
      return {AnsweredText(link, card, now, false), true};
    case Verdict::kClosed:
      return {ClosedText(card, now)};
    case Verdict::kGoneOn:
      return {GoneOnText(link, telling)};
    case Verdict::kRenewed:
      return {
          "Nivået har steget igjen, og kortet må kvitteres på nytt. Bruk lenken i den nyeste "
          "e-posten om kortet."};
    case Verdict::kNotAReader:
      return {
          "Adressen som lenken ble sendt til, står ikke lenger for rollen. Svar på tavlen, eller "
          "be den som drifter Overgang om å rette rollefilen."};
    case Verdict::kNoSuchThing:
      return {"Tiltaket finnes ikke på dette kortet."};
  }
  return {};
}

std::string VisitPage(const Link& link, const CardTelling& telling, Verdict verdict,
                      const Notice& notice, const Said* said) {
  Object card = CardObject(telling, [](const std::string&) { return std::string(); });
  Object page = {{"page_title", absl::StrCat("Tiltakskort: ", telling.card.issued().title())},
                 {"message", notice.text},
                 {"message_class", notice.good ? "good" : "bad"}};
  if (verdict == Verdict::kOpen) AddForm(link, telling, said, &page);
  page.insert_or_assign("card", std::move(card));
  return Rendered(std::move(page));
}

std::string NoticePage(std::string_view text) {
  return Rendered(
      {{"page_title", "Tiltakskort"}, {"message", std::string(text)}, {"message_class", "bad"}});
}

}  // namespace overgang::cardmail
