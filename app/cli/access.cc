// `overgang access`.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/cli/requests.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang::cli {
namespace {

constexpr int kPageSize = 1'000;

// "kommune=5001 state=STAY_STATE_UKP".
std::string AskedText(const v1::AccessEntry& entry) {
  std::vector<std::string> words;
  for (const auto& [name, value] : entry.asked()) words.push_back(absl::StrCat(name, "=", value));
  std::sort(words.begin(), words.end());
  return absl::StrJoin(words, " ");
}

std::string ToldText(const v1::AccessEntry& entry) {
  if (entry.unlisted()) return "all from here on";
  if (entry.stay_ids_size() == 1) return entry.stay_ids(0);
  return absl::StrCat(entry.count());
}

}  // namespace

int RunAccess(const Connection& connection, const AccessOptions& options, const Output& output) {
  return WithHub(connection, output, [&](HubClient& hub) {
    Table table({{"AT"}, {"PRINCIPAL"}, {"METHOD"}, {"OUTCOME"}, {"STAYS"}, {"ASKED FOR"}});
    v1::ReadAccessLogRequest request;
    request.set_from(options.from);
    request.set_to(options.to);
    request.set_principal(options.principal);
    request.set_stay_id(options.stay_id);
    request.set_page_size(kPageSize);
    int64_t entries = 0, unreadable = 0;
    do {
      v1::ReadAccessLogResponse response;
      absl::Status status = hub.Call("OperationsService/ReadAccessLog", request, &response);
      if (!status.ok()) return status;
      entries += response.entries_size();
      unreadable += response.unreadable();
      for (const v1::AccessEntry& entry : response.entries()) {
        if (connection.json) {
          PrintJson(output, entry);
        } else {
          table.Add({OsloText(entry.has_at(), entry.at()),
                     entry.principal(),
                     entry.method(),
                     {entry.outcome(), entry.outcome() == "OK" ? Colour::kNone : Colour::kRed},
                     ToldText(entry),
                     AskedText(entry)});
        }
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    if (unreadable > 0)
      *output.err << unreadable << " lines of the access log are no entries, as after a crash\n";
    if (connection.json) return absl::OkStatus();
    if (entries == 0) {
      *output.out << "Nobody was told of anybody.\n";
    } else {
      table.Print(output);
    }
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
