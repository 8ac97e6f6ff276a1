#include "producers/simulator/traffic.h"

#include <unistd.h>

#include <limits>

#include "core/directory.h"
#include "gtest/gtest.h"
#include "tests/producers/simulator/fake_hub.h"

namespace overgang::simulator {
namespace {

namespace fs = std::filesystem;

const absl::Time kStart = absl::FromUnixSeconds(1'768'550'400);

class TrafficTest : public testing::Test {
 protected:
  TrafficTest() { fs::create_directories(root_ / "inbox"); }
  ~TrafficTest() override { fs::remove_all(root_); }

  std::unique_ptr<Model> MakeModel() {
    return std::make_unique<Model>(*MakeRegion(*Directory::BuiltIn(), 60, 5),
                                   ModelOptions{3, kStart});
  }

  // Runs to the end; false where it did not end in time.
  bool Run(FakeHub& hub, Model& model, TrafficOptions options, TrafficCounts* counts,
           const Clock& clock) {
    boost::asio::io_context io;
    PloFolders plo(root_ / "inbox", root_ / "outbox");
    Traffic traffic(
        io, model, clock, options,
        [&] {
          return Address{"127.0.0.1", hub.mllp_port()};
        },
        [&] {
          return Address{"127.0.0.1", hub.http_port()};
        },
        [] { return std::string("token"); }, plo);
    bool done = false;
    traffic.Start([&] {
      done = true;
      io.stop();
    });
    io.run_for(std::chrono::seconds(100));
    *counts = traffic.counts();
    return done;
  }

  const fs::path root_ = fs::temp_directory_path() / absl::StrCat("traffic_", ::getpid());
};

TEST_F(TrafficTest, EveryMessageIsAcknowledgedInItsPersonsOrderHoweverDifficultTheHub) {
  FakeHub hub(root_ / "inbox");
  auto model = MakeModel();
  TrafficCounts counts;
  const ManualClock late(kStart + absl::Hours(24 * 365));
  ASSERT_TRUE(Run(hub, *model,
                  {std::numeric_limits<double>::infinity(), 20, kStart, absl::InfinitePast(), 6},
                  &counts, late));
  hub.Stop();
  EXPECT_GE(counts.admitted, 20);
  EXPECT_EQ(counts.refused, 0);
  EXPECT_GT(counts.sent_again, 10);

  // What a hub without whims would have been sent.
  auto again = MakeModel();
  std::map<std::string, std::vector<std::string>> expected;
  std::map<std::string, std::string> lane_of;
  int64_t admitted = 0;
  int files = 0;
  while (!again->Done()) {
    const Message message = again->Next();
    admitted += message.admits ? 1 : 0;
    if (admitted == 20) again->Close();
    if (message.door == Door::kPlo) {
      ++files;
      continue;
    }
    expected[message.lane].push_back(message.content);
    lane_of[message.content] = message.lane;
  }
  std::map<std::string, std::vector<std::string>> taken;
  for (const std::string& content : hub.taken()) taken[lane_of[content]].push_back(content);
  EXPECT_EQ(taken, expected);
  EXPECT_EQ(hub.files(), files);
}

TEST_F(TrafficTest, ARunThatGoesOnSendsOnlyWhatWasNotAcknowledged) {
  FakeHub hub(root_ / "inbox");
  auto model = MakeModel();
  TrafficCounts counts;
  const ManualClock late(kStart + absl::Hours(24 * 365));
  const absl::Time until = kStart + absl::Hours(30);
  ASSERT_TRUE(Run(hub, *model, {std::numeric_limits<double>::infinity(), 20, kStart, until, 6},
                  &counts, late));
  int64_t after = 0, admitted = 0;
  for (auto again = MakeModel(); !again->Done();) {
    const Message message = again->Next();
    admitted += message.admits ? 1 : 0;
    if (admitted == 20) again->Close();
    after += message.send_at > until ? 1 : 0;
  }
  EXPECT_GT(after, 0);
  EXPECT_EQ(counts.sent, after);
}

TEST_F(TrafficTest, NothingIsSentBeforeItCouldHaveHappened) {
  FakeHub hub(root_ / "inbox");
  auto model = MakeModel();
  boost::asio::io_context io;
  PloFolders plo(root_ / "inbox", root_ / "outbox");
  // The real time is an hour after the start when the hospital is full: a fast simulated clock
  // stops there.
  ManualClock clock(kStart + absl::Minutes(59));
  Traffic traffic(
      io, *model, clock, {1e6, 0, kStart, absl::InfinitePast(), 4},
      [&] {
        return Address{"127.0.0.1", hub.mllp_port()};
      },
      [&] {
        return Address{"127.0.0.1", hub.http_port()};
      },
      [] { return std::string(); }, plo);
  traffic.Start([&] { io.stop(); });
  for (int i = 0; i < 600 && !traffic.filled(); ++i) io.run_for(std::chrono::milliseconds(100));
  clock.Advance(absl::Minutes(1));
  io.run_for(std::chrono::milliseconds(500));
  for (int i = 0; i < 100 && traffic.under_way() > 0; ++i)
    io.run_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(traffic.filled());
  EXPECT_EQ(traffic.SimulatedNow(), clock.Now());
  EXPECT_LE(traffic.AcknowledgedUntil(), clock.Now());
  EXPECT_GT(model->NextAt(), clock.Now());
  traffic.Stop();
  io.run_for(std::chrono::seconds(10));
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace overgang::simulator
