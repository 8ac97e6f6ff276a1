// Hubs that send, in one process: one log, and for each hub a runner with rows of its own, its
// views and its postman. Who decides, what time it is and what the SMTP server says is the test's.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/daily_status/daily_status_service.h"
#include "consumers/daily_status/postman.h"
#include "projections/runner.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"
#include "tests/consumers/doer_fixture.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

// Answers as it is told; what is not answered is kept until it is.
class ScriptedMailer final : public Mailer {
 public:
  using Script = std::function<std::optional<MailOutcome>(const OutgoingMail&)>;
  static MailOutcome Taken() { return {MailOutcome::Kind::kAccepted, 250, "250 queued"}; }

  void Send(OutgoingMail mail, std::function<void(MailOutcome)> done) override {
    std::optional<MailOutcome> outcome;
    {
      std::lock_guard lock(mutex_);
      sent_.push_back({mail.to, *mail.message});
      outcome = script_(mail);
      if (!outcome.has_value()) held_.push_back(done);
    }
    if (outcome.has_value()) done(*outcome);
  }
  void Stop() override { Answer({MailOutcome::Kind::kUnknown, 0, "this hub stops"}); }

  void Say(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  // To all that is kept.
  void Answer(const MailOutcome& outcome) {
    std::vector<std::function<void(MailOutcome)>> held;
    {
      std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (const auto& done : held) done(outcome);
  }
  struct Sent {
    std::string to;
    std::string message;
    std::string Header(const std::string& name) const {
      const size_t at = message.find("\r\n" + name + ": ");
      if (at == std::string::npos) return "";
      const size_t from = at + name.size() + 4;
      return message.substr(from, message.find("\r\n", from) - from);
    }
  };
  std::vector<Sent> sent() const {
    std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  mutable std::mutex mutex_;
  Script script_ = [](const OutgoingMail&) { return Taken(); };
  std::vector<Sent> sent_;
  std::vector<std::function<void(MailOutcome)>> held_;
};

// What the program says from here on.
class Told {
 public:
  Told() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~Told() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }
  // Call when nothing is said just now.
  int Count(const std::string& what) const {
    const std::string text = text_.str();
    int count = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++count;
    return count;
  }

 private:
  std::ostringstream text_;
  const std::shared_ptr<spdlog::logger> before_;
};

struct SendingHub {
  SendingHub(MemoryLog& log_in, const Sealer& sealer, const Clock& clock_in,
             const daily_status::RecipientsHolder& recipients_in,
             const daily_status::Policy& policy_in)
      : log(log_in),
        clock(clock_in),
        recipients(recipients_in),
        policy(policy_in),
        views(clock),
        writer(log_in, sealer, clock, kIncarnation),
        runner(log_in, store, views, metrics, kIncarnation) {
    service.Register(methods);
  }
  ~SendingHub() {
    log.Hold(false);
    postman.Stop();
    service.Stop();
    runner.Stop();
  }
  void Start() {
    ASSERT_TRUE(runner.Start().ok());
    postman.Start();
  }
  bool CaughtUp() { return IsLevel(views, log); }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                std::shared_ptr<const Scope> scope = Scope::All()) {
    std::promise<absl::StatusOr<Response>> promise;
    Caller caller;
    caller.principal = "test";
    caller.scope = std::move(scope);
    methods.FindUnary("overgang.v1.DailyStatusService/" + method)
        ->call(caller, request, [&](auto message) {
          promise.set_value(message.ok()
                                ? absl::StatusOr<Response>(static_cast<const Response&>(**message))
                                : message.status());
        });
    return promise.get_future().get();
  }
  std::vector<v1::Delivery> Deliveries(const std::string& date = "") {
    v1::ListDeliveriesRequest request;
    request.set_date(date);
    const auto response =
        Call<v1::ListDeliveriesRequest, v1::ListDeliveriesResponse>("ListDeliveries", request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->deliveries().begin(), response->deliveries().end()};
  }
  // State -> mails, of today.
  std::map<std::string, int> States() {
    std::map<std::string, int> states;
    for (const v1::Delivery& delivery : Deliveries()) ++states[delivery.state()];
    return states;
  }

  MemoryLog& log;
  const Clock& clock;
  const daily_status::RecipientsHolder& recipients;
  const daily_status::Policy& policy;
  Metrics metrics;
  MemoryStore store;
  projections::Views views;
  SaidLeadership leadership;
  FactWriter writer;
  projections::Runner runner;
  DirectoryHolder directory{Directory::BuiltIn()};
  daily_status::TemplatesHolder templates{daily_status::Templates::BuiltIn()};
  daily_status::MailSender sender{"Overgang <overgang@example.no>", "https://overgang.example.no"};
  ScriptedMailer mailer;
  MethodTable methods;
  daily_status::DailyStatusService service{
      {{views, writer, directory, PaymentTerms::BuiltIn(), clock, metrics, policy},
       recipients,
       templates,
       sender,
       true}};
  daily_status::Postman postman{{views, writer, log, leadership, clock, metrics, directory,
                                 PaymentTerms::BuiltIn(), recipients, templates, sender, policy,
                                 mailer}};
};

// It is 2 March 2026, some Oslo time.
class PostmanTest : public ::testing::Test {
 protected:
  PostmanTest() {
    policy_.quiet_for = absl::ZeroDuration();  // Nobody has anything waiting to tell.
    SetRecipients(3);
  }
  ~PostmanTest() override { log_.Hold(false); }

  static absl::Time At(int hour, int minute, int day = 2) {
    return FromOslo(absl::CivilSecond(2026, 3, day, hour, minute)).time;
  }
  void SetRecipients(int count) {
    daily_status::Recipients recipients;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      recipients.daily_status.push_back({"k:5001", number + std::string(32 - number.size(), 'b'),
                                         "a" + number + "@example.no", "A", "nb"});
    }
    recipients_.Set(std::move(recipients));
  }
  std::unique_ptr<SendingHub> NewHub() {
    return std::make_unique<SendingHub>(log_, sealer_, clock_, recipients_, policy_);
  }
  void Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    ASSERT_TRUE(AppendAndWait(log_, std::move(records)).ok());
  }
  // All facts of the status topic, in its order.
  std::vector<v1::Envelope> InLog() {
    std::vector<v1::Envelope> facts;
    const TopicPartition where{Topic::kStatus, 0};
    const int64_t end = log_.Ends()->next[where.Index()];
    auto reader = log_.NewReader({}, {where}, {});
    while (static_cast<int64_t>(facts.size()) < end) {
      const auto batch = (*reader)->Poll(absl::Seconds(1));
      if (!batch.ok()) break;
      for (const LogRecord& record : batch->records)
        EXPECT_TRUE(facts.emplace_back().ParseFromString(std::string(record.value)));
    }
    return facts;
  }
  int64_t Count(v1::Envelope::FactCase kind) {
    return std::ranges::count(InLog(), kind, &v1::Envelope::fact_case);
  }
  // Nothing more happens for a while.
  bool NothingMore() {
    const int64_t facts = log_.Ends()->next[TopicPartition{Topic::kStatus, 0}.Index()];
    absl::SleepFor(kAWhile);
    return log_.Ends()->next[TopicPartition{Topic::kStatus, 0}.Index()] == facts;
  }

  ManualClock clock_{At(7, 0)};
  MemoryLog log_{clock_};
  const Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
  daily_status::RecipientsHolder recipients_;
  daily_status::Policy policy_;
};

}  // namespace overgang::testing
