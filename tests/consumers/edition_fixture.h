// A region of which mails are composed.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "consumers/daily_status/edition.h"
#include "tests/consumers/status_world.h"

namespace overgang::testing {

inline constexpr char kNow[] = "2026-03-02 07:30";

// Two who wait, one of them for 9 days, and what stands around them.
class EditionTest : public ::testing::Test {
 protected:
  EditionTest() {
    projections::StayEntry first = StayOf("2026-02-10 10:00");
    projections::UkpPeriod& period = AddPeriod(first, "2026-02-21 06:30");
    first.admission_notified_us = Us("2026-02-10 11:00");
    period.notified_us = Us("2026-02-21 07:30");
    world_.population().Add(first);
    projections::StayEntry second = StayOf("2026-02-20 10:00");
    AddPeriod(second, "2026-03-01 20:00");
    world_.population().Add(second);
    world_.AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, 2, "2026-02-27 06:00");
    world_.AddSource("hl7v2:STO", "2026-03-02 07:29");
  }
  v1::DailyStatusIssued Status(const std::string& scope = "k:5001", const std::string& now = kNow) {
    const auto statuses = daily_status::CountStatuses(world_.Question(now), {scope});
    EXPECT_TRUE(statuses.ok()) << statuses.status();
    return statuses->front();
  }
  static daily_status::Edition Compose(const v1::DailyStatusIssued& status,
                                       const daily_status::EditionOptions& options = {}) {
    const auto edition = daily_status::ComposeEdition(
        status, options, *daily_status::Templates::BuiltIn(), *Directory::BuiltIn());
    EXPECT_TRUE(edition.ok()) << edition.status();
    return edition.ok() ? *edition : daily_status::Edition();
  }

  StatusWorld world_{1};
};

}  // namespace overgang::testing
