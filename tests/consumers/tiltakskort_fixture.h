// Hubs that deal cards, in one process: one log, and for each hub a runner with rows of its own,
// its views, its dealer and its service. Real parts; who decides and what time it is is the test's.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "consumers/tiltakskort/cards_service.h"
#include "consumers/tiltakskort/dealer.h"
#include "core/oslo_time.h"
#include "projections/runner.h"
#include "tests/consumers/doer_fixture.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {

inline constexpr char kOfHospital[] = "h:974749025";

inline v1::Envelope Level(int revision, v1::EscalationLevel from, v1::EscalationLevel to,
                          absl::Time at) {
  v1::Envelope fact;
  fact.set_event_id(NameUuid({"level", std::to_string(revision), std::to_string(to)}));
  fact.set_hospital(kHospital);
  *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(at);
  fact.mutable_source()->set_channel(v1::CHANNEL_HUB);
  v1::LevelChanged& changed = *fact.mutable_level_changed();
  changed.mutable_decision()->set_subject(kOfHospital);
  changed.set_scope(kOfHospital);
  changed.mutable_decision()->set_revision(revision);
  changed.set_from(from);
  changed.set_to(to);
  return fact;
}

inline tiltakskort::CardTemplate Template(const std::string& id, v1::EscalationLevel level) {
  tiltakskort::CardTemplate card;
  card.id = id;
  card.title = "Tittel";
  card.why = "Fordi";
  card.level = level;
  card.roles = {"first", "second", "third"};
  card.acknowledge_within = absl::Minutes(30);
  card.actions = {{"one", "Gjør dette", "first", absl::Minutes(60), "Antall"},
                  {"two", "Og dette", "second", absl::Minutes(120), ""}};
  return card;
}

struct DealingHub {
  DealingHub(MemoryLog& log_in, const Sealer& sealer, const Clock& clock_in,
             const tiltakskort::CardsHolder& cards_in, const tiltakskort::RolesHolder& roles_in)
      : log(log_in),
        clock(clock_in),
        cards(cards_in),
        roles(roles_in),
        views(clock),
        writer(log_in, sealer, clock, kIncarnation),
        runner(log_in, store, views, metrics, kIncarnation) {
    service.Register(methods);
  }
  ~DealingHub() {
    log.Hold(false);
    dealer.Stop();
    runner.Stop();
  }
  void Start() {
    ASSERT_TRUE(runner.Start().ok());
    dealer.Start();
  }
  bool CaughtUp() const {
    const auto epoch = views.Current();
    return epoch != nullptr && epoch->cursor.Covers({kIncarnation, log.Ends()->next});
  }
  std::vector<v1::Tiltakskort> Open() const {
    std::vector<v1::Tiltakskort> open;
    const auto epoch = views.Current();
    if (epoch == nullptr) return open;
    for (const auto& [id, card] : epoch->cards->open) open.push_back(*card);
    return open;
  }
  std::optional<v1::Tiltakskort> Card(const std::string& id) const {
    return projections::FindCard(*views.Current()->rows, id).value();
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const Caller& caller) {
    std::promise<absl::StatusOr<Response>> promise;
    methods.FindUnary("overgang.v1.EscalationService/" + method)
        ->call(caller, request, [&](auto message) {
          promise.set_value(message.ok()
                                ? absl::StatusOr<Response>(static_cast<const Response&>(**message))
                                : message.status());
        });
    return promise.get_future().get();
  }
  absl::Status Acknowledge(const std::string& card_id, const Caller& caller,
                           const std::string& key) {
    v1::AcknowledgeTiltakRequest request;
    request.set_idempotency_key(key);
    request.set_card_id(card_id);
    return Call<v1::Receipt>("AcknowledgeTiltak", request, caller).status();
  }
  absl::Status Complete(const std::string& card_id, const std::string& tiltak_id,
                        const std::string& outcome, const Caller& caller, const std::string& key,
                        bool declined = false) {
    v1::CompleteTiltakRequest request;
    request.set_idempotency_key(key);
    request.set_card_id(card_id);
    request.set_tiltak_id(tiltak_id);
    declined ? request.set_declined_reason(outcome) : request.set_outcome(outcome);
    return Call<v1::Receipt>("CompleteTiltak", request, caller).status();
  }

