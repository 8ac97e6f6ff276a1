#include "producers/simulator/person.h"

#include <set>

#include "core/pseudonymizer.h"
#include "gtest/gtest.h"

namespace overgang::simulator {
namespace {

TEST(Person, EveryNumberIsValidAndSynthetic) {
  Random random(7);
  for (int i = 0; i < 5000; ++i) {
    const Person person = MakePerson(random, absl::CivilDay(2026, 2, 28), random.Between(0, 104));
    const NationalNumber number = ClassifyNationalNumber(person.number);
    ASSERT_EQ(number.kind, person.d_number ? NumberKind::kDnr : NumberKind::kFnr) << person.number;
    ASSERT_TRUE(number.synthetic) << person.number;
  }
}

TEST(Person, NumbersOfOneBirthDateAreMany) {
  std::set<std::string> numbers;
  for (uint64_t salt = 0; salt < 500; ++salt)
    numbers.insert(SyntheticNumber(absl::CivilDay(1941, 5, 17), v1::SEX_MALE, false, salt));
  EXPECT_GT(numbers.size(), 150u);
}

TEST(Person, TheNumberTellsTheSex) {
  for (uint64_t salt = 0; salt < 50; ++salt) {
    EXPECT_EQ((SyntheticNumber(absl::CivilDay(2010, 1, 1), v1::SEX_MALE, false, salt)[8] - '0') % 2,
              1);
    EXPECT_EQ(
        (SyntheticNumber(absl::CivilDay(1899, 1, 1), v1::SEX_FEMALE, false, salt)[8] - '0') % 2, 0);
  }
}

}  // namespace
}  // namespace overgang::simulator
