// The fold alone: facts decoded before, rows in memory; and cold, each fact of a person who must be
// read.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "adapters/store/memory_store.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/facts.h"
#include "bench/table.h"
#include "projections/pathway/held_fact.h"
#include "projections/pathway/pathway_fold.h"
#include "projections/tables.h"

namespace overgang::bench {
namespace {

using projections::FactPtr;
using projections::PathwayFold;
using projections::PatientRef;

constexpr int64_t kEpochFacts = 200'000;

struct Seconds {
  double protobuf = 0;
  double hold = 0;
  double fold = 0;
};

FactPtr HoldBytes(const std::string& bytes, v1::Envelope* envelope) {
  if (!envelope->ParseFromString(bytes)) Check(absl::InternalError("not an envelope"), "decoding");
  return Take(projections::Hold(*envelope, bytes, 0), "holding a fact");
}

// One epoch of the stream's next facts through the fold; CPU seconds of each step are added.
void FoldEpoch(FactStream* stream, PathwayFold* fold, StateStore* store, Seconds* seconds) {
  std::vector<std::string> log;
  for (int64_t i = 0; i < kEpochFacts; ++i) log.push_back(stream->Next().SerializeAsString());
  v1::Envelope envelope;
  double began = ThreadCpuSeconds();
  for (const std::string& bytes : log) {
    if (!envelope.ParseFromString(bytes)) Check(absl::InternalError("not an envelope"), "decoding");
  }
  seconds->protobuf += ThreadCpuSeconds() - began;
  std::vector<FactPtr> facts;
  facts.reserve(log.size());
  began = ThreadCpuSeconds();
  for (const std::string& bytes : log) facts.push_back(HoldBytes(bytes, &envelope));
  seconds->hold += ThreadCpuSeconds() - began;
  WriteSet writes;
  began = ThreadCpuSeconds();
  for (FactPtr& fact : facts) Check(fold->Apply(std::move(fact)), "folding");
  const auto changes = fold->EndEpoch(&writes).stays;
  seconds->fold += ThreadCpuSeconds() - began;
  Check(store->Commit(writes), "committing");
}

void FoldHot(const Options& options) {
  FactStream stream;
  MemoryStore store;
  PathwayFold fold(store);
  Seconds seconds;
  const int64_t epochs = options.Size(5, 2);
  for (int64_t i = 0; i < epochs; ++i) FoldEpoch(&stream, &fold, &store, &seconds);
  const auto facts = static_cast<double>(epochs * kEpochFacts);
  Table::Print({"fold in memory, hot", facts / seconds.fold, "facts/s and core", "700 000",
                "protobuf decoding alone", seconds.protobuf / seconds.fold});
  Table::Print({"  decoding to what the fold takes", facts / seconds.hold, "facts/s and core", "",
                "protobuf decoding alone", seconds.protobuf / seconds.hold});
}

// Every person's row is stored and none is in memory; then one fact more for each, in no order.
void FoldCold(const Options& options) {
  TempFolder folder;
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening a store");
  FactStream stream;
  {
    PathwayFold fold(*store);
    Seconds unused;
    const int64_t epochs = options.Size(5, 2);
    for (int64_t i = 0; i < epochs; ++i) FoldEpoch(&stream, &fold, store.get(), &unused);
  }
  simulator::Random random(3);
  std::vector<uint64_t> persons(std::min<uint64_t>(stream.persons(), 20'000));
  for (uint64_t i = 0; i < persons.size(); ++i) persons[i] = i;
  for (size_t i = persons.size(); i > 1; --i) std::swap(persons[i - 1], persons[random.Next() % i]);
  std::vector<FactPtr> facts;
  v1::Envelope envelope;
  for (const uint64_t person : persons) {
    facts.push_back(HoldBytes(stream.OneMore(person).SerializeAsString(), &envelope));
  }
  const auto read_all = [&] {
    const double began = ThreadCpuSeconds();
    for (const FactPtr& fact : facts) {
      if (!Take(store->Get(projections::kCluster, fact->patient.key()), "reading a row")
               .has_value()) {
        Check(absl::NotFoundError("no row"), "reading a row");
      }
    }
    return ThreadCpuSeconds() - began;
  };
  read_all();  // So that both find the same files in the system's cache.
  const double reading = read_all();
  PathwayFold fold(*store);
  WriteSet writes;
  const double began = ThreadCpuSeconds();
  const auto count = static_cast<double>(facts.size());
  for (FactPtr& fact : facts) Check(fold.Apply(std::move(fact)), "folding");
  const auto changes = fold.EndEpoch(&writes).stays;
  const double folding = ThreadCpuSeconds() - began;
  Table::Print({"fold, cold: a person's row read for each fact", count / folding,
                "facts/s and core", "100 000", "one RocksDB read each, alone", reading / folding});
}

}  // namespace

void FoldBenchmark(const Options& options) {
  FoldHot(options);
  FoldCold(options);
}

}  // namespace overgang::bench
