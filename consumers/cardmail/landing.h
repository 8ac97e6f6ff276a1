// Where the links of card mails lead: GET shows the card and a form and changes nothing, so that no
// scanner that fetches links answers for anybody; POST answers, as "mail:<address hash>" in the
// role that the mail was for, by the same methods as everybody else. Each visit with a link that is
// genuine is in the access log before it is answered.
//
// Threads: thread-safe; replies come on any. What it is given must outlive it and every reply.
// Bounds: kTokenCharsMax, kFormBytesMax, kVisitsPerMinuteMax. Errors: pages in bokmål with HTTP's
// status.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "consumers/cardmail/link.h"
#include "consumers/cardmail/visit.h"
#include "core/access_log.h"
#include "core/clock.h"
#include "core/http_route.h"
#include "core/rpc.h"
#include "projections/views.h"

namespace overgang::cardmail {

// Room for kToldCharsMax characters of four bytes, each byte sent as three.
inline constexpr size_t kFormBytesMax = 32 << 10;
inline constexpr int kVisitsPerMinuteMax = 60;  // Of one address.
inline constexpr absl::Duration kAnswerWithin = absl::Seconds(20);

class Landing {
 public:
  struct Parts {
    const projections::Views& views;
    const MethodTable& methods;  // With EscalationService.
    AccessLog& access_log;
    const Clock& clock;
    const DirectoryHolder& directory;
    const tiltakskort::RolesHolder& roles;
    const LinkSigner& signer;
  };
  explicit Landing(const Parts& parts) : parts_(parts) {}

  using ReplyPage = std::function<void(HttpResponse)>;
  // Of kLinkPath and what follows: GET and POST.
  void Serve(const HttpRequest& request, const ReplyPage& reply);

 private:
  using EpochPtr = std::shared_ptr<const projections::Epoch>;
  // Everything that a visit is answered from.
  struct Visit;
  // Absent: `reply` has been told why.
  std::optional<Link> Admit(const HttpRequest& request, const ReplyPage& reply);
  bool IsTooOften(const std::string& address_hash);
  // Absent: there is no such card in these views, or none can be read.
  std::optional<Visit> Look(const Link& link) const;
  std::string PageOf(const Visit& visit, const Notice& notice, const Said* said) const;
  // Writes the visit down, then answers.
  void Answer(const HttpRequest& request, const Link& link, HttpResponse response,
              const ReplyPage& reply) const;
  void Post(const HttpRequest& request, const Visit& visit, const ReplyPage& reply) const;
  void Say(const HttpRequest& request, const Link& link, std::optional<Said> said,
           const ReplyPage& reply) const;
  HttpResponse AfterSaying(const Link& link, const absl::Status& status) const;

  const Parts parts_;
  std::mutex mutex_;
  absl::Duration minute_began_;        // SinceBoot.
  std::map<std::string, int> visits_;  // Since then, by address hash: all are of signed links.
};

}  // namespace overgang::cardmail
