#include "core/pseudonymizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace overgang {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kKey(32, 'k');
const std::string kOldKey(40, 'o');

// An FNR for these nine digits, by brute force over the check digits that the old rule allows;
// empty where none exists.
std::string WithCheckDigits(const std::string& nine) {
  const auto weigh = [](const std::string& text, std::initializer_list<int> weights) {
    int sum = 0;
    size_t i = 0;
    for (int weight : weights) sum += weight * (text[i++] - '0');
    return (11 - sum % 11) % 11;
  };
  const int k1 = weigh(nine, {3, 7, 6, 1, 8, 9, 4, 5, 2});
  if (k1 == 10) return "";
  const std::string ten = nine + static_cast<char>('0' + k1);
  const int k2 = weigh(ten, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2});
  return k2 == 10 ? "" : ten + static_cast<char>('0' + k2);
}

std::string Number(const std::string& six) {
  for (int individual = 100; individual < 500; ++individual) {
    if (std::string number = WithCheckDigits(six + std::to_string(individual)); !number.empty())
      return number;
  }
  return "";
}

Pseudonymizer Make(Environment environment = Environment::kTest,
                   std::vector<std::string> keys = {kKey}) {
  return Pseudonymizer::Create(std::move(keys), environment).value();
}

TEST(NationalNumber, TheRuleFrom2032AllowsFourRemaindersOfTheFirstCheckDigit) {
  for (const char* number : {"02013299997", "02013299903", "30108299939"}) {
    EXPECT_EQ(ClassifyNationalNumber(number).kind, NumberKind::kFnr) << number;
  }
}

TEST(NationalNumber, EverySingleChangedDigitOfTheSecondCheckIsFound) {
  const std::string number = Number("018572");
  for (size_t at = 0; at < number.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == number[at]) continue;
      std::string changed = number;
      changed[at] = digit;
      EXPECT_EQ(ClassifyNationalNumber(changed).kind, NumberKind::kInvalid) << at << digit;
    }
  }
}

TEST(NationalNumber, KindsAreToldByTheirDigits) {
  EXPECT_EQ(ClassifyNationalNumber(Number("018572")).kind, NumberKind::kFnr);
  EXPECT_TRUE(ClassifyNationalNumber(Number("018572")).synthetic);
  EXPECT_TRUE(ClassifyNationalNumber(Number("017072")).synthetic);  // Month 5 + 65.
  EXPECT_FALSE(ClassifyNationalNumber(Number("010572")).synthetic);
  EXPECT_EQ(ClassifyNationalNumber(Number("418572")).kind, NumberKind::kDnr);
  EXPECT_TRUE(ClassifyNationalNumber(Number("418572")).synthetic);
  EXPECT_EQ(ClassifyNationalNumber(Number("014572")).kind, NumberKind::kHNumber);
  EXPECT_EQ(ClassifyNationalNumber(Number("812345")).kind, NumberKind::kCommonHelpNumber);
  EXPECT_EQ(ClassifyNationalNumber(Number("998877")).kind, NumberKind::kCommonHelpNumber);
}

TEST(NationalNumber, WhatIsNoDateOrNoNumberIsInvalid) {
  for (const std::string& text :
       {Number("008572"), Number("328572"), Number("019372"), Number("310472"), Number("290271"),
        Number("010072"), std::string(), std::string("1234567890"), std::string("abcdefghijk"),
        Number("018572") + "0", Number("290200"), Number("414572")}) {
    EXPECT_EQ(ClassifyNationalNumber(text).kind, NumberKind::kInvalid) << text;
  }
  EXPECT_EQ(ClassifyNationalNumber(Number("290272")).kind, NumberKind::kFnr);
}

TEST(Pseudonymizer, TheSameNumberGivesTheSameReferenceAndNothingOfItself) {
  const std::string number = Number("018572");
  const Pseudonymizer pseudonymizer = Make();
  const auto refs = pseudonymizer.OfNationalNumber(number);
  ASSERT_TRUE(refs.ok());
  EXPECT_TRUE(IsPatientRef(refs->current)) << refs->current;
  EXPECT_EQ(refs->current, Make().OfNationalNumber(number)->current);
  EXPECT_EQ(refs->current.substr(0, 4), pseudonymizer.Fingerprint().substr(0, 4));
  EXPECT_THAT(refs->current, Not(HasSubstr(number)));
  EXPECT_NE(refs->current, pseudonymizer.OfNationalNumber(Number("028572"))->current);
  EXPECT_NE(refs->current, pseudonymizer.OfLocalIdentifier("FNR", number).current);
}

