#include "projections/pathway/ukp_periods.h"

#include <algorithm>
#include <utility>

#include "projections/tables.h"

namespace overgang::projections {
namespace {

class Walk {
 public:
  Walk(Facts facts, const Group& group, std::span<const KommuneSegment> segments, int end,
       bool died)
      : facts_(facts), group_(group), segments_(segments), end_(end), died_(died) {}

  UkpPeriods Run() {
    const int64_t ended_us = EndTime(facts_, group_, end_);
    for (int i : group_.facts) {
      const HeldFact& fact = Fact(i);
      if (fact.order_us > ended_us) break;
      MoveUntil(fact.order_us);
      Apply(i, fact);
    }
    for (int i : group_.facts) {
      if (Fact(i).order_us > ended_us && Fact(i).kind == v1::FACT_KIND_KOMMUNE_ANSWERED)
        out_.stray_replies.push_back(i);
    }
    MoveUntil(ended_us == kNeverUs ? kNeverUs : ended_us - 1);
    if (end_ >= 0) End(ended_us, died_ ? v1::UKP_END_DIED : EndOf(Fact(end_)), end_);
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
      End(at_us, v1::UKP_END_MOVED, -1);
      Begin(at_us).declared = false;
    }
  }

  UkpPeriod& Begin(int64_t at_us) {
    UkpPeriod& period = out_.periods.emplace_back();
    period.since_us = at_us;
    period.until_us = kNeverUs;
    period.kommune = segments_[segment_].kommune;
    out_.trace.emplace_back();
    return period;
  }

  void End(int64_t at_us, v1::UkpEnd why, int by) {
    if (!Open()) return;
    out_.periods.back().until_us = at_us;
    out_.periods.back().end = why;
    out_.trace.back().ended = by;
  }

  void Notify(int64_t at_us, int by) {
    UkpPeriod& period = out_.periods.back();
    if (period.notified_us != 0) return;
    period.notified_us = at_us;
    period.notice_sent_us = Fact(by).value_us;
    out_.trace.back().notice = by;
  }

  void Declare(int i, const HeldFact& fact) {
    if (!Open()) {
      UkpPeriod& period = Begin(fact.order_us);
      out_.trace.back().declared = i;
      if (fact.channel == v1::CHANNEL_PLO) {
        period.message_us = fact.recorded_us;
        period.receipt_us =
            ReceiptOf(facts_, group_, v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP, fact.reference);
      }
    }
    standing_.emplace_back(i, out_.periods.size());
    std::erase_if(early_, [&](const Early& early) {
      if (early.of >= 0 && early.of != i) return false;
      Notify(fact.order_us, early.notice);
      return true;
    });
  }

  // The declaration of this stay that a notice is of; -1: it names none.
  int NamedBy(const HeldFact& notice) const {
    if (notice.reference.empty()) return -1;
    for (int i : group_.facts) {
      const HeldFact& fact = Fact(i);
      if (fact.kind != v1::FACT_KIND_UKP_DECLARED) continue;
      if (notice.channel == v1::CHANNEL_PLO
              ? fact.channel == v1::CHANNEL_PLO && fact.reference == notice.reference
              : fact.event_id.Text() == notice.reference)
        return i;
    }
    return -1;
  }

  void TakeNotice(int i, const HeldFact& fact) {
    const int of = NamedBy(fact);
    if (of < 0) {
      if (Open()) return Notify(fact.order_us, i);
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
        return End(fact.order_us, v1::UKP_END_WITHDRAWN, i);
      case v1::FACT_KIND_PATIENT_DISCHARGED:
        // Of an earlier admission of the same visit.
        if (i != end_ && group_.admission >= 0 && EndsBefore(fact, Fact(group_.admission)) &&
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
  int end_;
  bool died_;
  size_t segment_ = 0;
  std::vector<Early> early_;
  std::vector<std::pair<int, size_t>> standing_;  // A declaration, and in which period it stands.
  UkpPeriods out_;
};

}  // namespace

UkpPeriods FindUkpPeriods(Facts facts, const Group& group, std::span<const KommuneSegment> segments,
                          int end, bool died) {
  return Walk(facts, group, segments, end, died).Run();
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
