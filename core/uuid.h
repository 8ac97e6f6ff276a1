// UUIDs: version 5 (of content; the same content, the same id) and version 4 (random). Lower-case
// text form.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace overgang {

// UUIDv5 in Overgang's own namespace over the parts, each preceded by its length so that no two
// lists collide.
std::string NameUuid(std::initializer_list<std::string_view> parts);
// The same, 16 bytes.
std::array<char, 16> NameUuidBytes(std::initializer_list<std::string_view> parts);
std::string RandomUuid();
// Any version, with hyphens.
bool IsUuid(std::string_view text);
// Hex of the first 16 bytes of SHA-256.
std::string ContentDigest(std::string_view content);
// Hex of all of it.
std::string Sha256Hex(std::string_view content);

}  // namespace overgang
