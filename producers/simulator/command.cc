#include "producers/simulator/command.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "boost/asio/signal_set.hpp"
#include "core/clock.h"
#include "core/directory.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "producers/simulator/history.h"
#include "producers/simulator/run_state.h"
#include "producers/simulator/traffic.h"

namespace overgang::simulator {
namespace {

namespace fs = std::filesystem;

constexpr int kDone = 0, kFailed = 1, kWrongUse = 2, kNotReachable = 3;
constexpr absl::Duration kWaitForHub = absl::Seconds(60);
constexpr absl::Duration kDefaultPast = absl::Hours(72);
constexpr std::chrono::seconds kProgressEvery(5);

constexpr const char* kHelp =
    "A hospital region against a running hub, through its real doors: ADT over MLLP, PLO files, "
    "kommuner and wards over HTTP.\n"
    "\n"
    "It first fills the hospital with the patients who are in it when the run begins, as fast as "
    "the hub takes them, and then "
    "goes on at --speed. The run begins three days ago at 08:00 (earlier with --until-stays, so "
    "that there is time for all of "
    "them); when the simulated clock has caught up with the real one it goes on at 1x, so nothing "
    "is told before it could have "
    "happened. The same --seed, sizes and --start give the same messages, byte for byte.\n"
    "\n"
    "With --data-dir it remembers in simulate.json there how far it came, and a second start goes "
    "on from there.\n"
    "\n"
    "With --history it talks to no hub and writes a file for overgang import instead: a line for "
    "every stay that began between --from and --to, as things stood at the end.";

struct Options {
  int hospital_size = 900;
  int kommuner = 20;
  std::string speed = "60x";
  uint64_t seed = 1;
  int64_t until_stays = 0;
  std::string start;
  std::string data_dir;
  std::string mllp = "127.0.0.1:2575";
  std::string http = "127.0.0.1:7400";
  std::string plo_inbox;
  std::string plo_outbox;
  std::string token_file;
  std::string expect;
  int connections = 8;
  std::string history;
  std::string from, to;
};

absl::StatusOr<double> ParseSpeed(std::string text) {
  if (text == "max") return std::numeric_limits<double>::infinity();
  if (!text.empty() && text.back() == 'x') text.pop_back();
  double speed = 0;
  if (!absl::SimpleAtod(text, &speed) || !(speed >= 0.01 && speed <= 1e6)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "--speed", "not a speed",
                      "write it like 60x, or max");
  }
  return speed;
}

absl::Time EightInOslo(absl::Time time) {
  const absl::CivilDay day = OsloDate(time);
  return FromOslo(absl::CivilSecond(day.year(), day.month(), day.day(), 8)).time;
}

absl::StatusOr<absl::Time> ChooseStart(const Options& options, const SimRegion& region) {
  if (!options.start.empty()) {
    absl::Time start;
    std::string error;
    if (absl::ParseTime(absl::RFC3339_full, options.start, &start, &error)) return start;
    return FieldError(absl::StatusCode::kInvalidArgument, "--start", error,
                      "write it like 2026-01-16T08:00:00+01:00");
  }
  absl::Duration past = kDefaultPast;
  if (options.until_stays > 0) {
    const Model measure(region, {options.seed, EightInOslo(absl::Now())});
    const double days = static_cast<double>(options.until_stays) / measure.admissions_per_day();
    past = std::max(past, absl::Hours(24) * (1.3 * days + 3));
  }
  return EightInOslo(absl::Now() - past);
}

// The run as a whole: what the options name, wired together.
class Simulation {
 public:
  Simulation(const Options& options, SimRegion region, RunState state, double speed)
      : options_(options),
        state_(state),
        model_(std::move(region), {state.seed, state.start}),
        plo_(Inbox(), Outbox()),
        traffic_(
            io_, model_, clock_, MakeTrafficOptions(speed),
            [this] { return Find("mllp", options_.mllp); },
            [this] { return Find("http", options_.http); }, [this] { return Token(); }, plo_),
        signals_(io_, SIGINT, SIGTERM),
        progress_(io_) {}

