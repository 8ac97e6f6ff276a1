#include "consumers/report/report_service.h"

#include <utility>

#include "consumers/report/counter.h"
#include "consumers/report/payment_basis.h"
#include "consumers/report/published_tables.h"
#include "consumers/report/stays_in.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::report {
namespace {

bool TellPayment(const v1::GetPaymentRequest& request, const v1::GetPaymentResponse* response,
                 v1::AccessEntry* entry) {
  AddAsked("kommune", request.kommune(), entry);
  AddAsked("hospital", request.hospital(), entry);
  AddAsked("month", request.month(), entry);
  AddAsked("from", request.from(), entry);
  AddAsked("to", request.to(), entry);
  AddAsked("stay_id", request.stay_id(), entry);
  if (response == nullptr) return true;
  for (const v1::PaymentLine& line : response->lines())
    AddTold(line.stay_id(), "", line.kommune(), line.hospital(), entry);
  return true;
}

}  // namespace

absl::StatusOr<v1::GetReportResponse> RunReport(const ReportAt& at, const ReportQuery& query,
                                                const Directory& directory,
                                                const PaymentTerms& terms) {
  const auto counter = MakeCounter({query, directory, terms, at.now_us});
  absl::Status status =
      VisitStays(at, query.hospitals, BeginUs(query.days.from), BeginUs(query.days.to),
                 [&](std::string_view, const projections::StayEntry& stay) {
                   if (AsksSector(query.sectors, stay.sector)) counter->Take(stay);
                   return true;
                 });
  if (!status.ok()) return status;
  v1::GetReportResponse response;
  response.set_population_year(std::string(kPopulationYear));
  status = counter->Finish(&response);
  if (!status.ok()) return status;
  for (const Column& column : counter->columns()) {
    v1::ReportColumn& told = *response.add_columns();
    told.set_name(std::string(column.name));
    told.set_title(std::string(column.title));
    told.set_unit(std::string(column.unit));
    told.set_decimals(column.decimals);
    told.set_definition(std::string(column.definition));
  }
  return response;
}

ReportService::ReportService(projections::Views& views, projections::Moments& moments,
                             const DirectoryHolder& directory, const PaymentTerms& terms)
    : views_(views), moments_(moments), directory_(directory), terms_(terms) {}

void ReportService::Register(MethodTable& table) {
  table.AddUnary<v1::GetReportRequest, v1::GetReportResponse>(
      "overgang.v1.ReportService/GetReport", Need::kOwn,
      [this](const Caller& caller, const v1::GetReportRequest& request, auto reply) {
        GetReport(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetPaymentRequest, v1::GetPaymentResponse>(
      "overgang.v1.ReportService/GetPayment", Need::kOwn, TellPayment,
      [this](const Caller& caller, const v1::GetPaymentRequest& request, auto reply) {
        GetPayment(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetPublishedTablesRequest, v1::GetPublishedTablesResponse>(
      "overgang.v1.ReportService/GetPublishedTables", Need::kPublished,
      [this](const Caller& caller, const v1::GetPublishedTablesRequest& request, auto reply) {
        GetPublishedTables(caller, request, std::move(reply));
      });
}

void ReportService::Resolve(const Caller& caller, const v1::Moment& moment,
                            const std::string& wait_for, Then then) {
  moments_.Resolve(moment, wait_for, caller.deadline, pool_, projections::Work::kLong,
                   [scope = caller.scope, then = std::move(then)](auto at) {
                     if (!at.ok()) return then(at.status());
                     then(ReportAt{at->epoch, scope, absl::ToUnixMicros(at->now), UntilUs(*at),
                                   absl::ToUnixMicros(at->known)});
                   });
}

v1::AsOf ReportService::AsOf(const Caller& caller, const ReportAt& at) const {
  return views_.AsOf(*at.epoch, absl::FromUnixMicros(at.now_us), caller, *directory_.Get());
}

void ReportService::GetReport(const Caller& caller, const v1::GetReportRequest& request,
                              Reply<v1::GetReportResponse> reply) {
  auto query = QueryOf(request, caller.scope);
  if (!query.ok()) return reply(query.status());
  Resolve(caller, request.moment(), request.wait_for(),
          [this, caller, query = *std::move(query), reply = std::move(reply)](auto at) {
            if (!at.ok()) return reply(at.status());
            auto response = RunReport(*at, query, *directory_.Get(), terms_);
            if (response.ok()) *response->mutable_as_of() = AsOf(caller, *at);
            reply(std::move(response));
          });
}

void ReportService::GetPayment(const Caller& caller, const v1::GetPaymentRequest& request,
                               Reply<v1::GetPaymentResponse> reply) {
  auto query = QueryOf(request, caller.scope);
  if (!query.ok()) return reply(query.status());
  Resolve(caller, request.moment(), request.wait_for(),
          [this, caller, query = *std::move(query), reply = std::move(reply)](auto at) {
            if (!at.ok()) return reply(at.status());
            auto response = PaymentBasis(*at, query, terms_);
            if (response.ok()) *response->mutable_as_of() = AsOf(caller, *at);
            reply(std::move(response));
          });
}

void ReportService::GetPublishedTables(const Caller& caller,
                                       const v1::GetPublishedTablesRequest& request,
                                       Reply<v1::GetPublishedTablesResponse> reply) {
  Resolve(caller, v1::Moment(), request.wait_for(),
          [this, caller, request, reply = std::move(reply)](auto at) {
            if (!at.ok()) return reply(at.status());
            auto response = PublishedTables(*at->epoch, request);
            if (response.ok()) *response->mutable_as_of() = AsOf(caller, *at);
            reply(std::move(response));
          });
}

}  // namespace overgang::report
