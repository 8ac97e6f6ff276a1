// The yearly report of a hospital region: every stay of the year read from the rows and counted.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/table.h"
#include "consumers/report/report_service.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/simulator/random.h"
#include "projections/closed_stays.h"
#include "projections/tables.h"

namespace overgang::bench {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
constexpr int64_t kStaysAYear = 120'000;
constexpr int kRounds = 5;
constexpr size_t kRowsAtOnce = 10'000;
constexpr char kHospital[] = "974749025";

// Admitted some time of 2025, mostly for some days; three in ten wait as utskrivningsklare.
projections::StayEntry MakeStay(simulator::Random& random) {
  static const int64_t begin_us =
      absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(2025, 1, 1), Oslo()));
  static const std::vector<Kommune>& kommuner = AllKommuner();
  const auto within = [&](int64_t count) { return random.Between(0, static_cast<int>(count) - 1); };
  projections::StayEntry stay;
  stay.stay_kommune.Assign(kommuner[static_cast<size_t>(within(30))].number);
  stay.residence_kommune = stay.stay_kommune;
  stay.hospital.Assign(kHospital);
  stay.ward.Assign(absl::StrCat("W", within(40)));
  stay.sector = v1::SECTOR_SOMATIKK;
  stay.sex = within(2) == 0 ? v1::SEX_MALE : v1::SEX_FEMALE;
  stay.age = static_cast<uint8_t>(within(100));
  stay.urgency = v1::URGENCY_ACUTE;
  stay.admitted_us = begin_us + within(360 * 24 * 60) * (kHourUs / 60);
  stay.ended_us = stay.admitted_us + (2 + within(8 * 24)) * kHourUs;
  stay.admission_notified_us = stay.admitted_us + kHourUs;
  stay.epikrise_us = stay.ended_us;
  if (within(10) >= 3) return stay;
  projections::UkpPeriod& period = stay.periods.emplace_back();
  period.since_us = stay.ended_us - kHourUs;
  stay.ended_us += within(10 * 24) * kHourUs;
  period.until_us = stay.ended_us;
  period.end = v1::UKP_END_DISCHARGED;
  period.kommune = stay.stay_kommune;
  period.notified_us = period.since_us + kHourUs / 2;
  period.replies.push_back({period.notified_us + kHourUs, within(2) == 0, 0});
  return stay;
}

void WriteStays(StateStore& store, int64_t count) {
  simulator::Random random(1);
  WriteSet writes;
  for (int64_t i = 0; i < count; ++i) {
    projections::Contribution stay;
    projections::Uuid::Parse(NameUuid({"stay", std::to_string(i)}), &stay.stay_id);
    stay.entry = MakeStay(random);
    writes.push_back(
        {projections::kClosedStay, projections::ClosedKey(stay), stay.entry.Serialize()});
    if (writes.size() < kRowsAtOnce && i + 1 < count) continue;
    Check(store.Commit(writes), "writing stays");
    writes.clear();
  }
}

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
