// Every public sample: read as `overgang lint` would, and answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "producers/hl7v2/ack.h"
#include "producers/hl7v2/lint.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

using testing::HasSubstr;

std::filesystem::path StandardsFolder() {
  const char* folder = std::getenv("OVERGANG_STANDARDS");
  return folder != nullptr ? folder : OVERGANG_STANDARDS;
}

std::vector<std::pair<std::string, std::string>> Samples() {
  std::vector<std::pair<std::string, std::string>> samples;
  for (const auto& entry :
       std::filesystem::directory_iterator(StandardsFolder() / "hl7v2" / "adt")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    samples.emplace_back(entry.path().filename().string(), text.str());
  }
  return samples;
}

TEST(Samples, AreAllThere) {
  EXPECT_GE(Samples().size(), 50u) << "the standards folder is not at " << StandardsFolder();
}

// They are of foreign hospitals: each is refused for MSH-4 and answered AE (or not at all, where it
// asks for that).
TEST(Samples, OfUnknownHospitalsAreRefusedWithAnAnswer) {
  Mapper map;
  for (const auto& [name, text] : Samples()) {
    SCOPED_TRACE(name);
    const AdtResult result = map(text);
    ASSERT_TRUE(result.refusal);
    EXPECT_EQ(result.refusal->refusal.place, "MSH-4");
    const Segment& msh = map.message().raw_msh();
    const std::string ack =
        BuildAck(map.message(), Refused(*result.refusal), absl::UnixEpoch(), "OG1");
    if (msh.Field(15) == "NE") {
      EXPECT_EQ(ack, "");
    } else {
      EXPECT_THAT(ack,
                  testing::ContainsRegex("\rMSA.[AC]E." + std::string(msh.Field(10)) + "[|\r]"));
    }
  }
}

// With the facility set to a known one each is taken, or refused at a field that it does lack.
TEST(Samples, OfAKnownHospitalBecomeFactsOrANamedError) {
  Mapper map;
  int with_facts = 0;
  for (const auto& [name, text] : Samples()) {
    SCOPED_TRACE(name);
    Message message;
    ASSERT_TRUE(message.Read(text).ok());
    const std::string_view facility = message.raw_msh().Field(4);
    const size_t start = static_cast<size_t>(facility.data() - text.data());
    std::string ours = text.substr(0, start);
    ours += kFacility;
    ours += text.substr(start + facility.size());
    const AdtResult result = map(ours);
    with_facts += result.facts.empty() ? 0 : 1;
    EXPECT_EQ(result.facility, kFacility);
    if (result.refusal) {
      EXPECT_THAT((std::vector<std::string>{"MSH-11", "PV2-9", "EVN-2", "MRG-1", "PID-3"}),
                  testing::Contains(result.refusal->refusal.place));
    }
    const LintReport report = LintHl7(ours, map.context());
    EXPECT_EQ(report.facts.size(), result.facts.size());
    EXPECT_NE(report.text, "");
  }
  EXPECT_GE(with_facts, 15);
}

TEST(Lint, TellsTheFactsAndTheErrorsOfAFile) {
  Mapper map;
  const std::string file =
      "\x0b" +
      Adt("A01",
          FnrPid() + Fields("PV1", {{2, "I"}, {3, "MED1"}, {19, "V1"}, {44, "202603101000"}})) +
      "\x1c\r\x0b" + Adt("A03", FnrPid() + Fields("PV1", {{45, "soon"}})) + "\x1c\r";
  const LintReport report = LintHl7(file, map.context());
  EXPECT_EQ(report.refused, 1);
  ASSERT_EQ(report.facts.size(), 1u);
  EXPECT_THAT(report.text, HasSubstr("message 1 A01 from STO\n  PatientAdmitted 2026-03-10 "
                                     "10:00:00+01:00 hospital 974749025 ward MED1 "
                                     "kommune 5001 visit V1 id "));
  EXPECT_THAT(report.text, HasSubstr("message 2 A03 from STO\n  error bad_time at PV1-45: "));
  EXPECT_EQ(report.text.find(kFnr), std::string::npos);
}

}  // namespace
}  // namespace overgang::hl7v2
