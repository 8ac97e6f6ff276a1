// Writes the numbers of a status, each with its name and unit (docs/status.md). Values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "overgang/v1/status.pb.h"

namespace overgang::daily_status {

// All that there are, in the order in which they are explained.
std::span<const std::string_view> NumberNames();

// How StatusNumber.of names a part of the scope; a date stands as YYYY-MM-DD, a unit as
// "<unit>/<kind>".
std::string KommunePart(std::string_view kommune);    // "k:5001", also a scope.
std::string HospitalPart(std::string_view hospital);  // "h:974749025", also a scope.
std::string WardPart(std::string_view ward);          // "w:MED1".

class Numbers {
 public:
  explicit Numbers(v1::DailyStatusIssued* status, std::string of = "")
      : status_(*status), of_(std::move(of)) {}
  // The same status, another part.
  Numbers Of(std::string of) const { return Numbers(&status_, std::move(of)); }

  const std::string& scope() const { return status_.scope(); }

  v1::StatusNumber& Add(std::string_view name, double value, std::string_view unit);
  // Nobody has told it.
  v1::StatusNumber& Unknown(std::string_view name, std::string_view unit);
  // Somebody else's small cell.
  v1::StatusNumber& Suppressed(std::string_view name, std::string_view unit);

  v1::StatusNumber& Stays(std::string_view name, double value) { return Add(name, value, "stays"); }
  // From a length, in whole minutes.
  v1::StatusNumber& Hours(std::string_view name, int64_t us);

 private:
  v1::DailyStatusIssued& status_;
  std::string of_;
};

}  // namespace overgang::daily_status
