#include "core/cursor.h"

#include <gtest/gtest.h>

#include "core/errors.h"

namespace overgang {
namespace {

TEST(Cursor, ComesBackFromItsText) {
  const Cursor cursor = Cursor::After(
      "inc-1", {{{Topic::kPathway, 3}, 41}, {{Topic::kStatus, 0}, 7}, {{Topic::kPathway, 3}, 40}});
  const auto parsed = Cursor::Parse(cursor.Encode(), "inc-1");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->next, cursor.next);
  EXPECT_EQ(parsed->next[(TopicPartition{Topic::kPathway, 3}.Index())], 42);
  EXPECT_EQ(parsed->next[(TopicPartition{Topic::kStatus, 0}.Index())], 8);
  EXPECT_EQ(parsed->next[0], 0);
}

TEST(Cursor, OfAnotherIncarnationIsRefused) {
  const std::string text = Cursor::After("inc-1", {}).Encode();
  const auto parsed = Cursor::Parse(text, "inc-2");
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PlaceOf(parsed.status()).field, "cursor");
}

TEST(Cursor, WhatIsNoCursorIsRefused) {
  for (const char* text : {"", "!", "aGVsbG8", "BEGINNING"}) {
    EXPECT_EQ(Cursor::Parse(text, "inc-1").status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(Cursor, CoversWhatIsNotBeyondIt) {
  const Cursor small = Cursor::After("i", {{{Topic::kPathway, 0}, 5}});
  const Cursor large = Cursor::After("i", {{{Topic::kPathway, 0}, 5}, {{Topic::kPathway, 1}, 0}});
  EXPECT_TRUE(large.Covers(small));
  EXPECT_TRUE(large.Covers(large));
  EXPECT_FALSE(small.Covers(large));
}

}  // namespace
}  // namespace overgang
