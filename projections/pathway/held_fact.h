// A pathway fact as the fold holds it: what deciding about stays needs, compact, and the envelope
// as it came.
//
// Threads: values; no sharing. Errors: Decode says in words why a record cannot be used (it is then
// parked). Units: times in microseconds since 1970 UTC; 0 = absent where said.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::projections {

// Order as of unsigned bytes, on every machine, as stored keys have it.
template <size_t N>
std::strong_ordering OrderOfBytes(const std::array<char, N>& a, const std::array<char, N>& b) {
  return std::memcmp(a.data(), b.data(), N) <=> 0;
}

// Text of at most N bytes, in place: facts are many and their codes short.
template <size_t N>
class Code {
 public:
  Code() = default;
  // False where the text is too long; the value is then empty.
  bool Assign(std::string_view text) {
    bytes_ = {};
    if (text.size() > N) return false;
    std::memcpy(bytes_.data(), text.data(), text.size());
    return true;
  }
  std::string_view view() const { return {bytes_.data(), strnlen(bytes_.data(), N)}; }
  std::string str() const { return std::string(view()); }
  bool empty() const { return bytes_[0] == 0; }
  friend bool operator==(const Code&, const Code&) = default;
  friend auto operator<=>(const Code& a, const Code& b) { return OrderOfBytes(a.bytes_, b.bytes_); }

 private:
  std::array<char, N> bytes_{};
};
using KommuneCode = Code<4>;
using HospitalCode = Code<9>;

// A patient reference, binary: key id (2 bytes), digest (16 bytes).
struct PatientRef {
  std::array<char, 18> bytes{};
  static absl::StatusOr<PatientRef> Parse(std::string_view text);  // "<4 hex>-<32 hex>"
  static PatientRef FromKey(std::string_view key);                 // 18 bytes
  std::string_view key() const { return {bytes.data(), bytes.size()}; }
  std::string Text() const;
  friend bool operator==(const PatientRef&, const PatientRef&) = default;
  friend auto operator<=>(const PatientRef& a, const PatientRef& b) {
    return OrderOfBytes(a.bytes, b.bytes);
  }
  template <typename H>
  friend H AbslHashValue(H h, const PatientRef& ref) {
    return H::combine(std::move(h), absl::string_view(ref.bytes.data(), ref.bytes.size()));
  }
};

// A UUID, binary.
struct Uuid {
  std::array<char, 16> bytes{};
  static bool Parse(std::string_view text, Uuid* uuid);
  static Uuid FromKey(std::string_view key);  // 16 bytes
  std::string_view key() const { return {bytes.data(), bytes.size()}; }
  uint64_t Prefix() const {  // In memory only: its byte order is the machine's.
    uint64_t prefix = 0;
    std::memcpy(&prefix, bytes.data(), sizeof prefix);
    return prefix;
  }
  std::string Text() const;
  friend bool operator==(const Uuid&, const Uuid&) = default;
  friend auto operator<=>(const Uuid& a, const Uuid& b) { return OrderOfBytes(a.bytes, b.bytes); }
  template <typename H>
  friend H AbslHashValue(H h, const Uuid& uuid) {
    return H::combine(std::move(h), absl::string_view(uuid.bytes.data(), uuid.bytes.size()));
  }
};

inline constexpr int kAgeMax = 130;  // Years; above it a birth date is wrong.

struct HeldFact {
  int64_t order_us = 0;  // Where it sorts: see Order below.
  int64_t recorded_us = 0;
  v1::FactKind kind = v1::FACT_KIND_UNSPECIFIED;
  Uuid event_id;

  int64_t occurred_us = 0;
  int64_t appended_us = 0;
  int64_t stated_admission_us = 0;  // 0: not stated.
  // ExpectedDischargeSet.expected_at, KommuneAnswered.from_date, died_at, sent_at of notices; 0:
  // absent.
  int64_t value_us = 0;
  int64_t value2_us = 0;  // moved_kommune_at, need_clear_at; 0: absent.
  PatientRef patient;
  PatientRef merged;  // PatientMerged only.
  std::vector<PatientRef> aliases;
  std::string visit_key;
  // FactCancelled.reference; notice_id of notices; else source.control_id of PLO facts.
  std::string reference;
  std::string discharged_to;
  Code<24> ward;
  HospitalCode hospital;
  KommuneCode residence_kommune;
  KommuneCode stay_kommune;
  Code<6> bydel;
  uint8_t age_at_admission = 0;  // 0 to kAgeMax; known where the sex is.
  v1::Sex sex = v1::SEX_UNSPECIFIED;
  v1::Sector sector = v1::SECTOR_UNSPECIFIED;
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  v1::FactKind cancelled_kind = v1::FACT_KIND_UNSPECIFIED;  // FactCancelled only.
  bool occurred_day_only = false;
  bool stated_day_only = false;
  bool died_day_only = false;  // PatientDetailsChanged.died_at.
  bool time_ambiguous = false;
  bool corridor = false;       // PatientAdmitted, PatientTransferred.
  bool can_receive = false;    // KommuneAnswered.
  bool to_specialist = false;  // PatientDischarged.
  uint8_t code = 0;   // PatientAdmitted.urgency, KommuneKnowsPatient.services, ReportSent.report.
  bool dead = false;  // PatientDischarged with outcome 2, PatientDied.
  std::string bytes;  // The envelope as in the log.

  // Whether the fact speaks of the person with this reference.
  bool Names(const PatientRef& ref) const {
    return patient == ref || merged == ref ||
           std::find(aliases.begin(), aliases.end(), ref) != aliases.end();
  }

  // By instant of occurrence; a fact with only a date at its recorded time if that is on the same
  // Oslo date, else at 12:00; ties by recorded time, kind, event id. Never by arrival.
  friend bool operator<(const HeldFact& a, const HeldFact& b) {
    if (a.order_us != b.order_us) return a.order_us < b.order_us;
    if (a.recorded_us != b.recorded_us) return a.recorded_us < b.recorded_us;
    if (a.kind != b.kind) return a.kind < b.kind;
    return a.event_id < b.event_id;
  }
};

// Whether the envelope holds a fact of a pathway's list.
bool IsPathwayFact(const v1::Envelope& envelope);

// Facts are made once, by the reader, and then only pointed at: they are large to move.
using FactPtr = std::unique_ptr<HeldFact>;

// A fact in a sorted list, with what finding its place looks at first.
class FactSlot {
 public:
  explicit FactSlot(FactPtr fact)
      : order_us_(fact->order_us), id_(fact->event_id.Prefix()), fact_(std::move(fact)) {}
  const HeldFact& operator*() const { return *fact_; }
  const HeldFact* operator->() const { return fact_.get(); }
  HeldFact& mutable_fact() { return *fact_; }
  FactPtr Release() && { return std::move(fact_); }

  bool Is(const Uuid& event_id) const {
    return id_ == event_id.Prefix() && fact_->event_id == event_id;
  }
  friend bool operator<(const FactSlot& a, const HeldFact& b) {
    return a.order_us_ != b.order_us ? a.order_us_ < b.order_us : *a.fact_ < b;
  }

 private:
  int64_t order_us_;
  uint64_t id_;
  FactPtr fact_;
};

// `bytes` is what `envelope` was parsed from.
absl::StatusOr<FactPtr> Hold(const v1::Envelope& envelope, std::string_view bytes,
                             int64_t appended_us);

}  // namespace overgang::projections
