#include "producers/simulator/model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::simulator {
namespace {

constexpr absl::Duration kWarmUp = absl::Hours(24 * 70);  // Longer than the longest stay.
constexpr absl::Duration kBedsEvery = absl::Hours(2);
constexpr absl::Duration kPlacesEvery = absl::Hours(6);
constexpr absl::Duration kEmergencyEvery = absl::Minutes(30);
constexpr double kVisitsPerAdmission = 2;  // Of the emergency department: most go home again.
constexpr double kWaitHours = 1.3;
constexpr int kLongestWaitMinutes = 450;

// How much is going on there at an hour of the day: least before dawn, most in the late afternoon.
double Rush(absl::Time at) {
  const double hour = absl::ToCivilSecond(at, Oslo()).hour();
  return 1 + 0.5 * std::cos((hour - 17) / 24 * 2 * std::numbers::pi);
}

}  // namespace

Model::Model(SimRegion region, ModelOptions options)
    : region_(std::move(region)),
      options_(options),
      now_(options.start - kWarmUp),
      arrivals_(region_, options.seed, options.start, now_) {
  Push(arrivals_.NextAt(), Kind::kArrival, 0, 0);
  for (size_t i = 0; i < region_.wards.size(); ++i)
    Push(options_.start + absl::Seconds(3 * i), Kind::kBeds, 0, i);
  for (size_t i = 0; i < region_.units.size(); ++i)
    Push(options_.start + absl::Seconds(3 * i + 1), Kind::kPlaces, 0, i);
  Push(options_.start + absl::Seconds(2), Kind::kEmergency, 0, 0);
  PrepareNext();
}

void Model::Push(absl::Time at, Kind kind, int64_t stay, size_t index) {
  queue_.push({at, sequence_++, kind, stay, index});
}

void Model::Arrive() {
  Known known{arrivals_.Next()};
  Push(arrivals_.NextAt(), Kind::kArrival, 0, 0);
  const Stay& stay = known.stay;
  const int64_t number = stay.number;
  if (stay.LastSendAt() <= options_.start) return;  // Gone before the run begins: never told.
  known.untold = stay.steps.size();
  for (size_t i = 0; i < stay.steps.size(); ++i)
    Push(stay.steps[i].send_at, Kind::kStep, number, i);
  open_.emplace(number, std::move(known));
}

void Model::PrepareNext() {
  while (!queue_.empty()) {
    const Item item = queue_.top();
    const bool step = item.kind == Kind::kStep;
    if (closed_ && (!step || open_.at(item.stay).stay.steps[item.index].recorded > now_)) {
      queue_.pop();
    } else if (item.kind == Kind::kArrival) {
      queue_.pop();
      Arrive();
    } else {
      return;
    }
  }
}

Message Model::Next() {
  const Item item = queue_.top();
  queue_.pop();
  if (!closed_) now_ = item.at;
  Message message = item.kind == Kind::kStep     ? OfStep(item)
                    : item.kind == Kind::kBeds   ? OfBeds(item)
                    : item.kind == Kind::kPlaces ? OfPlaces(item)
                                                 : OfEmergency(item);
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
  message.id = MessageId(arrivals_.tag(), stay, step.message, step.kind);
  if (IsAdt(step.kind)) {
    message.door = Door::kMllp;
    message.content =
        WriteAdt(region_, arrivals_.tag(), stay, step, again && step.message % 2 == 0);
    message.admits = step.kind == StepKind::kAdmitted && !again && stay.admitted >= options_.start;
  } else if (IsPlo(step.kind)) {
    message.door = Door::kPlo;
    message.content = WritePlo(region_, arrivals_.tag(), stay, step);
  } else {
    message.door = Door::kIntake;
    message.content = WriteAnswer(region_, arrivals_.tag(), stay, step);
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
  message.id = NameUuid({"simulator", arrivals_.tag().text, ward.id, absl::StrCat(item.sequence)});
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
  message.id = NameUuid({"simulator", arrivals_.tag().text, unit.id, absl::StrCat(item.sequence)});
  message.content = WritePlaces(unit, free, message.id, item.at);
  if (!closed_) Push(item.at + kPlacesEvery, Kind::kPlaces, 0, item.index);
  return message;
}

Message Model::OfEmergency(const Item& item) {
  Random random(options_.seed, 950'000'000 + static_cast<uint64_t>(item.sequence));
  const double mean = arrivals_.admissions_per_day() / 24 * kVisitsPerAdmission * kWaitHours;
  WaitCount count;
  count.waiting = static_cast<int>(mean * Rush(item.at) * (0.6 + 0.8 * random.Uniform()) + 0.5);
  for (int i = 0; i < count.waiting; ++i) {
    const int minutes =
        std::min(static_cast<int>(random.Exponential(kWaitHours * 60)), kLongestWaitMinutes);
    count.over_1h += minutes > 60 ? 1 : 0;
    count.longest_minutes = std::max(count.longest_minutes, minutes);
  }
  Message message;
  message.door = Door::kIntake;
  message.lane = "emergency";
  message.name = "ReportEmergencyDepartment";
  message.id =
      NameUuid({"simulator", arrivals_.tag().text, message.lane, absl::StrCat(item.sequence)});
  message.content = WriteEmergency(region_, count, message.id, item.at);
  if (!closed_) Push(item.at + kEmergencyEvery, Kind::kEmergency, 0, 0);
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
