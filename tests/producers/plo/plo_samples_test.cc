// The official samples, read in place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "tests/producers/plo/plo_fixture.h"

namespace overgang::plo {
namespace {

class PloSamples : public ::testing::Test {
 protected:
  PloReading Read(const std::string& text) {
    return ReadPlo(text, {*directory_, pseudonymizer_, PloRole::kReceiver, absl::UnixEpoch()});
  }

  std::shared_ptr<const Directory> directory_ = Directory::BuiltIn();
  Pseudonymizer pseudonymizer_ =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
};

TEST_F(PloSamples, EveryOneGivesTheFactsOfItsType) {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"Innlagt_pasient_Ny", {"PatientAdmitted", "KommuneNotifiedOfAdmission"}},
      {"Innlagt_pasient_Kansellering", {"FactCancelled", "FactCancelled"}},
      {"Utskrivningsklar_pasient_Ny", {"UkpDeclared", "KommuneNotifiedOfUkp"}},
      {"Avmelding_av_utskrivningsklar_pasient_Ny", {"UkpWithdrawn"}},
      {"Melding_om_utskrevet_pasient_Ny", {"PatientDischarged"}},
      {"Orientering_om_dodsfall_Ny", {"PatientDied"}},
      {"Orientering_om_dodsfall_Kansellering", {"FactCancelled"}}};
  int read = 0;
  for (const auto& [sample, names] : expected) {
    for (const char* version : {"1-5", "1-6"}) {
      const size_t underscore = sample.rfind('_');
      const std::string file = absl::StrCat("Pasientlogistikk_", sample.substr(0, underscore), "_v",
                                            version, sample.substr(underscore), ".xml");
      const PloReading reading = Read(ReadAll(Standards() / "plo/samples" / file));
      ASSERT_EQ(reading.kind, PloReading::Kind::kFacts)
          << file << ": " << (reading.refusal ? reading.refusal->reason : reading.note);
      std::vector<std::string> got;
      for (const v1::Envelope& fact : reading.facts) {
        got.emplace_back(FactName(fact));
        EXPECT_EQ(fact.stay_kommune(), "3428") << file;
        EXPECT_EQ(fact.patient_ref(), pseudonymizer_.OfNationalNumber("15076500565")->current)
            << file;
        EXPECT_EQ(fact.source().sender(), sample.starts_with("Orientering") ? "99387" : "59")
            << file;
      }
      EXPECT_EQ(got, names) << file;
      EXPECT_FALSE(reading.synthetic)
          << "an official test person, taken in a test environment and counted";
      // A notice of death is here between kommune and GP; the hub answers for no GP.
      EXPECT_EQ(reading.answer.has_value(), !sample.starts_with("Orientering")) << file;
      ++read;
    }
  }
  EXPECT_EQ(read, static_cast<int>(FilesIn(Standards() / "plo/samples").size()));
}

TEST_F(PloSamples, TheUkpSampleIsReadToTheMinute) {
  const PloReading reading = Read(
      ReadAll(Standards() / "plo/samples/Pasientlogistikk_Utskrivningsklar_pasient_v1-6_Ny.xml"));
  const v1::Envelope& fact = reading.facts.at(0);
  EXPECT_EQ(FromProto(fact.stated_admission_at()),
            FromOslo(absl::CivilSecond(2018, 1, 29, 10)).time);
  EXPECT_EQ(FromProto(fact.occurred_at()), OsloNoon(absl::CivilDay(2018, 1, 31)));
  EXPECT_TRUE(fact.ukp_declared().anslag());
  EXPECT_EQ(fact.age_at_admission(), 52);
  EXPECT_EQ(fact.sex(), v1::SEX_MALE);
  EXPECT_EQ(reading.message.version, "1.6");
}

TEST_F(PloSamples, TheCancellationNamesTheMessageThatItTakesBack) {
  const PloReading cancelled = Read(
      ReadAll(Standards() / "plo/samples/Pasientlogistikk_Innlagt_pasient_v1-6_Kansellering.xml"));
  const PloReading first =
      Read(ReadAll(Standards() / "plo/samples/Pasientlogistikk_Innlagt_pasient_v1-6_Ny.xml"));
  EXPECT_EQ(cancelled.facts.at(0).fact_cancelled().reference(), first.source.control_id());
  EXPECT_EQ(FromProto(cancelled.facts[0].stated_admission_at()),
            FromProto(first.facts.at(0).stated_admission_at()));
}

TEST_F(PloSamples, OtherMessagesAreAcceptedAndMakeNoFact) {
  const auto files = FilesIn(Standards() / "plo/samples-other");
  EXPECT_GE(files.size(), 10u);
  for (const auto& file : files) {
    const PloReading reading = Read(ReadAll(file));
    EXPECT_EQ(reading.kind, PloReading::Kind::kNoFact)
        << file << ": " << (reading.refusal ? reading.refusal->reason : "");
    EXPECT_FALSE(reading.answer.has_value()) << file;
  }
}

}  // namespace
}  // namespace overgang::plo
