// ReportService: GetReport, GetPayment and GetPublishedTables (see its proto for errors).
// Everything is counted on a few threads of the service, each answer from one epoch.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/report/report_query.h"
#include "core/directory.h"
#include "core/payment_terms.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/report_service.pb.h"
#include "projections/moments.h"
#include "projections/views.h"

namespace overgang::report {

// Where the population of rates comes from (core/kommuner.cc).
inline constexpr std::string_view kPopulationYear = "2024";

class ReportService {
 public:
  // `terms` outlives the service.
  ReportService(projections::Views& views, projections::Moments& moments,
                const DirectoryHolder& directory, const PaymentTerms& terms);

  void Register(MethodTable& table);
  // Ends what waits for its turn, so that the servers need not wait for it; they may go on calling
  // until they have stopped.
  void Stop() { pool_.Stop(); }

 private:
  using Then = std::function<void(absl::StatusOr<ReportAt>)>;
  // On a thread of the pool, where it went well.
  void Resolve(const Caller& caller, const v1::Moment& moment, const std::string& wait_for,
               Then then);
  v1::AsOf AsOf(const Caller& caller, const ReportAt& at) const;
  void GetReport(const Caller& caller, const v1::GetReportRequest& request,
                 Reply<v1::GetReportResponse> reply);
  void GetPayment(const Caller& caller, const v1::GetPaymentRequest& request,
                  Reply<v1::GetPaymentResponse> reply);
  void GetPublishedTables(const Caller& caller, const v1::GetPublishedTablesRequest& request,
                          Reply<v1::GetPublishedTablesResponse> reply);

  projections::Views& views_;
  projections::Moments& moments_;
  const DirectoryHolder& directory_;
  const PaymentTerms& terms_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

// The whole answer but as_of.
absl::StatusOr<v1::GetReportResponse> RunReport(const ReportAt& at, const ReportQuery& query,
                                                const Directory& directory,
                                                const PaymentTerms& terms);

}  // namespace overgang::report
