#include "producers/simulator/past_stay.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/directory.h"
#include "core/oslo_time.h"

namespace overgang::simulator {
namespace {

// How often, of stays that could have it unless said otherwise.
constexpr double kNoticeNeverTaken = 0.01;  // Of notices: no positive receipt came.
constexpr double kNoticeTakenLate = 0.04;   // Of notices.
constexpr double kNeedClearLater = 0.12;    // Of those in need.
constexpr double kReportSent = 0.9;         // Of those with services before.
constexpr double kEpikriseLate = 0.12;
constexpr double kEpikriseMissing = 0.07;
constexpr double kMoves = 0.004;
constexpr double kMovesWhileReady = 0.02;  // Of UKP periods of some length.
constexpr double kSentOn = 0.05;           // Of acute ones, from another hospital of the region.
constexpr double kToSpecialistCare = 0.01;
constexpr double kDeathStatedAlone = 0.5;  // Of deaths: a time of its own beside the discharge.

class Past {
 public:
  Past(const SimRegion& region, const Stay& stay, absl::Time until, Random& random)
      : region_(region), stay_(stay), until_(until), random_(random) {}

  std::vector<PastStay> Tell() {
    past_.hospital = region_.hospital;
    past_.visit = stay_.visit;
    past_.admitted = stay_.admitted;
    past_.stay_kommune = stay_.kommune_stated ? stay_.person.lives_at : "";
    std::set<int> told;  // Messages: a repeat says nothing new.
    for (const Step& step : stay_.steps) {
      if (step.recorded < until_ && told.insert(step.message).second) Follow(step);
    }
    if (!admitted_) return {};
    Services();
    Notices();
    Move();
    End();
    std::vector<PastStay> stays;
    SentOn(&stays);
    stays.push_back(std::move(past_));
    return stays;
  }

 private:
  // What had been by the end of the period.
  MaybeTime Known(absl::Time time) const { return time < until_ ? MaybeTime(time) : std::nullopt; }
  absl::Time Until() const { return past_.discharged.value_or(until_); }

  void Follow(const Step& step) {
    past_.ward = step.ward;
    switch (step.kind) {
      case StepKind::kAdmitted:
        admitted_ = true;
        break;
      case StepKind::kAdmissionCancelled:
        admitted_ = false;
        break;
      case StepKind::kExpected:
        past_.expected = step.expected;
        break;
      case StepKind::kNotice:
        past_.notice_sent = step.send_at;
        break;
      case StepKind::kUkp:
        past_.ukp.push_back({step.occurred, step.send_at, std::nullopt, std::nullopt, {}});
        break;
      case StepKind::kUkpInError:
        std::erase_if(past_.ukp, [&](const PastUkp& ukp) { return ukp.declared == *step.ukp_at; });
        break;
      case StepKind::kUkpWithdrawn:
        if (past_.ukp.empty()) break;
        past_.ukp.back().withdrawn = step.occurred;
        break;
      case StepKind::kAnswer:
        if (past_.ukp.empty()) break;
        past_.ukp.back().answers.push_back({step.occurred, step.can_receive, step.from_date});
        break;
      case StepKind::kDischarged:
        past_.discharged = step.occurred;
        past_.dead = step.dead;
        break;
      case StepKind::kDischargeCancelled:
        past_.discharged.reset();
        break;
      default:
        break;
    }
  }

  void Services() {
    const bool in_need = past_.notice_sent.has_value();
    if (in_need) {
      static constexpr const char* kWords[] = {"none", "some", "extensive"};
      past_.services_before = kWords[random_.Weighted({0.2, 0.5, 0.3})];
    } else if (stay_.kommune_stated && random_.Chance(0.3)) {
      past_.services_before = random_.Chance(0.85) ? "none" : "some";
    }
  }

  // When the kommune's positive receipt came.
  MaybeTime Receipt(absl::Time sent) {
    if (random_.Chance(kNoticeNeverTaken)) return std::nullopt;
    return Known(sent + (random_.Chance(kNoticeTakenLate) ? random_.LogNormalHours(20, 0.8, 110)
                                                          : random_.Minutes(0.2, 8)));
  }

