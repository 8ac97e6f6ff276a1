// What single fields of PID, PV1 and their like say, in the words of the facts. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/pseudonymizer.h"
#include "overgang/v1/pathway.pb.h"
#include "overgang/v1/types.pb.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

// Which code means what differs by hospital. These are the defaults.
struct FacilityMapping {
  // PV1-3.3 (bed) or PV1-3.2 (room) that begins with one of these, in any case, is a corridor
  // place.
  std::vector<std::string> corridor_prefixes = {"KORR"};
  // PV1-2: outpatient, preadmitted, recurring. Their A01-A03 tell of no inpatient stay.
  std::vector<std::string> outpatient_classes = {"O", "P", "R"};
  std::string emergency_class = "E";
  // PV1-4: HL7 table 0007 (accident, emergency, urgent, labour), and NPR's degrees of urgency.
  std::vector<std::string> acute_types = {"A", "E", "U", "L", "1", "2", "3"};
  std::vector<std::string> elective_types = {"C", "R", "4", "5"};
  // PV1-14: HL7 table 0023, and akuttmottak.
  std::vector<std::string> emergency_sources = {"7", "AKM"};
  // PV1-36: HL7 table 0112.
  std::vector<std::string> death_dispositions = {"20", "40", "41", "42"};
};

const FacilityMapping& DefaultMapping();

inline constexpr size_t kTextBytesMax = 80;  // Of anything that a fact repeats from a message.

// Text that may stand in a fact: cut at kTextBytesMax, without control characters, and every
// national identity number in it (also written with a gap after the date) replaced by stars.
std::string SafeText(std::string_view text);
bool HoldsNationalNumber(std::string_view text);

// Numbers that name nobody: shorter than 3 characters, or one character repeated ("0000000000",
// "99999").
bool IsPlaceholder(std::string_view identifier);

struct StatedKommune {
  std::string residence;  // 4 digits; empty: nothing is said; kKommuneNotStated: it is deleted.
  std::string stay;
  std::string bydel;                          // 6 digits.
  std::optional<absl::CivilSecond> moved_at;  // From when the address of residence holds.
};
// PID-12, else PID-11.9 of the home address (type H, P or none); stay: PID-11.9 of a repetition of
// type C, else residence.
StatedKommune KommuneOf(const Message& message, const Segment& pid);

v1::Sex SexOf(std::string_view pid8);
// Whole years on the Oslo date of `at`; 0 where PID-7 does not tell.
int AgeAt(std::string_view pid7, absl::Time at);
v1::Urgency UrgencyOf(const FacilityMapping& mapping, std::string_view pv1_4);
bool IsCorridor(const FacilityMapping& mapping, const Message& message, std::string_view pv1_3);
bool Contains(const std::vector<std::string>& codes, std::string_view code);

// PV1-19: the number and, where stated, "@" and its authority. Empty where there is none.
std::string VisitKeyOf(const Message& message, std::string_view pv1_19,
                       const Pseudonymizer& pseudonymizer);

}  // namespace overgang::hl7v2
