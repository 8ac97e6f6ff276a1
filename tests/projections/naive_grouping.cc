// Who is one person, what was taken back, and which facts are of which stay: by docs/rules.md and
// docs/architecture.md, naively. Everything is looked up anew whenever it is asked for.
#include <algorithm>

#include "core/oslo_time.h"
#include "tests/projections/naive_rules.h"

namespace overgang::testing {
namespace {

constexpr absl::Duration kTwelveHours = absl::Hours(12);

using Groups = std::vector<NaiveGroup>;

bool IsPlo(const NaiveFact& fact) { return !IsAdt(fact); }
bool HasVisit(const NaiveFact& fact) { return !fact.envelope.visit_key().empty(); }
bool Admits(const NaiveFact& fact) { return fact.kind == v1::FACT_KIND_PATIENT_ADMITTED; }
bool IsDate(v1::Precision precision) { return precision == v1::PRECISION_DAY; }

// The admission that a fact speaks of: a time, or a date.
struct Spoken {
  absl::Time at;
  bool date_only = false;
};

std::optional<Spoken> SpeaksOf(const NaiveFact& fact) {
  const v1::Envelope& said = fact.envelope;
  if (said.has_stated_admission_at())
    return Spoken{FromProto(said.stated_admission_at()), IsDate(said.stated_admission_precision())};
  if (Admits(fact)) return Spoken{fact.at, IsDate(said.occurred_precision())};
  return std::nullopt;
}

bool AreOne(const Spoken& a, const Spoken& b) {
  if (a.date_only || b.date_only) return OsloDate(a.at) == OsloDate(b.at);
  return a.at - b.at <= kTwelveHours && b.at - a.at <= kTwelveHours;
}

std::optional<NaiveFact> AdmissionOf(const NaiveGroup& group) {
  return TheOneThatCounts(group.facts, v1::FACT_KIND_PATIENT_ADMITTED);
}

// Where the stay begins; nothing where no fact says or proves it.
std::optional<Spoken> BeginsAt(const NaiveGroup& group) {
  if (const auto admission = AdmissionOf(group))
    return Spoken{admission->at, IsDate(admission->envelope.occurred_precision())};
  for (const NaiveFact& fact : group.facts)
    if (fact.envelope.has_stated_admission_at())
      return Spoken{FromProto(fact.envelope.stated_admission_at())};
  for (const NaiveFact& fact : group.facts)
    if (ProvesThatThePatientWasThere(fact)) return Spoken{fact.at};
  return std::nullopt;
}

bool WasTakenBack(const NaiveGroup& group) {
  return !AdmissionOf(group) && std::ranges::any_of(group.facts, TakesBackAnAdmission);
}

MaybeTime EndsAt(const NaiveGroup& group) {
  NaiveStay stay;
  stay.facts = group.facts;
  stay.admission = AdmissionOf(group);
  stay.admitted = BeginsAt(group)->at;
  FindEnd(&stay);
  return stay.ended;
}

// Of those that fit, the nearest; -1 for none.
template <typename Fits>
int Nearest(const Groups& groups, const NaiveFact& fact, absl::Time at, bool* tied, Fits fits) {
  int best = -1;
  const auto rank = [&](const NaiveGroup& group) {
    return std::pair(WasTakenBack(group), absl::AbsDuration(BeginsAt(group)->at - at));
  };
  for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
    const NaiveGroup& group = groups[static_cast<size_t>(g)];
    if (group.hospital != fact.envelope.hospital() || !BeginsAt(group) || !fits(group)) continue;
    if (best >= 0 && rank(group) == rank(groups[static_cast<size_t>(best)])) *tied = true;
    if (best < 0 || rank(group) < rank(groups[static_cast<size_t>(best)])) best = g;
  }
  return best;
}

class Grouping {
 public:
  // `facts`: of one person, sorted.
  Grouping(const std::vector<NaiveFact>& facts, bool* tied) : left_(facts), tied_(*tied) {}

  Groups Run() {
    for (const NaiveFact& fact : left_)
      if (HasVisit(fact)) OfVisit(fact)->facts.push_back(fact);
    std::erase_if(left_, HasVisit);
    OneByOne(Admits, [this](const NaiveFact& fact) { return Stated(fact); });
    AllAtOnce([this](const NaiveFact& fact) { return Stated(fact); });
    PloWithinAdt();
    AllAtOnce([this](const NaiveFact& fact) { return Open(fact); });
    for (const bool states : {true, false}) {
      const bool any = OneByOne(
          [&](const NaiveFact& fact) {
            return SpeaksOf(fact).has_value() == states && MakesAStay(fact);
          },
          [this](const NaiveFact& fact) {
            const int stated = Stated(fact);
            return stated >= 0 ? stated : Open(fact);
          });
      if (!any) continue;
      AllAtOnce([this](const NaiveFact& fact) { return Stated(fact); });
      AllAtOnce([this](const NaiveFact& fact) { return Open(fact); });
    }
    return std::move(groups_);
  }

