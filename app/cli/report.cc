// `overgang report`: asks for a report or an invoice's basis and writes it as a table, CSV, XLSX or
// JSON.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "app/cli/accounts.h"
#include "app/cli/report_sheet.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::cli {
namespace {

struct Choice {
  std::string_view name;
  int value;
};
constexpr Choice kWhats[] = {{"ukp", v1::REPORT_WHAT_UKP},
                             {"way", v1::REPORT_WHAT_WAY},
                             {"payment", v1::REPORT_WHAT_PAYMENT},
                             {"deadlines", v1::REPORT_WHAT_DEADLINES},
                             {"readmissions", v1::REPORT_WHAT_READMISSIONS},
                             {"profile", v1::REPORT_WHAT_PROFILE}};
constexpr Choice kSectors[] = {{"somatikk", v1::SECTOR_SOMATIKK},
                               {"psykisk helsevern", v1::SECTOR_PSYKISK_HELSEVERN},
                               {"tsb", v1::SECTOR_TSB}};
constexpr Choice kBases[] = {{"stay", v1::CENSUS_BASIS_STAY_KOMMUNE},
                             {"residence", v1::CENSUS_BASIS_RESIDENCE_KOMMUNE}};

// The command line lets only these through.
template <typename Enum, size_t kCount>
Enum ValueOf(const Choice (&choices)[kCount], std::string_view name) {
  for (const Choice& choice : choices) {
    if (choice.name == name) return static_cast<Enum>(choice.value);
  }
  return static_cast<Enum>(0);
}

// Where the answer goes: a file, or where commands write. Made when the answer has come: what the
// file held is kept where none comes.
class Destination {
 public:
  Destination(const ReportOptions& options, const Output& output) : options_(options), to_(output) {
    if (options.out.empty()) return;
    file_.open(options.out, std::ios::binary | std::ios::trunc);
    to_.out = &file_;
    to_.terminal = false;
  }
  const Output& output() const { return to_; }

  absl::Status Write(const Sheet& sheet) {
    if (options_.format == "xlsx") {
      const auto book = XlsxOf({&sheet, 1}, absl::Now());
      if (!book.ok()) return book.status();
      *to_.out << *book;
    } else if (options_.format == "csv") {
      *to_.out << CsvOf(sheet);
    } else {
      PrintSheet(sheet, to_);
    }
    return Finish();
  }
  absl::Status Finish() {
    to_.out->flush();
    if (to_.out->good()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(
        options_.out.empty() ? "the output" : options_.out,
        " cannot be written; check the folder, who may write to it, and that the disk is not "
        "full"));
  }

