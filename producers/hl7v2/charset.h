// MSH-18: which character set a message is written in, and its text as UTF-8. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace overgang::hl7v2 {

enum class Charset : unsigned char {
  kUnstated,
  kAscii,
  kUtf8,
  kLatin1,
  kLatin9,
  kWindows1252,
  kUnknown
};

// By HL7's table 0211 and the names vendors use, upper or lower case: "8859/1", "ISO-8859-1",
// "UNICODE UTF-8", "Windows-1252".
Charset CharsetByName(std::string_view msh18);

bool IsAscii(std::string_view text);
bool IsUtf8(std::string_view text);

// `bytes` as UTF-8 in `out`. Where the name promises ASCII or nothing (as Norwegian systems do that
// send Latin letters all the same), or is not known: UTF-8 where the bytes are valid UTF-8, else
// Windows-1252, which holds Latin-1. A byte that the set does not have becomes U+FFFD: no admission
// is refused for a letter.
void ToUtf8(std::string_view bytes, Charset charset, std::string& out);

}  // namespace overgang::hl7v2
