#include "projections/pathway/grouping.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/oslo_time.h"
#include "projections/pathway/stay_walk.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

bool ProvesPresence(const HeldFact& fact) {
  return fact.kind == v1::FACT_KIND_PATIENT_ADMITTED ||
         fact.kind == v1::FACT_KIND_PATIENT_TRANSFERRED ||
         fact.kind == v1::FACT_KIND_UKP_DECLARED || fact.kind == v1::FACT_KIND_PATIENT_DISCHARGED ||
         fact.kind == v1::FACT_KIND_PATIENT_DIED;
}

bool CancelsAdmission(const HeldFact& fact) {
  return fact.kind == v1::FACT_KIND_FACT_CANCELLED &&
         fact.cancelled_kind == v1::FACT_KIND_PATIENT_ADMITTED;
}

// The admission that a fact without visit key speaks of; 0: it says none.
int64_t StatedAdmission(const HeldFact& fact) {
  if (fact.stated_admission_us != 0) return fact.stated_admission_us;
  return fact.kind == v1::FACT_KIND_PATIENT_ADMITTED ? fact.order_us : 0;
}

bool StatedByDate(const HeldFact& fact) {
  return fact.stated_admission_us != 0 ? fact.stated_day_only : fact.occurred_day_only;
}

bool SameAdmission(int64_t admitted_us, int64_t stated_us, bool by_date) {
  if (by_date) return OsloDateOfUs(admitted_us) == OsloDateOfUs(stated_us);
  return std::abs(admitted_us - stated_us) <= kSameAdmissionUs;
}

// One pass over the facts that are not cancelled.
class Pass {
 public:
  Pass(Facts facts, Grouping* result) : facts_(facts), out_(*result) {}

  void Run() {
    out_.groups.clear();
    out_.group_of.assign(facts_.size(), kNoStay);
    const int n = static_cast<int>(facts_.size());
    for (int i = 0; i < n; ++i) {
      if (!Fact(i).visit_key.empty()) PlaceByVisit(i);
    }
    FindAdmissions();
    // Admissions first: other facts may name the stay that they make.
    for (int i = 0; i < n; ++i) {
      if (!Unplaced(i) || Fact(i).kind != v1::FACT_KIND_PATIENT_ADMITTED) continue;
      if (!PlaceByStated(i)) Found(i);
      // The next is compared with the admission that counts by now.
      Group& group = At(out_.group_of[static_cast<size_t>(i)]);
      std::ranges::sort(group.facts);
      FindAdmission(&group);
    }
    PlaceAllByStated();
    JoinAdmissionsWithinStays();
    PlaceByTime();
    // What is left and proves that the patient was there makes a stay, which others may join:
    // first what states an admission, then what does not.
    for (const bool stated : {true, false}) {
      if (!FoundStays(stated)) continue;
      PlaceAllByStated();
      PlaceByTime();
    }
  }

 private:
  const HeldFact& Fact(int i) const { return *facts_[static_cast<size_t>(i)]; }
  bool Cancelled(int i) const { return out_.cancelled[static_cast<size_t>(i)]; }
  bool Unplaced(int i) const {
    return out_.group_of[static_cast<size_t>(i)] == kNoStay && !Cancelled(i) &&
           Fact(i).visit_key.empty() && Fact(i).kind != v1::FACT_KIND_PATIENT_MERGED;
  }
  Group& At(int group) { return out_.groups[static_cast<size_t>(group)]; }

  void PlaceAllByStated() {
    for (int i = 0; i < static_cast<int>(facts_.size()); ++i) {
      if (Unplaced(i) && StatedAdmission(Fact(i)) != 0) PlaceByStated(i);
    }
    FindAdmissions();
    FindEnds();
  }

  // What PLO calls an admission while the patient was there by ADT's word is of ADT's stay, with
  // all that states it. In order of time, as what joins may tell the end of that stay.
  void JoinAdmissionsWithinStays() {
    bool any = false;
    for (size_t g = 0; g < out_.groups.size(); ++g) {
      Group& group = out_.groups[g];
      if (!IsAdmittedBy(group, true) || !group.visit_key.empty()) continue;
      const int around = OpenAt(group.admission, true);
      if (around == kNoStay) continue;
      for (int i : std::exchange(group.facts, {})) Join(i, around);
      group.admitted_us = 0;
      Recount(around);
      any = true;
    }
    if (any) DropEmpty();
  }

