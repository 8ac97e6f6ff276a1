// The program `overgang`: subcommands, signals, exit codes. 0 done, 1 failed, 2 wrong use, 3 hub
// not reachable.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "app/access_settings.h"
#include "app/cli/commands.h"
#include "app/config.h"
#include "app/directory_file.h"
#include "app/hub.h"
#include "producers/simulator/command.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

namespace overgang {
namespace {

struct ServeOptions {
  std::string config_file;
  std::vector<std::string> settings;
};

void Complain(const absl::Status& status) {
  std::fprintf(stderr, "overgang: %s\n", std::string(status.message()).c_str());
}

sigset_t HubSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Whether a signal to stop is waiting; takes it. A SIGHUP stays pending until somebody can act on
// it.
bool StopAsked() {
  sigset_t signals = HubSignals();
  sigdelset(&signals, SIGHUP);
  const timespec none{};
  return sigtimedwait(&signals, nullptr, &none) > 0;
}

int Serve(const ServeOptions& options) {
  auto config = LoadConfig(options.config_file, options.settings);
  if (!config.ok()) {
    Complain(config.status());
    return 2;
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("overgang"));
  // Before any thread is made: signals are taken by this one only.
  const sigset_t signals = HubSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  Hub hub(*std::move(config));
  if (absl::Status status = hub.Start(); !status.ok()) {
    Complain(status);
    return 1;
  }
  if (hub.WaitUntilReady(StopAsked)) {
    spdlog::info("ready");
    for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) {
      const absl::Status status = hub.Reload();
      if (status.ok()) {
        spdlog::info("directory, who may call, recipients and templates read anew");
      } else {
        spdlog::error("what has mistakes was not changed: {}", std::string(status.message()));
      }
    }
  }
  spdlog::info("stopping");
  hub.Stop();
  spdlog::info("stopped");
  return 0;
}

int CheckConfig(const std::string& file) {
  auto config = LoadConfig(file, {});
  std::vector<absl::Status> found{config.status()};
  if (config.ok()) {
    const auto directory = LoadDirectory(config->directory_file);
    found.push_back(directory.status());
    if (directory.ok()) {
      for (const std::string& mistake : CheckMailFiles(config->mail, **directory))
        found.push_back(absl::InvalidArgumentError(mistake));
    }
    found.push_back(LoadAccess(*config, "").status());
    found.push_back(LoadTls(config->http_tls, "http").status());
    found.push_back(LoadTls(config->grpc_tls, "grpc").status());
  }
  bool any = false;
  for (const absl::Status& status : found) {
    if (status.ok()) continue;
    Complain(status);
    any = true;
  }
  if (any) return 1;
  std::printf("%s: no mistakes\n", file.c_str());
  return 0;
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Overgang: the live count of utskrivningsklare patients, from the messages of hospitals and "
      "kommuner.",
      "overgang");
  app.require_subcommand(1);
  app.set_version_flag("--version", OVERGANG_VERSION);
  int exit_code = 0;

  ServeOptions serve;
  CLI::App* serve_command = app.add_subcommand("serve", "Run the hub");
  serve_command->add_option("--config", serve.config_file, "TOML file");
  serve_command
      ->add_option("--set", serve.settings, "key=value, over what the file says; may be repeated")
      ->take_all();
  serve_command->callback([&] { exit_code = Serve(serve); });

  std::string file;
  CLI::App* check =
      app.add_subcommand("check-config", "Find every mistake of a configuration at once");
  check->add_option("file", file, "TOML file")->required();
  check->callback([&] { exit_code = CheckConfig(file); });

  simulator::AddSimulateCommand(app, &exit_code);
  AddClientCommands(app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ExitCodeOf(app, error);
  }
  return exit_code;
}

}  // namespace
}  // namespace overgang

int main(int argc, char** argv) { return overgang::Run(argc, argv); }
