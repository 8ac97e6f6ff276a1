// Writes the messages about a stay as the hospital's and the kommuner's systems would: HL7 v2 ADT,
// PLO 1.6 and the intake's JSON. Pure; the same step, the same bytes, so a repeat is a repeat.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "producers/simulator/region.h"
#include "producers/simulator/stay.h"

namespace overgang::simulator {

// What tells one run's ids from another's: 6 hex digits over seed, start and sizes.
struct RunTag {
  std::string text;
};

bool IsAdt(StepKind kind);
bool IsPlo(StepKind kind);
// "ADT^A01", "LOG_INNLAGT", "AnswerUkp".
std::string NameOf(StepKind kind);
// MSH-10, MsgId or idempotency key.
std::string MessageId(const RunTag& tag, const Stay& stay, int message, StepKind kind);

// `again`: sent once more by the interface engine, which stamps MSH-7 anew. Ends in CR; ISO 8859-1
// where the stay says so.
std::string WriteAdt(const SimRegion& region, const RunTag& tag, const Stay& stay, const Step& step,
                     bool again);
// UTF-8, valid against Pasientlogistikk 1.6.
std::string WritePlo(const SimRegion& region, const RunTag& tag, const Stay& stay,
                     const Step& step);
// The body of POST /overgang.v1.IntakeService/AnswerUkp.
std::string WriteAnswer(const SimRegion& region, const RunTag& tag, const Stay& stay,
                        const Step& step);

struct BedCount {
  int occupied = 0;
  int corridor = 0;
};
// Of the emergency department.
struct WaitCount {
  int waiting = 0;
  int over_1h = 0;
  int longest_minutes = 0;
};
// The bodies of ReportBeds, ReportPlaces and ReportEmergencyDepartment.
std::string WriteBeds(const SimRegion& region, const SimWard& ward, const BedCount& count,
                      const std::string& key, absl::Time at);
std::string WritePlaces(const SimUnit& unit, int free, const std::string& key, absl::Time at);
std::string WriteEmergency(const SimRegion& region, const WaitCount& count, const std::string& key,
                           absl::Time at);

}  // namespace overgang::simulator
