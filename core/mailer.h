// Mailer: the port to the server that takes mails. It sends one message to one address and says
// what became of it, as far as can be known; it never tries again by itself and decides nothing.
//
// Threads: all methods are thread-safe; `done` is called exactly once, on a thread of the mailer:
// be brief. Ownership: the message is shared until then. Bounds: kMailsWaitingMax.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace overgang {

inline constexpr size_t kMailsWaitingMax = 256;  // Given to a mailer and not answered.

struct OutgoingMail {
  std::string to;                              // One address.
  std::shared_ptr<const std::string> message;  // RFC 5322.
  // SinceBoot; its content is not begun later than this: whoever was frozen meanwhile must not send
  // what another may have sent.
  absl::Duration begin_before;
};

struct MailOutcome {
  enum class Kind : unsigned char {
    kAccepted,
    kRefused,  // This mail: for now (code below 500), or for good.
    kTrouble,  // The server was not reached, or takes no mail of ours at all. Nothing was sent.
    kUnknown,  // The whole message may have been sent, and no answer came.
  };
  Kind kind = Kind::kTrouble;
  int code = 0;       // SMTP's; 0: there was none.
  std::string reply;  // The server's answer or what went wrong, one line, without addresses.
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  virtual void Send(OutgoingMail mail, std::function<void(MailOutcome)> done) = 0;
  // Ends what waits and what is under way, soon; everything is answered before it returns. Sends
  // nothing afterwards.
  virtual void Stop() = 0;
};

}  // namespace overgang
