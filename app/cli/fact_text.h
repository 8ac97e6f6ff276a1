// Facts in words, for people who read the log. Pure functions.
#pragma once

#include <string>

#include "overgang/v1/envelope.pb.h"

namespace overgang::cli {

// "ukp.follow_up_plan=true decided_by=overlege": what the fact itself says, in the order of its
// fields.
std::string FactDetails(const v1::Envelope& envelope);
// "kommune_answered" is KommuneAnswered; "?" where there is none.
std::string FactTitle(const v1::Envelope& envelope);
// "2026-01-15 07:30:00", or the date where no more was stated.
std::string OccurredText(const v1::Envelope& envelope);
// "PLACE_KIND_KORTTID" is "korttid".
std::string EnumText(const google::protobuf::EnumDescriptor& type, int value);

}  // namespace overgang::cli
