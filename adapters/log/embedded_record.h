// How the embedded log stores one record. The key is the offset, 8 bytes big-endian, so that files
// are sorted by it. The value, format 1:
//
//   appended_at   8 bytes, microseconds since 1970, little-endian
//   key length    varint32
//   headers bytes varint32
//   key, headers (each: varint32 length + name, varint32 length + value), value: the rest
//
// Pure functions; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/event_log.h"

namespace overgang {

inline constexpr std::string_view kEmbeddedFormat = "1";

using OffsetKey = std::array<char, 8>;
OffsetKey EncodeOffset(int64_t offset);
int64_t DecodeOffset(std::string_view key);  // `key` has 8 bytes.

// appended_at, which is known only when a record is written, and the rest.
std::array<char, 8> EncodeAppendedAt(absl::Time appended_at);
std::string EncodeBody(const NewRecord& record);

// Fills key, value, appended_at and, where wanted, headers with views into `stored`. False:
// corrupt.
bool DecodeRecord(std::string_view stored, bool with_headers, LogRecord& record);

}  // namespace overgang
