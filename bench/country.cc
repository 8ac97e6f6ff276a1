// The memory of a whole country: ten million stays that ended and 20 000 that go on, folded and
// stored, and then asked for.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "adapters/store/rocksdb_store.h"
#include "bench/facts.h"
#include "bench/table.h"
#include "consumers/board/census_query.h"
#include "projections/closed_stays.h"
#include "projections/projector.h"
#include "projections/tables.h"

namespace overgang::bench {
namespace {

constexpr int kOpen = 20'000;
// Of a stay that ended: admitted, UKP declared, the kommune notified, discharged.
constexpr int kSteps[] = {0, 8, 9, 14};

double ResidentMiB() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * 4096 / (1 << 20);
}

// Feeds facts to a projector, an epoch at a time as the runner does.
class Feeder {
 public:
  Feeder(projections::Projector* projector, StateStore* store)
      : projector_(*projector), store_(*store) {}

  void Put(const v1::Envelope& fact) {
    const std::string bytes = fact.SerializeAsString();
    projections::DecodedRecord& record = batch_.records.emplace_back();
    record.partition = {Topic::kPathway, 0};
    record.offset = offset_++;
    record.content = Take(projections::Hold(fact, bytes, 0), "holding a fact");
    if (batch_.records.size() == kBatch) Apply();
    if (offset_ % kEpochFacts == 0) End();
  }
  void End() {
    Apply();
    Check(store_.Commit(projector_.EndEpoch()), "committing");
  }

 private:
  static constexpr size_t kBatch = 10'000;
  static constexpr int64_t kEpochFacts = 200'000;
  void Apply() { Check(projector_.Apply(std::exchange(batch_, {})), "folding"); }

  projections::Projector& projector_;
  StateStore& store_;
  projections::DecodedBatch batch_;
  int64_t offset_ = 0;
};

}  // namespace

void CountryBenchmark(const Options& options) {
  const auto closed = static_cast<uint64_t>(options.Size(10'000'000, 200'000));
  TempFolder folder;
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening a store");
  projections::Projector projector(*store, "country", "");
  Feeder feeder(&projector, store.get());
  FactStream facts;
  for (uint64_t person = 0; person < closed; ++person) {
    for (int step : kSteps) feeder.Put(facts.FactOf(person, step));
  }
  for (uint64_t person = closed; person < closed + kOpen; ++person) {
    for (int step : {0, 1, 2, 8, 9}) feeder.Put(facts.FactOf(person, step));
  }
  feeder.End();
  const double folded = ResidentMiB();
  // Then what users ask: every kommune's count, and a hospital's closed stays read through.
  projections::Epoch epoch;
  epoch.census = projector.census();
  epoch.capacity = projector.capacity();
  epoch.rows = store->Snapshot();
  const auto directory = Directory::BuiltIn();
  (void)Take(board::RunCensus(epoch, *directory, {.scope = Scope::All()}), "counting");
  int64_t read = 0;
  for (const std::string& hospital :
       Take(projections::HospitalsWithClosedStays(*epoch.rows), "reading")) {
    Check(projections::ScanClosedStays(*epoch.rows, hospital, "",
                                       [&](std::string_view, std::string_view) {
                                         ++read;
                                         return true;
                                       }),
          "reading");
  }
  if (read != static_cast<int64_t>(closed)) Check(absl::DataLossError("stays"), "reading all");
  Table::Print({"memory with 20 000 open stays, " + std::to_string(closed) + " ended", folded,
                "MiB resident", "1 024", "", 0});
  Table::Print(
      {"  after all of them were read once", ResidentMiB(), "MiB resident", "1 024", "", 0});
}

}  // namespace overgang::bench
