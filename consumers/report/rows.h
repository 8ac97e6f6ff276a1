// The rows of a report: which row a thing counts in, by what it was asked to be divided by. One
// thread. Bounded: more than kRowsMax rows are RESOURCE_EXHAUSTED.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "consumers/report/report_query.h"
#include "core/directory.h"

namespace overgang::report {

inline constexpr size_t kRowsMax = 20'000;

// Regions by kommune: the directory's, else the hospital trust's area.
std::map<std::string, std::string, std::less<>> RegionByKommune(const Directory& directory);

// What a thing is counted by.
struct CountedAt {
  const projections::StayEntry& stay;
  const projections::KommuneCode& kommune;
  absl::CivilSecond local;  // Of Oslo.
};

// Makes keys of rows, and says what they mean.
class RowKeys {
 public:
  // Both outlive this.
  RowKeys(const ReportQuery& query, const Directory& directory);

  // Valid until the next call.
  const std::string& KeyOf(const CountedAt& at);
  // Key and labels of a row, from what KeyOf gave.
  void Describe(const std::string& key, v1::ReportRow* row) const;
  // Inhabitants of those kommuner that the row is about; 0: the row is not about any.
  int64_t PopulationOf(const std::string& key) const;

 private:
  void Append(By by, const CountedAt& at);
  std::string_view RegionOf(std::string_view kommune) const;
  std::string LabelOf(By by, const std::string& part) const;

  const ReportQuery& query_;
  const Directory& directory_;
  std::map<std::string, std::string, std::less<>> region_of_;  // By kommune.
  std::map<std::string, int64_t, std::less<>> population_of_;  // By region, of those asked for.
  std::string key_;
};

// Sums by row.
template <typename Sums>
class Rows {
 public:
  Rows(const ReportQuery& query, const Directory& directory) : keys_(query, directory) {
    // Without a division there is always one row, if with nothing in it.
    if (query.by.empty()) Add("");
  }

  // Where this counts. The reference holds until the next row is made.
  Sums& At(const CountedAt& at) {
    const std::string& key = keys_.KeyOf(at);
    const auto found = index_.find(key);
    if (found != index_.end()) return sums_[found->second];
    if (sums_.size() == kRowsMax) {
      overflow_ = true;
      return nowhere_;
    }
    return Add(key);
  }
  bool full() const { return overflow_; }

  // By key.
  void Write(v1::GetReportResponse* response,
             const std::function<void(const Sums&, int64_t population, v1::ReportRow*)>& fill) {
    std::vector<std::pair<std::string, size_t>> order(index_.begin(), index_.end());
    std::sort(order.begin(), order.end());
    for (const auto& [key, at] : order) {
      v1::ReportRow& row = *response->add_rows();
      keys_.Describe(key, &row);
      fill(sums_[at], keys_.PopulationOf(key), &row);
    }
  }

 private:
  Sums& Add(const std::string& key) {
    index_.emplace(key, sums_.size());
    return sums_.emplace_back();
  }

  RowKeys keys_;
  absl::flat_hash_map<std::string, size_t> index_;
  std::deque<Sums> sums_;
  Sums nowhere_{};
  bool overflow_ = false;
};

}  // namespace overgang::report
