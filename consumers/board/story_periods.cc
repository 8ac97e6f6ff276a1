// Periods as utskrivningsklar, and how stays hang together: episodes, readmissions.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "consumers/board/story_parts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::board {
namespace {

constexpr char kPeriodRule[] =
    "§ 9: sykehusets lege avgjør når pasienten er utskrivningsklar. Overliggerdøgn er "
    "datoen for slutt minus datoen for start.";
constexpr char kMoveRule[] =
    "Flytting: den nye kommunen må selv varsles om at pasienten er utskrivningsklar.";

std::string WhyEnded(const v1::UkpPeriod& period) {
  switch (period.end()) {
    case v1::UKP_END_WITHDRAWN:
      return "sykehuset meldte at pasienten ikke lenger var utskrivningsklar";
    case v1::UKP_END_DISCHARGED:
      return "pasienten ble skrevet ut";
    case v1::UKP_END_DIED:
      return "pasienten døde";
    case v1::UKP_END_TRANSFERRED:
      return "pasienten gikk over til annen behandling i spesialisthelsetjenesten";
    case v1::UKP_END_MOVED:
      return "pasienten fikk en annen oppholdskommune";
    default:
      return "perioden ble avsluttet";
  }
}

Told PeriodLine(const StayTold& told, const v1::UkpPeriod& period) {
  const absl::Time since = FromProto(period.since());
  const std::string days = absl::StrCat(period.overliggerdogn(), " overliggerdøgn");
  if (since > told.now) {
    return At(v1::StoryLine::KIND_DERIVED, since,
              absl::StrCat("Pasienten blir utskrivningsklar ", bokmal::Moment(since), "."),
              kPeriodRule, {period.declared_by()});
  }
  if (!period.has_until() || FromProto(period.until()) > told.now) {
    return At(v1::StoryLine::KIND_DERIVED, told.now,
              absl::StrCat("Pasienten har vært utskrivningsklar siden ", bokmal::Moment(since),
                           ", i ", bokmal::Length(told.now - since), ": ", days, " så langt."),
              kPeriodRule, {period.declared_by()});
  }
  const absl::Time until = FromProto(period.until());
  return At(v1::StoryLine::KIND_DERIVED, until,
            absl::StrCat("Pasienten var utskrivningsklar i ", bokmal::Length(until - since),
                         ", fra ", bokmal::Moment(since), " til ", bokmal::Moment(until), ", da ",
                         WhyEnded(period), ": ", days, "."),
            kPeriodRule, {period.declared_by(), period.ended_by()});
}

Told MoveLine(const StayTold& told, const v1::UkpPeriod& period) {
  if (const absl::Time since = FromProto(period.since()); since > told.now) {
    return At(v1::StoryLine::KIND_DERIVED, since,
              absl::StrCat("Pasienten får ", KommuneText(period.kommune()), " som oppholdskommune ",
                           bokmal::Moment(since), "."),
              kMoveRule, {});
  }
  return At(v1::StoryLine::KIND_DERIVED, FromProto(period.since()),
            absl::StrCat("Pasienten er fortsatt utskrivningsklar, men nå med ",
                         KommuneText(period.kommune()), " som oppholdskommune."),
            kMoveRule, {period.declared_by()});
}

// A declaration that began nothing.
void TellRepeats(const StayTold& told, std::vector<Told>* lines) {
  const auto& periods = told.stay.ukp_periods();
  for (const v1::PathwayEntry* entry : told.facts) {
    const v1::Envelope& fact = entry->fact();
    if (entry->cancelled() || !fact.has_ukp_declared()) continue;
    const auto began = [&](const auto& period) { return period.declared_by() == fact.event_id(); };
    if (std::ranges::any_of(periods, began)) continue;
    const absl::Time at = StandsAt(fact);
    const bool ended = told.stay.has_discharged_at() && at >= FromProto(told.stay.discharged_at());
    lines->push_back(
        At(v1::StoryLine::KIND_DERIVED, at,
           ended ? "Meldingen teller ikke, for oppholdet var slutt."
                 : "Meldingen endret ingenting, for pasienten var allerede utskrivningsklar.",
           "Perioder: en periode varer til den er avsluttet, og bare innen oppholdet.",
           {fact.event_id()}));
  }
}

std::string DefinitionText(v1::PatientReadmitted::Definition definition) {
  switch (definition) {
    case v1::PatientReadmitted::DEFINITION_FHI:
      return "Folkehelseinstituttets definisjon";
    case v1::PatientReadmitted::DEFINITION_HELSEDIREKTORATET:
      return "Helsedirektoratets definisjon";
    case v1::PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER:
      return "Samhandlingsbarometerets definisjon";
    default:
      return "en definisjon som ikke er oppgitt";
  }
}

std::string DefinitionRule(v1::PatientReadmitted::Definition definition) {
  switch (definition) {
    case v1::PatientReadmitted::DEFINITION_FHI:
      return "Øyeblikkelig hjelp 8 timer til 30 døgn etter utskrivning, pasienten 67 år eller "
             "eldre.";
    case v1::PatientReadmitted::DEFINITION_HELSEDIREKTORATET:
      return "Øyeblikkelig hjelp 1 til 30 dager etter datoen for utskrivning.";
    case v1::PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER:
      return "Øyeblikkelig hjelp innen 30 døgn etter et opphold med overnatting.";
    default:
      return "";
  }
}

const v1::Stay* StayOf(const v1::GetPathwayResponse& response, std::string_view id) {
  for (const v1::Stay& stay : response.stays()) {
    if (stay.stay_id() == id) return &stay;
  }
  return nullptr;
}

// " ved St. Olavs hospital", where that stay is told as well.
std::string AtHospital(const StayTold& told, std::string_view stay_id) {
  const v1::Stay* stay = StayOf(told.response, stay_id);
  return stay == nullptr ? ""
                         : absl::StrCat(" ved ", HospitalText(told.directory, stay->hospital()));
}

enum class Registered : unsigned char { kNo, kYes, kTakenBack };

Registered IsRegistered(const StayTold& told, v1::PatientReadmitted::Definition definition) {
  for (const v1::PathwayDecision& decision : told.response.decisions()) {
    if (decision.stay_id() != told.stay.stay_id() || !decision.has_patient_readmitted()) continue;
    const v1::PatientReadmitted& decided = decision.patient_readmitted();
    if (decided.definition() != definition) continue;
    return decided.decision().withdrawn() ? Registered::kTakenBack : Registered::kYes;
  }
  return Registered::kNo;
}

std::string AdmissionId(const StayTold& told) {
  const v1::Envelope* fact =
      told.First([](const v1::Envelope& candidate) { return candidate.has_patient_admitted(); });
  return fact == nullptr ? "" : fact->event_id();
}

// Empty where the stay before is none of the reader's.
std::string SinceWhen(const StayTold& told, const v1::Readmission& readmission) {
  if (!readmission.has_since_discharge()) return "";
  return absl::StrCat(", ", bokmal::Length(absl::Seconds(readmission.since_discharge().seconds())),
                      " etter at pasienten ble skrevet ut fra forrige opphold",
                      AtHospital(told, readmission.index_stay_id()));
}

void TellReadmissions(const StayTold& told, std::vector<Told>* lines) {
  const absl::Time at = FromProto(told.stay.admitted_at());
  for (const v1::Readmission& readmission : told.stay.readmissions()) {
    const bool registered = IsRegistered(told, readmission.definition()) == Registered::kYes;
    lines->push_back(
        At(v1::StoryLine::KIND_DERIVED, at,
           absl::StrCat("Innleggelsen er en reinnleggelse etter ",
                        DefinitionText(readmission.definition()), SinceWhen(told, readmission),
                        registered ? "; den er registrert." : "."),
           DefinitionRule(readmission.definition()), {AdmissionId(told)}));
  }
  using Definition = v1::PatientReadmitted::Definition;
  for (const Definition definition :
       {v1::PatientReadmitted::DEFINITION_FHI, v1::PatientReadmitted::DEFINITION_HELSEDIREKTORATET,
        v1::PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER}) {
    const auto holds = [&](const auto& one) { return one.definition() == definition; };
    if (IsRegistered(told, definition) != Registered::kTakenBack ||
        std::ranges::any_of(told.stay.readmissions(), holds))
      continue;
    lines->push_back(
        At(v1::StoryLine::KIND_DERIVED, at,
           absl::StrCat("Innleggelsen var registrert som reinnleggelse etter ",
                        DefinitionText(definition),
                        ", men det er trukket tilbake fordi opplysningene ble rettet."),
           DefinitionRule(definition), {}));
  }
}

}  // namespace

void TellPeriods(const StayTold& told, std::vector<Told>* lines) {
  const auto& periods = told.stay.ukp_periods();
  for (int i = 0; i < periods.size(); ++i) {
    const bool moved_in = i > 0 && periods[i - 1].end() == v1::UKP_END_MOVED;
    if (moved_in) lines->push_back(MoveLine(told, periods[i]));
    if (!moved_in || FromProto(periods[i].since()) <= told.now)
      lines->push_back(PeriodLine(told, periods[i]));
  }
  TellRepeats(told, lines);
}

void TellLinks(const StayTold& told, std::vector<Told>* lines) {
  const v1::Stay& stay = told.stay;
  if (!stay.episode_stay_id().empty() && stay.episode_stay_id() != stay.stay_id()) {
    lines->push_back(
        At(v1::StoryLine::KIND_DERIVED, FromProto(stay.admitted_at()),
           absl::StrCat("Oppholdet hører til samme sykehusepisode som et tidligere opphold",
                        AtHospital(told, stay.episode_stay_id()), "."),
           "Episode: opphold med mindre enn 8 timer imellom hører sammen.", {AdmissionId(told)}));
  }
  TellReadmissions(told, lines);
}

}  // namespace overgang::board