  bool IsAdmittedBy(const Group& group, bool plo) const {
    return group.admission >= 0 && IsPlo(Fact(group.admission)) == plo;
  }

  void DropEmpty() {
    std::vector<int> now;  // Per group.
    int left = 0;
    for (const Group& group : out_.groups) now.push_back(group.facts.empty() ? kNoStay : left++);
    for (int& group : out_.group_of) {
      if (group != kNoStay) group = now[static_cast<size_t>(group)];
    }
    std::erase_if(out_.groups, [](const Group& group) { return group.facts.empty(); });
    FindEnds();
  }

  // All against the same windows, so that one fact does not move another's.
  void PlaceByTime() {
    std::vector<std::pair<int, int>> placed;
    for (int i = 0; i < static_cast<int>(facts_.size()); ++i) {
      if (!Unplaced(i)) continue;
      // What takes back an admission that it states takes back no other.
      if (CancelsAdmission(Fact(i)) && StatedAdmission(Fact(i)) != 0) continue;
      const int group = OpenAt(i);
      if (group != kNoStay) placed.emplace_back(i, group);
    }
    if (placed.empty()) return;
    for (auto [i, group] : placed) Join(i, group);
    FindAdmissions();
    FindEnds();
  }

  // In order of time; false where there was nothing to place.
  bool FoundStays(bool stated) {
    bool any = false;
    for (int i = 0; i < static_cast<int>(facts_.size()); ++i) {
      if (!Unplaced(i) || (StatedAdmission(Fact(i)) != 0) != stated || !MayFound(i)) continue;
      any = true;
      if (stated && PlaceByStated(i)) {
        Recount(out_.group_of[static_cast<size_t>(i)]);
      } else if (const int group = OpenAt(i); group != kNoStay) {
        Join(i, group);
        Recount(group);
      } else {
        Found(i);
        ends_.push_back(kNeverUs);
        Recount(static_cast<int>(ends_.size()) - 1);
      }
    }
    return any;
  }

  // After facts joined.
  void Recount(int group) {
    std::ranges::sort(At(group).facts);
    FindAdmission(&At(group));
    ends_[static_cast<size_t>(group)] = EndsAt(At(group));
  }

  void FindEnds() {
    ends_.clear();
    for (const Group& group : out_.groups) ends_.push_back(EndsAt(group));
  }

  int64_t EndsAt(const Group& group) const {
    return group.facts.empty() ? kNeverUs : CourseOf(facts_, group, out_.cancelled).ended_us;
  }

  void FindAdmissions() {
    SortMembers();
    for (Group& group : out_.groups) FindAdmission(&group);
  }

  void Join(int i, int group) {
    out_.group_of[static_cast<size_t>(i)] = group;
    if (!Cancelled(i)) At(group).facts.push_back(i);
  }

  void PlaceByVisit(int i) {
    const HeldFact& fact = Fact(i);
    // The newest first: facts of one visit are near each other.
    for (size_t g = out_.groups.size(); g-- > 0;) {
      if (out_.groups[g].hospital == fact.hospital && out_.groups[g].visit_key == fact.visit_key) {
        return Join(i, static_cast<int>(g));
      }
    }
    Group group;
    group.hospital = fact.hospital;
    group.visit_key = fact.visit_key;
    out_.groups.push_back(std::move(group));
    Join(i, static_cast<int>(out_.groups.size()) - 1);
  }

