#include "producers/simulator/model.h"

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
constexpr absl::Duration kWarmUp = absl::Hours(24 * 70);  // Longer than the longest stay.
constexpr absl::Duration kBedsEvery = absl::Hours(2);
constexpr absl::Duration kPlacesEvery = absl::Hours(6);
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

Model::Model(SimRegion region, ModelOptions options)
    : region_(std::move(region)),
      options_(options),
      arrivals_(options.seed, 1),
      now_(options.start - kWarmUp) {
  int beds = 0;
  std::map<v1::Sector, double> mean_days;
  for (const SimWard& ward : region_.wards) {
    beds += ward.beds;
    if (!mean_days.contains(ward.sector)) mean_days[ward.sector] = MeanStayDays(ward.sector);
    ward_weights_.push_back(ward.beds * kOccupancy / mean_days[ward.sector]);
    admissions_per_day_ += ward_weights_.back();
  }
  for (const SimKommune& kommune : region_.kommuner) kommune_weights_.push_back(kommune.weight);
  tag_.text = ContentDigest(absl::StrCat(options_.seed, "|", absl::ToUnixSeconds(options_.start),
                                         "|", beds, "|", region_.kommuner.size()))
                  .substr(0, 6);
  Push(NextArrival(now_), Kind::kArrival, 0, 0);
  for (size_t i = 0; i < region_.wards.size(); ++i)
    Push(options_.start + absl::Seconds(3 * i), Kind::kBeds, 0, i);
  for (size_t i = 0; i < region_.units.size(); ++i)
    Push(options_.start + absl::Seconds(3 * i + 1), Kind::kPlaces, 0, i);
  PrepareNext();
}

void Model::Push(absl::Time at, Kind kind, int64_t stay, size_t index) {
  queue_.push({at, sequence_++, kind, stay, index});
}

// Thinning: candidates at the busiest hour's rate, kept as often as the hour is busy.
absl::Time Model::NextArrival(absl::Time after) {
  const double mean_seconds = 86400.0 / (admissions_per_day_ * kBusiest);
  do {
    after += absl::Seconds(1 + static_cast<int64_t>(arrivals_.Exponential(mean_seconds)));
  } while (arrivals_.Uniform() * kBusiest > Busyness(after));
  return after;
}

