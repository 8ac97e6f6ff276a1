#include "consumers/cardmail/card_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/said.h"
#include "core/bokmal.h"
#include "core/level_words.h"
#include "core/oslo_time.h"
#include "projections/cards.h"

namespace overgang::cardmail {
namespace {

using mustache::List;
using mustache::Object;

List ReasonsOf(const CardTelling& telling) {
  if (!telling.card.issued().meeting_id().empty() || !telling.card.open() ||
      telling.level == nullptr)
    return {};
  const v1::LevelChanged& newest = telling.level->newest;
  const bool with_values = telling.card.issued().recipient().starts_with("h:");
  List reasons;
  const bool by_person = newest.cause() == v1::LEVEL_CAUSE_OVERRIDE;
  if (by_person) {
    const bool says_why = with_values && !newest.reason().empty();
    reasons.push_back(
        {{"text", says_why ? absl::StrCat("Nivået er satt av en person: ", newest.reason())
                           : "Nivået er satt av en person"}});
  }
  for (std::string& text : bokmal::ReasonsOf(newest, with_values, OsloDate(telling.now)))
    reasons.push_back({{"text", std::move(text)}});
  return reasons;
}

bool IsMeeting(const v1::Tiltakskort& card) { return !card.issued().meeting_id().empty(); }

std::string HospitalName(const CardTelling& telling) {
  return NameOfRecipient(absl::StrCat("h:", telling.card.hospital()), telling.directory);
}

std::string HeadingOf(const CardTelling& telling) {
  const std::string hospital = HospitalName(telling);
  if (IsMeeting(telling.card)) return absl::StrCat("Kapasitetsmøtet ved ", hospital);
  return absl::StrCat(bokmal::WordsOf(LevelOf(telling)).of_level, " ved ", hospital);
}

// The roles that had it and did not answer in time.
std::string BeforeText(const v1::Tiltakskort& card) {
  if (card.has_acknowledged() || card.unanswered().empty()) return "";
  std::vector<std::string> silent;
  silent.reserve(static_cast<size_t>(card.unanswered_size()));
  for (const v1::TiltakRole& role : card.unanswered()) silent.push_back(role.name());
  return absl::StrCat("Ikke kvittert i tide av ", bokmal::Joined(silent), ".");
}

// What happens where nobody acknowledges it: as the dealer will decide it.
std::string NextText(const CardTelling& telling) {
  const v1::Tiltakskort& card = telling.card;
  if (card.has_acknowledged() || !card.has_acknowledge_by() || card.role().empty()) return "";
  const std::string unanswered = absl::StrCat(
      "Kvitterer ingen innen ", WhenText(FromProto(card.acknowledge_by()), telling.now));
  std::vector<std::string> held;
  bool after = false;
  for (const v1::TiltakRole& role : card.issued().roles()) {
    const bool has = role.role() == card.role();
    const bool is_held = telling.roles.IsHeld(card.issued().recipient(), role.role());
    if (after && is_held)
      return absl::StrCat(unanswered, ", går kortet videre til ", role.name(), ".");
    if (has || is_held) held.push_back(role.name());
    after |= has;
  }
  if (held.size() > 1)
    return absl::StrCat(unanswered, ", går kortet til alle rollene på det: ", bokmal::Joined(held),
                        ".");
  return absl::StrCat(unanswered, ", blir kortet stående hos ", RoleName(card, card.role()),
                      ", og det sendes en ny e-post. Ingen andre har en rolle på kortet.");
}

// "Klinikksjef", or each role that may answer it now.
std::string HolderText(const CardTelling& telling) {
  const std::vector<std::string> names = NamesOfAsked(telling);
  if (!names.empty()) return bokmal::Joined(names);
  return absl::StrCat("alle som kan skrive for ",
                      NameOfRecipient(telling.card.issued().recipient(), telling.directory),
                      ", for ingen har rollene på det");
}

Object ActionObject(const CardTelling& telling, const v1::Tiltak& action, int number,
                    const std::string& url) {
  const v1::TiltakStanding* standing = projections::FindAction(telling.card, action.tiltak_id());
  const bool open = standing == nullptr || standing->state() == v1::TILTAK_STATE_OPEN;
  std::string due, settled;
  if (open && standing != nullptr && standing->has_due_at())
    due = WhenText(FromProto(standing->due_at()), telling.now);
  if (!open) {
    settled = absl::StrCat(standing->state() == v1::TILTAK_STATE_DONE ? "Utført " : "Avslått ",
                           WhenText(FromProto(standing->at()), telling.now), " av ",
                           WhoText(telling.card, standing->by(), standing->role()),
                           standing->told().empty() ? "" : ": ", standing->told());
  }
  return {{"number", absl::StrCat(number)},
          {"text", action.text()},
          {"owner", action.owner().name().empty() ? action.owner().role() : action.owner().name()},
          {"due", std::move(due)},
          {"overdue", open && standing != nullptr && standing->overdue()},
          {"evidence", open ? action.evidence() : ""},
          {"settled", std::move(settled)},
          {"url", open && telling.card.open() ? url : ""}};
}

}  // namespace

std::string RoleName(const v1::Tiltakskort& card, const std::string& role) {
  for (const v1::TiltakRole& named : card.issued().roles()) {
    if (named.role() == role) return named.name();
  }
  for (const v1::Tiltak& action : card.issued().actions()) {
    if (action.owner().role() == role && !action.owner().name().empty())
      return action.owner().name();
  }
  return role;
}

std::vector<std::string> NamesOfAsked(const CardTelling& telling) {
  std::vector<std::string> names = tiltakskort::RolesToAsk(telling.card, telling.roles);
  for (std::string& role : names) role = RoleName(telling.card, role);
  return names;
}

std::string NameOfRecipient(std::string_view recipient, const Directory& directory) {
  const std::string_view id = recipient.substr(2);
  if (recipient.starts_with("k:")) return KommuneName(id);
  const Hospital* hospital = directory.HospitalByNumber(id);
  return hospital == nullptr ? std::string(id) : hospital->name;
}

std::string WhoText(const v1::Tiltakskort& card, std::string_view by, const std::string& role) {
  const std::string as = RoleName(card, role);
  if (by.starts_with(tiltakskort::kMailPrincipal))
    return absl::StrCat(as.empty() ? "noen" : as, " fra en lenke i e-post");
  return absl::StrCat(std::string(by), as.empty() ? "" : " som ", as);
}

std::string WhenText(absl::Time time, absl::Time now) {
  std::string clock = bokmal::Clock(time);
  if (OsloDate(time) == OsloDate(now)) return clock;
  return absl::StrCat(bokmal::Date(OsloDate(time), OsloDate(now)), " kl. ", clock);
}

v1::EscalationLevel LevelOf(const CardTelling& telling) {
  const bool known = telling.card.open() && telling.level != nullptr &&
                     telling.level->newest.to() != v1::ESCALATION_LEVEL_UNSPECIFIED;
  return known ? telling.level->newest.to() : telling.card.level();
}

std::string SubjectOf(const CardTelling& telling) {
  const v1::Tiltakskort& card = telling.card;
  std::string subject =
      absl::StrCat(HeadingOf(telling), ": tiltakskort «", card.issued().title(), "» – ");
  if (card.has_acknowledged()) return subject + "kvittert";
  absl::StrAppend(&subject, "kvitter");
  if (card.has_acknowledge_by()) {
    absl::StrAppend(&subject, " innen ", WhenText(FromProto(card.acknowledge_by()), telling.now));
  }
  return subject;
}

Object CardObject(const CardTelling& telling,
                  const std::function<std::string(const std::string& tiltak_id)>& link) {
  const v1::Tiltakskort& card = telling.card;
  List actions;
  actions.reserve(static_cast<size_t>(card.issued().actions_size()));
  for (const v1::Tiltak& action : card.issued().actions()) {
    actions.push_back(ActionObject(telling, action, static_cast<int>(actions.size()) + 1,
                                   link(action.tiltak_id())));
  }
  List reasons = ReasonsOf(telling);
  std::string acknowledged, until;
  if (card.has_acknowledged()) {
    const v1::TiltakskortAcknowledgement& seen = card.acknowledged();
    acknowledged = absl::StrCat("Kvittert ", WhenText(FromProto(seen.at()), telling.now), " av ",
                                WhoText(card, seen.by(), seen.role()), ".");
  } else if (card.has_acknowledge_by()) {
    until = WhenText(FromProto(card.acknowledge_by()), telling.now);
  }
  return {{"heading", HeadingOf(telling)},
          {"level_class", IsMeeting(card) ? "ingen" : bokmal::WordsOf(LevelOf(telling)).css_class},
          {"recipient", NameOfRecipient(card.issued().recipient(), telling.directory)},
          {"title", card.issued().title()},
          {"why", card.issued().why()},
          {"renewed", card.renewals() > 0 && !card.has_acknowledged()},
          {"reasons_head", !reasons.empty()},
          {"reasons", std::move(reasons)},
          {"holder", HolderText(telling)},
          {"until", std::move(until)},
          {"before", BeforeText(telling.card)},
          {"next", NextText(telling)},
          {"acknowledged", std::move(acknowledged)},
          {"acknowledge_url", card.open() && !card.has_acknowledged() ? link("") : ""},
          {"actions", std::move(actions)}};
}

}  // namespace overgang::cardmail
