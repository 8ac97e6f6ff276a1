// A hospital region of which statuses are counted: stays, places, beds and sources, made of a seed
// alone.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "consumers/daily_status/status_numbers.h"
#include "projections/capacity.h"
#include "tests/consumers/report_population.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

inline absl::Time OsloTime(const std::string& text) { return absl::FromUnixMicros(Us(text)); }

class StatusWorld {
 public:
  explicit StatusWorld(unsigned seed) : random_(seed) {}

  Population& population() { return population_; }

  // `count` stays of the last `days` before `now`, in the kommuner of the built-in directory.
  void AddStays(int count, const std::string& now, int days = 60) {
    const auto& kommuner = directory_->contents().regions.front().kommuner;
    for (int i = 0; i < count; ++i) {
      // A third are of the first, as the town is the largest.
      const size_t of =
          Below(3) == 0 ? 0 : static_cast<size_t>(Below(static_cast<int>(kommuner.size())));
      population_.Add(MakeStay(kommuner[of], Us(now), days));
    }
  }

  // A report of places; free as given, so many hours before `now`.
  void AddPlaces(const std::string& unit, v1::PlaceKind kind, int places, int free,
                 const std::string& at, const std::string& free_from = "") {
    v1::Envelope fact = CapacityFact(at);
    v1::PlacesReported& report = *fact.mutable_places_reported();
    report.set_unit(unit);
    report.set_kind(kind);
    report.set_places(places);
    report.set_free(free);
    if (!free_from.empty()) *report.mutable_free_from() = ToProto(OsloTime(free_from));
    for (const std::string& kommune : directory_->UnitById(unit)->kommuner)
      report.add_shared_by(kommune);
    capacity_.Apply(fact);
  }
  void AddBeds(const std::string& ward, int beds, int available, int occupied, int corridor,
               const std::string& at) {
    v1::Envelope fact = CapacityFact(at);
    v1::BedsReported& report = *fact.mutable_beds_reported();
    report.set_unit(ward);
    report.set_beds(beds);
    report.set_available(available);
    report.set_occupied(occupied);
    report.set_corridor(corridor);
    report.set_closed(beds - available);
    capacity_.Apply(fact);
  }
  void AddEmergencyDepartment(int waiting, int over_1h, int longest, const std::string& at) {
    v1::Envelope fact = CapacityFact(at);
    fact.mutable_emergency_department_reported()->set_waiting(waiting);
    fact.mutable_emergency_department_reported()->set_waiting_over_1h(over_1h);
    fact.mutable_emergency_department_reported()->set_longest_wait_minutes(longest);
    capacity_.Apply(fact);
  }
  void AddSource(const std::string& name, const std::string& heard, bool stale = false) {
    v1::SourceAge& source = *as_of_.add_sources();
    source.set_source(name);
    *source.mutable_last_heard_at() = ToProto(OsloTime(heard));
    source.set_stale(stale);
    if (stale) as_of_.set_stale(true);
  }
  void Publish(const v1::TablesPublished& tables) {
    ASSERT_TRUE(population_.store()
                    .Commit({{projections::kPublished, tables.date(), tables.SerializeAsString()}})
                    .ok());
  }

  std::shared_ptr<const projections::Epoch> Epoch(const std::string& now) {
    auto epoch = std::make_shared<projections::Epoch>(*population_.At(now).epoch);
    WriteSet unused;
    capacity_.EndEpoch(&unused);
    epoch->capacity = capacity_.view();
    return epoch;
  }

  daily_status::StatusQuestion Question(const std::string& now) {
    daily_status::StatusQuestion question;
    question.epoch = Epoch(now);
    question.directory = directory_.get();
    question.terms = &terms_;
    question.counted_at = OsloTime(now);
    question.date = OsloDate(question.counted_at);
    question.as_of = as_of_;
    return question;
  }

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

 private:
  projections::StayEntry MakeStay(const std::string& kommune, int64_t now_us, int days) {
    static const char* const kWards[] = {"MED1", "MED2", "GER1", "LUN1", "HJE1",
                                         "KIR1", "ORT1", "NEV1", "PSY1"};
    constexpr int64_t kHour = int64_t{3600} * 1'000'000;
    const auto hours = [&](int most) { return Below(most * 60) * (kHour / 60); };
    projections::StayEntry stay = StayOf("2025-01-01 00:00", "", kommune);
    stay.ward.Assign(kWards[Below(9)]);
    stay.corridor = Below(20) == 0;
    stay.services = static_cast<v1::KommuneKnowsPatient::Services>(Below(4));
    stay.admitted_us = now_us - hours(days * 24);
    stay.admission_notified_us = Below(10) == 0 ? 0 : stay.admitted_us + hours(30);
    if (Below(3) != 0) stay.admission_report_us = stay.admitted_us + hours(50);
    int64_t at_us = stay.admitted_us + hours(9 * 24);
    const int periods = Below(5) == 0 ? 2 : Below(2);
    for (int i = 0; i < periods; ++i) {
      projections::UkpPeriod period;
      period.since_us = at_us;
      period.kommune = stay.stay_kommune;
      if (Below(8) != 0) period.notified_us = at_us + hours(4);
      for (int answers = Below(3); answers > 0 && period.notified_us != 0; --answers) {
        const int64_t said_us =
            (period.replies.empty() ? period.notified_us : period.replies.back().at_us) + hours(30);
        period.replies.push_back({said_us, Below(2) == 0, Below(2) == 0 ? 0 : said_us + hours(72)});
      }
      at_us += Below(4) == 0 ? hours(16 * 24) : hours(3 * 24);
      period.until_us = at_us;
      period.end = i + 1 < periods ? v1::UKP_END_WITHDRAWN : v1::UKP_END_DISCHARGED;
      std::erase_if(period.replies, [&](auto& reply) { return reply.at_us >= at_us; });
      if (period.notified_us >= at_us) period.notified_us = 0;
      stay.periods.push_back(std::move(period));
      if (i + 1 < periods) at_us += hours(48);
    }
    stay.ended_us = at_us;
    stay.expected_us = Below(3) == 0 ? 0 : now_us + hours(120) - 24 * kHour;
    if (Below(10) != 0) stay.epikrise_us = at_us + hours(3);
    stay.died = periods == 0 && Below(30) == 0;
    if (at_us <= now_us) return stay;
    const auto then = projections::AsHappened(stay, now_us);
    EXPECT_TRUE(then.has_value());
    return *then;
  }

  v1::Envelope CapacityFact(const std::string& at) {
    v1::Envelope fact = Fact("capacity" + std::to_string(++facts_), 0, "", 0);
    fact.clear_patient_ref();
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(OsloTime(at));
    return fact;
  }

  std::mt19937 random_;
  Population population_;
  projections::CapacityFold capacity_;
  v1::AsOf as_of_;
  std::shared_ptr<const Directory> directory_ = Directory::BuiltIn();
  PaymentTerms terms_{{{2026, 6200}}, {}};
  int facts_ = 0;
};

}  // namespace overgang::testing
