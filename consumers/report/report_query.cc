#include "consumers/report/report_query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::report {
namespace {

constexpr std::array<std::pair<std::string_view, By>, 12> kBys = {{{"kommune", By::kKommune},
                                                                   {"hospital", By::kHospital},
                                                                   {"region", By::kRegion},
                                                                   {"ward", By::kWard},
                                                                   {"sector", By::kSector},
                                                                   {"age", By::kAge},
                                                                   {"sex", By::kSex},
                                                                   {"known", By::kKnown},
                                                                   {"weekday", By::kWeekday},
                                                                   {"hour", By::kHour},
                                                                   {"month", By::kMonth},
                                                                   {"year", By::kYear}}};
absl::Status Invalid(std::string_view field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

// Days have no hour, and what is counted by days is there on all weekdays alike.
bool IsCountedByDays(v1::ReportWhat what) {
  return what == v1::REPORT_WHAT_UKP || what == v1::REPORT_WHAT_PAYMENT;
}

std::string Choices(v1::ReportWhat what) {
  std::vector<std::string> names;
  for (const auto& [name, by] : kBys) {
    if (IsCountedByDays(what) && (by == By::kWeekday || by == By::kHour)) continue;
    names.emplace_back(name);
  }
  return absl::StrCat("give some of ", absl::StrJoin(names, ", "), ", each once");
}

absl::StatusOr<std::vector<By>> BysOf(const v1::GetReportRequest& request, v1::ReportWhat what) {
  std::vector<By> bys;
  for (const std::string& name : request.by()) {
    const auto* found =
        std::ranges::find(kBys, std::string_view(name), &std::pair<std::string_view, By>::first);
    if (found == kBys.end()) return Invalid("by", "there is no such way to divide", Choices(what));
    if (IsCountedByDays(what) && (found->second == By::kWeekday || found->second == By::kHour))
      return Invalid("by", absl::StrCat("days have no ", name), Choices(what));
    if (std::ranges::find(bys, found->second) != bys.end())
      return Invalid("by", absl::StrCat(name, " is named twice"), Choices(what));
    bys.push_back(found->second);
  }
  return bys;
}

// Empty filters of a scope that sees kommuner alone, or hospitals alone, mean its own.
void Narrow(ReportQuery* query) {
  const Scope& scope = *query->scope;
  if (scope.everything) return;
  if (scope.hospitals.empty() && query->kommuner.empty())
    query->kommuner = Names(scope.kommuner.begin(), scope.kommuner.end());
  if (scope.kommuner.empty() && query->hospitals.empty())
    query->hospitals = Names(scope.hospitals.begin(), scope.hospitals.end());
}

absl::StatusOr<absl::CivilDay> DateIn(std::string_view field, const std::string& text) {
  const auto date = ParseDate(text);
  if (!date.ok()) return Invalid(field, "this is not a date", "write it as YYYY-MM-DD");
  return *date;
}

}  // namespace

Days Cut(const Days& days, const Days& to) {
  return {std::max(days.from, to.from), std::min(days.to, to.to)};
}

int64_t BeginUs(absl::CivilDay day) { return absl::ToUnixMicros(absl::FromCivil(day, Oslo())); }

bool ReportQuery::Has(By one) const { return std::ranges::find(by, one) != by.end(); }

bool AsksSector(const std::vector<v1::Sector>& asked, v1::Sector sector) {
  return asked.empty() || std::ranges::find(asked, sector) != asked.end();
}

absl::StatusOr<std::vector<v1::Sector>> SectorsOf(
    const google::protobuf::RepeatedField<int>& sectors) {
  std::vector<v1::Sector> asked;
  for (const int sector : sectors) {
    if (!v1::Sector_IsValid(sector))
      return Invalid("sectors", "no such sector", "give one of overgang.v1.Sector, or nothing");
    asked.push_back(static_cast<v1::Sector>(sector));
  }
  return asked;
}

absl::StatusOr<Days> DaysOf(const std::string& month, const std::string& from,
                            const std::string& to) {
  if (!month.empty()) {
    absl::CivilMonth civil;
    if (!from.empty() || !to.empty())
      return Invalid("month", "from and to say something else", "give month, or from and to");
    if (month.size() != 7 || !absl::ParseCivilTime(month, &civil))
      return Invalid("month", "this is not a month", "write it as YYYY-MM");
    return Days{absl::CivilDay(civil), absl::CivilDay(civil + 1)};
  }
  const auto first = DateIn("from", from);
  if (!first.ok()) return first.status();
  const auto end = DateIn("to", to);
  if (!end.ok()) return end.status();
  if (*end <= *first)
    return Invalid("to", "is not after from", "give the day after the last one of the period");
  if (*end - *first > kReportDaysMax)
    return Invalid("to", "the period is too long",
                   absl::StrCat("ask for ", kReportDaysMax, " days at most"));
  return Days{*first, *end};
}

absl::StatusOr<ReportQuery> QueryOf(const v1::GetReportRequest& request, ScopeRef scope) {
  ReportQuery query{.scope = std::move(scope)};
  const auto days = DaysOf("", request.from(), request.to());
  if (!days.ok()) return days.status();
  query.days = *days;
  if (!v1::ReportWhat_IsValid(request.what()))
    return Invalid("what", "there is no such report", "give one of overgang.v1.ReportWhat");
  if (request.what() != v1::REPORT_WHAT_UNSPECIFIED) query.what = request.what();
  if (!v1::CensusBasis_IsValid(request.basis()))
    return Invalid("basis", "there is no such basis", "give one of overgang.v1.CensusBasis");
  if (request.basis() != v1::CENSUS_BASIS_UNSPECIFIED) query.basis = request.basis();
  if (request.kommuner_size() > kFilterValuesMax || request.hospitals_size() > kFilterValuesMax) {
    return Invalid(request.kommuner_size() > kFilterValuesMax ? "kommuner" : "hospitals",
                   absl::StrCat("more than ", kFilterValuesMax, " values"),
                   "ask for all by leaving it empty");
  }
  for (const std::string& kommune : request.kommuner()) {
    absl::Status status = CheckKommune(kommune, "kommuner");
    if (status.ok()) status = MayAskForKommune(*query.scope, kommune, "kommuner");
    if (!status.ok()) return status;
    query.kommuner.insert(kommune);
  }
  for (const std::string& hospital : request.hospitals()) {
    absl::Status status = CheckHospital(hospital, "hospitals");
    if (status.ok()) status = MayAskForHospital(*query.scope, hospital, "hospitals");
    if (!status.ok()) return status;
    query.hospitals.insert(hospital);
  }
  auto sectors = SectorsOf(request.sectors());
  if (!sectors.ok()) return sectors.status();
  query.sectors = *std::move(sectors);
  auto bys = BysOf(request, query.what);
  if (!bys.ok()) return bys.status();
  query.by = *std::move(bys);
  Narrow(&query);
  return query;
}

}  // namespace overgang::report
