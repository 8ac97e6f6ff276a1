#include "consumers/daily_status/region_numbers.h"

#include <array>
#include <string>

#include "consumers/report/report_query.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "projections/published.h"

namespace overgang::daily_status {
namespace {

// The cells of the tables, in their order.
constexpr std::array<std::string_view, 4> kCells = {"inpatients", "ukp", "ukp_over_24h",
                                                    "ukp_over_7_days"};
static_assert(kCells.size() == std::tuple_size_v<TableCounts>);

// Whether whoever knows the column of a region and one of its numbers, `own`, can tell another that
// is suppressed: where one alone is, or where they can only be all 1 or all the largest that is
// small.
bool GivesAway(const std::vector<const v1::PublishedRow*>& others, int index, int64_t sum,
               int64_t own, int cell_min) {
  int64_t number = 0;
  int64_t left = sum - own;
  for (const v1::PublishedRow* row : others) {
    const v1::PublishedCell& cell = row->cells(index);
    if (cell.suppressed()) {
      ++number;
    } else {
      left -= cell.value();
    }
  }
  return number == 1 || (number > 0 && (left <= number || left == number * (cell_min - 1)));
}

std::string Name(std::string_view cell) { return "region_" + std::string(cell); }
std::string OwnName(std::string_view cell) { return "region_own_" + std::string(cell); }

double PopulationOf(std::string_view kommune) {
  const Kommune* known = KommuneByNumber(kommune);
  return known == nullptr ? 0 : known->population_2024;
}

}  // namespace

absl::StatusOr<std::optional<RegionTables>> RegionTables::Read(const StateSnapshot& rows,
                                                               absl::CivilDay date) {
  std::string newest;
  absl::Status status = projections::ScanPublished(
      rows, {absl::FormatCivilTime(date - kTablesBackMax), absl::FormatCivilTime(date)},
      [&](std::string_view, std::string_view row) {
        newest = row;
        return true;
      });
  if (!status.ok()) return status;
  RegionTables tables;
  if (newest.empty() || !tables.tables_.ParseFromString(newest)) return std::nullopt;
  const auto of = ParseDate(tables.tables_.date());
  if (!of.ok()) return std::nullopt;
  tables.at_us_ = report::BeginUs(*of + 1);
  return tables;
}

void RegionTables::AddTo(std::string_view kommune, const TableCounts& own, Numbers numbers) const {
  std::string region;
  for (const v1::PublishedRow& row : tables_.rows()) {
    if (row.kommune() == kommune) region = row.region();
  }
  if (region.empty()) return AddNoRegion(numbers);
  const v1::PublishedRow* sum = nullptr;
  std::vector<const v1::PublishedRow*> others;
  double inhabitants = 0;
  for (const v1::PublishedRow& row : tables_.rows()) {
    if (row.region() != region) continue;
    if (row.kommune().empty()) sum = &row;
    if (!row.kommune().empty() && row.kommune() != kommune) others.push_back(&row);
    inhabitants += PopulationOf(row.kommune());
  }
  if (sum == nullptr) return AddNoRegion(numbers);
  Numbers of_region = numbers.Of(region);
  for (int i = 0; i < static_cast<int>(kCells.size()) && i < sum->cells_size(); ++i) {
    const auto cell = kCells.at(static_cast<size_t>(i));
    const int32_t own_value = own.at(static_cast<size_t>(i));
    const auto value = sum->cells(i).value();
    const bool hidden =
        sum->cells(i).suppressed() || GivesAway(others, i, value, own_value, tables_.cell_min());
    const auto at = [this](v1::StatusNumber& number) {
      *number.mutable_reported_at() = ProtoOfUs(at_us_);
    };
    at(hidden ? of_region.Suppressed(Name(cell), "stays") : of_region.Stays(Name(cell), value));
    at(of_region.Stays(OwnName(cell), own_value));
  }
  if (inhabitants > 0) {
    of_region.Add("region_population_share", 100 * PopulationOf(kommune) / inhabitants, "percent");
  }
}

void AddNoRegion(Numbers numbers) {
  for (const std::string_view cell : kCells) numbers.Unknown(Name(cell), "stays");
}

}  // namespace overgang::daily_status
