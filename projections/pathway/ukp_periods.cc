#include "projections/pathway/ukp_periods.h"

#include <algorithm>
#include <utility>

#include "projections/tables.h"

namespace overgang::projections {
namespace {

class Walk {
 public:
  Walk(Facts facts, const Group& group, std::span<const KommuneSegment> segments,
       const Course& course, const std::vector<bool>& cancelled)
      : facts_(facts), group_(group), segments_(segments), course_(course), cancelled_(cancelled) {}

  UkpPeriods Run() {
    const int64_t ended_us = course_.until_us();
    for (size_t place = 0; place < group_.facts.size(); ++place) {
      const HeldFact& fact = Fact(group_.facts[place]);
      if (fact.order_us > ended_us) break;
      MoveUntil(fact.order_us);
      if (fact.kind == v1::FACT_KIND_UKP_DECLARED && Open()) WithdrawFirst(place);
      Apply(group_.facts[place], fact);
    }
    for (int i : group_.facts) {
      if (Fact(i).order_us > ended_us && Fact(i).kind == v1::FACT_KIND_KOMMUNE_ANSWERED)
        out_.stray_replies.push_back(i);
    }
    MoveUntil(ended_us == kNeverUs ? kNeverUs : ended_us - 1);
    if (course_.died_us != kNeverUs) {
      End(ended_us, v1::UKP_END_DIED, course_.death);
    } else if (course_.end >= 0) {
      End(ended_us, course_.died ? v1::UKP_END_DIED : EndOf(Fact(course_.end)), course_.end);
    }
    return std::move(out_);
  }

 private:
  // A notice that stands before what it is of: the declaration that it names, or the next (-1).
  struct Early {
    int notice;
    int of;
  };

  const HeldFact& Fact(int i) const { return *facts_[static_cast<size_t>(i)]; }
  bool Open() const { return !out_.periods.empty() && out_.periods.back().until_us == kNeverUs; }

  static v1::UkpEnd EndOf(const HeldFact& end) {
    if (end.kind == v1::FACT_KIND_PATIENT_DIED || end.dead) return v1::UKP_END_DIED;
    return end.to_specialist ? v1::UKP_END_TRANSFERRED : v1::UKP_END_DISCHARGED;
  }

  // Takes the moves up to this time: a period that goes on becomes the new kommune's.
  void MoveUntil(int64_t us) {
    while (segment_ + 1 < segments_.size() && segments_[segment_ + 1].from_us <= us) {
      const int64_t at_us = segments_[++segment_].from_us;
      std::erase_if(early_, [](const Early& early) { return early.of < 0; });
      if (!Open()) continue;
      const int told_by = segments_[segment_].told_by;
      End(at_us, v1::UKP_END_MOVED, told_by);
      Begin(at_us, told_by).declared = false;
      out_.trace.back().moved = told_by;
    }
  }

  UkpPeriod& Begin(int64_t at_us, int by) {
    UkpPeriod& period = out_.periods.emplace_back();
    period.since_us = at_us;
    period.until_us = kNeverUs;
    period.kommune = segments_[segment_].kommune;
    period.began_by = Fact(by).event_id;
    out_.trace.emplace_back();
    unnamed_.clear();
    return period;
  }

  void End(int64_t at_us, v1::UkpEnd why, int by) {
    if (!Open()) return;
    // Declared and ended before the admission: none.
    if (at_us < out_.periods.back().since_us) return Forget();
    out_.periods.back().until_us = at_us;
    out_.periods.back().end = why;
    out_.trace.back().ended = by;
  }

  // The last period was none: what was counted for it stands outside every period.
  void Forget() {
    const PeriodTrace& last = out_.trace.back();
    out_.stray_replies.insert(out_.stray_replies.end(), last.replies.begin(), last.replies.end());
    for (int notice : unnamed_) early_.push_back({notice, -1});
    std::ranges::sort(early_, {}, &Early::notice);
    std::erase_if(standing_, [&](const auto& one) { return one.second == out_.periods.size(); });
    out_.periods.pop_back();
    out_.trace.pop_back();
  }

  void Notify(int64_t at_us, int by) {
    UkpPeriod& period = out_.periods.back();
    if (period.notified_us != 0) return;
    period.notified_us = std::max(at_us, period.since_us);
    period.notice_sent_us = Fact(by).value_us;
    out_.trace.back().notice = by;
  }

  void Declare(int i, const HeldFact& fact) {
    if (!Open()) {
      Begin(std::max(fact.order_us, group_.admitted_us), i);
      out_.trace.back().declared = i;
    }
    UkpPeriod& period = out_.periods.back();
    if (fact.channel == v1::CHANNEL_PLO && period.message_us == 0) {
      period.message_us = fact.recorded_us;
      period.receipt_us =
          ReceiptOf(facts_, group_, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP, fact.reference);
    }
    standing_.emplace_back(i, out_.periods.size());
    std::erase_if(early_, [&](const Early& early) {
      if (early.of >= 0 && early.of != i) return false;
      if (early.of < 0) unnamed_.push_back(early.notice);
      Notify(fact.order_us, early.notice);
      return true;
    });
  }

