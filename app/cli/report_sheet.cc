#include "app/cli/report_sheet.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "core/directory.h"
#include "core/oslo_time.h"

namespace overgang::cli {
namespace {

using Cell = Sheet::Cell;

std::string TimeText(bool has, const google::protobuf::Timestamp& time) {
  return has ? absl::FormatTime("%d.%m.%Y %H:%M", FromProto(time), Oslo()) : "";
}

// From and including, to but not including: both days named are in it.
std::string PeriodText(const std::string& from, const std::string& to) {
  absl::CivilDay end;
  if (!absl::ParseCivilTime(to, &end)) return absl::StrCat(from, "–", to);
  return absl::StrCat(DateText(from), "–", DateText(absl::FormatCivilTime(end - 1)));
}

std::string TitleOf(v1::ReportWhat what) {
  switch (what) {
    case v1::REPORT_WHAT_WAY:
      return "Forløpstider";
    case v1::REPORT_WHAT_PAYMENT:
      return "Kommunal betaling for utskrivningsklare pasienter";
    case v1::REPORT_WHAT_DEADLINES:
      return "Frister";
    case v1::REPORT_WHAT_READMISSIONS:
      return "Reinnleggelser";
    case v1::REPORT_WHAT_PROFILE:
      return "Ukedag og klokkeslett";
    default:
      return "Utskrivningsklare pasienter";
  }
}

std::string TitleOf(const std::string& by) {
  static const std::map<std::string, std::string> kTitles = {
      {"kommune", "Kommune"}, {"hospital", "Sykehus"},
      {"region", "Region"},   {"ward", "Avdeling"},
      {"sector", "Sektor"},   {"age", "Alder"},
      {"sex", "Kjønn"},       {"known", "Kjent i kommunen"},
      {"weekday", "Ukedag"},  {"hour", "Klokkeslett"},
      {"month", "Måned"},     {"year", "År"}};
  const auto found = kTitles.find(by);
  return found == kTitles.end() ? by : found->second;
}

// The number that others know it by, in a column of its own.
std::string NumberTitleOf(const std::string& by) {
  return by == "kommune" ? "Kommunenr." : by == "hospital" ? "Org.nr." : "";
}

// What the whole answer rests on.
template <typename Response>
void AddMoment(const v1::Moment& moment, const Response& response, Sheet* sheet) {
  const v1::AsOf& as_of = response.as_of();
  auto& notes = sheet->notes;
  if (!response.price_version().empty())
    notes.emplace_back("Priser og avtaler, versjon", response.price_version());
  notes.emplace_back("Regnet per", TimeText(as_of.has_now(), as_of.now()));
  if (moment.has_occurred_until())
    notes.emplace_back("Det som hadde skjedd til", TimeText(true, moment.occurred_until()));
  if (as_of.has_newest_fact_at())
    notes.emplace_back("Nyeste opplysning", TimeText(true, as_of.newest_fact_at()));
  notes.emplace_back(
      "Kan regnes på nytt med",
      absl::StrCat("--as-of ",
                   absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*S%Ez", FromProto(as_of.now()), Oslo()),
                   " --as-of-cursor ", as_of.cursor()));
  if (as_of.stale())
    notes.emplace_back("Merk",
                       "Tallene er ikke ferske: en kilde er taus, eller huben henger etter.");
}

// The last word on why it ended.
std::string EndText(v1::UkpEnd end) {
  switch (end) {
    case v1::UKP_END_WITHDRAWN:
      return "Avmeldt";
    case v1::UKP_END_DISCHARGED:
      return "Utskrevet";
    case v1::UKP_END_DIED:
      return "Død";
    case v1::UKP_END_TRANSFERRED:
      return "Overført";
    case v1::UKP_END_MOVED:
      return "Flyttet";
    default:
      return "Pågår";
  }
}

// The paid days of one year: "01.03.2026–04.03.2026, 07.03.2026–07.03.2026".
std::string DaysText(const v1::UkpPeriod& period, int year) {
  std::vector<std::string> spans;
  for (const v1::PayableSpan& span : period.payable()) {
    absl::CivilDay from, to;
    if (!absl::ParseCivilTime(span.from_date(), &from) ||
        !absl::ParseCivilTime(span.to_date(), &to))
      continue;
    from = std::max(from, absl::CivilDay(year, 1, 1));
    to = std::min(to, absl::CivilDay(year + 1, 1, 1));
    if (from < to)
      spans.push_back(PeriodText(absl::FormatCivilTime(from), absl::FormatCivilTime(to)));
  }
  return absl::StrJoin(spans, ", ");
}

// Days of one price in a period of a stay.
std::vector<Cell> RowOf(const v1::PaymentLine& line, const std::string& dates, int32_t days,
                        const Cell& price_kr, int64_t amount_kr) {
  const v1::UkpPeriod& period = line.period();
  return {line.kommune(),
          KommuneName(line.kommune()),
          line.hospital(),
          line.stay_id(),
          TimeText(period.has_since(), period.since()),
          TimeText(period.has_until(), period.until()),
          EndText(period.end()),
          dates,
          static_cast<double>(days),
          price_kr,
          static_cast<double>(amount_kr),
          line.paragraph()};
}

}  // namespace

Sheet SheetOf(const v1::GetReportRequest& request, const v1::GetReportResponse& response) {
  Sheet sheet;
  sheet.title =
      absl::StrCat(TitleOf(request.what()), ", ", PeriodText(request.from(), request.to()));
  for (const std::string& by : request.by()) {
    if (!NumberTitleOf(by).empty()) sheet.columns.push_back({NumberTitleOf(by)});
    sheet.columns.push_back({TitleOf(by)});
  }
  for (const v1::ReportColumn& column : response.columns())
    sheet.columns.push_back(
        {column.title(), column.unit(), column.decimals(), column.definition()});
  for (const v1::ReportRow& row : response.rows()) {
    std::vector<Cell>& cells = sheet.rows.emplace_back();
    for (int i = 0; i < request.by_size(); ++i) {
      if (!NumberTitleOf(request.by(i)).empty())
        cells.emplace_back(i < row.key_size() ? row.key(i) : "");
      cells.emplace_back(i < row.label_size() ? row.label(i) : "");
    }
    for (const v1::ReportColumn& column : response.columns()) {
      const auto number = row.numbers().find(column.name());
      Cell& cell = cells.emplace_back();
      if (number != row.numbers().end()) cell = number->second;
    }
  }
  sheet.notes.emplace_back("Periode", PeriodText(request.from(), request.to()));
  const bool residence = request.basis() == v1::CENSUS_BASIS_RESIDENCE_KOMMUNE;
  if (request.what() != v1::REPORT_WHAT_PAYMENT)
    sheet.notes.emplace_back("Etter", residence ? "bostedskommune" : "oppholdskommune");
  sheet.notes.emplace_back("Befolkning per 1. januar", response.population_year());
  AddMoment(request.moment(), response, &sheet);
  return sheet;
}

Sheet SheetOf(const v1::GetPaymentRequest& request, const v1::GetPaymentResponse& response) {
  Sheet sheet;
  const bool of_stay = !request.stay_id().empty();
  sheet.title = of_stay ? absl::StrCat("Betaling for opphold ", request.stay_id())
                        : absl::StrCat("Grunnlag for faktura, ", request.month());
  sheet.columns = {
      {"Kommunenr."},
      {"Kommune"},
      {"Sykehus, org.nr."},
      {"Opphold"},
      {"Utskrivningsklar"},
      {"Slutt"},
      {"Avsluttet ved"},
      {"Betalbare datoer"},
      {"Døgn", "døgn", 0, of_stay ? "Betalbare døgn i perioden." : "Betalbare døgn i måneden."},
      {"Pris", "kr", 0, "Prisen for døgnets eget kalenderår."},
      {"Beløp", "kr", 0, "Døgn ganget med pris."},
      {"Paragraf"}};
  for (const v1::PaymentLine& line : response.lines()) {
    for (const v1::PricedDays& priced : line.priced())
      sheet.rows.push_back(RowOf(line, DaysText(line.period(), priced.year()), priced.days(),
                                 static_cast<double>(priced.price_kr()), priced.amount_kr()));
    if (line.priced().empty()) sheet.rows.push_back(RowOf(line, "ingen", 0, Cell(), 0));
  }
  sheet.sum.assign(sheet.columns.size(), std::string());
  sheet.sum[0] = "Sum";
  sheet.sum[8] = static_cast<double>(response.days());
  sheet.sum[10] = static_cast<double>(response.amount_kr());
  if (!request.month().empty()) {
    sheet.notes.emplace_back("Måned", request.month());
  } else {
    sheet.notes.emplace_back("Periode", request.from().empty()
                                            ? "hele oppholdet"
                                            : PeriodText(request.from(), request.to()));
  }
  AddMoment(request.moment(), response, &sheet);
  return sheet;
}

}  // namespace overgang::cli
