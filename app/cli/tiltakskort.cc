// `overgang escalation cards|acknowledge|done|decline|watch`, `overgang meeting ...`: tiltakskort
// and capacity meetings.
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::cli {
namespace {

constexpr size_t kKommuneDigits = 4;

std::string Recipient(const std::string& id) {
  return id.empty() ? "" : absl::StrCat(id.size() == kKommuneDigits ? "k:" : "h:", id);
}

std::string LevelName(v1::EscalationLevel level) {
  switch (level) {
    case v1::ESCALATION_LEVEL_HVIT:
      return "hvit";
    case v1::ESCALATION_LEVEL_GRONN:
      return "grønn";
    case v1::ESCALATION_LEVEL_GUL:
      return "gul";
    case v1::ESCALATION_LEVEL_ROD:
      return "rød";
    default:
      return "";
  }
}

Table::Cell StateOf(const v1::TiltakStanding& action) {
  if (action.state() == v1::TILTAK_STATE_DONE) return {"done", Colour::kDim};
  if (action.state() == v1::TILTAK_STATE_DECLINED) return {"declined", Colour::kYellow};
  return action.overdue() ? Table::Cell("overdue", Colour::kRed) : Table::Cell("open");
}

// The card, and a line for each of its actions.
void PrintCard(const v1::Tiltakskort& card, const Output& output) {
  const v1::TiltakskortIssued& issued = card.issued();
  *output.out << Coloured(output, Colour::kBold, issued.title()) << "\n  " << issued.recipient()
              << (card.level() == v1::ESCALATION_LEVEL_UNSPECIFIED ? "" : ", ")
              << LevelName(card.level()) << ", issued " << OsloText(true, card.issued_at())
              << "\n  card " << issued.card_id() << '\n';
  if (!card.open()) {
    *output.out << "  closed " << OsloText(true, card.closed_at()) << '\n';
  } else if (card.has_acknowledged()) {
    *output.out << "  acknowledged by " << card.acknowledged().by() << " as "
                << card.acknowledged().role() << '\n';
  } else {
    *output.out << "  to be acknowledged by "
                << (card.role().empty() ? std::string("any of its roles") : card.role())
                << (card.has_acknowledge_by() ? " before " : "")
                << OsloText(card.has_acknowledge_by(), card.acknowledge_by()) << '\n';
  }
  Table table({{"ACTION"}, {"STATE"}, {"DUE"}, {"OWNER"}, {"WHAT"}});
  for (int i = 0; i < card.actions_size() && i < issued.actions_size(); ++i) {
    const v1::TiltakStanding& action = card.actions(i);
    table.Add({action.tiltak_id(), StateOf(action), OsloText(action.has_due_at(), action.due_at()),
               issued.actions(i).owner().role(), issued.actions(i).text()});
  }
  table.Print(output);
  *output.out << '\n';
}

// A line a role, with all for whom nobody holds it.
void PrintVacant(const v1::ListTiltakskortResponse& response, const Output& output) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> recipients;
  for (const v1::VacantRole& vacant : response.vacant())
    recipients[{vacant.name(), vacant.role()}].push_back(vacant.recipient());
  for (const auto& [role, of] : recipients) {
    *output.err << "nobody holds " << role.second << " (" << role.first
                << "): " << absl::StrJoin(of, ", ") << '\n';
  }
}

int Tell(const Connection& connection, std::string_view method,
         const google::protobuf::Message& request, const char* done, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::Receipt receipt;
    absl::Status status = hub.Call(method, request, &receipt);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, receipt);
    } else {
      *output.out << done << '\n';
    }
    return absl::OkStatus();
  });
}

// "owner@recipient;due;text" as `meeting hold --decide` takes it.
absl::StatusOr<v1::MeetingDecision> ReadDecision(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(';', 2));
  constexpr char kForm[] = "write it as OWNER[@KOMMUNE];2026-01-15T15:00;what was decided";
  if (parts.size() != 3) return absl::InvalidArgumentError(kForm);
  v1::MeetingDecision decision;
  const std::vector<std::string> owner = absl::StrSplit(parts[0], absl::MaxSplits('@', 1));
  decision.set_owner(owner[0]);
  if (owner.size() == 2) decision.set_recipient(Recipient(owner[1]));
  const absl::StatusOr<absl::Time> due = ParseTime(parts[1]);
  if (!due.ok()) return due.status();
  *decision.mutable_due_at() = ToProto(*due);
  decision.set_text(parts[2]);
  return decision;
}

absl::Status WritePage(const std::string& file, const std::string& page) {
  std::ofstream stream(file, std::ios::binary);
  stream << page;
  stream.close();
  if (stream) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(file, ": cannot be written; check the folder and free space"));
}

}  // namespace

