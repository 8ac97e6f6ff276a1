// A hospital region as a stream of messages: who comes, what becomes of them, and every message
// about it in the order in which it goes out. Pure: no wall clock, no sockets. The same options
// give the same stream, byte for byte.
//
// The stream begins with the starting population: those who are in hospital at `start`, told from
// their admission on. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "producers/simulator/arrivals.h"
#include "producers/simulator/region.h"
#include "producers/simulator/stay.h"

namespace overgang::simulator {

struct ModelOptions {
  uint64_t seed = 1;
  absl::Time start;  // When the hospital is full and the run begins.
};

enum class Door : uint8_t { kMllp, kPlo, kIntake };

struct Message {
  Door door = Door::kMllp;
  absl::Time send_at;
  std::string lane;  // Messages of one lane keep their order: a person, or a unit.
  std::string name;  // "ADT^A01", "LOG_INNLAGT", "AnswerUkp".
  std::string id;    // MSH-10, MsgId or idempotency key.
  std::string content;
  bool admits = false;  // The first A01 of a stay that comes after `start`.
};

struct KommuneTruth {
  int inpatients = 0;
  int ukp = 0;
  int awaiting_answer = 0;
};
struct Truth {
  absl::Time as_of;
  int inpatients = 0;
  int ukp = 0;
  int corridor = 0;
  std::map<std::string, KommuneTruth> kommuner;  // By number; only those with patients.
};

class Model {
 public:
  Model(SimRegion region, ModelOptions options);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  bool Done() const { return queue_.empty(); }
  absl::Time NextAt() const { return queue_.top().at; }
  Message Next();  // Not when Done.

  // The story ends at the last message's time: what is written down by then is still told, late or
  // not; nothing more happens.
  void Close();
  Truth TruthNow() const { return TruthOf(now_); }

  const SimRegion& region() const { return region_; }
  double admissions_per_day() const { return arrivals_.admissions_per_day(); }

 private:
  enum class Kind : uint8_t { kArrival, kStep, kBeds, kPlaces, kEmergency };
  struct Item {
    absl::Time at;
    int64_t sequence = 0;  // Breaks ties, so that the order is the same everywhere.
    Kind kind = Kind::kArrival;
    int64_t stay = 0;
    size_t index = 0;                          // Step, ward or unit.
    bool operator<(const Item& other) const {  // The earliest is on top.
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };
  struct Known {
    Stay stay;
    size_t untold = 0;  // Steps not sent yet.
  };

  void Push(absl::Time at, Kind kind, int64_t stay, size_t index);
  void Arrive();
  void PrepareNext();  // Until something that is sent is on top.
  Message OfStep(const Item& item);
  Message OfBeds(const Item& item);
  Message OfPlaces(const Item& item);
  Message OfEmergency(const Item& item);
  Truth TruthOf(absl::Time time) const;

  const SimRegion region_;
  const ModelOptions options_;
  absl::Time now_;
  Arrivals arrivals_;
  std::priority_queue<Item> queue_;
  int64_t sequence_ = 0;
  std::map<int64_t, Known> open_;  // Stays with something untold.
  bool closed_ = false;
};

}  // namespace overgang::simulator
