// `overgang pathway`: a stay told as a story.
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/fact_text.h"
#include "app/cli/requests.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"
#include "overgang/v1/pathway_service.pb.h"

namespace overgang::cli {
namespace {

std::string KommuneText(const std::string& number) {
  return number.empty() ? "" : absl::StrCat(number, " ", KommuneName(number));
}

void PrintStay(const v1::Stay& stay, const Output& output) {
  std::ostream& out = *output.out;
  out << Coloured(output, Colour::kBold, absl::StrCat("Stay ", stay.stay_id())) << '\n';
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty())
      out << "  " << name << std::string(20 - std::string_view(name).size(), ' ') << value << '\n';
  };
  line("patient", stay.patient_ref());
  line("hospital",
       absl::StrCat(stay.hospital(), stay.ward().empty() ? "" : ", ward ", stay.ward()));
  line("kommune of stay", KommuneText(stay.stay_kommune()));
  if (stay.residence_kommune() != stay.stay_kommune())
    line("kommune of residence", KommuneText(stay.residence_kommune()));
  line("admitted", OsloText(stay.has_admitted_at(), stay.admitted_at()));
  line("expected discharge", OsloText(stay.has_expected_discharge(), stay.expected_discharge()));
  for (const v1::UkpPeriod& period : stay.ukp_periods()) {
    const std::string until =
        period.has_until() ? absl::StrCat(" until ", OsloText(true, period.until()), " (",
                                          EnumText(*v1::UkpEnd_descriptor(), period.end()), ")")
                           : ", goes on";
    line("utskrivningsklar", absl::StrCat(OsloText(period.has_since(), period.since()), until));
  }
  if (stay.answer() != v1::ANSWER_UNSPECIFIED) {
    line("answer", absl::StrCat(EnumText(*v1::Answer_descriptor(), stay.answer()),
                                stay.has_answered_at()
                                    ? absl::StrCat(", given ", OsloText(true, stay.answered_at()))
                                    : "",
                                stay.has_receive_from()
                                    ? absl::StrCat(", from ", OsloText(true, stay.receive_from()))
                                    : ""));
  }
  if (stay.payable_days() > 0) line("payable days", absl::StrCat(stay.payable_days()));
  line("discharged", OsloText(stay.has_discharged_at(), stay.discharged_at()));
  for (const v1::Deadline& deadline : stay.deadlines()) {
    line("deadline", absl::StrCat(EnumText(*v1::DeadlineKind_descriptor(), deadline.deadline()),
                                  ", due ", OsloText(deadline.has_due_at(), deadline.due_at()),
                                  deadline.has_met_at()
                                      ? absl::StrCat(", met ", OsloText(true, deadline.met_at()))
                                      : ", not met yet"));
  }
  for (const int flag : stay.flags()) line("note", EnumText(*v1::StayFlag_descriptor(), flag));
}

void PrintFacts(const v1::GetPathwayResponse& response, const std::string& stay_id,
                const Output& output) {
  Table table({{"WHEN"}, {"FACT"}, {"FROM"}, {"DETAILS"}});
  bool any = false;
  for (const v1::PathwayEntry& entry : response.facts()) {
    if (entry.stay_id() != stay_id) continue;
    any = true;
    const Colour colour = entry.cancelled() ? Colour::kDim : Colour::kNone;
    const std::string details = FactDetails(entry.fact());
    table.Add({{OccurredText(entry.fact()), colour},
               {FactTitle(entry.fact()), colour},
               {SourceName(entry.fact().source()), colour},
               {entry.cancelled() ? absl::StrCat("(cancelled) ", details) : details, colour}});
  }
  if (any) table.Print(output);
  *output.out << '\n';
}

}  // namespace

int RunPathway(const Connection& connection, const std::string& id, const Output& output) {
  v1::GetPathwayRequest request;
  if (IsPatientRef(id)) {
    request.set_patient_ref(id);
  } else if (IsUuid(id)) {
    request.set_stay_id(id);
  } else {
    return WrongUse(output,
                    "this is neither a stay id nor a patient reference; take one from the page or "
                    "from `overgang log dump`");
  }
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetPathwayResponse response;
    if (absl::Status status = hub.Call("PathwayService/GetPathway", request, &response);
        !status.ok())
      return status;
    if (connection.json) {
      PrintJson(output, response.as_of());
      for (const v1::Stay& stay : response.stays()) PrintJson(output, stay);
      for (const v1::PathwayEntry& entry : response.facts()) PrintJson(output, entry);
      return absl::OkStatus();
    }
    for (const v1::Stay& stay : response.stays()) {
      PrintStay(stay, output);
      PrintFacts(response, stay.stay_id(), output);
    }
    bool loose = false;
    for (const v1::PathwayEntry& entry : response.facts()) loose |= entry.stay_id().empty();
    if (loose) {
      *output.out << Coloured(output, Colour::kBold, "Facts of no stay") << '\n';
      PrintFacts(response, "", output);
    }
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
