#include "app/payment_settings.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang {
namespace {

// A date of TOML, or the same in quotes.
std::string ReadDate(const toml::node& node, absl::CivilDay* target) {
  if (const auto* date = node.as_date(); date != nullptr) {
    *target = absl::CivilDay(date->get().year, date->get().month, date->get().day);
    return "";
  }
  const auto parsed = ParseDate(node.value<std::string>().value_or(""));
  if (!parsed.ok()) return "must be a date, as in 2026-01-01";
  *target = *parsed;
  return "";
}

std::string ReadFlag(const toml::node& node, bool* target) {
  if (!node.is_boolean()) return "must be true or false";
  *target = node.as_boolean()->get();
  return "";
}

std::string ReadField(const std::string& key, const toml::node& node, PaymentAgreement* agreement) {
  const std::string text = node.value<std::string>().value_or("");
  if (key == "kommune") {
    agreement->kommune = text;
    return KommuneByNumber(text) != nullptr
               ? ""
               : "must be the 4 digits of a kommune of 2024, in quotes";
  }
  if (key == "hospital") {
    agreement->hospital = text;
    return IsOrganisationNumber(text) ? ""
                                      : "must be an organisation number of 9 digits, in quotes";
  }
  if (key == "from") return ReadDate(node, &agreement->from);
  if (key == "to") return ReadDate(node, &agreement->to);
  if (key == "start_24h_after_notice") return ReadFlag(node, &agreement->start_24h_after_notice);
  if (key == "requires_epikrise") return ReadFlag(node, &agreement->requires_epikrise);
  return "unknown key; there are kommune, hospital, from, to, start_24h_after_notice and "
         "requires_epikrise";
}

}  // namespace

void ReadPrices(const toml::node& node, std::map<int, int>* prices, const TellMistake& tell) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    tell(node.source(), "", "must be kr a day by year, as in prices = {2026 = 6186}");
    return;
  }
  for (const auto& [key, value] : *table) {
    const std::string year(key.str());
    int number = 0;
    const auto* price = value.as_integer();
    if (!absl::SimpleAtoi(year, &number) || number < kPriceYearMin || number > kPriceYearMax) {
      tell(key.source(), year,
           absl::StrCat("must be a year from ", kPriceYearMin, " to ", kPriceYearMax));
    } else if (price == nullptr || price->get() < 1 || price->get() > kPriceMaxKr) {
      tell(key.source(), year, absl::StrCat("must be whole kr a day, from 1 to ", kPriceMaxKr));
    } else {
      (*prices)[number] = static_cast<int>(price->get());
    }
  }
}

void ReadAgreements(const toml::node& node, std::vector<PaymentAgreement>* agreements,
                    const TellMistake& tell) {
  const toml::array* array = node.as_array();
  if (array == nullptr) {
    tell(node.source(), "", "must be tables, each begun with [[payment.agreement]]");
    return;
  }
  for (const toml::node& item : *array) {
    const toml::table* table = item.as_table();
    if (table == nullptr) {
      tell(item.source(), "", "must be a table, begun with [[payment.agreement]]");
      continue;
    }
    PaymentAgreement agreement;
    for (const auto& [key, field] : *table) {
      const std::string wrong = ReadField(std::string(key.str()), field, &agreement);
      if (!wrong.empty()) tell(key.source(), std::string(key.str()), wrong);
    }
    if (agreement.from >= agreement.to)
      tell(table->source(), "to", "must be after from: it is the first day without the agreement");
    agreements->push_back(std::move(agreement));
  }
}

}  // namespace overgang
