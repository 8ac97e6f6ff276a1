// What every method is behind: needs of callers, and the access log.
#include "core/rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/access_log.h"
#include "overgang/v1/operations_service.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "tests/core/memory_access_log.h"

namespace overgang {
namespace {

using overgang::testing::MemoryAccessLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kGet[] = "overgang.v1.PathwayService/GetPathway";
constexpr char kWatch[] = "overgang.v1.PathwayService/WatchStays";
constexpr char kStay[] = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

bool TellPathway(const v1::GetPathwayRequest& request, const v1::GetPathwayResponse* response,
                 v1::AccessEntry* entry) {
  AddAsked("stay_id", request.stay_id(), entry);
  if (response == nullptr) return true;
  for (const v1::Stay& stay : response->stays()) AddTold(stay.stay_id(), "", "", "", entry);
  return true;
}

bool TellWatch(const v1::WatchStaysRequest& request, const v1::WatchStaysResponse* response,
               v1::AccessEntry* entry) {
  AddAsked("kommune", request.kommune(), entry);
  if (response == nullptr) return true;
  for (const v1::Stay& stay : response->stays()) AddTold(stay.stay_id(), "", "", "", entry);
  return !response->stays().empty();
}

// Tells what a test puts in.
class Told final : public MessageStream {
 public:
  explicit Told(std::vector<std::shared_ptr<const google::protobuf::Message>>& messages)
      : messages_(messages) {}
  absl::StatusOr<StreamStep> Next() override {
    if (messages_.empty()) return StreamStep{};
    StreamStep step{.message = messages_.front()};
    messages_.erase(messages_.begin());
    return step;
  }

 private:
  std::vector<std::shared_ptr<const google::protobuf::Message>>& messages_;
};

class RpcTest : public ::testing::Test {
 protected:
  RpcTest() {
    table_.AddUnary<v1::GetPathwayRequest, v1::GetPathwayResponse>(
        kGet, Need::kOwn, TellPathway,
        [this](const Caller&, const v1::GetPathwayRequest& request,
               const Reply<v1::GetPathwayResponse>& reply) {
          ++calls_;
          if (request.stay_id().empty()) return reply(absl::NotFoundError("no such stay"));
          v1::GetPathwayResponse response;
          response.add_stays()->set_stay_id(request.stay_id());
          reply(std::move(response));
        });
    table_.AddStream<v1::WatchStaysRequest, v1::WatchStaysResponse>(
        kWatch, Need::kOwn, TellWatch,
        [this](const Caller&, const v1::WatchStaysRequest&,
               const Wake&) -> absl::StatusOr<std::unique_ptr<MessageStream>> {
          ++calls_;
          return std::make_unique<Told>(messages_);
        });
  }
  // The answer, absent where none has come.
  std::optional<absl::Status> Get(const std::string& stay_id,
                                  std::shared_ptr<const Scope> scope = Scope::All()) {
    request_.set_stay_id(stay_id);
    table_.FindUnary(kGet)->call({.principal = "melhus", .scope = std::move(scope)}, request_,
                                 [this](auto message) { answer_ = message.status(); });
    return answer_;
  }
  auto Watch(std::shared_ptr<const Scope> scope = Scope::All()) {
    v1::WatchStaysRequest request;
    request.set_kommune("5028");
    return table_.FindStream(kWatch)->open({.principal = "melhus", .scope = std::move(scope)},
                                           request, [this] { ++wakes_; });
  }
  void Say(const std::string& stay_id) {
    auto message = std::make_shared<v1::WatchStaysResponse>();
    if (!stay_id.empty()) message->add_stays()->set_stay_id(stay_id);
    messages_.push_back(std::move(message));
  }

