// A history as text, for who has to look into a difference.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "tests/projections/history_generator.h"

namespace overgang::testing {

std::string Readable(const History& history) {
  std::vector<const v1::Envelope*> facts;
  for (const v1::Envelope& fact : history.facts) facts.push_back(&fact);
  std::ranges::stable_sort(facts, {},
                           [](const v1::Envelope* fact) { return FromProto(fact->occurred_at()); });
  const auto oslo = [](const google::protobuf::Timestamp& at) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S", FromProto(at), Oslo());
  };
  std::string text;
  for (const v1::Envelope* fact : facts) {
    v1::Envelope said = *fact;
    for (const char* field :
         {"event_id", "visit_key", "hospital", "occurred_at", "recorded_at", "source", "sector",
          "schema_version", "patient_ref", "occurred_precision"})
      said.GetReflection()->ClearField(&said, said.GetDescriptor()->FindFieldByName(field));
    absl::StrAppend(&text, "  ", oslo(fact->occurred_at()),
                    fact->occurred_precision() == v1::PRECISION_DAY ? " (date only)" : "",
                    " recorded ", oslo(fact->recorded_at()), " ",
                    v1::Channel_Name(fact->source().channel()), " ", fact->source().control_id(),
                    " ..", fact->patient_ref().substr(35), " ", fact->hospital(), "/",
                    fact->visit_key(), " ", v1::Sector_Name(fact->sector()), " ",
                    said.ShortDebugString(), "\n");
    for (const auto* at : {&fact->patient_details_changed().moved_kommune_at(),
                           &fact->kommune_answered().from_date()})
      if (at->seconds() != 0) absl::StrAppend(&text, "      that is, ", oslo(*at), "\n");
  }
  return absl::StrCat(text, "  now ", absl::FormatTime("%Y-%m-%d %H:%M:%S", history.now, Oslo()),
                      ", terms ", history.terms.version(), "\n");
}

}  // namespace overgang::testing
