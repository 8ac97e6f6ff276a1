#include "core/uuid.h"

#include <gtest/gtest.h>

namespace overgang {
namespace {

TEST(Uuid, OfContentIsTheSameForTheSameParts) {
  const std::string id = NameUuid({"plo", "b088a160-0698-11e8-b566-0800200c9a66", "0"});
  EXPECT_EQ(id, NameUuid({"plo", "b088a160-0698-11e8-b566-0800200c9a66", "0"}));
  EXPECT_TRUE(IsUuid(id));
  EXPECT_EQ(id[14], '5');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
}

TEST(Uuid, PartsDoNotRunTogether) {
  EXPECT_NE(NameUuid({"ab", "c"}), NameUuid({"a", "bc"}));
  EXPECT_NE(NameUuid({"a", ""}), NameUuid({"a"}));
  EXPECT_NE(NameUuid({}), NameUuid({""}));
}

TEST(Uuid, RandomOnesDiffer) {
  const std::string id = RandomUuid();
  EXPECT_TRUE(IsUuid(id));
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(id, RandomUuid());
}

TEST(Uuid, HasOneShape) {
  EXPECT_TRUE(IsUuid("FCB43980-069a-11e8-b566-0800200c9a66"));
  for (const char* text :
       {"", "fcb43980069a11e8b5660800200c9a66", "fcb43980-069a-11e8-b566-0800200c9a6",
        "fcb43980-069a-11e8-b566-0800200c9a66 ", "{cb43980-069a-11e8-b566-0800200c9a66",
        "gcb43980-069a-11e8-b566-0800200c9a66"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(ContentDigest, IsTheFirstHalfOfSha256) {
  EXPECT_EQ(ContentDigest("abc"), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(ContentDigest(""), "e3b0c44298fc1c149afbf4c8996fb924");
}

}  // namespace
}  // namespace overgang
