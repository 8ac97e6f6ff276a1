#include "consumers/escalation/dry_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/course.h"
#include "consumers/escalation/level_facts.h"
#include "core/oslo_time.h"

namespace overgang::escalation {
namespace {

using projections::CapacityView;

// The numbers of all hospitals as the sweep through time goes on.
struct Numbers {
  std::vector<HospitalNumbers> hospitals;  // As Past::hospitals.
  CapacityView beds;
  CapacityView places;
};

// One scope on its way through the period.
class Course {
 public:
  Course(const DryRunQuestion& question, const LevelScope& scope, const Past& past,
         const Numbers& numbers)
      : question_(question), scope_(scope), numbers_(numbers) {
    for (const std::string& hospital : scope.hospitals) {
      const auto found = std::ranges::find(past.hospitals, hospital);
      if (found != past.hospitals.end())
        hospitals_.push_back(static_cast<size_t>(found - past.hospitals.begin()));
    }
  }

  bool Has(size_t hospital) const {
    return std::ranges::find(hospitals_, hospital) != hospitals_.end();
  }

  // All that comes due by the clock alone until then.
  void AdvanceTo(int64_t at_us) {
    for (;;) {
      const int64_t due_us = machine_.NextDueUs(level_);
      const int64_t next_us = std::min(due_us, look_again_us_);
      if (next_us > at_us) return;
      due_us <= look_again_us_ ? Change(due_us) : Look(next_us);
    }
  }

  // What is measured from then on.
  void Look(int64_t at_us) {
    if (at_us >= rule_until_us_) {
      rule_ = question_.rules->At(scope_.scope, at_us);
      rule_until_us_ = question_.rules->NextChangeUs(at_us);
    }
    std::vector<HospitalNumbers> numbers;
    for (size_t hospital : hospitals_) {
      numbers.push_back(numbers_.hospitals[hospital]);
      numbers.back().stays_us = at_us;  // What is known of stays now was known.
    }
    if (places_until_us_ <= at_us) {
      places_ = CountPlaces(numbers_.places, scope_.kommuner, at_us);
      places_until_us_ = NextFreeUs(at_us);
    }
    const StaleAfter& stale_after_us = rule_.version->stale_after_us;
    measurement_ = MeasurementOf(numbers, places_, stale_after_us, at_us);
    machine_.Observe(rule_.rule, measurement_, at_us);
    look_again_us_ =
        std::min({NextStaleUs(measurement_, stale_after_us), rule_until_us_, places_until_us_});
  }

  void PlacesChanged() { places_until_us_ = kLongAgoUs; }

  const std::vector<CourseStep>& steps() const { return steps_; }
  std::vector<v1::LevelChanged>& changes() { return changes_; }
  const std::vector<v1::DryRunCard>& cards() const { return cards_; }

 private:
  void Change(int64_t due_us) {
    const Transition transition = *machine_.Due(level_, due_us);
    level_ = {transition.to, due_us, due_us, 0};
    steps_.push_back({due_us, transition.to, rule_.version->name, transition.cause});
    if (due_us < question_.from_us) return;
    changes_.push_back(LevelChangedOf(scope_, transition, static_cast<int>(changes_.size()) + 1,
                                      {rule_, measurement_, ""}));
    for (const CardTrigger& card : question_.cards) {
      if (card.level <= transition.from || card.level > transition.to || !IsOfScope(card)) continue;
      v1::DryRunCard& issued = cards_.emplace_back();
      issued.set_template_id(card.template_id);
      *issued.mutable_at() = ProtoOfUs(due_us);
      issued.set_level(transition.to);
    }
  }

  // A region has no cards.
  bool IsOfScope(const CardTrigger& card) const {
    return scope_.scope.starts_with("h:") &&
           (card.hospitals.empty() ||
            std::ranges::find(card.hospitals, scope_.hospitals.front()) != card.hospitals.end());
  }

  // When the next places become free that were reported to be free later.
  int64_t NextFreeUs(int64_t at_us) const {
    int64_t next_us = kNotUs;
    for (const auto& [key, unit] : numbers_.places.units) {
      const v1::PlacesReported& report = unit.newest->places_reported();
      const int64_t free_us = report.has_free_from() ? UsOfProto(report.free_from()) : 0;
      if (free_us > at_us) next_us = std::min(next_us, free_us);
    }
    return next_us;
  }

  const DryRunQuestion& question_;
  const LevelScope& scope_;
  const Numbers& numbers_;
  std::vector<size_t> hospitals_;
  Machine machine_;
  LevelNow level_;
  RuleAt rule_;
  int64_t rule_until_us_ = kLongAgoUs;
  PlacesNumbers places_;
  int64_t places_until_us_ = kLongAgoUs;
  Measurement measurement_;
  int64_t look_again_us_ = kNotUs;
  std::vector<CourseStep> steps_;
  std::vector<v1::LevelChanged> changes_;
  std::vector<v1::DryRunCard> cards_;
};

// Goes through steps and reports in the order of their times.
class Sweep {
 public:
  Sweep(const DryRunQuestion& question, const Past& past) : question_(question), past_(past) {
    numbers_.hospitals.resize(past.hospitals.size());
    for (const LevelScope& scope : question.scopes)
      courses_.emplace_back(question, scope, past, numbers_);
  }

