// What is asked for of a period: the request, read and checked. Values.
//
// Errors: INVALID_ARGUMENT, each with its field and what may be given instead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "core/access.h"
#include "overgang/v1/report_service.pb.h"
#include "projections/pathway/entry.h"
#include "projections/views.h"

namespace overgang::report {

inline constexpr int kFilterValuesMax = 500;      // Kommuner or hospitals named in one request.
inline constexpr int kReportDaysMax = 100 * 366;  // Of one report.

// What is counted, for whom, and when: see docs/rules.md, Statistics.
struct ReportAt {
  std::shared_ptr<const projections::Epoch> epoch;
  ScopeRef scope;  // Whose stays there are; nothing else is read.
  int64_t now_us = 0;
  std::optional<int64_t> until_us = {};  // What happened later does not count.
  std::optional<int64_t> known_us = {};  // Whose a stay is by then; without it by now_us.

  int64_t KnownUs() const { return known_us.value_or(now_us); }
};

// Dates of Oslo, `to` exclusive.
struct Days {
  absl::CivilDay from;
  absl::CivilDay to;
  int64_t count() const { return to > from ? to - from : 0; }
};
Days Cut(const Days& days, const Days& to);
int64_t BeginUs(absl::CivilDay day);  // Its 00:00 in Oslo.

enum class By : unsigned char {
  kKommune,
  kHospital,
  kRegion,
  kWard,
  kSector,
  kAge,
  kSex,
  kKnown,
  kWeekday,
  kHour,
  kMonth,
  kYear
};

using Names = std::set<std::string, std::less<>>;

struct ReportQuery {
  ScopeRef scope;
  Days days = {};
  Names kommuner = {};                   // Empty: all.
  Names hospitals = {};                  // Empty: all.
  std::vector<v1::Sector> sectors = {};  // Empty: all.
  std::vector<By> by = {};
  v1::ReportWhat what = v1::REPORT_WHAT_UKP;
  v1::CensusBasis basis = v1::CENSUS_BASIS_STAY_KOMMUNE;

  bool Has(By one) const;
  bool AsksKommune(std::string_view kommune) const {
    return kommuner.empty() || kommuner.contains(kommune);
  }
  // What of a stay counts for this kommune: a stay that has moved counts for more than one, of
  // which a caller may be one.
  bool Asks(const projections::StayEntry& stay, const projections::KommuneCode& kommune) const {
    return AsksKommune(kommune.view()) && scope->MaySeeStay(kommune.view(), stay.hospital.view());
  }
};

// `asked` empty: all.
bool AsksSector(const std::vector<v1::Sector>& asked, v1::Sector sector);
// Of a request's field `sectors`.
absl::StatusOr<std::vector<v1::Sector>> SectorsOf(
    const google::protobuf::RepeatedField<int>& sectors);
// PERMISSION_DENIED where it names what is not the scope's own.
absl::StatusOr<ReportQuery> QueryOf(const v1::GetReportRequest& request, ScopeRef scope);
// "YYYY-MM", or two dates. `field` of an error: month, from or to.
absl::StatusOr<Days> DaysOf(const std::string& month, const std::string& from,
                            const std::string& to);

}  // namespace overgang::report