  MemoryAccessLog log_;
  ManualClock clock_{absl::FromUnixSeconds(1'768'460'400)};
  MethodTable table_{&log_, clock_};
  v1::GetPathwayRequest request_;
  std::optional<absl::Status> answer_;
  std::vector<std::shared_ptr<const google::protobuf::Message>> messages_;
  int calls_ = 0;
  int wakes_ = 0;
};

TEST_F(RpcTest, ACallerWithoutScopeNeverReachesTheHandlerAndIsWritten) {
  EXPECT_TRUE(absl::IsPermissionDenied(*Get(kStay, Scope::Nothing())));
  EXPECT_TRUE(absl::IsPermissionDenied(Watch(Scope::Nothing()).status()));
  EXPECT_EQ(calls_, 0);
  const auto entries = log_.entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].principal(), "melhus");
  EXPECT_EQ(entries[0].method(), "PathwayService/GetPathway");
  EXPECT_EQ(entries[0].outcome(), "PERMISSION_DENIED");
  EXPECT_EQ(entries[0].asked().at("stay_id"), kStay);
  EXPECT_THAT(entries[0].stay_ids(), IsEmpty());
  EXPECT_EQ(entries[1].outcome(), "PERMISSION_DENIED");
}

TEST_F(RpcTest, AnAnswerIsGivenWhenItIsWrittenAndNotBefore) {
  log_.Hold();
  EXPECT_FALSE(Get(kStay).has_value());
  ASSERT_THAT(log_.entries(), SizeIs(1));
  EXPECT_EQ(log_.entries()[0].outcome(), "OK");
  EXPECT_THAT(log_.entries()[0].stay_ids(), ElementsAre(kStay));
  log_.Release();
  EXPECT_TRUE(answer_.has_value() && answer_->ok());
}

TEST_F(RpcTest, NothingIsReadThatCannotBeWritten) {
  log_.Fail(absl::UnavailableError("the disk is full"));
  EXPECT_TRUE(absl::IsUnavailable(*Get(kStay)));
  EXPECT_THAT(std::string(answer_->message()), HasSubstr("the disk is full"));
  EXPECT_TRUE(absl::IsNotFound(*Get(""))) << "a refusal tells of nobody";
  log_.Fail(absl::OkStatus());
  EXPECT_TRUE(Get(kStay)->ok());
  MethodTable without;
  without.AddUnary<v1::GetPathwayRequest, v1::GetPathwayResponse>(
      kGet, Need::kOwn, TellPathway,
      [](const Caller&, const v1::GetPathwayRequest&, const Reply<v1::GetPathwayResponse>& reply) {
        reply(v1::GetPathwayResponse());
      });
  without.FindUnary(kGet)->call({.principal = "melhus", .scope = Scope::All()}, request_,
                                [this](auto message) { answer_ = message.status(); });
  EXPECT_TRUE(absl::IsUnavailable(*answer_)) << "a table without a log reads nothing of patients";
}

TEST_F(RpcTest, AStreamIsWrittenWhenItOpensAndWithEachMessageThatTellsOfSomebody) {
  Say(kStay);
  Say("");  // How old the sources are.
  auto stream = Watch();
  ASSERT_TRUE(stream.ok());
  for (int i = 0; i < 2; ++i) EXPECT_NE((*stream)->Next()->message, nullptr);
  EXPECT_EQ((*stream)->Next()->message, nullptr);
  const auto entries = log_.entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_THAT(entries[0].stay_ids(), IsEmpty());
  EXPECT_EQ(entries[0].asked().at("kommune"), "5028");
  EXPECT_THAT(entries[1].stay_ids(), ElementsAre(kStay));
  EXPECT_EQ(entries[1].asked().at("kommune"), "5028");
}

TEST_F(RpcTest, AStreamHasNothingToSayWhileItIsWrittenAndIsWokenThen) {
  Say(kStay);
  log_.Hold();
  auto stream = Watch();
  EXPECT_EQ((*stream)->Next()->message, nullptr) << "not even opened yet";
  log_.Release();
  EXPECT_EQ(wakes_, 1);
  log_.Hold();
  EXPECT_EQ((*stream)->Next()->message, nullptr);
  EXPECT_EQ((*stream)->Next()->message, nullptr);
  log_.Release();
  EXPECT_EQ(wakes_, 2);
  EXPECT_NE((*stream)->Next()->message, nullptr);
}

TEST_F(RpcTest, AStreamEndsWhereItCannotBeWritten) {
  auto stream = Watch();
  EXPECT_EQ((*stream)->Next()->message, nullptr);
  Say(kStay);
  log_.Fail(absl::UnavailableError("the disk is full"));
  EXPECT_TRUE(absl::IsUnavailable((*stream)->Next().status()));
}

TEST_F(RpcTest, AStreamEndsWhenWhatItsCallerShowedDoes) {
  v1::WatchStaysRequest request;
  auto stream = table_.FindStream(kWatch)->open(
      {.principal = "melhus", .scope = Scope::All(), .expires = clock_.Now() + absl::Minutes(1)},
      request, [] {});
  Say(kStay);
  EXPECT_NE((*stream)->Next()->message, nullptr);
  clock_.Advance(absl::Minutes(1));
  Say(kStay);
  EXPECT_TRUE(absl::IsUnauthenticated((*stream)->Next().status()));
}

TEST_F(RpcTest, TheRulesOfAllMethodsCanBeListed) {
  ASSERT_THAT(table_.rules(), SizeIs(2));
  EXPECT_EQ(table_.rules().at(kGet).need, Need::kOwn);
  EXPECT_TRUE(table_.rules().at(kWatch).logged);
}

TEST(AccessLogTest, WhatWasAskedForIsKeptWhereItIsACodeAndNeverAsANumberOfAPerson) {
  v1::AccessEntry entry;
  AddAsked("kommune", "5001", &entry);
  AddAsked("kommuner", "5001,5028,5031", &entry);
  AddAsked("stay_id", kStay, &entry);
  AddAsked("patient_ref", "ab12-01857210057018572100570185721005", &entry);
  AddAsked("from", "2026-01-15", &entry);
  AddAsked("empty", "", &entry);
  EXPECT_EQ(entry.asked().size(), 5u);
  for (const auto& [name, value] : entry.asked()) EXPECT_NE(value, "(left out)") << name;
  for (const char* number :
       {"01857210057", "018572 10057", "018572-10057", "x 01857210057", "Ola Nordmann; født",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    AddAsked("stay_id", number, &entry);
    EXPECT_EQ(entry.asked().at("stay_id"), "(left out)") << number;
  }
}

}  // namespace
}  // namespace overgang
