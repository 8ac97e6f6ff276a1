#include "producers/plo/xml_reader.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::plo {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status Refuse(std::string_view place, std::string_view message, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, place, message, remedy);
}

// Length of the valid UTF-8 sequence at the start; 0: none.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if ((lead & 0xF0) == 0xE0) {
    if (!tail(1) || !tail(2) || (lead == 0xE0 && byte(1) < 0xA0) ||
        (lead == 0xED && byte(1) > 0x9F))
      return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3) || (lead == 0xF0 && byte(1) < 0x90) ||
        (lead == 0xF4 && byte(1) > 0x8F))
      return 0;
    return 4;
  }
  return 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// As the XML declaration says; UTF-8 where it says nothing.
absl::StatusOr<pugi::xml_encoding> EncodingOf(std::string_view bytes) {
  std::string name = "utf-8";
  const size_t end = bytes.find("?>");
  if (bytes.starts_with("<?xml") && end != bytes.npos) {
    const std::string_view declaration = bytes.substr(0, end);
    if (const size_t at = declaration.find("encoding"); at != declaration.npos) {
      const size_t open = declaration.find_first_of("\"'", at);
      const size_t close =
          open == declaration.npos ? open : declaration.find(declaration[open], open + 1);
      if (close == declaration.npos)
        return Refuse("XML declaration", "the encoding cannot be read", "name UTF-8 or ISO-8859-1");
      name =
          absl::AsciiStrToLower(absl::string_view(declaration.data() + open + 1, close - open - 1));
    }
  }
  if (name == "utf-8" || name == "utf8" || name == "us-ascii") {
    if (IsUtf8(bytes)) return pugi::encoding_utf8;
    return Refuse("XML declaration", "the text is not UTF-8 as the message says",
                  "send UTF-8, or declare ISO-8859-1");
  }
  if (name == "iso-8859-1" || name == "latin1") return pugi::encoding_latin1;
  return Refuse("XML declaration", "the encoding is not one that can be read",
                "send UTF-8 or ISO-8859-1");
}

absl::Status CheckShape(const pugi::xml_document& document) {
  int roots = 0;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype)
      return Refuse("DOCTYPE", "a document type is not allowed", "send the message without DTD");
    if (node.type() == pugi::node_element) ++roots;
  }
  if (roots != 1)
    return Refuse("document", "there is not exactly one root element",
                  "send one message in a file");
  int depth = 0;
  pugi::xml_node node = document;
  while (true) {
    if (node.first_child()) {
      node = node.first_child();
      if (++depth > kDepthMax) {
        return Refuse("document",
                      absl::StrCat("elements are nested more than ", kDepthMax, " deep"),
                      "send a message as the standard has it");
      }
      continue;
    }
    while (depth > 0 && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (depth == 0) return absl::OkStatus();
    node = node.next_sibling();
  }
}

