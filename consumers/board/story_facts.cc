// One sentence for each kind of fact, and who said it.
#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "consumers/board/story.h"
#include "consumers/board/story_parts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::board {
namespace {

using v1::Envelope;

constexpr std::string_view kDead = "2";        // Code list 8431.
constexpr std::string_view kHomeOrWork = "1";  // Code list 8408, PLO only.
constexpr std::string_view kUnknownSender = "unknown";

std::string Stated(const google::protobuf::Timestamp& time, v1::Precision precision) {
  const absl::Time at = FromProto(time);
  return precision == v1::PRECISION_DAY ? bokmal::LongDate(OsloDate(at)) : bokmal::Moment(at);
}

// What a message to the kommune says is told as that: the patient system says the same itself.
const char* PatientAsTold(const Envelope& envelope) {
  return envelope.source().channel() == v1::CHANNEL_PLO
             ? "Sykehuset meldte til kommunen at pasienten"
             : "Pasienten";
}

std::string Admitted(const Envelope& envelope, const Directory& directory) {
  const v1::PatientAdmitted& fact = envelope.patient_admitted();
  std::string text = absl::StrCat(PatientAsTold(envelope), " ble innlagt ved ",
                                  HospitalText(directory, envelope.hospital()));
  if (!envelope.ward().empty()) {
    absl::StrAppend(&text, ", avdeling ",
                    WardText(directory, envelope.hospital(), envelope.ward()));
  }
  if (fact.urgency() == v1::URGENCY_ACUTE) absl::StrAppend(&text, ", som øyeblikkelig hjelp");
  if (fact.urgency() == v1::URGENCY_ELECTIVE) absl::StrAppend(&text, ", som planlagt innleggelse");
  if (fact.via_emergency_department()) absl::StrAppend(&text, ", gjennom akuttmottaket");
  if (fact.corridor()) absl::StrAppend(&text, ", og fikk plass på korridor");
  return absl::StrCat(text, ".");
}

std::string DetailsChanged(const Envelope& envelope) {
  const v1::PatientDetailsChanged& fact = envelope.patient_details_changed();
  std::vector<std::string> said;
  if (fact.has_died_at())
    said.push_back(absl::StrCat("pasienten døde ", bokmal::Moment(FromProto(fact.died_at()))));
  if (fact.has_moved_kommune_at()) {
    said.push_back(absl::StrCat("pasienten har ", KommuneText(envelope.stay_kommune()),
                                " som oppholdskommune fra og med ",
                                bokmal::LongDate(OsloDate(FromProto(fact.moved_kommune_at())))));
  }
  return said.empty()
             ? "Sykehuset oppdaterte opplysningene om pasienten."
             : absl::StrCat(
                   "Sykehuset oppdaterte opplysningene om pasienten: ", bokmal::Joined(said), ".");
}

std::string Transferred(const Envelope& envelope, const Directory& directory) {
  const v1::PatientTransferred& fact = envelope.patient_transferred();
  const auto ward = [&](std::string_view id) {
    return WardText(directory, envelope.hospital(), id);
  };
  std::string text = "Pasienten ble flyttet";
  const bool within = fact.from_ward() == envelope.ward() && !envelope.ward().empty();
  if (within) absl::StrAppend(&text, " innen avdeling ", ward(envelope.ward()));
  if (!within && !fact.from_ward().empty())
    absl::StrAppend(&text, " fra avdeling ", ward(fact.from_ward()));
  if (!within && !envelope.ward().empty())
    absl::StrAppend(&text, " til avdeling ", ward(envelope.ward()));
  if (fact.corridor()) absl::StrAppend(&text, ", og fikk plass på korridor");
  return absl::StrCat(text, ".");
}

std::string KnownToKommune(const v1::KommuneKnowsPatient& fact) {
  constexpr std::string_view kBefore = "fra kommunen før innleggelsen.";
  switch (fact.services()) {
    case v1::KommuneKnowsPatient::SERVICES_NONE:
      return absl::StrCat("Pasienten hadde ingen tjenester ", std::string(kBefore));
    case v1::KommuneKnowsPatient::SERVICES_SOME:
      return absl::StrCat("Pasienten hadde noen tjenester ", std::string(kBefore));
    case v1::KommuneKnowsPatient::SERVICES_EXTENSIVE:
      return absl::StrCat("Pasienten hadde omfattende tjenester ", std::string(kBefore));
    default:
      return "Kommunen kjenner pasienten.";
  }
}

std::string NotifiedOfAdmission(const v1::KommuneNotifiedOfAdmission& fact) {
  std::string text = "Kommunen mottok varselet om innleggelsen";
  if (fact.has_sent_at())
    absl::StrAppend(&text, ", sendt ", bokmal::Moment(FromProto(fact.sent_at())));
  if (fact.has_need_clear_at()) {
    absl::StrAppend(&text, "; behovet for kommunale tjenester ble klart ",
                    bokmal::Moment(FromProto(fact.need_clear_at())));
  }
  return absl::StrCat(text, ".");
}

std::string NotifiedOfUkp(const v1::KommuneNotifiedOfUkp& fact) {
  std::string text = "Kommunen mottok varselet om at pasienten er utskrivningsklar";
  if (fact.has_sent_at())
    absl::StrAppend(&text, ", sendt ", bokmal::Moment(FromProto(fact.sent_at())));
  return absl::StrCat(text, ".");
}

std::string Declared(const v1::UkpDeclared& fact) {
  std::string text = "Sykehuset meldte pasienten utskrivningsklar";
  if (!fact.decided_by().empty()) absl::StrAppend(&text, " (avgjort av ", fact.decided_by(), ")");
  if (!fact.has_assessment()) return absl::StrCat(text, ".");
  const v1::UkpAssessment& points = fact.assessment();
  std::vector<std::string> missing;
  const auto point = [&](bool assessed, const char* letter) {
    if (!assessed) missing.emplace_back(letter);
  };
  point(points.admission_problem_clarified(), "a");
  point(points.other_problems_clarified(), "b");
  point(points.unclarified_explained(), "c");
  point(points.follow_up_plan(), "d");
  point(points.function_described(), "e");
  return missing.empty() ? absl::StrCat(text, "; alle fem punktene i § 9 er vurdert.")
                         : absl::StrCat(text, "; ikke alle punktene i § 9 er vurdert, det mangler ",
                                        bokmal::Joined(missing), ".");
}

std::string PlaceText(v1::PlaceKind kind) {
  switch (kind) {
    case v1::PLACE_KIND_HOME:
      return "hjemme med tjenester";
    case v1::PLACE_KIND_KORTTID:
      return "på korttidsplass";
    case v1::PLACE_KIND_LANGTID:
      return "på langtidsplass";
    case v1::PLACE_KIND_KAD:
      return "i kommunal akutt døgnenhet";
    case v1::PLACE_KIND_KMA:
      return "i kommunal mottaks- og avklaringsenhet";
    case v1::PLACE_KIND_REHAB:
      return "på rehabiliteringsplass";
    case v1::PLACE_KIND_HOSPICE:
      return "på palliativ plass";
    default:
      return "";
  }
}

std::string Answered(const v1::KommuneAnswered& fact) {
  if (!fact.can_receive()) return "Kommunen svarte at den ikke kan ta imot pasienten ennå.";
  const std::string place = PlaceText(fact.place_kind());
  return absl::StrCat(
      "Kommunen svarte at den kan ta imot pasienten ",
      fact.has_from_date()
          ? absl::StrCat("fra ", bokmal::LongDate(OsloDate(FromProto(fact.from_date()))))
          : "med det samme",
      place.empty() ? "" : ", ", place, ".");
}

std::string Reported(const v1::ReportSent& fact) {
  const char* what = fact.report() == v1::ReportSent::REPORT_EPIKRISE ? "epikrisen"
                     : fact.report() == v1::ReportSent::REPORT_UTSKRIVNINGSRAPPORT
                         ? "utskrivningsrapporten"
                         : "en rapport";
  const std::string to = fact.to() == "kommune"    ? " til kommunen"
                         : fact.to() == "fastlege" ? " til fastlegen"
                         : fact.to().empty()       ? ""
                                                   : absl::StrCat(" til ", fact.to());
  return absl::StrCat("Sykehuset sendte ", what, to, ".");
}

// Whether the code says so that the sentence can: only PLO's are of one code list.
bool ToHome(const Envelope& envelope) {
  return envelope.source().channel() == v1::CHANNEL_PLO &&
         envelope.patient_discharged().discharged_to() == kHomeOrWork;
}

std::string DischargedText(const Envelope& envelope) {
  const v1::PatientDischarged& fact = envelope.patient_discharged();
  const char* how = fact.outcome() == kDead ? " døde på sykehuset, og oppholdet ble avsluttet."
                    : fact.to_specialist_care()
                        ? " ble skrevet ut til annen behandling i spesialisthelsetjenesten."
                    : ToHome(envelope) ? " ble skrevet ut til bosted eller arbeidssted."
                                       : " ble skrevet ut.";
  return absl::StrCat(PatientAsTold(envelope), how);
}

std::string CancelledText(v1::FactKind kind) {
  const auto hospital = [](const char* what) {
    return absl::StrCat("Sykehuset trakk tilbake ", what, ".");
  };
  switch (kind) {
    case v1::FACT_KIND_PATIENT_ADMITTED:
      return hospital("innleggelsen");
    case v1::FACT_KIND_PATIENT_DETAILS_CHANGED:
      return hospital("de endrede opplysningene");
    case v1::FACT_KIND_PATIENT_TRANSFERRED:
      return hospital("flyttingen");
    case v1::FACT_KIND_LEAVE_STARTED:
      return hospital("permisjonen");
    case v1::FACT_KIND_LEAVE_ENDED:
      return hospital("meldingen om at pasienten var tilbake fra permisjon");
    case v1::FACT_KIND_EXPECTED_DISCHARGE_SET:
      return hospital("forventet utskrivning");
    case v1::FACT_KIND_EXPECTED_DISCHARGE_CLEARED:
      return hospital("meldingen om at forventet utskrivning ikke lenger gjelder");
    case v1::FACT_KIND_KOMMUNE_KNOWS_PATIENT:
      return "Kommunen trakk tilbake opplysningen om tjenester før innleggelsen.";
    case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION:
      return hospital("varselet om innleggelsen");
    case v1::FACT_KIND_ADMISSION_REPORT_RECEIVED:
      return "Kommunen trakk tilbake innleggelsesrapporten.";
    case v1::FACT_KIND_UKP_DECLARED:
      return hospital("meldingen om at pasienten er utskrivningsklar");
    case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP:
      return hospital("varselet om at pasienten er utskrivningsklar");
    case v1::FACT_KIND_UKP_WITHDRAWN:
      return hospital("meldingen om at pasienten ikke lenger er utskrivningsklar");
    case v1::FACT_KIND_KOMMUNE_ANSWERED:
      return "Kommunen trakk tilbake svaret sitt.";
    case v1::FACT_KIND_REPORT_SENT:
      return hospital("rapporten");
    case v1::FACT_KIND_PATIENT_DISCHARGED:
      return hospital("utskrivningen");
    case v1::FACT_KIND_PATIENT_DIED:
      return hospital("meldingen om dødsfall");
    case v1::FACT_KIND_PATIENT_MERGED:
      return hospital("sammenslåingen av journaler");
    default:
      return hospital("en tidligere melding");
  }
}

// The code that the source gave with it, in the source's own words.
std::string CodeOf(const Envelope& envelope) {
  switch (envelope.fact_case()) {
    case Envelope::kUkpWithdrawn:
      return envelope.ukp_withdrawn().reason();
    case Envelope::kKommuneAnswered:
      return envelope.kommune_answered().comment_code();
    case Envelope::kPatientDischarged:
      return ToHome(envelope) ? "" : envelope.patient_discharged().discharged_to();
    default:
      return "";
  }
}

std::string SenderOfPlo(std::string_view sender, const Directory& directory) {
  int her_id = 0;
  const auto read = std::from_chars(sender.data(), sender.data() + sender.size(), her_id);
  if (read.ec != std::errc()) return "Ukjent avsender";
  if (const Hospital* hospital = directory.HospitalByHerId(her_id)) return hospital->name;
  if (const KommuneEntry* kommune = directory.KommuneByHerId(her_id))
    return KommuneText(kommune->kommune);
  return absl::StrCat("HER-id ", her_id);
}

std::string Sender(const Envelope& fact, const Directory& directory) {
  const v1::Source& source = fact.source();
  switch (source.channel()) {
    case v1::CHANNEL_HL7V2: {
      const Hospital* hospital = directory.HospitalByFacility(source.sender());
      return absl::StrCat(
          hospital != nullptr ? hospital->name : HospitalText(directory, fact.hospital()),
          ", pasientsystemet (HL7)");
    }
    case v1::CHANNEL_PLO:
      return absl::StrCat(SenderOfPlo(source.sender(), directory), ", elektronisk melding (PLO)");
    case v1::CHANNEL_INTAKE:
      return source.sender() == kUnknownSender || source.sender().empty()
                 ? "Innmelding"
                 : absl::StrCat("Innmelding fra ", source.sender());
    case v1::CHANNEL_IMPORT:
      return "Fil med historikk";
    case v1::CHANNEL_HUB:
      return "Overgang";
    default:
      return "Ukjent kilde";
  }
}

// When the source said so, where that was at another time than it happened.
std::string WhenTold(const Envelope& fact) {
  if (!fact.has_recorded_at() || !fact.has_occurred_at()) return "";
  const absl::Time occurred = FromProto(fact.occurred_at());
  const absl::Time recorded = FromProto(fact.recorded_at());
  if (fact.occurred_precision() == v1::PRECISION_DAY) {
    return OsloDate(recorded) == OsloDate(occurred)
               ? ""
               : absl::StrCat(" Meldt ", bokmal::Moment(recorded), ".");
  }
  if (recorded > occurred + kToldLate) {
    return absl::StrCat(" Meldt ", bokmal::Moment(recorded), ", ",
                        bokmal::Length(recorded - occurred), " etterpå.");
  }
  if (occurred > recorded + kToldLate)
    return absl::StrCat(" Meldt på forhånd, ", bokmal::Moment(recorded), ".");
  return "";
}

}  // namespace

