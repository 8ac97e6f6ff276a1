// What the tests of PLO share: messages of synthetic persons, the standards' folder, a hub's parts
// around a fake log.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/log/memory_log.h"
#include "core/clock.h"
#include "core/directory.h"
#include "core/fact_writer.h"
#include "core/metrics.h"
#include "core/pseudonymizer.h"
#include "producers/plo/plo_map.h"
#include "producers/plo/plo_receiver.h"
#include "producers/plo/seen_messages.h"

namespace overgang::plo {

// From the environment variable OVERGANG_STANDARDS, else beside the checkout.
std::filesystem::path Standards();
std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& folder);
std::string ReadAll(const std::filesystem::path& path);
void WriteAll(const std::filesystem::path& path, std::string_view text);

// A number that is valid and synthetic; another `n`, another number.
std::string SyntheticNumber(int n = 0);

// One message, by parts that a test can change; Text() writes it.
struct TestMessage {
  std::string type = "LOG_INNLAGT";
  std::string usage = "MeldingInnlagtPasient";
  std::string msg_id = "0b7c2e4e-7a55-4d52-9a3a-5f6d0c1e2f30";
  std::string generated = "2026-01-15T10:12:00";
  std::string parent;
  std::string conversation;
  int sender = 59;
  int receiver = 15001;
  int receiver_service = 35001;
  std::string patient;  // Empty: Nilsen, Kari, 1950-03-01, female, SyntheticNumber().
  std::string status = "N";
  std::string version = "1.6";
  std::vector<std::pair<std::string, std::string>> events = {{"1", "2026-01-15T10:00:00"}};
  std::string discharged;  // UtskrevetTil, as XML.

  std::string Text() const;
};

TestMessage Ukp(std::string msg_id = "11111111-2222-4333-8444-555555555555");

// A folder of the test's own, removed with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Everything around a receiver, with a log in memory.
class Hub {
 public:
  explicit Hub(PloRole role = PloRole::kReceiver);
  ~Hub();
  // As after a crash: a new receiver and what the disk remembers.
  void Restart();
  // The facts in the log, OriginalReceived left out, in the order of the log within a partition.
  std::vector<v1::Envelope> Facts();
  size_t Count(std::string_view fact_name);
  absl::StatusOr<PloOutcome> Handle(std::string message);

  ManualClock clock{absl::FromCivil(absl::CivilSecond(2026, 1, 15, 10), absl::UTCTimeZone())};
  TestFolder folder;
  MemoryLog log{clock};
  Sealer sealer = Sealer::Create(std::string(32, 's')).value();
  Pseudonymizer pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'p')}, Environment::kTest).value();
  FactWriter writer{log, sealer, clock, "incarnation"};
  DirectoryHolder directory{Directory::BuiltIn()};
  Metrics metrics;
  std::unique_ptr<SeenMessages> seen;
  std::unique_ptr<PloReceiver> receiver;

 private:
  const PloRole role_;
};

}  // namespace overgang::plo
