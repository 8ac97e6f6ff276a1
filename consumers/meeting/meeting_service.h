// Of EscalationService: HoldMeeting, GetMeeting and ListMeetings (see its proto for errors).
//
// Threads: Register and Stop belong to one thread, answers come on any. What it is given must
// outlive it, and the service every call.
#pragma once

#include "consumers/tiltakskort/cards.h"
#include "consumers/tiltakskort/saying.h"
#include "core/payment_terms.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/escalation_service.pb.h"
#include "projections/moments.h"
#include "projections/views.h"

namespace overgang::meeting {

inline constexpr int kMeetingsPerPage = 100;

class MeetingService {
 public:
  struct Parts {
    projections::Views& views;
    projections::Moments& moments;
    FactWriter& writer;
    const Clock& clock;
    const DirectoryHolder& directory;
    const PaymentTerms& terms;
    const tiltakskort::CardsHolder& cards;
    const tiltakskort::RolesHolder& roles;
  };
  explicit MeetingService(const Parts& parts) : parts_(parts), saying_(parts.views, parts.writer) {}

  void Register(MethodTable& table);
  // Ends what waits for its turn.
  void Stop() { pool_.Stop(); }

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  void Hold(const Caller& caller, const v1::HoldMeetingRequest& request, Reply<v1::Receipt> reply);
  absl::StatusOr<v1::Envelope> Freeze(const Caller& caller, const v1::HoldMeetingRequest& request,
                                      const projections::AtMoment& at,
                                      const std::string& meeting_id) const;
  void Get(const Caller& caller, const v1::GetMeetingRequest& request,
           Reply<v1::GetMeetingResponse> reply);
  absl::StatusOr<v1::GetMeetingResponse> Answer(const Caller& caller,
                                                const projections::HeldMeeting& meeting,
                                                const projections::AtMoment& at) const;
  absl::StatusOr<v1::ListMeetingsResponse> List(const Caller& caller,
                                                const v1::ListMeetingsRequest& request) const;

  const Parts parts_;
  tiltakskort::Saying saying_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::meeting
