// What the intake door asks the views: who is meant by a stay id, whether an idempotency key was
// used before, and which facts are held already. A port, so that producers need not know
// projections. Thread-safe; answers are of the newest committed epoch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang {

struct StaySubject {
  std::string patient_ref;
  std::string hospital;
  std::string visit_key;   // Empty where the source gave none.
  absl::Time admitted_at;  // Goes into stated_admission_at where there is no visit key.
  std::string stay_kommune;
};

struct IntakeReceipt {
  std::string event_id;
  std::string digest;  // Of the content that came with the key.
  std::string cursor;  // Covers the fact.
};

class StayLookup {
 public:
  virtual ~StayLookup() = default;
  // NOT_FOUND where no stay has this id or alias.
  [[nodiscard]] virtual absl::StatusOr<StaySubject> FindStay(std::string_view stay_id) const = 0;
  // The open stay of a person (any of its references) at a hospital; NOT_FOUND where there is none.
  [[nodiscard]] virtual absl::StatusOr<StaySubject> FindOpenStay(
      std::string_view patient_ref, std::string_view hospital) const = 0;
  [[nodiscard]] virtual absl::StatusOr<std::optional<IntakeReceipt>> FindReceipt(
      std::string_view principal, std::string_view method,
      std::string_view idempotency_key) const = 0;
  // The event ids of all facts that are held of a person, sorted; none where nobody has this
  // reference.
  [[nodiscard]] virtual absl::StatusOr<std::vector<std::string>> HeldFacts(
      std::string_view patient_ref) const = 0;
};

}  // namespace overgang