  MemoryLog& log;
  const Clock& clock;
  const tiltakskort::CardsHolder& cards;
  const tiltakskort::RolesHolder& roles;
  Metrics metrics;
  MemoryStore store;
  projections::Views views;
  SaidLeadership leadership;
  FactWriter writer;
  projections::Runner runner;
  DirectoryHolder directory{Directory::BuiltIn()};
  MethodTable methods;
  tiltakskort::CardsService service{{views, writer, clock, directory, cards, roles}};
  tiltakskort::Dealer dealer{
      {views, writer, log, leadership, clock, metrics, directory, cards, roles}};
};

// One card for rød, of the hospital; who is named after a role holds it.
class TiltakskortTest : public ::testing::Test {
 protected:
  TiltakskortTest() {
    SetCards({Template("kort", v1::ESCALATION_LEVEL_ROD)});
    SetRoles({"first", "second", "third"});
  }
  ~TiltakskortTest() override { log_.Hold(false); }

  void SetCards(std::vector<tiltakskort::CardTemplate> templates) {
    tiltakskort::Cards cards;
    cards.templates = std::move(templates);
    cards.role_names = {{"first", "Første"}, {"third", "Tredje"}};
    cards_.Set(std::move(cards));
  }
  void SetRoles(const std::vector<std::string>& held, const std::string& of = kOfHospital) {
    tiltakskort::Roles roles;
    roles.given = true;
    for (const std::string& role : held) roles.holders[{of, role}] = {role};
    roles_.Set(std::move(roles));
  }
  std::unique_ptr<DealingHub> NewHub() {
    auto hub = std::make_unique<DealingHub>(log_, sealer_, clock_, cards_, roles_);
    hub->Start();
    return hub;
  }
  void Append(const std::vector<v1::Envelope>& facts) {
    std::vector<NewRecord> records;
    for (const v1::Envelope& fact : facts) records.push_back(ToRecord(fact));
    ASSERT_TRUE(AppendAndWait(log_, std::move(records)).ok());
  }
  void SetLevel(v1::EscalationLevel to) {
    Append({Level(++revision_, level_, to, clock_.Now())});
    level_ = to;
  }
  // All facts of the escalation topic, in its order.
  std::vector<v1::Envelope> InLog() {
    std::vector<v1::Envelope> facts;
    const TopicPartition where{Topic::kEscalation, 0};
    const auto end = static_cast<size_t>(log_.Ends()->next[where.Index()]);
    auto reader = log_.NewReader({}, {where}, {});
    while (facts.size() < end) {
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
  bool Eventual(v1::Envelope::FactCase kind, int64_t count) {
    return Eventually([&] { return Count(kind) == count; });
  }
  // The one card that is open, once it is.
  v1::Tiltakskort TheCard(DealingHub& hub) {
    EXPECT_TRUE(Eventually([&] { return hub.Open().size() == 1; }));
    const auto open = hub.Open();
    return open.size() == 1 ? open.front() : v1::Tiltakskort();
  }
  // Nothing more happens for a while.
  bool NothingMore() {
    const size_t facts = InLog().size();
    absl::SleepFor(kAWhile);
    return InLog().size() == facts;
  }
  static Caller OfHospital(const std::string& principal) {
    auto scope = std::make_shared<Scope>();
    scope->hospitals = {kHospital};
    scope->write = true;
    Caller caller;
    caller.principal = principal;
    caller.scope = scope;
    return caller;
  }
  static Caller OfKommune(const std::string& principal, const std::string& kommune) {
    auto scope = std::make_shared<Scope>();
    scope->kommuner = {kommune};
    scope->write = true;
    Caller caller;
    caller.principal = principal;
    caller.scope = scope;
    return caller;
  }

  ManualClock clock_{At(0)};
  MemoryLog log_{clock_};
  const Sealer sealer_ = Sealer::Create(std::string(32, 's')).value();
  tiltakskort::CardsHolder cards_;
  tiltakskort::RolesHolder roles_;
  int revision_ = 0;
  v1::EscalationLevel level_ = v1::ESCALATION_LEVEL_UNSPECIFIED;
};

}  // namespace overgang::testing
