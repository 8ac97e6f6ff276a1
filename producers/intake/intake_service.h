// IntakeService: the door for systems and people that speak neither HL7 nor PLO. Its methods are
// served by both transports through the MethodTable; each answers when its facts are durable.
//
// A repeat (same principal, method, idempotency key and content) gives the first call's receipt;
// the same key with other content is ALREADY_EXISTS. A receipt of the views does not say that every
// fact of its call is stored, for a failed append may have left a part of them: calls that make
// several facts are then written again, with the same ids (and are refused where their stay is gone
// by now). A national identity number is replaced by its
// reference before anything is digested, looked up or kept; in the log an idempotency key stands as
// its digest.
//
// Threads: thread-safe. Replies come on the caller's thread or on one of the log. Everything given
// must outlive the service, and the service every call under way. Errors: as
// proto/overgang/v1/intake_service.proto says, with field and remedy (core/errors.h).
#pragma once

#include <string>

#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/pseudonymizer.h"
#include "core/rpc.h"
#include "core/stay_lookup.h"
#include "overgang/v1/intake_service.pb.h"
#include "producers/intake/facts.h"
#include "producers/intake/receipts.h"

namespace overgang::intake {

inline constexpr size_t kIdempotencyKeyBytesMax = 128;

class IntakeService {
 public:
  IntakeService(FactWriter& writer, const StayLookup& stays, const Pseudonymizer& pseudonymizer,
                const DirectoryHolder& directory, const Clock& clock)
      : writer_(writer),
        stays_(stays),
        pseudonymizer_(pseudonymizer),
        directory_(directory),
        clock_(clock) {}

  void Register(MethodTable& table);

 private:
  // `Answer` makes the response of (request, event id, cursor).
  template <typename Request, typename Response, typename Answer>
  void Add(MethodTable& table, std::string name, Answer answer);
  template <typename Request>
  void Take(const Call& call, const Request& content, FactContext context);

  FactWriter& writer_;
  const StayLookup& stays_;
  const Pseudonymizer& pseudonymizer_;
  const DirectoryHolder& directory_;
  const Clock& clock_;
  ReceiptBook receipts_;
};

}  // namespace overgang::intake
