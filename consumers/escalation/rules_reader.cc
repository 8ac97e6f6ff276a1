#include "consumers/escalation/rules_reader.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <span>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "consumers/escalation/rules_file.h"
#include "core/edit_distance.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include "toml++/toml.h"

namespace overgang::escalation {
namespace {

constexpr const char* kWeekdays[] = {"mandag", "tirsdag", "onsdag", "torsdag",
                                     "fredag", "lørdag",  "søndag"};

int LineOf(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

class Reader {
 public:
  Reader(const Directory& directory, Mistakes* mistakes)
      : directory_(directory), mistakes_(*mistakes) {}

  std::vector<ReadVersion> Read(const toml::table& file) {
    std::vector<ReadVersion> versions;
    Fields(file, "", {{"version", [&](const toml::node& node) {
                         return Tables(node, [&](const toml::table& table) {
                           versions.push_back(ReadOneVersion(table));
                         });
                       }}});
    return versions;
  }

 private:
  // Says what is wrong with a value; empty where nothing is.
  using Field = std::function<std::string(const toml::node&)>;

  void Fields(const toml::table& table, const std::string& where,
              const std::map<std::string, Field>& fields) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const auto field = fields.find(name);
      std::string wrong;
      if (field == fields.end()) {
        std::vector<std::string> names;
        names.reserve(fields.size());
        for (const auto& known : fields) names.push_back(known.first);
        wrong = absl::StrCat("unknown key; did you mean ", Nearest(name, names), "?");
      } else {
        wrong = field->second(node);
      }
      if (!wrong.empty())
        mistakes_.Add(LineOf(key.source()), absl::StrCat(where, name, ": ", wrong));
    }
  }