  void FindAdmission(Group* group) const {
    group->admission = -1;
    bool taken_back = false;
    int64_t stated_us = 0;
    int64_t first_us = 0;
    for (int i : group->facts) {
      const HeldFact& fact = Fact(i);
      if (stated_us == 0) stated_us = fact.stated_admission_us;
      taken_back |= CancelsAdmission(fact);
      if (first_us == 0 && ProvesPresence(fact)) first_us = fact.order_us;
      if (fact.kind != v1::FACT_KIND_PATIENT_ADMITTED) continue;
      const bool better = group->admission < 0 || (IsPlo(Fact(group->admission)) && !IsPlo(fact)) ||
                          (IsPlo(Fact(group->admission)) == IsPlo(fact) &&
                           fact.recorded_us >= Fact(group->admission).recorded_us);
      if (better) group->admission = i;
    }
    group->admitted_us = group->admission >= 0 ? Fact(group->admission).order_us
                         : stated_us != 0      ? stated_us
                                               : first_us;
    group->taken_back = taken_back && group->admission < 0;
  }

  bool PlaceByStated(int i) {
    const HeldFact& fact = Fact(i);
    const int64_t stated_us = StatedAdmission(fact);
    int best = kNoStay;
    for (size_t g = 0; g < out_.groups.size(); ++g) {
      const Group& group = out_.groups[g];
      if (group.hospital != fact.hospital || group.admitted_us == 0) continue;
      const bool by_date =
          StatedByDate(fact) || (group.admission >= 0 && Fact(group.admission).occurred_day_only);
      if (!SameAdmission(group.admitted_us, stated_us, by_date)) continue;
      if (best == kNoStay || Nearer(group, At(best), stated_us)) best = static_cast<int>(g);
    }
    if (best == kNoStay) return false;
    Join(i, best);
    return true;
  }

  bool Nearer(const Group& a, const Group& b, int64_t us) const {
    // A stay whose admission was taken back is the last resort: the patient was registered again.
    if (a.taken_back != b.taken_back) return b.taken_back;
    const int64_t da = std::abs(a.admitted_us - us);
    const int64_t db = std::abs(b.admitted_us - us);
    return da != db ? da < db : StayIdOf(facts_, a) < StayIdOf(facts_, b);
  }

  // Whether a fact that joins no stay makes one: it proves presence, and its admission was not
  // taken back.
  bool MayFound(int i) const {
    const HeldFact& fact = Fact(i);
    if (!ProvesPresence(fact) || fact.hospital.empty()) return false;
    return std::ranges::none_of(facts_, [&](const HeldFact* other) {
      return CancelsAdmission(*other) && other->visit_key.empty() &&
             other->hospital == fact.hospital && other->recorded_us >= fact.recorded_us &&
             StatedAdmission(*other) != 0 && StatedAdmission(fact) != 0 &&
             SameAdmission(StatedAdmission(*other), StatedAdmission(fact),
                           StatedByDate(fact) || StatedByDate(*other));
    });
  }

  void Found(int i) {
    Group group;
    group.hospital = Fact(i).hospital;
    group.founder = i;
    group.admitted_us = StatedAdmission(Fact(i));
    if (group.admitted_us == 0 || Fact(i).kind == v1::FACT_KIND_PATIENT_ADMITTED)
      group.admitted_us = Fact(i).order_us;
    out_.groups.push_back(std::move(group));
    Join(i, static_cast<int>(out_.groups.size()) - 1);
  }

  // The stay that was open when the fact happened; for what follows a discharge also one that ended
  // shortly before. An admission at the end of a stay is another's.
  int OpenAt(int i, bool of_adt_only = false) {
    const HeldFact& fact = Fact(i);
    const bool admits = fact.kind == v1::FACT_KIND_PATIENT_ADMITTED;
    const bool may_follow = EndsStay(fact) || fact.kind == v1::FACT_KIND_REPORT_SENT ||
                            fact.kind == v1::FACT_KIND_FACT_CANCELLED;
    int best = kNoStay;
    for (size_t g = 0; g < out_.groups.size(); ++g) {
      const Group& group = out_.groups[g];
      if (group.hospital != fact.hospital || group.admitted_us == 0 ||
          group.admitted_us > fact.order_us || (of_adt_only && !IsAdmittedBy(group, false)))
        continue;
      const int64_t end_us = ends_[g];
      if (admits && fact.order_us == end_us) continue;
      if (end_us != kNeverUs && fact.order_us > end_us + (may_follow ? kSameAdmissionUs : 0))
        continue;
      if (best == kNoStay || Nearer(group, At(best), fact.order_us)) best = static_cast<int>(g);
    }
    return best;
  }

