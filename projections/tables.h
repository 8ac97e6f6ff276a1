// The tables of the views and the shapes of their keys. Values are messages of rows.proto unless
// said. Times in keys are microseconds, big-endian, so that byte order is time order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "core/state_store.h"

namespace overgang::projections {

inline constexpr Table kMeta{'m'};     // "" -> Meta: offsets and identity of the log. One row.
inline constexpr Table kCluster{'c'};  // PatientRef (18 bytes) -> Cluster.
inline constexpr Table kRef{
    'r'};  // PatientRef -> the PatientRef that keys its cluster, where it is another.
inline constexpr Table kStay{'s'};  // Stay id (16 bytes) + DerivedStay::home (18) -> v1.Stay.
inline constexpr Table kStayAlias{
    'a'};  // Former stay id (16) + DerivedStay::home (18) -> the stay id that it names now (16).
inline constexpr Table kOpenStay{'o'};  // Key of kStay -> StayEntry, of those in hospital.
// Hospital (9 bytes) + DescendingTime(end) + key of kStay -> StayEntry, of those that ended.
inline constexpr Table kClosedStay{'e'};
// The same key -> StayEntry, of those that lasted longer than kLongStayUs: whoever asks for a
// period of the past finds by end all but these.
inline constexpr Table kLongStay{'l'};
inline constexpr Table kMatter{'d'};        // PatientRef of a cluster -> Matters that are open.
inline constexpr Table kQuality{'y'};       // Source + '\0' + flag (text) -> stays (text).
inline constexpr Table kSource{'h'};        // Source name -> Source.
inline constexpr Table kUnit{'u'};          // Capacity key -> Unit.
inline constexpr Table kParked{'p'};        // Parked id (text) -> Parked.
inline constexpr Table kParkedByTime{'q'};  // DescendingTime(parked at) + parked id -> "".
inline constexpr Table kPublished{'w'};     // Oslo date YYYY-MM-DD -> v1.TablesPublished.
inline constexpr Table kIssued{'t'};        // Scope + '\0' + Oslo date -> StatusFact.
inline constexpr Table kCorrected{
    'k'};                            // Oslo date + '\0' + scope + '\0' + revision -> StatusFact.
inline constexpr Table kMail{'g'};   // MailKey::RowKey() -> Mail.
inline constexpr Table kPause{'z'};  // Scope + '\0' + address hash -> Pause.
inline constexpr Table kStatusRequest{'b'};  // Oslo date + '\0' + scope -> StatusRequest.
inline constexpr Table kLevel{'v'};          // Scope ("h:...", "r:...") -> Level.
inline constexpr Table kRules{'n'};          // Revision (big-endian) -> v1.RulesActivated.
inline constexpr Table kReceipt{'i'};        // principal \0 method \0 key -> Receipt.
inline constexpr Table kCard{'C'};           // Card id (text) -> v1.Tiltakskort.
// Hospital (9 bytes) + DescendingTime(issued at) + card id -> "".
inline constexpr Table kCardByTime{'T'};
inline constexpr Table kCardSlot{
    'S'};                              // Hospital + '\0' + template + '\0' + recipient -> CardSlot.
inline constexpr Table kMeeting{'M'};  // Meeting id (text) -> Meeting.
// Hospital (9 bytes) + DescendingTime(held at) + meeting id -> MeetingPlace.
inline constexpr Table kMeetingByTime{'N'};

// All of them. Whoever adds one adds it here, or no rebuild is compared by it.
inline constexpr std::array kTables = {
    kMeta,      kCluster, kRef,       kStay,       kStayAlias, kOpenStay,      kClosedStay,
    kLongStay,  kMatter,  kQuality,   kSource,     kUnit,      kParked,        kParkedByTime,
    kPublished, kIssued,  kCorrected, kMail,       kPause,     kStatusRequest, kLevel,
    kRules,     kReceipt, kCard,      kCardByTime, kCardSlot,  kMeeting,       kMeetingByTime};
consteval bool EachHasALetterOfItsOwn() {
  for (size_t i = 0; i < kTables.size(); ++i) {
    if (std::find(kTables.begin(), kTables.begin() + i, kTables[i]) != kTables.begin() + i)
      return false;
  }
  return true;
}
static_assert(EachHasALetterOfItsOwn(), "two tables would be one, in the store");

// Changed when stored bytes would differ for the same log; a store of another version is folded
// anew.
inline constexpr int kSchemaVersion = 10;

inline std::string BigEndian(uint64_t value) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8)
    bytes[static_cast<size_t>(i)] = static_cast<char>(value & 0xff);
  return bytes;
}
inline uint64_t FromBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

inline constexpr int64_t kNeverUs =
    std::numeric_limits<int64_t>::max();  // The end of what goes on.

// See kLongStay.
inline constexpr int64_t kLongStayUs = int64_t{45} * 24 * 3600 * 1'000'000;

// The later, the smaller; what never ends comes first.
inline std::string DescendingTime(int64_t us) {
  return BigEndian(static_cast<uint64_t>(kNeverUs - us));
}
inline int64_t TimeOfDescending(std::string_view key) {
  return kNeverUs - static_cast<int64_t>(FromBigEndian(key));
}

}  // namespace overgang::projections
