// The statuses of generated histories against the rules written a second time: facts on the one
// side folded and counted, on the other plain loops.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "consumers/daily_status/status_numbers.h"
#include "tests/consumers/report_population.h"
#include "tests/projections/history_generator.h"
#include "tests/projections/naive_rules.h"
#include "tests/projections/story.h"

namespace overgang::daily_status {
namespace {

using namespace overgang::testing;

constexpr uint64_t kHistories = 2'000;

// One scope's numbers, by name, and "name/of".
using Numbers = std::map<std::string, double>;

struct Naive {
  const History& history;
  std::vector<NaiveStay> stays;
  absl::CivilDay date = OsloDate(history.now);

  absl::Time Morning(int days_back) const {
    const absl::CivilDay day = date - days_back;
    return absl::FromCivil(absl::CivilMinute(day.year(), day.month(), day.day(), 7, 30), Oslo());
  }
  bool IsNew(absl::Time at) const { return at > Morning(1) && at <= history.now; }

  static bool InHospital(const NaiveStay& stay, absl::Time at) {
    return stay.admitted <= at && (!stay.ended || at < *stay.ended);
  }
  static bool Waits(const NaiveStay& stay, const NaivePeriod& period, absl::Time at) {
    return InHospital(stay, at) && period.since <= at && (!period.until || at < *period.until);
  }

  void CountStay(const NaiveStay& stay, Numbers* n) const {
    (*n)["inpatients"] += InHospital(stay, history.now);
    (*n)["admitted"] += IsNew(stay.admitted);
    const bool discharged = stay.ended && IsNew(*stay.ended) && !stay.died;
    (*n)["discharges"] += discharged;
  }

  void CountPeriod(const NaiveStay& stay, const NaivePeriod& period, Numbers* n) const {
    (*n)["ukp_declared"] += period.declared && IsNew(period.since);
    (*n)["ukp_withdrawn"] +=
        period.end == v1::UKP_END_WITHDRAWN && period.until && IsNew(*period.until);
    for (int back = 1; back <= kHistoryDays; ++back) {
      (*n)["ukp_morning/" + absl::FormatCivilTime(date - back)] +=
          Waits(stay, period, Morning(back));
    }
    if (!Waits(stay, period, history.now)) return;
    const NaivePeriod* first = &period;  // Moves end no wait.
    while (!first->declared) --first;
    const absl::Duration waited = history.now - first->since;
    (*n)["ukp"] += 1;
    (*n)["ukp_over_24h"] += waited > absl::Hours(24);
    (*n)["ukp_over_7_days"] += waited > absl::Hours(7 * 24);
    (*n)["ukp_over_10_days"] += waited > absl::Hours(10 * 24);
    (*n)["longest_ukp"] = std::max((*n)["longest_ukp"], absl::ToInt64Minutes(waited) / 60.0);
    (*n)["awaiting_answer"] += period.answers.empty();
    (*n)["answered_yes"] += !period.answers.empty() && period.answers.back().can_receive;
    (*n)["answered_no"] += !period.answers.empty() && !period.answers.back().can_receive;
  }

  // Days of the month of yesterday.
  void CountPayment(const NaivePeriod& period, const std::string& payer, Numbers* n) const {
    for (const auto& [day, who] : period.payable) {
      if (!payer.empty() && who != payer) continue;
      if (day >= date || absl::CivilMonth(day) != absl::CivilMonth(date - 1)) continue;
      (*n)["payable_days_month"] += 1;
      if (who == "9999") continue;
      const auto price = history.terms.PriceOf(static_cast<int>(day.year()));
      if (price.ok()) (*n)["payable_kr_month"] += *price;
      if (!price.ok()) (*n)["unpriced"] = 1;
    }
  }

  Numbers Kommune(const std::string& kommune) const {
    Numbers n;
    for (const NaiveStay& stay : stays) {
      if (stay.stay_kommune == kommune) CountStay(stay, &n);
      for (const NaivePeriod& period : stay.periods) {
        if (period.kommune == kommune) CountPeriod(stay, period, &n);
        CountPayment(period, kommune, &n);
      }
    }
    return n;
  }

