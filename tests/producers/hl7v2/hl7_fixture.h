// What the tests of this room share: a hospital, a pseudonymizer, a synthetic person and ADT
// messages made of segments.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/pseudonymizer.h"
#include "producers/hl7v2/adt_map.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

// Synthetic (month + 80), valid check digits.
inline constexpr std::string_view kFnr = "02815099977";
inline constexpr std::string_view kFacility = "STO";
inline constexpr std::string_view kHospital = "974749025";

inline std::shared_ptr<const Directory> TestDirectory() {
  Directory::Contents contents;
  contents.hospitals.push_back({std::string(kHospital),
                                "St. Olavs hospital",
                                {std::string(kFacility)},
                                {59},
                                {{"MED1", "Medisin 1", v1::SECTOR_SOMATIKK},
                                 {"PSY1", "Psykiatri", v1::SECTOR_PSYKISK_HELSEVERN}}});
  return *Directory::Create(std::move(contents));
}

inline Pseudonymizer TestPseudonymizer(Environment environment = Environment::kTest) {
  return *Pseudonymizer::Create({std::string(32, 'k'), std::string(32, 'o')}, environment);
}

// MSH .. with the segments after it, each ended by CR. `msh_rest` follows MSH-12.
inline std::string Adt(std::string_view trigger, std::string_view segments,
                       std::string_view message_time = "20260310101500",
                       std::string_view control_id = "M1", std::string_view msh_rest = "") {
  std::string text = "MSH|^~\\&|EPR|STO|OVERGANG|HUB|";
  text += message_time;
  text += "||ADT^";
  text += trigger;
  text += "|";
  text += control_id;
  text += "|P|2.5";
  text += msh_rest;
  text += "\r";
  text += segments;
  return text;
}

inline std::string Pid(std::string_view identifiers, std::string_view county = "5001") {
  std::string text = "PID|1||";
  text += identifiers;
  text += "||TEST^PERSON||19500202|F||||";
  text += county;
  text += "\r";
  return text;
}

inline std::string FnrPid() { return Pid(std::string(kFnr) + "^^^FNR^NNNOR~4711^^^STO^MR"); }

// PV1 with fields set by number: {{2, "I"}, {44, "20260310100000"}}.
inline std::string Fields(std::string_view name,
                          std::initializer_list<std::pair<int, std::string_view>> fields) {
  std::string text(name);
  int at = 0;
  for (const auto& [number, value] : fields) {
    text.append(static_cast<size_t>(number - at), '|');
    text += value;
    at = number;
  }
  return text + "\r";
}

inline std::string Evn(std::string_view recorded, std::string_view occurred = "") {
  return Fields("EVN", {{2, recorded}, {6, occurred}});
}

// The kinds of facts that came of a message.
inline std::vector<std::string> Names(const AdtResult& result) {
  std::vector<std::string> names;
  for (const v1::Envelope& fact : result.facts) names.emplace_back(FactName(fact));
  return names;
}

// Maps with the test directory. Keeps what the result points into.
class Mapper {
 public:
  explicit Mapper(Environment environment = Environment::kTest)
      : directory_(TestDirectory()),
        pseudonymizer_(TestPseudonymizer(environment)),
        environment_(environment) {}
  AdtResult operator()(std::string_view bytes) { return ReadAdt(bytes, context(), message_); }
  AdtContext context() const { return {*directory_, pseudonymizer_, environment_}; }
  const Message& message() const { return message_; }
  const Pseudonymizer& pseudonymizer() const { return pseudonymizer_; }

 private:
  std::shared_ptr<const Directory> directory_;
  Pseudonymizer pseudonymizer_;
  Environment environment_;
  Message message_;
};

}  // namespace overgang::hl7v2
