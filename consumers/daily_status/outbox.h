// Mails under way: each is said in the log to be attempted, sent when that was read back as the
// first of its attempt and this hub's own, and what became of it is said in the log until it is
// read back. Nothing under way is forgotten while the program runs: what the log does not take is
// said again, what was read back too late to be sent is said not to have been.
//
// While the server is in trouble one mail at a time tries it, after pauses that double.
//
// Threads: one; the mailer answers on its own. What it is given must outlive it. Bounds:
// kMailsUnderWayMax. Errors: logged with the remedy and counted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "consumers/daily_status/letters.h"
#include "consumers/daily_status/standing.h"
#include "consumers/daily_status/status_facts.h"
#include "core/clock.h"
#include "core/fact_writer.h"
#include "core/mailer.h"
#include "core/metrics.h"

namespace overgang::daily_status {

inline constexpr size_t kMailsUnderWayMax = 32;  // Each some 100 KiB; fewer than kMailsWaitingMax.
inline constexpr absl::Duration kSayAgainAfter = absl::Seconds(5);  // What was not read back.
// After trouble with the server, doubling; of one mail, after it could not be composed.
inline constexpr absl::Duration kServerRestMin = absl::Seconds(5);
inline constexpr absl::Duration kServerRestMax = absl::Minutes(5);
inline constexpr absl::Duration kFinishMax = absl::Seconds(10);

class Outbox {
 public:
  struct Parts {
    FactWriter& writer;
    Mailer& mailer;
    const Clock& clock;
    Metrics& metrics;
    Letters& letters;
    const Policy& policy;
    std::string domain;          // Of the Message-IDs.
    std::string doer;            // This hub, in this run of its program.
    std::function<void()> wake;  // A mailer's answer is there. Any thread.
    std::string metrics_prefix;  // "overgang_mail".
    std::string refused_remedy;  // What to do about an address that is refused for good.
  };
  explicit Outbox(const Parts& parts);

  bool Has(const projections::MailKey& key) const { return flights_.contains(key); }
  bool empty() const { return flights_.empty(); }
  // Whether it may be begun: no mail of its date to the same reader is under way, as what that one
  // becomes says what this is to say; and it does not rest after it could not be composed.
  bool MayBegin(const projections::MailKey& key) const;
  // How many may be begun now.
  size_t Room() const;
  // Composes them and says that they are attempted.
  void Begin(const std::vector<MailDue>& due);
  // Goes on with what is under way, by what the log says now and the mailer has answered.
  void Follow();
  // At the end, when the mailer has stopped: takes its last answers and waits, for a while, until
  // the log holds what is still to be said.
  void Finish();

 private:
  enum class Stage : unsigned char { kAttempting, kSending, kReporting };
  struct Flight {
    Stage stage = Stage::kAttempting;
    Attempt attempt;
    std::string to;
    std::shared_ptr<const std::string> message;
    absl::Duration begun;  // SinceBoot, here and below.
    absl::Duration said;   // When the fact was last appended.
    v1::Envelope fact;     // What the log is to say now.
  };
  struct Answers;
  struct Uncomposed {
    std::string cause;
    int failures = 0;
    absl::Duration rest_until;
  };

  void RestUncomposed(const projections::MailKey& key, const std::string& cause);
  // False: it is settled.
  bool Advance(Flight* flight);
  void TakeAnswers();
  void Report(const MailOutcome& outcome, Flight* flight);
  void Notice(const MailOutcome& outcome, const Flight& flight);
  void NoticeTrouble(const MailOutcome& outcome);
  // Facts that the log is not known to hold and were not given to it just now.
  std::vector<v1::Envelope> ToBeSaid();
  void Say();

  const Parts parts_;
  const std::shared_ptr<Answers> answers_;  // Outlives this where the mailer answers late.
  std::map<projections::MailKey, Flight> flights_;
  std::map<projections::MailKey, Uncomposed> uncomposed_;  // At most as many as recipients.
  bool finishing_ = false;
  int troubles_ = 0;  // In a row.
  absl::Duration rest_until_;
  std::map<MailOutcome::Kind, prometheus::Counter*> outcomes_total_;
  prometheus::Gauge& trouble_;
};

}  // namespace overgang::daily_status
