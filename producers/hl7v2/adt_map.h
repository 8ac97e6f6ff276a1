// What an ADT message says, as facts.
//
// | event | fact | when it happened |
// |---|---|---|
// | A01, A06 | PatientAdmitted (and ExpectedDischargeSet by PV2-9) | PV1-44, else EVN-6, EVN-2,
// MSH-7 | | A02 | PatientTransferred | EVN-6, ZBE-2, EVN-2, MSH-7 | | A03 | PatientDischarged;
// PatientDied where PID-29, PID-30 or PV1-36 says so | PV1-45, EVN-6, EVN-2, MSH-7 | | A07 |
// PatientDischarged: the inpatient stay ends, the person stays as an outpatient | EVN-6, EVN-2,
// MSH-7 | | A08, A31 | PatientDetailsChanged; A08: ExpectedDischargeSet or Cleared by PV2-9 | as
// A07 | | A16, A25 | ExpectedDischargeSet (PV2-9, else EVN-6), ExpectedDischargeCleared | EVN-2,
// MSH-7 | | A21, A22 | LeaveStarted, LeaveEnded | as A07 | | A11 A12 A52 A53; A13 | FactCancelled;
// A13 of the discharge and of the death it may have told | EVN-2, MSH-7 | | A34-A36, A40, A47 |
// PatientMerged, for every PID followed by MRG and every reference of MRG-1 | as A07 | | the others
// | none: accepted and counted | |
//
// ZBE-4 CANCEL turns A01, A02, A03, A06, A21 and A22 into the cancellation of their fact. A01, A02,
// A03, A16, A21, A22 and A25 of an outpatient (PV1-2) give no fact, and neither do A11, A12, A13,
// A52 and A53 of one without a visit number, for they could take back the stay of an inpatient. The
// trigger is MSH-9.2, EVN-1 only where that is empty. Only admissions say "9999" of a kommune that
// is not stated; in later facts an empty kommune means no change. Threads: pure functions. No
// clock. Refusals and facts never hold a national identity number.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/pseudonymizer.h"
#include "overgang/v1/envelope.pb.h"
#include "producers/hl7v2/adt_fields.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

inline constexpr int kFactsMax = 200;  // Of one message; a merge of more persons is refused.

// HL7 table 0357.
enum class Hl7Error : int {
  kSegmentMissing = 100,
  kFieldMissing = 101,
  kDataType = 102,
  kValueNotFound = 103,
  kUnsupportedType = 200,
  kUnsupportedProcessing = 202,
  kUnsupportedVersion = 203,
  kUnknownKey = 204,
  kInternal = 207,
};

struct AdtRefusal {
  Refusal refusal;
  Hl7Error error = Hl7Error::kDataType;
  bool reject = false;  // AR: type, version or processing id; else AE: content.
};

struct AdtResult {
  v1::Source source;
  std::string facility;             // As the directory knows it; empty: unknown.
  std::string trigger;              // "A01"; "other" where it has not that form.
  std::vector<v1::Envelope> facts;  // May be empty without a refusal.
  std::optional<AdtRefusal> refusal;
  bool is_acknowledgement = false;  // Never to be answered.
  int kommune_not_stated = 0;
  int not_synthetic = 0;
};

struct AdtContext {
  const Directory& directory;
  const Pseudonymizer& pseudonymizer;
  Environment environment = Environment::kTest;
  const FacilityMapping& mapping = DefaultMapping();
};

// `message` has been read. Repeating it gives the same facts with the same ids; MSH-7 does not
// matter for them.
AdtResult MapAdt(const Message& message, const AdtContext& context);

// Reads and maps; a message that cannot be read becomes a refusal.
AdtResult ReadAdt(std::string_view bytes, const AdtContext& context, Message& message);

}  // namespace overgang::hl7v2
