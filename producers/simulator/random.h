// Random numbers that are the same on every machine: SplitMix64 and distributions of our own,
// because the standard library's distributions differ between implementations. Not for secrets. One
// thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "absl/time/time.h"

namespace overgang::simulator {

class Random {
 public:
  // Streams of one seed are independent of each other.
  explicit Random(uint64_t seed, uint64_t stream = 0) : state_(seed * 0x9E3779B97F4A7C15u + 1) {
    state_ ^= Mix(stream + 0xD1B54A32D192ED03u);
  }

  uint64_t Next() { return Mix(state_ += 0x9E3779B97F4A7C15u); }
  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Uniform() < probability; }
  // Both ends included.
  int Between(int low, int high) {
    return low + static_cast<int>(Uniform() * (static_cast<double>(high) - low + 1));
  }
  double Exponential(double mean) { return -mean * std::log(1.0 - Uniform()); }
  double LogNormal(double median, double sigma) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
    return median * std::exp(sigma * radius * std::cos(2.0 * std::numbers::pi * Uniform()));
  }
  // An index, each as likely as its weight. The weights are not all zero.
  size_t Weighted(const std::vector<double>& weights) {
    double sum = 0;
    for (double weight : weights) sum += weight;
    double left = Uniform() * sum;
    for (size_t i = 0; i + 1 < weights.size(); ++i) {
      left -= weights[i];
      if (left < 0) return i;
    }
    return weights.size() - 1;
  }
  // Whole seconds, as hospital systems write them.
  absl::Duration Minutes(double low, double high) {
    return absl::Seconds(static_cast<int64_t>((low + Uniform() * (high - low)) * 60));
  }
  absl::Duration LogNormalHours(double median, double sigma, double most) {
    return absl::Seconds(static_cast<int64_t>(std::min(LogNormal(median, sigma), most) * 3600));
  }

 private:
  static uint64_t Mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
  }
  uint64_t state_;
};

}  // namespace overgang::simulator