 private:
  const ReportOptions& options_;
  Output to_;
  std::ofstream file_;
};

// The head of the answer, then each of its rows.
template <typename Answer, typename Row>
absl::Status WriteJson(Answer answer, google::protobuf::RepeatedPtrField<Row>* rows_of_answer,
                       const ReportOptions& options, const Output& output) {
  Destination destination(options, output);
  google::protobuf::RepeatedPtrField<Row> rows;
  rows.Swap(rows_of_answer);
  PrintJson(destination.output(), *answer);
  for (const Row& row : rows) PrintJson(destination.output(), row);
  return destination.Finish();
}

// Below the days of one stay: how they come about.
absl::Status PrintGrounds(const v1::GetPaymentResponse& response, Destination& destination) {
  if (response.lines().empty()) return absl::OkStatus();
  const v1::PaymentLine& line = response.lines(0);  // All lines of a stay tell the same of it.
  PrintAccounts(line.views(), OsloDate(FromProto(line.period().since())), destination.output());
  PrintPaymentFacts(line.facts(), destination.output());
  return destination.Finish();
}

// The basis of an invoice, or of the payment of one stay.
absl::Status Payment(HubClient& hub, const ReportOptions& options, const v1::Moment& moment,
                     const Output& output) {
  v1::GetPaymentRequest request;
  request.set_month(options.month);
  request.set_from(options.from);
  request.set_to(options.to);
  request.set_stay_id(options.stay);
  if (!options.kommuner.empty()) request.set_kommune(options.kommuner[0]);
  if (!options.hospitals.empty()) request.set_hospital(options.hospitals[0]);
  for (const std::string& sector : options.sectors)
    request.add_sectors(ValueOf<v1::Sector>(kSectors, sector));
  *request.mutable_moment() = moment;
  v1::GetPaymentResponse response;
  absl::Status status = hub.Call("ReportService/GetPayment", request, &response, kLongCallWait);
  if (!status.ok()) return status;
  if (options.format == "json")
    return WriteJson(&response, response.mutable_lines(), options, output);
  Destination destination(options, output);
  status = destination.Write(SheetOf(request, response));
  if (!status.ok() || options.stay.empty() || options.format != "table") return status;
  return PrintGrounds(response, destination);
}

absl::Status Numbers(HubClient& hub, const ReportOptions& options, const v1::Moment& moment,
                     const Output& output) {
  v1::GetReportRequest request;
  request.set_from(options.from);
  request.set_to(options.to);
  absl::CivilMonth month;
  if (absl::ParseCivilTime(options.month, &month)) {
    request.set_from(absl::FormatCivilTime(absl::CivilDay(month)));
    request.set_to(absl::FormatCivilTime(absl::CivilDay(month + 1)));
  }
  request.mutable_kommuner()->Assign(options.kommuner.begin(), options.kommuner.end());
  request.mutable_hospitals()->Assign(options.hospitals.begin(), options.hospitals.end());
  request.mutable_by()->Assign(options.by.begin(), options.by.end());
  request.set_what(ValueOf<v1::ReportWhat>(kWhats, options.what));
  // A profile is of something: of the week where nothing is said.
  if (request.what() == v1::REPORT_WHAT_PROFILE && options.by.empty()) request.add_by("weekday");
  request.set_basis(ValueOf<v1::CensusBasis>(kBases, options.basis));
  for (const std::string& sector : options.sectors)
    request.add_sectors(ValueOf<v1::Sector>(kSectors, sector));
  *request.mutable_moment() = moment;
  v1::GetReportResponse response;
  absl::Status status = hub.Call("ReportService/GetReport", request, &response, kLongCallWait);
  if (!status.ok()) return status;
  if (options.format == "json")
    return WriteJson(&response, response.mutable_rows(), options, output);
  return Destination(options, output).Write(SheetOf(request, response));
}

std::string WrongOptions(const ReportOptions& options, bool invoice) {
  absl::CivilMonth month;
  const bool whole_stay = !options.stay.empty() && options.from.empty() && options.to.empty();
  if (!options.stay.empty() && !IsUuid(options.stay))
    return "--stay: this is no stay id; take one from an invoice's basis or from the page";
  if (!options.stay.empty() && (options.what != "payment" || !options.by.empty()))
    return "--stay: goes with --what payment, and without --by";
  if (options.month.empty() && !whole_stay && (options.from.empty() || options.to.empty()))
    return "say which period: --from and --to, or --month";
  if (!options.month.empty() && !(options.from.empty() && options.to.empty()))
    return "say either --month, or --from and --to";
  if (!options.month.empty() && !absl::ParseCivilTime(options.month, &month))
    return "--month: this is not a month; write it as 2026-03";
  if (options.format == "xlsx" && options.out.empty())
    return "--format xlsx: say with --out in which file";
  if (invoice && (options.kommuner.size() > 1 || options.hospitals.size() > 1))
    return "an invoice's basis is of one kommune and one hospital, or of all";
  return "";
}

}  // namespace

int RunReport(const Connection& connection, const ReportOptions& given, const Output& output) {
  ReportOptions options = given;
  if (connection.json) options.format = "json";
  const bool invoice = !options.stay.empty() ||
                       (options.what == "payment" && !options.month.empty() && options.by.empty());
  const std::string wrong = WrongOptions(options, invoice);
  if (!wrong.empty()) return WrongUse(output, wrong);
  const auto moment = MomentOf(options.as_of, options.as_of_cursor, options.occurred_until);
  if (!moment.ok()) return WrongUse(output, std::string(moment.status().message()));
  return WithHub(connection, output, [&](HubClient& hub) {
    return invoice ? Payment(hub, options, *moment, output)
                   : Numbers(hub, options, *moment, output);
  });
}

}  // namespace overgang::cli
