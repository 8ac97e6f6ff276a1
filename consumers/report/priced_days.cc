#include "consumers/report/priced_days.h"

#include "core/directory.h"

namespace overgang::report {

absl::StatusOr<std::vector<v1::PricedDays>> Price(const Days& days, std::string_view payer,
                                                  const PaymentTerms& terms) {
  std::vector<v1::PricedDays> priced;
  for (absl::CivilDay from = days.from; from < days.to;) {
    const absl::CivilYear year(from);
    const Days in_year = Cut({from, absl::CivilDay(year + 1)}, days);
    v1::PricedDays& part = priced.emplace_back();
    part.set_year(static_cast<int32_t>(year.year()));
    part.set_days(static_cast<int32_t>(in_year.count()));
    if (payer != kKommuneNotStated) {
      const auto price = terms.PriceOf(part.year());
      if (!price.ok()) return price.status();
      part.set_price_kr(*price);
    }
    part.set_amount_kr(int64_t{part.days()} * part.price_kr());
    from = in_year.to;
  }
  return priced;
}

}  // namespace overgang::report
