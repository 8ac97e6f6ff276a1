// `overgang log tail` and `overgang log dump`.
#include <optional>

#include "absl/strings/str_cat.h"
#include "app/cli/fact_text.h"
#include "app/cli/requests.h"
#include "core/oslo_time.h"
#include "core/topics.h"
#include "overgang/v1/operations_service.pb.h"

namespace overgang::cli {
namespace {

// "pathway" is short for "overgang.pathway.v1".
std::optional<std::string> TopicName(const std::string& text) {
  for (const TopicSpec& spec : kTopics) {
    if (spec.name == text || spec.name == absl::StrCat("overgang.", text, ".v1") ||
        spec.name == absl::StrCat("overgang.", text)) {
      return std::string(spec.name);
    }
  }
  return std::nullopt;
}

std::string AllTopics() {
  std::string names;
  for (const TopicSpec& spec : kTopics)
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(spec.name));
  return names;
}

// One line, as it comes: a table would have to wait for the end.
void PrintRecord(const v1::ReadLogResponse& record, const Output& output) {
  std::ostream& out = *output.out;
  out << Coloured(output, Colour::kDim,
                  absl::StrCat(OsloText(record.has_appended_at(), record.appended_at()), "  ",
                               record.topic(), "/", record.partition(), "@", record.offset()))
      << "  ";
  if (!record.has_fact()) {
    out << Coloured(output, Colour::kRed, absl::StrCat("unreadable: ", record.unreadable())) << '\n'
        << std::flush;
    return;
  }
  out << Coloured(output, Colour::kBold, FactTitle(record.fact())) << "  " << record.key();
  const std::string occurred = OccurredText(record.fact()), details = FactDetails(record.fact());
  if (!occurred.empty()) out << "  at " << occurred;
  if (!details.empty()) out << "  " << details;
  out << '\n' << std::flush;
}

}  // namespace

int RunLog(const Connection& connection, const LogOptions& options, const Output& output) {
  v1::ReadLogRequest request;
  if (!options.topic.empty()) {
    const std::optional<std::string> topic = TopicName(options.topic);
    if (!topic)
      return WrongUse(output,
                      absl::StrCat("--topic: there is no such topic; one of ", AllTopics()));
    request.set_topic(*topic);
  }
  request.set_from(options.from);
  request.set_follow(options.follow);
  request.set_limit(options.limit);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::ReadLogResponse record;
    return hub.Stream("OperationsService/ReadLog", request, &record, [&] {
      connection.json ? PrintJson(output, record) : PrintRecord(record, output);
      return output.out->good();  // Nobody reads any more, as with `| head`.
    });
  });
}

}  // namespace overgang::cli
