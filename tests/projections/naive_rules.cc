// Payment and deadlines of one stay by docs/rules.md, naively: day by day, fact by fact.
#include "tests/projections/naive_rules.h"

#include <algorithm>

#include "core/oslo_time.h"

namespace overgang::testing {
namespace {

const absl::CivilDay kStayKommunePaysFrom(2019, 1, 1);
constexpr absl::Duration kAtOnce = absl::Hours(2);
constexpr absl::Duration kOneDayAndNight = absl::Hours(24);
constexpr absl::Duration kApprec = absl::Hours(96);

MaybeTime FirstOf(const NaiveStay& stay, int kind) {
  for (const NaiveFact& fact : stay.facts)
    if (fact.kind == kind) return fact.at;
  return std::nullopt;
}

MaybeTime FirstEpikrise(const NaiveStay& stay) {
  for (const NaiveFact& fact : stay.facts) {
    if (fact.kind == v1::FACT_KIND_REPORT_SENT &&
        fact.envelope.report_sent().report() == v1::ReportSent::REPORT_EPIKRISE)
      return fact.at;
  }
  return std::nullopt;
}

std::string PayerOn(const NaiveStay& stay, const NaivePeriod& period, absl::CivilDay day) {
  return day >= kStayKommunePaysFrom ? period.kommune : stay.residence_kommune;
}

// Condition 1: from when on all three are there.
bool HasStarted(const NaiveStay& stay, const NaivePeriod& period, const PaymentTerms& terms,
                absl::CivilDay day) {
  const MaybeTime admission_notice = FirstOf(stay, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION);
  if (!admission_notice || !period.notified) return false;
  const absl::CivilDay declared = OsloDate(period.since);
  const absl::CivilDay start =
      std::max({declared, OsloDate(*admission_notice), OsloDate(*period.notified)});
  const auto agreed = terms.OptionsFor(period.kommune, stay.hospital, start);
  if (!agreed.start_24h_after_notice) return day >= start;
  return day >= declared && day >= OsloDate(*admission_notice + kOneDayAndNight) &&
         day >= OsloDate(*period.notified + kOneDayAndNight);
}

// Condition 2.
bool GoesOn(const NaivePeriod& period, absl::Time now, absl::CivilDay day) {
  return day < OsloDate(std::min(period.until.value_or(now), now));
}

// Condition 3.
bool HasReceived(const NaivePeriod& period, absl::CivilDay day) {
  const NaiveAnswer* last = nullptr;
  for (const NaiveAnswer& answer : period.answers)
    if (OsloDate(answer.at) <= day) last = &answer;
  if (last == nullptr || !last->can_receive) return false;
  absl::CivilDay holds = OsloDate(last->at);
  if (last->from) holds = std::max(holds, OsloDate(*last->from));
  return day >= holds;
}

bool LacksEpikrise(const NaiveStay& stay, const NaivePeriod& period, const PaymentTerms& terms,
                   absl::Time now) {
  const MaybeTime admission_notice = FirstOf(stay, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION);
  if (!admission_notice || !period.notified || !stay.ended || stay.died) return false;
  const absl::CivilDay start =
      std::max({OsloDate(period.since), OsloDate(*admission_notice), OsloDate(*period.notified)});
  if (!terms.OptionsFor(period.kommune, stay.hospital, start).requires_epikrise) return false;
  const MaybeTime epikrise = FirstEpikrise(stay);
  return epikrise.value_or(now) > *stay.ended + kAtOnce;
}

bool NeedsTheKommune(const NaiveStay& stay) {
  return FirstOf(stay, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION) || !stay.periods.empty() ||
         stay.services == v1::KommuneKnowsPatient::SERVICES_SOME ||
         stay.services == v1::KommuneKnowsPatient::SERVICES_EXTENSIVE;
}

class Deadlines {
 public:
  Deadlines(NaiveStay* stay, absl::Time now) : stay_(stay), now_(now) {}

  // `ended`: of the stay or period that it runs in.
  void Add(v1::DeadlineKind kind, absl::Time started, absl::Duration within, MaybeTime met,
           MaybeTime ended) {
    const absl::Time due = started + within;
    const bool cut_short = ended && *ended < due;
    if (cut_short && (!met || *met > due)) return;
    NaiveDeadline deadline{kind, started, due, met, v1::DEADLINE_STATE_RUNNING};
    if (met && *met <= due) {
      deadline.state = v1::DEADLINE_STATE_MET;
    } else if (met || now_ > due) {
      deadline.state = v1::DEADLINE_STATE_MISSED;
    }
    stay_->deadlines.push_back(deadline);
  }