int RunCards(const Connection& connection, const CardsOptions& options, const Output& output) {
  v1::ListTiltakskortRequest request;
  request.set_open_only(!options.all);
  request.set_recipient(Recipient(options.scope));
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::ListTiltakskortResponse response;
    absl::Status status = hub.Call("EscalationService/ListTiltakskort", request, &response);
    if (!status.ok()) return status;
    for (const v1::Tiltakskort& card : response.cards()) {
      connection.json ? PrintJson(output, card) : PrintCard(card, output);
    }
    if (response.cards().empty() && !connection.json) *output.out << "No tiltakskort.\n";
    PrintVacant(response, output);
    return absl::OkStatus();
  });
}

int RunAcknowledge(const Connection& connection, const CardsOptions& options,
                   const Output& output) {
  v1::AcknowledgeTiltakRequest request;
  request.set_idempotency_key(RandomUuid());
  request.set_card_id(options.card);
  request.set_tiltak_id(options.tiltak);
  return Tell(connection, "EscalationService/AcknowledgeTiltak", request, "Acknowledged", output);
}

int RunComplete(const Connection& connection, const CardsOptions& options, const Output& output) {
  v1::CompleteTiltakRequest request;
  request.set_idempotency_key(RandomUuid());
  request.set_card_id(options.card);
  request.set_tiltak_id(options.tiltak);
  request.set_outcome(options.outcome);
  request.set_declined_reason(options.reason);
  return Tell(connection, "EscalationService/CompleteTiltak", request,
              options.reason.empty() ? "Done" : "Declined", output);
}

int RunWatchEscalation(const Connection& connection, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::WatchEscalationResponse response;
    return hub.Stream("EscalationService/WatchEscalation", v1::WatchEscalationRequest(), &response,
                      [&] {
                        if (connection.json) {
                          PrintJson(output, response);
                          return true;
                        }
                        for (const v1::HospitalLevel& level : response.levels()) {
                          *output.out << level.hospital() << ' ' << LevelName(level.level())
                                      << " since " << OsloText(true, level.since()) << '\n';
                        }
                        for (const v1::Tiltakskort& card : response.cards())
                          PrintCard(card, output);
                        *output.out << std::flush;
                        return true;
                      });
  });
}

int RunHoldMeeting(const Connection& connection, const MeetingOptions& options,
                   const Output& output) {
  v1::HoldMeetingRequest request;
  request.set_idempotency_key(RandomUuid());
  request.set_hospital(options.hospital);
  for (const std::string& text : options.decisions) {
    auto decision = ReadDecision(text);
    if (!decision.ok())
      return WrongUse(output, absl::StrCat("--decide: ", decision.status().message()));
    *request.add_decided() = *std::move(decision);
  }
  for (const std::string& role : options.present) {
    v1::MeetingAttendance& attendance = *request.add_attendance();
    const std::vector<std::string> parts = absl::StrSplit(role, absl::MaxSplits('@', 1));
    attendance.set_role(parts[0]);
    if (parts.size() == 2) attendance.set_recipient(Recipient(parts[1]));
    attendance.set_present(true);
  }
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::Receipt receipt;
    absl::Status status = hub.Call("EscalationService/HoldMeeting", request, &receipt);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, receipt);
    } else {
      *output.out << "Meeting " << receipt.event_id() << '\n';
    }
    return absl::OkStatus();
  });
}

int RunShowMeeting(const Connection& connection, const MeetingOptions& options,
                   const Output& output) {
  v1::GetMeetingRequest request;
  IsUuid(options.id) ? request.set_meeting_id(options.id) : request.set_hospital(options.id);
  request.set_pdf(options.out.ends_with(".pdf"));
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetMeetingResponse response;
    absl::Status status = hub.Call("EscalationService/GetMeeting", request, &response);
    if (!status.ok()) return status;
    if (request.pdf()) return WritePage(options.out, response.summary_pdf());
    if (!options.out.empty()) return WritePage(options.out, response.summary_html());
    if (connection.json) {
      PrintJson(output, response);
      return absl::OkStatus();
    }
    *output.out << "Meeting " << response.meeting().meeting_id() << ", held "
                << OsloText(true, response.held_at()) << "; " << response.snapshot().census().ukp()
                << " UKP\n";
    for (const v1::Tiltakskort& card : response.cards()) PrintCard(card, output);
    for (const v1::MeetingCorrection& correction : response.corrections()) {
      *output.out << "corrected since: " << correction.of() << ' ' << correction.number() << ' '
                  << correction.frozen() << " -> " << correction.now() << '\n';
    }
    return absl::OkStatus();
  });
}

int RunListMeetings(const Connection& connection, const MeetingOptions& options,
                    const Output& output) {
  v1::ListMeetingsRequest request;
  request.set_hospital(options.hospital);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::ListMeetingsResponse response;
    absl::Status status = hub.Call("EscalationService/ListMeetings", request, &response);
    if (!status.ok()) return status;
    Table table({{"HELD"}, {"DECISIONS", Align::kRight}, {"MEETING"}});
    for (const v1::MeetingLine& meeting : response.meetings()) {
      if (connection.json) {
        PrintJson(output, meeting);
      } else {
        table.Add({OsloText(true, meeting.held_at()), int64_t{meeting.decisions()},
                   meeting.meeting_id()});
      }
    }
    if (!connection.json) table.Print(output);
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
