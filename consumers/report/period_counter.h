// What counters share that count things by when they happened: the period's bounds, and rows.
#pragma once

#include "consumers/report/counter.h"
#include "consumers/report/rows.h"

namespace overgang::report {

template <typename Sums>
class PeriodCounter : public Counter {
 protected:
  explicit PeriodCounter(const CountContext& context)
      : context_(context),
        rows_(context.query, context.directory),
        from_us_(BeginUs(context.query.days.from)),
        to_us_(BeginUs(context.query.days.to)) {}

  bool IsIn(int64_t us) const { return us >= from_us_ && us < to_us_; }

  const CountContext context_;
  Rows<Sums> rows_;

 private:
  const int64_t from_us_;
  const int64_t to_us_;
};

}  // namespace overgang::report