  void Run() {
    const int64_t start_us = question_.from_us - kWarmUpUs;
    while (NextUs() <= start_us) TakeNext(nullptr);
    for (Course& course : courses_) course.Look(start_us);
    std::vector<Course*> touched;
    while (NextUs() < question_.to_us) {
      const int64_t at_us = NextUs();
      for (Course& course : courses_) course.AdvanceTo(at_us);
      touched.clear();
      while (NextUs() == at_us) TakeNext(&touched);
      for (Course* course : touched) course->Look(at_us);
    }
    for (Course& course : courses_) course.AdvanceTo(question_.to_us - 1);
  }
  std::vector<Course>& courses() { return courses_; }

 private:
  int64_t NextUs() const {
    const int64_t step_us = step_ < past_.steps.size() ? past_.steps[step_].at_us : kNotUs;
    const int64_t report_us =
        report_ < past_.reports.size() ? UsOfProto(past_.reports[report_]->occurred_at()) : kNotUs;
    return std::min(step_us, report_us);
  }

  // `touched` null: nobody looks yet.
  void TakeNext(std::vector<Course*>* touched) {
    const int64_t at_us = NextUs();
    if (step_ < past_.steps.size() && past_.steps[step_].at_us == at_us) {
      const StayStep& step = past_.steps[step_++];
      HospitalNumbers& numbers = numbers_.hospitals[step.hospital];
      numbers.ukp += step.ukp;
      numbers.ukp_over_24h += step.ukp_over_24h;
      return Touch(touched, [&](Course& course) { return course.Has(step.hospital); });
    }
    const auto& report = past_.reports[report_++];
    if (report->has_places_reported()) {
      numbers_.places.units[projections::UnitKey(*report)].newest = report;
      return Touch(touched, [](Course& course) {
        course.PlacesChanged();
        return true;
      });
    }
    const auto found = std::ranges::find(past_.hospitals, report->hospital());
    if (found == past_.hospitals.end()) return;
    numbers_.beds.units[projections::UnitKey(*report)].newest = report;
    const auto hospital = static_cast<size_t>(found - past_.hospitals.begin());
    CountBeds(numbers_.beds, *found, &numbers_.hospitals[hospital]);
    Touch(touched, [&](Course& course) { return course.Has(hospital); });
  }

  template <typename Concerns>
  void Touch(std::vector<Course*>* touched, Concerns concerns) {
    for (Course& course : courses_) {
      if (concerns(course) && touched != nullptr &&
          std::ranges::find(*touched, &course) == touched->end())
        touched->push_back(&course);
    }
  }

  const DryRunQuestion& question_;
  const Past& past_;
  Numbers numbers_;
  std::vector<Course> courses_;
  size_t step_ = 0;
  size_t report_ = 0;
};

void AddActual(const Past& past, const DryRunQuestion& question, v1::DryRunScope* scope) {
  std::vector<CourseStep> steps;
  for (const auto& change : past.changes) {
    if (change->scope() == scope->scope())
      steps.push_back(
          {UsOfProto(change->at()), change->to(), change->rules_version(), change->cause()});
  }
  *scope->mutable_did() = CourseOf(steps, question.from_us, question.to_us);
  for (const CardIssued& card : past.cards) {
    if (card.scope != scope->scope() || card.at_us < question.from_us ||
        card.at_us >= question.to_us)
      continue;
    v1::DryRunCard& told = *scope->add_did_cards();
    told.set_template_id(card.template_id);
    *told.mutable_at() = ProtoOfUs(card.at_us);
    told.set_level(card.level);
  }
}

}  // namespace

absl::StatusOr<v1::DryRunRulesResponse> DryRun(const DryRunQuestion& question, const Past& past) {
  Sweep sweep(question, past);
  sweep.Run();
  v1::DryRunRulesResponse response;
  std::vector<v1::LevelChanged> changes;
  for (size_t i = 0; i < question.scopes.size(); ++i) {
    Course& course = sweep.courses()[i];
    v1::DryRunScope& scope = *response.add_scopes();
    scope.set_scope(question.scopes[i].scope);
    scope.set_name(question.scopes[i].name);
    *scope.mutable_would() = CourseOf(course.steps(), question.from_us, question.to_us);
    for (const v1::DryRunCard& card : course.cards()) *scope.add_would_cards() = card;
    AddActual(past, question, &scope);
    std::ranges::move(course.changes(), std::back_inserter(changes));
  }
  if (changes.size() > kDryRunChangesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat(changes.size(), " changes of level are more than ", kDryRunChangesMax,
                     " that one answer may hold; ask for a shorter period or fewer hospitals"));
  }
  std::ranges::stable_sort(changes, {}, [](const auto& change) { return UsOfProto(change.at()); });
  for (v1::LevelChanged& change : changes) *response.add_changes() = std::move(change);
  for (const Version& version : question.rules->versions()) response.add_versions(version.name);
  return response;
}

}  // namespace overgang::escalation