  Numbers Hospital(const std::string& hospital) const {
    Numbers n;
    for (const NaiveStay& stay : stays) {
      if (stay.hospital != hospital) continue;
      CountStay(stay, &n);
      for (const NaivePeriod& period : stay.periods) {
        CountPeriod(stay, period, &n);
        CountPayment(period, "", &n);
      }
      for (const NaiveDeadline& deadline : stay.deadlines) {
        if (deadline.state != v1::DEADLINE_STATE_MISSED) continue;
        const std::string name = std::to_string(deadline.kind);
        n["missed " + name] += deadline.due >= Morning(1) && deadline.due < history.now;
      }
    }
    return n;
  }
};

std::string KindOf(const std::string& of) {
  if (of == "tidligmelding") return "1";
  if (of == "innleggelsesrapport") return "2";
  if (of == "ukp_notice") return "3";
  if (of == "answer") return "4";
  return of == "epikrise" ? "5" : "6";
}

void Compare(const v1::DailyStatusIssued& status, Numbers expected, bool hospital,
             std::map<std::string, int>* seen) {
  static const std::set<std::string> kCompared = {
      "inpatients",      "admitted",           "discharges",
      "ukp_declared",    "ukp_withdrawn",      "ukp",
      "ukp_over_24h",    "longest_ukp",        "answered_no",
      "awaiting_answer", "ukp_over_7_days",    "answered_yes",
      "ukp_morning",     "payable_days_month", "ukp_over_10_days",
      "payable_kr_month"};
  for (const v1::StatusNumber& number : status.numbers()) {
    std::string key = number.name();
    if (hospital && key == "deadlines_missed") {
      key = "missed " + KindOf(number.of());
    } else if (!kCompared.contains(key) || (!number.of().empty() && key != "ukp_morning")) {
      continue;
    } else if (!number.of().empty()) {
      key += "/" + number.of();
    }
    if (number.unknown()) {
      // Nobody in hospital yet; or no price.
      EXPECT_TRUE(number.name() == "ukp_morning" ? expected[key] == 0 : expected["unpriced"] == 1)
          << key;
      continue;
    }
    EXPECT_NEAR(number.value(), expected[key], 1e-6) << status.scope() << " " << key;
    if (number.value() != 0) ++(*seen)[number.name()];
  }
}

TEST(StatusHistoriesTest, EveryStatusIsWhatTheRulesSay) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    const History history = MakeHistory(seed);
    Naive naive{history, NaiveStays(history.facts, history.terms, history.now)};
    if (AnIdDecides(naive.stays)) continue;
    std::set<std::string> kommuner, hospitals;
    for (const NaiveStay& stay : naive.stays) {
      kommuner.insert(stay.stay_kommune);
      hospitals.insert(stay.hospital);
      for (const NaivePeriod& period : stay.periods) kommuner.insert(period.kommune);
    }

    Population population;
    const projections::Cluster cluster = ClusterOf(history.facts);
    for (const auto& stay : projections::ComputeStays(cluster).stays) population.Add(stay.entry);
    auto epoch = std::make_shared<projections::Epoch>(*population.At("2026-01-01 00:00").epoch);
    epoch->capacity = std::make_shared<projections::CapacityView>();
    const auto directory = Directory::BuiltIn();
    StatusQuestion question;
    question.epoch = epoch;
    question.directory = directory.get();
    question.terms = &history.terms;
    question.date = naive.date;
    question.counted_at = history.now;
    std::vector<std::string> scopes;
    for (const std::string& kommune : kommuner) scopes.push_back("k:" + kommune);
    for (const std::string& hospital : hospitals) scopes.push_back("h:" + hospital);
    const auto statuses = CountStatuses(question, scopes);
    ASSERT_TRUE(statuses.ok()) << statuses.status();
    for (const v1::DailyStatusIssued& status : *statuses) {
      const std::string id = status.scope().substr(2);
      const bool hospital = status.scope()[0] == 'h';
      Compare(status, hospital ? naive.Hospital(id) : naive.Kommune(id), hospital, &seen);
    }
    if (HasFailure()) ADD_FAILURE() << "seed " << seed << "\n" << Readable(history);
  }
  for (const char* name : {"ukp", "ukp_over_24h", "ukp_over_7_days", "awaiting_answer",
                           "answered_yes", "answered_no", "ukp_morning", "payable_kr_month",
                           "deadlines_missed", "discharges", "ukp_declared", "ukp_withdrawn"}) {
    EXPECT_GT(seen[name], 20) << name << " was hardly ever there";
  }
}

}  // namespace
}  // namespace overgang::daily_status
