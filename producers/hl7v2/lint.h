// What a file of HL7 v2 messages would become: for `overgang lint`. Writes nothing, shows no
// identifier of a person. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "producers/hl7v2/adt_map.h"

namespace overgang::hl7v2 {

struct LintReport {
  std::string text;  // One line per message, and one, indented, per fact or error.
  int refused = 0;   // Messages that would be refused.
  std::vector<v1::Envelope> facts;
};

// `bytes`: one or more messages, with or without MLLP frames.
LintReport LintHl7(std::string_view bytes, const AdtContext& context);

}  // namespace overgang::hl7v2
