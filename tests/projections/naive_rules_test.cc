// The real fold and rules against docs/rules.md written a second time, over generated histories.
#include "tests/projections/naive_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/oslo_time.h"
#include "projections/pathway/cluster.h"
#include "projections/pathway/matter.h"
#include "projections/rules/payment.h"
#include "projections/rules/served_stay.h"
#include "tests/projections/history_generator.h"
#include "tests/projections/story.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr uint64_t kHistories = 4'000;  // OVERGANG_HISTORIES=100000 looks further.
constexpr int kFailuresShownMax = 8;

std::string Of(MaybeTime at) {
  return at ? absl::FormatTime("%Y-%m-%d %H:%M:%S", *at, Oslo()) : "-";
}
std::string Of(const google::protobuf::Timestamp& at, bool has) {
  return Of(has ? MaybeTime(FromProto(at)) : MaybeTime());
}
std::string OfUs(int64_t us) {
  return us == 0 || us == std::numeric_limits<int64_t>::max() ? "-" : Of(absl::FromUnixMicros(us));
}

// Stays as lines of text, the same for both sides, by what the line is of.
using Lines = std::map<std::string, std::string>;

std::string Days(const std::map<absl::CivilDay, std::string>& payable) {
  std::string text;
  for (const auto& [day, payer] : payable)
    absl::StrAppend(&text, absl::FormatCivilTime(day), "=", payer, " ");
  return text;
}

// What holds at each time that a fact says, and just before.
std::string ByTime(const History& history, const std::function<std::string(absl::Time)>& at) {
  std::set<absl::Time> times;
  for (const v1::Envelope& fact : history.facts) {
    times.insert({FromProto(fact.occurred_at()), FromProto(fact.recorded_at())});
    if (fact.patient_details_changed().has_moved_kommune_at())
      times.insert(FromProto(fact.patient_details_changed().moved_kommune_at()));
  }
  std::string text, last;
  for (const absl::Time time : times) {
    for (const absl::Time when : {time - absl::Microseconds(1), time}) {
      const std::string now = at(when);
      if (now != last) absl::StrAppend(&text, "from ", Of(when), " ", now, "; ");
      last = now;
    }
  }
  return text;
}

Lines Naive(const History& history) {
  Lines lines;
  std::map<std::string, std::multiset<std::string>> matters_of;  // Of all who have this visit.
  for (const NaiveStay& stay : NaiveStays(history.facts, history.terms, history.now)) {
    const std::string place = stay.person.substr(35) + " " + stay.place();
    lines[place + " begins"] = Of(stay.admitted);
    lines[place + " ends"] = Of(stay.ended);
    lines[place + " kommune"] = stay.stay_kommune + ", of residence " + stay.residence_kommune;
    lines[place + " by time"] = ByTime(history, [&](absl::Time at) {
      return NaiveKommuneAt(stay, at) + " ready since " + Of(NaiveWaitsSince(stay, at));
    });
    lines[place + " sums"] =
        absl::StrCat(stay.overliggerdogn, " overliggerdogn, ", stay.payable_days, " payable");
    lines[place + " kr"] =
        absl::StrCat(stay.kr, " without price: ", absl::StrJoin(stay.years_without_price, ","));
    lines[place + " episode"] = stay.episode_visit;
    lines[place + " sector"] = v1::Sector_Name(stay.sector);
    for (const v1::StayFlag flag : stay.flags)
      absl::StrAppend(&lines[place + " flags"], v1::StayFlag_Name(flag), " ");
    for (size_t i = 0; i < stay.periods.size(); ++i) {
      const NaivePeriod& period = stay.periods[i];
      const std::string name = absl::StrCat(place, " period ", i);
      lines[name] =
          absl::StrCat(Of(period.since), " to ", Of(period.until), " ", v1::UkpEnd_Name(period.end),
                       " ", period.kommune, ", ", period.overliggerdogn, " overliggerdogn");
      lines[name + " notice"] = Of(period.notified);
      for (const NaiveAnswer& answer : period.answers)
        absl::StrAppend(&lines[name + " answers"], answer.can_receive ? "yes " : "no ",
                        Of(answer.at), " from ", Of(answer.from), "; ");
      lines[name + " payable"] = Days(period.payable);
    }
    auto& matters = matters_of[stay.place()];
    std::multiset<std::string> deadlines, readmissions;
    for (const NaiveDeadline& deadline : stay.deadlines) {
      const std::string name = v1::DeadlineKind_Name(deadline.kind);
      deadlines.insert(absl::StrCat(name, " ", Of(deadline.started), " due ", Of(deadline.due),
                                    " met ", Of(deadline.met), " ",
                                    v1::DeadlineState_Name(deadline.state), "; "));
      if (deadline.state != v1::DEADLINE_STATE_MET && !stay.imported)
        matters.insert(
            absl::StrCat(name, " due ", Of(deadline.due), " met ", Of(deadline.met), "; "));
    }
    for (const NaiveReadmission& readmission : stay.readmissions) {
      const std::string text =
          absl::StrCat(v1::PatientReadmitted::Definition_Name(readmission.definition), " after ",
                       readmission.index_visit, " ", absl::FormatDuration(readmission.since), "; ");
      readmissions.insert(text);
      if (!stay.imported) matters.insert(text);
    }
    lines[place + " deadlines"] = absl::StrJoin(deadlines, "");
    lines[stay.place() + " matters"] = absl::StrJoin(matters, "");
    lines[place + " readmissions"] = absl::StrJoin(readmissions, "");
  }
  return lines;
}

