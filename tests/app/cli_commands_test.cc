// The other client subcommands, and exit codes.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/errors.h"
#include "overgang/v1/census_service.pb.h"
#include "overgang/v1/operations_service.pb.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

using testing::HasSubstr;

// A file that is gone after the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::string name = std::filesystem::temp_directory_path() / "overgang_cli_XXXXXX";
    close(mkstemp(name.data()));
    path = name;
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

TEST_F(CliTest, LogPrintsALinePerRecordAndSaysWhatItCannotRead) {
  v1::ReadLogResponse record, unreadable;
  record.set_topic("overgang.pathway.v1");
  record.set_partition(3);
  record.set_offset(17);
  *record.mutable_appended_at() = ToProto(kSeven);
  record.set_key("0cb2-e089069c4894fad36c86cf92c2aaa3b9");
  record.mutable_fact()->mutable_ukp_withdrawn()->set_reason("worse");
  *record.mutable_fact()->mutable_occurred_at() = ToProto(kSeven - absl::Hours(1));
  unreadable = record;
  unreadable.clear_fact();
  unreadable.set_unreadable("truncated");
  v1::ReadLogRequest seen;
  Tell<v1::ReadLogRequest>("OperationsService/ReadLog", std::vector{record, unreadable}, &seen);
  Ran ran = Run({"log", "dump", "--topic", "pathway", "--from", "BEGINNING", "--limit", "2"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "2026-01-15 07:00:00  overgang.pathway.v1/3@17  UkpWithdrawn  "
            "0cb2-e089069c4894fad36c86cf92c2aaa3b9  at 2026-01-15 06:00:00  "
            "reason=worse\n"
            "2026-01-15 07:00:00  overgang.pathway.v1/3@17  unreadable: truncated\n");
  EXPECT_EQ(seen.topic(), "overgang.pathway.v1");
  EXPECT_EQ(seen.from(), "BEGINNING");
  EXPECT_EQ(seen.limit(), 2);
  EXPECT_FALSE(seen.follow());

  ran = Run({"log", "tail", "--json"});
  EXPECT_TRUE(seen.follow());
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
  EXPECT_EQ(Run({"log", "dump", "--topic", "pasient"}).code, 2);
  EXPECT_EQ(Run({"log"}).code, 2);
}

TEST_F(CliTest, ParkedListGoesThroughAllPages) {
  table.AddUnary<v1::ListParkedRequest, v1::ListParkedResponse>(
      "overgang.v1.OperationsService/ListParked", Need::kOwn,
      [](const Caller&, const v1::ListParkedRequest& request, Reply<v1::ListParkedResponse> reply) {
        v1::ListParkedResponse response;
        v1::ParkedMessage& parked = *response.add_parked();
        parked.set_source("hl7v2:STO");
        parked.set_place("PID-3");
        parked.set_reason("the identifier is missing; send it");
        parked.set_parked_id(request.page_token().empty() ? "first" : "second");
        if (request.page_token().empty()) response.set_next_page_token("2");
        if (request.parked_id() == "unknown") response.Clear();
        reply(response);
      });
  Ran ran = Run({"parked", "list"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::ContainsRegex("hl7v2:STO +PID-3 .*first\n.*second\n"));
  ran = Run({"parked", "show", "first"});
  EXPECT_THAT(ran.out, HasSubstr("reason      the identifier is missing; send it"));
  ran = Run({"parked", "show", "unknown"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("no parked message has this id"));
}

TEST_F(CliTest, SourcesTellsAgesAndTheFlagsThatEachCauses) {
  v1::GetDataQualityResponse response;
  v1::SourceAge& source = *response.mutable_as_of()->add_sources();
  source.set_source("plo:59");
  source.set_facts(12);
  source.set_stale(true);
  v1::SourceQuality& quality = *response.add_quality();
  quality.set_source("plo:59");
  quality.set_flag(v1::STAY_FLAG_ANSWER_WITHOUT_UKP);
  quality.set_stays(3);
  Answer<v1::GetDataQualityRequest>("OperationsService/GetDataQuality", response);
  const Ran ran = Run({"sources"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::ContainsRegex("plo:59 +12 +stale"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("plo:59 +answer_without_ukp +3\n"));
}

TEST_F(CliTest, RebuildFailsWhereTheViewsDiffer) {
  v1::VerifyRebuildResponse response;
  response.set_facts(1000);
  response.add_differences("persons/0cb2");
  Answer<v1::VerifyRebuildRequest>("OperationsService/VerifyRebuild", response);
  const Ran ran = Run({"rebuild", "--verify"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("differs: persons/0cb2"));
  EXPECT_EQ(Run({"rebuild"}).code, 2);
}

TEST_F(CliTest, WhatTheHubDoesNotServeYetFailsWithAClearLine) {
  using Arguments = std::vector<std::string>;
  TemporaryFile rules("");
  for (const Arguments& arguments :
       {Arguments{"status", "preview", "5001"}, Arguments{"status", "send"},
        Arguments{"status", "deliveries"}, Arguments{"escalation"},
        Arguments{"escalation", "dry-run", "--rules", rules.path, "--from", "2026-01-01", "--to",
                  "2026-02-01"},
        Arguments{"report", "--from", "2026-01-01", "--to", "2026-02-01"},
        Arguments{"backup", "/tmp/x"}, Arguments{"parked", "retry", "x"},
        Arguments{"parked", "discard", "x", "--reason", "test"}}) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.code, 1) << arguments[0];
    EXPECT_THAT(ran.err, testing::ContainsRegex("^overgang: the hub at 127.0.0.1:[0-9]+ does not "
                                                "serve [A-Za-z]+Service/[A-Za-z]+ yet\n$"));
  }
}

TEST_F(CliTest, AHubThatAnswersUnavailableIsReachedAndAnErrorIsShownWhole) {
  Refuse<v1::GetCensusRequest, v1::GetCensusResponse>(
      "CensusService/GetCensus", absl::UnavailableError("the log cannot be read"));
  Ran ran = Run({"census"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "overgang: the log cannot be read\n");
}

TEST(Cli, NoHubIsCodeThreeAndWrongUseIsTwo) {
  const Ran ran = RunCommand({"census", "--server", "127.0.0.1:1"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("no hub answers at 127.0.0.1:1"));
  EXPECT_EQ(RunCommand({"census", "--nonsense"}).code, 2);
  EXPECT_EQ(RunCommand({}).code, 2);
  EXPECT_EQ(RunCommand({"parked", "discard", "x"}).code, 2);
  EXPECT_EQ(RunCommand({"--help"}).code, 0);
  EXPECT_THAT(RunCommand({"census", "--help"}).out, HasSubstr("--as-of"));
}

TEST_F(CliTest, TheTokenComesFromAFileOrTheEnvironment) {
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", v1::GetCensusResponse());
  TemporaryFile token("secret\n");
  ASSERT_EQ(Run({"census", "--token", token.path}).code, 0);
  EXPECT_EQ(principal, "Bearer secret");
  setenv("OVERGANG_TOKEN", "other", 1);
  ASSERT_EQ(Run({"census"}).code, 0);
  unsetenv("OVERGANG_TOKEN");
  EXPECT_EQ(principal, "Bearer other");
  EXPECT_EQ(Run({"census", "--token", token.path + ".missing"}).code, 2);
}

TEST(Cli, LintReadsHl7AndPloAndFailsOnWhatWouldBeRefused) {
  TemporaryFile admission(
      "MSH|^~\\&|DIPS|STO|OVERGANG|HUB|20260115070000||ADT^A01|1|P|2.4\r"
      "EVN|A01|20260115070000\r"
      "PID|1||01857210057^^^FNR||Syntetisk^Person||19720501|F\r"
      "PV1|1|I|MED1^101^1||||||||||||||||V1\r");
  TemporaryFile unknown(
      "MSH|^~\\&|DIPS|NOWHERE|OVERGANG|HUB|20260115070000||ADT^A01|2|P|2.4\r"
      "PID|1||01857210057^^^FNR\rPV1|1|I|MED1\r");
  TemporaryFile xml("<?xml version=\"1.0\"?><MsgHead/>");
  Ran ran = RunCommand({"lint", admission.path});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("PatientAdmitted"));
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("01857210057")));
  EXPECT_EQ(RunCommand({"lint", unknown.path}).code, 1);
  EXPECT_EQ(RunCommand({"lint", xml.path}).code, 1);
  EXPECT_EQ(RunCommand({"lint", "/nonexistent"}).code, 2);
}

}  // namespace
}  // namespace overgang
