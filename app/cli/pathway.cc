// `overgang pathway`: stays told as stories, as the hub tells them.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "app/cli/accounts.h"
#include "app/cli/requests.h"
#include "core/bokmal.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"
#include "overgang/v1/pathway_service.pb.h"

namespace overgang::cli {
namespace {

using google::protobuf::Timestamp;

constexpr size_t kNameColumn = 26;  // As wide as the longest name in a head, and two spaces.

std::string MomentText(bool has, const Timestamp& time) {
  return has ? bokmal::Moment(FromProto(time)) : "";
}

std::string PatientText(const v1::Stay& stay) {
  const char* who = stay.sex() == v1::SEX_FEMALE ? "Kvinne"
                    : stay.sex() == v1::SEX_MALE ? "Mann"
                                                 : "Pasient";
  if (stay.sex() == v1::SEX_UNSPECIFIED) return who;
  return absl::StrCat(who, ", ", stay.age_at_admission(), " år");
}

void PrintHead(const v1::Stay& stay, const Output& output) {
  *output.out << Coloured(output, Colour::kBold, PatientText(stay)) << '\n';
  const auto line = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    const std::string padding(kNameColumn - Width(name), ' ');
    *output.out << "  " << Coloured(output, Colour::kDim, name) << padding << value << '\n';
  };
  line("Sykehus", stay.hospital_name());
  line("Avdeling", stay.ward_name());
  line("Kommune", KommuneName(stay.stay_kommune()));
  if (stay.residence_kommune() != stay.stay_kommune())
    line("Folkeregistrert kommune", KommuneName(stay.residence_kommune()));
  line("Innlagt", MomentText(stay.has_admitted_at(), stay.admitted_at()));
  line("Forventet utskrivning",
       MomentText(stay.has_expected_discharge(), stay.expected_discharge()));
  line("Utskrevet",
       stay.has_discharged_at() ? MomentText(true, stay.discharged_at()) : "ikke ennå");
  if (!stay.ukp_periods().empty()) {
    line("Overliggerdøgn", absl::StrCat(stay.overliggerdogn()));
    line("Døgn å betale for", absl::StrCat(stay.payable_days()));
  }
  line("Oppholdets nummer", stay.stay_id());
  line("Pasientens referanse", stay.patient_ref());
}

// What stands before a line: where it comes from, or how a deadline stands.
struct Mark {
  const char* text;
  Colour colour;
};

Mark MarkOf(const v1::StoryLine& line) {
  switch (line.kind()) {
    case v1::StoryLine::KIND_DERIVED:
      return {"→", Colour::kNone};
    case v1::StoryLine::KIND_WARNING:
      return {"?", Colour::kYellow};
    case v1::StoryLine::KIND_DEADLINE:
      if (line.deadline_state() == v1::DEADLINE_STATE_MET) return {"✓", Colour::kNone};
      if (line.deadline_state() == v1::DEADLINE_STATE_RUNNING) return {"…", Colour::kNone};
      return {"!", Colour::kYellow};
    default:
      return {" ", line.cancelled() ? Colour::kDim : Colour::kNone};
  }
}

std::string ClockText(const v1::StoryLine& line) {
  return line.at_precision() == v1::PRECISION_DAY ? "" : bokmal::Clock(FromProto(line.at()));
}

// In lines of the terminal's width, under each other after `before`.
void PrintWrapped(const std::string& before, const std::string& text, Colour colour,
                  const Output& output) {
  const size_t indent = Width(before);
  bool first = true;
  for (const std::string& line : Wrapped(text, output.width - std::min(indent, output.width))) {
    *output.out << (first ? before : std::string(indent, ' ')) << Coloured(output, colour, line)
                << '\n';
    first = false;
  }
}

void PrintLine(const v1::StoryLine& line, size_t clock_width, const Output& output) {
  const Mark mark = MarkOf(line);
  const std::string clock = ClockText(line);
  const std::string before =
      absl::StrCat("  ", clock, std::string(clock_width - Width(clock), ' '), "  ", mark.text, " ");
  PrintWrapped(before, line.cancelled() ? absl::StrCat("Gjelder ikke: ", line.text()) : line.text(),
               mark.colour, output);
  const std::string& why = line.kind() == v1::StoryLine::KIND_FACT ? line.source() : line.rule();
  if (!why.empty()) PrintWrapped(std::string(Width(before), ' '), why, Colour::kDim, output);
}

// The lines of one stay, or of none, day by day.
bool PrintStory(const v1::GetPathwayResponse& response, const std::string& stay_id,
                const char* title, const Output& output) {
  std::vector<const v1::StoryLine*> lines;
  size_t clock_width = 0;
  for (const v1::StoryLine& line : response.story()) {
    if (line.stay_id() != stay_id) continue;
    lines.push_back(&line);
    clock_width = std::max(clock_width, Width(ClockText(line)));
  }
  if (lines.empty()) return false;
  *output.out << Coloured(output, Colour::kBold, title) << '\n';
  absl::CivilDay shown = absl::CivilDay::min();
  for (const v1::StoryLine* line : lines) {
    const absl::CivilDay day = OsloDate(FromProto(line->at()));
    if (day != shown) *output.out << Coloured(output, Colour::kBold, bokmal::LongDate(day)) << '\n';
    shown = day;
    PrintLine(*line, clock_width, output);
  }
  return true;
}

void PrintViews(const v1::GetPathwayResponse& response, const v1::Stay& stay,
                const Output& output) {
  for (const v1::StayViews& views : response.views()) {
    if (views.stay_id() == stay.stay_id())
      PrintAccounts(views.views(), OsloDate(FromProto(stay.admitted_at())), output);
  }
}

void PrintPathway(const v1::GetPathwayResponse& response, const Output& output) {
  for (const v1::Stay& stay : response.stays()) {
    PrintHead(stay, output);
    *output.out << '\n';
    PrintStory(response, stay.stay_id(), "Hva som har skjedd", output);
    PrintViews(response, stay, output);
    *output.out << '\n';
  }
  if (PrintStory(response, "", "Opplysninger som ikke hører til noe opphold", output))
    *output.out << '\n';
  PrintWrapped(
      "",
      absl::StrCat("Slik det var kjent ", bokmal::Moment(FromProto(response.as_of().now())),
                   ". Overgang forteller hva som er meldt, og regner etter reglene; det er "
                   "forskriften og avtalene som avgjør."),
      Colour::kDim, output);
}

void PrintPathwayJson(const v1::GetPathwayResponse& response, const Output& output) {
  PrintJson(output, response.as_of());
  for (const v1::Stay& stay : response.stays()) PrintJson(output, stay);
  for (const v1::PathwayEntry& entry : response.facts()) PrintJson(output, entry);
  for (const v1::StoryLine& line : response.story()) PrintJson(output, line);
}

absl::Status FillRequest(const PathwayOptions& options, v1::GetPathwayRequest* request) {
  if (IsPatientRef(options.id)) {
    request->set_patient_ref(options.id);
  } else if (IsUuid(options.id)) {
    request->set_stay_id(options.id);
  } else {
    return absl::InvalidArgumentError(
        "this is neither a stay id nor a patient reference; take one from the page or from "
        "`overgang log dump`");
  }
  auto moment = MomentOf(options.as_of, options.as_of_cursor, options.occurred_until);
  if (!moment.ok()) return moment.status();
  *request->mutable_moment() = *std::move(moment);
  return absl::OkStatus();
}

}  // namespace

int RunPathway(const Connection& connection, const PathwayOptions& options, const Output& output) {
  v1::GetPathwayRequest request;
  if (absl::Status status = FillRequest(options, &request); !status.ok())
    return WrongUse(output, std::string(status.message()));
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetPathwayResponse response;
    if (absl::Status status = hub.Call("PathwayService/GetPathway", request, &response);
        !status.ok())
      return status;
    connection.json ? PrintPathwayJson(response, output) : PrintPathway(response, output);
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
