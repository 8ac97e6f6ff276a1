#include "projections/quality.h"

#include <charconv>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "projections/tables.h"

namespace overgang::projections {

void QualityFold::Add(const Contribution& stay, int64_t by) {
  for (const auto& [flag, source] : stay.findings) change_[{source, flag}] += by;
}

void QualityFold::Apply(const std::vector<StayChange>& changes) {
  for (const StayChange& change : changes) {
    if (change.before) Add(*change.before, -1);
    if (change.after) Add(*change.after, 1);
  }
}

void QualityFold::Load(std::string_view key, std::string_view value) {
  const size_t end = key.find('\0');
  int flag = 0;
  int64_t stays = 0;
  if (end == std::string_view::npos ||
      !absl::SimpleAtoi(absl::string_view(key.data() + end + 1, key.size() - end - 1), &flag) ||
      !absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &stays))
    return;
  change_[{std::string(key.substr(0, end)), flag}] += stays;
}

void QualityFold::EndEpoch(WriteSet* writes) {
  if (change_.empty()) return;
  auto now = std::make_shared<QualityView>(*view_);
  for (const auto& [place, by] : change_) {
    if (by == 0) continue;
    int64_t& stays = (*now)[place];
    stays += by;
    std::string key = place.first;
    key += '\0';
    absl::StrAppend(&key, place.second);
    if (stays == 0) {
      now->erase(place);
      writes->push_back({kQuality, std::move(key), std::nullopt});
    } else {
      writes->push_back({kQuality, std::move(key), absl::StrCat(stays)});
    }
  }
  view_ = std::move(now);
  change_.clear();
}

}  // namespace overgang::projections
