// What every producer writes with: envelopes become records (topic, key, CloudEvents headers), and
// what cannot be understood is sealed and parked. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/clock.h"
#include "core/cursor.h"
#include "core/event_log.h"
#include "core/sealer.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang {

// Kept of an original: a record with room for the envelope around the sealed text.
inline constexpr size_t kOriginalBytesMax = kRecordBytesMax - 4096;

// Which topic a fact belongs to, and its key there.
Topic TopicOf(const v1::Envelope& envelope);
std::string KeyOf(const v1::Envelope& envelope);
// "UkpDeclared"; empty where the envelope holds no fact.
std::string_view FactName(const v1::Envelope& envelope);
// "hl7v2:STO", "plo:59", "intake:dev", "hub": how a source is called in views, metrics and keys.
std::string SourceName(const v1::Source& source);
// The record with its ce_* headers and content-type. Deterministic.
NewRecord ToRecord(const v1::Envelope& envelope);

// A message that made no fact. `reason` and `place` never hold content of the message.
struct Refusal {
  std::string code;           // Stable: "unknown_facility".
  std::string place;          // "MSH-4".
  std::string reason;         // What is wrong, and the remedy.
  std::string patient_ref;    // Where known.
  std::string visit_key;      // Where known.
  std::string hospital = {};  // Organisation number, where known.
};

class FactWriter {
 public:
  using Done = std::function<void(absl::StatusOr<Cursor>)>;  // On a thread of the log; the cursor
                                                             // covers what was written.

  FactWriter(EventLog& log, const Sealer& sealer, const Clock& clock, std::string incarnation)
      : log_(log), sealer_(sealer), clock_(clock), incarnation_(std::move(incarnation)) {}

  // Durable when done(OK). All in one batch, in this order; after a failure any part of it may be
  // in the log (core/event_log.h).
  void Append(const std::vector<v1::Envelope>& facts, Done done);
  // The sealed original and then the facts that came of it (their original_id is filled in).
  void AppendWithOriginal(std::string_view format, std::string_view original,
                          std::vector<v1::Envelope> facts, Done done);
  // The sealed original alone: of a message that was understood and made no fact.
  void KeepOriginal(std::string_view format, std::string_view original, const v1::Source& source,
                    Done done);
  // The sealed original and a MessageParked. `source` says who sent it. The parked id is of format,
  // sender, control id and digest (of all bytes where `source` has none), so that what a sender
  // repeats parks once, also where the repeat differs in what the digest leaves out. An original
  // over kOriginalBytesMax is cut, and the reason says so.
  void Park(std::string_view format, std::string_view original, const v1::Source& source,
            const Refusal& refusal, Done done);

  const std::string& incarnation() const { return incarnation_; }

 private:
  v1::Envelope Sealed(std::string_view format, std::string_view original,
                      const v1::Source& source) const;

  EventLog& log_;
  const Sealer& sealer_;
  const Clock& clock_;
  std::string incarnation_;
};

}  // namespace overgang
