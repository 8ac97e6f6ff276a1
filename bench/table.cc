#include "bench/table.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace overgang::bench {
namespace {

// "1 234 567", or with decimals where it is small.
std::string Number(double value) {
  if (value < 100) return absl::StrFormat("%.2f", value);
  std::string digits = absl::StrFormat("%.0f", value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), " ");
  }
  return digits;
}

void PrintLine(const std::string& what, const std::string& measured, const std::string& unit,
               const std::string& target, const std::string& compared) {
  std::printf("%-52s %12s  %-17s %-12s %s\n", what.c_str(), measured.c_str(), unit.c_str(),
              target.c_str(), compared.c_str());
  std::fflush(stdout);
}

}  // namespace

void Table::PrintHeading() {
  PrintLine("what", "measured", "unit", "target", "compared with");
  PrintLine(std::string(52, '-'), std::string(12, '-'), std::string(17, '-'), std::string(12, '-'),
            std::string(40, '-'));
}

void Table::Print(const Row& row) {
  std::string compared = row.compared_with;
  if (row.ratio > 0) absl::StrAppend(&compared, absl::StrFormat(": %.2f x", row.ratio));
  PrintLine(row.what, Number(row.measured), row.unit, row.target, compared);
}

double ProcessCpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

namespace {
double Read(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}
}  // namespace

double ThreadCpuSeconds() { return Read(CLOCK_THREAD_CPUTIME_ID); }
double WallSeconds() { return Read(CLOCK_MONOTONIC); }

double Percentile(std::vector<double>* values, double percent) {
  if (values->empty()) return 0;
  std::ranges::sort(*values);
  const auto at = static_cast<size_t>(static_cast<double>(values->size() - 1) * percent / 100);
  return (*values)[at];
}

TempFolder::TempFolder() {
  path_ = (std::filesystem::temp_directory_path() / "overgang-bench-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) Check(absl::UnavailableError(path_), "making a folder");
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// An exception, so that folders and the broker are cleared away on the way out; main tells it.
void Check(const absl::Status& status, std::string_view what) {
  if (!status.ok()) throw std::runtime_error(std::string(what) + ": " + status.ToString());
}

}  // namespace overgang::bench
