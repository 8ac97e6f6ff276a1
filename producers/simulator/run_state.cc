#include "producers/simulator/run_state.h"

#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::simulator {
namespace {

namespace fs = std::filesystem;
using google::protobuf::Struct;

absl::StatusOr<Struct> ReadJson(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("there is no ", file.string()));
  std::stringstream text;
  text << in.rdbuf();
  Struct json;
  if (!google::protobuf::util::JsonStringToMessage(text.str(), &json).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file.string(), " is not JSON"));
  }
  return json;
}

absl::Status WriteJson(const fs::path& file, const Struct& json) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  (void)google::protobuf::util::MessageToJsonString(json, &text, options);
  const fs::path half = file.string() + ".part";
  std::ofstream out(half, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) fs::rename(half, file, error);
  if (!out || error) return absl::UnavailableError(absl::StrCat("cannot write ", file.string()));
  return absl::OkStatus();
}

void SetText(Struct& json, const std::string& name, const std::string& value) {
  (*json.mutable_fields())[name].set_string_value(value);
}
void SetNumber(Struct& json, const std::string& name, double value) {
  (*json.mutable_fields())[name].set_number_value(value);
}

std::string Text(const Struct& json, const std::string& name) {
  auto it = json.fields().find(name);
  return it == json.fields().end() ? std::string() : it->second.string_value();
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}
bool ParseTime(const std::string& text, absl::Time& time) {
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, text, &time, &error);
}

}  // namespace

std::optional<RunState> ReadRunState(const fs::path& file) {
  const absl::StatusOr<Struct> json = ReadJson(file);
  if (!json.ok()) return std::nullopt;
  RunState state;
  if (!absl::SimpleAtoi(Text(*json, "seed"), &state.seed) ||
      !absl::SimpleAtoi(Text(*json, "hospitalSize"), &state.hospital_size) ||
      !absl::SimpleAtoi(Text(*json, "kommuner"), &state.kommuner) ||
      !ParseTime(Text(*json, "start"), state.start) ||
      !ParseTime(Text(*json, "acknowledgedUntil"), state.acknowledged_until)) {
    return std::nullopt;
  }
  return state;
}

absl::Status WriteRunState(const fs::path& file, const RunState& state) {
  Struct json;
  SetText(json, "seed", absl::StrCat(state.seed));
  SetText(json, "hospitalSize", absl::StrCat(state.hospital_size));
  SetText(json, "kommuner", absl::StrCat(state.kommuner));
  SetText(json, "start", Rfc3339(state.start));
  SetText(json, "acknowledgedUntil", Rfc3339(state.acknowledged_until));
  return WriteJson(file, json);
}

absl::Status WriteExpectation(const fs::path& file, const Truth& truth, int64_t admitted) {
  Struct json;
  SetText(json, "asOf", Rfc3339(truth.as_of));
  SetNumber(json, "admitted", static_cast<double>(admitted));
  SetNumber(json, "inpatients", truth.inpatients);
  SetNumber(json, "ukp", truth.ukp);
  SetNumber(json, "corridor", truth.corridor);
  Struct& kommuner = *(*json.mutable_fields())["kommuner"].mutable_struct_value();
  for (const auto& [number, counts] : truth.kommuner) {
    Struct& kommune = *(*kommuner.mutable_fields())[number].mutable_struct_value();
    SetNumber(kommune, "inpatients", counts.inpatients);
    SetNumber(kommune, "ukp", counts.ukp);
    SetNumber(kommune, "awaitingAnswer", counts.awaiting_answer);
  }
  return WriteJson(file, json);
}

absl::StatusOr<std::string> ReadAddress(const fs::path& data_dir, const std::string& door) {
  const absl::StatusOr<Struct> json = ReadJson(data_dir / "addresses.json");
  if (!json.ok()) return json.status();
  const std::string address = Text(*json, door);
  if (address.empty())
    return absl::NotFoundError(
        absl::StrCat((data_dir / "addresses.json").string(), " names no \"", door, "\""));
  return address;
}

}  // namespace overgang::simulator
