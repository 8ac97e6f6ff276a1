// `overgang census`: what people and scripts see.
#include "overgang/v1/census_service.pb.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::GetCensusResponse Census() {
  v1::GetCensusResponse response;
  *response.mutable_as_of()->mutable_now() = ToProto(kSeven);
  response.mutable_as_of()->set_cursor("c1");
  v1::KommuneCensus& trondheim = *response.add_kommuner();
  trondheim.set_kommune("5001");
  trondheim.set_name("Trondheim");
  trondheim.set_inpatients(120);
  trondheim.set_ukp(7);
  trondheim.set_ukp_over_24h(3);
  trondheim.set_ukp_over_7_days(1);
  trondheim.set_ukp_over_10_days(1);
  trondheim.mutable_longest_ukp()->set_seconds(52 * 3600);
  v1::KommuneCensus& roros = *response.add_kommuner();
  roros.set_kommune("5025");
  roros.set_name("Røros");
  roros.set_inpatients(4);
  v1::HospitalCensus& hospital = *response.add_hospitals();
  hospital.set_hospital("974749025");
  hospital.set_name("St. Olavs hospital");
  hospital.set_inpatients(124);
  hospital.set_corridor(7);
  hospital.set_corridor_reported(11);
  hospital.set_beds(110);
  hospital.set_occupied(121);
  hospital.set_occupancy_percent(110.2);
  return response;
}

