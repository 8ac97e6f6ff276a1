// Synthetic persons: national numbers with month + 80 and right check digits, so that no number can
// be a real person's. Pure; the same random numbers, the same person.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"
#include "overgang/v1/types.pb.h"
#include "producers/simulator/random.h"

namespace overgang::simulator {

struct Person {
  std::string number;  // 11 digits, synthetic.
  bool d_number = false;
  std::string record_number;  // The hospital's own (type MR).
  std::string family;         // UTF-8, within ISO 8859-1.
  std::string given;
  absl::CivilDay born;
  v1::Sex sex = v1::SEX_FEMALE;
  std::string residence;  // Kommune, 4 digits.
  std::string lives_at;   // Kommune where the person stays now; mostly the residence.
  std::string street;
};

// A number for this birth date and sex, born 1854 to 2039; `salt` picks one of some hundreds that
// are valid.
std::string SyntheticNumber(absl::CivilDay born, v1::Sex sex, bool d_number, uint64_t salt);

// Fills all but the kommuner and the record number.
Person MakePerson(Random& random, absl::CivilDay today, int age);

}  // namespace overgang::simulator
