// A real SMTP server (aiosmtpd) as a child process, which can be told to misbehave. It ends with
// the test. Threads: one.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace overgang::testing {

class SmtpChild {
 public:
  // The arguments of tests/smtp/smtp_server.py.
  explicit SmtpChild(const std::string& arguments = "") {
    int input[2] = {}, output[2] = {};
    EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(output, O_CLOEXEC), 0);
    const std::string command = std::string("exec ") + OVERGANG_SMTP_SERVER + " " + arguments;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(input[0], STDIN_FILENO);
      dup2(output[1], STDOUT_FILENO);
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    output_ = fdopen(output[0], "r");
    port_ = Line();
    EXPECT_FALSE(port_.empty()) << "the SMTP server did not start: " << command;
  }
  ~SmtpChild() {
    close(input_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    fclose(output_);
  }
  SmtpChild(const SmtpChild&) = delete;
  SmtpChild& operator=(const SmtpChild&) = delete;

  std::string Url(const std::string& scheme = "smtp") const {
    return scheme + "://127.0.0.1:" + port_ + "/hub.example.no";
  }
  // "<address> <Message-ID> <bytes>" of the next mail that it kept.
  std::string NextMail() { return Line(); }
  void Freeze() const { kill(pid_, SIGSTOP); }

 private:
  std::string Line() {
    char line[400] = "";
    if (fgets(line, sizeof(line), output_) == nullptr) return "";
    std::string text = line;
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  pid_t pid_ = 0;
  int input_ = -1;
  FILE* output_ = nullptr;
  std::string port_;
};

}  // namespace overgang::testing
