// Who gets what by mail: recipients.csv, "scope;id;name;email;language;what". A bad line is told
// and the others count.
//
// Reading is pure; a Recipients is immutable, RecipientsHolder swaps it. Errors: mistakes hold the
// place and the remedy and never what stands in the line, which may be a person's name or address.
// Bounds: kRecipientsMax.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/directory.h"

namespace overgang::daily_status {

inline constexpr size_t kRecipientsMax = 10'000;
inline constexpr size_t kRecipientsFileBytesMax = 4 << 20;
inline constexpr char kRecipientsHeader[] = "scope;id;name;email;language;what";

struct Recipient {
  std::string scope;         // "k:<kommune>" or "h:<hospital>".
  std::string address_hash;  // What stands for the address wherever it is stored or shown.
  std::string email;
  std::string name;
  std::string language;  // "nb" or "nn".
};

struct Recipients {
  std::vector<Recipient> daily_status;  // By scope and address hash.
  std::vector<std::string> mistakes;    // "recipients.csv:7: email: not an address; write ...".

  // Of one scope, as [first, last).
  std::pair<const Recipient*, const Recipient*> Of(std::string_view scope) const;
  const Recipient* Find(std::string_view scope, std::string_view address_hash) const;
  std::vector<std::string> Scopes() const;  // Each once, in order.
};

// What goes into an SMTP command as it stands: no space, no angle bracket, nothing beyond ASCII.
bool IsMailAddress(std::string_view text);

// `file`: how it is called in mistakes. `hash`: Pseudonymizer::OfMailAddress.
Recipients ReadRecipients(std::string_view text, const std::string& file,
                          const Directory& directory,
                          const std::function<std::string(std::string_view email)>& hash);

// The recipients of now; SIGHUP swaps them. Thread-safe.
class RecipientsHolder {
 public:
  std::shared_ptr<const Recipients> Get() const {
    std::lock_guard lock(mutex_);
    return recipients_;
  }
  void Set(Recipients recipients) {
    auto fresh = std::make_shared<const Recipients>(std::move(recipients));
    std::lock_guard lock(mutex_);
    recipients_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Recipients> recipients_ = std::make_shared<Recipients>();
};

}  // namespace overgang::daily_status