  int Run() {
    std::printf("Simulating %s with %d beds and %zu kommuner from %s, seed %llu\n",
                model_.region().hospital_name.c_str(), options_.hospital_size,
                model_.region().kommuner.size(), Local(state_.start).c_str(),
                static_cast<unsigned long long>(state_.seed));
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      stopped_ = true;
      traffic_.Stop();
    });
    traffic_.Start([this] { io_.stop(); });
    ReportProgress();
    io_.run();
    Report();
    SaveState();
    return Conclude();
  }

 private:
  fs::path Inbox() const {
    return options_.plo_inbox.empty() ? fs::path(options_.data_dir) / "plo" / "inbox"
                                      : fs::path(options_.plo_inbox);
  }
  fs::path Outbox() const {
    return options_.plo_outbox.empty() ? Inbox().parent_path() / "outbox"
                                       : fs::path(options_.plo_outbox);
  }

  std::string Token() const {
    std::ifstream file(options_.token_file.empty() ? fs::path(options_.data_dir) / "dev.token"
                                                   : fs::path(options_.token_file));
    std::string token;
    file >> token;
    return token;
  }

  absl::StatusOr<Address> Find(const std::string& door, const std::string& otherwise) const {
    if (options_.data_dir.empty()) return ParseAddress(otherwise);
    const absl::StatusOr<std::string> address = ReadAddress(options_.data_dir, door);
    if (!address.ok()) return address.status();
    return ParseAddress(*address);
  }

  TrafficOptions MakeTrafficOptions(double speed) const {
    return {speed, options_.until_stays, state_.start, state_.acknowledged_until,
            options_.connections};
  }

  static std::string Local(absl::Time time) {
    return absl::FormatTime("%Y-%m-%d %H:%M", time, Oslo());
  }

  void Report() {
    const TrafficCounts& counts = traffic_.counts();
    const Truth truth = model_.TruthNow();
    std::printf(
        "%s  %s  in hospital %d  UKP %d  admitted %lld  messages %lld  under way %zu  sent again "
        "%lld  refused %lld%s%s\n",
        Local(traffic_.SimulatedNow()).c_str(), traffic_.filled() ? "running" : "filling",
        truth.inpatients, truth.ukp, static_cast<long long>(counts.admitted),
        static_cast<long long>(counts.sent), traffic_.under_way(),
        static_cast<long long>(counts.sent_again), static_cast<long long>(counts.refused),
        traffic_.trouble().empty() ? "" : "  ", traffic_.trouble().c_str());
    std::fflush(stdout);
  }

  void SaveState() {
    if (options_.data_dir.empty()) return;
    state_.acknowledged_until = std::max(state_.acknowledged_until, traffic_.AcknowledgedUntil());
    const absl::Status saved = WriteRunState(fs::path(options_.data_dir) / "simulate.json", state_);
    if (!saved.ok())
      std::fprintf(stderr, "overgang simulate: %s\n", std::string(saved.message()).c_str());
  }

  void ReportProgress() {
    progress_.expires_after(kProgressEvery);
    progress_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      Report();
      SaveState();
      ReportProgress();
    });
  }

  int Conclude() {
    const Truth truth = model_.TruthNow();
    for (const std::string& refusal : traffic_.refusals())
      std::fprintf(stderr, "overgang simulate: refused: %s\n", refusal.c_str());
    if (options_.until_stays > 0) {
      std::printf("\n%-8s %-24s %10s %6s %10s\n", "kommune", "", "inpatients", "UKP", "unanswered");
      for (const auto& [number, counts] : truth.kommuner) {
        std::printf("%-8s %-24s %10d %6d %10d\n", number.c_str(), KommuneName(number).c_str(),
                    counts.inpatients, counts.ukp, counts.awaiting_answer);
      }
      std::printf("%-8s %-24s %10d %6d\n", "all", "", truth.inpatients, truth.ukp);
      std::printf("AppRecs: %lld accepted, %lld rejected\n",
                  static_cast<long long>(plo_.accepted()), static_cast<long long>(plo_.rejected()));
    }
    if (!options_.expect.empty() && !stopped_) {
      const absl::Status written =
          WriteExpectation(options_.expect, truth, traffic_.counts().admitted);
      if (!written.ok()) {
        std::fprintf(stderr, "overgang simulate: %s\n", std::string(written.message()).c_str());
        return kFailed;
      }
    }
    if (stopped_) return kDone;
    return traffic_.counts().refused > 0 || traffic_.under_way() > 0 ? kFailed : kDone;
  }

  const Options& options_;
  RunState state_;
  SystemClock clock_;
  boost::asio::io_context io_{1};
  Model model_;
  PloFolders plo_;
  Traffic traffic_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer progress_;
  bool stopped_ = false;
};

int Complain(const absl::Status& status, int code) {
  const ErrorPlace place = PlaceOf(status);
  std::fprintf(stderr, "overgang simulate: %s: %s; %s\n", place.field.c_str(),
               std::string(status.message()).c_str(), place.remedy.c_str());
  return code;
}