std::string FactSentence(const Envelope& fact, const Directory& directory) {
  switch (fact.fact_case()) {
    case Envelope::kPatientAdmitted:
      return Admitted(fact, directory);
    case Envelope::kPatientDetailsChanged:
      return DetailsChanged(fact);
    case Envelope::kPatientTransferred:
      return Transferred(fact, directory);
    case Envelope::kLeaveStarted:
      return fact.leave_started().has_expected_return_at()
                 ? absl::StrCat(
                       "Pasienten fikk permisjon og ventes tilbake ",
                       bokmal::Moment(FromProto(fact.leave_started().expected_return_at())), ".")
                 : "Pasienten fikk permisjon.";
    case Envelope::kLeaveEnded:
      return "Pasienten kom tilbake fra permisjon.";
    case Envelope::kExpectedDischargeSet:
      return absl::StrCat("Sykehuset satte forventet utskrivning til ",
                          Stated(fact.expected_discharge_set().expected_at(),
                                 fact.expected_discharge_set().expected_precision()),
                          ".");
    case Envelope::kExpectedDischargeCleared:
      return "Sykehuset fjernet tidspunktet for forventet utskrivning.";
    case Envelope::kKommuneKnowsPatient:
      return KnownToKommune(fact.kommune_knows_patient());
    case Envelope::kKommuneNotifiedOfAdmission:
      return NotifiedOfAdmission(fact.kommune_notified_of_admission());
    case Envelope::kAdmissionReportReceived:
      return "Sykehuset mottok innleggelsesrapporten fra kommunen.";
    case Envelope::kUkpDeclared:
      return Declared(fact.ukp_declared());
    case Envelope::kKommuneNotifiedOfUkp:
      return NotifiedOfUkp(fact.kommune_notified_of_ukp());
    case Envelope::kUkpWithdrawn:
      return "Sykehuset meldte at pasienten ikke lenger er utskrivningsklar.";
    case Envelope::kKommuneAnswered:
      return Answered(fact.kommune_answered());
    case Envelope::kReportSent:
      return Reported(fact.report_sent());
    case Envelope::kPatientDischarged:
      return DischargedText(fact);
    case Envelope::kPatientDied:
      return "Pasienten døde.";
    case Envelope::kFactCancelled:
      return CancelledText(fact.fact_cancelled().kind());
    case Envelope::kPatientMerged:
      return "Sykehuset slo sammen to journaler: de gjelder samme person.";
    default:
      return "En opplysning som ikke kan fortelles her.";
  }
}

std::string SourceText(const v1::PathwayEntry& entry, const Directory& directory) {
  const Envelope& fact = entry.fact();
  std::string text = absl::StrCat(Sender(fact, directory), ".", WhenTold(fact));
  const bool came_late = fact.has_recorded_at() && entry.has_appended_at() &&
                         FromProto(entry.appended_at()) > FromProto(fact.recorded_at()) + kToldLate;
  if (came_late && fact.source().channel() != v1::CHANNEL_IMPORT)
    absl::StrAppend(&text, " Kom fram ", bokmal::Moment(FromProto(entry.appended_at())), ".");
  if (const std::string code = CodeOf(fact); !code.empty())
    absl::StrAppend(&text, " Oppgitt kode: ", code, ".");
  return text;
}

}  // namespace overgang::board
