#include "consumers/meeting/summary.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/bokmal.h"
#include "core/directory.h"
#include "core/mustache.h"
#include "core/oslo_time.h"
#include "projections/cards.h"

namespace overgang::meeting {
namespace {

using mustache::List;
using mustache::Object;

std::string Number(double value) { return absl::StrCat(static_cast<int64_t>(value)); }

// "92,5 %"; a comma, and no decimals where there are none.
std::string Percent(double value) {
  std::string text = absl::StrReplaceAll(absl::StrFormat("%.1f", value), {{".", ","}});
  if (text.ends_with(",0")) text.resize(text.size() - 2);
  return text + " %";
}

// "2. mars kl. 13.05", with the year where it is not that of the meeting.
std::string Due(absl::Time due, absl::Time held) {
  return absl::StrCat(bokmal::Date(OsloDate(due), OsloDate(held)), " kl. ", bokmal::Clock(due));
}

std::string Who(const std::string& recipient, const std::string& hospital_name) {
  return recipient.starts_with("k:") ? KommuneName(std::string_view(recipient).substr(2))
                                     : hospital_name;
}

std::string OwnerText(const v1::MeetingDecision& decision, const std::string& hospital_name) {
  const std::string& role =
      decision.owner_role().name().empty() ? decision.owner() : decision.owner_role().name();
  return absl::StrCat(role, ", ", Who(decision.recipient(), hospital_name));
}

Object LevelOf(const v1::MeetingSnapshot& snapshot) {
  static const std::map<int, std::pair<const char*, const char*>> kNames = {
      {v1::ESCALATION_LEVEL_HVIT, {"hvit", "Hvit"}},
      {v1::ESCALATION_LEVEL_GRONN, {"gronn", "Grønn"}},
      {v1::ESCALATION_LEVEL_GUL, {"gul", "Gul"}},
      {v1::ESCALATION_LEVEL_ROD, {"rod", "Rød"}}};
  const auto name = kNames.find(snapshot.level().to());
  const bool known = name != kNames.end();
  return {{"class", known ? name->second.first : ""},
          {"name", known ? name->second.second : "Ukjent"},
          {"since", bokmal::Moment(FromProto(snapshot.since()))}};
}

List NumbersOf(const v1::HospitalCensus& census) {
  List numbers;
  const auto add = [&](const char* name, std::string value) {
    numbers.push_back({{"name", name}, {"value", std::move(value)}});
  };
  add("inneliggende", Number(census.inpatients()));
  add("utskrivningsklare", Number(census.ukp()));
  add("av disse over 24 t", Number(census.ukp_over_24h()));
  add("korridorpasienter", Number(census.corridor()));
  if (census.occupancy_percent() > 0) add("belegg", Percent(census.occupancy_percent()));
  return numbers;
}

std::string MoreText(size_t all, size_t shown, const char* of) {
  return all > shown ? absl::StrCat("Og ", all - shown, " ", of, " til.") : "";
}

List KommunerOf(const v1::MeetingSnapshot& snapshot) {
  std::vector<const v1::KommuneCensus*> kommuner;
  for (const v1::KommuneCensus& kommune : snapshot.kommuner()) {
    if (kommune.inpatients() > 0) kommuner.push_back(&kommune);
  }
  std::ranges::stable_sort(kommuner,
                           [](const auto* a, const auto* b) { return a->ukp() > b->ukp(); });
  List rows;
  for (const v1::KommuneCensus* kommune : kommuner) {
    if (rows.size() == kKommunerOnPage) break;
    rows.push_back({{"name", kommune->name()},
                    {"inpatients", Number(kommune->inpatients())},
                    {"ukp", Number(kommune->ukp())},
                    {"over_24h", Number(kommune->ukp_over_24h())},
                    {"awaiting", Number(kommune->awaiting_answer())},
                    {"free", Number(kommune->free_places())}});
  }
  if (rows.empty()) return {};
  std::string more = MoreText(kommuner.size(), rows.size(),
                              kommuner.size() - rows.size() == 1 ? "kommune" : "kommuner");
  return {{{"rows", std::move(rows)},
           {"more", std::move(more)},
           {"all", absl::StrCat(kommuner.size())}}};
}

List DecisionsOf(const v1::GetMeetingResponse& meeting, const std::string& hospital_name) {
  List rows;
  for (const v1::MeetingDecision& decision : meeting.meeting().decided()) {
    rows.push_back({{"text", decision.text()},
                    {"owner", OwnerText(decision, hospital_name)},
                    {"due", Due(FromProto(decision.due_at()), FromProto(meeting.held_at()))}});
  }
  for (const std::string& decision : meeting.meeting().decisions())
    rows.push_back({{"text", decision}, {"owner", ""}, {"due", ""}});
  if (rows.empty()) return {};
  return {{{"rows", std::move(rows)}}};
}

std::string StateOf(const v1::MeetingDecision& decision, const v1::GetMeetingResponse& meeting) {
  for (const v1::Tiltakskort& card : meeting.previous_cards()) {
    if (card.issued().recipient() != decision.recipient()) continue;
    const v1::TiltakStanding* action = projections::FindAction(card, decision.tiltak_id());
    if (action == nullptr) continue;
    if (action->state() == v1::TILTAK_STATE_DONE)
      return absl::StrCat("Utført", action->told().empty() ? "" : ": ", action->told());
    if (action->state() == v1::TILTAK_STATE_DECLINED)
      return absl::StrCat("Avslått: ", action->told());
    return action->overdue() ? "Ikke utført, fristen er ute" : "Ikke utført ennå";
  }
  return "Ikke utført ennå";
}

List BeforeOf(const v1::GetMeetingResponse& meeting, const std::string& hospital_name) {
  List rows;
  for (const v1::MeetingDecision& decision : meeting.previous().decided()) {
    rows.push_back({{"text", decision.text()},
                    {"owner", OwnerText(decision, hospital_name)},
                    {"state", StateOf(decision, meeting)}});
  }
  if (rows.empty()) return {};
  return {{{"rows", std::move(rows)}}};
}

List CardsOf(const v1::MeetingSnapshot& snapshot, const std::string& hospital_name) {
  // The hospital's own first: there is one for each kommune of the region.
  std::vector<const v1::Tiltakskort*> cards;
  cards.reserve(static_cast<size_t>(snapshot.cards_size()));
  for (const v1::Tiltakskort& card : snapshot.cards()) cards.push_back(&card);
  std::ranges::stable_sort(cards, std::greater(), [](const auto* card) {
    return card->issued().recipient().starts_with("h:");
  });
  List rows;
  for (const v1::Tiltakskort* shown : cards) {
    const v1::Tiltakskort& card = *shown;
    if (rows.size() == kCardsOnPage) break;
    const auto left =
        std::ranges::count(card.actions(), v1::TILTAK_STATE_OPEN, &v1::TiltakStanding::state);
    std::string role = "Ingen ennå";
    for (const v1::TiltakRole& named : card.issued().roles()) {
      if (card.has_acknowledged() && named.role() == card.acknowledged().role())
        role = named.name();
    }
    rows.push_back({{"title", card.issued().title()},
                    {"recipient", Who(card.issued().recipient(), hospital_name)},
                    {"seen", std::move(role)},
                    {"left", absl::StrCat(left, " av ", card.actions_size())}});
  }
  if (rows.empty()) return {};
  std::string more =
      MoreText(static_cast<size_t>(snapshot.cards_size()), rows.size(), "tiltakskort");
  return {{{"rows", std::move(rows)},
           {"more", std::move(more)},
           {"all", absl::StrCat(snapshot.cards_size())}}};
}

List PresentOf(const v1::MeetingHeld& held, const std::string& hospital_name) {
  std::vector<std::string> present, absent;
  for (const v1::MeetingAttendance& attendance : held.attendance()) {
    (attendance.present() ? present : absent)
        .push_back(
            absl::StrCat(attendance.role(), " (", Who(attendance.recipient(), hospital_name), ")"));
  }
  if (present.empty() && absent.empty()) return {};
  return {{{"who", bokmal::Joined(present)}, {"absent", bokmal::Joined(absent)}}};
}

List CorrectionsOf(const v1::GetMeetingResponse& meeting, const std::string& hospital_name) {
  static const std::map<std::string, const char*, std::less<>> kNames = {
      {"inpatients", "inneliggende"},
      {"ukp", "utskrivningsklare"},
      {"ukp_over_24h", "utskrivningsklare over 24 t"},
      {"ukp_over_7_days", "utskrivningsklare over 7 døgn"},
      {"awaiting_answer", "uten svar"},
      {"expected_discharges_24h", "ventet utskrevet innen 24 t"},
      {"new_to_kommune", "nye for kommunen"},
      {"payable_days_so_far", "betalingsdøgn så langt"},
      {"corridor", "korridorpasienter"}};
  List rows;
  for (const v1::MeetingCorrection& correction : meeting.corrections()) {
    if (rows.size() == kCorrectionsOnPage) break;
    const auto name = kNames.find(correction.number());
    rows.push_back(
        {{"what", absl::StrCat(Who(correction.of(), hospital_name), ": ",
                               name == kNames.end() ? correction.number() : name->second)},
         {"frozen", Number(correction.frozen())},
         {"now", Number(correction.now())}});
  }
  if (rows.empty()) return {};
  std::string more = MoreText(static_cast<size_t>(meeting.corrections_size()), rows.size(), "tall");
  return {{{"rows", std::move(rows)},
           {"more", std::move(more)},
           {"all", absl::StrCat(meeting.corrections_size())}}};
}

// Hospitals and systems whose newest word was too old.
List StaleOf(const v1::AsOf& as_of) {
  std::vector<std::string> sources;
  for (const v1::SourceAge& source : as_of.sources()) {
    if (source.stale()) sources.push_back(source.source());
  }
  if (sources.empty()) return {};
  return {{{"sources", bokmal::Joined(sources)}}};
}

}  // namespace

mustache::Object SummaryData(const v1::GetMeetingResponse& meeting) {
  const v1::MeetingSnapshot& snapshot = meeting.snapshot();
  const std::string& hospital =
      snapshot.census().name().empty() ? meeting.hospital() : snapshot.census().name();
  List level;
  if (snapshot.has_level()) level.push_back(LevelOf(snapshot));
  return {{"hospital", hospital},
          {"held_at", bokmal::Moment(FromProto(meeting.held_at()))},
          {"now", bokmal::Moment(FromProto(snapshot.as_of().now()))},
          {"level", std::move(level)},
          {"stale", StaleOf(snapshot.as_of())},
          {"numbers", NumbersOf(snapshot.census())},
          {"kommuner", KommunerOf(snapshot)},
          {"decisions", DecisionsOf(meeting, hospital)},
          {"before", BeforeOf(meeting, hospital)},
          {"cards", CardsOf(snapshot, hospital)},
          {"present", PresentOf(meeting.meeting(), hospital)},
          {"corrections", CorrectionsOf(meeting, hospital)},
          {"id", meeting.meeting().meeting_id()}};
}

std::string SummaryPage(const v1::GetMeetingResponse& meeting) {
  static const mustache::Template kPage =
      mustache::Template::Parse("summary.html", SummaryTemplate(), mustache::Escape::kHtml).value();
  return kPage.Render(SummaryData(meeting));
}

}  // namespace overgang::meeting
