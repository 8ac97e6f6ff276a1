#include "producers/hl7v2/adt_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/oslo_time.h"
#include "producers/hl7v2/adt_identity.h"
#include "producers/hl7v2/charset.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(SafeText, HidesNationalNumbersAndCutsBetweenLetters) {
  EXPECT_EQ(SafeText("MED1"), "MED1");
  EXPECT_EQ(SafeText("x" + std::string(kFnr) + "y"), "x***********y");
  EXPECT_EQ(SafeText("028150 99977"), "************");
  EXPECT_EQ(SafeText("02815099978"), "02815099978");  // No such number.
  EXPECT_EQ(SafeText("bed\n2"), "bed 2");
  std::string norwegian;
  while (norwegian.size() < 200) norwegian += "ø";
  EXPECT_TRUE(IsUtf8(SafeText("x" + norwegian)));
  EXPECT_LE(SafeText("x" + norwegian).size(), kTextBytesMax);
  // A number across the cut leaves no part of itself.
  EXPECT_THAT(SafeText(std::string(kTextBytesMax - 5, '.') + std::string(kFnr)),
              Not(testing::HasSubstr("028")));
}

// A megabyte of numbers in one field takes no longer than a line of them.
TEST(SafeText, LooksNoFurtherThanItKeeps) {
  std::string numbers;
  while (numbers.size() < 1 << 20) numbers += std::string(kFnr) + ",";
  EXPECT_EQ(SafeText(numbers).find_first_of("0123456789"), std::string::npos);
}

StatedKommune Kommune(std::string_view pid11, std::string_view pid12) {
  Message message;
  const std::string text = Adt("A01", Fields("PID", {{11, pid11}, {12, pid12}}));
  EXPECT_TRUE(message.Read(text).ok());
  return KommuneOf(message, *message.Find("PID"));
}

TEST(Kommune, ComesFromTheCountyElseTheHomeAddress) {
  const std::string_view home = "Gate 1^^Malvik^^7550^NO^H^^5031";
  EXPECT_EQ(Kommune(home, "5001").residence, "5001");
  EXPECT_EQ(Kommune(home, "").residence, "5031");
  EXPECT_EQ(Kommune("x^^^^^^P^^5031", "").residence, "5031");
  EXPECT_EQ(Kommune("x^^^^^^^^5031", "").residence, "5031");
  EXPECT_EQ(Kommune("x^^^^^^B^^5031", "").residence, "");  // At work.
  EXPECT_EQ(Kommune("x^^^^^^B^^5028~x^^^^^^H^^5031", "").residence, "5031");
  EXPECT_EQ(Kommune("", "Trondheim").residence, "");
}

TEST(Kommune, OfStayIsTheTemporaryAddressElseResidence) {
  const StatedKommune away = Kommune("x^^^^^^H^^5031~y^^^^^^C^^4601", "5001");
  EXPECT_EQ(away.residence, "5001");
  EXPECT_EQ(away.stay, "4601");
  EXPECT_EQ(Kommune("", "5001").stay, "5001");
}

TEST(Kommune, NotSaidIsNotTheSameAsDeleted) {
  EXPECT_EQ(Kommune("", "").residence, "");
  EXPECT_EQ(Kommune("", "\"\"").residence, "9999");
  EXPECT_EQ(Kommune("x^^^^^^H^^\"\"", "").residence, "9999");
}

TEST(Kommune, SixDigitsHoldTheBydel) {
  EXPECT_EQ(Kommune("", "030105").residence, "0301");
  EXPECT_EQ(Kommune("", "030105").bydel, "030105");
}

TEST(Kommune, AMoveHasItsDate) {
  EXPECT_EQ(Kommune("x^^^^^^H^^5031^^^^20260301", "").moved_at, absl::CivilSecond(2026, 3, 1, 12));
  EXPECT_EQ(Kommune("x^^^^^^H^^5031^^^20260301&20300101", "").moved_at,
            absl::CivilSecond(2026, 3, 1, 12));
  EXPECT_EQ(Kommune("x^^^^^^H^^5031", "").moved_at, std::nullopt);
}

TEST(Age, CountsWholeYears) {
  const absl::Time day = FromOslo(absl::CivilSecond(2026, 2, 28, 12)).time;
  EXPECT_EQ(AgeAt("19500228", day), 76);
  EXPECT_EQ(AgeAt("19500301", day), 75);
  EXPECT_EQ(AgeAt("20240229", day), 1);
  EXPECT_EQ(AgeAt("1950", day), 76);
  EXPECT_EQ(AgeAt("20270101", day), 0);
  EXPECT_EQ(AgeAt("", day), 0);
}

TEST(Codes, AreReadAsTheDefaultsSay) {
  const FacilityMapping& mapping = DefaultMapping();
  EXPECT_EQ(UrgencyOf(mapping, "A"), v1::URGENCY_ACUTE);
  EXPECT_EQ(UrgencyOf(mapping, "4"), v1::URGENCY_ELECTIVE);
  EXPECT_EQ(UrgencyOf(mapping, "N"), v1::URGENCY_UNSPECIFIED);
  EXPECT_EQ(SexOf("F"), v1::SEX_FEMALE);
  EXPECT_EQ(SexOf("U"), v1::SEX_UNSPECIFIED);
  Message message;
  const std::string text = Adt("A01", "");
  ASSERT_TRUE(message.Read(text).ok());
  EXPECT_TRUE(IsCorridor(mapping, message, "MED1^korridor^1"));
  EXPECT_FALSE(IsCorridor(mapping, message, "KORR^1^1"));  // A ward's name.
}

