// Makes a mail of what the log says: the same facts, templates and recipient, the same bytes, so
// that what was sent can be made again. Keeps the last edition, which all readers of a scope share.
//
// Threads: one. What it is given must outlive it. Errors: as edition.h; NOT_FOUND where nothing was
// issued.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "consumers/daily_status/book.h"
#include "consumers/daily_status/edition.h"
#include "consumers/daily_status/templates.h"
#include "core/directory.h"

namespace overgang::daily_status {

// The templates of now; SIGHUP swaps them. Thread-safe.
class TemplatesHolder {
 public:
  explicit TemplatesHolder(std::shared_ptr<const Templates> templates)
      : templates_(std::move(templates)) {}
  std::shared_ptr<const Templates> Get() const {
    std::lock_guard lock(mutex_);
    return templates_;
  }
  void Set(std::shared_ptr<const Templates> templates) {
    std::lock_guard lock(mutex_);
    templates_ = std::move(templates);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Templates> templates_;
};

// Who sends, as mails say it.
struct MailSender {
  std::string from;      // "Overgang <overgang@example.no>", or an address alone.
  std::string base_url;  // Of the board; empty: no links.

  std::string Address() const;  // Without a name.
  std::string Domain() const;   // Of the address.
};

// A mail to be made.
struct MailAsked {
  projections::MailKey key;
  int received = 0;  // Of a correction: what its reader had before (ReceivedBefore).
  std::string language;
  std::string message_id;
  std::string to = "";  // Empty: without To.
  absl::Time date;      // The Date header.
};

class Editor {
 public:
  Editor(const MailSender& sender, const DirectoryHolder& directory,
         const TemplatesHolder& templates)
      : sender_(sender), directory_(directory), templates_(templates) {}

  absl::StatusOr<v1::MailContent> MailOf(const StatusOfDay& status, const MailAsked& mail);

 private:
  struct Last {
    std::string of;  // Of what it is the edition.
    std::shared_ptr<const Templates> templates;
    std::shared_ptr<const Directory> directory;
    Edition edition;
  };
  const MailSender& sender_;
  const DirectoryHolder& directory_;
  const TemplatesHolder& templates_;
  Last last_;
};

}  // namespace overgang::daily_status
