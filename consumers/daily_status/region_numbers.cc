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
  double inhabitants = 0;
  for (const v1::PublishedRow& row : tables_.rows()) {
    if (row.region() != region) continue;
    if (row.kommune().empty()) sum = &row;
    inhabitants += PopulationOf(row.kommune());
  }
  if (sum == nullptr) return AddNoRegion(numbers);
  Numbers of_region = numbers.Of(region);
  for (int i = 0; i < static_cast<int>(kCells.size()) && i < sum->cells_size(); ++i) {
    const auto cell = kCells.at(static_cast<size_t>(i));
    const int32_t own_value = own.at(static_cast<size_t>(i));
    const v1::PublishedCell& published = sum->cells(i);
    const auto at = [this](v1::StatusNumber& number) {
      *number.mutable_reported_at() = ProtoOfUs(at_us_);
    };
    at(published.suppressed() ? of_region.Suppressed(Name(cell), "stays")
                              : of_region.Stays(Name(cell), published.value()));
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
