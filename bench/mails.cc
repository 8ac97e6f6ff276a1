// The daily status of every kommune, from due to delivered: issued, composed, each mail said in the
// log before it goes out and after, over SMTP to a real server that keeps it in a Maildir.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/log/embedded_log.h"
#include "adapters/mail/smtp_mailer.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "consumers/daily_status/postman.h"
#include "core/sealer.h"

namespace overgang::bench {
namespace {

constexpr int64_t kFacts = 300'000;
constexpr absl::Duration kServerStartMax = absl::Seconds(30);
constexpr absl::Duration kDeliveredMax = absl::Minutes(5);
constexpr const char* kServer = OVERGANG_MAIL_SERVER;

class MailServer {
 public:
  explicit MailServer(const TempFolder& folder)
      : maildir_(folder / "mail"), port_file_(folder / "port") {
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      execl(kServer, kServer, maildir_.c_str(), port_file_.c_str(), nullptr);
      _exit(127);
    }
    const absl::Time give_up = absl::Now() + kServerStartMax;
    while (!std::filesystem::exists(port_file_)) {
      if (absl::Now() > give_up)
        Check(absl::UnavailableError("see what it said above"), "starting a mail server");
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  ~MailServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  std::string Url() const {
    std::string port;
    std::ifstream(port_file_) >> port;
    return absl::StrCat("smtp://127.0.0.1:", port);
  }
  size_t Mails() const {
    std::error_code none_yet;
    const std::filesystem::directory_iterator mails(maildir_ + "/new", none_yet);
    return static_cast<size_t>(std::distance(begin(mails), end(mails)));
  }

 private:
  const std::string maildir_;
  const std::string port_file_;
  pid_t pid_ = -1;
};

// As one recipients file has it: one address in each kommune.
daily_status::Recipients EveryKommune() {
  daily_status::Recipients recipients;
  for (const Kommune& kommune : AllKommuner()) {
    recipients.daily_status.push_back({"k:" + kommune.number, std::string(28, '0') + kommune.number,
                                       absl::StrCat("leser@", kommune.number, ".example"), "",
                                       "nb"});
  }
  return recipients;
}

SmtpServer ServerAt(const std::string& url) {
  SmtpServer server;
  server.url = url;
  server.tls = SmtpTls::kNone;
  server.from = "overgang@example.no";
  return server;
}

}  // namespace

void MailsBenchmark(const Options& options) {
  const TempFolder folder;
  const MailServer server(folder);
  SystemClock clock;
  Metrics metrics;
  const auto log = Take(EmbeddedLog::Open(folder / "log", clock), "opening a log");
  const LogEnds ends = FillLog(*log, options.Size(kFacts, kFacts / 10));
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening a store");
  projections::Views views(clock);
  projections::Runner runner(*log, *store, views, metrics, kIncarnation);
  Check(runner.Start(), "starting the runner");
  while (!views.Current()->cursor.Covers({kIncarnation, ends.next}))
    absl::SleepFor(absl::Milliseconds(10));

  const Sealer sealer = Take(Sealer::Create(std::string(32, 's')), "making a sealer");
  FactWriter writer(*log, sealer, clock, kIncarnation);
  const SoleLeadership leadership("bench");
  const DirectoryHolder directory(Directory::BuiltIn());
  daily_status::RecipientsHolder recipients;
  recipients.Set(EveryKommune());
  const daily_status::TemplatesHolder templates(daily_status::Templates::BuiltIn());
  const daily_status::MailSender sender{"Overgang <overgang@example.no>", "https://hub.example"};
  daily_status::Policy policy;
  policy.send_at = {0, 0};  // Due whenever it is.
  policy.late_until = {23, 59};
  policy.quiet_for = absl::ZeroDuration();  // No source has anything to say.
  const auto mailer = Take(SmtpMailer::Create(ServerAt(server.Url())), "making a mailer");
  // Years of the generated stays, and this one.
  std::map<int, int> prices;
  for (int year = 2012; year < 2100; ++year) prices[year] = 6'000;
  const PaymentTerms terms(prices, {});
  daily_status::Postman postman({views, writer, *log, leadership, clock, metrics, directory, terms,
                                 recipients, templates, sender, policy, *mailer});
  const Stopwatch watch;
  postman.Start();
  const size_t wanted = AllKommuner().size();
  const absl::Time give_up = absl::Now() + kDeliveredMax;
  while (server.Mails() < wanted && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(10));
  const double wall = watch.wall();
  const double cpu = watch.cpu();
  postman.Stop();
  runner.Stop();
  if (server.Mails() != wanted)
    Check(absl::DeadlineExceededError(absl::StrCat(server.Mails(), " of ", wanted)), "delivering");
  Table::Print({absl::StrCat("daily status of ", wanted, " kommuner, due to delivered"), wall, "s",
                "under 10", "", 0});
  Table::Print({"  of the hub, counting and composing too", cpu, "CPU s", "", "", 0});
}

}  // namespace overgang::bench
