// What a PLO message becomes: facts, or why not, and what its AppRec says.
//
// | MsgInfo/Type | fact, at the event of code list 9121 |
// |---|---|
// | LOG_INNLAGT | PatientAdmitted, at 1 |
// | LOG_UTSKRIVNINGSKLAR | UkpDeclared, at 3 |
// | LOG_AVMELDING | UkpWithdrawn, at 4 |
// | LOG_UTSKREVET | PatientDischarged, at 2; with outcome 2 also PatientDied |
// | LOG_DOD | PatientDied, at 13; hospital empty unless sender or receiver is one |
// | all others, TilbakemeldingUtskrivningsklarPasient among them | none: counted, no AppRec, for
// the hub does not act on them |
//
// Status N and A (addition) state the fact; C takes it back (FactCancelled by ConversationRef, else
// by patient and kind); M does both. As receiver, a positive AppRec on LOG_INNLAGT or
// LOG_UTSKRIVNINGSKLAR is also KommuneNotifiedOf...; as copy, that fact comes of the AppRec of the
// kommune. The codes of a kommune's answer are in no schema, so that a Tilbakemelding makes no
// fact.
//
// Threads: pure functions. Facts, refusals and notes hold no name and no national identity number.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/pseudonymizer.h"
#include "overgang/v1/envelope.pb.h"
#include "producers/plo/apprec.h"
#include "producers/plo/plo_message.h"

namespace overgang::plo {

enum class PloRole : unsigned char {
  kReceiver,  // The hub is what the hospital sends to; it writes AppRecs.
  kCopy,      // The hub gets copies of both ways; it writes none and reads the kommuner's.
};

struct PloContext {
  const Directory& directory;
  const Pseudonymizer& pseudonymizer;
  PloRole role = PloRole::kReceiver;
  absl::Time now;  // When the message was accepted.
};

struct PloReading {
  enum class Kind : unsigned char {
    kFacts,
    kNoFact,             // Understood or not for the hub to act on; kept nowhere, counted.
    kRefused,            // To be parked; rejected by AppRec where there is one.
    kWrongOrganisation,  // The directory knows neither receiver nor, for LOG_DOD, sender. To be
                         // parked; no AppRec.
    kAppRec,             // A receipt: see MapAppRec.
  };
  Kind kind = Kind::kRefused;
  std::string format = "plo";  // Of the kept original: "plo", "apprec".
  PloMessage message;
  AppRec apprec;  // kAppRec only.
  v1::Source source;
  std::vector<v1::Envelope> facts;
  std::string note;  // kNoFact: why.
  std::optional<Refusal> refusal;
  std::optional<AppRecAnswer> answer;  // Absent: no AppRec is written.
  bool synthetic = true;  // False: a number that is not synthetic, taken in a test environment.
};

// Repeating it gives the same facts with the same ids.
PloReading ReadPlo(std::string_view bytes, const PloContext& context);

// The notified fact of a kommune's receipt. `notice` is the PatientAdmitted or UkpDeclared of the
// message that it answers.
v1::Envelope MapAppRec(const AppRec& apprec, const v1::Source& source, const v1::Envelope& notice);
// Whether a receipt makes a fact: positive, of a message that notifies.
bool NotifiesKommune(const AppRec& apprec);

// What a file would become, in words: for `overgang lint`. Writes nothing.
struct LintReport {
  std::string text;  // A line, and one, indented, per fact.
  int refused = 0;
  std::vector<v1::Envelope> facts;
};
LintReport LintPlo(std::string_view bytes, const PloContext& context);

}  // namespace overgang::plo
