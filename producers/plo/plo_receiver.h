// A PLO message on its way: read -> map -> durable in the log -> its AppRec put aside -> remembered
// as answered -> done. The inbox and POST /plo share it.
//
// Whatever step a crash comes at, the sender's or the inbox' repeat is harmless: facts repeat with
// the same ids, and an AppRec leaves only for a message that is remembered as answered
// (seen_messages.h).
//
// Threads: Handle is thread-safe and never waits for the log. `stage` and `done` run on a thread of
// the receiver, or on the caller's where nothing had to be written; they may wait for a disk, not
// for each other. Ownership: everything in Parts outlives the receiver; the destructor waits for
// what is in flight.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/access.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/metrics.h"
#include "core/pseudonymizer.h"
#include "producers/plo/plo_map.h"
#include "producers/plo/seen_messages.h"

namespace overgang::plo {

inline constexpr size_t kInFlightMax =
    256;  // Messages between Handle and done; and so many bytes of them.
inline constexpr size_t kInFlightBytesMax = 64 << 20;

struct PloOutcome {
  enum class Kind : unsigned char { kFacts, kNoFact, kRefused, kWrongOrganisation, kDuplicate };
  Kind kind = Kind::kFacts;
  std::string key;                 // What the message is remembered by; a UUID; empty: it is not.
  std::string apprec;              // XML; empty: none is due.
  std::optional<Refusal> refusal;  // kRefused, kWrongOrganisation: parked with it.
  std::string note;                // kNoFact: why.
  Cursor cursor;                   // Covers what was written.
};

// "facts", "no_fact", "refused", "wrong_organisation", "duplicate".
std::string_view OutcomeName(PloOutcome::Kind kind);

class PloReceiver {
 public:
  struct Parts {
    FactWriter& writer;
    const DirectoryHolder& directory;
    const Pseudonymizer& pseudonymizer;
    const Clock& clock;
    SeenMessages& seen;
    Metrics& metrics;
    PloRole role = PloRole::kReceiver;
  };
  // Called once the facts are durable and before the message counts as answered: puts the AppRec
  // where a later step, or the recovery after a crash, can send it. An error leaves the message
  // unanswered.
  using Stage = std::function<absl::Status(const PloOutcome&)>;
  // UNAVAILABLE, RESOURCE_EXHAUSTED: nothing was answered; keep the message and hand it in again.
  // NOT_FOUND: a receipt of a message that has not come yet (only with `wait_for_original`).
  using Done = std::function<void(absl::StatusOr<PloOutcome>)>;

  explicit PloReceiver(const Parts& parts);
  ~PloReceiver();
  PloReceiver(const PloReceiver&) = delete;
  PloReceiver& operator=(const PloReceiver&) = delete;

  // `stage` may be empty: the AppRec is then only in the outcome, and as nobody knows whether that
  // arrived, a repeat with the same content gets the same AppRec once more (same id, same time).
  // PERMISSION_DENIED where `scope` is of nobody that the message goes from or to; nothing is kept
  // of it then.
  void Handle(std::string message, Stage stage, bool wait_for_original, Done done,
              const Scope& scope = *Scope::All());

  const SeenMessages& seen() const { return parts_.seen; }

 private:
  struct Work;
  absl::Status Admit(const Work& work);
  absl::Status TurnReceiptIntoFact(PloReading& reading, bool wait_for_original) const;
  void Write(const std::shared_ptr<Work>& work);
  void Finish();
  void FinishBatch(const std::vector<std::shared_ptr<Work>>& batch);
  void Reply(const std::shared_ptr<Work>& work, const absl::Status& status);
  void Count(PloOutcome::Kind kind);

  const Parts parts_;
  std::vector<prometheus::Counter*> outcomes_;  // By PloOutcome::Kind.
  prometheus::Counter& reused_;
  prometheus::Counter& not_synthetic_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> in_flight_;  // Keys.
  size_t in_flight_count_ = 0;       // With those that have no key.
  size_t in_flight_bytes_ = 0;
  std::deque<std::shared_ptr<Work>> durable_;  // Written; to be finished.
  bool stopping_ = false;
  std::thread finisher_;
};

}  // namespace overgang::plo
