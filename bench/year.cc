#include "bench/year.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "bench/table.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/simulator/random.h"
#include "projections/pathway/contributions.h"
#include "projections/tables.h"

namespace overgang::bench {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
constexpr size_t kRowsAtOnce = 10'000;

// Admitted some time of 2025, mostly for some days; three in ten wait as utskrivningsklare.
projections::StayEntry MakeStay(simulator::Random& random) {
  static const int64_t begin_us =
      absl::ToUnixMicros(absl::FromCivil(absl::CivilSecond(2025, 1, 1), Oslo()));
  static const std::vector<Kommune>& kommuner = AllKommuner();
  const auto within = [&](int64_t count) { return random.Between(0, static_cast<int>(count) - 1); };
  projections::StayEntry stay;
  stay.stay_kommune.Assign(kommuner[static_cast<size_t>(within(30))].number);
  stay.residence_kommune = stay.stay_kommune;
  stay.hospital.Assign(kHospital);
  stay.ward.Assign(absl::StrCat("W", within(40)));
  stay.sector = v1::SECTOR_SOMATIKK;
  stay.sex = within(2) == 0 ? v1::SEX_MALE : v1::SEX_FEMALE;
  stay.age = static_cast<uint8_t>(within(100));
  stay.urgency = v1::URGENCY_ACUTE;
  stay.admitted_us = begin_us + within(360 * 24 * 60) * (kHourUs / 60);
  stay.ended_us = stay.admitted_us + (2 + within(8 * 24)) * kHourUs;
  stay.admission_notified_us = stay.admitted_us + kHourUs;
  stay.epikrise_us = stay.ended_us;
  if (within(10) >= 3) return stay;
  projections::UkpPeriod& period = stay.periods.emplace_back();
  period.since_us = stay.ended_us - kHourUs;
  stay.ended_us += within(10 * 24) * kHourUs;
  period.until_us = stay.ended_us;
  period.end = v1::UKP_END_DISCHARGED;
  period.kommune = stay.stay_kommune;
  period.notified_us = period.since_us + kHourUs / 2;
  period.replies.push_back({period.notified_us + kHourUs, within(2) == 0, 0});
  return stay;
}

}  // namespace

void WriteStays(StateStore& store, int64_t count) {
  simulator::Random random(1);
  WriteSet writes;
  for (int64_t i = 0; i < count; ++i) {
    projections::Contribution stay;
    projections::Uuid::Parse(NameUuid({"stay", std::to_string(i)}), &stay.stay_id);
    stay.entry = MakeStay(random);
    writes.push_back(
        {projections::kClosedStay, projections::ClosedKey(stay), stay.entry.Serialize()});
    if (writes.size() < kRowsAtOnce && i + 1 < count) continue;
    Check(store.Commit(writes), "writing stays");
    writes.clear();
  }
}

}  // namespace overgang::bench
