#include "adapters/mail/curl_transfer.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/clock.h"

namespace overgang {
namespace {

constexpr long kSendIt = 354;    // NOLINT(google-runtime-int): libcurl's type of codes.
constexpr long kTooLarge = 552;  // NOLINT(google-runtime-int): libcurl's type of codes.
constexpr long kNoRoom = 452;    // NOLINT(google-runtime-int)
constexpr long kClosing = 421;   // NOLINT(google-runtime-int)

// What libcurl's callbacks see of one transfer.
struct Seen {
  const std::string* message;
  absl::Duration begin_before;
  const std::atomic<bool>* gives_up;
  size_t handed_over = 0;
  bool begun = false;  // The server asked for the content.
  bool too_late = false;
  std::string command = {};  // The last of kCommands that was sent.
  std::string reply = {};    // The last line that came, but of the farewell.
  bool leaving = false;
};

constexpr std::array<std::string_view, 5> kCommands = {"EHLO", "AUTH", "MAIL", "RCPT", "DATA"};

size_t HandOver(char* target, size_t size, size_t count, void* of) {
  Seen& seen = *static_cast<Seen*>(of);
  if (!seen.begun && SinceBoot() > seen.begin_before) {
    seen.too_late = true;
    return CURL_READFUNC_ABORT;
  }
  seen.begun = true;
  const size_t bytes = std::min(size * count, seen.message->size() - seen.handed_over);
  std::memcpy(target, seen.message->data() + seen.handed_over, bytes);
  seen.handed_over += bytes;
  return bytes;
}

// Commands and answers; nothing is kept of a login but that there was one.
int Listen(CURL*, curl_infotype type, char* data, size_t size, void* of) {
  Seen& seen = *static_cast<Seen*>(of);
  const std::string_view line(data, size);
  const std::string_view word = line.substr(0, line.find_first_of(" \r\n"));
  if (type == CURLINFO_HEADER_OUT && std::ranges::find(kCommands, word) != kCommands.end())
    seen.command = word;
  seen.leaving |= type == CURLINFO_HEADER_OUT && word == "QUIT";
  if (type == CURLINFO_HEADER_IN && !seen.leaving) seen.reply = line;
  return 0;
}

// Its sockets, so that it can be ended while libcurl waits for the last answer, which it does
// without asking anybody.
class Sockets {
 public:
  static int Opened(void* of, curl_socket_t socket, curlsocktype) {
    Sockets& sockets = *static_cast<Sockets*>(of);
    std::lock_guard lock(sockets.mutex_);
    sockets.open_.insert(socket);
    return CURL_SOCKOPT_OK;
  }
  static int Close(void* of, curl_socket_t socket) {
    Sockets& sockets = *static_cast<Sockets*>(of);
    std::lock_guard lock(sockets.mutex_);
    sockets.open_.erase(socket);
    return close(socket);
  }
  void Shut() {
    std::lock_guard lock(mutex_);
    for (const curl_socket_t socket : open_) shutdown(socket, SHUT_RDWR);
  }

 private:
  std::mutex mutex_;
  std::set<curl_socket_t> open_;
};

int GoOn(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Seen*>(of)->gives_up->load() ? 1 : 0;
}

// Whether a refusal is of this mail, and not of all that comes from here.
bool IsOfThisMail(const Seen& seen, long code) {  // NOLINT(google-runtime-int)
  if (code == kClosing) return false;
  if (seen.begun || seen.command == "RCPT" || seen.command == "DATA") return true;
  return seen.command == "MAIL" && (code == kTooLarge || code == kNoRoom);
}

}  // namespace

struct CurlTransfer::Curl {
  Sockets sockets;
  std::atomic<bool> gives_up = false;
  CURL* handle = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> error{};
  ~Curl() { curl_easy_cleanup(handle); }
};

CurlTransfer::CurlTransfer(const SmtpServer& server) : curl_(std::make_unique<Curl>()) {
  CURL* curl = curl_->handle;
  const auto ms = [](absl::Duration duration) {
    return static_cast<long>(absl::ToInt64Milliseconds(duration));  // NOLINT(google-runtime-int)
  };
  curl_easy_setopt(curl, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   static_cast<long>(server.tls == SmtpTls::kRequired    ? CURLUSESSL_ALL  // NOLINT
                                     : server.tls == SmtpTls::kIfOffered ? CURLUSESSL_TRY
                                                                         : CURLUSESSL_NONE));
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, absl::StrCat("<", server.from, ">").c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, ms(std::min(kSmtpConnectMax, server.send_max)));
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   ms(std::min(kSmtpReplyMax, server.send_max)) / 1000);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms(server.send_max));
  curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, ms(kSmtpIdleMax) / 1000);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, HandOver);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);  // For the function that listens; prints nothing.
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, Listen);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, GoOn);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, curl_->error.data());
  curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, Sockets::Opened);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, &curl_->sockets);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, Sockets::Close);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, &curl_->sockets);
}

