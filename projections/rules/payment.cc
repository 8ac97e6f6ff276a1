#include "projections/rules/payment.h"

#include <algorithm>

#include "core/oslo_time.h"
#include "projections/rules/deadlines.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

// What the kommune said last on a date, and from when on it receives the patient.
struct Word {
  absl::CivilDay date;
  absl::CivilDay receives_from;  // Of a no: never.
  int reply = kNotByReply;
};

std::vector<Word> WordsOf(const UkpPeriod& period) {
  std::vector<Word> words;
  for (size_t i = 0; i < period.replies.size(); ++i) {
    const KommuneReply& reply = period.replies[i];
    const absl::CivilDay date = OsloDateOfUs(reply.at_us);
    absl::CivilDay receives_from = absl::CivilDay::max();
    if (reply.can_receive)
      receives_from = reply.from_us == 0 ? date : std::max(date, OsloDateOfUs(reply.from_us));
    if (!words.empty() && words.back().date == date) words.pop_back();
    words.push_back({date, receives_from, static_cast<int>(i)});
  }
  return words;
}

// Collects ranges of days, of which those that touch are one.
class Ranges {
 public:
  Ranges(absl::CivilDay from, absl::CivilDay to) : from_(from), to_(to) {}
  void Add(absl::CivilDay from, absl::CivilDay to, int opened_by, int closed_by) {
    if (from < from_) opened_by = kNotByReply;
    if (to > to_) closed_by = kNotByReply;
    from = std::max(from, from_);
    to = std::min(to, to_);
    if (from >= to) return;
    if (!all_.empty() && all_.back().to == from) {
      all_.back().to = to;
      all_.back().closed_by = closed_by;
    } else {
      all_.push_back({from, to, {}, opened_by, closed_by});
    }
  }
  std::vector<PayableRange> Take() { return std::move(all_); }

 private:
  absl::CivilDay from_;
  absl::CivilDay to_;
  std::vector<PayableRange> all_;
};

// Who pays which part, and what nobody pays.
std::vector<PayableRange> WithPayers(std::vector<PayableRange> ranges, const StayEntry& stay,
                                     const UkpPeriod& period) {
  std::vector<PayableRange> paid;
  for (PayableRange& range : ranges) {
    if (range.from < kStayKommunePaysFrom && stay.sector == v1::SECTOR_SOMATIKK) {
      PayableRange before = range;
      before.to = std::min(range.to, kStayKommunePaysFrom);
      before.payer = stay.residence_kommune;
      if (before.to < range.to) before.closed_by = kNotByReply;
      paid.push_back(before);
    }
    if (range.to <= kStayKommunePaysFrom) continue;
    if (range.from < kStayKommunePaysFrom) range.opened_by = kNotByReply;
    range.from = std::max(range.from, kStayKommunePaysFrom);
    range.payer = period.kommune;
    paid.push_back(range);
  }
  return paid;
}

// One that has ended alive, and the time for its epikrise is over.
bool LacksEpikrise(const StayEntry& stay, int64_t now_us) {
  if (stay.ended_us == kNeverUs || stay.died) return false;
  const int64_t due_us = stay.ended_us + kAtOnceUs;
  return stay.epikrise_us == 0 ? now_us > due_us : stay.epikrise_us > due_us;
}

}  // namespace

std::optional<absl::CivilDay> StartOfPayment(const StayEntry& stay, const UkpPeriod& period,
                                             bool after_24_hours) {
  if (stay.admission_notified_us == 0 || period.notified_us == 0) return std::nullopt;
  const int64_t wait_us = after_24_hours ? int64_t{24} * 3600 * 1'000'000 : 0;
  return std::max({OsloDateOfUs(period.since_us),
                   OsloDateOfUs(stay.admission_notified_us + wait_us),
                   OsloDateOfUs(period.notified_us + wait_us)});
}

std::vector<PayableRange> PayableDays(const StayEntry& stay, const UkpPeriod& period,
                                      const PaymentTerms& terms, int64_t now_us) {
  std::optional<absl::CivilDay> start = StartOfPayment(stay, period, false);
  if (!start) return {};
  const PaymentTerms::Options options =
      terms.OptionsFor(period.kommune.view(), stay.hospital.view(), *start);
  if (options.start_24h_after_notice) start = StartOfPayment(stay, period, true);
  if (options.requires_epikrise && LacksEpikrise(stay, now_us)) return {};
  Ranges ranges(*start, OsloDateOfUs(std::min(period.until_us, now_us)));
  const std::vector<Word> words = WordsOf(period);
  // Before the first answer.
  ranges.Add(absl::CivilDay::min(), words.empty() ? absl::CivilDay::max() : words.front().date,
             kNotByReply, words.empty() ? kNotByReply : words.front().reply);
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    const absl::CivilDay next = last ? absl::CivilDay::max() : words[i + 1].date;
    const bool holds = words[i].receives_from < next;  // Before anything else is said.
    ranges.Add(words[i].date, std::min(next, words[i].receives_from), words[i].reply,
               holds  ? words[i].reply
               : last ? kNotByReply
                      : words[i + 1].reply);
  }
  return WithPayers(ranges.Take(), stay, period);
}

int64_t PayableDayCount(const StayEntry& stay, const PaymentTerms& terms, int64_t now_us) {
  int64_t days = 0;
  for (const UkpPeriod& period : stay.periods) {
    for (const PayableRange& range : PayableDays(stay, period, terms, now_us)) days += range.days();
  }
  return days;
}

int64_t Overliggerdogn(const UkpPeriod& period, int64_t now_us) {
  const int64_t until_us = std::min(period.until_us, now_us);
  return std::max<int64_t>(0, OsloDateOfUs(until_us) - OsloDateOfUs(period.since_us));
}

int64_t Overliggerdogn(const StayEntry& stay, int64_t now_us) {
  int64_t days = 0;
  for (const UkpPeriod& period : stay.periods) days += Overliggerdogn(period, now_us);
  return days;
}

}  // namespace overgang::projections
