#include "projections/pathway/group.h"

#include <algorithm>

#include "core/oslo_time.h"
#include "core/uuid.h"
#include "projections/tables.h"

namespace overgang::projections {
bool EndsStay(const HeldFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED || fact.kind == v1::FACT_KIND_PATIENT_DIED;
}

bool EndsBefore(const HeldFact& fact, const HeldFact& admission) {
  if (!EndsStay(fact) || fact.order_us >= admission.order_us) return false;
  // Of a date alone it is not known which came first on it.
  return !(fact.occurred_day_only || admission.occurred_day_only) ||
         OsloDateOfUs(fact.order_us) != OsloDateOfUs(admission.order_us);
}

int64_t AdtTookEndBackUs(Facts facts, const Group& group) {
  int64_t taken_back_us = 0;
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (IsPlo(fact)) continue;
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED &&
        fact.cancelled_kind == v1::FACT_KIND_PATIENT_DISCHARGED) {
      taken_back_us = std::max(taken_back_us, fact.recorded_us);
    }
  }
  return taken_back_us;
}

int EndOfStay(Facts facts, const Group& group, const std::vector<bool>& cancelled) {
  const int64_t adt_taken_back_us = AdtTookEndBackUs(facts, group);
  int best = -1;
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (!EndsStay(fact) || cancelled[static_cast<size_t>(i)]) continue;
    if (group.admission >= 0 && EndsBefore(fact, *facts[static_cast<size_t>(group.admission)]))
      continue;
    if (IsPlo(fact) && fact.recorded_us <= adt_taken_back_us) continue;
    // Discharge before death without discharge; ADT before PLO; the newest word.
    const auto rank = [](const HeldFact& f) {
      return std::tuple(f.kind == v1::FACT_KIND_PATIENT_DISCHARGED, !IsPlo(f), f.recorded_us);
    };
    if (best < 0 || rank(fact) >= rank(*facts[static_cast<size_t>(best)])) best = i;
  }
  return best;
}

int64_t EndTime(Facts facts, const Group& group, int end) {
  if (end < 0) return kNeverUs;
  const HeldFact& fact = *facts[static_cast<size_t>(end)];
  return std::max(EndsInFuture(fact) ? fact.recorded_us : fact.order_us, group.admitted_us);
}

bool EndsInFuture(const HeldFact& fact) {
  return EndsStay(fact) && fact.order_us > fact.recorded_us + kInFutureUs;
}

Uuid StayIdOf(Facts facts, const Group& group) {
  if (group.visit_key.empty()) return StayIdOfFounder(*facts[static_cast<size_t>(group.founder)]);
  return {NameUuidBytes({"stay", group.hospital.view(), group.visit_key})};
}

Uuid StayIdOfFounder(const HeldFact& fact) {
  return {NameUuidBytes({"stay", fact.event_id.key()})};
}

}  // namespace overgang::projections
