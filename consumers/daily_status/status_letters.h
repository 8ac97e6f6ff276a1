// The mails of the daily status, as the outbox asks for them: of today and yesterday.
//
// Threads: one. What it is given must outlive it.
#pragma once

#include <string>

#include "consumers/daily_status/book.h"
#include "consumers/daily_status/editor.h"
#include "consumers/daily_status/letters.h"

namespace overgang::daily_status {

class StatusLetters final : public Letters {
 public:
  StatusLetters(const MailSender& sender, const DirectoryHolder& directory,
                const TemplatesHolder& templates)
      : editor_(sender, directory, templates) {}

  void Set(const Book::Days& days) { days_ = days; }

  bool Knows(const projections::MailKey& key) const override { return DayOf(key) != nullptr; }
  const rows::Mail* Find(const projections::MailKey& key) const override;
  std::string WhyNot(const projections::MailKey&) const override { return ""; }
  absl::StatusOr<std::string> Compose(const MailDue& due, const std::string& message_id,
                                      absl::Time now) override;

 private:
  const DayBook* DayOf(const projections::MailKey& key) const;

  Book::Days days_;
  Editor editor_;
};

}  // namespace overgang::daily_status
