// What a benchmark tells: rows of one table, printed as they come. And what it measures with.
//
// Threads: one. Units: seconds; every row names its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang::bench {

struct Row {
  std::string what;
  double measured = 0;
  std::string unit;
  std::string target;         // "700 000"; empty: none is set.
  std::string compared_with;  // What ran in the same run; empty: nothing.
  double ratio = 0;           // Measured over that; 0: none.
};

class Table {
 public:
  static void PrintHeading();
  static void Print(const Row& row);
};

struct Options {
  bool quick = false;
  // The smaller size with --quick.
  int64_t Size(int64_t full, int64_t small) const { return quick ? small : full; }
};

// CPU seconds of the whole process, user and system.
double ProcessCpuSeconds();
// CPU seconds of the calling thread.
double ThreadCpuSeconds();
double WallSeconds();

// Process CPU and wall time since it was made.
class Stopwatch {
 public:
  Stopwatch() : cpu_(ProcessCpuSeconds()), wall_(WallSeconds()) {}
  double cpu() const { return ProcessCpuSeconds() - cpu_; }
  double wall() const { return WallSeconds() - wall_; }

 private:
  double cpu_;
  double wall_;
};

// The value below which `percent` of the sorted ones lie; sorts. 0 where there are none.
double Percentile(std::vector<double>* values, double percent);

// A folder under TMPDIR, gone with this.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Ends the program where something that must work does not: a benchmark of what failed means
// nothing.
void Check(const absl::Status& status, std::string_view what);
template <typename T>
T Take(absl::StatusOr<T> value, std::string_view what) {
  Check(value.status(), what);
  return *std::move(value);
}

// The benchmarks, each in a file of its name.
void FoldBenchmark(const Options& options);
void RebuildEmbeddedBenchmark(const Options& options);
void RebuildKafkaBenchmark(const Options& options);
void VisibleEmbeddedBenchmark(const Options& options);
void VisibleKafkaBenchmark(const Options& options);
void MllpBenchmark(const Options& options);
void CensusBenchmark(const Options& options);
void FeedBenchmark(const Options& options);
void AccessBenchmark(const Options& options);
void ReportBenchmark(const Options& options);
void LevelsBenchmark(const Options& options);
void CountryBenchmark(const Options& options);
void HistoryBenchmark(const Options& options);
void StatusBenchmark(const Options& options);
void MailsBenchmark(const Options& options);
void CardsEmbeddedBenchmark(const Options& options);
void CardsKafkaBenchmark(const Options& options);

}  // namespace overgang::bench