  void Notices() {
    if (past_.notice_sent) {
      const absl::Time first_ready = past_.ukp.empty() ? Until() : past_.ukp.front().declared;
      const absl::Duration room = std::min(first_ready, Until()) - past_.admitted;
      if (random_.Chance(kNeedClearLater) && room > absl::Hours(40)) {
        past_.need_clear =
            past_.admitted + absl::Hours(12) + (room - absl::Hours(36)) * random_.Uniform();
        past_.notice_sent = *past_.need_clear + random_.LogNormalHours(4, 0.9, 34);
      }
      past_.notice_sent = Known(*past_.notice_sent);
      if (past_.notice_sent) past_.notified = Receipt(*past_.notice_sent);
      if (!past_.notified) past_.need_clear.reset();
    }
    if (past_.notified && past_.services_before != "none" && random_.Chance(kReportSent)) {
      const absl::Time at = *past_.notice_sent + random_.LogNormalHours(6, 1.0, 90);
      if (at < Until()) past_.report = Known(std::max(at, *past_.notified));
    }
    for (PastUkp& ukp : past_.ukp) {
      ukp.notified = Receipt(*ukp.notice_sent);
      if (!ukp.notified) ukp.notice_sent.reset();
      if (ukp.answers.size() > kPastAnswersMax) ukp.answers.resize(kPastAnswersMax);
    }
    if (!past_.notified) past_.notice_sent.reset();
  }

  const std::string& AnotherKommune() {
    const auto& all = region_.kommuner;
    const size_t at = static_cast<size_t>(random_.Between(0, static_cast<int>(all.size()) - 1));
    return all[all[at].number == past_.stay_kommune ? (at + 1) % all.size() : at].number;
  }

  // To another kommune, while in hospital. Its new kommune has to be told of a patient who is
  // ready.
  void Move() {
    if (past_.stay_kommune.empty() || region_.kommuner.size() < 2) return;
    const absl::Duration whole = Until() - past_.admitted;
    if (!past_.ukp.empty() && past_.ukp.size() < kPastUkpMax && !past_.ukp.back().withdrawn) {
      PastUkp& last = past_.ukp.back();
      const absl::Time after = last.answers.empty() ? last.declared : last.answers.back().at;
      if (Until() - after < absl::Hours(12) || !random_.Chance(kMovesWhileReady)) return;
      past_.moved = after + (Until() - after) * (0.2 + 0.5 * random_.Uniform());
      PastUkp again{*past_.moved, *past_.moved + random_.Minutes(10, 90), {}, {}, {}};
      again.notified = Receipt(*again.notice_sent);
      if (!again.notified) again.notice_sent.reset();
      past_.ukp.push_back(std::move(again));
    } else if (past_.ukp.empty() && whole > absl::Hours(48) && random_.Chance(kMoves)) {
      past_.moved = past_.admitted + whole * (0.2 + 0.6 * random_.Uniform());
    }
    if (past_.moved) past_.moved_kommune = AnotherKommune();
  }

  void End() {
    if (!past_.discharged) return;
    if (past_.dead) {
      const absl::Time died = *past_.discharged - random_.Minutes(5, 40);
      if (past_.ukp.empty() && died > past_.admitted && random_.Chance(kDeathStatedAlone))
        past_.died = died;
      return;
    }
    past_.to_specialist_care = past_.ukp.empty() && random_.Chance(kToSpecialistCare);
    if (random_.Chance(kEpikriseMissing)) return;
    past_.epikrise = Known(*past_.discharged + (random_.Chance(kEpikriseLate)
                                                    ? random_.LogNormalHours(20, 0.9, 200)
                                                    : random_.Minutes(-50, 60)));
    past_.epikrise = past_.epikrise ? std::max(*past_.epikrise, past_.admitted) : past_.epikrise;
  }

  // The local hospital saw the patient first.
  void SentOn(std::vector<PastStay>* stays) {
    if (region_.neighbours.empty() || !stay_.acute || !random_.Chance(kSentOn)) return;
    PastStay first;
    first.hospital = region_.neighbours[static_cast<size_t>(
        random_.Between(0, static_cast<int>(region_.neighbours.size()) - 1))];
    first.visit = absl::StrCat(past_.visit, "-1");
    first.stay_kommune = past_.stay_kommune;
    first.services_before = past_.services_before;
    first.discharged = past_.admitted - random_.Minutes(20, 240);
    first.admitted = *first.discharged - random_.Minutes(120, 900);
    first.to_specialist_care = true;
    if (random_.Chance(0.9)) first.epikrise = *first.discharged - random_.Minutes(1, 30);
    stays->push_back(std::move(first));
  }

  const SimRegion& region_;
  const Stay& stay_;
  const absl::Time until_;
  Random& random_;
  PastStay past_;
  bool admitted_ = false;
};

}  // namespace

std::vector<PastStay> TellPast(const SimRegion& region, const Stay& stay, absl::Time until,
                               Random& random) {
  return Past(region, stay, until, random).Tell();
}

}  // namespace overgang::simulator
