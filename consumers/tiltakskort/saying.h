// How a call of a person becomes a fact: once, however often it is repeated with its key, and
// answered when the views know whether it counts.
//
// Threads: thread-safe; replies come on the caller's thread, the log's or the runner's. What it is
// given must outlive it and every call. Errors: INVALID_ARGUMENT (the key), ALREADY_EXISTS (the key
// came with other content), what the call itself says, UNAVAILABLE and DEADLINE_EXCEEDED (the log
// or the views; a repeat with the same key is safe).
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "core/clock.h"
#include "core/fact_writer.h"
#include "core/rpc.h"
#include "overgang/v1/intake_service.pb.h"
#include "projections/views.h"

namespace overgang::tiltakskort {

inline constexpr size_t kKeyCharsMax = 128;

class Saying {
 public:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  struct Call {
    const Caller& caller;
    std::string method;  // "AcknowledgeTiltak".
    std::string idempotency_key;
    std::string content;  // The request without its key, serialized.
  };
  // The fact without id and source, from views of now.
  using Make = std::function<absl::StatusOr<v1::Envelope>(const EpochPtr& epoch,
                                                          const std::string& event_id)>;
  // Whether it counts, in views that know of it.
  using Counts = std::function<absl::Status(const EpochPtr& epoch, const std::string& event_id)>;

  Saying(projections::Views& views, FactWriter& writer) : views_(views), writer_(writer) {}

  void Say(const Call& call, const Make& make, Counts counts, Reply<v1::Receipt> reply);
  // The part of Say that makes nothing, for who checks much before: whether the key is unfit or was
  // used before, which is then the reply. What was right when it was said stays said.
  bool Repeats(const Call& call, const Counts& counts, const Reply<v1::Receipt>& reply);

 private:
  void Answer(const Caller& caller, const std::string& event_id, std::string cursor, Counts counts,
              Reply<v1::Receipt> reply);

  projections::Views& views_;
  FactWriter& writer_;
};

}  // namespace overgang::tiltakskort