void AddPeriods(const DerivedStay& derived, const v1::Stay& stay, const std::string& place,
                const History& history, Lines* lines) {
  int64_t kr = 0;
  std::set<int> years_without_price;
  for (int i = 0; i < stay.ukp_periods_size(); ++i) {
    const v1::UkpPeriod& period = stay.ukp_periods(i);
    const std::string name = absl::StrCat(place, " period ", i);
    (*lines)[name] =
        absl::StrCat(Of(period.since(), true), " to ", Of(period.until(), period.has_until()), " ",
                     v1::UkpEnd_Name(period.end()), " ", period.kommune(), ", ",
                     period.overliggerdogn(), " overliggerdogn");
    (*lines)[name + " notice"] = Of(period.notified_at(), period.has_notified_at());
    for (const v1::PeriodAnswer& answer : period.answers())
      absl::StrAppend(&(*lines)[name + " answers"], answer.can_receive() ? "yes " : "no ",
                      Of(answer.at(), true), " from ", Of(answer.from(), answer.has_from()), "; ");
    std::map<absl::CivilDay, std::string> payable;
    for (const PayableRange& range :
         PayableDays(derived.entry, derived.entry.periods[static_cast<size_t>(i)], history.terms,
                     absl::ToUnixMicros(history.now))) {
      for (absl::CivilDay day = range.from; day < range.to; ++day) {
        payable[day] = range.payer.str();
        if (range.payer.view() == "9999") continue;
        const auto price = history.terms.PriceOf(static_cast<int>(day.year()));
        if (price.ok())
          kr += *price;
        else
          years_without_price.insert(static_cast<int>(day.year()));
      }
    }
    (*lines)[name + " payable"] = Days(payable);
    int64_t served_days = 0;
    for (const v1::PayableSpan& span : period.payable()) {
      served_days += span.days();
      EXPECT_EQ(*ParseDate(span.to_date()) - *ParseDate(span.from_date()), span.days());
    }
    EXPECT_EQ(served_days, static_cast<int64_t>(payable.size()));
  }
  (*lines)[place + " kr"] =
      absl::StrCat(kr, " without price: ", absl::StrJoin(years_without_price, ","));
}

// As NaiveStay::place.
std::string PlaceOf(const DerivedStay& derived) {
  const std::string& visit = derived.stay.visit_key();
  return absl::StrCat(
      derived.stay.hospital(), "/",
      visit.empty()
          ? absl::StrCat(derived.home.Text().substr(35), " ",
                         absl::FormatTime(absl::FromUnixMicros(derived.entry.admitted_us)))
          : visit);
}

