// What the hub has to decide on a stay, now or when it is due: computed by the fold from the stay
// and from what was decided so far. A decision that is folded removes its matter, or raises its
// revision. Folding itself never decides.
//
// Threads: values. Units: microseconds since 1970 UTC; 0 = absent.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/state_store.h"
#include "overgang/v1/decided.pb.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/pathway/entry.h"

namespace overgang::projections {

struct Matter {
  enum class Kind : uint8_t { kDeadline, kReadmission };
  Kind kind = Kind::kDeadline;
  Uuid stay_id;                                               // Whose.
  v1::DeadlineKind deadline = v1::DEADLINE_KIND_UNSPECIFIED;  // kDeadline only.
  v1::PatientReadmitted::Definition definition =
      v1::PatientReadmitted::DEFINITION_UNSPECIFIED;  // kReadmission only.
  bool withdraw = false;                              // What was decided no longer holds.
  int32_t revision = 1;            // That the decision has to bear: the newest so far + 1.
  int64_t due_us = 0;              // Not to be decided before; 0: at once. Of a deadline that is
                                   // withdrawn: as it was decided.
  int64_t met_us = 0;              // kDeadline: when it was met, too late; 0: not met.
  Uuid index_stay_id;              // kReadmission, not withdrawn.
  int64_t since_discharge_us = 0;  // kReadmission, not withdrawn.
  std::string subject;             // As it was first decided: "deadline/<stay id>/.../<patient>".
  bool operator==(const Matter&) const = default;
};

// What the envelope of a decision needs.
struct StayWho {
  PatientRef patient;
  HospitalCode hospital;
  KommuneCode residence_kommune;
  KommuneCode stay_kommune;
  v1::Sector sector = v1::SECTOR_UNSPECIFIED;
  Code<24> ward;
  std::string visit_key;
  bool operator==(const StayWho&) const = default;
};

// All open matters of one cluster.
struct Matters {
  PatientRef cluster;
  std::vector<std::pair<Matter, StayWho>> open;
  std::string Serialize() const;
  static bool Parse(const PatientRef& cluster, std::string_view row, Matters* matters);
};

// What was decided on a cluster's stays: the decision with the newest revision, by subject.
using Decided = std::map<std::string, v1::Envelope>;

// Takes a decision in; false where it is none, or one of this revision or a later one was there
// first.
bool TakeDecision(const v1::Envelope& decision, Decided* decided);

struct DerivedStay;
// Of a cluster's stays, by stay.
std::vector<std::pair<Matter, StayWho>> OpenMatters(const std::vector<DerivedStay>& stays,
                                                    const Decided& decided);

// All that are open, as of an epoch.
absl::Status ScanMatters(const StateSnapshot& rows, const std::function<void(Matters)>& visit);

}  // namespace overgang::projections