 private:
  NaiveGroup* OfVisit(const NaiveFact& fact) {
    for (NaiveGroup& group : groups_)
      if (group.hospital == fact.envelope.hospital() && group.visit == fact.envelope.visit_key())
        return &group;
    groups_.push_back({fact.envelope.hospital(), fact.envelope.visit_key(), {}});
    return &groups_.back();
  }

  int Stated(const NaiveFact& fact) {
    const auto spoken = SpeaksOf(fact);
    if (!spoken) return -1;
    return Nearest(groups_, fact, spoken->at, &tied_,
                   [&](const NaiveGroup& group) { return AreOne(*spoken, *BeginsAt(group)); });
  }

  int Open(const NaiveFact& fact, bool of_adt_only = false) {
    if (TakesBackAnAdmission(fact) && SpeaksOf(fact)) return -1;
    return Nearest(groups_, fact, fact.at, &tied_, [&](const NaiveGroup& group) {
      const auto admission = AdmissionOf(group);
      if (of_adt_only && (!admission || IsPlo(*admission))) return false;
      if (BeginsAt(group)->at > fact.at) return false;
      const MaybeTime end = EndsAt(group);
      if (!end) return true;
      if (Admits(fact)) return fact.at < *end;
      switch (fact.kind) {
        case v1::FACT_KIND_PATIENT_DISCHARGED:
        case v1::FACT_KIND_PATIENT_DIED:
        case v1::FACT_KIND_REPORT_SENT:
        case v1::FACT_KIND_FACT_CANCELLED:
          return fact.at <= *end + kTwelveHours;
        default:
          return fact.at <= *end;
      }
    });
  }

  bool MakesAStay(const NaiveFact& fact) const {
    if (!Admits(fact) && !ProvesThatThePatientWasThere(fact)) return false;
    const auto spoken = SpeaksOf(fact);
    // Its admission was taken back.
    return !spoken || std::ranges::none_of(all_, [&](const NaiveFact& other) {
      return TakesBackAnAdmission(other) && !HasVisit(other) && SpeaksOf(other) &&
             other.envelope.hospital() == fact.envelope.hospital() &&
             other.recorded >= fact.recorded && AreOne(*spoken, *SpeaksOf(other));
    });
  }

  void Put(const NaiveFact& fact, int group) {
    auto& facts = groups_[static_cast<size_t>(group)].facts;
    facts.push_back(fact);
    std::sort(facts.begin(), facts.end());
  }

  // Each of these to where it belongs, as all stand by then, else to a stay of its own; whether
  // there were any.
  template <typename Which, typename Where>
  bool OneByOne(Which which, Where where) {
    std::vector<NaiveFact> these;
    std::ranges::copy_if(left_, std::back_inserter(these), which);
    std::erase_if(left_, which);
    for (const NaiveFact& fact : these) {
      int group = where(fact);
      if (group < 0) {
        group = static_cast<int>(groups_.size());
        groups_.push_back({fact.envelope.hospital(), "", {}});
      }
      Put(fact, group);
    }
    return !these.empty();
  }

  // All that belong somewhere, as all stand now.
  template <typename Where>
  void AllAtOnce(Where where) {
    std::vector<std::pair<NaiveFact, int>> placed;
    for (const NaiveFact& fact : left_)
      if (const int group = where(fact); group >= 0) placed.emplace_back(fact, group);
    for (const auto& [fact, group] : placed) {
      Put(fact, group);
      std::erase_if(left_, [&](const NaiveFact& other) {
        return other.envelope.event_id() == fact.envelope.event_id();
      });
    }
  }

  void PloWithinAdt() {
    for (size_t g = 0; g < groups_.size();) {
      const auto admission = AdmissionOf(groups_[g]);
      const bool by_plo = groups_[g].visit.empty() && admission && IsPlo(*admission);
      const int adt = by_plo ? Open(*admission, true) : -1;
      if (adt < 0) {
        ++g;
        continue;
      }
      for (const NaiveFact& fact : groups_[g].facts) Put(fact, adt);
      groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(g));
    }
  }

  std::vector<NaiveFact> left_;  // That belong nowhere yet.
  const std::vector<NaiveFact> all_ = left_;
  bool& tied_;
  Groups groups_;
};

