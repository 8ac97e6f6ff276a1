#include "consumers/deciding/agenda.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/projections/fact_builder.h"

namespace overgang::deciding {
namespace {

using projections::PatientRef;

PatientRef Cluster(int person) { return *PatientRef::Parse(testing::Ref(person)); }

TEST(Agenda, GivesWhatIsDueByTimeStrictlyAfterItAndEachOnce) {
  Agenda agenda(10);
  agenda.Set(Cluster(1), 100);
  agenda.Set(Cluster(2), 50);
  agenda.Set(Cluster(3), 70);
  agenda.Set(Cluster(3), 200);  // Later than was thought.
  EXPECT_EQ(agenda.PopDue(50), std::nullopt);
  EXPECT_EQ(agenda.PopDue(51), Cluster(2));
  EXPECT_EQ(agenda.PopDue(1'000), Cluster(1));
  agenda.Remove(Cluster(3));
  EXPECT_EQ(agenda.PopDue(1'000), std::nullopt);
  EXPECT_EQ(agenda.size(), 0u);
}

TEST(Agenda, OfTooManyTheLastAreLeftOutAndAskedForWhenTheirTimeHasCome) {
  Agenda agenda(2);
  for (int person = 1; person <= 4; ++person) agenda.Set(Cluster(person), person * 10);
  EXPECT_EQ(agenda.size(), 2u);
  EXPECT_FALSE(agenda.MustBeReadAgain(1'000)) << "there is earlier work";
  EXPECT_EQ(agenda.PopDue(1'000), Cluster(1));
  EXPECT_EQ(agenda.PopDue(1'000), Cluster(2));
  EXPECT_FALSE(agenda.MustBeReadAgain(30)) << "not due yet";
  EXPECT_TRUE(agenda.MustBeReadAgain(31));
  agenda.Clear();
  EXPECT_FALSE(agenda.MustBeReadAgain(1'000));
}

TEST(Agenda, ManyDueAtOnceAreNotReadAgainBeforeThoseThatAreHeldAreDone) {
  Agenda agenda(3);
  for (int person = 1; person <= 9; ++person) agenda.Set(Cluster(person), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(agenda.MustBeReadAgain(1));
    EXPECT_NE(agenda.PopDue(1), std::nullopt);
  }
  EXPECT_TRUE(agenda.MustBeReadAgain(1));
}

// Whatever is set, moved and removed: reading all again when asked to, everything is given.
TEST(Agenda, NothingIsForgottenForGood) {
  std::mt19937 random(7);
  std::map<PatientRef, int64_t> rows;
  Agenda agenda(20);
  for (int64_t now = 1; now < 3'000; ++now) {
    const PatientRef cluster = Cluster(static_cast<int>(random() % 100));
    if (random() % 4 == 0) {
      rows.erase(cluster);
      agenda.Remove(cluster);
    } else {
      agenda.Set(cluster, rows[cluster] = now + static_cast<int64_t>(random() % 200));
    }
    do {
      if (agenda.MustBeReadAgain(now)) {
        agenda.Clear();
        for (const auto& [each, due] : rows) agenda.Set(each, due);
      }
      while (const auto due = agenda.PopDue(now)) {
        EXPECT_LT(rows.at(*due), now);
        rows.erase(*due);
      }
    } while (agenda.MustBeReadAgain(now));
    for (const auto& [each, due] : rows) ASSERT_GE(due, now) << "left undone";
    ASSERT_LE(agenda.size(), 20u);
  }
}

}  // namespace
}  // namespace overgang::deciding