absl::StatusOr<Identity> Who(std::string_view identifiers, const Pseudonymizer& pseudonymizer) {
  Message message;
  const std::string text = Adt("A01", Pid(identifiers));
  EXPECT_TRUE(message.Read(text).ok());
  return IdentityOf(message, message.Field("PID", 3), kHospital, pseudonymizer);
}

TEST(Identity, PrefersTheNationalNumberWhateverItsPlaceAndName) {
  const Pseudonymizer p = TestPseudonymizer();
  const std::string expected = p.OfNationalNumber(kFnr)->current;
  const std::string fnr(kFnr);
  for (const std::string& identifiers :
       {fnr + "^^^FNR", "4711^^^STO^MR~" + fnr + "^^^FNR^NNNOR",
        fnr + "^^^&2.16.578.1.12.4.1.4.1&ISO", fnr + "^^^2.16.578.1.12.4.1.4.1", fnr + "^^^X^NNNOR",
        std::string("028150 99977^^^FNR")}) {
    EXPECT_EQ(Who(identifiers, p)->ref, expected) << identifiers;
  }
}

TEST(Identity, ElseTheFirstLocalOneWithItsAuthority) {
  const Pseudonymizer p = TestPseudonymizer();
  EXPECT_EQ(Who("V9^^^STO^VN~4711^^^STO^MR~4712^^^STO^PI", p)->ref,
            p.OfLocalIdentifier("STO", "4711").current);
  EXPECT_EQ(Who("4711", p)->ref, p.OfLocalIdentifier(kHospital, "4711").current);
  EXPECT_EQ(Who("4711^^^&1.2.3&ISO", p)->ref, p.OfLocalIdentifier("1.2.3", "4711").current);
  // An H-number names a person only where it was given.
  EXPECT_EQ(Who("02415099994^^^STO^NNNOR", p)->ref,
            p.OfLocalIdentifier("STO", "02415099994").current);
}

TEST(Identity, TheOtherIdentifiersAreAliases) {
  const Pseudonymizer p = TestPseudonymizer();
  const Identity identity =
      *Who(std::string(kFnr) + "^^^FNR~4711^^^STO^MR~4711^^^STO^MR~77^^^STO^MR~V1^^^STO^VN", p);
  EXPECT_THAT(identity.aliases, ElementsAre(p.OfNationalNumber(kFnr)->others[0],
                                            p.OfLocalIdentifier("STO", "4711").current,
                                            p.OfLocalIdentifier("STO", "4711").others[0]));
}

TEST(Identity, PlaceholdersAndInvalidNumbersNameNobody) {
  const Pseudonymizer p = TestPseudonymizer();
  for (const std::string_view nobody : {"", "0000000000^^^STO^MR", "99999^^^STO", "12^^^STO^MR",
                                        "\"\"^^^STO^MR", "V1^^^STO^VN", "00000000000^^^FNR"}) {
    EXPECT_EQ(Who(nobody, p).status().code(), absl::StatusCode::kNotFound) << nobody;
  }
  EXPECT_EQ(Who("02815099978^^^FNR", p).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Who("02815099978^^^FNR~4711^^^STO^MR", p)->ref,
            p.OfLocalIdentifier("STO", "4711").current);
}

TEST(Identity, SyntheticPersonsAreRefusedInProduction) {
  const Pseudonymizer p = TestPseudonymizer(Environment::kProduction);
  EXPECT_EQ(Who(std::string(kFnr) + "^^^FNR~4711^^^STO^MR", p).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Identity, APersonWithoutANumberIsNamedByNameBirthAndSex) {
  const Pseudonymizer p = TestPseudonymizer();
  Message message;
  const std::string text = Adt("A01", Pid(""));
  ASSERT_TRUE(message.Read(text).ok());
  const absl::StatusOr<Identity> identity =
      UnnumberedIdentityOf(message, *message.Find("PID"), kHospital, p);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->ref, p.OfUnnumbered(kHospital, "TEST^PERSON", "19500202", "F").current);
  const std::string unnamed = Adt("A01", Fields("PID", {{7, "19500202"}, {8, "F"}}));
  ASSERT_TRUE(message.Read(unnamed).ok());
  EXPECT_FALSE(UnnumberedIdentityOf(message, *message.Find("PID"), kHospital, p).ok());
}

TEST(VisitKey, IsTheNumberAndItsAuthority) {
  const Pseudonymizer p = TestPseudonymizer();
  Message message;
  const std::string text = Adt("A01", "");
  ASSERT_TRUE(message.Read(text).ok());
  EXPECT_EQ(VisitKeyOf(message, "V1", p), "V1");
  EXPECT_EQ(VisitKeyOf(message, "V1^^^STO&1.2&ISO^VN", p), "V1@STO");
  EXPECT_EQ(VisitKeyOf(message, "", p), "");
  const std::string hidden = VisitKeyOf(message, kFnr, p);
  EXPECT_TRUE(IsPatientRef(hidden));
  EXPECT_EQ(hidden, VisitKeyOf(message, kFnr, p));
}

}  // namespace
}  // namespace overgang::hl7v2
