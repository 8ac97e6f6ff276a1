#include "core/access.h"

#include <gtest/gtest.h>

#include "core/errors.h"

namespace overgang {
namespace {

constexpr char kTrondheim[] = "5001";
constexpr char kMalvik[] = "5031";
constexpr char kStOlav[] = "974749025";
constexpr char kLevanger[] = "974754118";

Scope OfKommune() { return {.kommuner = {kTrondheim}, .hospitals = {}}; }
Scope OfHospital() { return {.kommuner = {}, .hospitals = {kStOlav}}; }

TEST(Access, AScopeThatNobodyFilledMayNothing) {
  const Scope& nothing = *Scope::Nothing();
  EXPECT_FALSE(nothing.MaySeeKommune(kTrondheim));
  EXPECT_FALSE(nothing.MaySeeKommune(""));
  EXPECT_FALSE(nothing.MaySeeHospital(kStOlav));
  EXPECT_FALSE(nothing.MaySeePublished());
  for (const Need need : {Need::kPublished, Need::kOwn, Need::kWrite, Need::kEverything,
                          Need::kOperate, Need::kDataProtection}) {
    EXPECT_TRUE(absl::IsPermissionDenied(Admit(need, nothing)));
    EXPECT_TRUE(Admit(need, *Scope::All()).ok());
  }
}

TEST(Access, AStayIsItsKommunesAndItsHospitals) {
  EXPECT_TRUE(OfKommune().MaySeeStay(kTrondheim, kLevanger));
  EXPECT_FALSE(OfKommune().MaySeeStay(kMalvik, kStOlav));
  EXPECT_TRUE(OfHospital().MaySeeStay(kMalvik, kStOlav));
  EXPECT_FALSE(OfHospital().MaySeeStay(kTrondheim, kLevanger));
  EXPECT_TRUE(Scope::All()->MaySeeStay(kMalvik, kLevanger));
}

TEST(Access, SumsOnlyAreAdmittedToThePublishedTablesAlone) {
  const Scope sums{.kommuner = {}, .hospitals = {}, .aggregate = true};
  EXPECT_TRUE(Admit(Need::kPublished, sums).ok());
  EXPECT_TRUE(Admit(Need::kPublished, OfKommune()).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Admit(Need::kOwn, sums)));
  EXPECT_FALSE(sums.MaySeeStay(kTrondheim, kStOlav));
}

TEST(Access, TheRightToWriteNeedsSomethingToWriteOf) {
  Scope scope{.kommuner = {}, .hospitals = {}, .write = true};
  EXPECT_TRUE(absl::IsPermissionDenied(Admit(Need::kWrite, scope)));
  scope.kommuner = {kTrondheim};
  EXPECT_TRUE(Admit(Need::kWrite, scope).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Admit(Need::kOperate, scope)));
  EXPECT_TRUE(absl::IsPermissionDenied(Admit(Need::kDataProtection, scope)));
}

TEST(Access, WhatIsNotOnesOwnIsRefusedWithTheField) {
  const absl::Status refused = MayAskForKommune(OfKommune(), kMalvik, "kommuner");
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_EQ(PlaceOf(refused).field, "kommuner");
  EXPECT_TRUE(MayAskForKommune(OfKommune(), kTrondheim, "kommuner").ok());
  EXPECT_TRUE(MayAskForKommune(OfHospital(), kMalvik, "kommuner").ok());
  EXPECT_TRUE(MayAskForHospital(OfKommune(), kLevanger, "hospital").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(MayAskForHospital(OfHospital(), kLevanger, "hospital")));
}

v1::Envelope OfStay(const char* kommune, const char* hospital) {
  v1::Envelope fact;
  fact.set_stay_kommune(kommune);
  fact.set_hospital(hospital);
  fact.mutable_ukp_declared();
  return fact;
}

TEST(Access, AFactIsSeenByWhomItIsAbout) {
  EXPECT_TRUE(OfKommune().MaySeeFact(OfStay(kTrondheim, kLevanger)));
  EXPECT_FALSE(OfKommune().MaySeeFact(OfStay(kMalvik, kStOlav)));
  EXPECT_FALSE(OfKommune().MaySeeFact(OfStay("", kStOlav)));
  EXPECT_TRUE(OfHospital().MaySeeFact(OfStay(kMalvik, kStOlav)));

  v1::Envelope places;
  places.mutable_places_reported()->add_shared_by(kMalvik);
  EXPECT_FALSE(OfKommune().MaySeeFact(places));
  places.mutable_places_reported()->add_shared_by(kTrondheim);
  EXPECT_TRUE(OfKommune().MaySeeFact(places));

  v1::Envelope status;
  status.mutable_daily_status_issued()->set_scope("k:5031");
  EXPECT_FALSE(OfKommune().MaySeeFact(status));
  status.mutable_daily_status_issued()->set_scope("k:5001");
  EXPECT_TRUE(OfKommune().MaySeeFact(status));
}

TEST(Access, WhatIsNobodysInParticularIsForThoseWhoSeeEverything) {
  v1::Envelope merged = OfStay(kTrondheim, kStOlav);
  merged.mutable_patient_merged();
  v1::Envelope parked;
  parked.mutable_message_parked();
  v1::Envelope attempted;
  attempted.mutable_mail_attempted()->set_scope("k:5001");
  const v1::Envelope unreadable;
  for (const v1::Envelope& fact : {merged, parked, attempted, unreadable}) {
    EXPECT_FALSE(OfKommune().MaySeeFact(fact));
    EXPECT_FALSE(OfHospital().MaySeeFact(fact));
    EXPECT_TRUE(Scope::All()->MaySeeFact(fact));
  }
}

}  // namespace
}  // namespace overgang
