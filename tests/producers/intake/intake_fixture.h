// The intake door on a log in memory, with stays that the test names. Shared by the tests of this
// room.
#pragma once

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/log/memory_log.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "gtest/gtest.h"
#include "producers/intake/intake_service.h"

namespace overgang::intake {

inline constexpr char kNumber[] = "01857210057";  // Synthetic: month + 80.
inline constexpr char kOtherNumber[] = "14915010025";
inline constexpr char kHospital[] = "974749025";
inline constexpr char kStayId[] = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

// Knows the stays and receipts that a test puts in.
class FakeStays final : public StayLookup {
 public:
  absl::StatusOr<StaySubject> FindStay(std::string_view stay_id) const override {
    return Find(by_id, std::string(stay_id));
  }
  absl::StatusOr<StaySubject> FindOpenStay(std::string_view ref,
                                           std::string_view hospital) const override {
    return Find(open, std::string(ref) + "@" + std::string(hospital));
  }
  absl::StatusOr<std::optional<IntakeReceipt>> FindReceipt(std::string_view principal,
                                                           std::string_view method,
                                                           std::string_view key) const override {
    auto it =
        receipts.find(std::string(principal) + "/" + std::string(method) + "/" + std::string(key));
    if (it == receipts.end()) return std::nullopt;
    return it->second;
  }

  absl::StatusOr<std::vector<std::string>> HeldFacts(std::string_view ref) const override {
    const auto it = held.find(std::string(ref));
    return it == held.end() ? std::vector<std::string>() : it->second;
  }

  std::map<std::string, StaySubject> by_id;
  std::map<std::string, StaySubject> open;  // "<ref>@<hospital>".
  std::map<std::string, IntakeReceipt> receipts;
  std::map<std::string, std::vector<std::string>> held;  // By reference, sorted.

 private:
  static absl::StatusOr<StaySubject> Find(const std::map<std::string, StaySubject>& stays,
                                          const std::string& key) {
    auto it = stays.find(key);
    if (it == stays.end()) return absl::NotFoundError("no stay");
    return it->second;
  }
};

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    service.Register(table);
    stays.by_id[kStayId] = {Ref(kNumber), kHospital, "V1", clock.Now() - absl::Hours(50), "5001"};
    stays.open[Ref(kNumber) + "@" + kHospital] = {Ref(kNumber), kHospital, "",
                                                  clock.Now() - absl::Hours(50), "5001"};
  }

  std::string Ref(const std::string& number) const {
    return pseudonymizer.OfNationalNumber(number)->current;
  }

  template <typename Response, typename Request>
  std::future<absl::StatusOr<Response>> Start(const std::string& method, const Request& request,
                                              const std::string& principal = "melhus") {
    auto promise = std::make_shared<std::promise<absl::StatusOr<Response>>>();
    const MethodTable::Unary* unary = table.FindUnary("overgang.v1.IntakeService/" + method);
    unary->call({.principal = principal, .scope = scope}, request,
                [promise](absl::StatusOr<std::unique_ptr<MethodTable::Message>> response) {
                  if (!response.ok()) return promise->set_value(response.status());
                  promise->set_value(static_cast<const Response&>(**response));
                });
    return promise->get_future();
  }
  template <typename Response = v1::Receipt, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const std::string& principal = "melhus") {
    return Start<Response>(method, request, principal).get();
  }

  // Every fact in the log, pathway first.
  std::vector<v1::Envelope> Facts() {
    std::vector<v1::Envelope> facts;
    auto reader = log.NewReader({}, {}, {}).value();
    for (RecordBatch batch; !batch.at_end;) {
      batch = reader->Poll(absl::Seconds(1)).value();
      for (const LogRecord& record : batch.records)
        EXPECT_TRUE(facts.emplace_back().ParseFromArray(record.value.data(),
                                                        static_cast<int>(record.value.size())));
    }
    return facts;
  }

  static v1::AnswerUkpRequest Answer(const std::string& key) {
    v1::AnswerUkpRequest request;
    request.set_idempotency_key(key);
    request.mutable_subject()->set_stay_id(kStayId);
    request.set_can_receive(true);
    request.set_from_date("2026-01-17");
    request.set_place_kind(v1::PLACE_KIND_KORTTID);
    return request;
  }

  ManualClock clock{absl::FromUnixSeconds(1'768'460'400)};  // 2026-01-15T08:00 in Oslo.
  Pseudonymizer pseudonymizer = *Pseudonymizer::Create({std::string(32, 'k')}, Environment::kTest);
  Sealer sealer = *Sealer::Create(std::string(32, 's'));
  DirectoryHolder directory{Directory::BuiltIn()};
  FakeStays stays;
  MemoryLog log{clock};
  FactWriter writer{log, sealer, clock, "8a6e0804-2bd0-4672-b79d-d97027f9071a"};
  IntakeService service{writer, stays, pseudonymizer, directory, clock};
  MethodTable table;
  std::shared_ptr<const Scope> scope = Scope::All();  // Of the calls from here on.
};

}  // namespace overgang::intake
