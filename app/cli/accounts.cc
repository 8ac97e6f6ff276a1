#include "app/cli/accounts.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/bokmal.h"
#include "core/directory.h"
#include "core/oslo_time.h"

namespace overgang::cli {
namespace {

using google::protobuf::Timestamp;

// "2. mars kl. 13.05", with the year where it is not that of `near`.
std::string ShortText(bool has, const Timestamp& time, absl::CivilDay near) {
  if (!has) return "";
  const absl::Time at = FromProto(time);
  return absl::StrCat(bokmal::Date(OsloDate(at), near), " kl. ", bokmal::Clock(at));
}

// Null where there are fewer answers.
const v1::PeriodAnswer* AnswerOf(const v1::UkpPeriod& period, int index) {
  return index < period.answers_size() ? &period.answers(index) : nullptr;
}

int DaysOf(const v1::UkpPeriod& period) {
  int days = 0;
  for (const v1::PayableSpan& span : period.payable()) days += span.days();
  return days;
}

void AddPeriod(const v1::UkpPeriod& hospital, const v1::UkpPeriod& kommune, absl::CivilDay near,
               Table* table) {
  const auto row = [&](const char* name, const auto& text_of) {
    table->Add({{name}, {text_of(hospital)}, {text_of(kommune)}});
  };
  row("Utskrivningsklar fra", [&](const v1::UkpPeriod& period) {
    return ShortText(period.has_since(), period.since(), near);
  });
  row("Utskrivningsklar til", [&](const v1::UkpPeriod& period) {
    return period.has_until() ? ShortText(true, period.until(), near) : "varer fortsatt";
  });
  row("Kommunen varslet", [&](const v1::UkpPeriod& period) {
    return period.has_notified_at() ? ShortText(true, period.notified_at(), near) : "ikke varslet";
  });
  const int answers = std::max(hospital.answers_size(), kommune.answers_size());
  for (int i = 0; i < answers; ++i) {
    row("Svar", [&](const v1::UkpPeriod& period) {
      const v1::PeriodAnswer* answer = AnswerOf(period, i);
      return answer == nullptr ? ""
                               : absl::StrCat(answer->can_receive() ? "ja " : "nei ",
                                              ShortText(true, answer->at(), near));
    });
    const auto from = [&](const v1::UkpPeriod& period) {
      const v1::PeriodAnswer* answer = AnswerOf(period, i);
      return answer == nullptr || !answer->has_from()
                 ? ""
                 : absl::StrCat("fra ", bokmal::Date(OsloDate(FromProto(answer->from())), near));
    };
    if (!from(hospital).empty() || !from(kommune).empty()) row("  kan ta imot", from);
  }
  if (answers == 0) row("Svar", [](const v1::UkpPeriod&) { return "ikke svart"; });
  row("Døgn å betale for",
      [](const v1::UkpPeriod& period) { return absl::StrCat(DaysOf(period)); });
}

std::string AnswerText(const v1::KommuneAnswered& answer) {
  if (!answer.can_receive()) return "Kommunen svarte nei";
  if (!answer.has_from_date()) return "Kommunen svarte ja, med det samme";
  return absl::StrCat("Kommunen svarte ja, fra ",
                      bokmal::Date(OsloDate(FromProto(answer.from_date()))));
}

// Empty: payment does not ask for it.
std::string KindText(v1::FactKind kind) {
  switch (kind) {
    case v1::FACT_KIND_PATIENT_ADMITTED:
      return "Innlagt";
    case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION:
      return "Kommunen varslet om innleggelsen";
    case v1::FACT_KIND_UKP_DECLARED:
      return "Meldt utskrivningsklar";
    case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP:
      return "Kommunen varslet om utskrivningsklar pasient";
    case v1::FACT_KIND_UKP_WITHDRAWN:
      return "Ikke lenger utskrivningsklar";
    case v1::FACT_KIND_KOMMUNE_ANSWERED:
      return "Svar fra kommunen";
    case v1::FACT_KIND_REPORT_SENT:
      return "Epikrise sendt";
    case v1::FACT_KIND_PATIENT_DISCHARGED:
      return "Utskrevet";
    case v1::FACT_KIND_PATIENT_DIED:
      return "Død";
    default:
      return "";
  }
}

// As above.
std::string FactText(const v1::Envelope& fact) {
  const auto kind = static_cast<v1::FactKind>(fact.fact_case() - 100);  // See FactKind.
  switch (kind) {
    case v1::FACT_KIND_PATIENT_DETAILS_CHANGED:
      if (fact.patient_details_changed().has_died_at()) return KindText(v1::FACT_KIND_PATIENT_DIED);
      return fact.patient_details_changed().has_moved_kommune_at()
                 ? absl::StrCat("Flyttet til ", KommuneName(fact.stay_kommune()))
                 : "";
    case v1::FACT_KIND_KOMMUNE_ANSWERED:
      return AnswerText(fact.kommune_answered());
    case v1::FACT_KIND_REPORT_SENT:
      return fact.report_sent().report() == v1::ReportSent::REPORT_EPIKRISE ? KindText(kind) : "";
    case v1::FACT_KIND_PATIENT_DISCHARGED:
      return fact.patient_discharged().to_specialist_care()
                 ? "Utskrevet til annen spesialisthelsetjeneste"
                 : KindText(kind);
    case v1::FACT_KIND_FACT_CANCELLED: {
      const std::string what = KindText(fact.fact_cancelled().kind());
      return what.empty() ? "" : absl::StrCat("Trukket tilbake: ", what);
    }
    default:
      return KindText(kind);
  }
}

const char* SourceText(v1::Channel channel) {
  switch (channel) {
    case v1::CHANNEL_HL7V2:
      return "Pasientsystemet (HL7)";
    case v1::CHANNEL_PLO:
      return "Elektronisk melding (PLO)";
    case v1::CHANNEL_INTAKE:
      return "Innmelding";
    case v1::CHANNEL_IMPORT:
      return "Fil med historikk";
    default:
      return "";
  }
}

std::string MinuteText(const Timestamp& time) {
  return absl::FormatTime("%d.%m.%Y %H:%M", FromProto(time), Oslo());
}

}  // namespace

void PrintAccounts(const google::protobuf::RepeatedPtrField<v1::PaymentView>& views,
                   absl::CivilDay near, const Output& output) {
  if (views.size() != 2) return;
  const v1::PaymentView& hospital = views[0];
  const v1::PaymentView& kommune = views[1];
  Table table({{""}, {"Sykehuset sendte"}, {"Kommunen mottok"}});
  for (int i = 0; i < std::min(hospital.periods_size(), kommune.periods_size()); ++i)
    AddPeriod(hospital.periods(i), kommune.periods(i), near, &table);
  const Colour colour =
      hospital.payable_days() == kommune.payable_days() ? Colour::kBold : Colour::kYellow;
  table.Add({{"Til sammen", Colour::kBold},
             {absl::StrCat(hospital.payable_days()), colour},
             {absl::StrCat(kommune.payable_days()), colour}});
  *output.out << '\n'
              << Coloured(output, Colour::kBold, "Sykehusets og kommunens regnestykke") << '\n';
  table.Print(output);
}

void PrintPaymentFacts(const google::protobuf::RepeatedPtrField<v1::PathwayEntry>& facts,
                       const Output& output) {
  Table table({{"Skjedde"}, {"Opplysning"}, {"Kilde"}, {"Kjent fra"}, {"Opplysningens nummer"}});
  bool any = false;
  for (const v1::PathwayEntry& entry : facts) {
    const v1::Envelope& fact = entry.fact();
    const std::string text = FactText(fact);
    if (text.empty()) continue;
    any = true;
    const Colour colour = entry.cancelled() ? Colour::kDim : Colour::kNone;
    table.Add({{fact.occurred_precision() == v1::PRECISION_DAY
                    ? MinuteText(fact.occurred_at()).substr(0, sizeof("dd.mm.yyyy") - 1)
                    : MinuteText(fact.occurred_at()),
                colour},
               {entry.cancelled() ? absl::StrCat("Gjelder ikke: ", text) : text, colour},
               {SourceText(fact.source().channel()), colour},
               {MinuteText(entry.appended_at()), colour},
               {fact.event_id(), colour}});
  }
  if (!any) return;
  *output.out << '\n' << Coloured(output, Colour::kBold, "Opplysningene det bygger på") << '\n';
  table.Print(output);
}

}  // namespace overgang::cli
