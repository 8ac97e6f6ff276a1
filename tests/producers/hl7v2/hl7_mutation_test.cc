// Deterministic random mutations of good messages through framing, parsing, mapping and
// acknowledging: whatever comes, there is a result with valid text, or a refusal with its place,
// and an answer.
#include <gtest/gtest.h>

#include <random>

#include "producers/hl7v2/ack.h"
#include "producers/hl7v2/charset.h"
#include "producers/hl7v2/mllp_frame.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

constexpr int kRounds = 30'000;

std::vector<std::string> Seeds() {
  const std::string visit = Fields("PV1", {{2, "I"},
                                           {3, "MED1^12^3"},
                                           {4, "A"},
                                           {19, "V1^^^STO"},
                                           {44, "202603101000+0100"},
                                           {45, "20260312"}});
  const std::string address =
      "PID|1||" + std::string(kFnr) +
      "^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR~4711^^^STO^MR||\\XE5\\S^B\\T\\C||19500202|F|||" +
      "Gate^^By^^7000^NO^H^^5001~B^^^^^^C^^4601||||||||||||||||||20260312|Y\r";
  return {Adt("A01", "EVN|A01|20260310\r" + address + visit), Adt("A03", address + visit),
          Adt("A08", address + visit + "PV2|||||||||20260315\r"),
          Adt("A40", address + "MRG|900^^^STO^MR~901\r"),
          Adt("A02", address + visit + "ZBE|1|20260310||CANCEL\r", "20261025023000")};
}

std::string Mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kSpice =
      "|^~\\&\r\n\"\x0b\x1c\x00\xff\xc3"
      "A9+-.";
  const int changes = 1 + static_cast<int>(random() % 8);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const size_t at = random() % text.size();
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text[at] = kSpice[random() % kSpice.size()];
        break;
      case 2:
        text.insert(at, 1, kSpice[random() % kSpice.size()]);
        break;
      case 3:
        text.erase(at, random() % 20);
        break;
      case 4:
        text.insert(at, text.substr(random() % text.size(), random() % 40));
        break;
    }
  }
  return text;
}

TEST(Mutation, NoInputIsWithoutAResultAndAnAnswer) {
  std::mt19937 random(20260310);
  Mapper map;
  const std::vector<std::string> seeds = Seeds();
  int with_facts = 0, refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = Mutated(seeds[random() % seeds.size()], random);
    const AdtResult result = map(text);
    with_facts += result.facts.empty() ? 0 : 1;
    refused += result.refusal ? 1 : 0;
    ASSERT_FALSE(result.refusal && !result.facts.empty());
    for (const v1::Envelope& fact : result.facts) {
      ASSERT_TRUE(IsPatientRef(fact.patient_ref()));
      ASSERT_TRUE(fact.has_occurred_at());
      for (const std::string* text_field : {&fact.ward(), &fact.visit_key(),
                                            &fact.source().control_id(), &fact.source().sender()}) {
        ASSERT_TRUE(IsUtf8(*text_field)) << round;
      }
    }
    if (result.refusal) {
      ASSERT_NE(result.refusal->refusal.place, "");
    }
    const Answer answer = result.refusal ? Refused(*result.refusal) : Accepted();
    const std::string ack = BuildAck(map.message(), answer, absl::UnixEpoch(), "OG1");
    ASSERT_TRUE(!ack.empty() || !map.message().raw_msh().Field(15).empty() ||
                !map.message().raw_msh().Field(16).empty())
        << round;
  }
  // Otherwise the mutations are too mild or too wild to test anything.
  EXPECT_GT(with_facts, kRounds / 10);
  EXPECT_GT(refused, kRounds / 20);
}

TEST(Mutation, FramesStayBoundedAndInStep) {
  std::mt19937 random(7);
  const std::vector<std::string> seeds = Seeds();
  for (int round = 0; round < 2000; ++round) {
    std::string stream;
    for (const std::string& seed : seeds) AppendFrame(seed, stream);
    stream = Mutated(std::move(stream), random);
    const std::string last = "the last one";
    stream += "\x1c\r";
    AppendFrame(last, stream);
    MllpDecoder decoder(2000);
    std::string seen;
    for (std::string_view rest = stream; !rest.empty();) {
      const size_t piece = 1 + random() % 500;
      std::string_view input = rest.substr(0, piece);
      rest.remove_prefix(input.size());
      for (Frame frame = decoder.Next(input); frame.event != FrameEvent::kNeedMore;
           frame = decoder.Next(input)) {
        ASSERT_LE(frame.payload.size(), 2000u);
        seen = frame.payload;
      }
    }
    ASSERT_EQ(seen, last) << round;
  }
}

}  // namespace
}  // namespace overgang::hl7v2
