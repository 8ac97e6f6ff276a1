// overgang_bench: how fast the hub does its jobs, each beside what limits it, measured in the same
// run. Wall figures share the machine with the clients, and with the broker on Kafka; figures per
// CPU second do not.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "bench/table.h"
#include "spdlog/spdlog.h"

namespace overgang::bench {
namespace {

using Benchmark = void (*)(const Options&);

const std::vector<std::pair<std::string, Benchmark>> kBenchmarks = {
    {"fold", FoldBenchmark},
    {"rebuild-embedded", RebuildEmbeddedBenchmark},
    {"rebuild-kafka", RebuildKafkaBenchmark},
    {"visible-embedded", VisibleEmbeddedBenchmark},
    {"visible-kafka", VisibleKafkaBenchmark},
    {"mllp", MllpBenchmark},
    {"census", CensusBenchmark},
    {"feed", FeedBenchmark},
    {"access", AccessBenchmark},
    {"report", ReportBenchmark},
    {"levels", LevelsBenchmark},
    {"country", CountryBenchmark},
    {"history", HistoryBenchmark},
    {"status", StatusBenchmark},
    {"mails", MailsBenchmark},
    {"cards-embedded", CardsEmbeddedBenchmark},
    {"cards-kafka", CardsKafkaBenchmark},
};

int Main(int argc, char** argv) {
  CLI::App app("Measures the hub; prints a table.");
  std::vector<std::string> only;
  Options options;
  std::vector<std::string> names;
  for (const auto& [name, run] : kBenchmarks) names.push_back(name);
  app.add_option("--only", only, "Run just this one; may be repeated")->check(CLI::IsMember(names));
  app.add_flag("--quick", options.quick, "Smaller sizes: to see that it works");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);
  Table::PrintHeading();
  int failed = 0;
  for (const auto& [name, run] : kBenchmarks) {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    try {
      run(options);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "overgang_bench: %s: %s\n", name.c_str(), error.what());
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace overgang::bench

int main(int argc, char** argv) { return overgang::bench::Main(argc, argv); }
