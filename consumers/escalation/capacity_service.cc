#include "consumers/escalation/capacity_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/read_topic.h"
#include "core/errors.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::escalation {
namespace {

absl::Status Check(const v1::GetCapacityRequest& request, const Scope& scope, absl::Time now) {
  if (request.hospitals_size() > kUnitFiltersMax || request.kommuner_size() > kUnitFiltersMax) {
    return FieldError(absl::StatusCode::kInvalidArgument,
                      request.hospitals_size() > kUnitFiltersMax ? "hospitals" : "kommuner",
                      absl::StrCat("more than ", kUnitFiltersMax, " values"),
                      "ask for all by leaving both empty");
  }
  for (const std::string& hospital : request.hospitals()) {
    absl::Status status = CheckHospital(hospital, "hospitals");
    if (status.ok()) status = MayAskForHospital(scope, hospital, "hospitals");
    if (!status.ok()) return status;
  }
  for (const std::string& kommune : request.kommuner()) {
    absl::Status status = CheckKommune(kommune, "kommuner");
    if (status.ok()) status = MayAskForKommune(scope, kommune, "kommuner");
    if (!status.ok()) return status;
  }
  if (!request.has_from() && request.has_to()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "from", "this is missing",
                      "say from when the history is to be told, or leave to out too");
  }
  const absl::Time to = request.has_to() ? FromProto(request.to()) : now;
  if (request.has_from() && FromProto(request.from()) >= to) {
    return FieldError(absl::StatusCode::kInvalidArgument, "from", "this is not before to",
                      "give a time that has passed, and before to");
  }
  return absl::OkStatus();
}

bool IsAsked(const v1::GetCapacityRequest& request, const v1::Envelope& report) {
  if (request.hospitals().empty() && request.kommuner().empty()) return true;
  if (!report.has_places_reported())
    return std::ranges::find(request.hospitals(), report.hospital()) != request.hospitals().end();
  return std::ranges::any_of(report.places_reported().shared_by(), [&](const std::string& kommune) {
    return std::ranges::find(request.kommuner(), kommune) != request.kommuner().end();
  });
}

bool IsTold(const Caller& caller, const v1::GetCapacityRequest& request,
            const v1::Envelope& report) {
  return IsAsked(request, report) && caller.scope->MaySeeFact(report);
}

v1::CapacityReport ReportOf(const v1::Envelope& fact) {
  v1::CapacityReport report;
  *report.mutable_at() = fact.occurred_at();
  report.set_source(SourceName(fact.source()));
  if (fact.has_beds_reported()) {
    *report.mutable_beds() = fact.beds_reported();
  } else if (fact.has_places_reported()) {
    *report.mutable_places() = fact.places_reported();
  } else {
    *report.mutable_emergency_department() = fact.emergency_department_reported();
  }
  return report;
}

int64_t StaleAfterUs(const Version& version, const v1::Envelope& report) {
  const Input input = report.has_beds_reported()     ? Input::kOccupancy
                      : report.has_places_reported() ? Input::kFreeKommunePlaces
                                                     : Input::kWaitingOver1h;
  return version.stale_after_us[static_cast<size_t>(input)];
}

// As the fold of capacity orders reports.
auto PlaceOf(const v1::Envelope& fact) {
  return std::tuple(UsOfProto(fact.occurred_at()), UsOfProto(fact.recorded_at()),
                    std::string_view(fact.event_id()));
}

}  // namespace

void CapacityService::Register(MethodTable& table) {
  table.AddUnary<v1::GetCapacityRequest, v1::GetCapacityResponse>(
      "overgang.v1.CapacityService/GetCapacity", Need::kOwn,
      [this](const Caller& caller, const v1::GetCapacityRequest& request, auto reply) {
        absl::Status status = Check(request, *caller.scope, parts_.clock.Now());
        if (!status.ok()) return reply(status);
        parts_.views.WhenCovers(request.wait_for(), caller.deadline,
                                [this, caller, request, reply](auto epoch) {
                                  if (!epoch.ok()) return reply(epoch.status());
                                  Get(caller, request, *epoch, reply);
                                });
      });
}

void CapacityService::Stop() {
  stop_.request_stop();
  pool_.Stop();
}

