// Any order, any duplication and any split into epochs give the same bytes; sums equal a recount.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "adapters/store/memory_store.h"
#include "projections/census.h"
#include "projections/pathway/pathway_fold.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr int kPersons = 5;

// One fact out of a small world, so that facts meet: few persons, visits and times, both doors,
// merges and aliases, cancellations with and without their original, both kommuner.
rc::Gen<v1::Envelope> AnyFact() {
  return rc::gen::exec([] {
    const int person = *rc::gen::inRange(0, kPersons);
    const int visit = *rc::gen::inRange(0, 2);
    const int minutes = *rc::gen::inRange(0, 30) * 97;
    const int kind = *rc::gen::inRange(0, 16);
    const bool plo = *rc::gen::inRange(0, 3) == 0;
    // Now and then under another person's visit, as when a wrong number was corrected.
    const int visitor = *rc::gen::inRange(0, 6) == 0 ? *rc::gen::inRange(0, kPersons) : person;
    v1::Envelope fact = Fact("x", person, "V" + std::to_string(visitor * 2 + visit), minutes);
    switch (kind) {
      case 0:
      case 1:
      case 2:
        fact = Admitted("x", person, fact.visit_key(), minutes, visit == 0 ? "5001" : "5031");
        break;
      case 3:
        fact.mutable_patient_transferred();
        fact.set_ward("W" + std::to_string(minutes % 3));
        break;
      case 4:
      case 5:
        fact.mutable_ukp_declared();
        break;
      case 6:
        fact.mutable_ukp_withdrawn();
        break;
      case 7:
      case 8:
        fact.mutable_kommune_answered()->set_can_receive(minutes % 2 == 0);
        break;
      case 9:
        *fact.mutable_expected_discharge_set()->mutable_expected_at() = ToProto(At(minutes + 1000));
        break;
      case 10:
        fact.mutable_patient_discharged();
        break;
      case 11:
        fact.mutable_patient_died();
        break;
      case 12:
      case 13:
        fact.mutable_fact_cancelled()->set_kind(
            *rc::gen::element(v1::FACT_KIND_PATIENT_ADMITTED, v1::FACT_KIND_PATIENT_DISCHARGED,
                              v1::FACT_KIND_UKP_DECLARED, v1::FACT_KIND_PATIENT_TRANSFERRED));
        break;
      case 14:
        fact.mutable_patient_details_changed();
        fact.set_residence_kommune("5035");
        break;
      default:
        fact = Merged("x", person, *rc::gen::inRange(0, kPersons), minutes);
        break;
    }
    if (plo && kind != 15) fact = AsPlo(fact, *rc::gen::inRange(0, 20) * 97);
    if (*rc::gen::inRange(0, 4) == 0) fact.add_alias_refs(Ref(*rc::gen::inRange(0, kPersons + 3)));
    if (*rc::gen::inRange(0, 6) == 0) fact.set_occurred_precision(v1::PRECISION_DAY);
    *fact.mutable_recorded_at() = ToProto(At(minutes + *rc::gen::inRange(0, 5) * 60));
    // The id is of the content, as the producers make it.
    fact.set_event_id(NameUuid({"property", fact.SerializeAsString()}));
    return fact;
  });
}

using Rows = std::map<std::string, std::string>;

struct Folded {
  Rows rows;
  std::map<std::string, std::pair<int, int>> census;  // Kommune -> inpatients, UKP.
};

std::map<std::string, std::pair<int, int>> CountOf(const CensusView& view) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const auto& [kommune, bucket] : view.by_stay_kommune.items()) {
    v1::KommuneCensus census;
    for (const auto& stay : *bucket)
      Count(*stay, {.now_us = absl::ToUnixMicros(At(10'000))}, &census);
    counts[kommune] = {census.inpatients(), census.ukp()};
  }
  return counts;
}

// `cut`: an epoch ends after each fact whose position is in it; a restart (a new fold over the same
// store) where asked.
Folded FoldAll(const std::vector<v1::Envelope>& facts, const std::vector<bool>& cut, bool restart) {
  MemoryStore store;
  auto fold = std::make_unique<PathwayFold>(store);
  CensusFold census;
  const auto end_epoch = [&] {
    WriteSet writes;
    census.Apply(fold->EndEpoch(&writes).stays);
    census.EndEpoch();
    RC_ASSERT(store.Commit(writes).ok());
    if (restart) fold = std::make_unique<PathwayFold>(store);
  };
  for (size_t i = 0; i < facts.size(); ++i) {
    auto held = Hold(facts[i], facts[i].SerializeAsString(), 1'000'000);
    RC_ASSERT(held.ok());
    RC_ASSERT(fold->Apply(*std::move(held)).ok());
    if (i < cut.size() && cut[i]) end_epoch();
  }
  end_epoch();
  Folded folded;
  for (Table table :
       {kCluster, kRef, kStay, kStayAlias, kOpenStay, kClosedStay, kLongStay, kMatter}) {
    RC_ASSERT(
        store.Snapshot()
            ->Scan(table, "", "",
                   [&](std::string_view key, std::string_view value) {
                     folded.rows[std::string(1, static_cast<char>(table)) + std::string(key)] =
                         std::string(value);
                     return true;
                   })
            .ok());
  }
  folded.census = CountOf(census.view());
  return folded;
}

// Counts the stays of the store from scratch.
std::map<std::string, std::pair<int, int>> Recount(const Rows& rows) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const auto& [key, value] : rows) {
    if (key[0] != 's') continue;
    v1::Stay stay;
    RC_ASSERT(stay.ParseFromString(value));
    if (stay.has_discharged_at()) continue;
    auto& [inpatients, ukp] = counts[stay.stay_kommune()];
    ++inpatients;
    if (stay.has_ukp_since()) ++ukp;
  }
  return counts;
}

RC_GTEST_PROP(PathwayProperty, AnyOrderDuplicationAndSplitGiveTheSameBytes, ()) {
  const auto facts = *rc::gen::container<std::vector<v1::Envelope>>(AnyFact());
  std::vector<v1::Envelope> other = facts;
  for (const v1::Envelope& fact : facts) {
    if (*rc::gen::inRange(0, 3) == 0) other.push_back(fact);
  }
  // A shuffle that shrinks: each position is drawn.
  for (size_t i = other.size(); i > 1; --i)
    std::swap(other[i - 1],
              other[static_cast<size_t>(*rc::gen::inRange<int>(0, static_cast<int>(i)))]);
  const auto cut = *rc::gen::container<std::vector<bool>>(other.size(), rc::gen::arbitrary<bool>());
  const Folded straight = FoldAll(facts, {}, false);
  const Folded shuffled = FoldAll(other, cut, *rc::gen::arbitrary<bool>());
  RC_ASSERT(straight.rows == shuffled.rows);
  RC_ASSERT(straight.census == shuffled.census);
  RC_ASSERT(straight.census == Recount(straight.rows));
}

}  // namespace
}  // namespace overgang::projections
