// Prints one record of every type of fact as the hub writes it, one JSON object a line: topic, key
// and headers. For the test of docs/asyncapi.yaml.
#include <cstdio>
#include <string>

#include "core/fact_writer.h"
#include "google/protobuf/util/json_util.h"
#include "overgang/v1/operations_service.pb.h"
#include "tests/projections/fact_builder.h"

namespace overgang {
namespace {

// Of what kind it is decides who it is of; the rest is said of nobody.
v1::Envelope Example(const google::protobuf::FieldDescriptor& field) {
  v1::Envelope fact = testing::Fact(field.name(), 1, "V1", 0);
  google::protobuf::Message& content = *fact.GetReflection()->MutableMessage(&fact, &field);
  const auto set = [&content](const char* name, const std::string& value) {
    const auto* found = content.GetDescriptor()->FindFieldByName(name);
    if (found != nullptr) content.GetReflection()->SetString(&content, found, value);
  };
  const Topic topic = TopicOf(fact);
  if (topic != Topic::kPathway && topic != Topic::kReadmissions) fact.clear_patient_ref();
  if (topic == Topic::kLeader) fact.mutable_source()->set_channel(v1::CHANNEL_HUB);
  set("scope", "k:5001");
  set("date", "2026-03-02");
  set("unit", fact.has_places_reported() ? "5001-oya" : "MED1");
  return fact;
}

std::string Json(const NewRecord& record) {
  v1::ReadLogResponse json;
  json.set_topic(std::string(Spec(record.topic).name));
  json.set_key(record.key);
  for (const auto& [name, value] : record.headers) (*json.mutable_headers())[name] = value;
  std::string text;
  (void)google::protobuf::util::MessageToJsonString(json, &text);
  return text;
}

}  // namespace
}  // namespace overgang

int main() {
  const auto* facts = overgang::v1::Envelope::descriptor()->FindOneofByName("fact");
  for (int i = 0; i < facts->field_count(); ++i)
    std::puts(overgang::Json(overgang::ToRecord(overgang::Example(*facts->field(i)))).c_str());
}
