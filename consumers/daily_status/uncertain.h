// Attempts that nothing came of are told uncertain: whoever made them is gone, or would have said
// by now what became of them.
//
// Threads: one. What it is given must outlive it. Bounds: kUncertainAtOnceMax. Errors: logged.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "consumers/daily_status/outbox.h"
#include "consumers/daily_status/standing.h"
#include "core/fact_writer.h"

namespace overgang::daily_status {

inline constexpr size_t kUncertainAtOnceMax = 200;

struct MailStanding {
  const projections::MailKey* key;
  const rows::Mail* mail;  // Null: never tried.
  const Standing* standing;
};

class UncertainTeller {
 public:
  explicit UncertainTeller(FactWriter& writer) : writer_(writer) {}
  // Not those that `outbox` has under way.
  void Tell(const std::vector<MailStanding>& mails, const Outbox& outbox, absl::Time now);

 private:
  FactWriter& writer_;
  // Told in this run, and when.
  std::map<std::pair<projections::MailKey, int>, absl::Duration> told_;
};

}  // namespace overgang::daily_status
