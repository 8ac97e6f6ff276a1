// A Kafka broker of the benchmark's own, through deploy/broker/broker.sh: on a free port, with its
// data in a folder that goes with it. It dies with this program, however that ends. Threads: one.
#pragma once

#include <sys/types.h>

#include <string>

#include "bench/table.h"

namespace overgang::bench {

class Broker {
 public:
  Broker();
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  const std::string& address() const { return address_; }

 private:
  TempFolder folder_;
  std::string address_;
  pid_t pid_ = 0;
};

}  // namespace overgang::bench
