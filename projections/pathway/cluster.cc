#include "projections/pathway/cluster.h"

#include <algorithm>

#include "google/protobuf/io/coded_stream.h"
#include "projections/pathway/persons.h"

namespace overgang::projections {
namespace {

using google::protobuf::io::CodedOutputStream;

// The facts of a row are written field by field: envelopes are most of its bytes, and a message of
// them would copy each once more. Any protobuf parser reads the result as a rows.Cluster.
constexpr size_t kHeldOverheadMax = 32;  // Tags, lengths and time of one fact.

void AppendVarint(uint64_t value, std::string* out) {
  uint8_t bytes[10];
  const uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes);
  out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(end - bytes));
}

void AppendLength(int field, size_t size, std::string* out) {
  *out += static_cast<char>(field << 3 | 2);
  AppendVarint(size, out);
}

size_t FieldSize(size_t bytes) { return 1 + CodedOutputStream::VarintSize64(bytes) + bytes; }

// What is parked of the person whose facts these are.
std::vector<rows::ParkedOf> ParkedOfPerson(const Cluster& cluster, Facts facts) {
  std::vector<rows::ParkedOf> parked;
  for (const auto& [id, message] : cluster.parked) {
    const PatientRef ref = PatientRef::FromKey(message.patient_ref());
    if (std::ranges::any_of(facts, [&](const HeldFact* fact) { return fact->Names(ref); }))
      parked.push_back(message);
  }
  return parked;
}

}  // namespace

bool Cluster::Add(FactPtr fact) {
  const auto same =
      std::ranges::find_if(facts, [&](const FactSlot& slot) { return slot.Is(fact->event_id); });
  const bool repeat = same != facts.end();
  if (repeat) {
    HeldFact& held = same->mutable_fact();
    fact->appended_us = held.appended_us = std::min(held.appended_us, fact->appended_us);
    // The same message sent again may differ in when it was sent: the first in order stands,
    // whichever came first.
    if (fact->bytes == held.bytes ||
        !(*fact < held || (!(held < *fact) && fact->bytes < held.bytes)))
      return false;
    facts.erase(same);
  }
  const auto place = std::lower_bound(facts.begin(), facts.end(), *fact);
  facts.emplace(place, std::move(fact));
  return !repeat;
}

void Cluster::AddRef(PatientRef ref) {
  if (ref < key) std::swap(ref, key);
  refs.insert(std::ranges::lower_bound(refs, ref), ref);
}

void Cluster::Absorb(Cluster other) {
  for (FactSlot& fact : other.facts) Add(std::move(fact).Release());
  parked.merge(other.parked);
  for (auto& [id, message] : other.parked) {
    if (message.settled()) parked[id].set_settled(true);
  }
  for (const auto& [subject, decision] : other.decided) TakeDecision(decision, &decided);
  refs.push_back(other.key);
  refs.insert(refs.end(), other.refs.begin(), other.refs.end());
  refs.push_back(key);
  std::ranges::sort(refs);
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  key = refs.front();
  refs.erase(refs.begin());
}

std::string Cluster::Serialize() const {
  std::string row;
  size_t size = 0;
  for (const FactSlot& fact : facts) size += fact->bytes.size() + kHeldOverheadMax;
  row.reserve(size);
  for (const FactSlot& fact : facts) {
    const auto appended_us = static_cast<uint64_t>(fact->appended_us);
    AppendLength(rows::Cluster::kFactsFieldNumber,
                 FieldSize(fact->bytes.size()) + 1 + CodedOutputStream::VarintSize64(appended_us),
                 &row);
    AppendLength(rows::Held::kEnvelopeFieldNumber, fact->bytes.size(), &row);
    row += fact->bytes;
    row += static_cast<char>(rows::Held::kAppendedUsFieldNumber << 3);
    AppendVarint(appended_us, &row);
  }
  rows::Cluster rest;
  for (const PatientRef& ref : refs) rest.add_refs(std::string(ref.key()));
  for (const auto& [id, message] : parked) *rest.add_parked() = message;
  for (const auto& [subject, decision] : decided) rest.add_decided(decision.SerializeAsString());
  rest.AppendToString(&row);
  return row;
}

absl::StatusOr<Cluster> Cluster::Parse(const PatientRef& key, std::string_view bytes) {
  rows::Cluster row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(
        "a cluster row cannot be read; delete the views' folder, it is made anew from the log");
  }
  Cluster cluster;
  cluster.key = key;
  v1::Envelope envelope;
  for (const rows::Held& held : row.facts()) {
    if (!envelope.ParseFromString(held.envelope()))
      return absl::DataLossError("a fact in a cluster row cannot be read");
    auto fact = Hold(envelope, held.envelope(), held.appended_us());
    if (!fact.ok()) return absl::DataLossError("a fact in a cluster row cannot be used");
    cluster.facts.emplace_back(*std::move(fact));
  }
  for (const std::string& ref : row.refs()) cluster.refs.push_back(PatientRef::FromKey(ref));
  for (const rows::ParkedOf& message : row.parked()) cluster.parked[message.parked_id()] = message;
  for (const std::string& decision : row.decided()) {
    if (!envelope.ParseFromString(decision))
      return absl::DataLossError("a decision in a cluster row cannot be read");
    TakeDecision(envelope, &cluster.decided);
  }
  return cluster;
}

ClusterStays ComputeStays(const Cluster& cluster, bool with_facts) {
  ClusterStays result;
  Persons persons = FindPersons(cluster.facts);
  const size_t n = cluster.facts.size();
  std::vector<std::vector<size_t>> of_person(persons.ambiguous.size());
  for (size_t i = 0; i < n; ++i) of_person[static_cast<size_t>(persons.of_fact[i])].push_back(i);
  std::vector<int> stay_of(n, kNoStay);
  if (with_facts) result.cancelled.assign(n, false);
  for (size_t p = 0; p < of_person.size(); ++p) {
    const std::vector<size_t>& index = of_person[p];
    std::vector<const HeldFact*> facts;
    facts.reserve(index.size());
    for (size_t i : index) facts.push_back(&*cluster.facts[i]);
    PersonStays person = DeriveStays(facts, persons.ambiguous[p], ParkedOfPerson(cluster, facts));
    if (with_facts) {
      for (size_t i = 0; i < facts.size(); ++i) {
        const int group = person.grouping.group_of[i];
        if (group != kNoStay && person.stay_of_group[static_cast<size_t>(group)] != kNoStay) {
          stay_of[index[i]] = static_cast<int>(result.stays.size()) +
                              person.stay_of_group[static_cast<size_t>(group)];
        }
        result.cancelled[index[i]] = person.grouping.cancelled[i];
      }
      for (size_t g = 0; g < person.stay_of_group.size(); ++g) {
        if (person.stay_of_group[g] != kNoStay)
          result.traces.push_back(TraceOf(facts, person.grouping, g));
      }
    }
    for (DerivedStay& stay : person.stays) result.stays.push_back(std::move(stay));
  }
  result.person_of = std::move(persons.of_fact);
  if (with_facts) {
    for (int stay : stay_of)
      result.of_fact.push_back(stay == kNoStay ? nullptr
                                               : &result.stays[static_cast<size_t>(stay)]);
  }
  return result;
}

}  // namespace overgang::projections
