// What each request at the intake door says, as facts: one overload of MakeFacts per request.
// Everything of the request is checked here, except what CheckContent checks for all.
//
// No state, any thread. Facts may be none: the views hold them all. Errors name the field and the
// remedy and never repeat a value: INVALID_ARGUMENT (mend the request), PERMISSION_DENIED (not the
// principal's to say), NOT_FOUND (no such stay, or none that the principal may know of),
// and what StayLookup says when the views cannot be read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/access.h"
#include "core/directory.h"
#include "core/pseudonymizer.h"
#include "core/stay_lookup.h"
#include "overgang/v1/envelope.pb.h"
#include "overgang/v1/intake_service.pb.h"

namespace overgang::intake {

inline constexpr int kCountMax = 10'000;             // Of beds, places, patients in one report.
inline constexpr int kAgeMax = 130;                  // Years.
inline constexpr int kWaitMinutesMax = 7 * 24 * 60;  // Longest wait in an emergency department.
inline constexpr size_t kCommentCodeBytesMax = 32;
inline constexpr absl::Duration kOccurredAheadMax =
    absl::Hours(24);  // Clocks may be wrong; a mistyped month is refused.

using Facts = std::vector<v1::Envelope>;

// What a request is turned into facts with.
struct FactContext {
  ScopeRef scope;  // Of the principal: what it may speak of.
  const StayLookup& stays;
  const Directory& directory;
  absl::Time now;
  v1::Source source;                    // Of every fact that comes of the request.
  std::string event_id;                 // Of the first fact.
  std::string next_id;                  // Of the second, where a request makes two.
  std::vector<std::string> other_refs;  // The subject's references under keys not retired.
};

// Replaces a national identity number by its reference; after this the request holds none. Returns
// the references under the keys not retired.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> Pseudonymize(
    const Pseudonymizer& pseudonymizer, v1::Subject& subject);
// The same for `persons`: their facts have references afterwards, and `persons` is empty.
[[nodiscard]] absl::Status Pseudonymize(const Pseudonymizer& pseudonymizer,
                                        v1::AppendFactsRequest& request);

[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::DeclareUkpRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::WithdrawUkpRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::AnswerUkpRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::SetExpectedDischargeRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::ReportPlacesRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::ReportBedsRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::ReportEmergencyDepartmentRequest& request,
                                              const FactContext& context);
[[nodiscard]] absl::StatusOr<Facts> MakeFacts(const v1::AppendFactsRequest& request,
                                              const FactContext& context);

// The pieces that the overloads share.
[[nodiscard]] absl::Status InvalidField(std::string_view field, std::string_view message,
                                        std::string_view remedy);
[[nodiscard]] absl::Status InvalidNumber(std::string_view field);
// What a report of beds, places or the emergency department must hold, whoever made it. `path`
// stands before the names of the fields: "", "facts[2].beds_reported.".
[[nodiscard]] absl::Status CheckPlaces(const v1::PlacesReported& places, const std::string& path);
[[nodiscard]] absl::Status CheckBeds(const v1::BedsReported& beds, const std::string& path);
[[nodiscard]] absl::Status CheckEmergencyDepartment(
    const v1::EmergencyDepartmentReported& department, const std::string& path);
bool IsKommuneNumber(std::string_view text);  // 4 digits.
bool IsBydelNumber(std::string_view text);    // 6 digits.
// An envelope with what is common: ids, source, times. INVALID_ARGUMENT where occurred_at lies
// ahead.
[[nodiscard]] absl::StatusOr<v1::Envelope> NewFact(bool has_occurred_at,
                                                   const google::protobuf::Timestamp& occurred_at,
                                                   const FactContext& context);

}  // namespace overgang::intake
