// The mapping of one message, event by event: adt_map.cc has what all events share and the merges,
// adt_facts.cc the facts of a stay. Internal to this room; used once, on one thread, and refers to
// what it was given.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "producers/hl7v2/adt_map.h"
#include "producers/hl7v2/hl7_time.h"

namespace overgang::hl7v2 {

// A field that may hold a time, tried in order.
struct TimeField {
  std::string_view segment;
  size_t field;
  std::string_view place;
};
inline constexpr TimeField kAdmitTime{"PV1", 44, "PV1-44"};
inline constexpr TimeField kDischargeTime{"PV1", 45, "PV1-45"};
inline constexpr TimeField kOccurred{"EVN", 6, "EVN-6"};
inline constexpr TimeField kMovement{"ZBE", 2, "ZBE-2"};
inline constexpr TimeField kRecorded{"EVN", 2, "EVN-2"};
inline constexpr TimeField kMessageTime{"MSH", 7, "MSH-7"};
inline constexpr TimeField kExpected{"PV2", 9, "PV2-9"};

class AdtMapping {
 public:
  AdtMapping(const Message& message, const AdtContext& context, AdtResult& result)
      : message_(message), context_(context), result_(result) {}
  void Run(const Hospital& hospital);

 private:
  struct Rule {
    std::string_view trigger;
    void (AdtMapping::*map)();
    v1::FactKind kind =
        v1::FACT_KIND_UNSPECIFIED;  // For ZBE-4 CANCEL, and what a cancelling event cancels.
    bool inpatients_only = false;
  };
  static const Rule* RuleOf(std::string_view trigger);

  void Admitted();
  void Transferred();
  void Discharged();
  void BecameOutpatient();
  void DetailsChanged();
  void PersonChanged();
  void DischargePending();
  void DischargeNotPending();
  void LeaveStarted();
  void LeaveEnded();
  void Cancelled();
  void Merged();

  bool ReadPerson(const Segment& pid);
  void ReadVisit();
  bool Happened(std::initializer_list<TimeField> fields, ResolvedTime& time);
  void Expected(std::initializer_list<TimeField> fields);
  void Died(const ResolvedTime& otherwise);
  bool SaysDead() const;
  void MergePair(const Segment& mrg, const ResolvedTime& at);
  std::optional<ResolvedTime> TimeIn(const TimeField& field) const;
  v1::Envelope& Add(const ResolvedTime& occurred);
  v1::PatientDischarged& AddDischarge(const ResolvedTime& at);
  void RefuseMerge();
  void Refuse(std::string_view code, std::string_view place, std::string_view reason,
              Hl7Error error);

  const Message& message_;
  const AdtContext& context_;
  AdtResult& result_;
  const Rule* rule_ = nullptr;
  const Hospital* hospital_ = nullptr;
  const Segment* pid_ = nullptr;
  std::optional<ResolvedTime> message_time_;
  v1::Envelope base_;
  std::string message_id_;
};

}  // namespace overgang::hl7v2
