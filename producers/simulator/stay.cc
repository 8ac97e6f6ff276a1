#include "producers/simulator/stay.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/directory.h"
#include "core/oslo_time.h"

namespace overgang::simulator {
namespace {

// How often. Of admissions unless said otherwise; chosen so that 15 to 20 % become
// utskrivningsklare and 3 to 6 % of the beds hold such patients.
constexpr double kRegisteredInError = 0.007;
constexpr double kNotIdentified = 0.012;  // Of acute ones.
constexpr double kUkpOfThoseInNeed = 0.62;
constexpr double kUkpInError = 0.015;         // Of declarations.
constexpr double kGetsWorse = 0.08;           // Of declarations.
constexpr double kDischargeCancelled = 0.01;  // Of discharges.
constexpr double kDies = 0.025;
constexpr double kCorridor = 0.03;  // Of acute ones in somatic wards.
constexpr double kLate = 0.015;     // Of messages.
constexpr double kRepeated = 0.02;  // Of messages.
constexpr absl::Duration kQuickestAnswer = absl::Minutes(5);
constexpr double kImmediateYes = 0.45;  // Of answers.
constexpr double kNeverAnswers = 0.12;  // Of answers.

absl::Duration Days(double days) { return absl::Seconds(static_cast<int64_t>(days * 86400)); }

double NeedsServices(int age) {
  if (age < 18) return 0.02;
  if (age < 50) return 0.05;
  if (age < 67) return 0.16;
  return age < 80 ? 0.40 : 0.65;
}

class Teller {
 public:
  Teller(const SimRegion& region, Random& random, Stay& stay)
      : region_(region), random_(random), stay_(stay) {}

  void Tell(const SimWard& ward) {
    stay_.sector = ward.sector;
    Admit(ward);
    if (random_.Chance(kRegisteredInError)) return CancelAdmission();
    const absl::Time identified = Identify();
    const int age = static_cast<int>(OsloDate(stay_.admitted).year() - stay_.person.born.year());
    const bool in_need = stay_.kommune != nullptr && random_.Chance(NeedsServices(age));
    absl::Time leaves = stay_.admitted + LengthOfStay(in_need);
    leaves = std::max(leaves, identified + absl::Hours(3));
    if (in_need) {
      const absl::Time at = identified + random_.Minutes(20, 300);
      Add(StepKind::kNotice, stay_.admitted, at);
      leaves = std::max(leaves, at + absl::Hours(2));
    }
    if (in_need && random_.Chance(kUkpOfThoseInNeed)) leaves = WaitForKommune(leaves);
    MoveAround(leaves);
    Expect(leaves);
    Leave(leaves, in_need);
    MakeNoise();
  }

 private:
  // Written down some minutes after it happened, unless `recorded` says when.
  Step& Add(StepKind kind, absl::Time occurred, std::optional<absl::Time> recorded = std::nullopt) {
    Step step;
    step.kind = kind;
    step.occurred = occurred;
    step.recorded = recorded.value_or(occurred + random_.Minutes(1, 12));
    step.send_at = step.recorded + absl::Seconds(random_.Between(1, 20));
    step.message = static_cast<int>(stay_.steps.size());
    step.ward = ward_;
    step.bed = bed_;
    step.corridor = corridor_;
    stay_.steps.push_back(step);
    return stay_.steps.back();
  }

  // The same time of day, or some time the next working hours.
  absl::Time InDaytime(absl::Time time) {
    const absl::CivilSecond local = absl::ToCivilSecond(time, Oslo());
    if (local.hour() >= 8 && local.hour() < 18) return time;
    absl::CivilDay day(local);
    if (local.hour() >= 18) ++day;
    return FromOslo(absl::CivilSecond(day.year(), day.month(), day.day(), 8)).time +
           random_.Minutes(10, 420);
  }

  std::string Bed() {
    return absl::StrCat(random_.Between(1, 24), random_.Chance(0.5) ? "A" : "B");
  }

  void Admit(const SimWard& ward) {
    const int hour = absl::ToCivilSecond(stay_.admitted, Oslo()).hour();
    stay_.acute = !random_.Chance(hour >= 7 && hour <= 10 ? 0.55 : 0.08);
    stay_.via_emergency_department = stay_.acute && random_.Chance(0.75);
    stay_.latin1 = random_.Chance(0.1);
    if (stay_.acute && random_.Chance(kNotIdentified)) {
      stay_.temporary_record = absl::StrCat("T", stay_.person.record_number);
    }
    ward_ = ward.id;
    bed_ = Bed();
    corridor_ = stay_.acute && ward.sector == v1::SECTOR_SOMATIKK && random_.Chance(kCorridor);
    Add(StepKind::kAdmitted, stay_.admitted);
  }

  void CancelAdmission() {
    const absl::Time at = stay_.steps.back().recorded + random_.Minutes(5, 40);
    Add(StepKind::kAdmissionCancelled, at, at);
    // The cancellation may overtake what it cancels.
    if (random_.Chance(0.25)) stay_.steps.front().send_at = at + random_.Minutes(2, 90);
  }

