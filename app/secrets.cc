#include "app/secrets.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace overgang {
namespace {

constexpr size_t kKeyBytes = 32;

std::string RandomHex() {
  std::string bytes(kKeyBytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return absl::BytesToHexString(bytes);
}

absl::StatusOr<std::vector<std::string>> ReadLines(const std::string& file) {
  std::ifstream stream(file);
  if (!stream)
    return absl::NotFoundError(
        absl::StrCat(file, ": cannot be read; check the path and who may read it"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty())
    return absl::InvalidArgumentError(absl::StrCat(file, ": is empty; write the secret into it"));
  return lines;
}

absl::StatusOr<std::vector<std::string>> ReadKeys(const std::string& file, bool make) {
  if (make && !std::filesystem::exists(file)) {
    if (absl::Status status = WriteFileWhole(file, RandomHex() + "\n", 0600); !status.ok())
      return status;
  }
  auto lines = ReadLines(file);
  if (!lines.ok()) return lines.status();
  std::vector<std::string> keys;
  for (const std::string& line : *lines) {
    std::string key(kKeyBytes, '\0');
    size_t size = 0;
    const bool hex = line.size() == 2 * kKeyBytes &&
                     OPENSSL_hexstr2buf_ex(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                           &size, line.c_str(), '\0') == 1;
    if (!hex) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": line ", keys.size() + 1,
                       " is not 64 hex digits; make a key with: openssl rand -hex 32"));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

absl::Status WriteFileWhole(const std::string& path, std::string_view content, int mode) {
  const std::string beside = path + ".new";
  const auto failed = [&] {
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written (", std::strerror(errno),
                                               "); check the folder and free space"));
  };
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return failed();
  const bool written =
      write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      fsync(file) == 0;
  close(file);
  if (!written || std::rename(beside.c_str(), path.c_str()) != 0) return failed();
  return absl::OkStatus();
}

absl::StatusOr<Secrets> LoadSecrets(const Config& config) {
  const bool test = config.environment == Environment::kTest;
  Secrets secrets;
  auto pseudonym = ReadKeys(config.pseudonym_key_file, test);
  if (!pseudonym.ok()) return pseudonym.status();
  secrets.pseudonym_keys = *std::move(pseudonym);
  auto originals = ReadKeys(config.originals_key_file, test);
  if (!originals.ok()) return originals.status();
  secrets.originals_key = originals->front();
  if (config.access_token_file.empty()) return secrets;
  if (test && !std::filesystem::exists(config.access_token_file)) {
    if (absl::Status status = WriteFileWhole(config.access_token_file, RandomHex() + "\n", 0600);
        !status.ok())
      return status;
  }
  auto token = ReadLines(config.access_token_file);
  if (!token.ok()) return token.status();
  secrets.access_token = token->front();
  return secrets;
}

}  // namespace overgang
