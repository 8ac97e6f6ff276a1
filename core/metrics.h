// The one metrics registry; names start with overgang_ and carry the unit last. Labels never hold
// personal data.
#pragma once

#include <string>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace overgang {

class Metrics {
 public:
  prometheus::Counter& Counter(const std::string& name, const std::string& help,
                               const prometheus::Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                           const prometheus::Labels& labels = {});
  // Seconds, with buckets from 0.5 ms to 10 s.
  prometheus::Histogram& Latency(const std::string& name, const std::string& help,
                                 const prometheus::Labels& labels = {});
  // Prometheus' text format.
  std::string Text() const;

 private:
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

}  // namespace overgang