Lines Real(const History& history) {
  Lines lines;
  const Cluster cluster = ClusterOf(history.facts);
  const ClusterStays stays = ComputeStays(cluster);
  std::map<std::string, std::string> place_of;
  for (const DerivedStay& derived : stays.stays) place_of[derived.id.Text()] = PlaceOf(derived);
  std::map<std::string, std::multiset<std::string>> matters;
  const auto readmitted = [&](auto definition, const std::string& index, absl::Duration since) {
    return absl::StrCat(v1::PatientReadmitted::Definition_Name(definition), " after ",
                        place_of[index], " ", absl::FormatDuration(since), "; ");
  };
  for (const auto& [matter, who] : OpenMatters(stays.stays, cluster.decided)) {
    EXPECT_EQ(matter.revision, 1);
    EXPECT_FALSE(matter.withdraw);
    matters[matter.stay_id.Text()].insert(
        matter.kind == Matter::Kind::kDeadline
            ? absl::StrCat(v1::DeadlineKind_Name(matter.deadline), " due ", OfUs(matter.due_us),
                           " met ", OfUs(matter.met_us), "; ")
            : readmitted(matter.definition, matter.index_stay_id.Text(),
                         absl::Microseconds(matter.since_discharge_us)));
  }
  for (const DerivedStay& derived : stays.stays) {
    v1::Stay stay = derived.stay;
    FillDerived(derived.entry, history.terms, absl::ToUnixMicros(history.now), &stay);
    const std::string place = absl::StrCat(derived.home.Text().substr(35), " ", PlaceOf(derived));
    lines[place + " begins"] = Of(stay.admitted_at(), true);
    lines[place + " ends"] = Of(stay.discharged_at(), stay.has_discharged_at());
    lines[place + " kommune"] = stay.stay_kommune() + ", of residence " + stay.residence_kommune();
    lines[place + " by time"] = ByTime(history, [&](absl::Time at) {
      v1::Stay then = derived.stay;
      FillDerived(derived.entry, history.terms, absl::ToUnixMicros(at), &then);
      return then.stay_kommune() + " ready since " + Of(then.ukp_since(), then.has_ukp_since());
    });
    lines[place + " sums"] =
        absl::StrCat(stay.overliggerdogn(), " overliggerdogn, ", stay.payable_days(), " payable");
    lines[place + " episode"] = place_of[stay.episode_stay_id()];
    lines[place + " sector"] = v1::Sector_Name(stay.sector());
    std::set<int> flags(stay.flags().begin(), stay.flags().end());
    for (const int flag : flags) {
      if (flag != v1::STAY_FLAG_CORRIDOR)  // Not of the rules.
        absl::StrAppend(&lines[place + " flags"],
                        v1::StayFlag_Name(static_cast<v1::StayFlag>(flag)), " ");
    }
    AddPeriods(derived, stay, place, history, &lines);
    std::multiset<std::string> deadlines, readmissions;
    for (const v1::Deadline& deadline : stay.deadlines())
      deadlines.insert(absl::StrCat(
          v1::DeadlineKind_Name(deadline.deadline()), " ", Of(deadline.started_at(), true), " due ",
          Of(deadline.due_at(), true), " met ", Of(deadline.met_at(), deadline.has_met_at()), " ",
          v1::DeadlineState_Name(deadline.state()), "; "));
    for (const v1::Readmission& readmission : stay.readmissions())
      readmissions.insert(readmitted(readmission.definition(), readmission.index_stay_id(),
                                     absl::Seconds(readmission.since_discharge().seconds())));
    lines[place + " deadlines"] = absl::StrJoin(deadlines, "");
    lines[place_of[derived.id.Text()] + " matters"] = absl::StrJoin(matters[derived.id.Text()], "");
    lines[place + " readmissions"] = absl::StrJoin(readmissions, "");
  }
  return lines;
}

// What the two sides say differently, one line each; `first`: what the first is of.
std::string Differences(const History& history, std::string* first = nullptr) {
  if (AnIdDecides(NaiveStays(history.facts, history.terms, history.now))) return "";
  const Lines expected = Naive(history), got = Real(history);
  std::set<std::string> names;
  for (const Lines* lines : {&expected, &got})
    for (const auto& [name, text] : *lines) names.insert(name);
  std::string differences;
  for (const std::string& name : names) {
    const auto of = [&](const Lines& lines) {
      const auto it = lines.find(name);
      return it == lines.end() ? std::string() : it->second;
    };
    if (of(expected) == of(got)) continue;
    if (first != nullptr && differences.empty()) *first = name;
    absl::StrAppend(&differences, "  ", name, "\n    by the rules: ", of(expected),
                    "\n    by the fold:  ", of(got), "\n");
  }
  return differences;
}

// Leaves out facts one by one while what differs first stays the same.
History Smallest(History history) {
  std::string what, now;
  (void)Differences(history, &what);
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (size_t i = 0; i < history.facts.size(); ++i) {
      History less = history;
      less.facts.erase(less.facts.begin() + static_cast<std::ptrdiff_t>(i));
      if (less.facts.empty() || Differences(less, &now).empty() || now != what) continue;
      history = std::move(less);
      smaller = true;
      break;
    }
  }
  return history;
}

TEST(NaiveRulesTest, TheFoldSaysWhatTheRulesSayOfEveryHistory) {
  const char* more = std::getenv("OVERGANG_HISTORIES");
  const uint64_t histories = more == nullptr ? kHistories : std::strtoull(more, nullptr, 10);
  int failed = 0;
  for (uint64_t seed = 1; seed <= histories && failed < kFailuresShownMax; ++seed) {
    const History history = MakeHistory(seed);
    if (Differences(history).empty()) continue;
    ++failed;
    const History smallest = Smallest(history);
    ADD_FAILURE() << "history " << seed << ", made as small as it goes:\n"
                  << Readable(smallest) << Differences(smallest);
  }
}

}  // namespace
}  // namespace overgang::projections
