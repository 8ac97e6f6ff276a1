#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "producers/plo/plo_map.h"

namespace overgang::plo {
namespace {

void AddLine(std::string& text, const v1::Envelope& fact) {
  const std::string_view format =
      fact.occurred_precision() == v1::PRECISION_DAY ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S%Ez";
  const auto add = [&text](std::string_view label, const std::string& value) {
    if (!value.empty()) text.append(label).append(value);
  };
  text.append("  ").append(FactName(fact));
  if (fact.has_fact_cancelled()) {
    const std::string kind = v1::FactKind_Name(fact.fact_cancelled().kind());
    text.append(" of ").append(kind.substr(sizeof("FACT_KIND_") - 1));
  }
  add(" ", absl::FormatTime(std::string(format), FromProto(fact.occurred_at()), Oslo()));
  if (fact.time_ambiguous()) text += " (the hour comes twice; the first was taken)";
  add(" hospital ", fact.hospital());
  add(" kommune ", fact.stay_kommune());
  if (fact.has_stated_admission_at()) {
    add(" admitted ",
        absl::FormatTime("%Y-%m-%d %H:%M", FromProto(fact.stated_admission_at()), Oslo()));
  }
  add(" id ", fact.event_id());
  text += '\n';
}

std::string Title(const PloReading& reading) {
  if (reading.format == "apprec") {
    return absl::StrCat("AppRec ", std::string(1, static_cast<char>(reading.apprec.status)), " on ",
                        reading.apprec.original_type);
  }
  return reading.message.type.empty()
             ? "message"
             : absl::StrCat(reading.message.type, " ", reading.message.version);
}

}  // namespace

LintReport LintPlo(std::string_view bytes, const PloContext& context) {
  LintReport report;
  PloReading reading = ReadPlo(bytes, context);
  report.text = absl::StrCat(Title(reading), " from ", reading.source.sender(), "\n");
  if (reading.refusal.has_value()) {
    report.refused = 1;
    report.text += absl::StrCat("  error ", reading.refusal->code, " at ", reading.refusal->place,
                                ": ", reading.refusal->reason, "\n");
  }
  if (reading.kind == PloReading::Kind::kNoFact)
    report.text += absl::StrCat("  accepted: no fact; ", reading.note, "\n");
  if (reading.kind == PloReading::Kind::kAppRec) {
    const bool notifies = context.role == PloRole::kCopy && NotifiesKommune(reading.apprec);
    report.text += notifies ? "  the kommune is notified by it, of the message that it answers\n"
                            : "  accepted: no fact\n";
  }
  for (v1::Envelope& fact : reading.facts) {
    AddLine(report.text, fact);
    report.facts.push_back(std::move(fact));
  }
  return report;
}

}  // namespace overgang::plo
