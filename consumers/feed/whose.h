// Whose a fact of a patient is: of the kommuner that its stay is, as the views know that stay; of a
// stay that never was, as they would if that had not been said. What the fact itself says is where
// the patient lives, often enough, or nothing; it counts only for facts of no stay.
//
// Threads: any. Reads rows, of one person; the answer may change with what is learnt of the stay.
#pragma once

#include <string>
#include <vector>

#include "core/access.h"
#include "core/clock.h"
#include "core/topics.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/views.h"

namespace overgang::feed {

// Topics of facts of patients: whose these are, only the views can tell.
bool IsOfPatients(Topic topic);

class Whose {
 public:
  // Both outlive it.
  Whose(const projections::Views& views, const Clock& clock) : views_(views), clock_(clock) {}

  // Of a fact of a patient that the views have: the kommuner that its stay is of by now
  // (projections/visible.h).
  std::vector<std::string> KommunerOf(const v1::Envelope& fact) const;
  // False too where there is no such stay.
  bool MaySeeStay(const Scope& scope, const std::string& stay_id) const;

 private:
  const projections::Views& views_;
  const Clock& clock_;
};

}  // namespace overgang::feed
