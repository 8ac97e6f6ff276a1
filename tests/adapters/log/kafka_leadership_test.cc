// Who is the doer, on a real broker.
#include "adapters/log/kafka_leadership.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "tests/adapters/log/kafka_fixture.h"

namespace overgang {
namespace {

constexpr absl::Duration kHandOver = absl::Seconds(7);  // Well within a session.

class KafkaLeadershipTest : public BrokerTest {
 protected:
  void SetUp() override { log_ = OpenLog(broker_); }  // Which makes the topic.
  std::unique_ptr<KafkaLeadership> Join(const std::string& name) {
    auto member = KafkaLeadership::Join(ConfigOf(broker_), name);
    EXPECT_TRUE(member.ok()) << member.status();
    return *std::move(member);
  }
  std::unique_ptr<KafkaLog> log_;
};

TEST_F(KafkaLeadershipTest, OneOfSeveralIsTheDoerAndAnotherWhenItLeaves) {
  std::vector<std::unique_ptr<KafkaLeadership>> hubs;
  for (int i = 0; i < 3; ++i) hubs.push_back(Join("hub " + std::to_string(i)));
  const auto doers = [&] {
    return std::ranges::count_if(hubs, [](const auto& hub) { return hub->IsDoer(); });
  };
  for (; !hubs.empty();) {
    ASSERT_TRUE(Eventually([&] { return doers() == 1; }));
    const absl::Time until = absl::Now() + absl::Seconds(1);
    while (absl::Now() < until) ASSERT_LE(doers(), 1);
    const auto doer = std::ranges::find_if(hubs, [](const auto& hub) { return hub->IsDoer(); });
    if (doer == hubs.end()) continue;  // The group settled once more.
    hubs.erase(doer);
    const absl::Time left = absl::Now();
    EXPECT_TRUE(Eventually([&] { return hubs.empty() || doers() == 1; }));
    EXPECT_LT(absl::Now() - left, kHandOver) << "who leaves hands over at once";
  }
}

TEST_F(KafkaLeadershipTest, RecordsOfTheTopicAndNoOffsetsAreNothingToItAndItStaysTheDoer) {
  const auto hub = Join("hub");
  ASSERT_TRUE(Eventually([&] { return hub->IsDoer(); }));
  EXPECT_EQ(hub->Name(), "hub");
  ASSERT_TRUE(AppendAndWait(*log_, {Record("", "whatever", Topic::kLeader)}).ok());
  const absl::Time until = absl::Now() + kLeaderSession + absl::Seconds(5);
  while (absl::Now() < until) {
    ASSERT_TRUE(hub->IsDoer()) << "heartbeats are answered";
    absl::SleepFor(absl::Milliseconds(20));
  }
}

TEST_F(KafkaLeadershipTest, WithoutABrokerNobodyIsTheDoerAndSomebodyAgainWhenItIsBack) {
  const auto hub = Join("hub");
  ASSERT_TRUE(Eventually([&] { return hub->IsDoer(); }));
  broker_.Freeze();
  const absl::Time frozen = absl::Now();
  EXPECT_TRUE(Eventually([&] { return !hub->IsDoer(); }));
  EXPECT_LT(absl::Now() - frozen, kLeaderSession + absl::Seconds(1));
  broker_.Thaw();
  EXPECT_TRUE(Eventually([&] { return hub->IsDoer(); }));
}

// A hub in a process of its own, which writes one byte every few milliseconds: what it takes itself
// for.
class OtherHub {
 public:
  explicit OtherHub(const KafkaConfig& config) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], kSays);
      setenv(kServers, config.bootstrap_servers.c_str(), 1);
      execl("/proc/self/exe", "hub", nullptr);
      _exit(127);
    }
    close(ends[1]);
    says_ = ends[0];
  }
  ~OtherHub() {
    Signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(says_);
  }
  void Signal(int signal) { kill(pid_, signal); }
  // The next that it says of itself.
  bool IsDoer() {
    char said = 0;
    EXPECT_EQ(read(says_, &said, 1), 1);
    return said == 'y';
  }
  // Past what it has said and nobody has read.
  void Skip() {
    int waiting = 0;
    for (ioctl(says_, FIONREAD, &waiting); waiting > 0; --waiting) IsDoer();
  }

  // Runs instead of the tests where OtherHub started this program.
  static int Main() {
    const char* const servers = getenv(kServers);
    if (servers == nullptr) return 0;
    auto member = KafkaLeadership::Join({servers, 1, {}}, "other");
    while (member.ok()) {
      const char say = (*member)->IsDoer() ? 'y' : 'n';
      if (write(kSays, &say, 1) != 1) break;
      absl::SleepFor(absl::Milliseconds(2));
    }
    _exit(1);
  }

 private:
  static constexpr int kSays = 100;
  static constexpr char kServers[] = "OVERGANG_TEST_LEADER";
  pid_t pid_ = 0;
  int says_ = -1;
};
const int kOtherHub = OtherHub::Main();

TEST_F(KafkaLeadershipTest, OneWhoWasFrozenPastItsSessionKnowsWhenItWakesThatItIsNotTheDoer) {
  ASSERT_EQ(kOtherHub, 0);
  OtherHub a(ConfigOf(broker_));
  OtherHub b(ConfigOf(broker_));
  const auto is_doer = [](OtherHub& hub) {
    hub.Skip();
    return hub.IsDoer();
  };
  int settled = 0;  // Looks in a row at which one was.
  ASSERT_TRUE(
      Eventually([&] { return (settled = is_doer(a) != is_doer(b) ? settled + 1 : 0) > 200; }));
  OtherHub& frozen = is_doer(a) ? a : b;
  OtherHub& other = &frozen == &a ? b : a;
  frozen.Signal(SIGSTOP);
  const absl::Time stopped = absl::Now();
  ASSERT_TRUE(Eventually([&] { return is_doer(other); })) << "another takes over";
  EXPECT_GT(absl::Now() - stopped, kLeaderSession / 2) << "not before the session is over";
  frozen.Skip();
  frozen.Signal(SIGCONT);
  // It joins again, and may then become the doer as any other: once the other no longer is.
  for (int look = 0; look < 1000; ++look) {
    if (frozen.IsDoer()) {
      EXPECT_FALSE(is_doer(other)) << "look " << look;
      break;
    }
  }
}

}  // namespace
}  // namespace overgang
