// docs/import.md: what it says can be done, can be done.
#include <fstream>
#include <iterator>

#include "core/fact_writer.h"
#include "gmock/gmock.h"
#include "tests/producers/importer/importer_fixture.h"

namespace overgang::importer {
namespace {

std::string Document() {
  std::ifstream file(OVERGANG_DOCUMENT);
  EXPECT_TRUE(file) << OVERGANG_DOCUMENT;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text between ```csv and ```.
std::string Example() {
  const std::string document = Document();
  const std::string opening = "```csv\n";
  const size_t start = document.find(opening);
  EXPECT_NE(start, std::string::npos);
  const size_t end = document.find("```", start + opening.size());
  return document.substr(start + opening.size(), end - start - opening.size());
}

TEST(ImportDocument, ItsExampleIsReadAsThreeStays) {
  const File file = ReadFile(Example());
  for (const Fault& fault : file.header_faults) ADD_FAILURE() << fault.name << ": " << fault.what;
  ASSERT_EQ(file.stays.size(), 3u);
  std::map<std::string, int> facts;
  for (const StayLine& stay : file.stays) {
    for (const Fault& fault : stay.faults) ADD_FAILURE() << fault.name << ": " << fault.what;
    for (const v1::Envelope& fact : stay.facts) ++facts[std::string(FactName(fact))];
  }
  EXPECT_EQ(facts["PatientAdmitted"], 3);
  EXPECT_EQ(facts["UkpDeclared"], 3);
  EXPECT_EQ(facts["UkpWithdrawn"], 1);
  EXPECT_EQ(facts["KommuneAnswered"], 3);
  EXPECT_EQ(facts["PatientDischarged"], 2);
}

TEST(ImportDocument, ItNamesEveryColumn) {
  const std::string document = Document();
  for (std::string name : ColumnNames()) {
    // The table writes N and M for the numbers.
    if (name.starts_with("ukp")) name[3] = 'N';
    if (const size_t at = name.find("_answer"); at != std::string::npos) name[at + 7] = 'M';
    EXPECT_THAT(document, testing::HasSubstr("| `" + name + "` |"));
  }
}

}  // namespace
}  // namespace overgang::importer
