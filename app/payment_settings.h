// The section [payment]: a year's price, and what kommuner and hospitals have agreed on.
//
// Errors: each mistake as a text with the line that it stands on, the key and the remedy.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/toml.h"
#include "core/payment_terms.h"

namespace overgang {

inline constexpr int kPriceYearMin = 2012;  // Nobody paid before.
inline constexpr int kPriceYearMax = 2099;
inline constexpr int kPriceMaxKr = 100'000;

// Called with where a mistake is, the key below the section (empty: itself) and what is wrong.
using TellMistake = std::function<void(const toml::source_region&, const std::string& key,
                                       const std::string& wrong)>;

// [payment] prices: kr a day by year.
void ReadPrices(const toml::node& node, std::map<int, int>* prices, const TellMistake& tell);
// All of [[payment.agreement]].
void ReadAgreements(const toml::node& node, std::vector<PaymentAgreement>* agreements,
                    const TellMistake& tell);

}  // namespace overgang
