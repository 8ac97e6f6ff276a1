#include "bench/broker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace overgang::bench {
namespace {

constexpr const char* kScript = OVERGANG_BROKER_SCRIPTS "/broker.sh";

void End(pid_t pid) {
  kill(pid, SIGKILL);  // What it stored goes anyway.
  waitpid(pid, nullptr, 0);
}

}  // namespace

Broker::Broker() {
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    execl(kScript, kScript, "run", folder_.path().c_str(), nullptr);
    _exit(127);
  }
  const std::string wait = std::string(kScript) + " wait " + folder_.path();
  FILE* out = popen(wait.c_str(), "r");
  char line[200] = "";
  if (out != nullptr && fgets(line, sizeof(line), out) != nullptr) address_ = line;
  if (out != nullptr) pclose(out);
  while (!address_.empty() && address_.back() == '\n') address_.pop_back();
  if (address_.empty()) {
    End(pid_);
    Check(absl::UnavailableError("see what it said above"), "starting a broker");
  }
}

Broker::~Broker() { End(pid_); }

}  // namespace overgang::bench
