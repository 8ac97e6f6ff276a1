// HMAC-SHA-256 under a key that is made of a secret for one purpose alone, so that what is signed
// for one thing never passes for another. Immutable and thread-safe once made.
#pragma once

#include <string>
#include <string_view>

namespace overgang {

class MacKey {
 public:
  // `purpose`: "overgang tiltakskort link 1"; another purpose, another key.
  MacKey(std::string_view secret, std::string_view purpose);

  std::string Sign(std::string_view text) const;  // 32 bytes.
  // In a time that does not depend on where `mac` differs.
  bool Verify(std::string_view text, std::string_view mac) const;

 private:
  std::string key_;
};

}  // namespace overgang