// Event ids of what the cancellations take back.
std::set<std::string> TakenBack(const std::vector<NaiveFact>& facts, const Groups& groups) {
  std::set<std::string> gone;
  std::vector<NaiveFact> cancellations;
  for (const NaiveFact& fact : facts)
    if (fact.kind == v1::FACT_KIND_FACT_CANCELLED) cancellations.push_back(fact);
  std::ranges::stable_sort(cancellations, {}, &NaiveFact::recorded);
  for (const NaiveFact& by : cancellations) {
    const v1::FactCancelled& said = by.envelope.fact_cancelled();
    if (!said.reference().empty()) {  // PLO's own message, and all that it said of this kind.
      for (const NaiveFact& fact : facts)
        if (fact.kind == said.kind() && IsPlo(fact) &&
            fact.envelope.source().control_id() == said.reference())
          gone.insert(fact.envelope.event_id());
      continue;
    }
    const auto its_stay = std::ranges::find_if(groups, [&](const NaiveGroup& group) {
      return std::ranges::any_of(group.facts, [&](const NaiveFact& fact) {
        return fact.envelope.event_id() == by.envelope.event_id();
      });
    });
    if (its_stay == groups.end()) continue;
    std::optional<NaiveFact> taken;
    for (const bool own_channel_only : {true, false}) {
      // Nobody takes back a death that another told.
      if (taken || (!own_channel_only && said.kind() == v1::FACT_KIND_PATIENT_DIED)) break;
      for (const NaiveFact& fact : its_stay->facts) {
        if (fact.kind != said.kind() || fact.recorded > by.recorded ||
            gone.contains(fact.envelope.event_id()))
          continue;
        if (own_channel_only && fact.envelope.source().channel() != by.envelope.source().channel())
          continue;
        if (!taken || std::tie(taken->recorded, *taken) < std::tie(fact.recorded, fact))
          taken = fact;
      }
    }
    if (taken) gone.insert(taken->envelope.event_id());
  }
  return gone;
}

}  // namespace

NaivePersons FindNaivePersons(const std::vector<v1::Envelope>& facts) {
  std::map<std::string, std::string> person;  // Reference -> the smallest one linked to it.
  std::map<std::string, std::set<std::string>> came_with;
  for (const v1::Envelope& fact : facts) {
    person[fact.patient_ref()] = fact.patient_ref();
    for (const std::string& alias : fact.alias_refs()) {
      if (alias == fact.patient_ref()) continue;
      person[alias] = alias;
      came_with[alias].insert(fact.patient_ref());
    }
    const std::string& merged = fact.patient_merged().merged_ref();
    if (!merged.empty()) person[merged] = merged;
  }
  const auto link = [&](std::string a, std::string b) {
    a = person[a], b = person[b];
    for (auto& [ref, whose] : person)
      if (whose == a || whose == b) whose = std::min(a, b);
    return a != b;
  };
  const auto persons_with = [&](const std::set<std::string>& refs) {
    std::set<std::string> persons;
    for (const std::string& ref : refs) persons.insert(person[ref]);
    return persons;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const v1::Envelope& fact : facts)
      if (fact.has_patient_merged())
        changed |= link(fact.patient_ref(), fact.patient_merged().merged_ref());
    for (const auto& [alias, refs] : came_with)
      if (persons_with(refs).size() == 1) changed |= link(alias, *refs.begin());
  }
  std::set<std::string> ambiguous;
  for (const auto& [alias, refs] : came_with) {
    const auto persons = persons_with(refs);
    if (persons.size() == 1) continue;
    ambiguous.insert(persons.begin(), persons.end());
    ambiguous.insert(person[alias]);
  }
  // A person is called by the smallest reference that a fact is of.
  NaivePersons result;
  std::map<std::string, std::string> called;
  for (const v1::Envelope& fact : facts) {
    std::string& name = called[person[fact.patient_ref()]];
    if (name.empty() || fact.patient_ref() < name) name = fact.patient_ref();
  }
  for (const auto& [ref, whose] : person) {
    if (!called.contains(whose)) continue;
    result.of_ref[ref] = called[whose];
    if (ambiguous.contains(whose)) result.ambiguous.insert(called[whose]);
  }
  return result;
}

std::vector<NaiveGroup> NaiveGroups(std::vector<NaiveFact> facts,
                                    std::vector<NaiveFact>* taken_back, bool* tied) {
  const auto gone = TakenBack(facts, Grouping(facts, tied).Run());
  const auto was_taken_back = [&](const NaiveFact& fact) {
    return gone.contains(fact.envelope.event_id());
  };
  std::ranges::copy_if(facts, std::back_inserter(*taken_back), was_taken_back);
  std::erase_if(facts, was_taken_back);
  return Grouping(facts, tied).Run();
}

}  // namespace overgang::testing
