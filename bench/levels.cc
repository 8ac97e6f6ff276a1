// A dry run of the built-in rules over a year of one region, beside reading what it rests on: the
// stays' rows, and the reports in the log.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/log/memory_log.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/table.h"
#include "bench/year.h"
#include "consumers/escalation/dry_run.h"
#include "consumers/escalation/rules_file.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/simulator/random.h"

namespace overgang::bench {
namespace {

constexpr int kWards = 20;
constexpr size_t kRecordsAtOnce = 5'000;

absl::Time Begin() { return absl::FromCivil(absl::CivilSecond(2025, 1, 1), Oslo()); }

v1::Envelope Reported(absl::Time at, const std::string& unit) {
  v1::Envelope fact;
  fact.set_event_id(NameUuid({unit, absl::FormatTime(at)}));
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(at);
  fact.mutable_source()->set_channel(v1::CHANNEL_INTAKE);
  fact.mutable_source()->set_sender("bench");
  return fact;
}

// Each ward and the emergency department every hour, each kommunal unit every day.
void WriteReports(EventLog& log, int days) {
  simulator::Random random(2);
  std::vector<NewRecord> records;
  const auto put = [&](const v1::Envelope& fact) {
    records.push_back(ToRecord(fact));
    if (records.size() < kRecordsAtOnce) return;
    (void)Take(AppendAndWait(log, std::exchange(records, {})), "appending");
  };
  const auto directory = Directory::BuiltIn();
  for (int hour = 0; hour < days * 24; ++hour) {
    const absl::Time at = Begin() + absl::Hours(hour);
    for (int ward = 0; ward < kWards; ++ward) {
      v1::Envelope fact = Reported(at + absl::Minutes(ward), absl::StrCat("W", ward));
      fact.set_hospital(kHospital);
      v1::BedsReported& beds = *fact.mutable_beds_reported();
      beds.set_unit(absl::StrCat("W", ward));
      beds.set_beds(40);
      beds.set_available(40);
      beds.set_occupied(random.Between(34, 43));
      beds.set_corridor(random.Between(0, 2));
      put(fact);
    }
    v1::Envelope waiting = Reported(at, "emergency department");
    waiting.set_hospital(kHospital);
    waiting.mutable_emergency_department_reported()->set_waiting_over_1h(random.Between(0, 50));
    waiting.mutable_emergency_department_reported()->set_longest_wait_minutes(
        random.Between(10, 500));
    put(waiting);
    if (hour % 24 != 8) continue;
    for (const Unit& unit : directory->contents().units) {
      v1::Envelope fact = Reported(at, unit.id);
      v1::PlacesReported& places = *fact.mutable_places_reported();
      places.set_unit(unit.id);
      places.set_kind(v1::PLACE_KIND_KORTTID);
      places.set_places(20);
      places.set_free(random.Between(0, 2));
      places.mutable_shared_by()->Assign(unit.kommuner.begin(), unit.kommuner.end());
      put(fact);
    }
  }
  if (!records.empty()) (void)Take(AppendAndWait(log, std::move(records)), "appending");
}

}  // namespace

void LevelsBenchmark(const Options& options) {
  const auto days = static_cast<int>(options.Size(365, 30));
  const TempFolder folder;
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening the store");
  WriteStays(*store, options.Size(kStaysAYear, kStaysAYear / 10));
  SystemClock clock;
  MemoryLog log(clock);
  WriteReports(log, days);
  projections::Epoch epoch;
  epoch.cursor.next = Take(log.Ends(), "asking the log").next;
  epoch.rows = store->Snapshot();
  const auto directory = Directory::BuiltIn();
  escalation::DryRunQuestion question;
  question.rules = Take(escalation::ReadRules(escalation::DefaultRulesText(), "rules", *directory),
                        "reading rules");
  question.scopes = escalation::ScopesOf(*directory);
  question.from_us = absl::ToUnixMicros(Begin());
  question.to_us = absl::ToUnixMicros(Begin() + absl::Hours(24 * days));
  const auto read = [&] {
    return Take(escalation::ReadPast(epoch, log, {kHospital},
                                     question.from_us - escalation::kWarmUpUs, question.to_us, {}),
                "reading the past");
  };
  (void)read();  // The first reads from disk.
  const double began = WallSeconds();
  const escalation::Past past = read();
  const double read_ms = 1000 * (WallSeconds() - began);
  const v1::DryRunRulesResponse response = Take(escalation::DryRun(question, past), "running");
  const double all_ms = 1000 * (WallSeconds() - began);
  if (response.changes().empty()) Check(absl::InternalError("no level changed"), "running");
  Table::Print({absl::StrCat("dry run of ", days, " days, one region"), all_ms, "ms", "under 5 000",
                "reading its rows and reports", all_ms / read_ms});
}

}  // namespace overgang::bench
