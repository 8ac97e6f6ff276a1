// XML from outside, read as hostile: no DTD, no entities of its own, bounded size, markup and
// depth. Elements are found by local name, whatever prefix the sender chose.
//
// Threads: pure functions. Ownership: nodes point into the document, which the caller keeps.
// Errors: INVALID_ARGUMENT with place and remedy (core/errors.h); never content of the document.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/event_log.h"
#include "overgang/v1/types.pb.h"
#include "pugixml.hpp"

namespace overgang::plo {

// A LOG_ message is about 4 KB; others may hold attachments, and are read to know that they make no
// fact.
inline constexpr size_t kMessageBytesMax = 8 << 20;
// Kept whole as one record of the log, with room for the envelope around it; of larger ones only
// the beginning is.
inline constexpr size_t kKeptBytesMax = kRecordBytesMax - (64 << 10);
inline constexpr size_t kMarkupMax =
    20'000;                           // '<' in one message; bounds the memory that parsing takes.
inline constexpr int kDepthMax = 64;  // Nested elements; the standards need 12.
inline constexpr size_t kTextBytesMax =
    200;  // Of one value that is taken over; longer ones are cut.

absl::StatusOr<std::unique_ptr<pugi::xml_document>> LoadXml(std::string_view bytes);

std::string_view LocalName(const pugi::xml_node& node);
// The URI of the node's own prefix; empty where none is declared.
std::string_view NamespaceOf(const pugi::xml_node& node);
// The first child element of each local name in turn: Child(info, "Sender/Organisation/Ident").
// Null: absent.
pugi::xml_node Child(pugi::xml_node node, std::string_view path);
// The next sibling element with the same local name.
pugi::xml_node NextSame(const pugi::xml_node& node);
// Local names from the root: "MsgHead/MsgInfo/GenDate".
std::string PathOf(const pugi::xml_node& node);

// The element's text, an attribute, the attribute V: without blanks around it and control
// characters, valid UTF-8, cut.
std::string TextOf(const pugi::xml_node& node);
std::string AttributeOf(const pugi::xml_node& node, const char* name);
inline std::string CodeOf(const pugi::xml_node& node) { return AttributeOf(node, "V"); }

struct StatedTime {
  absl::Time time;
  v1::Precision precision = v1::PRECISION_UNSPECIFIED;
  bool ambiguous = false;
};
// xs:dateTime (also without seconds) or xs:date; Europe/Oslo where no offset is given. A date is
// its noon.
std::optional<StatedTime> ParseXmlTime(std::string_view text);

}  // namespace overgang::plo
