// All views made anew from a log: read, decode, fold, commit to RocksDB.
#include <string>
#include <utility>

#include "adapters/log/embedded_log.h"
#include "adapters/log/kafka_log.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/broker.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"

namespace overgang::bench {
namespace {

// CPU seconds of reading the whole log and decoding each envelope, and nothing else.
double ReadAndDecode(EventLog& log, const LogEnds& ends, int64_t facts) {
  const Stopwatch watch;
  const auto reader = Take(log.NewReader(ends.first, {}, {}), "reading the log");
  v1::Envelope envelope;
  for (int64_t seen = 0; seen < facts;) {
    const RecordBatch batch = Take(reader->Poll(absl::Seconds(1)), "reading the log");
    for (const LogRecord& record : batch.records) {
      if (!envelope.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        Check(absl::DataLossError("not an envelope"), "decoding");
      }
    }
    seen += static_cast<int64_t>(batch.records.size());
  }
  return watch.cpu();
}

void Rebuild(EventLog& log, const std::string& what, const Options& options) {
  const int64_t facts = options.Size(1'000'000, 200'000);
  const LogEnds ends = FillLog(log, facts);
  const double reading = ReadAndDecode(log, ends, facts);
  TempFolder folder;
  HubUnderTest hub(log, Take(RocksdbStore::Open(folder / "views"), "opening a store"));
  const Stopwatch watch;
  hub.Start();
  hub.WaitFor(ends.next);
  const double cpu = watch.cpu();
  const double wall = watch.wall();
  const auto count = static_cast<double>(facts);
  Table::Print({"rebuild from " + what, count / cpu, "facts/CPU second", "250 000",
                "reading and decoding alone", reading / cpu});
  Table::Print({"  the same by the wall clock", count / wall, "facts/s", "", "", 0});
}

}  // namespace

void RebuildEmbeddedBenchmark(const Options& options) {
  TempFolder folder;
  SystemClock clock;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  Rebuild(*log, "the embedded log", options);
}

void RebuildKafkaBenchmark(const Options& options) {
  Broker broker;
  KafkaConfig config;
  config.bootstrap_servers = broker.address();
  config.replication_factor = 1;
  const auto log = Take(KafkaLog::Open(config), "opening a log");
  Rebuild(*log, "Kafka", options);
}

}  // namespace overgang::bench
