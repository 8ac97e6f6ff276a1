// `overgang import` against a server that takes facts, refuses them or is in trouble.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/errors.h"
#include "overgang/v1/intake_service.pb.h"
#include "tests/adapters/temp_dir.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kNumber[] = "01857210057";  // Synthetic: month + 80.

class CliImportTest : public CliTest {
 protected:
  // Takes everything, after `answer` had its say.
  void TakeFacts(std::function<absl::Status(const v1::AppendFactsRequest&)> answer = [](auto&) {
    return absl::OkStatus();
  }) {
    table.AddUnary<v1::AppendFactsRequest, v1::AppendFactsResponse>(
        "overgang.v1.IntakeService/AppendFacts", Need::kOwn,
        [this, answer](const Caller&, const v1::AppendFactsRequest& request,
                       Reply<v1::AppendFactsResponse> reply) {
          const absl::Status status = answer(request);
          if (!status.ok()) return reply(status);
          std::lock_guard lock(mutex);
          requests.push_back(request);
          reply(v1::AppendFactsResponse());
        });
  }
  // A header line, and these after it.
  std::string File(const std::vector<std::string>& lines) {
    const std::string path = dir / "history.csv";
    std::ofstream file(path);
    file << "hospital;visit;id_number;admitted_at;discharged_at\n";
    for (const std::string& line : lines) file << line << '\n';
    return path;
  }
  static std::string Stay(int visit, const std::string& admitted = "2025-03-01 14:05") {
    return absl::StrCat("974749025;V", visit, ";", kNumber, ";", admitted, ";2025-03-02");
  }
  std::set<std::string> Taken() {
    std::set<std::string> visits;
    for (const v1::AppendFactsRequest& request : requests) {
      for (const v1::Envelope& fact : request.facts()) visits.insert(fact.visit_key());
    }
    return visits;
  }

  TempDir dir;
  std::mutex mutex;
  std::vector<v1::AppendFactsRequest> requests;
};

TEST_F(CliImportTest, GoodLinesGoAndBadOnesAreToldWithTheirPlace) {
  TakeFacts();
  const Ran ran = Run({"import", File({Stay(1), Stay(2, "yesterday"), "974749025;V3", Stay(4)})});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(Taken(), (std::set<std::string>{"V1", "V4"}));
  EXPECT_THAT(ran.err, HasSubstr("history.csv:3:4: admitted_at: this is no time; write"));
  EXPECT_THAT(ran.err, HasSubstr("history.csv:4: this line has 2 values and the first 5; "));
  EXPECT_THAT(ran.err, Not(HasSubstr("yesterday")));
  EXPECT_THAT(ran.err, HasSubstr("import the file again"));
  EXPECT_THAT(ran.out, HasSubstr("2 stays, 4 facts in 1 s; 2 bad lines"));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_TRUE(requests[0].history());
  ASSERT_EQ(requests[0].persons_size(), 2);
  EXPECT_EQ(requests[0].persons(1).id_number(), kNumber);
  EXPECT_EQ(requests[0].persons(1).facts(), 2);
}

TEST_F(CliImportTest, AllGoodIsDone) {
  TakeFacts();
  const Ran ran = Run({"import", File({Stay(1)})});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("1 stay, 2 facts in 1 s; no bad line"));
}