CurlTransfer::~CurlTransfer() = default;

void CurlTransfer::GiveUp() {
  curl_->gives_up = true;
  curl_->sockets.Shut();
}

MailOutcome CurlTransfer::Send(const OutgoingMail& mail) {
  MailOutcome outcome;
  if (Try(mail, !last_taken_, &outcome)) Try(mail, true, &outcome);
  // Who refused a mail may think it is still under way; libcurl does not reset.
  last_taken_ = outcome.kind == MailOutcome::Kind::kAccepted;
  return outcome;
}

bool CurlTransfer::Try(const OutgoingMail& mail, bool fresh, MailOutcome* outcome) {
  CURL* curl = curl_->handle;
  Seen seen{mail.message.get(), mail.begin_before, &curl_->gives_up};
  curl_slist* to = curl_slist_append(nullptr, absl::StrCat("<", mail.to, ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.message->size()));
  curl_easy_setopt(curl, CURLOPT_READDATA, &seen);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &seen);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &seen);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
  curl_->error[0] = '\0';
  const CURLcode result = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, nullptr);
  curl_slist_free_all(to);
  long code = 0, connects = 0;  // NOLINT(google-runtime-int)
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
  curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
  const bool refused = code >= 400;
  const bool answered = seen.begun && code != kSendIt;
  outcome->code = static_cast<int>(refused || answered ? code : 0);
  outcome->reply = ReplyWithoutAddresses(
      refused || answered       ? std::string_view(seen.reply)
      : seen.too_late           ? "given up before any of it was sent: this hub had come to a halt"
      : curl_->error[0] != '\0' ? std::string_view(curl_->error.data())
                                : std::string_view(curl_easy_strerror(result)));
  if (answered && code < 300) {
    outcome->kind = MailOutcome::Kind::kAccepted;
  } else if (refused && IsOfThisMail(seen, code)) {
    outcome->kind = MailOutcome::Kind::kRefused;
  } else if (!refused && seen.begun && seen.handed_over == mail.message->size()) {
    outcome->kind = MailOutcome::Kind::kUnknown;
  } else {
    outcome->kind = MailOutcome::Kind::kTrouble;
  }
  const bool was_stale = connects == 0 && outcome->kind == MailOutcome::Kind::kTrouble &&
                         !seen.begun &&
                         (result == CURLE_RECV_ERROR || result == CURLE_SEND_ERROR ||
                          result == CURLE_WEIRD_SERVER_REPLY);
  return was_stale && !fresh;
}

std::string ReplyWithoutAddresses(std::string_view reply) {
  constexpr std::string_view kEnds = " \t<>()[]{}\"',;:";
  std::string line;
  for (const char c : reply) line += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
  // What is not ASCII could be cut in the middle of a character.
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) > 0x7e; }, '?');
  for (size_t at = line.find('@'); at != std::string::npos; at = line.find('@', at)) {
    const size_t before = at == 0 ? std::string::npos : line.find_last_of(kEnds, at - 1);
    const size_t from = before == std::string::npos ? 0 : before + 1;
    const size_t to = std::min(line.find_first_of(kEnds, at), line.size());
    line.replace(from, to - from, "...");
    at = from;
  }
  line.resize(std::min(line.size(), kSmtpReplyCharsMax));
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace overgang