  static std::string Tables(const toml::node& node,
                            const std::function<void(const toml::table&)>& read) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return "must be tables, each begun with double brackets";
    for (const toml::node& item : *array) {
      if (item.as_table() == nullptr) return "must be tables, each begun with double brackets";
      read(*item.as_table());
    }
    return "";
  }
  static std::string Texts(const toml::node& node, std::vector<std::string>* target) {
    const toml::array* array = node.as_array();
    for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const auto text = array->get(i)->value<std::string>();
      if (!text.has_value() || text->empty()) return "must be a list of texts, as in [\"...\"]";
      target->push_back(*text);
    }
    return array == nullptr || array->empty() ? "must be a list of texts, as in [\"...\"]" : "";
  }
  static std::string Text(const toml::node& node, std::string* target) {
    const auto text = node.value<std::string>();
    if (!text.has_value() || text->empty()) return "must be a text; write it in quotes";
    *target = *text;
    return "";
  }
  static std::string Number(const toml::node& node, double* target) {
    if (!node.is_number()) return "must be a number";
    const double value = *node.value<double>();
    if (!(value >= 0 && value <= 1e6)) return "must be from 0 to 1 000 000";
    *target = value;
    return "";
  }
  static std::string Length(const toml::node& node, int64_t max_us, int64_t* target) {
    const auto length = ParseLength(node.value<std::string>().value_or(""));
    if (!length.has_value() || *length > max_us) {
      return absl::StrCat("must be a length of time of at most ", max_us / 86'400'000'000,
                          " days, as in \"15m\" or \"2h\"");
    }
    *target = *length;
    return "";
  }
  static std::string Date(const toml::node& node, std::optional<absl::CivilDay>* target) {
    if (const auto* date = node.as_date(); date != nullptr) {
      *target = absl::CivilDay(date->get().year, date->get().month, date->get().day);
      return "";
    }
    const auto parsed = ParseDate(node.value<std::string>().value_or(""));
    if (!parsed.ok()) return "must be a date, as in 2026-01-01";
    *target = *parsed;
    return "";
  }

  ReadVersion ReadOneVersion(const toml::table& table) {
    ReadVersion read;
    read.line = LineOf(table.source());
    for (size_t i = 0; i < kInputs; ++i)
      read.version.stale_after_us[i] = AllInputs()[i].stale_after_us;
    Fields(
        table, "version.",
        {{"name", [&](const toml::node& node) { return Text(node, &read.version.name); }},
         {"valid_from",
          [&](const toml::node& node) {
            read.valid_from_line = LineOf(node.source());
            return Date(node, &read.version.valid_from);
          }},
         {"stale_after", [&](const toml::node& node) { return StaleAfter(node, &read.version); }},
         {"rule", [&](const toml::node& node) {
            return Tables(
                node, [&](const toml::table& rule) { read.rules.push_back(ReadOneRule(rule)); });
          }}});
    return read;
  }

  std::string StaleAfter(const toml::node& node, Version* version) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return "must be a table, as in stale_after = {occupancy = \"6h\"}";
    std::map<std::string, Field> fields;
    for (size_t i = 0; i < kInputs; ++i) {
      fields[std::string(AllInputs()[i].name)] = [version,
                                                  i](const toml::node& value) -> std::string {
        std::string wrong = Length(value, kStaleMaxUs, &version->stale_after_us[i]);
        if (wrong.empty() && version->stale_after_us[i] == 0) return "must be longer than nothing";
        return wrong;
      };
    }
    Fields(*table, "stale_after.", fields);
    return "";
  }

  ReadRule ReadOneRule(const toml::table& table) {
    ReadRule read;
    read.line = LineOf(table.source());
    Hours& hours = read.rule.hours;
    Fields(
        table, "rule.",
        {{"hospitals", [&](const toml::node& node) { return Hospitals(node, &read.rule.scopes); }},
         {"regions", [&](const toml::node& node) { return Regions(node, &read.rule.scopes); }},
         {"hours", [&](const toml::node& node) { return ReadHours(node, &hours); }},
         {"weekdays", [&](const toml::node& node) { return Weekdays(node, &hours.weekdays); }},
         {"dates", [&](const toml::node& node) { return Dates(node, &hours); }},
         {"level", [&](const toml::node& node) {
            return Tables(node, [&](const toml::table& level) {
              read.levels.push_back(ReadOneLevel(level));
            });
          }}});
    return read;
  }

  std::string Hospitals(const toml::node& node, std::vector<std::string>* scopes) {
    std::vector<std::string> numbers;
    std::string wrong = Texts(node, &numbers);
    for (const std::string& number : numbers) {
      if (directory_.HospitalByNumber(number) == nullptr)
        return absl::StrCat(number, " is no hospital of the directory; correct the organisation ",
                            "number or add the hospital to directory.toml");
      scopes->push_back(absl::StrCat("h:", number));
    }
    return wrong;
  }
  std::string Regions(const toml::node& node, std::vector<std::string>* scopes) {
    std::vector<std::string> names;
    std::vector<std::string> known;
    for (const Region& region : directory_.contents().regions) known.push_back(region.name);
    std::string wrong = Texts(node, &names);
    for (const std::string& name : names) {
      if (std::ranges::find(known, name) == known.end()) {
        return absl::StrCat(name, " is no region of the directory; ",
                            known.empty()
                                ? "it has none"
                                : absl::StrCat("did you mean ", Nearest(name, known), "?"));
      }
      scopes->push_back(absl::StrCat("r:", name));
    }
    return wrong;
  }

  static std::string ReadHours(const toml::node& node, Hours* hours) {
    constexpr std::string_view kWrong = "must be two times of day, as in \"22:00-07:00\"";
    const std::string text = node.value<std::string>().value_or("");
    const auto minute = [&](size_t at) -> int {
      int hour = 0;
      int minutes = 0;
      if (text.size() != 11 || text[5] != '-' || text[at + 2] != ':' ||
          !absl::SimpleAtoi(text.substr(at, 2), &hour) ||
          !absl::SimpleAtoi(text.substr(at + 3, 2), &minutes) || hour < 0 || hour > 23 ||
          minutes < 0 || minutes > 59)
        return -1;
      return hour * 60 + minutes;
    };
    const int from = minute(0);
    const int to = minute(6);
    if (from < 0 || to < 0) return std::string(kWrong);
    if (from == to) return "begins where it ends; leave it out for the whole day";
    hours->minutes = {from, to};
    return "";
  }
  static std::string Weekdays(const toml::node& node, unsigned* bits) {
    std::vector<std::string> names;
    std::string wrong = Texts(node, &names);
    for (const std::string& name : names) {
      const auto found = std::ranges::find(kWeekdays, name);
      if (found == std::end(kWeekdays))
        return absl::StrCat(name, " is no weekday; write ", absl::StrJoin(kWeekdays, ", "));
      *bits |= 1U << static_cast<unsigned>(found - std::begin(kWeekdays));
    }
    return wrong;
  }
  static std::string Dates(const toml::node& node, Hours* hours) {
    constexpr std::string_view kWrong =
        "must be dates or periods with first and last day, as in [\"2026-12-20/2027-01-03\"]";
    std::vector<std::string> texts;
    if (!Texts(node, &texts).empty()) return std::string(kWrong);
    for (const std::string& text : texts) {
      const size_t slash = text.find('/');
      const auto first = ParseDate(text.substr(0, slash));
      const auto last = slash == std::string::npos ? first : ParseDate(text.substr(slash + 1));
      if (!first.ok() || !last.ok()) return std::string(kWrong);
      if (*last < *first)
        return absl::StrCat(text, " ends before it begins; change the two around");
      hours->dates.emplace_back(*first, *last);
    }
    return "";
  }

  ReadLevel ReadOneLevel(const toml::table& table) {
    ReadLevel read;
    read.line = LineOf(table.source());
    LevelRule& rule = read.rule;
    rule.level = v1::ESCALATION_LEVEL_UNSPECIFIED;
    Fields(
        table, "level.",
        {{"level",
          [&](const toml::node& node) -> std::string {
            const auto level = LevelByName(node.value<std::string>().value_or(""));
            if (!level.has_value()) return "must be \"grønn\", \"gul\" or \"rød\"";
            if (*level == kLowest) return "hvit is where no threshold is passed; leave it out";
            rule.level = *level;
            return "";
          }},
         {"at_least",
          [&](const toml::node& node) -> std::string {
            const auto* number = node.as_integer();
            if (number == nullptr || number->get() < 1 || number->get() > int64_t{kInputs})
              return absl::StrCat("must be a whole number from 1 to ", kInputs);
            rule.at_least = static_cast<int>(number->get());
            return "";
          }},
         {"dwell_up",
          [&](const toml::node& node) { return Length(node, kDwellMaxUs, &rule.dwell_up_us); }},
         {"dwell_down",
          [&](const toml::node& node) { return Length(node, kDwellMaxUs, &rule.dwell_down_us); }},
         {"inputs", [&](const toml::node& node) {
            return Tables(node, [&](const toml::table& input) { ReadThreshold(input, &read); });
          }}});
    return read;
  }

  void ReadThreshold(const toml::table& table, ReadLevel* level) {
    Threshold threshold;
    bool known = false;
    Fields(table, "inputs.",
           {{"input",
             [&](const toml::node& node) -> std::string {
               const std::string name = node.value<std::string>().value_or("");
               const InputSpec* spec = InputByName(name);
               if (spec != nullptr) {
                 threshold.input = spec->input;
                 known = true;
                 return "";
               }
               std::vector<std::string> names;
               for (const InputSpec& input : AllInputs()) names.emplace_back(input.name);
               known = true;  // Told here.
               return absl::StrCat("\"", name, "\" is no input; did you mean ",
                                   Nearest(name, names), "?");
             }},
            {"enter", [&](const toml::node& node) { return Number(node, &threshold.enter); }},
            {"exit", [&](const toml::node& node) { return Number(node, &threshold.exit); }}});
    const int line = LineOf(table.source());
    if (!known)
      mistakes_.Add(line, "inputs.input: missing; say which number, as in input = \"ukp\"");
    for (const char* key : {"enter", "exit"}) {
      if (!table.contains(key))
        mistakes_.Add(line,
                      absl::StrCat("inputs.", key, ": missing; a threshold has enter and exit"));
    }
    level->rule.thresholds.push_back(threshold);
    level->threshold_lines.push_back(line);
  }

  const Directory& directory_;
  Mistakes& mistakes_;
};

}  // namespace

