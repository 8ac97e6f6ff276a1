#include "app/config.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ConfigTest : public ::testing::Test {
 protected:
  absl::StatusOr<Config> Load(const std::string& text,
                              const std::vector<std::string>& settings = {}) {
    std::ofstream(file_) << "data_dir = \"data\"\n" << text;
    return LoadConfig(file_, settings);
  }

  TempDir dir_;
  const std::string file_ = dir_ / "overgang.toml";
};

TEST_F(ConfigTest, KafkasSecuritySettingsMayBeWrittenWithAndWithoutQuotes) {
  const auto config = Load(
      "[log.kafka.security]\n"
      "\"security.protocol\" = \"SSL\"\n"
      "ssl.ca.location = \"ca.pem\"\n"
      "[log.kafka.security.ssl.key]\n"
      "location = \"key.pem\"\n",
      {"log.kafka.security.sasl.mechanism=PLAIN"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->kafka_security,
              ElementsAre(Pair("sasl.mechanism", "PLAIN"), Pair("security.protocol", "SSL"),
                          Pair("ssl.ca.location", "ca.pem"), Pair("ssl.key.location", "key.pem")));
}

TEST_F(ConfigTest, ASecuritySettingThatIsNoTextIsAMistakeWithItsLine) {
  const auto config = Load(
      "[log.kafka.security]\n"
      "\"enable.ssl.certificate.verification\" = false\n"
      "sasl.password = 1234\n");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << config.status();
  const std::string message(config.status().message());
  EXPECT_THAT(message, HasSubstr("overgang.toml:3: log.kafka.security."
                                 "enable.ssl.certificate.verification: must be a text"));
  EXPECT_THAT(message,
              HasSubstr("overgang.toml:4: log.kafka.security.sasl.password: must be a text"));
}

TEST_F(ConfigTest, SecurityItselfIsNoSetting) {
  const auto config = Load("[log.kafka]\nsecurity = \"SSL\"\n");
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("overgang.toml:3"));
}

TEST_F(ConfigTest, PricesComeFromTheFileAndFromTheCommandLineWhichWins) {
  const auto config = Load("[payment]\nprices = {2026 = 6186, 2027 = 6300}\n",
                           {"payment.prices.2026=6200", "report.cell_min=10"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->payment_prices, ElementsAre(Pair(2026, 6200), Pair(2027, 6300)));
  EXPECT_EQ(config->report_cell_min, 10);
}

TEST_F(ConfigTest, WhoSendsMailsIsProvedBeforeTheyAreDue) {
  for (const char* from : {"overgang@example.no", "Overgang <overgang@example.no>"})
    EXPECT_TRUE(Load("", {absl::StrCat("mail.from=", from)}).ok()) << from;
  for (const char* from :
       {"overgang", "Overgang <overgang@example.no> (ikke svar)", "Over\"gang <o@example.no>"}) {
    EXPECT_THAT(std::string(Load("", {absl::StrCat("mail.from=", from)}).status().message()),
                HasSubstr("mail.from: is no sender"))
        << from;
  }
}

TEST_F(ConfigTest, AgreementsAreReadWithTheirDatesInEitherForm) {
  const auto config = Load(
      "[[payment.agreement]]\n"
      "kommune = \"5001\"\n"
      "hospital = \"974749025\"\n"
      "from = 2026-01-01\n"
      "to = \"2026-07-01\"\n"
      "start_24h_after_notice = true\n"
      "[[payment.agreement]]\n"
      "requires_epikrise = true\n");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->payment_agreements.size(), 2U);
  const PaymentAgreement& first = config->payment_agreements[0];
  EXPECT_EQ(first.kommune, "5001");
  EXPECT_EQ(first.hospital, "974749025");
  EXPECT_EQ(first.from, absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(first.to, absl::CivilDay(2026, 7, 1));
  EXPECT_TRUE(first.start_24h_after_notice);
  EXPECT_FALSE(first.requires_epikrise);
  EXPECT_EQ(config->payment_agreements[1].kommune, "");
  EXPECT_EQ(config->payment_agreements[1].to, absl::CivilDay::max());
  EXPECT_TRUE(config->payment_agreements[1].requires_epikrise);
}

TEST_F(ConfigTest, EveryMistakeOfPaymentIsToldAtOnceWithItsLine) {
  const auto config = Load(
      "[payment]\n"
      "prices = {26 = 6186, 2027 = \"mye\"}\n"
      "[[payment.agreement]]\n"
      "kommune = 5001\n"
      "hospital = \"97474902\"\n"
      "from = 2026-07-01\n"
      "to = 2026-07-01\n"
      "requires_epikrise = \"ja\"\n"
      "epikrise = true\n"
      "[report]\n"
      "cell_min = 1\n",
      {"payment.prices.2028=-1", "payment.price.2026=1"});
  const std::string message(config.status().message());
  for (const char* mistake :
       {"overgang.toml:3: payment.prices.26: must be a year from 2012",
        "overgang.toml:3: payment.prices.2027: must be whole kr",
        "overgang.toml:4: payment.agreement.to: must be after from",
        "overgang.toml:5: payment.agreement.kommune: must be the 4 digits",
        "overgang.toml:6: payment.agreement.hospital: must be an organisation number",
        "overgang.toml:9: payment.agreement.requires_epikrise: must be true or false",
        "overgang.toml:10: payment.agreement.epikrise: unknown key",
        "overgang.toml:12: report.cell_min: must be a number from 3 to 100",
        "--set: payment.prices.2028: must be whole kr",
        "--set: payment.price: unknown key; did you mean payment.prices?"}) {
    EXPECT_THAT(message, HasSubstr(mistake));
  }
}

}  // namespace
}  // namespace overgang
