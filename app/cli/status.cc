// `overgang status`: the daily status, its mails and what became of them.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "overgang/v1/daily_status_service.pb.h"

namespace overgang::cli {
namespace {

constexpr size_t kKommuneDigits = 4;

// Empty: all.
std::string ScopeText(const std::string& id) {
  return id.empty() ? "" : absl::StrCat(id.size() == kKommuneDigits ? "k:" : "h:", id);
}

// Its text, or the whole of it in a file.
absl::Status Show(const v1::MailContent& mail, const std::string& out, const Output& output) {
  if (out.empty()) {
    *output.out << "Subject: " << mail.subject() << "\n\n" << mail.text();
    if (!mail.files().empty()) *output.out << "\nAttached:";
    for (const std::string& file : mail.files()) *output.out << ' ' << file;
    *output.out << '\n';
    return absl::OkStatus();
  }
  std::ofstream stream(out, std::ios::binary);
  stream << mail.message();
  stream.close();
  if (!stream)
    return absl::UnavailableError(
        absl::StrCat(out, ": cannot be written; check the folder and free space"));
  return absl::OkStatus();
}

Colour ColourOf(const std::string& state) {
  if (state == "rejected" || state == "missed") return Colour::kRed;
  if (state == "uncertain" || state == "attempted") return Colour::kYellow;
  return state == "paused" ? Colour::kDim : Colour::kNone;
}

// "on 2026-01-15"; "today (2026-01-15)" where no date was asked for, by the hub's clock.
std::string DayText(const std::string& date, const v1::ListDeliveriesResponse& response) {
  if (!date.empty()) return absl::StrCat("on ", date);
  return absl::StrCat("today (",
                      absl::FormatTime("%Y-%m-%d", FromProto(response.as_of().now()), Oslo()), ")");
}

void PrintDeliveries(const std::string& date, const v1::ListDeliveriesResponse& response,
                     const Output& output) {
  Table table({{"STATE"},
               {"AT"},
               {"TO"},
               {"REVISION", Align::kRight},
               {"TRIES", Align::kRight},
               {"AGAIN AT"},
               {"ADDRESS HASH"},
               {"MESSAGE ID"},
               {"REPLY"}});
  for (const v1::Delivery& delivery : response.deliveries()) {
    table.Add({{delivery.state(), ColourOf(delivery.state())},
               OsloText(delivery.has_at(), delivery.at()),
               absl::StrCat(delivery.scope().substr(2), " ", delivery.name()),
               int64_t{delivery.revision()},
               int64_t{delivery.attempts()},
               OsloText(delivery.has_retry_at(), delivery.retry_at()),
               delivery.address_hash(),
               delivery.message_id(),
               delivery.reply()});
  }
  if (response.deliveries().empty()) {
    *output.out << "No mails are due or were sent " << DayText(date, response) << ".\n";
  } else {
    table.Print(output);
  }
  for (const std::string& mistake : response.recipient_mistakes())
    *output.err << "left out: " << mistake << '\n';
}

}  // namespace

int RunStatusPreview(const Connection& connection, const StatusOptions& options,
                     const Output& output) {
  v1::GetDailyStatusRequest request;
  options.scope.size() == kKommuneDigits ? request.set_kommune(options.scope)
                                         : request.set_hospital(options.scope);
  request.set_date(options.date);
  request.set_language(options.language);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetDailyStatusResponse response;
    absl::Status status = hub.Call("DailyStatusService/GetDailyStatus", request, &response);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, response);
      return absl::OkStatus();
    }
    if (!response.issued()) *output.err << "Not issued: counted now.\n";
    return Show(response.mail(), options.out, output);
  });
}

int RunStatusSend(const Connection& connection, const StatusOptions& options,
                  const Output& output) {
  v1::SendDailyStatusRequest request;
  request.set_scope(ScopeText(options.scope));
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::SendDailyStatusResponse response;
    absl::Status status = hub.Call("DailyStatusService/SendDailyStatus", request, &response);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, response);
    } else {
      *output.out << response.mails() << (response.mails() == 1 ? " mail" : " mails")
                  << " will be sent; `overgang status deliveries` shows what becomes of "
                     "them\n";
    }
    return absl::OkStatus();
  });
}

int RunStatusDeliveries(const Connection& connection, const StatusOptions& options,
                        const Output& output) {
  v1::ListDeliveriesRequest request;
  request.set_date(options.date);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::ListDeliveriesResponse response;
    absl::Status status = hub.Call("DailyStatusService/ListDeliveries", request, &response);
    if (!status.ok()) return status;
    if (!connection.json) {
      PrintDeliveries(options.date, response, output);
      return absl::OkStatus();
    }
    for (const v1::Delivery& delivery : response.deliveries()) PrintJson(output, delivery);
    return absl::OkStatus();
  });
}

int RunStatusMail(const Connection& connection, const StatusOptions& options,
                  const Output& output) {
  v1::GetMailRequest request;
  request.set_message_id(options.id);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetMailResponse response;
    absl::Status status = hub.Call("DailyStatusService/GetMail", request, &response);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, response);
      return absl::OkStatus();
    }
    if (!response.as_sent())
      *output.err << "Not quite as it was sent: templates, names or the sender have changed "
                     "since.\n";
    return Show(response.mail(), options.out, output);
  });
}

int RunStatusPause(const Connection& connection, const StatusOptions& options,
                   const Output& output) {
  v1::PauseRecipientRequest request;
  request.set_scope(ScopeText(options.scope));
  request.set_address_hash(options.address_hash);
  request.set_reason(options.reason);
  request.set_resume(options.reason.empty());
  if (!options.until.empty()) {
    const absl::StatusOr<absl::Time> until = ParseTime(options.until);
    if (!until.ok()) return WrongUse(output, absl::StrCat("--until: ", until.status().message()));
    *request.mutable_until() = ToProto(*until);
  }
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::PauseRecipientResponse response;
    absl::Status status = hub.Call("DailyStatusService/PauseRecipient", request, &response);
    if (!status.ok()) return status;
    if (connection.json) {
      PrintJson(output, response);
    } else {
      *output.out << (request.resume() ? "Resumed\n" : "Paused\n");
    }
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
