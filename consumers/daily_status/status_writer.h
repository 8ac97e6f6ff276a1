// One scope's status, written from the sums. Pure. One thread.
#pragma once

#include <optional>
#include <string>

#include "consumers/daily_status/numbers.h"
#include "consumers/daily_status/region_numbers.h"
#include "consumers/daily_status/scope.h"
#include "consumers/daily_status/status_numbers.h"
#include "consumers/daily_status/tally.h"

namespace overgang::daily_status {

class StatusWriter {
 public:
  // All that is given outlives it.
  StatusWriter(const StatusQuestion& question, const Moments& moments, const Counting& counting,
               const std::optional<RegionTables>& tables)
      : question_(question), at_(moments), counting_(counting), tables_(tables) {}

  v1::DailyStatusIssued Write(const Scope& scope) const;

 private:
  void WriteKommune(const std::string& kommune, v1::DailyStatusIssued* status) const;
  void WriteHospital(const std::string& hospital, v1::DailyStatusIssued* status) const;
  void WriteAll(const Tally& tally, Numbers numbers) const;
  void WriteHistory(const Tally& tally, Numbers numbers) const;
  void WriteChange(const Tally& tally, Numbers numbers) const;

  const StatusQuestion& question_;
  const Moments& at_;
  const Counting& counting_;
  const std::optional<RegionTables>& tables_;
};

}  // namespace overgang::daily_status