  // A withdrawal that ties with the declaration at this place, which would change nothing, ends the
  // period before it.
  void WithdrawFirst(size_t place) {
    const HeldFact& declared = Fact(group_.facts[place]);
    while (++place < group_.facts.size()) {
      const int i = group_.facts[place];
      const HeldFact& fact = Fact(i);
      if (fact.order_us != declared.order_us || fact.recorded_us != declared.recorded_us) return;
      if (fact.kind != v1::FACT_KIND_UKP_WITHDRAWN || std::ranges::count(withdrawn_, i) > 0)
        continue;
      withdrawn_.push_back(i);
      return End(fact.order_us, v1::UKP_END_WITHDRAWN, i);
    }
  }

  static bool Names(const HeldFact& notice, const HeldFact& fact) {
    if (fact.kind != v1::FACT_KIND_UKP_DECLARED) return false;
    return notice.channel == v1::CHANNEL_PLO
               ? fact.channel == v1::CHANNEL_PLO && fact.reference == notice.reference
               : fact.event_id.Text() == notice.reference;
  }

  // The declaration that a notice is of: one of this stay, else one that was cancelled; -1: it
  // names none of these.
  int NamedBy(const HeldFact& notice) const {
    if (notice.reference.empty()) return -1;
    for (int i : group_.facts) {
      if (Names(notice, Fact(i))) return i;
    }
    for (size_t i = 0; i < facts_.size(); ++i) {
      if (cancelled_[i] && Names(notice, *facts_[i])) return static_cast<int>(i);
    }
    return -1;
  }

  void TakeNotice(int i, const HeldFact& fact) {
    const int of = NamedBy(fact);
    if (of >= 0 && cancelled_[static_cast<size_t>(of)]) return;
    if (of < 0) {
      if (Open()) {
        unnamed_.push_back(i);
        return Notify(fact.order_us, i);
      }
    } else if (const auto it = std::ranges::find(standing_, of, &std::pair<int, size_t>::first);
               it != standing_.end()) {
      if (Open() && it->second == out_.periods.size()) Notify(fact.order_us, i);
      return;
    }
    early_.push_back({i, of});
  }

  void Answer(int i, const HeldFact& fact) {
    if (!Open()) return out_.stray_replies.push_back(i);
    out_.periods.back().replies.push_back({fact.order_us, fact.can_receive, fact.value_us});
    out_.trace.back().replies.push_back(i);
  }

  void Apply(int i, const HeldFact& fact) {
    switch (fact.kind) {
      case v1::FACT_KIND_UKP_DECLARED:
        return Declare(i, fact);
      case v1::FACT_KIND_UKP_WITHDRAWN:
        if (std::ranges::count(withdrawn_, i) > 0) return;
        return End(fact.order_us, v1::UKP_END_WITHDRAWN, i);
      case v1::FACT_KIND_PATIENT_DISCHARGED:
        // Of an earlier admission of the same visit.
        if (i != course_.end && group_.admission >= 0 && EndsBefore(fact, Fact(group_.admission)) &&
            fact.recorded_us < Fact(group_.admission).recorded_us)
          End(fact.order_us, EndOf(fact), i);
        return;
      case v1::FACT_KIND_KOMMUNE_ANSWERED:
        return Answer(i, fact);
      case v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP:
        return TakeNotice(i, fact);
      default:
        return;
    }
  }

  Facts facts_;
  const Group& group_;
  std::span<const KommuneSegment> segments_;
  const Course& course_;
  const std::vector<bool>& cancelled_;
  size_t segment_ = 0;
  std::vector<Early> early_;
  std::vector<int> withdrawn_;  // By WithdrawFirst.
  std::vector<int> unnamed_;    // Notices that name nothing, in the period that goes on.
  std::vector<std::pair<int, size_t>> standing_;  // A declaration, and in which period it stands.
  UkpPeriods out_;
};

}  // namespace

UkpPeriods FindUkpPeriods(Facts facts, const Group& group, std::span<const KommuneSegment> segments,
                          const Course& course, const std::vector<bool>& cancelled) {
  return Walk(facts, group, segments, course, cancelled).Run();
}

int64_t ReceiptOf(Facts facts, const Group& group, v1::FactKind notice, std::string_view message) {
  for (int i : group.facts) {
    const HeldFact& fact = *facts[static_cast<size_t>(i)];
    if (fact.kind == notice && fact.channel == v1::CHANNEL_PLO && fact.reference == message)
      return fact.order_us;
  }
  return 0;
}

}  // namespace overgang::projections
