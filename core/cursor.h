// A cursor says which records of the log an answer covers: the log's incarnation and, per
// partition, the offset after the last covered one. To clients it is one opaque string, valid on
// any hub of the same log.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/event_log.h"

namespace overgang {

struct Cursor {
  std::string incarnation;
  Offsets next{};

  std::string Encode() const;
  // INVALID_ARGUMENT for what is no cursor, FAILED_PRECONDITION for one of another incarnation.
  static absl::StatusOr<Cursor> Parse(std::string_view text, std::string_view expected_incarnation);
  // Whether everything that `other` covers is covered here.
  bool Covers(const Cursor& other) const;
  // The cursor that covers just these records.
  static Cursor After(std::string_view incarnation, const std::vector<LogPosition>& positions);
};

}  // namespace overgang