void CapacityService::Get(const Caller& caller, const v1::GetCapacityRequest& request,
                          const EpochPtr& epoch, const GetReply& reply) {
  const absl::Time now = parts_.clock.Now();
  if (!request.has_from()) return reply(Newest(caller, request, *epoch, now));
  pool_.Run([this, caller, request, epoch, now, reply](const absl::Status& may_run) {
    if (!may_run.ok()) return reply(may_run);
    v1::GetCapacityResponse response = Newest(caller, request, *epoch, now);
    absl::Status status = AddHistory(caller, request, *epoch, now, &response);
    if (!status.ok()) return reply(status);
    reply(std::move(response));
  });
}

v1::GetCapacityResponse CapacityService::Newest(const Caller& caller,
                                                const v1::GetCapacityRequest& request,
                                                const projections::Epoch& epoch,
                                                absl::Time now) const {
  v1::GetCapacityResponse response;
  const auto rules = parts_.rules.Get();
  const int64_t now_us = absl::ToUnixMicros(now);
  const Version& version = rules->VersionAt(now_us);
  std::vector<const projections::UnitReport*> units;
  for (const auto& [key, unit] : epoch.capacity->units) {
    if (IsTold(caller, request, *unit.newest)) units.push_back(&unit);
  }
  std::ranges::stable_sort(units, {}, [](const projections::UnitReport* unit) {
    return std::pair(unit->newest->has_places_reported(), unit->newest->hospital());
  });
  for (const projections::UnitReport* unit : units) {
    const v1::Envelope& report = *unit->newest;
    v1::UnitCapacity& told = *response.add_units();
    told.set_hospital(report.hospital());
    *told.mutable_newest() = ReportOf(report);
    const int64_t age_us = now_us - UsOfProto(report.occurred_at());
    told.set_age_seconds(age_us / 1'000'000);
    told.set_stale(age_us > StaleAfterUs(version, report));
    if (unit->free_since_us != 0) *told.mutable_free_since() = ProtoOfUs(unit->free_since_us);
  }
  *response.mutable_as_of() = parts_.views.AsOf(epoch, now, caller, *parts_.directory.Get());
  return response;
}

absl::Status CapacityService::AddHistory(const Caller& caller,
                                         const v1::GetCapacityRequest& request,
                                         const projections::Epoch& epoch, absl::Time now,
                                         v1::GetCapacityResponse* response) const {
  const int64_t from_us = absl::ToUnixMicros(FromProto(request.from()));
  const int64_t to_us = absl::ToUnixMicros(request.has_to() ? FromProto(request.to()) : now);
  std::map<std::string, std::vector<std::shared_ptr<v1::Envelope>>> by_unit;
  std::set<std::string> seen;
  absl::Status status =
      ReadTopic(parts_.log, Topic::kCapacity, epoch, stop_.get_token(), [&](const auto& fact) {
        const int64_t at_us = UsOfProto(fact->occurred_at());
        if (at_us < from_us || at_us >= to_us || seen.size() > kHistoryReportsMax ||
            !IsTold(caller, request, *fact) || !seen.insert(fact->event_id()).second)
          return;
        by_unit[projections::UnitKey(*fact)].push_back(fact);
      });
  if (!status.ok()) return status;
  if (seen.size() > kHistoryReportsMax) {
    return FieldError(absl::StatusCode::kResourceExhausted, "from",
                      absl::StrCat("there are more than ", kHistoryReportsMax, " reports"),
                      "ask for a shorter period or fewer hospitals and kommuner");
  }
  std::map<std::string, v1::UnitCapacity*> told;
  for (v1::UnitCapacity& unit : *response->mutable_units()) {
    v1::Envelope key;
    key.set_hospital(unit.hospital());
    const v1::CapacityReport& newest = unit.newest();
    if (newest.has_beds()) {
      *key.mutable_beds_reported() = newest.beds();
    } else if (newest.has_places()) {
      *key.mutable_places_reported() = newest.places();
    }
    told[projections::UnitKey(key)] = &unit;
  }
  for (auto& [key, facts] : by_unit) {
    // One that the caller shared before and does not share now has reports and no newest one.
    const auto unit = told.find(key);
    if (unit == told.end()) continue;
    std::ranges::sort(facts, {}, [](const auto& fact) { return PlaceOf(*fact); });
    for (const auto& fact : facts) *unit->second->add_history() = ReportOf(*fact);
  }
  return absl::OkStatus();
}

}  // namespace overgang::escalation
