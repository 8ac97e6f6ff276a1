// MSH of an ADT message: whether it can be taken, from whom it is, and what names it. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "core/directory.h"
#include "producers/hl7v2/adt_map.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

// Fills in source, facility and trigger of `result`, and its refusal where the message cannot be
// taken: a type other than ADT, a version outside 2.1-2.8, a processing id other than P, T and D
// (in production: other than P), no MSH-10, an unknown facility. An empty version or processing id
// is taken. Null: refused, or an acknowledgement.
const Hospital* ReadHeader(const Message& message, const AdtContext& context, AdtResult& result);

// UUIDv5 of (MSH-3, MSH-4, MSH-10, digest).
std::string MessageId(const Message& message, std::string_view digest);
// Of the message without MSH-7, which a sender may fill in anew when it repeats.
std::string DigestWithoutTime(const Message& message);

}  // namespace overgang::hl7v2
