// Readmissions under each of the three definitions, beside the discharges that could have had one.
#include <array>

#include "consumers/report/period_counter.h"
#include "core/oslo_time.h"
#include "projections/pathway/episodes.h"
#include "projections/tables.h"

namespace overgang::report {
namespace {

using projections::kNeverUs;
using projections::StayEntry;

constexpr size_t kDefinitions = 3;
constexpr size_t kColumnsOfDefinition = 3;  // Discharges, readmissions, share.

// In the order of PatientReadmitted.Definition.
constexpr std::array<Column, kDefinitions* kColumnsOfDefinition> kColumns = {{
    {"fhi_discharges", "Utskrivninger, FHI", "opphold", 0,
     "Pasienter på 67 år eller eldre utskrevet i live i perioden; siste opphold i episoden."},
    {"fhi_readmissions", "Reinnleggelser, FHI", "opphold", 0,
     "Akutte innleggelser i perioden, 8 timer til 30 døgn etter en slik utskrivning."},
    {"fhi_share", "Reinnleggelser, FHI, andel", "prosent", 1,
     "Reinnleggelser i perioden av utskrivninger i perioden, FHIs definisjon."},
    {"hdir_discharges", "Utskrivninger, Helsedirektoratet", "opphold", 0,
     "Utskrevet i live i perioden; siste opphold i episoden."},
    {"hdir_readmissions", "Reinnleggelser, Helsedirektoratet", "opphold", 0,
     "Akutte innleggelser i perioden, 1 til 30 datoer etter en slik utskrivning."},
    {"hdir_share", "Reinnleggelser, Helsedirektoratet, andel", "prosent", 1,
     "Reinnleggelser i perioden av utskrivninger i perioden, Helsedirektoratets definisjon."},
    {"barometer_discharges", "Utskrivninger, samhandlingsbarometer", "opphold", 0,
     "Utskrevet i live i perioden etter minst en natt; siste opphold i episoden."},
    {"barometer_readmissions", "Reinnleggelser, samhandlingsbarometer", "opphold", 0,
     "Akutte innleggelser i perioden, innen 30 døgn etter en slik utskrivning."},
    {"barometer_share", "Reinnleggelser, samhandlingsbarometer, andel", "prosent", 1,
     "Reinnleggelser i perioden av utskrivninger i perioden, samhandlingsbarometerets definisjon."},
}};

struct Tally {
  int64_t discharges = 0, readmissions = 0;
};
using Sums = std::array<Tally, kDefinitions>;

class ReadmissionCounter final : public PeriodCounter<Sums> {
 public:
  explicit ReadmissionCounter(const CountContext& context) : PeriodCounter(context) {}

  void Take(const StayEntry& stay) override {
    const auto& kommune = KommuneOf(context_.query, stay);
    if (!context_.query.Asks(stay, kommune)) return;
    if (IsIn(stay.admitted_us) && !stay.readmissions.empty()) {
      Sums& sums = rows_.At({stay, kommune, LocalTime(stay.admitted_us)});
      for (const auto& readmission : stay.readmissions)
        ++sums[static_cast<size_t>(readmission.definition - 1)].readmissions;
    }
    if (stay.ended_us == kNeverUs || !IsIn(stay.ended_us) || stay.died || !stay.ends_episode)
      return;
    Sums& sums = rows_.At({stay, kommune, LocalTime(stay.ended_us)});
    if (stay.age >= projections::kFhiAgeMin) ++sums[0].discharges;
    ++sums[1].discharges;
    if (OsloDateOfUs(stay.ended_us) > OsloDateOfUs(stay.admitted_us)) ++sums[2].discharges;
  }

  absl::Status Finish(v1::GetReportResponse* response) override {
    if (rows_.full()) return TooManyRows();
    rows_.Write(response, [](const Sums& sums, int64_t, v1::ReportRow* row) {
      for (size_t i = 0; i < kDefinitions; ++i) {
        const Column* columns = &kColumns[kColumnsOfDefinition * i];
        Set(columns[0].name, static_cast<double>(sums[i].discharges), row);
        Set(columns[1].name, static_cast<double>(sums[i].readmissions), row);
        SetShare(columns[2].name, sums[i].readmissions, sums[i].discharges, row);
      }
    });
    return absl::OkStatus();
  }

  std::span<const Column> columns() const override { return kColumns; }
};

}  // namespace

std::unique_ptr<Counter> MakeReadmissionCounter(const CountContext& context) {
  return std::make_unique<ReadmissionCounter>(context);
}

}  // namespace overgang::report
