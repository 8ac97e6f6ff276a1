// Writes mails of a made-up region to a folder, for the tests that read and look at them:
// compose_mails FOLDER. Each as NAME.eml.
#include <fstream>
#include <iostream>

#include "consumers/daily_status/decider.h"
#include "consumers/daily_status/edition.h"
#include "consumers/report/published_tables.h"
#include "consumers/report/small_cells.h"
#include "tests/consumers/status_world.h"

namespace overgang::testing {
namespace {

using daily_status::EditionOptions;
using daily_status::Templates;

constexpr char kNow[] = "2026-03-02 07:30";

void Fill(StatusWorld* world) {
  world->AddStays(2600, kNow);
  for (const char* at :
       {"2026-02-27 06:00", "2026-02-28 06:05", "2026-03-01 06:00", "2026-03-02 06:10"}) {
    world->AddPlaces("5001-oya", v1::PLACE_KIND_KORTTID, 24, std::string(at) < "2026-02-28" ? 0 : 2,
                     at);
    world->AddPlaces("5028-korttid", v1::PLACE_KIND_KORTTID, 12, 0, at);
  }
  world->AddPlaces("5001-oya", v1::PLACE_KIND_KAD, 8, 1, "2026-03-01 22:00");
  world->AddPlaces("5059-kad", v1::PLACE_KIND_KAD, 6, 2, "2026-02-27 10:00");
  world->AddPlaces("5059-kad", v1::PLACE_KIND_KORTTID, 10, 3, "2026-03-02 05:00",
                   "2026-03-03 12:00");
  for (const char* ward : {"MED1", "MED2", "GER1", "LUN1", "HJE1", "KIR1"})
    world->AddBeds(ward, 28, 26, 20 + world->Below(8), world->Below(3), "2026-03-02 06:30");
  world->AddEmergencyDepartment(14, 3, 135, "2026-03-02 07:15");
  world->AddSource("hl7v2:STO", "2026-03-02 07:29");
  world->AddSource("plo:59", "2026-03-02 07:21");
  for (bool more = true; more;) {
    const auto tables =
        report::TablesDue(*world->Epoch(kNow), *Directory::BuiltIn(), OsloTime("2026-03-02 00:10"),
                          OsloTime("2025-12-01 00:00"), report::kCellMin);
    ASSERT_TRUE(tables.ok()) << tables.status();
    for (const auto& of_date : *tables) world->Publish(of_date);
    more = !tables->empty();
  }
}

int Write(const std::string& folder, const std::string& name, const v1::DailyStatusIssued& status,
          const EditionOptions& options) {
  const auto mail = daily_status::ComposeMail(
      status, options,
      {"Overgang, drift på prøve <overgang@example.no>", name + "@overgang.example", OsloTime(kNow),
       name + "@leser.example"},
      *Templates::BuiltIn(), *Directory::BuiltIn());
  if (!mail.ok()) {
    std::cerr << name << ": " << mail.status() << '\n';
    return 1;
  }
  std::ofstream(folder + "/" + name + ".eml", std::ios::binary) << mail->message();
  return 0;
}

int Run(const std::string& folder) {
  StatusWorld world(7);
  Fill(&world);
  auto question = world.Question(kNow);
  v1::DailyStatusIssued before;
  before.set_date("2026-03-01");
  before.add_numbers()->set_name("ukp");
  before.mutable_numbers(0)->set_value(30);
  question.before["k:5001"] = before;
  const auto statuses =
      daily_status::CountStatuses(question, {"k:5001", "k:5055", "h:974749025", "k:0301"});
  if (!statuses.ok()) {
    std::cerr << statuses.status() << '\n';
    return 1;
  }
  const v1::DailyStatusIssued& trondheim = (*statuses)[0];
  EditionOptions options{"nb", "https://overgang.example", nullptr};
  int failed = Write(folder, "kommune", trondheim, options);
  failed += Write(folder, "small", (*statuses)[1], options);
  failed += Write(folder, "hospital", (*statuses)[2], options);
  failed += Write(folder, "empty", (*statuses)[3], {"nb", "", nullptr});
  failed += Write(folder, "nynorsk", (*statuses)[1], {"nn", "https://overgang.example", nullptr});
  v1::DailyStatusIssued late = trondheim;
  late.set_late(true);
  late.set_missed_date("2026-03-01");
  late.mutable_as_of()->mutable_sources(0)->set_stale(true);
  failed += Write(folder, "late", late, options);
  // What is learnt late.
  for (int i = 0; i < 6; ++i) {
    projections::StayEntry stay = StayOf("2026-02-10 10:00", "", i < 4 ? "5001" : "5055");
    AddPeriod(stay, "2026-02-20 10:00");
    stay.ward.Assign(i == 0 ? "MED7" : "GER1");
    world.population().Add(stay);
  }
  question.epoch = world.Epoch(kNow);
  const auto recounts = daily_status::CountStatuses(question, {"k:5001", "h:974749025"});
  if (!recounts.ok()) return 1;
  for (const auto& [name, sent, recount] :
       {std::tuple{"corrected", &trondheim, &(*recounts)[0]},
        {"corrected-hospital", &(*statuses)[2], &(*recounts)[1]}}) {
    v1::DailyStatusIssued corrected = *sent;
    daily_status::Correct(*daily_status::CorrectionOf(*sent, *recount, 2), &corrected);
    options.sent = sent;
    failed += Write(folder, name, corrected, options);
  }
  return failed == 0 && !::testing::Test::HasFailure() ? 0 : 1;
}

}  // namespace
}  // namespace overgang::testing

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: compose_mails FOLDER\n";
    return 2;
  }
  return overgang::testing::Run(argv[1]);
}
