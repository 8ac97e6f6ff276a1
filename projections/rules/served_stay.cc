#include "projections/rules/served_stay.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "core/oslo_time.h"
#include "projections/rules/deadlines.h"
#include "projections/rules/payment.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

// The facts that made a range payable, and those that ended it.
void AddReasons(const PayableRange& range, const StayTrace& trace, size_t index,
                v1::PayableSpan* span) {
  const StayTrace::Period& period = trace.periods[index];
  const auto reply = [&](int i) { return period.replies[static_cast<size_t>(i)]; };
  for (const std::string& id : period.began) span->add_because(id);
  span->add_because(trace.admission_notice);
  span->add_because(period.notice);
  if (range.opened_by != kNotByReply) span->add_because(reply(range.opened_by));
  if (range.closed_by != kNotByReply) {
    span->add_until(reply(range.closed_by));
  } else if (!period.ended.empty()) {
    span->add_until(period.ended);
  }
}

// What is told ahead counts when its time comes.
void FillByTime(const StayEntry& entry, int64_t now_us, v1::Stay* stay) {
  stay->set_stay_kommune(KommuneAt(entry, now_us).str());
  if (!entry.segments.empty() && entry.segments[1].from_us <= now_us)
    stay->add_flags(v1::STAY_FLAG_MOVED);
  const auto begun = std::find_if(entry.periods.rbegin(), entry.periods.rend(),
                                  [&](const UkpPeriod& one) { return one.since_us <= now_us; });
  if (begun == entry.periods.rend()) return;
  const int going_on = PeriodGoingOn(entry, now_us);
  if (going_on != kNoPeriod)
    *stay->mutable_ukp_since() =
        ProtoOfUs(WaitingSince(entry.periods, static_cast<size_t>(going_on)));
  if (!begun->replies.empty()) {
    const KommuneReply& reply = begun->replies.back();
    stay->set_answer(reply.can_receive ? v1::ANSWER_CAN_RECEIVE : v1::ANSWER_CANNOT_RECEIVE);
    *stay->mutable_answered_at() = ProtoOfUs(reply.at_us);
    if (reply.from_us != 0) *stay->mutable_receive_from() = ProtoOfUs(reply.from_us);
  } else if (going_on != kNoPeriod) {
    stay->set_answer(v1::ANSWER_AWAITED);
  }
}

}  // namespace

v1::UkpPeriod ServedPeriod(const StayEntry& entry, size_t index, const PaymentTerms& terms,
                           int64_t now_us, const StayTrace* trace) {
  const UkpPeriod& period = entry.periods[index];
  v1::UkpPeriod served;
  *served.mutable_since() = ProtoOfUs(period.since_us);
  if (period.until_us != kNeverUs) *served.mutable_until() = ProtoOfUs(period.until_us);
  served.set_end(period.end);
  served.set_kommune(period.kommune.str());
  if (period.notified_us != 0) *served.mutable_notified_at() = ProtoOfUs(period.notified_us);
  for (size_t i = 0; i < period.replies.size(); ++i) {
    const KommuneReply& reply = period.replies[i];
    v1::PeriodAnswer& answer = *served.add_answers();
    *answer.mutable_at() = ProtoOfUs(reply.at_us);
    answer.set_can_receive(reply.can_receive);
    if (reply.from_us != 0) *answer.mutable_from() = ProtoOfUs(reply.from_us);
    if (trace != nullptr) answer.set_event_id(trace->periods[index].replies[i]);
  }
  served.set_overliggerdogn(static_cast<int32_t>(Overliggerdogn(period, now_us)));
  for (const PayableRange& range : PayableDays(entry, period, terms, now_us)) {
    v1::PayableSpan& span = *served.add_payable();
    span.set_from_date(absl::FormatCivilTime(range.from));
    span.set_to_date(absl::FormatCivilTime(range.to));
    span.set_days(static_cast<int32_t>(range.days()));
    if (trace != nullptr) AddReasons(range, *trace, index, &span);
  }
  if (trace != nullptr) {
    served.set_declared_by(trace->periods[index].declared);
    served.set_notified_by(trace->periods[index].notice);
    served.set_ended_by(trace->periods[index].ended);
  }
  return served;
}

void FillDerived(const StayEntry& entry, const PaymentTerms& terms, int64_t now_us, v1::Stay* stay,
                 const StayTrace* trace) {
  FillByTime(entry, now_us, stay);
  stay->clear_ukp_periods();
  stay->clear_deadlines();
  int payable = 0;
  for (size_t i = 0; i < entry.periods.size(); ++i) {
    *stay->add_ukp_periods() = ServedPeriod(entry, i, terms, now_us, trace);
    for (const v1::PayableSpan& span : stay->ukp_periods().rbegin()->payable())
      payable += span.days();
  }
  stay->set_payable_days(payable);
  stay->set_overliggerdogn(static_cast<int32_t>(Overliggerdogn(entry, now_us)));
  for (const DeadlineOf& deadline : DeadlinesOf(entry)) {
    v1::Deadline& served = *stay->add_deadlines();
    served.set_deadline(deadline.kind);
    *served.mutable_started_at() = ProtoOfUs(deadline.started_us);
    *served.mutable_due_at() = ProtoOfUs(deadline.due_us);
    if (deadline.met_us != 0) *served.mutable_met_at() = ProtoOfUs(deadline.met_us);
    served.set_state(StateAt(deadline, now_us));
  }
}

v1::PaymentView ViewOf(v1::PaymentView::Side side, const StayEntry& entry,
                       const PaymentTerms& terms, int64_t now_us) {
  StayEntry seen = entry;
  if (side == v1::PaymentView::SIDE_HOSPITAL) {
    const auto from_sending = [](int64_t* notified_us, int64_t sent_us, int64_t message_us) {
      const int64_t said_us = sent_us != 0 ? sent_us : message_us;
      if (said_us != 0 && (*notified_us == 0 || said_us < *notified_us)) *notified_us = said_us;
    };
    from_sending(&seen.admission_notified_us, seen.admission_notice_sent_us,
                 seen.admission_message_us);
    for (UkpPeriod& period : seen.periods)
      from_sending(&period.notified_us, period.notice_sent_us, period.message_us);
  }
  v1::PaymentView view;
  view.set_side(side);
  for (size_t i = 0; i < seen.periods.size(); ++i)
    *view.add_periods() = ServedPeriod(seen, i, terms, now_us);
  view.set_payable_days(static_cast<int32_t>(PayableDayCount(seen, terms, now_us)));
  return view;
}

}  // namespace overgang::projections
