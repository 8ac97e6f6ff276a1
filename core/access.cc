#include "core/access.h"

#include <algorithm>

#include "core/errors.h"
#include "core/fact_writer.h"
#include "core/topics.h"

namespace overgang {
namespace {

bool Holds(const std::vector<std::string>& sorted, std::string_view value) {
  return std::binary_search(sorted.begin(), sorted.end(), value,
                            [](std::string_view a, std::string_view b) { return a < b; });
}

absl::Status Lacks(std::string_view what, std::string_view claim) {
  return FieldError(absl::StatusCode::kPermissionDenied, "authorization", what, claim);
}

// "k:5001", "h:974749025".
bool MaySeeKey(const Scope& scope, std::string_view key) {
  if (key.starts_with("k:")) return scope.MaySeeKommune(key.substr(2));
  return key.starts_with("h:") && scope.MaySeeHospital(key.substr(2));
}

bool MaySeeStatus(const Scope& scope, const v1::Envelope& fact) {
  switch (fact.fact_case()) {
    case v1::Envelope::kDailyStatusIssued:
      return MaySeeKey(scope, fact.daily_status_issued().scope());
    case v1::Envelope::kDailyStatusCorrected:
      return MaySeeKey(scope, fact.daily_status_corrected().scope());
    case v1::Envelope::kTablesPublished:
      return scope.MaySeePublished();
    default:
      return false;
  }
}

}  // namespace

std::shared_ptr<const Scope> Scope::Nothing() {
  static const auto nothing = std::make_shared<const Scope>();
  return nothing;
}

std::shared_ptr<const Scope> Scope::All() {
  static const auto all = std::make_shared<const Scope>(Scope{.kommuner = {},
                                                              .hospitals = {},
                                                              .everything = true,
                                                              .aggregate = true,
                                                              .write = true,
                                                              .operate = true,
                                                              .data_protection = true});
  return all;
}

bool Scope::MaySeeKommune(std::string_view kommune) const {
  return everything || Holds(kommuner, kommune);
}

bool Scope::MaySeeHospital(std::string_view hospital) const {
  return everything || Holds(hospitals, hospital);
}

bool Scope::MaySeeFact(const v1::Envelope& fact) const {
  if (everything) return true;
  if (fact.fact_case() == v1::Envelope::FACT_NOT_SET || fact.has_patient_merged()) return false;
  switch (TopicOf(fact)) {
    case Topic::kPathway:
    case Topic::kReadmissions:
      return MaySeeStay(fact.stay_kommune(), fact.hospital());
    case Topic::kCapacity:
      if (!fact.has_places_reported()) return MaySeeHospital(fact.hospital());
      return std::ranges::any_of(
          fact.places_reported().shared_by(),
          [this](const std::string& kommune) { return MaySeeKommune(kommune); });
    case Topic::kEscalation:
      return MaySeeHospital(fact.hospital());
    case Topic::kStatus:
      return MaySeeStatus(*this, fact);
    default:
      return false;
  }
}

absl::Status Admit(Need need, const Scope& scope) {
  switch (need) {
    case Need::kPublished:
      if (scope.MaySeePublished()) return absl::OkStatus();
      return Lacks("this principal has no scope",
                   "have the claim overgang name its kommuner or hospitals, or aggregate");
    case Need::kOwn:
      if (scope.SeesStays()) return absl::OkStatus();
      return Lacks(
          scope.aggregate ? "this principal sees sums only" : "this principal has no scope",
          scope.aggregate
              ? "use GetPublishedTables, or have the claim overgang name its kommuner or "
                "hospitals"
              : "have the claim overgang name its kommuner or hospitals");
    case Need::kWrite:
      if (scope.write && scope.SeesStays()) return absl::OkStatus();
      return Lacks("this principal may not write",
                   "have the claim overgang say write, beside its kommuner or hospitals");
    case Need::kEverything:
      if (scope.everything) return absl::OkStatus();
      return Lacks("this is for principals that see everything",
                   "have the claim overgang say everything");
    case Need::kOperate:
      if (scope.operate) return absl::OkStatus();
      return Lacks("this is for those who run the hub", "have the claim overgang say operator");
    case Need::kOwnOrOperate:
      if (scope.operate) return absl::OkStatus();
      return Admit(Need::kOwn, scope);
    case Need::kDataProtection:
      if (scope.data_protection) return absl::OkStatus();
      return Lacks("this is for the data protection officer", "have the claim overgang say dpo");
  }
  return Lacks("nobody may call this", "tell who wrote the hub");
}

absl::Status NotYours(std::string_view field) {
  return FieldError(absl::StatusCode::kPermissionDenied, field, "is not this principal's own",
                    "leave it out for all of its own; others are in GetPublishedTables only");
}

absl::Status MayAskForKommune(const Scope& scope, std::string_view kommune,
                              std::string_view field) {
  return scope.MaySeeKommune(kommune) || !scope.hospitals.empty() ? absl::OkStatus()
                                                                  : NotYours(field);
}

absl::Status MayAskForHospital(const Scope& scope, std::string_view hospital,
                               std::string_view field) {
  return scope.MaySeeHospital(hospital) || !scope.kommuner.empty() ? absl::OkStatus()
                                                                   : NotYours(field);
}

}  // namespace overgang
