// The daily statuses of a whole country: all numbers counted, every mail composed.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/store/rocksdb_store.h"
#include "bench/table.h"
#include "consumers/daily_status/edition.h"
#include "consumers/daily_status/status_numbers.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/simulator/random.h"
#include "projections/closed_stays.h"
#include "projections/tables.h"

namespace overgang::bench {
namespace {

constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
constexpr int kHospitals = 25;
constexpr int64_t kStays = 120'000;  // Of 60 days; a sixth go on.
constexpr int kDays = 60;
constexpr size_t kRowsAtOnce = 10'000;

std::string HospitalNumber(int hospital) { return absl::StrCat(974749000 + hospital); }

absl::Time Now() { return FromOslo(absl::CivilSecond(2025, 11, 3, 7, 30, 0)).time; }

std::shared_ptr<const Directory> Country() {
  Directory::Contents contents;
  Region region;
  region.name = "Landet";
  for (int i = 0; i < kHospitals; ++i) {
    contents.hospitals.push_back(
        {HospitalNumber(i), absl::StrCat("Sykehus ", i), {absl::StrCat("H", i)}, {}, {}});
    region.hospitals.push_back(HospitalNumber(i));
  }
  for (const Kommune& kommune : AllKommuner()) {
    contents.units.push_back({absl::StrCat(kommune.number, "-korttid"),
                              absl::StrCat(kommune.name, " helsehus"),
                              {kommune.number},
                              {"korttid"}});
  }
  contents.regions.push_back(std::move(region));
  return Take(Directory::Create(std::move(contents)), "making the directory");
}

projections::StayEntry MakeStay(simulator::Random& random, int64_t now_us) {
  const auto below = [&](size_t count) { return random.Between(0, static_cast<int>(count) - 1); };
  const auto& kommuner = AllKommuner();
  const auto kommune = static_cast<size_t>(below(kommuner.size()));
  projections::StayEntry stay;
  stay.stay_kommune.Assign(kommuner[kommune].number);
  stay.residence_kommune = stay.stay_kommune;
  // Most are at the hospital that serves their kommune.
  stay.hospital.Assign(HospitalNumber(random.Chance(0.9) ? static_cast<int>(kommune) % kHospitals
                                                         : below(kHospitals)));
  stay.ward.Assign(absl::StrCat("W", below(20)));
  stay.sector = v1::SECTOR_SOMATIKK;
  stay.admitted_us = now_us - below(kDays * 24) * kHourUs;
  stay.ended_us = stay.admitted_us + (2 + below(18 * 24)) * kHourUs;
  stay.admission_notified_us = stay.admitted_us + kHourUs;
  stay.expected_us = now_us + below(96) * kHourUs;
  if (random.Chance(0.3)) {
    projections::UkpPeriod& period = stay.periods.emplace_back();
    period.since_us = stay.ended_us - below(48) * kHourUs;
    stay.ended_us += below(8 * 24) * kHourUs;
    period.until_us = stay.ended_us;
    period.end = v1::UKP_END_DISCHARGED;
    period.kommune = stay.stay_kommune;
    period.notified_us = period.since_us + kHourUs;
    if (random.Chance(0.7)) period.replies.push_back({period.notified_us + kHourUs, true, 0});
  }
  if (stay.ended_us <= now_us) return stay;
  return *projections::AsHappened(stay, now_us);
}

std::shared_ptr<const projections::Epoch> MakeEpoch(StateStore& store, int64_t stays) {
  simulator::Random random(1);
  projections::CensusFold census;
  WriteSet writes;
  for (int64_t i = 0; i < stays; ++i) {
    auto stay = std::make_shared<projections::Contribution>();
    projections::Uuid::Parse(NameUuid({"stay", std::to_string(i)}), &stay->stay_id);
    stay->entry = MakeStay(random, absl::ToUnixMicros(Now()));
    if (stay->entry.ended_us == projections::kNeverUs) {
      census.Load(std::move(stay));
    } else {
      writes.push_back(
          {projections::kClosedStay, projections::ClosedKey(*stay), stay->entry.Serialize()});
    }
    if (writes.size() < kRowsAtOnce && i + 1 < stays) continue;
    Check(store.Commit(writes), "writing stays");
    writes.clear();
  }
  census.EndEpoch();
  projections::CapacityFold capacity;
  for (const Kommune& kommune : AllKommuner()) {
    v1::Envelope fact;
    fact.set_event_id(NameUuid({"places", kommune.number}));
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(Now() - absl::Hours(30));
    v1::PlacesReported& places = *fact.mutable_places_reported();
    places.set_unit(absl::StrCat(kommune.number, "-korttid"));
    places.set_kind(v1::PLACE_KIND_KORTTID);
    places.set_places(12);
    places.set_free(random.Between(0, 3));
    places.add_shared_by(kommune.number);
    capacity.Apply(fact);
  }
  WriteSet unused;
  capacity.EndEpoch(&unused);
  auto epoch = std::make_shared<projections::Epoch>();
  epoch->census = census.view();
  epoch->capacity = capacity.view();
  epoch->rows = store.Snapshot();
  return epoch;
}

void Compose(const std::vector<v1::DailyStatusIssued>& statuses, const Directory& directory,
             const std::string& what, const std::string& target) {
  const Stopwatch composing;
  size_t bytes = 0;
  for (const v1::DailyStatusIssued& status : statuses) {
    const auto mail =
        Take(daily_status::ComposeMail(status, {"nb", "https://overgang.example", nullptr},
                                       {"overgang@example.no", "1@overgang.example", Now()},
                                       *daily_status::Templates::BuiltIn(), directory),
             "composing");
    bytes += mail.message().size();
  }
  Table::Print({what, composing.cpu(), "CPU s", target, "", 0});
  Table::Print({"  mean size of a message",
                static_cast<double>(bytes) / 1024 / static_cast<double>(statuses.size()), "KiB", "",
                "", 0});
}

}  // namespace

void StatusBenchmark(const Options& options) {
  const TempFolder folder;
  const auto store = Take(RocksdbStore::Open(folder / "views"), "opening the store");
  const auto directory = Country();
  daily_status::StatusQuestion question;
  question.epoch = MakeEpoch(*store, options.Size(kStays, kStays / 10));
  question.directory = directory.get();
  question.terms = &PaymentTerms::BuiltIn();
  question.counted_at = Now();
  question.date = OsloDate(Now());
  std::vector<std::string> kommuner, hospitals;
  for (const Kommune& kommune : AllKommuner()) kommuner.push_back("k:" + kommune.number);
  for (int i = 0; i < kHospitals; ++i) hospitals.push_back("h:" + HospitalNumber(i));
  const Stopwatch counting;
  const auto statuses =
      Take(daily_status::CountStatuses(question, kommuner), "counting the statuses");
  Table::Print({absl::StrCat("daily status, ", kommuner.size(), " kommuner counted"),
                counting.cpu(), "CPU s", "", "", 0});
  Compose(statuses, *directory, "  composed, with pictures and files", "under 5");
  Compose(Take(daily_status::CountStatuses(question, hospitals), "counting"), *directory,
          absl::StrCat("  those of ", kHospitals, " hospitals composed"), "");
}

}  // namespace overgang::bench
