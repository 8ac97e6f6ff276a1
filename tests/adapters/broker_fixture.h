// A real Kafka broker for tests, started through deploy/broker/broker.sh on a free port with its
// data in a folder of its own. It dies with the test program, however that ends. A broker that does
// not start fails the test.
//
// Threads: one at a time. The program needs OVERGANG_BROKER_SCRIPTS (the folder deploy/broker) at
// compile time.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/adapters/temp_dir.h"

namespace overgang {

class Broker {
 public:
  Broker() = default;
  ~Broker() { Kill(); }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Starts it, or starts it again on what it stored, at the same address. Returns when it answers.
  void Start() {
    ASSERT_EQ(pid_, 0);
    const pid_t parent = getpid();
    pid_ = fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      execl(kScript, kScript, "run", dir_.path().c_str(), nullptr);
      _exit(127);
    }
    const std::string wait = std::string(kScript) + " wait " + dir_.path();
    FILE* out = popen(wait.c_str(), "r");
    char line[200] = "";
    const bool ready = fgets(line, sizeof(line), out) != nullptr;
    pclose(out);
    address_ = line;
    while (!address_.empty() && address_.back() == '\n') address_.pop_back();
    if (!ready) Kill();
    ASSERT_TRUE(ready) << "the broker did not start; see what it said above";
  }
  void Stop() { End(SIGTERM); }  // Orderly.
  void Kill() { End(SIGKILL); }
  void Freeze() { kill(pid_, SIGSTOP); }
  void Thaw() { kill(pid_, SIGCONT); }

  bool running() const { return pid_ != 0; }
  const std::string& bootstrap_servers() const { return address_; }
  // Where it stores what it holds, a folder for each partition. For a test that damages that.
  std::string data_dir() const { return dir_ / "data"; }

 private:
  static constexpr const char* kScript = OVERGANG_BROKER_SCRIPTS "/broker.sh";

  void End(int signal) {
    if (pid_ == 0) return;
    kill(pid_, signal);
    kill(pid_, SIGCONT);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  TempDir dir_;
  std::string address_;
  pid_t pid_ = 0;
};

// One broker for all tests of a program that ask for it; started by the first.
class BrokerEnvironment final : public ::testing::Environment {
 public:
  // Call once, from a global's initialiser: it belongs to GoogleTest from then on.
  static BrokerEnvironment* Add() {
    auto* const environment = new BrokerEnvironment;
    ::testing::AddGlobalTestEnvironment(environment);
    return environment;
  }
  void SetUp() override { broker_.Start(); }
  void TearDown() override { broker_.Kill(); }
  Broker& broker() { return broker_; }

 private:
  Broker broker_;
};

}  // namespace overgang