  // When the hospital knows who it is.
  absl::Time Identify() {
    if (stay_.temporary_record.empty()) return stay_.steps.front().recorded;
    const absl::Time at = stay_.admitted + random_.Minutes(60, 480);
    Add(StepKind::kMerged, at, at);
    Add(StepKind::kDetails, at, at + absl::Minutes(1));
    return at + absl::Minutes(1);
  }

  absl::Duration LengthOfStay(bool in_need) {
    const double longer = in_need ? 1.5 : 1.0;
    if (stay_.sector == v1::SECTOR_PSYKISK_HELSEVERN)
      return Days(std::min(random_.LogNormal(8 * longer, 0.8), 50.0));
    if (stay_.sector == v1::SECTOR_TSB) return Days(std::min(random_.LogNormal(14, 0.5), 50.0));
    return Days(std::clamp(random_.LogNormal(2.3 * longer, 0.85), 0.2, 40.0));
  }

  // The notice of UKP goes at once.
  Step& Declare(absl::Time at) { return Add(StepKind::kUkp, at, at + absl::Minutes(1)); }

  // From the first declaration until the patient leaves.
  absl::Time WaitForKommune(absl::Time ready) {
    absl::Time at = random_.Chance(0.85) ? InDaytime(ready) : ready;
    if (random_.Chance(kUkpInError)) {
      const Step declared = Declare(at);
      const absl::Time undone = at + random_.Minutes(60, 200);
      Step& cancelled = Add(StepKind::kUkpInError, undone, undone);
      cancelled.ukp_at = declared.occurred;
      cancelled.original = declared.message;
      at = InDaytime(undone + random_.Minutes(600, 2400));
    }
    Declare(at);
    if (random_.Chance(kGetsWorse)) {
      const absl::Time no = at + kQuickestAnswer + random_.LogNormalHours(1.5, 0.6, 8);
      Add(StepKind::kAnswer, no, no).can_receive = false;
      const absl::Time worse = at + random_.Minutes(700, 2400);
      Add(StepKind::kUkpWithdrawn, worse).ukp_at = at;
      at = InDaytime(worse + random_.Minutes(1500, 6000));
      Declare(at);
    }
    return Answer(at);
  }

  // What the kommune says, and when the patient leaves.
  absl::Time Answer(absl::Time declared) {
    if (random_.Chance(kNeverAnswers)) return InDaytime(declared + random_.Minutes(500, 3000));
    const absl::Time first = declared + kQuickestAnswer + random_.LogNormalHours(2, 0.8, 16);
    const v1::PlaceKind place = random_.Chance(0.55) ? v1::PLACE_KIND_HOME : v1::PLACE_KIND_KORTTID;
    if (random_.Chance(kImmediateYes)) {
      Step& yes = Add(StepKind::kAnswer, first, first);
      yes.can_receive = true;
      yes.place = place;
      if (random_.Chance(0.4)) yes.from_date = OsloDate(first) + 1;
      return InDaytime(yes.from_date ? OsloNoon(*yes.from_date) - random_.Minutes(0, 150)
                                     : first + random_.Minutes(90, 900));
    }
    Add(StepKind::kAnswer, first, first).can_receive = false;
    const absl::Time second = InDaytime(first + random_.LogNormalHours(20, 0.7, 150));
    Step& yes = Add(StepKind::kAnswer, second, second);
    yes.can_receive = true;
    yes.place = place;
    yes.from_date = OsloDate(second) + random_.Between(0, 2);
    return std::max(second + random_.Minutes(60, 240),
                    OsloNoon(*yes.from_date) - random_.Minutes(0, 120));
  }

  std::string AnotherWard() {
    std::vector<const SimWard*> wards;
    for (const SimWard& ward : region_.wards) {
      if (ward.sector == stay_.sector && ward.id != ward_) wards.push_back(&ward);
    }
    if (wards.empty()) return ward_;
    return wards[static_cast<size_t>(random_.Between(0, static_cast<int>(wards.size()) - 1))]->id;
  }

  void Move(absl::Time at, const std::string& to) {
    const std::string from = ward_;
    ward_ = to;
    bed_ = Bed();
    corridor_ = false;
    Add(StepKind::kTransferred, at).from_ward = from;
  }

  void MoveAround(absl::Time leaves) {
    const absl::Duration whole = leaves - stay_.admitted;
    if (corridor_ && whole > absl::Hours(14))
      Move(stay_.admitted + random_.Minutes(180, 720), ward_);
    if (random_.Chance(0.25) && whole > absl::Hours(30)) {
      const absl::Time at =
          stay_.admitted + absl::Hours(13) + (whole - absl::Hours(16)) * random_.Uniform();
      const std::string from = ward_, bed = bed_;
      Move(at, AnotherWard());
      if (random_.Chance(0.03)) {
        const absl::Time undone = stay_.steps.back().recorded + random_.Minutes(5, 60);
        Step& cancelled = Add(StepKind::kTransferCancelled, undone, undone);
        cancelled.from_ward = cancelled.ward;
        cancelled.ward = ward_ = from;
        cancelled.bed = bed_ = bed;
      }
    }
  }

