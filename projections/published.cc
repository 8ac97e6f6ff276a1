#include "projections/published.h"

#include "projections/tables.h"

namespace overgang::projections {

absl::Status PublishedFold::Apply(const v1::TablesPublished& tables) {
  // Maps are not used in facts, so protobuf's output is the same for the same fact.
  const auto [it, added] = new_.try_emplace(tables.date());
  if (!added) return absl::OkStatus();
  auto stored = store_.Get(kPublished, tables.date());
  if (!stored.ok() || stored->has_value()) {
    new_.erase(it);
    return stored.status();
  }
  it->second = tables.SerializeAsString();
  return absl::OkStatus();
}

void PublishedFold::EndEpoch(WriteSet* writes) {
  for (auto& [date, row] : new_) writes->push_back({kPublished, date, std::move(row)});
  new_.clear();
}

absl::Status ScanPublished(
    const StateSnapshot& rows, const std::pair<std::string, std::string>& dates,
    const std::function<bool(std::string_view date, std::string_view row)>& visit) {
  return rows.Scan(kPublished, dates.first, dates.second, visit);
}

}  // namespace overgang::projections
