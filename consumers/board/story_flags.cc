// What to know of a stay, and what is wrong in its data and becomes of it.
#include <algorithm>

#include "consumers/board/story.h"
#include "consumers/board/story_parts.h"
#include "core/oslo_time.h"
#include "projections/pathway/stay.h"

namespace overgang::board {
namespace {

constexpr char kDataRule[] = "Feil i opplysningene stopper ingenting; oppholdet merkes.";

bool InFuture(const v1::Envelope& fact) {
  return StandsAt(fact) >
         FromProto(fact.recorded_at()) + absl::Microseconds(projections::kInFutureUs);
}

// An answer that no period counts.
bool IsStray(const v1::Stay& stay, const v1::Envelope& fact) {
  if (!fact.has_kommune_answered()) return false;
  return std::ranges::none_of(stay.ukp_periods(), [&](const v1::UkpPeriod& period) {
    return std::ranges::any_of(period.answers(), [&](const v1::PeriodAnswer& answer) {
      return answer.event_id() == fact.event_id();
    });
  });
}

// One that was recorded before every admission is of an earlier admission of the same visit.
bool EndsBefore(const StayTold& told, const v1::Envelope& fact) {
  if (!fact.has_patient_discharged() || StandsAt(fact) >= FromProto(told.stay.admitted_at()))
    return false;
  return told.First([&](const v1::Envelope& other) {
    return other.has_patient_admitted() &&
           FromProto(other.recorded_at()) <= FromProto(fact.recorded_at());
  }) != nullptr;
}

// Whether this fact is why the stay bears the flag.
bool Causes(v1::StayFlag flag, const StayTold& told, const v1::Envelope& fact) {
  const v1::Stay& stay = told.stay;
  switch (flag) {
    case v1::STAY_FLAG_TIME_AMBIGUOUS:
      return fact.time_ambiguous();
    case v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION:
      return EndsBefore(told, fact);
    case v1::STAY_FLAG_UKP_IN_FUTURE:
      return fact.has_ukp_declared() && InFuture(fact);
    case v1::STAY_FLAG_END_IN_FUTURE:
      return ((fact.has_patient_discharged() || fact.has_patient_died()) && InFuture(fact)) ||
             (fact.patient_details_changed().has_died_at() &&
              FromProto(fact.patient_details_changed().died_at()) >
                  FromProto(fact.recorded_at()) + absl::Microseconds(projections::kInFutureUs));
    case v1::STAY_FLAG_UKP_BEFORE_ADMISSION:
      return fact.has_ukp_declared() && StandsAt(fact) < FromProto(stay.admitted_at());
    case v1::STAY_FLAG_ANSWER_WITHOUT_UKP:
      return IsStray(stay, fact);
    case v1::STAY_FLAG_LATE_FACT:
      return stay.has_discharged_at() && fact.source().channel() != v1::CHANNEL_IMPORT &&
             FromProto(fact.recorded_at()) >
                 FromProto(stay.discharged_at()) + absl::Microseconds(projections::kLateFactUs);
    case v1::STAY_FLAG_NEW_TO_KOMMUNE:
      return fact.has_kommune_knows_patient();
    case v1::STAY_FLAG_CORRIDOR:
      return (fact.has_patient_admitted() && fact.patient_admitted().corridor()) ||
             (fact.has_patient_transferred() && fact.patient_transferred().corridor());
    case v1::STAY_FLAG_DIED:
      return fact.has_patient_died() || fact.has_patient_discharged();
    case v1::STAY_FLAG_MOVED:
      return fact.has_patient_details_changed() &&
             fact.patient_details_changed().has_moved_kommune_at();
    default:
      return false;
  }
}

bool IsMistake(v1::StayFlag flag) {
  return flag != v1::STAY_FLAG_NEW_TO_KOMMUNE && flag != v1::STAY_FLAG_CORRIDOR &&
         flag != v1::STAY_FLAG_DIED && flag != v1::STAY_FLAG_MOVED;
}

std::string NoteRule(v1::StayFlag flag) {
  switch (flag) {
    case v1::STAY_FLAG_NEW_TO_KOMMUNE:
      return "Fristen for innleggelsesrapport gjelder bare for pasienter som hadde tjenester.";
    case v1::STAY_FLAG_MOVED:
      return "Døgnene etter flyttingen hører til den nye kommunen.";
    default:
      return "";
  }
}

}  // namespace

std::string FlagSentence(v1::StayFlag flag) {
  switch (flag) {
    case v1::STAY_FLAG_INCOMPLETE:
      return "En melding om oppholdet kunne ikke leses og er lagt til side; opplysninger kan "
             "mangle.";
    case v1::STAY_FLAG_ADMISSION_NOT_RECEIVED:
      return "Meldingen om innleggelsen mangler; oppholdet regnes fra det tidspunktet andre "
             "meldinger oppgir, eller fra den første opplysningen om det.";
    case v1::STAY_FLAG_IDENTITY_AMBIGUOUS:
      return "En identitet er brukt om to personer; den knytter derfor ingen av dem til dette "
             "oppholdet.";
    case v1::STAY_FLAG_TIME_AMBIGUOUS:
      return "Klokkeslettet er i timen som kommer to ganger når klokken stilles tilbake; den "
             "første "
             "av de to er brukt.";
    case v1::STAY_FLAG_NEW_TO_KOMMUNE:
      return "Pasienten er ny for kommunen, så kommunen har ingen frist for innleggelsesrapport.";
    case v1::STAY_FLAG_CORRIDOR:
      return "Pasienten ligger på korridor.";
    case v1::STAY_FLAG_DIED:
      return "Oppholdet endte med at pasienten døde.";
    case v1::STAY_FLAG_DISCHARGE_BEFORE_ADMISSION:
      return "Utskrivningen er tidfestet før innleggelsen; den avslutter ikke oppholdet.";
    case v1::STAY_FLAG_OVERLAPPING_STAYS:
      return "Pasienten har et annet opphold ved samme sykehus i samme tidsrom; begge regnes med.";
    case v1::STAY_FLAG_UKP_IN_FUTURE:
      return "Pasienten er meldt utskrivningsklar fra et tidspunkt som ligger etter meldingen; det "
             "gjelder fra det tidspunktet.";
    case v1::STAY_FLAG_UKP_BEFORE_ADMISSION:
      return "Pasienten er meldt utskrivningsklar fra et tidspunkt før innleggelsen; det gjelder "
             "fra "
             "innleggelsen.";
    case v1::STAY_FLAG_END_IN_FUTURE:
      return "Slutten på oppholdet er tidfestet etter meldingen; oppholdet regnes som slutt da "
             "meldingen ble laget.";
    case v1::STAY_FLAG_ANSWER_WITHOUT_UKP:
      return "Kommunen svarte mens pasienten ikke var utskrivningsklar; svaret teller ikke.";
    case v1::STAY_FLAG_LATE_FACT:
      return "Opplysningen kom mer enn ett år etter at oppholdet var slutt; den teller likevel.";
    case v1::STAY_FLAG_MOVED:
      return "Pasienten fikk en annen oppholdskommune under oppholdet.";
    default:
      return "Oppholdet har en merknad som ikke kan fortelles her.";
  }
}

void TellFlags(const StayTold& told, std::vector<Told>* lines) {
  const v1::Stay& stay = told.stay;
  for (const int value : stay.flags()) {
    const auto flag = static_cast<v1::StayFlag>(value);
    const bool mistake = IsMistake(flag);
    const auto kind = mistake ? v1::StoryLine::KIND_WARNING : v1::StoryLine::KIND_DERIVED;
    const std::string rule = mistake ? kDataRule : NoteRule(flag);
    std::vector<const v1::Envelope*> causes;
    for (const v1::PathwayEntry* entry : told.facts) {
      if (!entry->cancelled() && Causes(flag, told, entry->fact()))
        causes.push_back(&entry->fact());
    }
    if (causes.empty()) {
      lines->push_back(At(kind, FromProto(stay.admitted_at()), FlagSentence(flag), rule, {}));
    }
    // A mistake is told of each fact that makes it; what is known of the stay once, at its last
    // word.
    if (!mistake && !causes.empty()) causes.erase(causes.begin(), causes.end() - 1);
    for (const v1::Envelope* fact : causes)
      lines->push_back(At(kind, StandsAt(*fact), FlagSentence(flag), rule, {fact->event_id()}));
  }
}

}  // namespace overgang::board
