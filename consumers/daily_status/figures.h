// The numbers of a status, found by name and part and written as their readers read them. Values;
// the status outlives them. One thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "consumers/daily_status/words.h"
#include "core/sheet.h"
#include "overgang/v1/status.pb.h"

namespace overgang::daily_status {

class Figures {
 public:
  Figures(const v1::DailyStatusIssued& status, const Words& words);

  // Null where there is none.
  const v1::StatusNumber* Find(std::string_view name, std::string_view of = "") const;
  // 0 where there is none, or nobody knows.
  double Value(std::string_view name, std::string_view of = "") const;
  // "12", "3 døgn 4 t", "137 563 kr", "42 %", "ikke meldt", "skjult"; "–" where there is none.
  std::string Text(std::string_view name, std::string_view of = "") const;
  std::string Text(const v1::StatusNumber& number) const;
  // A length that says nothing where it is 0; short: in its largest unit.
  std::string Length(std::string_view name, std::string_view of = "") const;
  std::string ShortLength(std::string_view name, std::string_view of = "") const;
  // How many; nobody where there is no number.
  std::string Count(std::string_view name, std::string_view of = "") const;
  // For a file: nothing where it is not known.
  Sheet::Cell Cell(std::string_view name, std::string_view of = "") const;

  // The parts that have this number and begin so, in their order.
  std::vector<std::string> Parts(std::string_view name, std::string_view prefix = "") const;

 private:
  const v1::DailyStatusIssued& status_;
  const Words& words_;
  absl::flat_hash_map<std::pair<std::string, std::string>, const v1::StatusNumber*> by_name_;
};

// "+3", "−2", "0".
std::string SignedText(double change);

}  // namespace overgang::daily_status
