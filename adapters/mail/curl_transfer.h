// One SMTP transfer by libcurl, and what it proves.
//
// libcurl says with which code it failed, the last reply code of the server, and asks for the
// content piece by piece. That is enough to tell apart:
//
// - the server answered the whole message: the code of that answer;
// - the whole message was handed over and no answer to it came (the last one is DATA's 354):
//   unknown. Handed over may mean that it is still in a buffer here; then it was not delivered, and
//   unknown is the careful answer;
// - some of it was not handed over, or nothing: the server has not seen the end of the message, and
//   takes no message without its end (RFC 5321, 4.1.1.4). It was not delivered.
//
// An answer to RCPT, or to the message, or that it is too large, is about this mail; one to
// anything before is about the server or the login, and would be given to every mail.
// Threads: one, GiveUp excepted. A connection is kept and used again after a mail that was taken;
// where the server wants no more of it, which shows before any content was sent, a new one is made
// at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "core/mailer.h"

namespace overgang {

inline constexpr absl::Duration kSmtpConnectMax = absl::Seconds(15);
inline constexpr absl::Duration kSmtpReplyMax = absl::Seconds(60);  // For each answer.
inline constexpr absl::Duration kSmtpIdleMax = absl::Seconds(60);   // An older connection is left.
inline constexpr size_t kSmtpReplyCharsMax = 200;

enum class SmtpTls : unsigned char {
  kRequired,   // STARTTLS, or no mail. With smtps:// TLS from the beginning, always.
  kIfOffered,  // STARTTLS where the server offers it.
  kNone,
};

struct SmtpServer {
  std::string url;  // "smtp://mail.example.no:587", "smtps://...".
  SmtpTls tls = SmtpTls::kRequired;
  std::string ca_file;                         // PEM; empty: the machine's.
  std::string user, password;                  // Empty: no login.
  std::string from;                            // The sender's address, without a name.
  absl::Duration send_max = absl::Minutes(2);  // For a mail, but for the wait for its last answer.
};

class CurlTransfer {
 public:
  explicit CurlTransfer(const SmtpServer& server);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  MailOutcome Send(const OutgoingMail& mail);
  // Makes Send, which goes on on another thread, end soon, and every later one too.
  void GiveUp();

 private:
  struct Curl;
  // Whether to try again on a connection of its own.
  bool Try(const OutgoingMail& mail, bool fresh, MailOutcome* outcome);

  const std::unique_ptr<Curl> curl_;
  bool last_taken_ = false;
};

// One line of at most kSmtpReplyCharsMax, in which everything that looks like an address is
// "<...>".
std::string ReplyWithoutAddresses(std::string_view reply);

}  // namespace overgang
