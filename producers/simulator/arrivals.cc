#include "producers/simulator/arrivals.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::simulator {
namespace {

constexpr double kOccupancy = 0.92;
constexpr double kComesBack = 0.08;
constexpr double kFromFarAway = 0.015;
constexpr double kLivesElsewhere = 0.02;  // Oppholdskommune is not the residence.
constexpr double kNoKommuneInAdt = 0.01;
constexpr size_t kFormerMax = 2000;
constexpr int kSampleStays = 6000;

// Admissions by hour of the day, mean 1.
constexpr std::array<double, 24> kByHour = {.35,  .35,  .35,  .35, .35, .35, .35, 1.2,
                                            1.98, 1.98, 1.98, 1.4, 1.4, 1.4, 1.4, 1.4,
                                            1.1,  1.1,  1.1,  1.1, .75, .75, .75, .76};
constexpr double kBusiest = 1.98 * 1.1;

double Busyness(absl::Time time) {
  const absl::CivilSecond local = absl::ToCivilSecond(time, Oslo());
  const absl::Weekday day = absl::GetWeekday(absl::CivilDay(local));
  const bool weekend = day == absl::Weekday::saturday || day == absl::Weekday::sunday;
  return kByHour[static_cast<size_t>(local.hour())] * (weekend ? 0.75 : 1.1);
}

int Age(Random& random, v1::Sector sector) {
  if (sector == v1::SECTOR_TSB) return random.Between(20, 65);
  if (sector == v1::SECTOR_PSYKISK_HELSEVERN)
    return random.Chance(0.25) ? random.Between(66, 88) : random.Between(18, 65);
  switch (random.Weighted({0.12, 0.22, 0.22, 0.26, 0.18})) {
    case 0:
      return random.Between(0, 17);
    case 1:
      return random.Between(18, 49);
    case 2:
      return random.Between(50, 66);
    case 3:
      return random.Between(67, 79);
    default:
      return random.Between(80, 98);
  }
}

}  // namespace

Arrivals::Arrivals(const SimRegion& region, uint64_t seed, absl::Time start, absl::Time after)
    : region_(region), seed_(seed), start_(start), random_(seed, 1) {
  int beds = 0;
  std::map<v1::Sector, double> mean_days;
  for (const SimWard& ward : region_.wards) {
    beds += ward.beds;
    if (!mean_days.contains(ward.sector)) mean_days[ward.sector] = MeanStayDays(ward.sector);
    ward_weights_.push_back(ward.beds * kOccupancy / mean_days[ward.sector]);
    admissions_per_day_ += ward_weights_.back();
  }
  for (const SimKommune& kommune : region_.kommuner) kommune_weights_.push_back(kommune.weight);
  tag_.text = ContentDigest(absl::StrCat(seed_, "|", absl::ToUnixSeconds(start_), "|", beds, "|",
                                         region_.kommuner.size()))
                  .substr(0, 6);
  next_at_ = ArrivalAfter(after);
}

// Thinning: candidates at the busiest hour's rate, kept as often as the hour is busy.
absl::Time Arrivals::ArrivalAfter(absl::Time after) {
  const double mean_seconds = 86400.0 / (admissions_per_day_ * kBusiest);
  do {
    after += absl::Seconds(1 + static_cast<int64_t>(random_.Exponential(mean_seconds)));
  } while (random_.Uniform() * kBusiest > Busyness(after));
  return after;
}

// By telling some stays of nobody in particular.
double Arrivals::MeanStayDays(v1::Sector sector) const {
  Random random(seed_, 2);
  auto ward = std::ranges::find(region_.wards, sector, &SimWard::sector);
  double days = 0;
  for (int i = 0; i < kSampleStays; ++i) {
    Stay stay;
    stay.admitted = start_ + absl::Minutes(random.Between(0, 7 * 1440));
    stay.person = MakePerson(random, OsloDate(stay.admitted), Age(random, sector));
    stay.kommune = &region_.kommuner.front();
    TellStay(region_, *ward, random, stay);
    for (const Step& step : stay.steps) {
      if (step.kind == StepKind::kDischarged)
        days += absl::ToDoubleHours(step.occurred - stay.admitted) / 24;
      if (step.kind == StepKind::kDischargeCancelled)
        days -= absl::ToDoubleHours(step.occurred - stay.admitted) / 24;
    }
  }
  return std::max(0.1, days / kSampleStays);
}

Person Arrivals::Newcomer(Random& random, v1::Sector sector, absl::Time at) {
  if (random.Chance(kComesBack) && !former_.empty()) {
    const size_t index =
        static_cast<size_t>(random.Between(0, static_cast<int>(former_.size()) - 1));
    if (former_[index].since + absl::Hours(24) < at) {
      Person person = std::move(former_[index].person);
      former_.erase(former_.begin() + static_cast<std::ptrdiff_t>(index));
      return person;
    }
  }
  Person person = MakePerson(random, OsloDate(at), Age(random, sector));
  person.record_number = absl::StrCat(tag_.text, absl::StrFormat("%06d", stays_));
  return person;
}

void Arrivals::ChooseKommune(Random& random, Stay& stay) {
  Person& person = stay.person;
  if (person.residence.empty()) {
    const bool far_away = random.Chance(kFromFarAway);
    const std::vector<Kommune>& all = AllKommuner();
    person.residence =
        far_away
            ? all[static_cast<size_t>(random.Between(0, static_cast<int>(all.size()) - 1))].number
            : region_.kommuner[random.Weighted(kommune_weights_)].number;
    person.lives_at = random.Chance(kLivesElsewhere)
                          ? region_.kommuner[random.Weighted(kommune_weights_)].number
                          : person.residence;
  }
  stay.kommune_stated = !random.Chance(kNoKommuneInAdt);
  if (!stay.kommune_stated) return;
  auto found = std::ranges::find(region_.kommuner, person.lives_at, &SimKommune::number);
  if (found != region_.kommuner.end()) stay.kommune = &*found;
}

Stay Arrivals::Next() {
  Stay stay;
  stay.number = ++stays_;
  Random random(seed_, 1000 + static_cast<uint64_t>(stays_));
  const SimWard& ward = region_.wards[random.Weighted(ward_weights_)];
  stay.admitted = std::exchange(next_at_, ArrivalAfter(next_at_));
  stay.person = Newcomer(random, ward.sector, stay.admitted);
  stay.visit = absl::StrCat(tag_.text, "-", stays_);
  ChooseKommune(random, stay);
  TellStay(region_, ward, random, stay);
  const bool dead = std::ranges::any_of(stay.steps, &Step::dead);
  if (!dead) former_.push_back({stay.steps.back().recorded, stay.person});
  if (former_.size() > kFormerMax) former_.pop_front();
  return stay;
}

}  // namespace overgang::simulator
