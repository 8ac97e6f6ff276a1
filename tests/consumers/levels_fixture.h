// Hubs that keep levels, in one process: a log, and for each hub a runner with rows of its own, its
// views, its keeper and its service. Real parts; only the time and who decides are the test's.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consumers/escalation/level_keeper.h"
#include "consumers/escalation/levels_service.h"
#include "consumers/escalation/rules_file.h"
#include "projections/verify.h"
#include "tests/consumers/doer_fixture.h"

namespace overgang::testing {

// Two utskrivningsklare are gul, four rød; down after an hour.
inline constexpr char kQuickRules[] = R"([[version]]
name = "rask"
[[version.rule]]
[[version.rule.level]]
level = "gul"
dwell_down = "1h"
inputs = [{input = "ukp", enter = 2, exit = 1}]
[[version.rule.level]]
level = "rød"
dwell_down = "1h"
inputs = [{input = "ukp", enter = 4, exit = 3}]
)";

inline std::shared_ptr<const escalation::Rules> RulesOf(const std::string& text) {
  auto rules = escalation::ReadRules(text, "rules.toml", *Directory::BuiltIn());
  EXPECT_TRUE(rules.ok()) << rules.status();
  return *std::move(rules);
}

inline constexpr char kScope[] = "h:974749025";

struct LevelHub {
  LevelHub(MemoryLog& log_in, const Sealer& sealer, const Clock& clock_in)
      : log(log_in),
        views(clock_in),
        writer(log_in, sealer, clock_in, kIncarnation),
        runner(log_in, store, views, metrics, kIncarnation),
        service(
            {views, log_in, writer, directory, rules, clock_in,
             [] {
               return std::vector<escalation::CardTrigger>{{"kort", v1::ESCALATION_LEVEL_ROD, {}}};
             }}),
        keeper({views, writer, log_in, leadership, clock_in, metrics, directory, rules}) {
    service.Register(methods);
  }
  ~LevelHub() {
    keeper.Stop();
    service.Stop();
    runner.Stop();
  }
  void Start() {
    ASSERT_TRUE(runner.Start().ok());
    keeper.Start();
  }
  const projections::LevelState* State() {
    const auto epoch = views.Current();
    held = epoch == nullptr ? nullptr : epoch->levels;
    return held == nullptr ? nullptr : held->Find(kScope);
  }
  v1::EscalationLevel Level() {
    const auto* state = State();
    return state == nullptr ? v1::ESCALATION_LEVEL_UNSPECIFIED : state->newest.to();
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    std::promise<absl::StatusOr<Response>> promise;
    methods.FindUnary("overgang.v1.EscalationService/" + method)
        ->call(caller, request, [&](auto message) {
          if (message.ok()) {
            promise.set_value(static_cast<const Response&>(**message));
          } else {
            promise.set_value(message.status());
          }
        });
    return promise.get_future().get();
  }
  v1::HospitalLevel Told() {
    auto response = Call<v1::GetLevelsResponse>("GetLevels", v1::GetLevelsRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    for (const v1::HospitalLevel& level : response->levels()) {
      if (level.scope() == kScope) return level;
    }
    return {};
  }

  MemoryLog& log;
  Metrics metrics;
  MemoryStore store;
  projections::Views views;
  SaidLeadership leadership;
  FactWriter writer;
  projections::Runner runner;
  DirectoryHolder directory{Directory::BuiltIn()};
  escalation::RulesHolder rules{RulesOf(kQuickRules)};
  MethodTable methods;
  Caller caller{.principal = "lege", .scope = Scope::All()};
  escalation::LevelsService service;
  escalation::LevelKeeper keeper;
  std::shared_ptr<const projections::LevelsView> held;
};

inline std::shared_ptr<const Scope> ScopeOf(std::vector<std::string> kommuner,
                                            std::vector<std::string> hospitals) {
  Scope scope;
  scope.kommuner = std::move(kommuner);
  scope.hospitals = std::move(hospitals);
  scope.write = true;
  return std::make_shared<const Scope>(std::move(scope));
}

class LevelsTest : public ::testing::Test {
 protected:
  std::unique_ptr<LevelHub> NewHub() { return std::make_unique<LevelHub>(log_, sealer_, clock_); }
  void Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    ASSERT_TRUE(AppendAndWait(log_, std::move(records)).ok());
  }
  // Admits so many and declares them utskrivningsklare; `first` numbers the persons.
  void Ready(int first, int count) {
    std::vector<v1::Envelope> facts;
    for (int person = first; person < first + count; ++person) {
      const std::string id = std::to_string(person);
      facts.push_back(Admitted("a" + id, person, "V" + id, 0));
      facts.push_back(UkpDeclared("u" + id, person, 0, 10));
    }
    Append(facts);
  }
  void Leave(int first, int count) {
    std::vector<v1::Envelope> facts;
    for (int person = first; person < first + count; ++person) {
      const std::string id = std::to_string(person);
      facts.push_back(Discharged("d" + id, person, "V" + id, 30));
    }
    Append(facts);
  }
  bool Reaches(LevelHub& hub, v1::EscalationLevel level) {
    return Eventually([&] { return hub.Level() == level; });
  }
  // The level changes in the log, of the hospital, that count and that do not.
  std::vector<v1::LevelChanged> InLog() {
    std::vector<v1::LevelChanged> changes;
    const TopicPartition where{Topic::kEscalation, 0};
    const int64_t end = log_.Ends()->next[where.Index()];
    auto reader = log_.NewReader({}, {where}, {});
    for (int64_t next = 0; next < end;) {
      const auto batch = (*reader)->Poll(absl::Seconds(1));
      if (!batch.ok()) break;
      for (const LogRecord& record : batch->records) {
        next = record.offset + 1;
        v1::Envelope fact;
        EXPECT_TRUE(fact.ParseFromString(std::string(record.value)));
        if (fact.level_changed().scope() == kScope) changes.push_back(fact.level_changed());
      }
    }
    return changes;
  }
  void ExpectRebuild(LevelHub& hub) {
    MemoryStore scratch;
    const auto verified = projections::VerifyRebuild(log_, *hub.views.Current(), scratch);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_TRUE(verified->equal) << (verified->differences.empty() ? "" : verified->differences[0]);
  }

  ManualClock clock_{At(20)};
  MemoryLog log_{clock_};
  const Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
};

}  // namespace overgang::testing