// By telling some stays of nobody in particular.
double Model::MeanStayDays(v1::Sector sector) const {
  Random random(options_.seed, 2);
  auto ward = std::ranges::find(region_.wards, sector, &SimWard::sector);
  double days = 0;
  for (int i = 0; i < kSampleStays; ++i) {
    Stay stay;
    stay.admitted = options_.start + absl::Minutes(random.Between(0, 7 * 1440));
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

Person Model::Newcomer(Random& random, v1::Sector sector, absl::Time at) {
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

void Model::ChooseKommune(Random& random, Stay& stay) {
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

void Model::Arrive(absl::Time at) {
  Push(NextArrival(at), Kind::kArrival, 0, 0);
  Known known;
  Stay& stay = known.stay;
  stay.number = ++stays_;
  Random random(options_.seed, 1000 + static_cast<uint64_t>(stays_));
  const SimWard& ward = region_.wards[random.Weighted(ward_weights_)];
  stay.admitted = at;
  stay.person = Newcomer(random, ward.sector, at);
  stay.visit = absl::StrCat(tag_.text, "-", stays_);
  ChooseKommune(random, stay);
  TellStay(region_, ward, random, stay);
  const bool dead = std::ranges::any_of(stay.steps, &Step::dead);
  if (!dead) former_.push_back({stay.steps.back().recorded, stay.person});
  if (former_.size() > kFormerMax) former_.pop_front();
  if (stay.LastSendAt() <= options_.start) return;  // Gone before the run begins: never told.
  known.untold = stay.steps.size();
  for (size_t i = 0; i < stay.steps.size(); ++i)
    Push(stay.steps[i].send_at, Kind::kStep, stays_, i);
  open_.emplace(stays_, std::move(known));
}

void Model::PrepareNext() {
  while (!queue_.empty()) {
    const Item item = queue_.top();
    const bool step = item.kind == Kind::kStep;
    if (closed_ && (!step || open_.at(item.stay).stay.steps[item.index].recorded > now_)) {
      queue_.pop();
    } else if (item.kind == Kind::kArrival) {
      queue_.pop();
      Arrive(item.at);
    } else {
      return;
    }
  }
}

Message Model::Next() {
  const Item item = queue_.top();
  queue_.pop();
  if (!closed_) now_ = item.at;
  Message message = item.kind == Kind::kStep   ? OfStep(item)
                    : item.kind == Kind::kBeds ? OfBeds(item)
                                               : OfPlaces(item);
  message.send_at = item.at;
  PrepareNext();
  return message;
}

Message Model::OfStep(const Item& item) {
  Known& known = open_.at(item.stay);
  const Stay& stay = known.stay;
  const Step& step = stay.steps[item.index];
  const bool again = std::ranges::any_of(stay.steps, [&](const Step& other) {
    return other.message == step.message && other.send_at < step.send_at;
  });
  Message message;
  message.lane = stay.person.number;
  message.name = NameOf(step.kind);
  message.id = MessageId(tag_, stay, step.message, step.kind);
  if (IsAdt(step.kind)) {
    message.door = Door::kMllp;
    message.content = WriteAdt(region_, tag_, stay, step, again && step.message % 2 == 0);
    message.admits = step.kind == StepKind::kAdmitted && !again && stay.admitted >= options_.start;
  } else if (IsPlo(step.kind)) {
    message.door = Door::kPlo;
    message.content = WritePlo(region_, tag_, stay, step);
  } else {
    message.door = Door::kIntake;
    message.content = WriteAnswer(region_, tag_, stay, step);
  }
  if (--known.untold == 0 && !closed_) open_.erase(item.stay);
  return message;
}

Message Model::OfBeds(const Item& item) {
  const SimWard& ward = region_.wards[item.index];
  BedCount count;
  for (const auto& [number, known] : open_) {
    const StayTruth truth = TruthAt(known.stay, item.at);
    if (!truth.in_hospital || truth.ward != ward.id) continue;
    ++(truth.corridor ? count.corridor : count.occupied);
  }
  Message message;
  message.door = Door::kIntake;
  message.lane = ward.id;
  message.name = "ReportBeds";
  message.id = NameUuid({"simulator", tag_.text, ward.id, absl::StrCat(item.sequence)});
  message.content = WriteBeds(region_, ward, count, message.id, item.at);
  if (!closed_) Push(item.at + kBedsEvery, Kind::kBeds, 0, item.index);
  return message;
}

Message Model::OfPlaces(const Item& item) {
  const SimUnit& unit = region_.units[item.index];
  // Free places swing slowly around a tenth of all.
  Random random(options_.seed, 900'000'000 + static_cast<uint64_t>(item.sequence));
  const int free =
      static_cast<int>(unit.places * 0.1 * (random.Uniform() + random.Uniform()) + 0.5);
  Message message;
  message.door = Door::kIntake;
  message.lane = unit.id;
  message.name = "ReportPlaces";
  message.id = NameUuid({"simulator", tag_.text, unit.id, absl::StrCat(item.sequence)});
  message.content = WritePlaces(unit, free, message.id, item.at);
  if (!closed_) Push(item.at + kPlacesEvery, Kind::kPlaces, 0, item.index);
  return message;
}

void Model::Close() {
  closed_ = true;
  PrepareNext();
}

Truth Model::TruthOf(absl::Time time) const {
  Truth truth;
  truth.as_of = time;
  for (const auto& [number, known] : open_) {
    const StayTruth stay = TruthAt(known.stay, time);
    if (!stay.in_hospital) continue;
    KommuneTruth& kommune = truth.kommuner[stay.kommune];
    ++kommune.inpatients;
    ++truth.inpatients;
    kommune.ukp += stay.ukp ? 1 : 0;
    truth.ukp += stay.ukp ? 1 : 0;
    kommune.awaiting_answer += stay.awaiting_answer ? 1 : 0;
    truth.corridor += stay.corridor ? 1 : 0;
  }
  return truth;
}

}  // namespace overgang::simulator
