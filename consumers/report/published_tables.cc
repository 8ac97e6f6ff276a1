#include "consumers/report/published_tables.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "consumers/report/rows.h"
#include "consumers/report/small_cells.h"
#include "consumers/report/stays_in.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/census.h"
#include "projections/published.h"

namespace overgang::report {
namespace {

using projections::kDayUs;
using projections::StayEntry;

// Each counts some of what the one before it counts.
constexpr std::array<std::string_view, 4> kCells = {"inpatients", "ukp", "ukp_over_24h",
                                                    "ukp_over_7_days"};
using Counts = std::array<int32_t, kCells.size()>;
constexpr std::string_view kNoRegion = "Uoppgitt";

// What one stay is at an instant; false: not in hospital.
bool CountAt(const StayEntry& stay, int64_t at_us, Counts* counts) {
  if (stay.admitted_us > at_us || at_us >= stay.ended_us) return false;
  ++(*counts)[0];
  for (size_t i = 0; i < stay.periods.size(); ++i) {
    if (stay.periods[i].since_us > at_us || at_us >= stay.periods[i].until_us) continue;
    const int64_t waited_us = at_us - projections::WaitingSince(stay.periods, i);
    ++(*counts)[1];
    if (waited_us > kDayUs) ++(*counts)[2];
    if (waited_us > 7 * kDayUs) ++(*counts)[3];
  }
  return true;
}

// Kommuner by region.
std::map<std::string, std::vector<std::string>> RegionsOf(const Directory& directory) {
  auto region_of = RegionByKommune(directory);
  region_of[std::string(kKommuneNotStated)] = kNoRegion;
  std::map<std::string, std::vector<std::string>> regions;
  for (const auto& [kommune, region] : region_of) regions[region].push_back(kommune);
  return regions;
}

// One that is no kommune any more (of history that was imported) is listed as not stated.
std::string ListedKommune(const StayEntry& stay) {
  const std::string kommune = stay.stay_kommune.str();
  return KommuneByNumber(kommune) == nullptr ? std::string(kKommuneNotStated) : kommune;
}

using CountsByKommune = std::map<std::string, Counts, std::less<>>;

// A region's kommuner and its sum, which stands first.
void AddRegion(const std::string& region, const std::vector<std::string>& kommuner,
               const CountsByKommune& counts, v1::TablesPublished* tables) {
  std::vector<std::vector<int32_t>> columns(kCells.size());
  std::vector<v1::PublishedRow*> rows;
  const auto add_row = [&](const std::string& kommune) {
    v1::PublishedRow* row = tables->add_rows();
    row->set_date(tables->date());
    row->set_region(region);
    row->set_kommune(kommune);
    return row;
  };
  v1::PublishedRow* sum_row = add_row("");
  for (const std::string& kommune : kommuner) {
    rows.push_back(add_row(kommune));
    const auto found = counts.find(kommune);
    for (size_t i = 0; i < kCells.size(); ++i)
      columns[i].push_back(found == counts.end() ? 0 : found->second[i]);
  }
  const std::vector<SuppressedColumn> suppressed = Suppress(columns, tables->cell_min());
  for (size_t i = 0; i < kCells.size(); ++i) {
    const auto add_cell = [&](v1::PublishedRow* row, int32_t number, bool hidden) {
      v1::PublishedCell& cell = *row->add_cells();
      cell.set_name(std::string(kCells[i]));
      cell.set_value(hidden ? 0 : number);
      cell.set_suppressed(hidden);
    };
    int32_t sum = 0;
    for (size_t j = 0; j < rows.size(); ++j) {
      sum += columns[i][j];
      add_cell(rows[j], columns[i][j], suppressed[i].cells[j]);
    }
    add_cell(sum_row, sum, suppressed[i].sum);
  }
}

v1::TablesPublished TablesOf(absl::CivilDay date, const CountsByKommune& counts,
                             const std::map<std::string, std::vector<std::string>>& regions,
                             int cell_min) {
  v1::TablesPublished tables;
  tables.set_date(absl::FormatCivilTime(date));
  tables.set_cell_min(cell_min);
  for (const auto& [region, kommuner] : regions) {
    const bool any = std::ranges::any_of(
        kommuner, [&](const std::string& kommune) { return counts.contains(kommune); });
    if (any) AddRegion(region, kommuner, counts, &tables);
  }
  return tables;
}

// Dates that are over and have no table yet.
absl::StatusOr<std::vector<absl::CivilDay>> DatesMissing(const StateSnapshot& rows,
                                                         absl::CivilDay first,
                                                         absl::CivilDay today) {
  std::set<std::string> published;
  absl::Status status =
      projections::ScanPublished(rows, {absl::FormatCivilTime(first), absl::FormatCivilTime(today)},
                                 [&](std::string_view date, std::string_view) {
                                   published.insert(std::string(date));
                                   return true;
                                 });
  if (!status.ok()) return status;
  std::vector<absl::CivilDay> missing;
  for (absl::CivilDay date = first; date < today; ++date) {
    if (!published.contains(absl::FormatCivilTime(date))) missing.push_back(date);
  }
  return missing;
}

bool HistoryComes(const projections::SourcesView& sources, absl::Time now) {
  return std::ranges::any_of(sources, [&](const auto& source) {
    return projections::IsImport(source.first) &&
           now - absl::FromUnixMicros(source.second.last_us()) < kImportOverAfter;
  });
}

}  // namespace

absl::StatusOr<std::vector<v1::TablesPublished>> TablesDue(const projections::Epoch& epoch,
                                                           const Directory& directory,
                                                           absl::Time now, absl::Time founded_at,
                                                           int cell_min) {
  const absl::CivilDay today = OsloDate(now);
  absl::CivilDay first = today - kPublishedDatesBackMax;
  if (HistoryComes(*epoch.sources, now)) first = std::max(first, OsloDate(founded_at));
  auto dates = DatesMissing(*epoch.rows, first, today);
  if (!dates.ok()) return dates.status();
  if (dates->empty()) return std::vector<v1::TablesPublished>();
  std::map<absl::CivilDay, CountsByKommune> counted;
  // At the end of a date is at the beginning of the next.
  const ReportAt at{std::shared_ptr<const projections::Epoch>(&epoch, [](const auto*) {}),
                    Scope::All(), absl::ToUnixMicros(now)};
  const int64_t first_us = BeginUs(dates->front() + 1);
  const int64_t last_us = BeginUs(dates->back() + 1);
  absl::Status status =
      VisitStays(at, {}, first_us, last_us + 1, [&](std::string_view, const StayEntry& stay) {
        const absl::CivilDay from = OsloDateOfUs(stay.admitted_us);
        for (auto date = std::ranges::lower_bound(*dates, from - 1); date != dates->end(); ++date) {
          const int64_t end_us = BeginUs(*date + 1);
          if (end_us >= stay.ended_us) break;
          Counts counts{};
          if (!CountAt(stay, end_us, &counts)) continue;
          Counts& sums = counted[*date][ListedKommune(stay)];
          for (size_t i = 0; i < kCells.size(); ++i) sums[i] += counts[i];
        }
        return true;
      });
  if (!status.ok()) return status;
  const auto regions = RegionsOf(directory);
  std::vector<v1::TablesPublished> due;
  for (const absl::CivilDay date : *dates) {
    // Before the first date with anybody in hospital there is nothing to tell.
    if (counted.empty() || date < counted.begin()->first) continue;
    due.push_back(TablesOf(date, counted[date], regions, cell_min));
    if (due.size() == kPublishedAtOnceMax) break;
  }
  return due;
}

absl::StatusOr<v1::GetPublishedTablesResponse> PublishedTables(
    const projections::Epoch& epoch, const v1::GetPublishedTablesRequest& request) {
  const auto days = DaysOf("", request.from(), request.to());
  if (!days.ok()) return days.status();
  if (days->count() > kPublishedDatesAskedMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "to", "the period is too long",
                      absl::StrCat("ask for ", kPublishedDatesAskedMax, " dates at most"));
  }
  v1::GetPublishedTablesResponse response;
  absl::Status unreadable;
  absl::Status status = projections::ScanPublished(
      *epoch.rows, {absl::FormatCivilTime(days->from), absl::FormatCivilTime(days->to)},
      [&](std::string_view, std::string_view row) {
        v1::TablesPublished tables;
        if (!tables.ParseFromArray(row.data(), static_cast<int>(row.size()))) {
          unreadable = absl::DataLossError(
              "a published table cannot be read; stop the hub, delete the folder views, start "
              "again");
          return false;
        }
        for (v1::PublishedRow& published : *tables.mutable_rows())
          *response.add_rows() = std::move(published);
        return true;
      });
  if (status.ok()) status = unreadable;
  if (!status.ok()) return status;
  return response;
}

}  // namespace overgang::report