void Mistakes::Add(int line, const std::string& text) { found_.emplace(line, text); }

std::string Mistakes::Text() const {
  std::vector<std::string> lines;
  for (const auto& [line, text] : found_)
    lines.push_back(absl::StrCat(place_, ":", line, ": ", text));
  return absl::StrJoin(lines, "\n");
}

std::optional<int64_t> ParseLength(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t unit_us = 0;
  switch (text.back()) {
    case 's':
      unit_us = 1'000'000;
      break;
    case 'm':
      unit_us = 60'000'000;
      break;
    case 'h':
      unit_us = 3'600'000'000;
      break;
    case 'd':
      unit_us = 86'400'000'000;
      break;
    default:
      return std::nullopt;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(std::string(text.substr(0, text.size() - 1)), &number) || number < 0 ||
      number > std::numeric_limits<int64_t>::max() / unit_us)
    return std::nullopt;
  return number * unit_us;
}

std::vector<ReadVersion> ReadVersions(std::string_view text, const std::string& place,
                                      const Directory& directory, Mistakes* mistakes) {
  const toml::parse_result result = toml::parse(text, place);
  if (!result) {
    mistakes->Add(LineOf(result.error().source()),
                  absl::StrCat("not TOML: ", std::string(result.error().description()),
                               "; see https://toml.io"));
    return {};
  }
  return Reader(directory, mistakes).Read(result.table());
}

}  // namespace overgang::escalation