TEST(Pseudonymizer, ReferencesStayTheSameFromVersionToVersion) {
  // HMAC-SHA-256 of "3:FNR11:02013299997" under 32 times 'k', by another implementation.
  EXPECT_EQ(Make().OfNationalNumber("02013299997")->current,
            "53e7-e089069c4894fad36c86cf92c2aaa3b9");
  EXPECT_EQ(Make().Fingerprint(), "53e735d85895eeb3");
}

TEST(Pseudonymizer, RotationKeepsThePersonUnderTheOldKey) {
  const std::string number = Number("018572");
  const std::string old_ref = Make(Environment::kTest, {kOldKey}).OfNationalNumber(number)->current;
  const auto refs = Make(Environment::kTest, {kKey, kOldKey}).OfNationalNumber(number);
  ASSERT_TRUE(refs.ok());
  EXPECT_THAT(refs->others, ::testing::ElementsAre(old_ref));
  EXPECT_EQ(refs->current, Make().OfNationalNumber(number)->current);
}

TEST(Pseudonymizer, ProductionRefusesSyntheticNumbersWithoutNamingThem) {
  const std::string number = Number("018572");
  const auto refs = Make(Environment::kProduction).OfNationalNumber(number);
  EXPECT_EQ(refs.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refs.status().message()), Not(HasSubstr(number)));
  EXPECT_TRUE(Make(Environment::kProduction).OfNationalNumber(Number("010572")).ok());
}

TEST(Pseudonymizer, TestTakesOtherNumbersAndSaysThatTheyAreNotSynthetic) {
  EXPECT_FALSE(Make().OfNationalNumber(Number("010572"))->synthetic);
  EXPECT_TRUE(Make().OfNationalNumber(Number("018572"))->synthetic);
}

TEST(Pseudonymizer, RefusesInvalidNumbersAndHNumbers) {
  for (const std::string& number : {std::string("12345678901"), Number("014572")}) {
    const auto refs = Make().OfNationalNumber(number);
    EXPECT_EQ(refs.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refs.status().message()), Not(HasSubstr(number)));
  }
}

TEST(Pseudonymizer, PartsOfAnIdentityDoNotRunTogether) {
  const Pseudonymizer pseudonymizer = Make();
  const std::set<std::string> refs = {
      pseudonymizer.OfUnnumbered("59", "Ola Nordmann", "19500101", "M").current,
      pseudonymizer.OfUnnumbered("5", "9Ola Nordmann", "19500101", "M").current,
      pseudonymizer.OfUnnumbered("59", "Ola Nordmann", "19500101", "F").current,
      pseudonymizer.OfLocalIdentifier("STO", "12").current,
      pseudonymizer.OfLocalIdentifier("ST", "O12").current,
  };
  EXPECT_EQ(refs.size(), 5u);
}

TEST(Pseudonymizer, RefusesKeysThatAreShortRepeatedOrMissing) {
  EXPECT_FALSE(Pseudonymizer::Create({}, Environment::kTest).ok());
  EXPECT_FALSE(Pseudonymizer::Create({std::string(31, 'k')}, Environment::kTest).ok());
  EXPECT_FALSE(Pseudonymizer::Create({kKey, kKey}, Environment::kTest).ok());
}

TEST(PatientRef, HasOneShape) {
  EXPECT_TRUE(IsPatientRef("0a1b-0123456789abcdef0123456789abcdef"));
  for (const char* text :
       {"", "0a1b", "0a1b-0123456789abcdef0123456789abcde", "0A1B-0123456789abcdef0123456789abcdef",
        "0a1b00123456789abcdef0123456789abcdef", "0a1b-0123456789abcdef0123456789abcdeg"}) {
    EXPECT_FALSE(IsPatientRef(text)) << text;
  }
}

TEST(PseudonymizerTest, AMailAddressIsTheSameUnderEveryRotationAndHoweverItIsWritten) {
  const std::string old_key(32, 'o');
  const std::string new_key(32, 'n');
  const auto before = Pseudonymizer::Create({old_key}, Environment::kTest);
  const auto after = Pseudonymizer::Create({new_key, old_key}, Environment::kTest);
  const std::string hash = before->OfMailAddress("Ola.Nordmann@example.no");
  EXPECT_EQ(hash.size(), 32);
  EXPECT_EQ(after->OfMailAddress("ola.nordmann@EXAMPLE.no"), hash);
  EXPECT_NE(before->OfMailAddress("ola.nordmann@example.com"), hash);
  EXPECT_NE(Pseudonymizer::Create({new_key}, Environment::kTest)
                ->OfMailAddress("ola.nordmann@example.no"),
            hash)
      << "who has no key cannot try addresses";
}

}  // namespace
}  // namespace overgang
