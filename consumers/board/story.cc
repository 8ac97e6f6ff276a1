#include "consumers/board/story.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "consumers/board/story_parts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::board {
namespace {

constexpr int kFirstFactNumber = 100;  // FactKind is the number of the fact less this.

// A death that was told in passing goes with one by the same channel that never was.
bool TakesBackDeath(const v1::Envelope& cancellation, const v1::Envelope& fact) {
  return cancellation.fact_cancelled().kind() == v1::FACT_KIND_PATIENT_DIED &&
         cancellation.fact_cancelled().reference().empty() &&
         fact.patient_details_changed().has_died_at() &&
         cancellation.source().channel() == fact.source().channel();
}

// What a cancellation may have taken back: the facts of its kind that are, as far as it knew them.
std::vector<const v1::Envelope*> TakenBack(const std::vector<const v1::PathwayEntry*>& facts,
                                           const v1::Envelope& cancellation) {
  std::vector<const v1::Envelope*> taken_back;
  for (const v1::PathwayEntry* entry : facts) {
    const v1::Envelope& fact = entry->fact();
    const bool is_of_kind =
        entry->cancelled() &&
        fact.fact_case() == kFirstFactNumber + cancellation.fact_cancelled().kind();
    if ((is_of_kind || TakesBackDeath(cancellation, fact)) &&
        FromProto(fact.recorded_at()) <= FromProto(cancellation.recorded_at()))
      taken_back.push_back(&fact);
  }
  return taken_back;
}

// Which message it was that was taken back, where that is clear.
void SayWhich(const std::vector<const v1::PathwayEntry*>& facts, const v1::Envelope& cancellation,
              v1::StoryLine* line) {
  const std::vector<const v1::Envelope*> taken_back = TakenBack(facts, cancellation);
  std::string text(absl::StripSuffix(line->text(), "."));
  if (taken_back.empty()) {
    absl::StrAppend(&text, ", men meldingen det gjelder, er ikke kommet");
  } else if (taken_back.size() == 1) {
    const v1::Envelope& fact = *taken_back.front();
    const absl::Time at = FromProto(fact.occurred_at());
    absl::StrAppend(&text, " (",
                    fact.occurred_precision() == v1::PRECISION_DAY ? bokmal::LongDate(OsloDate(at))
                                                                   : bokmal::Moment(at),
                    ")");
    line->add_event_ids(fact.event_id());
  }
  line->set_text(absl::StrCat(text, "."));
}

Told FactLine(const v1::PathwayEntry& entry, const std::vector<const v1::PathwayEntry*>& facts,
              const Directory& directory) {
  const v1::Envelope& fact = entry.fact();
  Told told = At(v1::StoryLine::KIND_FACT, FromProto(fact.occurred_at()),
                 FactSentence(fact, directory), "", {fact.event_id()});
  told.order = StandsAt(fact);
  told.line.set_at_precision(fact.occurred_precision());
  told.line.set_source(SourceText(entry, directory));
  told.line.set_cancelled(entry.cancelled());
  if (fact.has_fact_cancelled()) SayWhich(facts, fact, &told.line);
  return told;
}

// By stay; those of none under "".
std::map<std::string_view, std::vector<const v1::PathwayEntry*>> FactsByStay(
    const v1::GetPathwayResponse& response) {
  std::map<std::string_view, std::vector<const v1::PathwayEntry*>> facts;
  for (const v1::PathwayEntry& entry : response.facts()) facts[entry.stay_id()].push_back(&entry);
  return facts;
}

void Take(std::vector<Told> lines, const std::string& stay_id, std::vector<v1::StoryLine>* story) {
  std::ranges::stable_sort(lines, {},
                           [](const Told& told) { return std::pair(told.order, told.rank); });
  for (Told& told : lines) {
    told.line.set_stay_id(stay_id);
    story->push_back(std::move(told.line));
  }
}

}  // namespace

const v1::Envelope* StayTold::FactOf(std::string_view event_id) const {
  for (const v1::PathwayEntry* entry : facts) {
    if (entry->fact().event_id() == event_id) return &entry->fact();
  }
  return nullptr;
}

const v1::Envelope* StayTold::First(const std::function<bool(const v1::Envelope&)>& wanted) const {
  for (const v1::PathwayEntry* entry : facts) {
    if (!entry->cancelled() && wanted(entry->fact())) return &entry->fact();
  }
  return nullptr;
}