// With --data-dir: until the hub that was just started says where it is.
bool WaitForHub(const Options& options) {
  const absl::Time give_up = absl::Now() + kWaitForHub;
  while (!options.data_dir.empty() && !ReadAddress(options.data_dir, "mllp").ok()) {
    if (absl::Now() > give_up) {
      std::fprintf(stderr,
                   "overgang simulate: no hub has written %s/addresses.json; start one with: "
                   "overgang serve --set data_dir=%s\n",
                   options.data_dir.c_str(), options.data_dir.c_str());
      return false;
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
  return true;
}

absl::StatusOr<absl::CivilDay> DateOption(const char* name, const std::string& text) {
  const absl::StatusOr<absl::CivilDay> day = ParseDate(text);
  if (day.ok()) return day;
  return FieldError(absl::StatusCode::kInvalidArgument, name, "this is not a date",
                    "write it like 2025-01-01");
}

// The period as a file.
int WriteHistory(const Options& options) {
  absl::StatusOr<SimRegion> region =
      MakeRegion(*Directory::BuiltIn(), options.hospital_size, options.kommuner);
  if (!region.ok()) return Complain(region.status(), kWrongUse);
  const absl::StatusOr<absl::CivilDay> from = DateOption("--from", options.from);
  if (!from.ok()) return Complain(from.status(), kWrongUse);
  const absl::StatusOr<absl::CivilDay> to = DateOption("--to", options.to);
  if (!to.ok()) return Complain(to.status(), kWrongUse);
  std::ofstream file(options.history, std::ios::binary | std::ios::trunc);
  History history(*std::move(region), {options.seed, *from, *to});
  file << History::Header();
  int64_t stays = 0;
  for (std::string line; history.Next(&line) && file; ++stays) file << line;
  file.close();
  if (!file) {
    std::fprintf(stderr, "overgang simulate: %s cannot be written; check the folder and its room\n",
                 options.history.c_str());
    return kFailed;
  }
  std::printf("%lld stays in %s; read them with: overgang import %s\n",
              static_cast<long long>(stays), options.history.c_str(), options.history.c_str());
  return kDone;
}

int Simulate(const Options& options) {
  if (!options.history.empty()) return WriteHistory(options);
  if (options.data_dir.empty() && options.plo_inbox.empty()) {
    std::fprintf(stderr,
                 "overgang simulate: give --data-dir, or --plo-inbox with --mllp and --http\n");
    return kWrongUse;
  }
  const absl::StatusOr<double> speed = ParseSpeed(options.speed);
  if (!speed.ok()) return Complain(speed.status(), kWrongUse);
  absl::StatusOr<SimRegion> region =
      MakeRegion(*Directory::BuiltIn(), options.hospital_size, options.kommuner);
  if (!region.ok()) return Complain(region.status(), kWrongUse);
  const absl::StatusOr<absl::Time> start = ChooseStart(options, *region);
  if (!start.ok()) return Complain(start.status(), kWrongUse);
  if (!WaitForHub(options)) return kNotReachable;

  RunState state{options.seed, options.hospital_size, options.kommuner, *start,
                 absl::InfinitePast()};
  if (!options.data_dir.empty() && options.start.empty()) {
    const std::optional<RunState> earlier =
        ReadRunState(fs::path(options.data_dir) / "simulate.json");
    const bool same = earlier && earlier->seed == state.seed &&
                      earlier->hospital_size == state.hospital_size &&
                      earlier->kommuner == state.kommuner;
    if (same && options.until_stays == 0) state = *earlier;
  }
  return Simulation(options, *std::move(region), state, *speed).Run();
}

void AddHistoryOptions(CLI::App& command, Options& options) {
  CLI::Option* history = command.add_option("--history", options.history,
                                            "Write a file of past stays here, for overgang import");
  CLI::Option* from =
      command.add_option("--from", options.from, "With --history: its first day")->needs(history);
  CLI::Option* to =
      command.add_option("--to", options.to, "With --history: the day after its last")
          ->needs(history);
  history->needs(from)->needs(to);
}

}  // namespace

void AddSimulateCommand(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("simulate", kHelp);
  command->add_option("--hospital-size", options->hospital_size, "Beds")
      ->check(CLI::Range(12, 5000))
      ->capture_default_str();
  command
      ->add_option("--kommuner", options->kommuner,
                   "How many of the region's kommuner, the largest first")
      ->check(CLI::Range(1, 357))
      ->capture_default_str();
  command
      ->add_option("--speed", options->speed, "Simulated seconds per second, such as 60x; or max")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same traffic")
      ->capture_default_str();
  command
      ->add_option("--until-stays", options->until_stays,
                   "End when so many stays were admitted after the run began and all messages are "
                   "acknowledged")
      ->check(CLI::PositiveNumber);
  command->add_option("--start", options->start,
                      "When the run begins, such as 2026-01-16T08:00:00+01:00");
  command->add_option(
      "--data-dir", options->data_dir,
      "The hub's data folder: addresses, token and PLO folders are found from there");
  command->add_option("--mllp", options->mllp, "The hub's MLLP address, without --data-dir")
      ->capture_default_str();
  command->add_option("--http", options->http, "The hub's HTTP address, without --data-dir")
      ->capture_default_str();
  command->add_option("--plo-inbox", options->plo_inbox,
                      "The hub's PLO inbox; otherwise plo/inbox in the data folder");
  command->add_option("--plo-outbox", options->plo_outbox,
                      "The hub's PLO outbox; otherwise outbox beside the inbox");
  command->add_option("--token-file", options->token_file,
                      "A file with the token for HTTP; otherwise dev.token in the data folder");
  command->add_option("--connections", options->connections, "To each door")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--expect", options->expect,
                      "Write here, at the end, the census that the hub should show (JSON)");
  AddHistoryOptions(*command, *options);
  command->callback([options, exit_code] { *exit_code = Simulate(*options); });
}

}  // namespace overgang::simulator
