#include "adapters/log/embedded_record.h"

#include <cstring>

namespace overgang {
namespace {

void PutVarint(std::string& out, size_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

bool TakeVarint(std::string_view& in, size_t& number) {
  number = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    number |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool TakeBytes(std::string_view& in, size_t size, std::string_view& bytes) {
  if (in.size() < size) return false;
  bytes = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

bool TakeText(std::string_view& in, std::string_view& text) {
  size_t size = 0;
  return TakeVarint(in, size) && TakeBytes(in, size, text);
}

}  // namespace

OffsetKey EncodeOffset(int64_t offset) {
  OffsetKey key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(offset >> (56 - 8 * i));
  return key;
}

int64_t DecodeOffset(std::string_view key) {
  uint64_t offset = 0;
  for (const char byte : key.substr(0, 8)) offset = offset << 8 | static_cast<unsigned char>(byte);
  return static_cast<int64_t>(offset);
}

std::array<char, 8> EncodeAppendedAt(absl::Time appended_at) {
  const int64_t micros = absl::ToUnixMicros(appended_at);
  std::array<char, 8> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(micros >> (8 * i));
  return bytes;
}

std::string EncodeBody(const NewRecord& record) {
  std::string headers;
  for (const auto& [name, value] : record.headers) {
    PutVarint(headers, name.size());
    headers += name;
    PutVarint(headers, value.size());
    headers += value;
  }
  std::string body;
  body.reserve(10 + record.key.size() + headers.size() + record.value.size());
  PutVarint(body, record.key.size());
  PutVarint(body, headers.size());
  body += record.key;
  body += headers;
  body += record.value;
  return body;
}

bool DecodeRecord(std::string_view stored, bool with_headers, LogRecord& record) {
  std::string_view time, headers;
  size_t key_size = 0, headers_size = 0;
  if (!TakeBytes(stored, 8, time) || !TakeVarint(stored, key_size) ||
      !TakeVarint(stored, headers_size) || !TakeBytes(stored, key_size, record.key) ||
      !TakeBytes(stored, headers_size, headers)) {
    return false;
  }
  uint64_t micros = 0;
  for (size_t i = 0; i < 8; ++i)
    micros |= static_cast<uint64_t>(static_cast<unsigned char>(time[i])) << (8 * i);
  record.appended_at = absl::FromUnixMicros(static_cast<int64_t>(micros));
  record.value = stored;
  while (with_headers && !headers.empty()) {
    std::string_view name, value;
    if (!TakeText(headers, name) || !TakeText(headers, value)) return false;
    record.headers.emplace_back(name, value);
  }
  return true;
}

}  // namespace overgang
