#include "consumers/deciding/agenda.h"

#include <algorithm>

namespace overgang::deciding {

void Agenda::Set(const projections::PatientRef& cluster, int64_t due_us) {
  const auto [it, added] = due_of_.try_emplace(cluster, due_us);
  if (!added) {
    if (it->second == due_us) return;
    by_due_.erase({it->second, cluster});
    it->second = due_us;
  }
  by_due_.emplace(due_us, cluster);
  if (by_due_.size() <= clusters_max_) return;
  const auto last = std::prev(by_due_.end());
  left_out_from_us_ = std::min(left_out_from_us_, last->first);
  due_of_.erase(last->second);
  by_due_.erase(last);
}

void Agenda::Remove(const projections::PatientRef& cluster) {
  const auto it = due_of_.find(cluster);
  if (it == due_of_.end()) return;
  by_due_.erase({it->second, cluster});
  due_of_.erase(it);
}

void Agenda::Clear() {
  by_due_.clear();
  due_of_.clear();
  left_out_from_us_ = std::numeric_limits<int64_t>::max();
}

std::optional<projections::PatientRef> Agenda::PopDue(int64_t now_us) {
  if (by_due_.empty() || by_due_.begin()->first >= now_us) return std::nullopt;
  const projections::PatientRef cluster = by_due_.begin()->second;
  Remove(cluster);
  return cluster;
}

bool Agenda::MustBeReadAgain(int64_t now_us) const {
  return left_out_from_us_ < now_us &&
         (by_due_.empty() || by_due_.begin()->first > left_out_from_us_);
}

}  // namespace overgang::deciding