  void Expect(absl::Time leaves) {
    if (leaves - stay_.admitted < absl::Hours(20) || !random_.Chance(0.65)) return;
    const absl::Time first = stay_.admitted + random_.Minutes(500, 1100);
    Add(StepKind::kExpected, first).expected = leaves + Days(random_.Between(-1, 1));
    if (leaves - stay_.admitted > absl::Hours(60) && random_.Chance(0.4)) {
      Add(StepKind::kExpected, leaves - absl::Hours(24)).expected = leaves;
    }
  }

  void Leave(absl::Time leaves, bool in_need) {
    const bool dead = random_.Chance(kDies);
    if (!dead && random_.Chance(kDischargeCancelled)) {
      const Step away = Add(StepKind::kDischarged, leaves);
      const absl::Time undone = away.recorded + random_.Minutes(5, 45);
      Add(StepKind::kDischargeCancelled, undone, undone);
      leaves = undone + random_.Minutes(120, 1800);
    }
    Add(StepKind::kDischarged, leaves).dead = dead;
    if (in_need)
      Add(StepKind::kDischargeNotice, leaves, leaves + random_.Minutes(15, 120)).dead = dead;
  }

  // Some messages go out hours late, some twice. Answers do not: a kommune that answers late is in
  // the story itself.
  void MakeNoise() {
    const size_t count = stay_.steps.size();
    for (size_t i = 0; i < count; ++i) {
      if (stay_.steps[i].kind == StepKind::kAnswer) continue;
      if (random_.Chance(kLate)) stay_.steps[i].send_at += random_.Minutes(20, 240);
      if (!random_.Chance(kRepeated)) continue;
      Step repeat = stay_.steps[i];
      repeat.send_at +=
          random_.Chance(0.7) ? absl::Seconds(random_.Between(1, 60)) : random_.Minutes(10, 600);
      stay_.steps.push_back(repeat);
    }
  }

  const SimRegion& region_;
  Random& random_;
  Stay& stay_;
  // Where the patient lies, as the moves are told; PlaceSteps says it for all other steps.
  std::string ward_;
  std::string bed_;
  bool corridor_ = false;
};

bool Moves(StepKind kind) {
  return kind == StepKind::kAdmitted || kind == StepKind::kTransferred ||
         kind == StepKind::kTransferCancelled;
}

// Where the patient is at each step that does not itself move it.
void PlaceSteps(Stay& stay) {
  const Step* place = &stay.steps.front();
  for (Step& step : stay.steps) {
    if (Moves(step.kind)) {
      place = &step;
      continue;
    }
    step.ward = place->ward;
    step.bed = place->bed;
    step.corridor = place->corridor;
  }
}

}  // namespace

absl::Time Stay::LastSendAt() const {
  absl::Time last = admitted;
  for (const Step& step : steps) last = std::max(last, step.send_at);
  return last;
}

bool Stay::IdentifiedAt(const Step& step) const {
  if (temporary_record.empty()) return true;
  for (const Step& other : steps) {
    if (other.kind == StepKind::kMerged) return step.recorded >= other.recorded;
  }
  return false;
}

StayTruth TruthAt(const Stay& stay, absl::Time time) {
  StayTruth truth;
  truth.kommune = stay.kommune_stated && stay.temporary_record.empty()
                      ? stay.person.lives_at
                      : std::string(kKommuneNotStated);
  for (const Step& step : stay.steps) {
    if (step.recorded > time) break;
    switch (step.kind) {
      case StepKind::kAdmitted:
        truth.in_hospital = true;
        break;
      case StepKind::kDischarged:
      case StepKind::kAdmissionCancelled:
        truth.in_hospital = false;
        break;
      case StepKind::kDischargeCancelled:
        truth.in_hospital = true;
        break;
      case StepKind::kUkp:
        truth.ukp = truth.awaiting_answer = true;
        break;
      case StepKind::kUkpInError:
      case StepKind::kUkpWithdrawn:
        truth.ukp = truth.awaiting_answer = false;
        break;
      case StepKind::kAnswer:
        truth.awaiting_answer = false;
        break;
      case StepKind::kNotice:
        truth.kommune = stay.kommune->number;
        break;
      case StepKind::kDetails:
        if (stay.kommune_stated) truth.kommune = stay.person.lives_at;
        break;
      default:
        break;
    }
    if (Moves(step.kind)) {
      truth.ward = step.ward;
      truth.corridor = step.corridor;
    }
  }
  truth.ukp = truth.ukp && truth.in_hospital;
  truth.awaiting_answer = truth.awaiting_answer && truth.in_hospital;
  truth.corridor = truth.corridor && truth.in_hospital;
  return truth;
}

void TellStay(const SimRegion& region, const SimWard& ward, Random& random, Stay& stay) {
  Teller(region, random, stay).Tell(ward);
  std::stable_sort(stay.steps.begin(), stay.steps.end(),
                   [](const Step& a, const Step& b) { return a.recorded < b.recorded; });
  PlaceSteps(stay);
}

}  // namespace overgang::simulator
