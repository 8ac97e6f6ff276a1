// `overgang sources`, `parked`, `rebuild --verify` and `backup`.
#include "absl/strings/str_cat.h"
#include "app/cli/fact_text.h"
#include "app/cli/requests.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang::cli {
namespace {

constexpr int kParkedPageSize = 1'000;

void PrintReceipt(const v1::Receipt& receipt, const char* what, bool json, const Output& output) {
  if (json) return PrintJson(output, receipt);
  *output.out << what << ", as fact " << receipt.event_id() << '\n';
}

void PrintParked(const v1::ParkedMessage& parked, const Output& output) {
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty())
      *output.out << name << std::string(12 - std::string_view(name).size(), ' ') << value << '\n';
  };
  line("parked id", parked.parked_id());
  line("state", parked.state());
  line("source", parked.source());
  line("parked at", OsloText(parked.has_parked_at(), parked.parked_at()));
  line("place", parked.place());
  line("code", parked.code());
  line("reason", parked.reason());
  line("original", parked.original_id());
  if (!parked.topic().empty())
    line("record", absl::StrCat(parked.topic(), "/", parked.partition(), "@", parked.offset()));
}

}  // namespace

int RunSources(const Connection& connection, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::GetDataQualityResponse response;
    if (absl::Status status =
            hub.Call("OperationsService/GetDataQuality", v1::GetDataQualityRequest(), &response);
        !status.ok())
      return status;
    if (connection.json) {
      PrintJson(output, response.as_of());
      for (const v1::SourceQuality& quality : response.quality()) PrintJson(output, quality);
      return absl::OkStatus();
    }
    Table sources({{"SOURCE"}, {"LAST HEARD"}, {"FACTS"}, {"STALE"}});
    for (const v1::SourceAge& source : response.as_of().sources()) {
      sources.Add({source.source(), OsloText(source.has_last_heard_at(), source.last_heard_at()),
                   absl::StrCat(source.facts()), source.stale() ? "stale" : ""});
    }
    sources.Print(output);
    if (response.quality().empty()) {
      *output.out << "\nNo stay bears a data quality flag.\n";
      return absl::OkStatus();
    }
    *output.out << '\n';
    Table quality({{"SOURCE"}, {"FLAG"}, {"STAYS"}});
    for (const v1::SourceQuality& row : response.quality()) {
      quality.Add({row.source(), EnumText(*v1::StayFlag_descriptor(), row.flag()),
                   absl::StrCat(row.stays())});
    }
    quality.Print(output);
    return absl::OkStatus();
  });
}

int RunParkedList(const Connection& connection, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    Table table({{"PARKED AT"}, {"SOURCE"}, {"PLACE"}, {"CODE"}, {"STATE"}, {"PARKED ID"}});
    v1::ListParkedRequest request;
    request.set_page_size(kParkedPageSize);
    int64_t messages = 0;
    do {
      v1::ListParkedResponse response;
      if (absl::Status status = hub.Call("OperationsService/ListParked", request, &response);
          !status.ok())
        return status;
      messages += response.parked_size();
      for (const v1::ParkedMessage& parked : response.parked()) {
        if (connection.json) {
          PrintJson(output, parked);
        } else {
          table.Add({OsloText(parked.has_parked_at(), parked.parked_at()), parked.source(),
                     parked.place(), parked.code(), parked.state(), parked.parked_id()});
        }
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    if (connection.json) return absl::OkStatus();
    if (messages == 0) {
      *output.out << "Nothing is parked.\n";
    } else {
      table.Print(output);
    }
    return absl::OkStatus();
  });
}

int RunParkedShow(const Connection& connection, const std::string& id, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) -> absl::Status {
    v1::ListParkedRequest request;
    request.set_parked_id(id);
    v1::ListParkedResponse response;
    if (absl::Status status = hub.Call("OperationsService/ListParked", request, &response);
        !status.ok())
      return status;
    if (response.parked().empty())
      return absl::NotFoundError(
          "no parked message has this id; `overgang parked list` names them");
    for (const v1::ParkedMessage& parked : response.parked()) {
      connection.json ? PrintJson(output, parked) : PrintParked(parked, output);
    }
    return absl::OkStatus();
  });
}

int RunParkedRetry(const Connection& connection, const std::string& id, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::RetryParkedRequest request;
    request.set_parked_id(id);
    v1::Receipt receipt;
    absl::Status status = hub.Call("OperationsService/RetryParked", request, &receipt);
    if (status.ok()) PrintReceipt(receipt, "Retried", connection.json, output);
    return status;
  });
}

int RunParkedDiscard(const Connection& connection, const std::string& id, const std::string& reason,
                     const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::DiscardParkedRequest request;
    request.set_parked_id(id);
    request.set_reason(reason);
    v1::Receipt receipt;
    absl::Status status = hub.Call("OperationsService/DiscardParked", request, &receipt);
    if (status.ok()) PrintReceipt(receipt, "Discarded", connection.json, output);
    return status;
  });
}

int RunVerifyRebuild(const Connection& connection, const Output& output) {
  bool equal = false;
  const int code = WithHub(connection, output, [&](HubClient& hub) {
    v1::VerifyRebuildResponse response;
    absl::Status status = hub.Call("OperationsService/VerifyRebuild", v1::VerifyRebuildRequest(),
                                   &response, kLongCallWait);
    if (!status.ok()) return status;
    equal = response.equal();
    if (connection.json) {
      PrintJson(output, response);
      return absl::OkStatus();
    }
    *output.out << (equal ? "Equal, byte for byte: "
                          : Coloured(output, Colour::kRed, "Not equal: "))
                << response.facts() << " facts folded anew, " << response.rows()
                << " rows compared, in " << absl::StrCat(response.seconds()) << " s\n";
    for (const std::string& difference : response.differences())
      *output.out << "  differs: " << difference << '\n';
    return absl::OkStatus();
  });
  return code == kDone && !equal ? kFailed : code;
}

int RunBackup(const Connection& connection, const std::string& directory, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::BackupRequest request;
    request.set_directory(directory);
    v1::BackupResponse response;
    if (absl::Status status =
            hub.Call("OperationsService/Backup", request, &response, kLongCallWait);
        !status.ok())
      return status;
    if (connection.json) {
      PrintJson(output, response);
    } else {
      *output.out << response.bytes() << " bytes in " << directory << " on the hub's machine\n";
    }
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
