// `overgang census`.
#include <map>

#include "absl/strings/str_cat.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "overgang/v1/census_service.pb.h"

namespace overgang::cli {
namespace {

// The count as known so far: a watch replaces what changed.
struct Count {
  bool capacity = true;  // Whether free places and beds are known.
  v1::AsOf as_of;
  std::map<std::string, v1::KommuneCensus> kommuner;
  std::map<std::string, v1::HospitalCensus> hospitals;

  template <typename Answer>
  void Take(const Answer& answer) {
    as_of = answer.as_of();
    for (const v1::KommuneCensus& kommune : answer.kommuner())
      kommuner[kommune.kommune()] = kommune;
    for (const v1::HospitalCensus& hospital : answer.hospitals())
      hospitals[hospital.hospital()] = hospital;
  }
};

constexpr char kNotKnown[] = "-";

Colour Waiting(int32_t stays) { return stays > 0 ? Colour::kYellow : Colour::kNone; }
Colour LongWaiting(int32_t stays) { return stays > 0 ? Colour::kRed : Colour::kNone; }

void PrintKommuner(const Count& count, const Output& output) {
  constexpr Align kRight = Align::kRight;
  Table table({{"KOMMUNE"},
               {"IN", kRight},
               {"UKP", kRight},
               {">24 H", kRight},
               {">7 D", kRight},
               {">10 D", kRight},
               {"LONGEST", kRight},
               {"NO ANSWER", kRight},
               {"EXPECTED 24 H", kRight},
               {"NEW", kRight},
               {"FREE PLACES", kRight}});
  v1::KommuneCensus sum;
  const auto add = [&](const std::string& name, const v1::KommuneCensus& of) {
    const absl::Duration longest = absl::Seconds(of.longest_ukp().seconds());
    table.Add({name,
               of.inpatients(),
               of.ukp(),
               {of.ukp_over_24h(), Waiting(of.ukp_over_24h())},
               {of.ukp_over_7_days(), LongWaiting(of.ukp_over_7_days())},
               {of.ukp_over_10_days(), LongWaiting(of.ukp_over_10_days())},
               of.has_longest_ukp() ? DurationText(longest) : "",
               of.awaiting_answer(),
               of.expected_discharges_24h(),
               of.new_to_kommune(),
               count.capacity ? Table::Cell(of.free_places()) : Table::Cell(kNotKnown)});
  };
  for (const auto& [number, kommune] : count.kommuner) {
    add(absl::StrCat(number, " ", kommune.name()), kommune);
    sum.set_inpatients(sum.inpatients() + kommune.inpatients());
    sum.set_ukp(sum.ukp() + kommune.ukp());
    sum.set_ukp_over_24h(sum.ukp_over_24h() + kommune.ukp_over_24h());
    sum.set_ukp_over_7_days(sum.ukp_over_7_days() + kommune.ukp_over_7_days());
    sum.set_ukp_over_10_days(sum.ukp_over_10_days() + kommune.ukp_over_10_days());
    if (kommune.longest_ukp().seconds() > sum.longest_ukp().seconds())
      *sum.mutable_longest_ukp() = kommune.longest_ukp();
    sum.set_awaiting_answer(sum.awaiting_answer() + kommune.awaiting_answer());
    sum.set_expected_discharges_24h(sum.expected_discharges_24h() +
                                    kommune.expected_discharges_24h());
    sum.set_new_to_kommune(sum.new_to_kommune() + kommune.new_to_kommune());
  }
  if (count.kommuner.size() > 1) {
    // Places shared by several kommuner would be counted once for each: their sum says nothing.
    const absl::Duration longest = absl::Seconds(sum.longest_ukp().seconds());
    table.Add({"Together", sum.inpatients(), sum.ukp(), sum.ukp_over_24h(), sum.ukp_over_7_days(),
               sum.ukp_over_10_days(), sum.has_longest_ukp() ? DurationText(longest) : "",
               sum.awaiting_answer(), sum.expected_discharges_24h(), sum.new_to_kommune(), ""});
  }
  table.Print(output);
}

void PrintHospitals(const Count& count, const Output& output) {
  constexpr Align kRight = Align::kRight;
  Table table({{"HOSPITAL"},
               {"IN", kRight},
               {"UKP", kRight},
               {">24 H", kRight},
               {"CORRIDOR", kRight},
               {"CORRIDOR REPORTED", kRight},
               {"BEDS", kRight},
               {"OCCUPIED", kRight},
               {"OCCUPANCY", kRight}});
  for (const auto& [number, hospital] : count.hospitals) {
    const bool reported = hospital.beds() > 0;
    const Table::Cell unreported(count.capacity ? "" : kNotKnown);
    const auto occupancy = static_cast<int64_t>(hospital.occupancy_percent() + 0.5);
    table.Add(
        {absl::StrCat(number, " ", hospital.name()),
         hospital.inpatients(),
         hospital.ukp(),
         {hospital.ukp_over_24h(), Waiting(hospital.ukp_over_24h())},
         {hospital.corridor(), Waiting(hospital.corridor())},
         reported ? Table::Cell(hospital.corridor_reported(), Waiting(hospital.corridor_reported()))
                  : unreported,
         reported ? Table::Cell(hospital.beds()) : unreported,
         reported ? Table::Cell(hospital.occupied()) : unreported,
         // No share of no open beds.
         reported ? Table::Cell(hospital.occupancy_percent() > 0 ? absl::StrCat(occupancy, " %")
                                                                 : std::string(kNotKnown),
                                occupancy > 100 ? Colour::kRed : Colour::kNone)
                  : unreported});
  }
  *output.out << '\n';
  table.Print(output);
}

void PrintAsOf(const v1::AsOf& as_of, const Output& output) {
  *output.out << "\nAs of " << OsloText(as_of.has_now(), as_of.now()) << " Oslo time";
  if (as_of.has_newest_fact_at())
    *output.out << ", newest fact " << OsloText(true, as_of.newest_fact_at());
  *output.out << "\nCursor " << as_of.cursor() << '\n';
  for (const v1::SourceAge& source : as_of.sources()) {
    if (!source.stale()) continue;
    *output.out << Coloured(
                       output, Colour::kRed,
                       absl::StrCat("Stale: ", source.source(), ", last heard ",
                                    OsloText(source.has_last_heard_at(), source.last_heard_at())))
                << '\n';
  }
  if (as_of.stale())
    *output.out << Coloured(
                       output, Colour::kRed,
                       "This count is not fresh: a source is silent, or the hub is catching up.")
                << '\n';
  *output.out << std::flush;
}

void Print(const Count& count, const Output& output) {
  PrintKommuner(count, output);
  if (!count.hospitals.empty()) PrintHospitals(count, output);
  PrintAsOf(count.as_of, output);
}

// What it is as of first, then each kommune and hospital.
template <typename Answer>
void PrintLines(const Answer& answer, const Output& output) {
  PrintJson(output, answer.as_of());
  for (const v1::KommuneCensus& kommune : answer.kommuner()) PrintJson(output, kommune);
  for (const v1::HospitalCensus& hospital : answer.hospitals()) PrintJson(output, hospital);
}

absl::Status Watch(HubClient& hub, const CensusOptions& options, bool json, const Output& output) {
  v1::WatchCensusRequest request;
  request.mutable_kommuner()->Assign(options.kommuner.begin(), options.kommuner.end());
  v1::WatchCensusResponse response;
  Count count;
  return hub.Stream("CensusService/WatchCensus", request, &response, [&] {
    if (json) {
      PrintLines(response, output);
      return true;
    }
    if (response.full()) count = Count();
    count.Take(response);
    *output.out << (output.terminal ? "\x1b[H\x1b[2J" : "");  // Redrawn in place.
    Print(count, output);
    return true;
  });
}

}  // namespace

int RunCensus(const Connection& connection, const CensusOptions& options, const Output& output) {
  if (options.explain) return RunExplainCensus(connection, options, output);
  v1::GetCensusRequest request;
  request.mutable_kommuner()->Assign(options.kommuner.begin(), options.kommuner.end());
  const auto moment = MomentOf(options.as_of, options.as_of_cursor, options.occurred_until);
  if (!moment.ok()) return WrongUse(output, std::string(moment.status().message()));
  request.set_as_of_cursor(moment->as_of_cursor());
  if (moment->has_as_of()) *request.mutable_as_of() = moment->as_of();
  if (moment->has_occurred_until()) *request.mutable_occurred_until() = moment->occurred_until();
  return WithHub(connection, output, [&](HubClient& hub) {
    if (options.watch) return Watch(hub, options, connection.json, output);
    v1::GetCensusResponse response;
    if (absl::Status status = hub.Call("CensusService/GetCensus", request, &response); !status.ok())
      return status;
    if (connection.json) {
      PrintLines(response, output);
      return absl::OkStatus();
    }
    Count count;
    count.capacity =
        !request.has_occurred_until() || request.has_as_of() || !request.as_of_cursor().empty();
    count.Take(response);
    Print(count, output);
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
