// Prices and agreements, as configuration applies them when an answer is made; never part of what
// is folded. Immutable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace overgang {

// What a kommune and a hospital have agreed on beyond the regulation. Empty kommune or hospital:
// all.
struct PaymentAgreement {
  std::string kommune;
  std::string hospital;
  absl::CivilDay from = absl::CivilDay::min();
  absl::CivilDay to = absl::CivilDay::max();  // Exclusive.
  bool start_24h_after_notice = false;
  bool requires_epikrise = false;
};

class PaymentTerms {
 public:
  struct Options {
    bool start_24h_after_notice = false;
    bool requires_epikrise = false;
  };

  // `prices`: kr a day by calendar year, over those that are built in.
  PaymentTerms(std::map<int, int> prices, std::vector<PaymentAgreement> agreements);
  // The regulation alone, with the prices that are built in.
  static const PaymentTerms& BuiltIn();

  // kr for a day of this year. FAILED_PRECONDITION names the setting where the year has none.
  absl::StatusOr<int> PriceOf(int year) const;
  // Of the agreements that hold on the date, the most specific: kommune and hospital, kommune,
  // hospital, all; of these the last one.
  Options OptionsFor(std::string_view kommune, std::string_view hospital,
                     absl::CivilDay date) const;
  // Tells prices and agreements apart from others: 8 hex digits.
  const std::string& version() const { return version_; }
  // Another number for every object of this process, up to 256 of them: for caches.
  uint8_t mark() const { return mark_; }

 private:
  std::map<int, int> prices_;
  std::vector<PaymentAgreement> agreements_;
  std::string version_;
  uint8_t mark_ = 0;
};

}  // namespace overgang
