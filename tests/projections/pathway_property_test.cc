// Any order, any duplication and any split into epochs give the same bytes; sums equal a recount.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "adapters/store/memory_store.h"
#include "projections/census.h"
#include "projections/pathway/pathway_fold.h"
#include "projections/quality.h"
#include "projections/tables.h"
#include "tests/projections/fact_builder.h"

namespace overgang::projections {
namespace {

using namespace overgang::testing;

constexpr int kPersons = 5;
const int64_t kNowUs = absl::ToUnixMicros(At(10'000));  // Some is told ahead of it.

// One fact out of a small world, so that facts meet: few persons, visits and times, both doors,
// merges and aliases, cancellations with and without their original, three kommuner, stays of hours
// and of months.
void SayOfUkp(int kind, int minutes, v1::Envelope* fact);

rc::Gen<v1::Envelope> AnyFact() {
  return rc::gen::exec([] {
    const int person = *rc::gen::inRange(0, kPersons);
    const int visit = *rc::gen::inRange(0, 2);
    const int minutes = *rc::gen::inRange(0, 30) * *rc::gen::element(97, 97, 97 * 60);
    const int kind = *rc::gen::inRange(0, 24);
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
      case 15:
        fact = Merged("x", person, *rc::gen::inRange(0, kPersons), minutes);
        break;
      default:
        SayOfUkp(kind, minutes, &fact);
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

void SayOfUkp(int kind, int minutes, v1::Envelope* fact) {
  switch (kind) {
    case 4:
    case 5:
      fact->mutable_ukp_declared();
      break;
    case 6:
      fact->mutable_ukp_withdrawn();
      break;
    case 7:
    case 8:
      fact->mutable_kommune_answered()->set_can_receive(minutes % 2 == 0);
      break;
    case 16:
      fact->mutable_kommune_answered()->set_can_receive(true);
      *fact->mutable_kommune_answered()->mutable_from_date() = ToProto(At(minutes + 4'000));
      break;
    case 17:
    case 18:
      fact->mutable_kommune_notified_of_admission()->set_notice_id("x");
      *fact->mutable_kommune_notified_of_admission()->mutable_sent_at() = ToProto(At(minutes - 5));
      break;
    case 19:
    case 20:
      fact->mutable_kommune_notified_of_ukp()->set_notice_id("x");
      break;
    case 21:
      fact->set_stay_kommune("5035");
      *fact->mutable_patient_details_changed()->mutable_moved_kommune_at() =
          ToProto(At(minutes + 300));
      break;
    case 22:
      fact->mutable_report_sent()->set_report(v1::ReportSent::REPORT_EPIKRISE);
      break;
    default:
      fact->mutable_admission_report_received();
      break;
  }
}

using Rows = std::map<std::string, std::string>;

struct Folded {
  Rows rows;
  std::map<std::string, std::pair<int, int>> census;  // Kommune -> inpatients, UKP.
  QualityView quality;
  Rows told_matters;  // As whoever decides was told of them, epoch by epoch.
};

std::map<std::string, std::pair<int, int>> CountOf(const CensusView& view) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const auto& [kommune, bucket] : view.by_stay_kommune.items()) {
    v1::KommuneCensus census;
    for (const auto& stay : *bucket) {
      if (KommuneAt(stay->entry, kNowUs).view() == kommune)
        Count(*stay, {.now_us = kNowUs}, &census);
    }
    if (census.inpatients() > 0) counts[kommune] = {census.inpatients(), census.ukp()};
  }
  return counts;
}

// `cut`: an epoch ends after each fact whose position is in it; a restart (a new fold over the same
// store) where asked.
Folded FoldAll(const std::vector<v1::Envelope>& facts, const std::vector<bool>& cut, bool restart) {
  MemoryStore store;
  auto fold = std::make_unique<PathwayFold>(store);
  CensusFold census;
  QualityFold quality;
  Folded folded;
  const auto end_epoch = [&] {
    WriteSet writes;
    const PathwayChanges changes = fold->EndEpoch(&writes);
    census.Apply(changes.stays);
    census.EndEpoch();
    quality.Apply(changes.stays);
    quality.EndEpoch(&writes);
    for (const Matters& matters : changes.matters) {
      const std::string key =
          std::string(1, static_cast<char>(kMatter)) + std::string(matters.cluster.key());
      folded.told_matters.erase(key);
      if (!matters.open.empty()) folded.told_matters[key] = matters.Serialize();
    }
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
  for (Table table :
       {kCluster, kRef, kStay, kStayAlias, kOpenStay, kClosedStay, kLongStay, kMatter, kQuality}) {
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
  folded.quality = *quality.view();
  return folded;
}

// Counts the stays of the store from scratch.
std::map<std::string, std::pair<int, int>> Recount(const Rows& rows) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const auto& [key, value] : rows) {
    if (key[0] != static_cast<char>(kOpenStay)) continue;
    StayEntry stay;
    RC_ASSERT(StayEntry::Parse(value, &stay));
    auto& [inpatients, ukp] = counts[KommuneAt(stay, kNowUs).str()];
    ++inpatients;
    ukp += static_cast<int>(std::ranges::count_if(stay.periods, [](const UkpPeriod& period) {
      return period.since_us <= kNowUs && kNowUs < period.until_us;
    }));
  }
  return counts;
}

// What the clusters alone say that the rows made of their stays should be.
Rows RecountRows(const Rows& rows, QualityView* quality) {
  Rows recount;
  const auto put = [&](Table table, std::string_view key, std::string value) {
    recount[std::string(1, static_cast<char>(table)) + std::string(key)] = std::move(value);
  };
  for (const auto& [key, row] : rows) {
    if (key[0] != static_cast<char>(kCluster)) continue;
    const auto cluster = Cluster::Parse(PatientRef::FromKey(key.substr(1)), row);
    RC_ASSERT(cluster.ok());
    const ClusterSums sums = SumsOf(*cluster);
    for (const auto& stay : sums.stays) {
      const StayEntry& entry = stay->entry;
      put(kStay, StayKey(*stay), stay->stay_row);
      if (entry.ended_us == kNeverUs) put(kOpenStay, StayKey(*stay), entry.Serialize());
      if (entry.ended_us != kNeverUs) put(kClosedStay, ClosedKey(*stay), entry.Serialize());
      if (entry.ended_us != kNeverUs && entry.ended_us - entry.admitted_us > kLongStayUs)
        put(kLongStay, ClosedKey(*stay), entry.Serialize());
      for (const auto& [flag, source] : stay->findings)
        ++(*quality)[{source, static_cast<int>(flag)}];
    }
    const auto matters = OpenMatters(ComputeStays(*cluster).stays, cluster->decided);
    if (!matters.empty())
      put(kMatter, cluster->key.key(), Matters{cluster->key, matters}.Serialize());
  }
  for (const auto& [of, stays] : *quality)
    put(kQuality, of.first + '\0' + std::to_string(of.second), std::to_string(stays));
  return recount;
}

Rows OfTables(const Rows& rows, std::initializer_list<Table> tables) {
  Rows some;
  for (const auto& row : rows)
    for (const Table table : tables)
      if (row.first[0] == static_cast<char>(table)) some.insert(row);
  return some;
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
  QualityView quality;
  RC_ASSERT(OfTables(shuffled.rows, {kStay, kOpenStay, kClosedStay, kLongStay, kMatter,
                                     kQuality}) == RecountRows(shuffled.rows, &quality));
  RC_ASSERT(shuffled.quality == quality);
  RC_ASSERT(shuffled.told_matters == OfTables(shuffled.rows, {kMatter}));
}

}  // namespace
}  // namespace overgang::projections
