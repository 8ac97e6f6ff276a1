#include "producers/hl7v2/adt_fields.h"

#include <algorithm>

#include "core/directory.h"
#include "core/oslo_time.h"
#include "producers/hl7v2/hl7_time.h"

namespace overgang::hl7v2 {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool AllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Where the next national identity number stands in text from `from` on; size 0: none.
struct Span {
  size_t start = 0;
  size_t size = 0;
};
Span FindNationalNumber(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size();) {
    if (!IsDigit(text[i])) {
      ++i;
      continue;
    }
    std::string digits;
    size_t end = i;
    for (; end < text.size() && digits.size() < 12; ++end) {
      if (IsDigit(text[end])) {
        digits += text[end];
      } else if (digits.size() != 6 || (text[end] != ' ' && text[end] != '-' && text[end] != '.')) {
        break;
      }
    }
    if (digits.size() == 11 && ClassifyNationalNumber(digits).kind != NumberKind::kInvalid)
      return {i, end - i};
    while (i < text.size() && IsDigit(text[i])) ++i;
  }
  return {};
}

// "5001", "500102" (with bydel) and nothing else.
bool TakeKommune(const std::string& code, std::string& kommune, std::string& bydel) {
  if ((code.size() != 4 && code.size() != 6) || !AllDigits(code)) return false;
  kommune = code.substr(0, 4);
  if (code.size() == 6) bydel = code;
  return true;
}

}  // namespace

const FacilityMapping& DefaultMapping() {
  static const FacilityMapping mapping;
  return mapping;
}

bool HoldsNationalNumber(std::string_view text) {
  return text.size() >= 11 && FindNationalNumber(text, 0).size > 0;
}

std::string SafeText(std::string_view text) {
  constexpr size_t kNumberBytesMax =
      16;  // So much beyond the cut can a number reach that begins before it.
  std::string safe(text.substr(0, kTextBytesMax + kNumberBytesMax));
  for (Span span; (span = FindNationalNumber(safe, span.start + span.size)).size > 0;) {
    std::fill_n(safe.begin() + static_cast<ptrdiff_t>(span.start), span.size, '*');
  }
  size_t size = std::min(safe.size(), kTextBytesMax);
  while (size < safe.size() && size > 0 && (safe[size] & 0xC0) == 0x80)
    --size;  // Never within a letter.
  safe.resize(size);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return safe;
}

bool IsPlaceholder(std::string_view identifier) {
  return identifier.size() < 3 ||
         identifier.find_first_not_of(identifier.front()) == identifier.npos;
}

StatedKommune KommuneOf(const Message& message, const Segment& pid) {
  StatedKommune stated;
  std::string current, no_bydel;
  bool deleted = IsDelete(pid.Field(12)) || IsDelete(pid.Field(11));
  const bool by_county = TakeKommune(message.Value(pid.Field(12)), stated.residence, stated.bydel);
  std::string_view rest = pid.Field(11), address;
  for (bool home_seen = false; message.NextRepetition(rest, address);) {
    const std::string code = message.Value(message.Component(address, 9));
    const std::string type = message.Value(message.Component(address, 7));
    if (type == "C") {
      if (current.empty()) TakeKommune(code, current, no_bydel);
      continue;
    }
    if (home_seen || (!type.empty() && type != "H" && type != "P")) continue;
    home_seen = true;
    deleted = deleted || IsDelete(message.Component(address, 9));
    if (by_county || !TakeKommune(code, stated.residence, stated.bydel)) continue;
    const std::string_view range = message.Component(address, 12);
    const std::string_view from = message.Component(address, 13);
    const std::optional<StatedTime> moved =
        ReadTime(from.empty() ? message.Subcomponent(range, 1) : from);
    if (moved && moved->grain >= Grain::kDay)
      stated.moved_at = absl::CivilSecond(absl::CivilDay(moved->local)) + 12 * 3600;
  }
  if (stated.residence.empty() && deleted) stated.residence = kKommuneNotStated;
  stated.stay = current.empty() ? stated.residence : current;
  return stated;
}

v1::Sex SexOf(std::string_view pid8) {
  if (pid8.empty()) return v1::SEX_UNSPECIFIED;
  switch (pid8.front()) {
    case 'M':
    case 'm':
    case '1':
      return v1::SEX_MALE;
    case 'F':
    case 'f':
    case 'K':
    case 'k':
    case '2':
      return v1::SEX_FEMALE;
    case 'O':
    case 'A':
    case 'N':
    case 'X':
      return v1::SEX_OTHER;
    default:
      return v1::SEX_UNSPECIFIED;
  }
}

int AgeAt(std::string_view pid7, absl::Time at) {
  const std::optional<StatedTime> born = ReadTime(pid7);
  if (!born) return 0;
  const absl::CivilDay birth(born->local), day = OsloDate(at);
  int years = static_cast<int>(day.year() - birth.year());
  if (day.month() < birth.month() || (day.month() == birth.month() && day.day() < birth.day()))
    --years;
  return std::max(years, 0);
}

bool Contains(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

v1::Urgency UrgencyOf(const FacilityMapping& mapping, std::string_view pv1_4) {
  if (Contains(mapping.acute_types, pv1_4)) return v1::URGENCY_ACUTE;
  if (Contains(mapping.elective_types, pv1_4)) return v1::URGENCY_ELECTIVE;
  return v1::URGENCY_UNSPECIFIED;
}

bool IsCorridor(const FacilityMapping& mapping, const Message& message, std::string_view pv1_3) {
  const auto same = [](char a, char b) { return Upper(a) == Upper(b); };
  for (const size_t component : {size_t{2}, size_t{3}}) {
    const std::string place = message.Value(pv1_3, component);
    for (const std::string& prefix : mapping.corridor_prefixes) {
      if (place.size() >= prefix.size() &&
          std::equal(prefix.begin(), prefix.end(), place.begin(), same))
        return true;
    }
  }
  return false;
}

std::string VisitKeyOf(const Message& message, std::string_view pv1_19,
                       const Pseudonymizer& pseudonymizer) {
  std::string key = message.Value(pv1_19, 1);
  if (key.empty()) return key;
  const std::string_view authority = message.Component(message.Repetition(pv1_19, 1), 4);
  std::string name = message.Value(message.Subcomponent(authority, 1));
  if (name.empty()) name = message.Value(message.Subcomponent(authority, 2));
  if (!name.empty()) key += "@" + name;
  // Some systems number visits by the person: such a number stays a name for the visit, but cannot
  // be read.
  if (HoldsNationalNumber(key) || key.size() > kTextBytesMax)
    return pseudonymizer.OfLocalIdentifier("visit", key).current;
  return SafeText(key);
}

}  // namespace overgang::hl7v2