absl::Time Counted(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(FromProto(time)));
}

absl::Time StandsAt(const v1::Envelope& fact) {
  const absl::Time occurred = Counted(fact.occurred_at());
  const absl::Time recorded = Counted(fact.recorded_at());
  const bool only_day = fact.occurred_precision() == v1::PRECISION_DAY;
  return only_day && OsloDate(occurred) == OsloDate(recorded) ? recorded : occurred;
}

Told At(v1::StoryLine::Kind kind, absl::Time at, std::string text, std::string rule,
        std::vector<std::string> event_ids) {
  Told told;
  told.order = at;
  told.rank = kind == v1::StoryLine::KIND_FACT      ? Rank::kFact
              : kind == v1::StoryLine::KIND_WARNING ? Rank::kWarning
              : kind == v1::StoryLine::KIND_DERIVED ? Rank::kDerived
                                                    : Rank::kDeadline;
  told.line.set_kind(kind);
  *told.line.mutable_at() = ToProto(at);
  told.line.set_at_precision(v1::PRECISION_SECOND);
  told.line.set_text(std::move(text));
  told.line.set_rule(std::move(rule));
  for (std::string& id : event_ids) {
    if (!id.empty()) told.line.add_event_ids(std::move(id));
  }
  return told;
}

Told OnDay(v1::StoryLine::Kind kind, absl::CivilDay day, std::string text, std::string rule,
           std::vector<std::string> event_ids) {
  Told told = At(kind, OsloNoon(day), std::move(text), std::move(rule), std::move(event_ids));
  told.line.set_at_precision(v1::PRECISION_DAY);
  told.order = absl::FromCivil(day, Oslo());
  return told;
}

std::string HospitalText(const Directory& directory, std::string_view organisation) {
  const Hospital* hospital = directory.HospitalByNumber(organisation);
  if (hospital != nullptr) return hospital->name;
  return organisation.empty() ? "et sykehus som ikke er oppgitt"
                              : absl::StrCat("sykehus ", std::string(organisation));
}

std::string WardText(const Directory& directory, std::string_view organisation,
                     std::string_view ward) {
  if (const Hospital* hospital = directory.HospitalByNumber(organisation)) {
    for (const Ward& known : hospital->wards) {
      if (known.id == ward) return known.name;
    }
  }
  return std::string(ward);
}

std::string KommuneText(std::string_view number) {
  if (number.empty() || number == kKommuneNotStated) return "en kommune som ikke er oppgitt";
  if (KommuneByNumber(number) == nullptr) return absl::StrCat("kommune ", std::string(number));
  return absl::StrCat(KommuneName(number), " kommune");
}

std::vector<v1::StoryLine> TellStory(const v1::GetPathwayResponse& response,
                                     const Directory& directory, const PaymentTerms& terms,
                                     absl::Time now) {
  std::vector<v1::StoryLine> story;
  auto facts_by_stay = FactsByStay(response);
  for (const v1::Stay& stay : response.stays()) {
    const StayTold told{response, stay, facts_by_stay[stay.stay_id()], directory, terms, now};
    std::vector<Told> lines;
    for (const v1::PathwayEntry* entry : told.facts)
      lines.push_back(FactLine(*entry, told.facts, directory));
    TellFlags(told, &lines);
    TellLinks(told, &lines);
    TellPayment(told, &lines);
    TellPeriods(told, &lines);
    TellDeadlines(told, &lines);
    Take(std::move(lines), stay.stay_id(), &story);
  }
  std::vector<Told> loose;
  const std::vector<const v1::PathwayEntry*> facts = facts_by_stay[""];
  loose.reserve(facts.size());
  for (const v1::PathwayEntry* entry : facts) loose.push_back(FactLine(*entry, facts, directory));
  Take(std::move(loose), "", &story);
  return story;
}

void AddStory(const Directory& directory, const PaymentTerms& terms, absl::Time now,
              v1::GetPathwayResponse* response) {
  for (v1::Stay& stay : *response->mutable_stays()) {
    stay.set_hospital_name(HospitalText(directory, stay.hospital()));
    stay.set_ward_name(WardText(directory, stay.hospital(), stay.ward()));
  }
  std::vector<v1::StoryLine> story = TellStory(*response, directory, terms, now);
  response->mutable_story()->Assign(story.begin(), story.end());
}

}  // namespace overgang::board
