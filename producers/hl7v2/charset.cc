#include "producers/hl7v2/charset.h"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace overgang::hl7v2 {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.

// Upper case without the separators that vendors vary.
std::string Normalized(std::string_view name) {
  std::string text;
  for (char c : name) {
    if (c == ' ' || c == '-' || c == '_' || c == '/') continue;
    text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

// Opening one costs some 10 us, so each thread keeps its own; iconv_t is not for two threads at
// once.
class Converter {
 public:
  explicit Converter(const char* from) : handle_(iconv_open("UTF-8", from)) {}
  ~Converter() {
    if (ok()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool ok() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  void Convert(std::string_view bytes, std::string& out) {
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    char* in = const_cast<char*>(bytes.data());
    size_t in_left = bytes.size();
    std::array<char, 4096> chunk;
    while (in_left > 0) {
      char* to = chunk.data();
      size_t to_left = chunk.size();
      const size_t result = iconv(handle_, &in, &in_left, &to, &to_left);
      const int error = errno;
      out.append(chunk.data(), chunk.size() - to_left);
      if (result != static_cast<size_t>(-1) || error == E2BIG) continue;
      out += kReplacement;  // EILSEQ, or EINVAL: cut off at the end.
      ++in;
      --in_left;
    }
  }

 private:
  iconv_t handle_;
};

Converter& ConverterOf(Charset charset) {
  thread_local Converter utf8("UTF-8"), latin1("ISO-8859-1"), latin9("ISO-8859-15"),
      windows("CP1252");
  switch (charset) {
    case Charset::kUtf8:
      return utf8;
    case Charset::kLatin1:
      return latin1;
    case Charset::kLatin9:
      return latin9;
    default:
      return windows;
  }
}

}  // namespace

Charset CharsetByName(std::string_view msh18) {
  static constexpr std::pair<std::string_view, Charset> kNames[] = {
      {"", Charset::kUnstated},
      {"ASCII", Charset::kAscii},
      {"USASCII", Charset::kAscii},
      {"UNICODEUTF8", Charset::kUtf8},
      {"UTF8", Charset::kUtf8},
      {"88591", Charset::kLatin1},
      {"ISO88591", Charset::kLatin1},
      {"LATIN1", Charset::kLatin1},
      {"ISOIR100", Charset::kLatin1},
      {"885915", Charset::kLatin9},
      {"ISO885915", Charset::kLatin9},
      {"LATIN9", Charset::kLatin9},
      {"WINDOWS1252", Charset::kWindows1252},
      {"CP1252", Charset::kWindows1252},
      {"ANSI", Charset::kWindows1252},
  };
  const std::string name = Normalized(msh18);
  for (const auto& [known, charset] : kNames) {
    if (name == known) return charset;
  }
  return Charset::kUnknown;
}

bool IsAscii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (word & kHighBits) return false;
  }
  for (; i < text.size(); ++i) {
    if (text[i] & 0x80) return false;
  }
  return true;
}

bool IsUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                          : (lead & 0xF0) == 0xE0        ? 3
                          : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                         : 0;
    if (length == 0 || text.size() - i < length) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = byte(i + 1);  // Overlong forms, surrogates, beyond U+10FFFF.
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

void ToUtf8(std::string_view bytes, Charset charset, std::string& out) {
  out.clear();
  const bool stated = charset == Charset::kUtf8 || charset == Charset::kLatin1 ||
                      charset == Charset::kLatin9 || charset == Charset::kWindows1252;
  if (!stated) charset = IsUtf8(bytes) ? Charset::kUtf8 : Charset::kWindows1252;
  if (charset == Charset::kUtf8 && IsUtf8(bytes)) {
    out = bytes;
    return;
  }
  Converter& converter = ConverterOf(charset);
  if (converter.ok()) return converter.Convert(bytes, out);
  for (char c : bytes) {  // A libc without that table: keep what is ASCII.
    if (c & 0x80) {
      out += kReplacement;
    } else {
      out += c;
    }
  }
}

}  // namespace overgang::hl7v2
