#include "core/cursor.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "core/errors.h"
#include "overgang/v1/log.pb.h"

namespace overgang {

std::string Cursor::Encode() const {
  v1::CursorPosition position;
  position.set_incarnation(incarnation);
  for (int64_t offset : next) position.add_next_offset(offset);
  return absl::WebSafeBase64Escape(position.SerializeAsString());
}

absl::StatusOr<Cursor> Cursor::Parse(std::string_view text, std::string_view expected_incarnation) {
  std::string bytes;
  v1::CursorPosition position;
  const bool readable =
      absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &bytes) &&
      position.ParseFromString(bytes) &&
      position.next_offset_size() == static_cast<int>(kPartitionCount) &&
      std::ranges::all_of(position.next_offset(), [](int64_t offset) { return offset >= 0; });
  if (!readable) {
    return FieldError(absl::StatusCode::kInvalidArgument, "cursor", "this is not a cursor",
                      "give a cursor that the hub gave, unchanged");
  }
  if (position.incarnation() != expected_incarnation) {
    return FieldError(
        absl::StatusCode::kFailedPrecondition, "cursor",
        "the cursor belongs to another incarnation of the log",
        "the log was restored or is another one: read from BEGINNING, or ask without a cursor");
  }
  Cursor cursor;
  cursor.incarnation = position.incarnation();
  std::ranges::copy(position.next_offset(), cursor.next.begin());
  return cursor;
}

bool Cursor::Covers(const Cursor& other) const {
  for (size_t i = 0; i < kPartitionCount; ++i) {
    if (next[i] < other.next[i]) return false;
  }
  return true;
}

Cursor Cursor::After(std::string_view incarnation, const std::vector<LogPosition>& positions) {
  Cursor cursor;
  cursor.incarnation = incarnation;
  for (const LogPosition& position : positions) {
    int64_t& next = cursor.next[position.partition.Index()];
    next = std::max(next, position.offset + 1);
  }
  return cursor;
}

}  // namespace overgang
