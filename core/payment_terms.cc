#include "core/payment_terms.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/errors.h"
#include "core/uuid.h"

namespace overgang {
namespace {

// kr per payable day, as set for each year. Source: Helsedirektoratet's circulars on the national
// budget; later years are configuration.
const std::map<int, int>& BuiltInPrices() {
  static const std::map<int, int> prices = {{2012, 4000}, {2013, 4125}, {2014, 4255}, {2015, 4387},
                                            {2016, 4505}, {2017, 4622}, {2018, 4747}, {2019, 4885},
                                            {2020, 5036}, {2021, 5167}, {2022, 5306}, {2023, 5508},
                                            {2024, 5745}, {2025, 5981}};
  return prices;
}

std::string VersionOf(const std::map<int, int>& prices,
                      const std::vector<PaymentAgreement>& agreements) {
  std::string text;
  for (const auto& [year, price] : prices) absl::StrAppend(&text, year, "=", price, ";");
  for (const PaymentAgreement& a : agreements) {
    absl::StrAppend(&text, a.kommune, "/", a.hospital, "/", absl::FormatCivilTime(a.from), "/",
                    absl::FormatCivilTime(a.to), "/", a.start_24h_after_notice, a.requires_epikrise,
                    ";");
  }
  return NameUuid({"payment-terms", text}).substr(0, 8);
}

}  // namespace

PaymentTerms::PaymentTerms(std::map<int, int> prices, std::vector<PaymentAgreement> agreements)
    : prices_(std::move(prices)), agreements_(std::move(agreements)) {
  for (const auto& [year, price] : BuiltInPrices()) prices_.try_emplace(year, price);
  version_ = VersionOf(prices_, agreements_);
  static std::atomic<uint8_t> made{0};
  mark_ = made++;
}

const PaymentTerms& PaymentTerms::BuiltIn() {
  static const PaymentTerms terms({}, {});
  return terms;
}

absl::StatusOr<int> PaymentTerms::PriceOf(int year) const {
  const auto it = prices_.find(year);
  if (it != prices_.end()) return it->second;
  return FieldError(absl::StatusCode::kFailedPrecondition, absl::StrCat("payment.prices.", year),
                    absl::StrCat("there is no price for a payable day of ", year),
                    absl::StrCat("set payment.prices.", year,
                                 " to the year's price in kr; last year's is never used"));
}

PaymentTerms::Options PaymentTerms::OptionsFor(std::string_view kommune, std::string_view hospital,
                                               absl::CivilDay date) const {
  Options options;
  int best = -1;
  for (const PaymentAgreement& agreement : agreements_) {
    if (date < agreement.from || date >= agreement.to) continue;
    if (!agreement.kommune.empty() && agreement.kommune != kommune) continue;
    if (!agreement.hospital.empty() && agreement.hospital != hospital) continue;
    const int specific = (agreement.kommune.empty() ? 0 : 2) + (agreement.hospital.empty() ? 0 : 1);
    if (specific < best) continue;
    best = specific;
    options = {agreement.start_24h_after_notice, agreement.requires_epikrise};
  }
  return options;
}

}  // namespace overgang
