// Stays written by hand, as the rows and the census have them: what reports count.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "adapters/store/memory_store.h"
#include "consumers/report/report_service.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "projections/tables.h"

namespace overgang::testing {

// "2025-03-02 08:00", Oslo.
inline int64_t Us(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, Oslo(), &time, &error)) << text << error;
  return absl::ToUnixMicros(time);
}

inline projections::StayEntry StayOf(const std::string& admitted, const std::string& ended = "",
                                     const std::string& kommune = "5001") {
  projections::StayEntry stay;
  stay.stay_kommune.Assign(kommune);
  stay.residence_kommune.Assign(kommune);
  stay.hospital.Assign("974749025");
  stay.ward.Assign("MED1");
  stay.sector = v1::SECTOR_SOMATIKK;
  stay.sex = v1::SEX_FEMALE;
  stay.age = 80;
  stay.admitted_us = Us(admitted);
  stay.ended_us = ended.empty() ? projections::kNeverUs : Us(ended);
  return stay;
}

// Ended with the stay where `until` is empty.
inline projections::UkpPeriod& AddPeriod(projections::StayEntry& stay, const std::string& since,
                                         const std::string& until = "") {
  projections::UkpPeriod& period = stay.periods.emplace_back();
  period.since_us = Us(since);
  period.until_us = until.empty() ? stay.ended_us : Us(until);
  if (period.until_us != projections::kNeverUs)
    period.end = until.empty() ? v1::UKP_END_DISCHARGED : v1::UKP_END_WITHDRAWN;
  period.kommune = stay.stay_kommune;
  return period;
}

class Population {
 public:
  void Add(const projections::StayEntry& entry) {
    auto stay = std::make_shared<projections::Contribution>();
    EXPECT_TRUE(projections::Uuid::Parse(NameUuid({"stay", std::to_string(stays_.size())}),
                                         &stay->stay_id));
    stay->entry = entry;
    stays_.push_back(entry);
    if (entry.ended_us == projections::kNeverUs) {
      census_.Load(std::move(stay));
      return;
    }
    const std::string row = entry.Serialize();
    writes_.push_back({projections::kClosedStay, projections::ClosedKey(*stay), row});
    if (entry.ended_us - entry.admitted_us > projections::kLongStayUs)
      writes_.push_back({projections::kLongStay, projections::ClosedKey(*stay), row});
  }

  report::ReportAt At(const std::string& now) {
    census_.EndEpoch();
    EXPECT_TRUE(store_.Commit(writes_).ok());
    writes_.clear();
    auto epoch = std::make_shared<projections::Epoch>();
    epoch->census = census_.view();
    epoch->rows = store_.Snapshot();
    epoch->sources = std::make_shared<projections::SourcesView>();
    return {epoch, Scope::All(), Us(now)};
  }
  const std::vector<projections::StayEntry>& stays() const { return stays_; }
  MemoryStore& store() { return store_; }

 private:
  MemoryStore store_;
  WriteSet writes_;
  projections::CensusFold census_;
  std::vector<projections::StayEntry> stays_;
};

using Numbers = std::map<std::string, double>;

// The rows by their keys, joined by "/".
inline std::map<std::string, Numbers> RowsOf(const v1::GetReportResponse& response) {
  std::map<std::string, Numbers> rows;
  for (const v1::ReportRow& row : response.rows()) {
    std::string key;
    for (const std::string& part : row.key()) key += (key.empty() ? "" : "/") + part;
    rows[key] = Numbers(row.numbers().begin(), row.numbers().end());
  }
  return rows;
}

inline absl::StatusOr<v1::GetReportResponse> Ask(
    const report::ReportAt& at, const v1::GetReportRequest& request,
    const PaymentTerms& terms = PaymentTerms::BuiltIn()) {
  const auto query = report::QueryOf(request, Scope::All());
  if (!query.ok()) return query.status();
  return report::RunReport(at, *query, *Directory::BuiltIn(), terms);
}

inline v1::GetReportRequest Request(const std::string& from, const std::string& to,
                                    const std::vector<std::string>& by = {},
                                    v1::ReportWhat what = v1::REPORT_WHAT_UKP) {
  v1::GetReportRequest request;
  request.set_from(from);
  request.set_to(to);
  request.set_what(what);
  request.mutable_by()->Assign(by.begin(), by.end());
  return request;
}

}  // namespace overgang::testing
