#include "core/url_form.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace overgang {
namespace {

// How many bytes follow the first of a character; -1: it is no first byte.
int FollowingBytes(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

// The second byte says whether a character is written longer than it need be, is half of a pair, or
// is none that there is.
bool MayFollow(unsigned char first, unsigned char second) {
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second <= 0x9f;
  if (first == 0xf0) return second >= 0x90;
  return first != 0xf4 || second <= 0x8f;
}

}  // namespace

std::optional<std::string> UrlDecode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result.push_back(' ');
    } else if (text[i] != '%') {
      result.push_back(text[i]);
    } else {
      if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
          !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2])))
        return std::nullopt;
      result += absl::HexStringToBytes(std::string(text.substr(i + 1, 2)));
      i += 2;
    }
  }
  return result;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int following = FollowingBytes(first);
    if (following < 0 || text.size() - i <= static_cast<size_t>(following)) return false;
    for (int k = 1; k <= following; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      if ((byte & 0xc0) != 0x80 || (k == 1 && !MayFollow(first, byte))) return false;
    }
    i += static_cast<size_t>(following) + 1;
  }
  return true;
}

std::optional<std::map<std::string, std::string, std::less<>>> FormFields(std::string_view body) {
  std::map<std::string, std::string, std::less<>> fields;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(body.data(), body.size()), '&', absl::SkipEmpty())) {
    const std::vector<std::string> halves = absl::StrSplit(part, absl::MaxSplits('=', 1));
    auto name = UrlDecode(halves[0]);
    auto value = UrlDecode(halves.size() == 2 ? halves[1] : "");
    if (!name.has_value() || !value.has_value() || !IsUtf8(*name) || !IsUtf8(*value))
      return std::nullopt;
    fields.emplace(*std::move(name), absl::StrReplaceAll(*value, {{"\r\n", "\n"}}));
  }
  return fields;
}

}  // namespace overgang
