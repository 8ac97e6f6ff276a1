#include "consumers/deciding/turn.h"

#include <utility>

#include "core/clock.h"

namespace overgang::deciding {

Turn::Turn(const Leadership& leadership, const projections::Views& views, EventLog& log,
           std::string incarnation)
    : leadership_(leadership),
      views_(views),
      log_(log),
      incarnation_(std::move(incarnation)),
      rested_at_(SinceBoot()) {}

bool Turn::Notice() {
  const bool is_doer = leadership_.IsDoer();
  const bool changed = is_doer != is_doer_;
  if (changed || SinceBoot() - rested_at_ > kAwayMax) Lose();
  is_doer_ = is_doer;
  return changed;
}

bool Turn::Has() { return IsDoer() && views_.CaughtUp() && CaughtUp(); }

void Turn::Lose() {
  behind_ = true;
  catch_up_.reset();
}

void Turn::Rest() { rested_at_ = SinceBoot(); }

bool Turn::CaughtUp() {
  if (!behind_) return true;
  if (!catch_up_.has_value()) {
    if (SinceBoot() < ask_again_) return false;
    auto ends = log_.Ends();
    if (!ends.ok()) {
      ask_again_ = SinceBoot() + kAskAgainAfter;
      return false;
    }
    catch_up_ = Cursor{incarnation_, ends->next};
    catch_up_since_ = SinceBoot();
  }
  behind_ =
      !views_.Current()->cursor.Covers(*catch_up_) && SinceBoot() - catch_up_since_ < kCatchUpMax;
  return !behind_;
}

}  // namespace overgang::deciding
