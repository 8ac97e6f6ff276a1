// `overgang rules` and `escalation dry-run`: checks rules of escalation as the hub would, and lays
// beside one another what several would have done in a period, and what was done.
#include "consumers/escalation/rules.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "app/cli/requests.h"
#include "consumers/escalation/rules_file.h"
#include "core/oslo_time.h"
#include "overgang/v1/escalation_service.pb.h"

namespace overgang::cli {
namespace {

constexpr char kMethod[] = "EscalationService/DryRunRules";

struct Tried {
  std::string name;
  v1::DryRunRulesResponse response;
};

std::string TimeText(const v1::LevelCourse& course, v1::EscalationLevel level) {
  for (const v1::LevelTime& time : course.times()) {
    if (time.level() != level) continue;
    return absl::StrCat(DurationText(absl::Seconds(time.time().seconds())), " in ", time.spells());
  }
  return "-";
}

// One column for each, what was done first.
void PrintComparison(const std::vector<Tried>& all, const Output& output) {
  std::vector<Table::Column> columns = {{"SCOPE"}, {""}, {"IN THE LOG"}};
  for (const Tried& tried : all) columns.push_back({tried.name});
  Table table(columns);
  for (int i = 0; i < all.front().response.scopes_size(); ++i) {
    const auto row = [&](const std::string& what, const auto& of_course, const auto& of_cards) {
      const v1::DryRunScope& first = all.front().response.scopes(i);
      std::vector<Table::Cell> cells = {first.name(), what,
                                        of_course(first.did()) + of_cards(first.did_cards_size())};
      for (const Tried& tried : all) {
        const v1::DryRunScope& scope = tried.response.scopes(i);
        cells.push_back(of_course(scope.would()) + of_cards(scope.would_cards_size()));
      }
      table.Add(std::move(cells));
    };
    const auto no_course = [](const v1::LevelCourse&) { return std::string(); };
    const auto no_cards = [](int) { return std::string(); };
    for (int level = v1::ESCALATION_LEVEL_ROD; level >= v1::ESCALATION_LEVEL_HVIT; --level) {
      const auto of = static_cast<v1::EscalationLevel>(level);
      row(
          std::string(escalation::NameOf(of)),
          [of](const v1::LevelCourse& course) { return TimeText(course, of); }, no_cards);
    }
    row(
        "changes", [](const v1::LevelCourse& course) { return absl::StrCat(course.changes()); },
        no_cards);
    row(
        "flaps", [](const v1::LevelCourse& course) { return absl::StrCat(course.flaps()); },
        no_cards);
    row("cards", no_course, [](int cards) { return absl::StrCat(cards); });
  }
  table.Print(output);
}

}  // namespace

int RunRulesCheck(const Connection& connection, const std::string& file, const Output& output) {
  v1::DryRunRulesRequest request;
  absl::StatusOr<std::string> text = ReadFile(file, escalation::kRulesBytesMax);
  if (!text.ok()) return WrongUse(output, std::string(text.status().message()));
  request.set_rules_toml(*std::move(text));
  request.set_check_only(true);
  return WithHub(connection, output, [&](HubClient& hub) {
    v1::DryRunRulesResponse response;
    absl::Status status = hub.Call(kMethod, request, &response);
    if (status.ok()) *output.out << file << ": no mistakes\n";
    return status;
  });
}

int RunRulesDefault(const Output& output) {
  *output.out << std::string(escalation::DefaultRulesText());
  return kDone;
}

int RunRulesDryRun(const Connection& connection, const DryRunOptions& options,
                   const Output& output) {
  const absl::StatusOr<absl::Time> from = ParseTime(options.from);
  const absl::StatusOr<absl::Time> to = ParseTime(options.to);
  if (!from.ok() || !to.ok()) {
    return WrongUse(output, absl::StrCat("--from, --to: ",
                                         std::string((from.ok() ? to : from).status().message())));
  }
  std::vector<std::pair<std::string, v1::DryRunRulesRequest>> requests;
  const auto add = [&](const std::string& name, std::string rules) {
    v1::DryRunRulesRequest& request = requests.emplace_back(name, v1::DryRunRulesRequest()).second;
    request.set_rules_toml(std::move(rules));
    *request.mutable_from() = ToProto(*from);
    *request.mutable_to() = ToProto(*to);
    request.mutable_hospitals()->Assign(options.hospitals.begin(), options.hospitals.end());
    request.mutable_regions()->Assign(options.regions.begin(), options.regions.end());
  };
  for (const std::string& file : options.rules_files) {
    absl::StatusOr<std::string> rules = ReadFile(file, escalation::kRulesBytesMax);
    if (!rules.ok())
      return WrongUse(output, absl::StrCat("--rules: ", std::string(rules.status().message())));
    add(file, *std::move(rules));
  }
  if (requests.empty()) add("rules of now", "");
  return WithHub(connection, output, [&](HubClient& hub) {
    std::vector<Tried> all;
    for (const auto& [name, request] : requests) {
      Tried& tried = all.emplace_back(Tried{name, {}});
      absl::Status status = hub.Call(kMethod, request, &tried.response, kLongCallWait);
      if (!status.ok()) return status;
      if (connection.json) PrintJson(output, tried.response);
    }
    if (!connection.json) PrintComparison(all, output);
    return absl::OkStatus();
  });
}

}  // namespace overgang::cli
