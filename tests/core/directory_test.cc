#include "core/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace overgang {
namespace {

using ::testing::HasSubstr;

TEST(Kommuner, AreThe357Of2024InOrder) {
  const std::vector<Kommune>& all = AllKommuner();
  ASSERT_EQ(all.size(), 357u);
  int64_t population = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(all[i - 1].number, all[i].number);
    }
    EXPECT_EQ(all[i].number.size(), 4u);
    EXPECT_FALSE(all[i].region.empty());
    population += all[i].population_2024;
  }
  EXPECT_EQ(population, 5550203);  // SSB: 5 550 203 inhabitants on 1 January 2024.
}

TEST(Kommuner, AreFoundByNumber) {
  ASSERT_NE(KommuneByNumber("5001"), nullptr);
  EXPECT_EQ(KommuneByNumber("5001")->name, "Trondheim");
  EXPECT_EQ(KommuneByNumber("5001")->population_2024, 214565);
  EXPECT_EQ(KommuneByNumber("5001")->region, "St. Olav");
  EXPECT_EQ(KommuneByNumber("0000"), nullptr);
  EXPECT_EQ(KommuneByNumber("5001 "), nullptr);
  EXPECT_EQ(KommuneByNumber(""), nullptr);
  EXPECT_EQ(KommuneName("5031"), "Malvik");
  EXPECT_EQ(KommuneName("9999"), "Uoppgitt");
  EXPECT_EQ(KommuneName("1234"), "1234");
}

TEST(Directory, BuiltInKnowsStOlavAndItsKommuner) {
  const auto directory = Directory::BuiltIn();
  const Hospital* hospital = directory->HospitalByFacility("STO");
  ASSERT_NE(hospital, nullptr);
  EXPECT_EQ(hospital->organisation, "974749025");
  EXPECT_EQ(directory->HospitalByHerId(59), hospital);
  EXPECT_EQ(directory->HospitalByNumber("974749025"), hospital);
  for (const Kommune& kommune : AllKommuner()) {
    if (kommune.region != "St. Olav") continue;
    const int number = std::stoi(kommune.number);
    for (int base : {10'000, 20'000, 30'000}) {
      const KommuneEntry* entry = directory->KommuneByHerId(base + number);
      ASSERT_NE(entry, nullptr) << base + number;
      EXPECT_EQ(entry->kommune, kommune.number);
    }
  }
  EXPECT_EQ(directory->KommuneByHerId(5078)->kommune, "3428");
  ASSERT_NE(directory->UnitById("5001-oya"), nullptr);
  EXPECT_EQ(directory->UnitById("5001-oya")->name, "Øya helsehus");
  std::set<v1::Sector> sectors;
  for (const Ward& ward : hospital->wards) sectors.insert(directory->SectorOf(*hospital, ward.id));
  EXPECT_EQ(sectors.size(), 3u);
  EXPECT_EQ(directory->SectorOf(*hospital, "NEW"), v1::SECTOR_SOMATIKK);
}

TEST(Directory, UnknownIdsFindNothing) {
  const auto directory = Directory::BuiltIn();
  EXPECT_EQ(directory->HospitalByFacility("XXX"), nullptr);
  EXPECT_EQ(directory->HospitalByHerId(15001), nullptr);
  EXPECT_EQ(directory->HospitalByNumber(""), nullptr);
  EXPECT_EQ(directory->KommuneByHerId(59), nullptr);
  EXPECT_EQ(directory->UnitById("nowhere"), nullptr);
}

TEST(Directory, NamesEveryMistakeAtOnce) {
  Directory::Contents contents;
  contents.hospitals = {{"974749025", "A", {"STO"}, {59}, {{"MED1", "x"}, {"MED1", "y"}}},
                        {"12", "B", {"STO"}, {59, 0}, {}}};
  contents.kommuner = {{"5001", {59}, {}}, {"5001", {}, {{7, "x"}, {7, "y"}}}, {"0000", {}, {}}};
  contents.regions = {{"R", {"999999999"}, {"1110"}}};
  contents.units = {{"u", "U", {"2222"}, {}}, {"u", "U", {}, {}}, {"", "U", {}, {}}};
  const auto directory = Directory::Create(contents);
  ASSERT_EQ(directory.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(directory.status().message());
  for (const char* mistake :
       {"ward 974749025/MED1 is given twice", "hospital 12 is not",
        "HL7 facility STO is given twice", "HER-id 59 is given twice", "HER-id 0 of 12",
        "kommune 5001 is given twice", "HER-id 7 is given twice",
        "kommune 0000 of [[kommune]] is unknown", "hospital 999999999 of region R is unknown",
        "kommune 1110 of region R is unknown", "kommune 2222 of unit u is unknown",
        "unit u is given twice", "unit is empty"}) {
    EXPECT_THAT(message, HasSubstr(mistake));
  }
}

}  // namespace
}  // namespace overgang
