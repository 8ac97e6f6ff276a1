#include "producers/simulator/person.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace overgang::simulator {
namespace {

constexpr std::array kFamilyNames = {
    "Hansen",  "Johansen", "Olsen",  "Larsen",  "Andersen", "Nilsen",  "Kristiansen",
    "Bjørnås", "Sæther",   "Moen",   "Strøm",   "Hagen",    "Rønning", "Aune",
    "Løvås",   "Hove",     "Myhre",  "Solbakk", "Eide",     "Tangen",  "Ødegård",
    "Bakken",  "Sørli",    "Granmo", "Fjær",    "Nygård",   "Kvåle",   "Ås"};
constexpr std::array kWomen = {"Anne",  "Inger",  "Kari",  "Marit", "Ingrid", "Liv",     "Eva",
                               "Berit", "Astrid", "Bjørg", "Hilde", "Randi",  "Solveig", "Åse",
                               "Gerd",  "Turid",  "Nora",  "Emma",  "Maja",   "Sølvi"};
constexpr std::array kMen = {"Jan",   "Per",   "Bjørn",  "Ole",   "Lars", "Kjell",  "Knut",
                             "Svein", "Arne",  "Thomas", "Håkon", "Odd",  "Tor",    "Geir",
                             "Rolf",  "Jakob", "Noah",   "Åge",   "Emil", "Asbjørn"};
constexpr std::array kStreets = {"Granveien", "Bjørkelia",  "Strandgata",
                                 "Øvre Åsen", "Kirkevegen", "Berg & Dal"};

template <size_t N>
std::string Pick(const std::array<const char*, N>& names, Random& random) {
  return names[static_cast<size_t>(random.Between(0, static_cast<int>(N) - 1))];
}

// Individual numbers tell the century. Source: Skatteetaten.
struct Range {
  int first;
  int last;
};
Range IndividualNumbers(int year) {
  if (year < 1900) return {500, 749};
  if (year < 2000) return {0, 499};
  return {500, 999};
}

// -1: no digit makes it valid.
int CheckDigit(std::string_view digits, std::string_view weights) {
  int sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) sum += (digits[i] - '0') * (weights[i] - '0');
  const int digit = (11 - sum % 11) % 11;
  return digit == 10 ? -1 : digit;
}

}  // namespace

std::string SyntheticNumber(absl::CivilDay born, v1::Sex sex, bool d_number, uint64_t salt) {
  const Range range = IndividualNumbers(static_cast<int>(born.year()));
  const int count = range.last - range.first + 1;
  const int parity = sex == v1::SEX_MALE ? 1 : 0;  // The third digit is odd for men.
  const std::string date = absl::StrFormat("%02d%02d%02d", born.day() + (d_number ? 40 : 0),
                                           born.month() + 80, born.year() % 100);
  for (int step = 0; step < count; ++step) {
    const int individual = range.first + static_cast<int>((salt + static_cast<uint64_t>(step)) %
                                                          static_cast<uint64_t>(count));
    if (individual % 2 != parity) continue;
    std::string number = absl::StrCat(date, absl::StrFormat("%03d", individual));
    const int first = CheckDigit(number, "376189452");
    if (first < 0) continue;
    absl::StrAppend(&number, first);
    const int second = CheckDigit(number, "5432765432");
    if (second < 0) continue;
    return absl::StrCat(number, second);
  }
  return {};  // Not reached: more than two hundred numbers of every date and sex are valid.
}

Person MakePerson(Random& random, absl::CivilDay today, int age) {
  Person person;
  person.sex = random.Chance(0.53) ? v1::SEX_FEMALE : v1::SEX_MALE;
  person.born =
      absl::CivilDay(today.year() - age, today.month(), today.day()) - random.Between(1, 364);
  person.d_number = random.Chance(0.02);
  person.number = SyntheticNumber(person.born, person.sex, person.d_number, random.Next());
  person.family = Pick(kFamilyNames, random);
  person.given = person.sex == v1::SEX_FEMALE ? Pick(kWomen, random) : Pick(kMen, random);
  person.street = absl::StrCat(Pick(kStreets, random), " ", random.Between(1, 90));
  return person;
}

}  // namespace overgang::simulator
