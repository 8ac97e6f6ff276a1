#include "producers/hl7v2/lint.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/oslo_time.h"
#include "producers/hl7v2/mllp_frame.h"

namespace overgang::hl7v2 {
namespace {

bool IsBreak(char c) { return c == '\r' || c == '\n' || c == kFrameStart || c == kFrameEnd; }

// Takes the next message off `rest`: up to the next line that begins with MSH.
std::string_view NextMessage(std::string_view& rest) {
  size_t end = rest.size();
  for (size_t at = rest.find("MSH", 1); at != rest.npos; at = rest.find("MSH", at + 1)) {
    if (!IsBreak(rest[at - 1])) continue;
    end = at;
    break;
  }
  std::string_view message = rest.substr(0, end);
  rest.remove_prefix(end);
  while (!message.empty() && IsBreak(message.front())) message.remove_prefix(1);
  while (!message.empty() && IsBreak(message.back())) message.remove_suffix(1);
  return message;
}

void AddLine(std::string& text, const v1::Envelope& fact) {
  const std::string_view format =
      fact.occurred_precision() == v1::PRECISION_DAY ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S%Ez";
  const auto add = [&text](std::string_view label, const std::string& value) {
    if (value.empty()) return;
    text += label;
    text += value;
  };
  text += "  ";
  text += FactName(fact);
  add(" ", absl::FormatTime(std::string(format), FromProto(fact.occurred_at()), Oslo()));
  if (fact.time_ambiguous()) text += " (the hour comes twice; the first was taken)";
  add(" hospital ", fact.hospital());
  add(" ward ", fact.ward());
  add(" kommune ", fact.stay_kommune());
  add(" visit ", fact.visit_key());
  add(" id ", fact.event_id());
  text += '\n';
}

}  // namespace

LintReport LintHl7(std::string_view bytes, const AdtContext& context) {
  LintReport report;
  Message message;
  for (int number = 1; !bytes.empty();) {
    const std::string_view original = NextMessage(bytes);
    if (original.empty()) continue;
    AdtResult result = ReadAdt(original, context, message);
    report.text += absl::StrCat("message ", number++, " ", result.trigger, " from ",
                                result.source.sender(), "\n");
    if (result.is_acknowledgement) report.text += "  an acknowledgement: no fact\n";
    if (result.refusal) {
      ++report.refused;
      const Refusal& refusal = result.refusal->refusal;
      report.text +=
          absl::StrCat("  error ", refusal.code, " at ", refusal.place, ": ", refusal.reason, "\n");
    } else if (result.facts.empty() && !result.is_acknowledgement) {
      report.text += "  accepted: no fact\n";
    }
    for (v1::Envelope& fact : result.facts) {
      AddLine(report.text, fact);
      report.facts.push_back(std::move(fact));
    }
  }
  return report;
}

}  // namespace overgang::hl7v2
