#include "consumers/meeting/summary.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "consumers/meeting/snapshot.h"
#include "core/bokmal.h"
#include "core/directory.h"
#include "core/level_words.h"
#include "core/mustache.h"
#include "core/oslo_time.h"
#include "projections/cards.h"

namespace overgang::meeting {
namespace {

using mustache::List;
using mustache::Object;

std::string Number(double value) { return absl::StrCat(static_cast<int64_t>(value)); }

// "2. mars kl. 13.05", with the year where it is not that of the meeting.
std::string Near(absl::Time time, absl::Time held) {
  return absl::StrCat(bokmal::Date(OsloDate(time), OsloDate(held)), " kl. ", bokmal::Clock(time));
}

// "12 / 4"; an older snapshot did not count the latter.
std::string LongWaits(int32_t over_7_days, int32_t over_10_days, bool counted) {
  return absl::StrCat(over_7_days, " / ", counted ? absl::StrCat(over_10_days) : "–");
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
  const absl::CivilDay day = OsloDate(FromProto(snapshot.as_of().now()));
  const bokmal::LevelWords words = bokmal::WordsOf(snapshot.level().to());
  return {{"class", words.css_class},
          {"name", words.title},
          {"since", bokmal::Moment(FromProto(snapshot.since()))},
          {"decided", bokmal::DecidedText(snapshot.level(), day)},
          {"reasons", absl::StrJoin(bokmal::ReasonsOf(snapshot.level(), true, day), "; ")}};
}

// 0 is also what the census says where no bed is open, of which there is no share: what it is in
// beds stands beside it.
std::string ShareOf(const v1::HospitalCensus& census) {
  return census.occupancy_percent() > 0
             ? absl::StrCat(bokmal::Decimal(census.occupancy_percent()), "\u00a0%")
             : "–";
}

List NumbersOf(const v1::MeetingSnapshot& snapshot) {
  const v1::HospitalCensus& census = snapshot.census();
  List numbers;
  const auto add = [&](const char* name, std::string value, std::string note = "") {
    numbers.push_back({{"name", name}, {"value", std::move(value)}, {"note", std::move(note)}});
  };
  const bool counted = CountsLongWaits(snapshot);
  int32_t over_7_days = counted ? census.ukp_over_7_days() : 0;
  if (!counted) {
    for (const v1::KommuneCensus& kommune : snapshot.kommuner())
      over_7_days += kommune.ukp_over_7_days();
  }
  const bool reported = census.beds() > 0;
  add("inneliggende", Number(census.inpatients()));
  add("utskrivningsklare", Number(census.ukp()));
  add("av disse over 24\u00a0t", Number(census.ukp_over_24h()));
  add("over 7 / 10\u00a0døgn", LongWaits(over_7_days, census.ukp_over_10_days(), counted));
  add("korridorpasienter", Number(census.corridor()),
      reported && counted ? absl::StrCat("meldt av avdelingene:\u00a0", census.corridor_reported())
                          : "");
  if (reported) {
    add("belegg", ShareOf(census),
        absl::StrCat(census.occupied(), " i ", census.beds(), " senger"));
  }
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
  std::ranges::stable_sort(kommuner, [](const auto* a, const auto* b) {
    return std::pair(a->ukp(), a->inpatients()) > std::pair(b->ukp(), b->inpatients());
  });
  List rows;
  for (const v1::KommuneCensus* kommune : kommuner) {
    if (rows.size() == kRowsMax) break;
    rows.push_back(
        {{"name", kommune->name()},
         {"inpatients", Number(kommune->inpatients())},
         {"ukp", Number(kommune->ukp())},
         {"over_24h", Number(kommune->ukp_over_24h())},
         {"long_waits", LongWaits(kommune->ukp_over_7_days(), kommune->ukp_over_10_days(),
                                  CountsLongWaits(snapshot))},
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
                    {"due", Near(FromProto(decision.due_at()), FromProto(meeting.held_at()))}});
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
    if (rows.size() == kRowsMax) break;
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
      {"ukp_over_24h", "utskrivningsklare over 24\u00a0t"},
      {"ukp_over_7_days", "utskrivningsklare over 7\u00a0døgn"},
      {"ukp_over_10_days", "utskrivningsklare over 10\u00a0døgn"},
      {"awaiting_answer", "uten svar"},
      {"expected_discharges_24h", "ventet utskrevet innen 24\u00a0t"},
      {"new_to_kommune", "nye for kommunen"},
      {"payable_days_so_far", "betalingsdøgn så langt"},
      {"corridor", "korridorpasienter"}};
  List rows;
  for (const v1::MeetingCorrection& correction : meeting.corrections()) {
    if (rows.size() == kRowsMax) break;
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

// As the page calls it.
std::string SourceName(const std::string& source) {
  static const std::map<std::string, const char*, std::less<>> kKinds = {
      {"hl7v2", "Sykehusets pasientsystem (HL7)"},
      {"plo", "PLO-meldinger fra HER-id"},
      {"intake", "Innmelding fra"},
      {"import", "Fil"}};
  if (source == "hub") return "Huben selv";
  const std::pair<std::string, std::string> parts = absl::StrSplit(source, absl::MaxSplits(':', 1));
  const auto kind = kKinds.find(parts.first);
  return absl::StrCat(kind == kKinds.end() ? parts.first.c_str() : kind->second, " ", parts.second);
}

// Hospitals and systems whose newest word was too old.
List StaleOf(const v1::AsOf& as_of) {
  std::vector<std::string> sources;
  for (const v1::SourceAge& source : as_of.sources()) {
    if (!source.stale()) continue;
    sources.push_back(absl::StrCat(
        SourceName(source.source()),
        source.has_last_heard_at()
            ? absl::StrCat(" (sist hørt ",
                           Near(FromProto(source.last_heard_at()), FromProto(as_of.now())), ")")
            : " (aldri hørt fra)"));
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
          {"numbers", NumbersOf(snapshot)},
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
      mustache::Template::Parse("summary.html", BytesOf(SummaryFiles(), "summary.html"),
                                mustache::Escape::kHtml)
          .value();
  return kPage.Render(SummaryData(meeting));
}

}  // namespace overgang::meeting
