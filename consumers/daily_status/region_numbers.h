// How a kommune stands against its region, from the published tables alone, so that nothing is told
// here that they do not tell. Errors: the store's.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "consumers/daily_status/numbers.h"
#include "consumers/daily_status/tally.h"
#include "core/state_store.h"

namespace overgang::daily_status {

// How far back the newest tables are looked for.
inline constexpr int kTablesBackMax = 7;

class RegionTables {
 public:
  // The newest of a date before `date`; nothing where there are none.
  static absl::StatusOr<std::optional<RegionTables>> Read(const StateSnapshot& rows,
                                                          absl::CivilDay date);
  // When they were counted: at the end of their date.
  int64_t at_us() const { return at_us_; }
  // The sums of the kommune's region beside its own numbers of that moment. Sums that the tables
  // suppress stay so; those that they show tell nothing of others to who knows its own number.
  void AddTo(std::string_view kommune, const TableCounts& own, Numbers numbers) const;

 private:
  v1::TablesPublished tables_;
  int64_t at_us_ = 0;
};

// Where there are no tables.
void AddNoRegion(Numbers numbers);

}  // namespace overgang::daily_status
