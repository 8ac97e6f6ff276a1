// Seals received messages with AES-256-GCM under a key of its own, so that what is kept can be read
// again only by those who hold the originals key. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overgang {

class Sealer {
 public:
  // `key`: exactly 32 bytes.
  static absl::StatusOr<Sealer> Create(std::string key);
  // Nonce (12) + ciphertext + tag (16). `associated` (the original's id) must be given again to
  // open.
  std::string Seal(std::string_view plain, std::string_view associated) const;
  // DATA_LOSS where the text was changed or the key is another.
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view associated) const;
  std::string KeyId() const { return key_id_; }
  std::string Fingerprint() const { return key_id_; }

 private:
  Sealer(std::string key, std::string key_id) : key_(std::move(key)), key_id_(std::move(key_id)) {}
  std::string key_;
  std::string key_id_;
};

}  // namespace overgang
