// A moment past: what keeping a checkpoint takes while facts come, and what an answer from one
// does.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/log/embedded_log.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "core/fact_writer.h"

namespace overgang::bench {
namespace {

constexpr int kFactsAtOnce = 1000;

LogEnds Fill(EventLog& log, FactStream& stream, int64_t facts) {
  for (int64_t i = 0; i < facts; i += kFactsAtOnce) {
    std::vector<NewRecord> records;
    for (int n = 0; n < kFactsAtOnce; ++n) records.push_back(ToRecord(stream.Next()));
    Check(AppendAndWait(log, std::move(records)).status(), "filling the log");
  }
  return Take(log.Ends(), "the log's ends");
}

// Of the files in `folder` that are not also, as the same file, in `others`.
double MebibytesOf(const std::string& folder, const std::string& others) {
  uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::error_code none;
    const std::filesystem::path other = std::filesystem::path(others) / entry.path().filename();
    if (entry.is_regular_file() && !std::filesystem::equivalent(entry.path(), other, none))
      bytes += entry.file_size();
  }
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

void HistoryBenchmark(const Options& options) {
  TempFolder folder;
  SystemClock clock;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  const int64_t before = options.Size(1'000'000, 100'000), after = options.Size(50'000, 10'000);
  FactStream stream;
  Fill(*log, stream, before);
  HubUnderTest hub(*log, Take(RocksdbStore::Open(folder / "views"), "opening a store"));
  hub.Start();
  hub.WaitFor(Take(log->Ends(), "the log's ends").next);
  const Stopwatch keeping;
  Check(hub.history().Keep(), "keeping a checkpoint");
  Table::Print(
      {absl::StrCat("a checkpoint of ", before, " facts"), keeping.wall(), "s", "", "", 0});
  hub.WaitFor(Fill(*log, stream, after).next);
  const Cursor moment = hub.cursor();
  hub.WaitFor(Fill(*log, stream, 4 * after).next);
  const Stopwatch first;
  Take(hub.history().At(moment), "a moment past");
  Table::Print(
      {absl::StrCat("  a moment ", after, " facts after it"), first.wall(), "s", "", "", 0});
  const Stopwatch again;
  Take(hub.history().At(moment), "a moment past");
  Table::Print({"  the same again", again.wall(), "s", "", "", 0});
  const double all = MebibytesOf(hub.folder() / "history", folder / "none");
  const double own = MebibytesOf(hub.folder() / "history", folder / "views");
  Table::Print(
      {"  of its disk, what the views share no more", own, "MiB", "", "all of it", own / all});
}

}  // namespace overgang::bench
