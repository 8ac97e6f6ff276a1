#include "producers/importer/columns.h"

#include <set>

#include "gmock/gmock.h"
#include "tests/producers/importer/importer_fixture.h"

namespace overgang::importer {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Fault> Header(const std::string& text) { return ReadFile(text + "\n").header_faults; }

TEST(Columns, AnyOrderWillDo) {
  EXPECT_TRUE(Header("visit;admitted_at;patient_ref;hospital").empty());
  const File one = ReadFile("hospital;visit;id_number;admitted_at\n974749025;V1;" +
                            std::string(kNumber) + ";2025-03-01\n");
  const File other = ReadFile("admitted_at;id_number;visit;hospital\n2025-03-01;" +
                              std::string(kNumber) + ";V1;974749025\n");
  ASSERT_EQ(one.stays.size(), 1u);
  ASSERT_EQ(other.stays.size(), 1u);
  ASSERT_EQ(one.stays[0].facts.size(), 1u);
  EXPECT_EQ(one.stays[0].facts[0].SerializeAsString(), other.stays[0].facts[0].SerializeAsString());
}

TEST(Columns, EveryNameIsKnownAndNamesAColumnOfItsOwn) {
  std::string header;
  for (const std::string& name : ColumnNames()) header += (header.empty() ? "" : ";") + name;
  EXPECT_TRUE(Header(header).empty());
  EXPECT_TRUE(Header(header + ";ukp9_declared_at;ukp9_answer9_from").empty());
}

TEST(Columns, AnUnknownOneNamesTheNearestKnownOne) {
  const auto faults =
      Header("hospital;visit;id_number;admited_at;ukp1_anser1_at;ukp10_notified_at");
  ASSERT_EQ(faults.size(), 4u);  // And admitted_at is missing.
  EXPECT_EQ(faults[0].column, 4);
  EXPECT_EQ(faults[0].name, "admited_at");
  EXPECT_THAT(faults[0].remedy, HasSubstr("did you mean admitted_at?"));
  EXPECT_THAT(faults[1].remedy, HasSubstr("did you mean ukp1_answer1_at?"));
  EXPECT_THAT(faults[2].remedy, HasSubstr("did you mean ukp1_notified_at?"));
  EXPECT_EQ(faults[3].name, "admitted_at");
  EXPECT_THAT(faults[3].what, HasSubstr("missing"));
}

TEST(Columns, NumbersHaveABound) {
  for (const char* name :
       {"ukp0_declared_at", "ukp_declared_at", "ukp1_answer0_at", "ukp1_", "ukp1"})
    EXPECT_FALSE(Header(std::string("hospital;visit;id_number;admitted_at;") + name).empty())
        << name;
}

TEST(Columns, WhatIsMissingOrStandsTwiceIsNamed) {
  const auto missing = Header("ward");
  std::set<std::string> names;
  for (const Fault& fault : missing) names.insert(fault.name);
  EXPECT_EQ(names, (std::set<std::string>{"hospital", "visit", "admitted_at", "id_number"}));
  const auto twice = Header("hospital;visit;id_number;admitted_at;visit");
  ASSERT_EQ(twice.size(), 1u);
  EXPECT_EQ(twice[0].column, 5);
  EXPECT_THAT(twice[0].what, HasSubstr("twice"));
}

TEST(Columns, CommasAreToldAsSuch) {
  const auto faults = Header("hospital,visit,id_number,admitted_at");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults[0].remedy, HasSubstr("semicolons"));
}

TEST(Columns, AFileWithoutAHeaderLineIsNotRepeated) {
  const auto faults = Header("974749025;V1;" + std::string(kNumber) + ";2025-03-01 14:05");
  ASSERT_FALSE(faults.empty());
  for (const Fault& fault : faults) {
    EXPECT_THAT(fault.name + fault.what + fault.remedy, Not(HasSubstr(kNumber)));
    EXPECT_THAT(fault.name + fault.what + fault.remedy, Not(HasSubstr("974749025")));
  }
}

}  // namespace
}  // namespace overgang::importer
