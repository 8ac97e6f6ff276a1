#include "core/place_numbers.h"

#include "core/errors.h"
#include "gtest/gtest.h"

namespace overgang {
namespace {

TEST(PlaceNumbers, AKommuneIsOneOf2024OrNotStated) {
  EXPECT_TRUE(CheckKommune("5001", "kommune").ok());
  EXPECT_TRUE(CheckKommune("9999", "kommune").ok());
  for (const char* wrong : {"", "500", "50011", "1601", "abcd"}) {
    const absl::Status refused = CheckKommune(wrong, "kommuner");
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_EQ(PlaceOf(refused).field, "kommuner");
    EXPECT_FALSE(PlaceOf(refused).remedy.empty());
  }
}

TEST(PlaceNumbers, AHospitalIsNineDigits) {
  EXPECT_TRUE(CheckHospital("974749025", "hospital").ok());
  EXPECT_TRUE(CheckHospital("000000000", "hospital").ok()) << "known or not";
  for (const char* wrong : {"", "97474902", "9747490255", "abcdefghi", "97474902x"}) {
    EXPECT_EQ(CheckHospital(wrong, "hospital").code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_FALSE(IsOrganisationNumber(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace overgang
