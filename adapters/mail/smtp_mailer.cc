#include "adapters/mail/smtp_mailer.h"

#include <curl/curl.h>

#include <utility>

#include "core/errors.h"

namespace overgang {
namespace {

constexpr std::string_view kStops = "this hub stops";

MailOutcome NotSent(std::string_view why) {
  return {MailOutcome::Kind::kTrouble, 0, std::string(why)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<SmtpMailer>> SmtpMailer::Create(SmtpServer server) {
  // Once for the process; libcurl counts.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_ALL);
  if (ready != CURLE_OK) return absl::InternalError(curl_easy_strerror(ready));
  CURLU* url = curl_url();
  char* scheme = nullptr;
  const bool parsed = curl_url_set(url, CURLUPART_URL, server.url.c_str(), 0) == CURLUE_OK &&
                      curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;
  const std::string spoken = parsed ? scheme : "";
  curl_free(scheme);
  curl_url_cleanup(url);
  if (spoken != "smtp" && spoken != "smtps") {
    return FieldError(absl::StatusCode::kInvalidArgument, "mail.smtp_url", "not an address of SMTP",
                      "write it as smtp://mail.example.no:587 or smtps://mail.example.no");
  }
  return std::unique_ptr<SmtpMailer>(new SmtpMailer(std::move(server)));
}

SmtpMailer::SmtpMailer(SmtpServer server) : server_(std::move(server)) {
  for (int i = 0; i < kSmtpConnections; ++i) {
    CurlTransfer& transfer = *transfers_.emplace_back(std::make_unique<CurlTransfer>(server_));
    threads_.emplace_back([this, &transfer] { Work(transfer); });
  }
}

SmtpMailer::~SmtpMailer() { Stop(); }

void SmtpMailer::Send(OutgoingMail mail, std::function<void(MailOutcome)> done) {
  std::string_view refusal = "too many mails wait in this hub";
  {
    std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kMailsWaitingMax) {
      waiting_.push_back({std::move(mail), std::move(done)});
      changed_.notify_all();
      return;
    }
    if (stopping_) refusal = kStops;
  }
  done(NotSent(refusal));
}

void SmtpMailer::Work(CurlTransfer& transfer) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const bool send = !stopping_;
    ++sending_;
    lock.unlock();
    next.done(send ? transfer.Send(next.mail) : NotSent(kStops));
    lock.lock();
    --sending_;
    changed_.notify_all();
  }
}

void SmtpMailer::Stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, absl::ToChronoMilliseconds(kSmtpEndWait),
                      [this] { return waiting_.empty() && sending_ == 0; });
  }
  for (const auto& transfer : transfers_) transfer->GiveUp();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace overgang
