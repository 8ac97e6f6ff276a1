// One key, one effect.
#include <set>
#include <utility>

#include "core/errors.h"
#include "tests/producers/intake/intake_fixture.h"

namespace overgang::intake {
namespace {

TEST_F(IntakeTest, ARepeatGivesTheSameReceiptAndNoSecondFact) {
  absl::StatusOr<v1::Receipt> first = Call("AnswerUkp", Answer("a"));
  clock.Advance(absl::Minutes(1));
  absl::StatusOr<v1::Receipt> second = Call("AnswerUkp", Answer("a"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(Facts().size(), 1u);
}

TEST_F(IntakeTest, TheSameKeyWithOtherContentAlreadyExists) {
  ASSERT_TRUE(Call("AnswerUkp", Answer("a")).ok());
  v1::AnswerUkpRequest other = Answer("a");
  other.set_from_date("2026-01-18");
  EXPECT_TRUE(absl::IsAlreadyExists(Call("AnswerUkp", other).status()));
  EXPECT_EQ(Facts().size(), 1u);
}

TEST_F(IntakeTest, KeysBelongToTheirPrincipalAndMethod) {
  ASSERT_TRUE(Call("AnswerUkp", Answer("a")).ok());
  v1::AnswerUkpRequest other = Answer("a");
  other.set_from_date("2026-01-18");
  EXPECT_TRUE(Call("AnswerUkp", other, "trondheim").ok());
  EXPECT_EQ(Facts().size(), 2u);
}

TEST_F(IntakeTest, TwoCallsAtTheSameTimeShareOneAppend) {
  log.Hold(true);
  auto first = Start<v1::Receipt>("AnswerUkp", Answer("a"));
  auto second = Start<v1::Receipt>("AnswerUkp", Answer("a"));
  v1::AnswerUkpRequest other = Answer("a");
  other.clear_from_date();
  EXPECT_TRUE(absl::IsAlreadyExists(Call("AnswerUkp", other).status()));
  log.Hold(false);
  absl::StatusOr<v1::Receipt> a = first.get(), b = second.get();
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->SerializeAsString(), b->SerializeAsString());
  EXPECT_EQ(Facts().size(), 1u);
}

TEST_F(IntakeTest, AFailureReachesEveryoneWhoWaitedForIt) {
  log.Hold(true);
  log.FailNextAppends(1, absl::UnavailableError("disk full"));
  auto first = Start<v1::Receipt>("AnswerUkp", Answer("a"));
  auto second = Start<v1::Receipt>("AnswerUkp", Answer("a"));
  log.Hold(false);
  EXPECT_TRUE(absl::IsUnavailable(first.get().status()));
  EXPECT_TRUE(absl::IsUnavailable(second.get().status()));
}

TEST_F(IntakeTest, AReceiptOfTheViewsHoldsAfterARestart) {
  ASSERT_TRUE(Call("AnswerUkp", Answer("a")).ok());
  const v1::Envelope fact = Facts().at(0);
  stays.receipts["melhus/AnswerUkp/" + ContentDigest("a")] = {fact.event_id(),
                                                              fact.source().digest(), "cursor"};

  IntakeService restarted(writer, stays, pseudonymizer, directory, clock);
  table = MethodTable();
  restarted.Register(table);
  stays.by_id.clear();  // The receipt stands, even where the stay would no longer be found.
  absl::StatusOr<v1::Receipt> again = Call("AnswerUkp", Answer("a"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->event_id(), fact.event_id());
  EXPECT_EQ(again->cursor(), "cursor");
  v1::AnswerUkpRequest other = Answer("a");
  other.set_from_date("2026-01-18");
  EXPECT_TRUE(absl::IsAlreadyExists(Call("AnswerUkp", other).status()));
  EXPECT_EQ(Facts().size(), 1u);
}

// As Kafka may: keeps the first half of a batch and then reports a failure, once.
class HalfLog final : public EventLog {
 public:
  explicit HalfLog(EventLog& log) : log_(log) {}
  void Append(std::vector<NewRecord> records, AppendDone done) override {
    if (!std::exchange(fails_, false)) return log_.Append(std::move(records), std::move(done));
    records.resize(records.size() / 2);
    log_.Append(std::move(records), [done = std::move(done)](const auto&) {
      done(absl::UnavailableError("the broker is away"));
    });
  }
  absl::StatusOr<std::unique_ptr<LogReader>> NewReader(
      const Offsets& from, const std::vector<TopicPartition>& partitions,
      const ReadOptions& options) override {
    return log_.NewReader(from, partitions, options);
  }
  absl::StatusOr<LogEnds> Ends() override { return log_.Ends(); }
  absl::Status Health() override { return log_.Health(); }
  std::string ClusterId() const override { return log_.ClusterId(); }

 private:
  EventLog& log_;
  bool fails_ = true;
};

class HalfWrittenTest : public IntakeTest {
 protected:
  HalfWrittenTest() {
    table = MethodTable();
    service_.Register(table);
  }
  // What the views make of the part that is in the log.
  void Fold(const std::string& method, const std::string& key) {
    const v1::Envelope fact = Facts().at(0);
    stays.receipts["melhus/" + method + "/" + ContentDigest(key)] = {
        fact.correlation_id(), fact.source().digest(), "cursor"};
  }

  HalfLog half_{log};
  FactWriter writer_{half_, sealer, clock, "8a6e0804-2bd0-4672-b79d-d97027f9071a"};
  IntakeService service_{writer_, stays, pseudonymizer, directory, clock};
};

TEST_F(HalfWrittenTest, ARepeatWritesTheNoticeThatAFailureLeftOut) {
  v1::DeclareUkpRequest request;
  request.set_idempotency_key("half");
  request.mutable_subject()->set_stay_id(kStayId);
  EXPECT_TRUE(absl::IsUnavailable(Call("DeclareUkp", request).status()));
  ASSERT_EQ(Facts().size(), 1u);
  Fold("DeclareUkp", "half");
  const absl::StatusOr<v1::Receipt> receipt = Call("DeclareUkp", request);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  const std::vector<v1::Envelope> facts = Facts();
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(facts[0].event_id(), facts[1].event_id());
  EXPECT_TRUE(facts[2].has_kommune_notified_of_ukp());
  ASSERT_TRUE(Call("DeclareUkp", request).ok());
  EXPECT_EQ(Facts().size(), 3u) << "what succeeded whole is remembered";
}

TEST_F(HalfWrittenTest, ARepeatWritesTheFactsThatAFailureLeftOut) {
  v1::AppendFactsRequest request;
  request.set_idempotency_key("half");
  for (const char* number : {kNumber, kOtherNumber}) {
    v1::Envelope& fact = *request.add_facts();
    fact.set_event_id(NameUuid({number}));
    fact.set_patient_ref(Ref(number));
    fact.set_hospital(kHospital);
    *fact.mutable_occurred_at() = ToProto(clock.Now());
    fact.mutable_patient_admitted();
  }
  EXPECT_FALSE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
  Fold("AppendFacts", "half");
  ASSERT_TRUE(Call<v1::AppendFactsResponse>("AppendFacts", request).ok());
  std::set<std::string> ids;
  for (const v1::Envelope& fact : Facts()) ids.insert(fact.event_id());
  EXPECT_EQ(ids.size(), 2u);
}

TEST_F(IntakeTest, TheDigestRestsOnTheReferenceNeverOnTheNumber) {
  v1::AnswerUkpRequest by_number = Answer("n");
  v1::PersonAtHospital& person = *by_number.mutable_subject()->mutable_person();
  person.set_id_kind(v1::ID_KIND_NATIONAL_NUMBER);
  person.set_id_number(kNumber);
  person.set_hospital(kHospital);
  v1::AnswerUkpRequest by_ref = by_number;
  by_ref.mutable_subject()->mutable_person()->set_id_kind(v1::ID_KIND_PATIENT_REF);
  by_ref.mutable_subject()->mutable_person()->set_id_number(Ref(kNumber));
  absl::StatusOr<v1::Receipt> first = Call("AnswerUkp", by_number),
                              second = Call("AnswerUkp", by_ref);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->event_id(), second->event_id());
}

TEST(ReceiptBook, RefusesWhatIsTooMuchAndForgetsTheOldest) {
  ReceiptBook book;
  const auto call = [](size_t i) { return intake::Call{"p", "m", std::to_string(i), "d"}; };
  const auto nothing = [](const absl::StatusOr<std::string>&) {};
  for (size_t i = 0; i < kCallsUnderWayMax; ++i) ASSERT_TRUE(*book.Begin(call(i), nothing));
  EXPECT_TRUE(absl::IsResourceExhausted(book.Begin(call(kCallsUnderWayMax), nothing).status()));
  for (size_t i = 0; i < kCallsUnderWayMax; ++i) book.Finish(call(i), std::string("c"));
  for (size_t i = kCallsUnderWayMax; i <= kReceiptsRememberedMax; ++i) {
    ASSERT_TRUE(*book.Begin(call(i), nothing));
    book.Finish(call(i), std::string("c"));
  }
  EXPECT_TRUE(*book.Begin(call(0), nothing));   // Forgotten: the views know it by now.
  EXPECT_FALSE(*book.Begin(call(1), nothing));  // Remembered.
}

}  // namespace
}  // namespace overgang::intake