TEST_F(CliImportTest, ManyGoInBatchesThatTheHubTakes) {
  TakeFacts();
  std::vector<std::string> lines;
  for (int i = 0; i < 3'000; ++i) lines.push_back(Stay(i));
  const Ran ran = Run({"import", File(lines)});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(Taken().size(), lines.size());
  EXPECT_EQ(requests.size(), 6u);
  std::set<std::string> keys;
  for (const v1::AppendFactsRequest& request : requests) {
    EXPECT_LE(request.facts_size(), 1'000);
    keys.insert(request.idempotency_key());
  }
  EXPECT_EQ(keys.size(), requests.size());
  EXPECT_THAT(ran.out, HasSubstr("3 000 stays, 6 000 facts"));
}

TEST_F(CliImportTest, WhatTheHubRefusesIsTakenOutAndTheRestGoes) {
  TakeFacts([](const v1::AppendFactsRequest& request) {
    for (int i = 0; i < request.facts_size(); ++i) {
      if (request.facts(i).visit_key() == "V2")
        return FieldError(absl::StatusCode::kInvalidArgument,
                          absl::StrCat("facts[", i, "].visit_key"),
                          "this holds a national identity number", "name the person otherwise");
    }
    // Persons are named by their own number: V4's is the third of those left.
    if (request.persons_size() == 4)
      return FieldError(absl::StatusCode::kInvalidArgument, "persons[2].id_number",
                        "this is no valid number here", "check its 11 digits");
    return absl::OkStatus();
  });
  const Ran ran = Run({"import", File({Stay(1), Stay(2), Stay(3), Stay(4), Stay(5)})});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(Taken(), (std::set<std::string>{"V1", "V3", "V5"}));
  EXPECT_THAT(ran.err, HasSubstr("history.csv:3:2: visit: this holds a national identity number; "
                                 "name the person otherwise\n"));
  EXPECT_THAT(ran.err,
              HasSubstr("history.csv:5:3: id_number: this is no valid number here; check"));
  EXPECT_THAT(ran.out, HasSubstr("3 stays, 6 facts"));
  EXPECT_THAT(ran.out, HasSubstr("2 bad lines"));
}

TEST_F(CliImportTest, AHubInTroubleIsAskedAgain) {
  std::atomic<int> calls = 0;
  TakeFacts([&](const v1::AppendFactsRequest&) -> absl::Status {
    const int call = ++calls;
    if (call == 1) return absl::UnavailableError("the log cannot be written");
    if (call == 2) return absl::ResourceExhaustedError("too many calls are under way");
    return absl::OkStatus();
  });
  const Ran ran = Run({"import", File({Stay(1), Stay(2)})});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(Taken().size(), 2u);
}

TEST_F(CliImportTest, AnErrorThatStaysEndsItAndSaysHowToGoOn) {
  TakeFacts([](const v1::AppendFactsRequest&) {
    return absl::PermissionDeniedError("this token may not write");
  });
  std::vector<std::string> lines;
  for (int i = 0; i < 20'000; ++i) lines.push_back(Stay(i));
  const Ran ran = Run({"import", File(lines)});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("this token may not write"));
  EXPECT_THAT(ran.err, HasSubstr("it goes on from where it was"));
  EXPECT_THAT(ran.out, HasSubstr("0 stays, 0 facts"));
}

TEST_F(CliImportTest, AWrongHeaderLineImportsNothing) {
  TakeFacts();
  const std::string path = dir / "other.csv";
  std::ofstream(path) << "hospital;visit;idnumber;admitted_at\n974749025;V1;" << kNumber
                      << ";2025-03-01\n";
  const Ran ran = Run({"import", path});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("other.csv:1:3: idnumber: no column has this name; did you mean "
                                 "id_number?"));
  EXPECT_TRUE(requests.empty());
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_THAT(Run({"import", path}).err, HasSubstr("other.csv:1: the file is empty"));
}

TEST_F(CliImportTest, OnATerminalABarShowsHowFarItIs) {
  TakeFacts([](const v1::AppendFactsRequest&) {
    absl::SleepFor(absl::Milliseconds(100));
    return absl::OkStatus();
  });
  std::vector<std::string> lines;
  for (int i = 0; i < 16'000; ++i) lines.push_back(Stay(i));
  const std::string path = File(lines);
  const Ran ran = Run({"import", path}, true);
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, testing::ContainsRegex("\r\\[#+\\.*\\] [0-9]+ %  [0-9 ]+ facts  [0-9 ]+/s"));
  EXPECT_TRUE(ran.err.ends_with("\r\x1b[K")) << "the bar is wiped away";
  EXPECT_EQ(Run({"import", path}).err, "");
}

TEST_F(CliImportTest, JsonIsOneObjectALine) {
  TakeFacts();
  const Ran ran = Run({"import", "--json", File({Stay(1), Stay(2, "x")})}, true);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr(R"("line":3)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("column":4)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("name":"admitted_at")"));
  EXPECT_THAT(ran.out, HasSubstr(R"("badLines":1)"));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST_F(CliImportTest, NoFileIsWrongUseAndNoHubIsSaidSo) {
  EXPECT_EQ(RunCommand({"import", "/nowhere/history.csv"}).code, 2);
  const Ran folder = RunCommand({"import", "/tmp"});
  EXPECT_EQ(folder.code, 2);
  EXPECT_THAT(folder.err, HasSubstr("/tmp cannot be read; check the name"));
  const Ran ran = RunCommand({"import", File({Stay(1)}), "--server", "127.0.0.1:1"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("no hub answers at 127.0.0.1:1"));
}

}  // namespace
}  // namespace overgang