std::string Clean(std::string_view raw) {
  const absl::string_view trimmed =
      absl::StripAsciiWhitespace(absl::string_view(raw.data(), raw.size()));
  std::string_view rest(trimmed.data(), trimmed.size());
  std::string text;
  while (!rest.empty()) {
    const size_t length = std::max<size_t>(SequenceLength(rest), 1);
    if (text.size() + length > kTextBytesMax) break;
    const bool valid =
        SequenceLength(rest) != 0 && static_cast<unsigned char>(rest[0]) >= 0x20 && rest[0] != 0x7F;
    if (valid) text.append(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return text;
}

std::string_view Prefix(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const size_t colon = name.find(':');
  return colon == name.npos ? std::string_view() : name.substr(0, colon);
}

// Takes `count` digits off the text.
bool TakeDigits(std::string_view& text, size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00" or nothing; false where something else is left.
bool TakeOffset(std::string_view text, std::optional<absl::Duration>& offset) {
  if (text.empty()) return true;
  if (text == "Z") {
    offset = absl::ZeroDuration();
    return true;
  }
  const bool west = text[0] == '-';
  int hours = 0, minutes = 0;
  if (!TakeChar(text, west ? '-' : '+') || !TakeDigits(text, 2, hours) || !TakeChar(text, ':') ||
      !TakeDigits(text, 2, minutes) || !text.empty() || hours > 14 || minutes > 59) {
    return false;
  }
  offset = (absl::Hours(hours) + absl::Minutes(minutes)) * (west ? -1 : 1);
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<pugi::xml_document>> LoadXml(std::string_view bytes) {
  if (bytes.size() > kMessageBytesMax) {
    return Refuse("document",
                  absl::StrCat("the message is larger than ", kMessageBytesMax, " bytes"),
                  "send it without attachments");
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.find('\0') != bytes.npos)
    return Refuse("document", "the text holds NUL", "send UTF-8 or ISO-8859-1");
  if (static_cast<size_t>(std::ranges::count(bytes, '<')) > kMarkupMax) {
    return Refuse("document", absl::StrCat("there are more than ", kMarkupMax, " elements"),
                  "send a message as the standard has it");
  }
  const absl::StatusOr<pugi::xml_encoding> encoding = EncodingOf(bytes);
  if (!encoding.ok()) return encoding.status();
  auto document = std::make_unique<pugi::xml_document>();
  const pugi::xml_parse_result result = document->load_buffer(
      bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_doctype, *encoding);
  if (!result) {
    return Refuse(absl::StrCat("byte ", result.offset),
                  absl::StrCat("not well-formed XML (", result.description(), ")"),
                  "correct it at its source and send it anew");
  }
  if (absl::Status shape = CheckShape(*document); !shape.ok()) return shape;
  return document;
}

std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const size_t colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

std::string_view NamespaceOf(const pugi::xml_node& node) {
  const std::string_view prefix = Prefix(node);
  const std::string attribute =
      prefix.empty() ? "xmlns" : absl::StrCat("xmlns:", std::string(prefix));
  for (pugi::xml_node at = node; at; at = at.parent()) {
    if (const pugi::xml_attribute declared = at.attribute(attribute.c_str()))
      return declared.value();
  }
  return {};
}

pugi::xml_node Child(pugi::xml_node node, std::string_view path) {
  while (node && !path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    node = node.find_child([&](const pugi::xml_node& child) {
      return child.type() == pugi::node_element && LocalName(child) == name;
    });
  }
  return node;
}

pugi::xml_node NextSame(const pugi::xml_node& node) {
  for (pugi::xml_node next = node.next_sibling(); next; next = next.next_sibling()) {
    if (next.type() == pugi::node_element && LocalName(next) == LocalName(node)) return next;
  }
  return {};
}

std::string PathOf(const pugi::xml_node& node) {
  std::string path;
  for (pugi::xml_node at = node; at.type() == pugi::node_element; at = at.parent()) {
    path = absl::StrCat(std::string(LocalName(at)), path.empty() ? "" : "/", path);
  }
  return path;
}

std::string TextOf(const pugi::xml_node& node) { return Clean(node.text().get()); }

std::string AttributeOf(const pugi::xml_node& node, const char* name) {
  return Clean(node.attribute(name).value());
}

std::optional<StatedTime> ParseXmlTime(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 2, day)) {
    return std::nullopt;
  }
  const absl::CivilDay date(year, month, day);
  if (year < 1850 || year > 2200 || date.month() != month || date.day() != day) return std::nullopt;
  std::optional<absl::Duration> offset;
  if (!TakeChar(text, 'T')) {
    // The offset of a bare date says nothing of use.
    if (!TakeOffset(text, offset)) return std::nullopt;
    return StatedTime{OsloNoon(date), v1::PRECISION_DAY, false};
  }
  StatedTime stated;
  stated.precision = v1::PRECISION_MINUTE;
  if (!TakeDigits(text, 2, hour) || !TakeChar(text, ':') || !TakeDigits(text, 2, minute))
    return std::nullopt;
  if (TakeChar(text, ':')) {
    stated.precision = v1::PRECISION_SECOND;
    if (!TakeDigits(text, 2, second)) return std::nullopt;
    if (TakeChar(text, '.')) {
      const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
      if (digits == 0) return std::nullopt;
      text.remove_prefix(digits);  // Finer than a second says nothing of use here.
    }
  }
  // 24:00:00 is the end of the day, as xs:dateTime has it.
  if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && (minute != 0 || second != 0)) ||
      !TakeOffset(text, offset)) {
    return std::nullopt;
  }
  const absl::CivilSecond local(year, month, day, hour, minute, second);
  if (offset.has_value()) {
    stated.time = absl::FromCivil(local, absl::UTCTimeZone()) - *offset;
  } else {
    const ResolvedLocalTime resolved = FromOslo(local);
    stated.time = resolved.time;
    stated.ambiguous = resolved.ambiguous;
  }
  return stated;
}

}  // namespace overgang::plo
