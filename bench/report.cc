// The yearly report of a hospital region: every stay of the year read from the rows and counted.
#include <memory>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/table.h"
#include "bench/year.h"
#include "consumers/report/report_service.h"
#include "core/oslo_time.h"
#include "projections/closed_stays.h"

namespace overgang::bench {
namespace {

constexpr int kRounds = 5;

// Mean milliseconds of one question.
double Milliseconds(const report::ReportAt& at, v1::ReportWhat what,
                    const std::vector<std::string>& by) {
  v1::GetReportRequest request;
  request.set_from("2025-01-01");
  request.set_to("2026-01-01");
  request.set_what(what);
  request.mutable_by()->Assign(by.begin(), by.end());
  const auto query = Take(report::QueryOf(request, Scope::All()), "reading the question");
  const auto directory = Directory::BuiltIn();
  const auto ask = [&] {
    const auto response =
        Take(report::RunReport(at, query, *directory, PaymentTerms::BuiltIn()), "counting");
    if (response.rows().empty()) Check(absl::InternalError("nothing was counted"), "counting");
  };
  ask();  // The first reads from disk.
  const double began = WallSeconds();
  for (int i = 0; i < kRounds; ++i) ask();
  return 1000 * (WallSeconds() - began) / kRounds;
}

}  // namespace

void ReportBenchmark(const Options& options) {
  const TempFolder folder;
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening the store");
  const int64_t stays = options.Size(kStaysAYear, kStaysAYear / 10);
  WriteStays(*store, stays);
  auto epoch = std::make_shared<projections::Epoch>();
  epoch->rows = store->Snapshot();
  const report::ReportAt at{
      epoch, Scope::All(),
      absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(2026, 2, 1), Oslo()))};
  // What no report can be quicker than.
  const double began = WallSeconds();
  int64_t read = 0;
  Check(
      projections::ScanClosedStays(*epoch->rows, kHospital, "",
                                   [&](std::string_view, std::string_view) { return ++read > 0; }),
      "reading rows");
  const double rows_alone = 1000 * (WallSeconds() - began);
  struct Question {
    const char* name;
    v1::ReportWhat what;
    std::vector<std::string> by;
  };
  for (const Question& question : std::vector<Question>{
           {"yearly report, by kommune", v1::REPORT_WHAT_UKP, {"kommune"}},
           {"  by ward, age and month", v1::REPORT_WHAT_UKP, {"ward", "age", "month"}},
           {"  stretches of the way, by kommune", v1::REPORT_WHAT_WAY, {"kommune"}},
           {"  payment, by kommune and month", v1::REPORT_WHAT_PAYMENT, {"kommune", "month"}},
           {"  deadlines, by kommune", v1::REPORT_WHAT_DEADLINES, {"kommune"}},
           {"  readmissions, by kommune", v1::REPORT_WHAT_READMISSIONS, {"kommune"}},
           {"  profile, by weekday and hour", v1::REPORT_WHAT_PROFILE, {"weekday", "hour"}}}) {
    const double took = Milliseconds(at, question.what, question.by);
    Table::Print({question.name, took, "ms", "under 1 000", "reading its rows", took / rows_alone});
  }
}

}  // namespace overgang::bench
