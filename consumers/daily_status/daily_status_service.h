// DailyStatusService (see its proto). Counting and composing are done on a few threads of the
// service.
//
// Threads: Register and Stop belong to one thread, answers come on any. What it is given must
// outlive it. Errors: each with its field and remedy.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "consumers/daily_status/editor.h"
#include "consumers/daily_status/issuer.h"
#include "consumers/daily_status/recipients.h"
#include "core/rpc.h"
#include "core/worker_pool.h"
#include "overgang/v1/daily_status_service.pb.h"
#include "projections/views.h"

namespace overgang::daily_status {

inline constexpr size_t kPauseReasonCharsMax = 500;

class DailyStatusService {
 public:
  struct Parts {
    Issuer::Parts counting;
    const RecipientsHolder& recipients;
    const TemplatesHolder& templates;
    const MailSender& sender;
    bool sends;  // Whether there is an SMTP server to send to.
    // Of the mails of tiltakskort that were given on a date.
    std::function<absl::StatusOr<std::vector<v1::Delivery>>(
        const std::shared_ptr<const projections::Epoch>&, absl::CivilDay date, absl::Time now)>
        card_deliveries = {};
  };
  explicit DailyStatusService(const Parts& parts) : parts_(parts) {}

  void Register(MethodTable& table);
  // Ends what waits for its turn.
  void Stop() { pool_.Stop(); }

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  template <typename Response>
  void OnWorker(const Caller& caller, Reply<Response> reply,
                std::function<absl::StatusOr<Response>(const EpochPtr&, absl::Time now)> answer);
  // Appends, and answers when the views know of it.
  template <typename Response>
  void Say(const std::vector<v1::Envelope>& facts, const Caller& caller, Response response,
           Reply<Response> reply);

  // Each tells a caller of its own scopes alone.
  absl::StatusOr<v1::GetDailyStatusResponse> GetDailyStatus(
      const Caller& caller, const v1::GetDailyStatusRequest& request, const EpochPtr& epoch,
      absl::Time now);
  absl::StatusOr<StatusOfDay> StatusFor(const std::string& scope, absl::CivilDay date,
                                        const EpochPtr& epoch, absl::Time now, bool* issued);
  void SendDailyStatus(const Caller& caller, const v1::SendDailyStatusRequest& request,
                       Reply<v1::SendDailyStatusResponse> reply);
  absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(
      const Caller& caller, const v1::ListDeliveriesRequest& request, const EpochPtr& epoch,
      absl::Time now);
  absl::StatusOr<v1::GetMailResponse> GetMail(const Caller& caller,
                                              const v1::GetMailRequest& request,
                                              const EpochPtr& epoch, absl::Time now);
  void PauseRecipient(const Caller& caller, const v1::PauseRecipientRequest& request,
                      Reply<v1::PauseRecipientResponse> reply);

  const Parts parts_;
  WorkerPool pool_;  // The last member: its tasks use the others.
};

}  // namespace overgang::daily_status