TEST_F(CliTest, CensusIsATableWithASumAndItsTime) {
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", Census());
  const Ran ran = Run({"census"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "KOMMUNE          IN  UKP  >24 H  >7 D  >10 D  LONGEST  NO ANSWER  EXPECTED 24 H "
            " NEW  FREE PLACES\n"
            "5001 Trondheim  120    7      3     1      1  2 d 4 h          0              0 "
            "   0            0\n"
            "5025 Røros        4    0      0     0      0                   0              0 "
            "   0            0\n"
            "Together        124    7      3     1      1  2 d 4 h          0              0 "
            "   0             \n"
            "\n"
            "HOSPITAL                       IN  UKP  >24 H  CORRIDOR  CORRIDOR REPORTED  BEDS"
            "  OCCUPIED  OCCUPANCY\n"
            "974749025 St. Olavs hospital  124    0      0         7                 11   110"
            "       121      110 %\n"
            "\n"
            "As of 2026-01-15 07:00:00 Oslo time\n"
            "Cursor c1\n");
}

TEST_F(CliTest, OfNoOpenBedsNoShareIsTold) {
  v1::GetCensusResponse response = Census();
  response.mutable_hospitals(0)->set_occupancy_percent(0);
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", response);
  const Ran ran = Run({"census"});
  EXPECT_NE(ran.out.find("121          -\n"), std::string::npos) << ran.out;
}

TEST_F(CliTest, WhatHadHappenedIsShownWithoutCapacity) {
  v1::GetCensusResponse census = Census();
  census.mutable_hospitals(0)->clear_beds();
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", census);
  const Ran ran = Run({"census", "--occurred-until", "2026-01-15T07:00"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::ContainsRegex("5025 Røros .* 0 +-\n"));
  // What was known then, was known of capacity as well.
  EXPECT_THAT(Run({"census", "--as-of", "2026-01-15T07:00"}).out,
              testing::ContainsRegex("5025 Røros .* 0 +0\n"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("St. Olavs hospital .* 7 +- +- +- +-\n"));
}

TEST_F(CliTest, CensusJsonIsOneObjectPerLineWithZeros) {
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", Census());
  const Ran ran = Run({"census", "--json"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 4);
  EXPECT_THAT(ran.out, testing::StartsWith("{\"cursor\":\"c1\""));
  EXPECT_THAT(ran.out,
              HasSubstr("{\"kommune\":\"5025\",\"name\":\"Røros\",\"inpatients\":4,\"ukp\":0,"));
}

TEST_F(CliTest, CensusAsksForKommunerAndATimeInOslo) {
  v1::GetCensusRequest seen;
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", Census(), &seen);
  ASSERT_EQ(
      Run({"census", "--kommune", "5001", "--kommune", "5025", "--as-of", "2026-01-15T07:00"}).code,
      0);
  EXPECT_THAT(seen.kommuner(), testing::ElementsAre("5001", "5025"));
  EXPECT_EQ(FromProto(seen.as_of()), kSeven);
  ASSERT_EQ(Run({"census", "--as-of", "2026-01-15T06:00:00Z"}).code, 0);
  EXPECT_EQ(FromProto(seen.as_of()), kSeven);
  const Ran ran = Run({"census", "--as-of", "i dag"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--as-of"));
}

TEST_F(CliTest, AnEarlierCensusIsAskedForAgainByItsCursor) {
  v1::GetCensusRequest seen;
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", Census(), &seen);
  ASSERT_EQ(Run({"census", "--as-of-cursor", "c0", "--as-of", "2026-01-15T07:00",
                 "--occurred-until", "2026-01-15T06:00:00Z"})
                .code,
            0);
  EXPECT_EQ(seen.as_of_cursor(), "c0");
  EXPECT_EQ(FromProto(seen.as_of()), kSeven);
  EXPECT_EQ(FromProto(seen.occurred_until()), kSeven);
  EXPECT_EQ(Run({"census", "--watch", "--as-of-cursor", "c0"}).code, 2);
  EXPECT_THAT(Run({"census", "--occurred-until", "da"}).err, HasSubstr("--occurred-until"));
}

TEST_F(CliTest, ACorrectionIsToldStayByStayAndFactByFact) {
  v1::ExplainCensusRequest seen;
  v1::ExplainCensusResponse response;
  response.mutable_before()->set_kommune("5001");
  response.mutable_before()->set_name("Trondheim");
  response.mutable_before()->set_inpatients(12);
  response.mutable_after()->set_inpatients(11);
  v1::CensusChange& change = *response.add_changes();
  change.mutable_before()->set_stay_id("6ba7b810-9dad-51d1-80b4-00c04fd430c8");
  v1::PathwayEntry& entry = *change.add_facts();
  *entry.mutable_appended_at() = ToProto(kSeven + absl::Hours(2));
  *entry.mutable_fact()->mutable_occurred_at() = ToProto(kSeven - absl::Hours(1));
  entry.mutable_fact()->set_occurred_precision(v1::PRECISION_SECOND);
  entry.mutable_fact()->mutable_patient_discharged()->set_outcome("1");
  Answer<v1::ExplainCensusRequest>("CensusService/ExplainCensus", response, &seen);
  const std::vector<std::string> words = {"census",  "--explain",        "--kommune",      "5001",
                                          "--as-of", "2026-01-15T07:00", "--as-of-cursor", "c0"};
  const Ran ran = Run(words);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(seen.kommune(), "5001");
  EXPECT_EQ(seen.as_of_cursor(), "c0");
  EXPECT_EQ(FromProto(seen.as_of()), kSeven);
  EXPECT_THAT(ran.out, HasSubstr("5001 Trondheim at 2026-01-15 07:00:00\n"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("in hospital +12 +11\n"));
  EXPECT_THAT(ran.out,
              HasSubstr("Stay 6ba7b810-9dad-51d1-80b4-00c04fd430c8 was counted, and is not\n"));
  EXPECT_THAT(ran.out, testing::ContainsRegex(
                           "2026-01-15 09:00:00 +2026-01-15 06:00:00 +PatientDischarged"));
  EXPECT_EQ(
      Run({"census", "--explain", "--as-of", "2026-01-15T07:00", "--as-of-cursor", "c0"}).code, 2);
  EXPECT_EQ(Run({"census", "--explain", "--kommune", "5001"}).code, 2);
}

TEST_F(CliTest, ColourIsForTerminalsAndAStaleSourceIsNamed) {
  v1::GetCensusResponse census = Census();
  census.mutable_as_of()->set_stale(true);
  v1::SourceAge& source = *census.mutable_as_of()->add_sources();
  source.set_source("hl7v2:STO");
  source.set_stale(true);
  *source.mutable_last_heard_at() = ToProto(kSeven - absl::Hours(3));
  Answer<v1::GetCensusRequest>("CensusService/GetCensus", census);
  const Ran plain = Run({"census"}), coloured = Run({"census"}, /*terminal=*/true);
  EXPECT_THAT(plain.out, HasSubstr("Stale: hl7v2:STO, last heard 2026-01-15 04:00:00"));
  EXPECT_THAT(plain.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(coloured.out, HasSubstr("\x1b[33m3\x1b[0m"));
}

TEST_F(CliTest, WatchKeepsWhatDidNotChange) {
  v1::WatchCensusResponse full, change;
  full.set_full(true);
  *full.mutable_kommuner() = Census().kommuner();
  change.add_kommuner()->set_kommune("5001");
  change.mutable_kommuner(0)->set_name("Trondheim");
  change.mutable_kommuner(0)->set_ukp(8);
  Tell<v1::WatchCensusRequest>("CensusService/WatchCensus", std::vector{full, change});
  const Ran ran = Run({"census", "--watch"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const std::string second = ran.out.substr(ran.out.rfind("KOMMUNE"));
  EXPECT_THAT(second, HasSubstr("5025 Røros"));
  EXPECT_THAT(second, testing::ContainsRegex("5001 Trondheim +0 +8"));
  EXPECT_EQ(Run({"census", "--watch", "--as-of", "2026-01-15T07:00"}).code, 2);
}

}  // namespace
}  // namespace overgang
