#include "app/config.h"

#include <fstream>

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

}  // namespace
}  // namespace overgang