  void SortMembers() {
    for (Group& group : out_.groups) std::ranges::sort(group.facts);
  }

  Facts facts_;
  Grouping& out_;
  std::vector<int64_t> ends_;  // Per group; as of FindEnds.
};

bool SameStay(const Group& a, const Group& b) {
  return a.hospital == b.hospital && a.visit_key == b.visit_key && a.founder == b.founder;
}

// Where a cancelled fact stood is still told: its stay of before, or what became of it.
void PlaceCancelled(const std::vector<int>& before, const std::vector<Group>& groups,
                    Grouping* grouping) {
  std::vector<int> now(groups.size(), kNoStay);  // Per group of before.
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == kNoStay || grouping->group_of[i] == kNoStay) continue;
    int& group = now[static_cast<size_t>(before[i])];
    if (group == kNoStay) group = grouping->group_of[i];
  }
  for (size_t old = 0; old < groups.size(); ++old) {
    for (size_t g = 0; g < grouping->groups.size(); ++g) {
      if (!SameStay(grouping->groups[g], groups[old])) continue;
      now[old] = static_cast<int>(g);
      break;
    }
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (grouping->cancelled[i] && grouping->group_of[i] == kNoStay && before[i] != kNoStay)
      grouping->group_of[i] = now[static_cast<size_t>(before[i])];
  }
}

// Marks what a cancellation takes back; false where there is nothing (yet).
bool Cancel(Facts facts, int by, Grouping* grouping) {
  const HeldFact& cancel = *facts[static_cast<size_t>(by)];
  const int group = grouping->group_of[static_cast<size_t>(by)];
  int best = -1;
  bool any = false;
  for (size_t i = 0; i < facts.size(); ++i) {
    const HeldFact& fact = *facts[i];
    if (fact.kind != cancel.cancelled_kind || grouping->cancelled[i]) continue;
    if (!cancel.reference.empty()) {
      // Named exactly: when either was recorded does not matter. The notice that a receipt proves
      // is recorded when the receipt came, which may be after the message was taken back.
      if (fact.reference != cancel.reference || fact.channel != cancel.channel) continue;
      grouping->cancelled[i] = any = true;
      continue;
    }
    if (fact.recorded_us > cancel.recorded_us) continue;
    // Who takes a discharge back may take back a death with it, as ADT's A13 does: its own word
    // only.
    if (fact.kind == v1::FACT_KIND_PATIENT_DIED && fact.channel != cancel.channel) continue;
    if (group == kNoStay || grouping->group_of[i] != group) continue;
    const auto rank = [&](const HeldFact& f) {
      return std::pair(f.channel == cancel.channel, f.recorded_us);
    };
    if (best < 0 || rank(fact) >= rank(*facts[static_cast<size_t>(best)]))
      best = static_cast<int>(i);
  }
  if (best >= 0) grouping->cancelled[static_cast<size_t>(best)] = any = true;
  return any;
}

}  // namespace

Grouping GroupIntoStays(Facts facts) {
  Grouping grouping;
  grouping.cancelled.assign(facts.size(), false);
  Pass(facts, &grouping).Run();
  std::vector<int> cancels;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (facts[i]->kind == v1::FACT_KIND_FACT_CANCELLED) cancels.push_back(static_cast<int>(i));
  }
  std::ranges::stable_sort(cancels, {},
                           [&](int i) { return facts[static_cast<size_t>(i)]->recorded_us; });
  bool any = false;
  for (int cancel : cancels) any |= Cancel(facts, cancel, &grouping);
  if (any) {
    const std::vector<int> before = grouping.group_of;
    const std::vector<Group> groups = grouping.groups;
    Pass(facts, &grouping).Run();
    PlaceCancelled(before, groups, &grouping);
  }
  return grouping;
}

}  // namespace overgang::projections
