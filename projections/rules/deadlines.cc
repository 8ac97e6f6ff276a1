#include "projections/rules/deadlines.h"

#include <algorithm>

#include "projections/tables.h"

namespace overgang::projections {
namespace {

int64_t FirstOf(int64_t preferred_us, int64_t otherwise_us) {
  return preferred_us != 0 ? preferred_us : otherwise_us;
}

bool NeedsKommune(const StayEntry& stay) {
  return stay.admission_notified_us != 0 || !stay.periods.empty() ||
         stay.services == v1::KommuneKnowsPatient::SERVICES_SOME ||
         stay.services == v1::KommuneKnowsPatient::SERVICES_EXTENSIVE;
}

class Collector {
 public:
  // `ends_us`: when nobody is to do it any more; what comes when it would have been due is not
  // late.
  void Add(v1::DeadlineKind kind, int period, int64_t started_us, int64_t limit_us, int64_t met_us,
           int64_t ends_us) {
    const int64_t due_us = started_us + limit_us;
    if (ends_us < due_us && (met_us == 0 || met_us > due_us)) return;
    all.push_back({kind, period, started_us, due_us, met_us});
  }
  std::vector<DeadlineOf> all;
};

}  // namespace

std::vector<DeadlineOf> DeadlinesOf(const StayEntry& stay) {
  Collector deadlines;
  if (!NeedsKommune(stay)) return {};
  const int64_t notice_us = FirstOf(stay.admission_notice_sent_us, stay.admission_notified_us);
  deadlines.Add(v1::DEADLINE_KIND_TIDLIGMELDING, kOfStay,
                std::max(stay.need_clear_us, stay.admitted_us), kTidligmeldingUs, notice_us,
                stay.ended_us);
  if (notice_us != 0 && !stay.new_to_kommune()) {
    deadlines.Add(v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, kOfStay, notice_us, kInnleggelsesrapportUs,
                  stay.admission_report_us, stay.ended_us);
  }
  for (size_t i = 0; i < stay.periods.size(); ++i) {
    const UkpPeriod& period = stay.periods[i];
    if (!period.declared) continue;
    deadlines.Add(v1::DEADLINE_KIND_UKP_NOTICE, static_cast<int>(i), period.since_us, kAtOnceUs,
                  FirstOf(period.notice_sent_us, period.notified_us), period.until_us);
  }
  for (size_t i = 0; i < stay.periods.size(); ++i) {
    const UkpPeriod& period = stay.periods[i];
    if (period.notified_us == 0) continue;
    deadlines.Add(v1::DEADLINE_KIND_ANSWER, static_cast<int>(i), period.notified_us, kAtOnceUs,
                  period.replies.empty() ? 0 : period.replies.front().at_us, period.until_us);
  }
  if (stay.ended_us != kNeverUs && !stay.died && !stay.periods.empty()) {
    deadlines.Add(v1::DEADLINE_KIND_EPIKRISE, kOfStay, stay.ended_us, kAtOnceUs, stay.epikrise_us,
                  kNeverUs);
  }
  if (stay.admission_message_us != 0) {
    deadlines.Add(v1::DEADLINE_KIND_APPREC, kOfStay, stay.admission_message_us, kApprecUs,
                  stay.admission_receipt_us, stay.ended_us);
  }
  for (size_t i = 0; i < stay.periods.size(); ++i) {
    const UkpPeriod& period = stay.periods[i];
    if (period.message_us == 0) continue;
    deadlines.Add(v1::DEADLINE_KIND_APPREC, static_cast<int>(i), period.message_us, kApprecUs,
                  period.receipt_us, stay.ended_us);
  }
  return std::move(deadlines.all);
}

v1::DeadlineState StateAt(const DeadlineOf& deadline, int64_t now_us) {
  if (deadline.met_us != 0 && deadline.met_us <= now_us)
    return MetLate(deadline) ? v1::DEADLINE_STATE_MISSED : v1::DEADLINE_STATE_MET;
  return now_us > deadline.due_us ? v1::DEADLINE_STATE_MISSED : v1::DEADLINE_STATE_RUNNING;
}

}  // namespace overgang::projections
