// `overgang census --explain`: why the count of a moment past is another one today.
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/fact_text.h"
#include "app/cli/requests.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "overgang/v1/census_service.pb.h"

namespace overgang::cli {
namespace {

void PrintCounts(const v1::ExplainCensusResponse& answer, const Output& output) {
  Table table({{"COUNT"}, {"AS TOLD", Align::kRight}, {"AS KNOWN NOW", Align::kRight}});
  const auto add = [&](const char* name, auto count) {
    const int64_t before = count(answer.before()), after = count(answer.after());
    table.Add({name, before, {after, before == after ? Colour::kNone : Colour::kYellow}});
  };
  using Census = v1::KommuneCensus;
  add("in hospital", [](const Census& of) { return of.inpatients(); });
  add("utskrivningsklare", [](const Census& of) { return of.ukp(); });
  add("over 24 hours", [](const Census& of) { return of.ukp_over_24h(); });
  add("over 7 days", [](const Census& of) { return of.ukp_over_7_days(); });
  add("over 10 days", [](const Census& of) { return of.ukp_over_10_days(); });
  add("without an answer", [](const Census& of) { return of.awaiting_answer(); });
  add("expected within 24 hours", [](const Census& of) { return of.expected_discharges_24h(); });
  add("new to the kommune", [](const Census& of) { return of.new_to_kommune(); });
  table.Print(output);
}

void PrintChange(const v1::CensusChange& change, const Output& output) {
  const v1::Stay& stay = change.has_before() ? change.before() : change.after();
  const char* what = !change.has_after()    ? "was counted, and is not"
                     : !change.has_before() ? "was not counted, and is"
                                            : "is counted otherwise";
  *output.out << '\n'
              << Coloured(output, Colour::kBold, absl::StrCat("Stay ", stay.stay_id())) << ' '
              << what << '\n';
  if (change.facts().empty()) {
    *output.out << "  Nothing was learnt of it: the clock of a source was ahead.\n";
    return;
  }
  Table table({{"LEARNT"}, {"WHEN"}, {"FACT"}, {"FROM"}, {"DETAILS"}});
  for (const v1::PathwayEntry& entry : change.facts()) {
    table.Add({OsloText(entry.has_appended_at(), entry.appended_at()), OccurredText(entry.fact()),
               FactTitle(entry.fact()), SourceName(entry.fact().source()),
               absl::StrCat(entry.cancelled() ? "(cancelled) " : "", FactDetails(entry.fact()))});
  }
  table.Print(output);
}

}  // namespace

int RunExplainCensus(const Connection& connection, const CensusOptions& options,
                     const Output& output) {
  if (options.kommuner.size() != 1) return WrongUse(output, "--explain: give one --kommune");
  absl::StatusOr<absl::Time> as_of = ParseTime(options.as_of);
  if (!as_of.ok()) return WrongUse(output, absl::StrCat("--as-of: ", as_of.status().message()));
  v1::ExplainCensusRequest request;
  request.set_kommune(options.kommuner.front());
  request.set_as_of_cursor(options.as_of_cursor);
  *request.mutable_as_of() = ToProto(*as_of);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::ExplainCensusResponse response;
    if (absl::Status status = hub.Call("CensusService/ExplainCensus", request, &response);
        !status.ok())
      return status;
    if (connection.json) {
      PrintJson(output, response);
      return absl::OkStatus();
    }
    *output.out << Coloured(output, Colour::kBold,
                            absl::StrCat(response.before().kommune(), " ", response.before().name(),
                                         " at ", OsloText(*as_of)))
                << '\n';
    PrintCounts(response, output);
    if (response.changes().empty()) *output.out << "\nNo stay counts otherwise.\n";
    for (const v1::CensusChange& change : response.changes()) PrintChange(change, output);
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