 private:
  NaiveStay* stay_;
  absl::Time now_;
};

const NaiveFact* AdmissionNotice(const NaiveStay& stay) {
  for (const NaiveFact& fact : stay.facts)
    if (fact.kind == v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_ADMISSION) return &fact;
  return nullptr;
}

void FindAdmissionDeadlines(const NaiveStay& stay, Deadlines* deadlines) {
  const NaiveFact* notice = AdmissionNotice(stay);
  absl::Time need_clear = stay.admitted;
  MaybeTime sent;
  if (notice != nullptr) {
    const auto& said = notice->envelope.kommune_notified_of_admission();
    sent = said.has_sent_at() ? FromProto(said.sent_at()) : notice->at;
    if (said.has_need_clear_at())
      need_clear = std::max(need_clear, FromProto(said.need_clear_at()));
  }
  deadlines->Add(v1::DEADLINE_KIND_TIDLIGMELDING, need_clear, kOneDayAndNight, sent, stay.ended);
  if (sent && stay.services != v1::KommuneKnowsPatient::SERVICES_NONE) {
    deadlines->Add(v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, *sent, kOneDayAndNight,
                   FirstOf(stay, v1::FACT_KIND_ADMISSION_REPORT_RECEIVED), stay.ended);
  }
}

void FindUkpDeadlines(const NaiveStay& stay, Deadlines* deadlines) {
  for (const NaivePeriod& period : stay.periods) {
    if (period.declared) {
      deadlines->Add(v1::DEADLINE_KIND_UKP_NOTICE, period.since, kAtOnce,
                     period.notice_sent ? period.notice_sent : period.notified, period.until);
    }
    if (period.notified) {
      deadlines->Add(v1::DEADLINE_KIND_ANSWER, *period.notified, kAtOnce,
                     period.answers.empty() ? MaybeTime() : period.answers.front().at,
                     period.until);
    }
  }
  if (stay.ended && !stay.died && !stay.periods.empty()) {
    deadlines->Add(v1::DEADLINE_KIND_EPIKRISE, *stay.ended, kAtOnce, FirstEpikrise(stay),
                   std::nullopt);
  }
}

// The messages whose AppRec is waited for: the last LOG_INNLAGT and the first of each period.
void FindApprecs(const NaiveStay& stay, Deadlines* deadlines) {
  std::set<std::string> began;
  for (const NaivePeriod& period : stay.periods) {
    if (period.message) began.insert(period.message->envelope.event_id());
  }
  std::string last_admission;
  for (const NaiveFact& fact : stay.facts) {
    if (fact.kind == v1::FACT_KIND_PATIENT_ADMITTED &&
        fact.envelope.source().channel() == v1::CHANNEL_PLO)
      last_admission = fact.envelope.event_id();
  }
  if (!last_admission.empty()) began.insert(last_admission);
  for (const NaiveFact& fact : stay.facts) {
    if (fact.envelope.source().channel() != v1::CHANNEL_PLO) continue;
    if (!began.contains(fact.envelope.event_id())) continue;
    MaybeTime met;
    for (const NaiveFact& notice : stay.facts) {
      const std::string& id = fact.kind == v1::FACT_KIND_PATIENT_ADMITTED
                                  ? notice.envelope.kommune_notified_of_admission().notice_id()
                                  : notice.envelope.kommune_notified_of_ukp().notice_id();
      if (!met && !id.empty() && id == fact.envelope.source().control_id()) met = notice.at;
    }
    deadlines->Add(v1::DEADLINE_KIND_APPREC, fact.recorded, kApprec, met, stay.ended);
  }
}

}  // namespace

void FindPayment(NaiveStay* stay, const PaymentTerms& terms, absl::Time now) {
  const bool somatic =
      stay->sector == v1::SECTOR_SOMATIKK || stay->sector == v1::SECTOR_UNSPECIFIED;
  for (NaivePeriod& period : stay->periods) {
    const absl::CivilDay first = OsloDate(period.since);
    const absl::CivilDay end = OsloDate(std::min(period.until.value_or(now), now));
    period.overliggerdogn = std::max<int64_t>(0, end - first);
    stay->overliggerdogn += period.overliggerdogn;
    const bool lacks_epikrise = LacksEpikrise(*stay, period, terms, now);
    for (absl::CivilDay day = first; day <= end; ++day) {
      if (lacks_epikrise || !HasStarted(*stay, period, terms, day) || !GoesOn(period, now, day) ||
          HasReceived(period, day))
        continue;
      if (!somatic && day < kStayKommunePaysFrom) continue;
      const std::string payer = PayerOn(*stay, period, day);
      period.payable[day] = payer;
      ++stay->payable_days;
      if (payer == "9999") continue;
      const auto price = terms.PriceOf(static_cast<int>(day.year()));
      if (price.ok()) {
        stay->kr += *price;
      } else {
        stay->years_without_price.insert(static_cast<int>(day.year()));
      }
    }
  }
}

void FindDeadlines(NaiveStay* stay, absl::Time now) {
  if (!NeedsTheKommune(*stay)) return;
  Deadlines deadlines(stay, now);
  FindAdmissionDeadlines(*stay, &deadlines);
  FindUkpDeadlines(*stay, &deadlines);
  FindApprecs(*stay, &deadlines);
}

bool AnIdDecides(const std::vector<NaiveStay>& stays) {
  std::set<std::pair<std::string, absl::Time>> begins;
  for (const NaiveStay& stay : stays)
    if (stay.tied || !begins.emplace(stay.person, stay.admitted).second) return true;
  return false;
}

}  // namespace overgang::testing
