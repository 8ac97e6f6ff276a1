// The fold of levels: of each hospital and region the level that it is at, and which rules hold.
// The first record of a revision counts, and none out of turn: so whoever decides on a level that
// has changed meanwhile decides nothing.
//
// LevelsView is immutable and shared. Threads: one. Errors: the store's; DATA_LOSS where a row
// cannot be read. Units: microseconds since 1970 UTC.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/state_store.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang::projections {

struct LevelState {
  v1::LevelChanged newest;  // Its `from` is the level that there was.
  int64_t since_us = 0;     // At this level.
  int64_t changed_us = 0;   // Of the newest word, be it that the level stays.
  std::string event_id;     // Of it.
  std::string override_id;  // Event id of the newest that a person said.
  int rose_revision = 0;    // Of the last change that was a rise; 0: none.

  int revision() const { return newest.decision().revision(); }
  // 0: no override holds, as far as the log says.
  int64_t override_until_us() const;
};

struct LevelsView {
  // By scope: "h:974749025", "r:Helsefellesskapet St. Olavs hospital".
  std::map<std::string, std::shared_ptr<const LevelState>, std::less<>> levels;
  std::vector<v1::RulesActivated> rules;  // By revision, from 1; the last holds.

  const LevelState* Find(std::string_view scope) const;  // Null: none was decided.
};

class LevelsFold {
 public:
  LevelsFold() : view_(std::make_shared<LevelsView>()) {}
  // LevelChanged and RulesActivated; nothing for other facts.
  void Apply(const v1::Envelope& fact);
  [[nodiscard]] absl::Status Load(const StateSnapshot& rows);
  void EndEpoch(WriteSet* writes);
  std::shared_ptr<const LevelsView> view() const { return view_; }
  // As of the last fact applied, which the view holds from the end of the epoch on; null: none.
  const LevelState* Latest(std::string_view scope) const;

 private:
  std::shared_ptr<const LevelsView> view_;
  std::map<std::string, std::shared_ptr<const LevelState>, std::less<>> changed_;
  std::vector<v1::RulesActivated> activated_;  // Behind the view's.
};

}  // namespace overgang::projections
