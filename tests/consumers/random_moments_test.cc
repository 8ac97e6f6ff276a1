// Whatever comes in whatever order: every answer that was given is made again, from checkpoints or
// the whole log, and what explains it adds up to what is known today.
#include <algorithm>
#include <random>

#include "tests/consumers/moments_fixture.h"

namespace overgang::board {
namespace {

using namespace overgang::testing;

class MomentsOfRandomDays : public MomentsTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  // Of a few persons, so that their facts meet; it happened some time before now.
  v1::Envelope RandomFact(int step) {
    const auto pick = [this](int of) {
      return std::uniform_int_distribution<int>(0, of - 1)(random_);
    };
    const auto now = static_cast<int>(absl::ToInt64Minutes(clock_.Now() - kMorning));
    const int at = now - 1 - pick(600), person = 1 + pick(6);
    const std::string id = "f" + std::to_string(step),
                      visit = "V" + std::to_string(person * 2 + pick(2));
    switch (pick(9)) {
      case 0:
      case 1:
      case 2:
        return Admitted(id, person, visit, at, pick(4) == 0 ? "5031" : "5001");
      case 3:
        return Discharged(id, person, visit, at);
      case 4:
        return UkpDeclared(id, person, at - pick(300), at);
      case 5:
        return UkpWithdrawn(id, person, at - pick(300), at);
      case 6:
        return Answered(id, person, at - pick(300), at, pick(2) == 0);
      case 7: {
        constexpr v1::FactKind kKinds[] = {v1::FACT_KIND_PATIENT_ADMITTED,
                                           v1::FACT_KIND_PATIENT_DISCHARGED,
                                           v1::FACT_KIND_UKP_DECLARED};
        return Cancelled(id, person, visit, at, kKinds[pick(3)]);
      }
      default:
        return pick(3) == 0 ? Merged(id, person, 1 + pick(6), at)
                            : Discharged(id, person, visit, at);
    }
  }
  std::mt19937 random_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Seeds, MomentsOfRandomDays, ::testing::Range(1u, 13u));

TEST_P(MomentsOfRandomDays, AreMadeAgainAndExplained) {
  std::vector<v1::GetCensusResponse> answers;
  for (int step = 0; step < 40; ++step) {
    clock_.Advance(absl::Minutes(10));
    Append({RandomFact(step)});
    answers.push_back(Now());
    if (random_() % 8 == 0) {
      ASSERT_TRUE(history_.Keep().ok());
    }
  }
  std::shuffle(answers.begin(), answers.end(), random_);
  for (const v1::GetCensusResponse& answer : answers) {
    ExpectSameAgain(answer);
    v1::GetCensusRequest asked = Again(answer);
    asked.clear_as_of_cursor();
    const Census by_time = Get(asked);
    ASSERT_TRUE(by_time.ok());
    EXPECT_EQ(by_time->SerializeAsString(), answer.SerializeAsString());

    const v1::ExplainCensusResponse explained = Explain(answer);
    v1::GetCensusRequest today;
    today.add_kommuner("5001");
    *today.mutable_occurred_until() = answer.as_of().now();
    EXPECT_EQ(explained.after().ShortDebugString(), Get(today)->kommuner(0).ShortDebugString());
    int inpatients = explained.before().inpatients();
    for (const v1::CensusChange& change : explained.changes()) {
      inpatients += static_cast<int>(change.has_after()) - static_cast<int>(change.has_before());
      EXPECT_GT(change.facts_size(), 0) << change.ShortDebugString();
      for (const v1::PathwayEntry& entry : change.facts())
        EXPECT_GT(FromProto(entry.appended_at()), FromProto(answer.as_of().now()));
    }
    EXPECT_EQ(inpatients, explained.after().inpatients());
  }
}

}  // namespace
}  // namespace overgang::board
