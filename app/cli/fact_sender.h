// Sends the facts of an import to a hub: in batches, several of them under way at once.
//
// Threads: Add and Finish on one; `refused` is called on the sender's own, one call at a time.
// Memory: kBatchesWaitingMax + kBatchesUnderWayMax batches; Add waits where there are more. A batch
// that the hub cannot take just now is sent again, with growing pauses, for kRetryMax: the ids of
// facts make that safe. What the hub refuses of a batch is taken out of it, and the rest is sent
// again. Errors: what ended the import for good.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "app/cli/hub_client.h"
#include "overgang/v1/intake_service.pb.h"
#include "producers/importer/stay_line.h"

namespace overgang::cli {

inline constexpr int kBatchFactsMax = 1'000;  // What the hub takes in one request.
inline constexpr size_t kBatchBytesMax = size_t{2} << 20;
inline constexpr size_t kBatchesWaitingMax = 8;
inline constexpr size_t kBatchesUnderWayMax = 4;
inline constexpr absl::Duration kRetryPauseFirst = absl::Milliseconds(100);
inline constexpr absl::Duration kRetryPauseMax = absl::Seconds(10);
inline constexpr absl::Duration kRetryMax = absl::Minutes(5);  // For one batch.

class FactSender {
 public:
  // A line that the hub does not take.
  using Refused = std::function<void(int64_t line, const importer::Fault& fault)>;

  FactSender(HubClient& hub, Refused refused);
  ~FactSender();
  FactSender(const FactSender&) = delete;
  FactSender& operator=(const FactSender&) = delete;

  // False: it has ended for good, and Finish says why.
  bool Add(int64_t line, importer::StayLine stay);
  // Waits until all is durable.
  absl::Status Finish();

  int64_t facts() const { return facts_; }  // Durable so far.
  int64_t stays() const { return stays_; }  // Lines of them.

 private:
  struct Line {
    int64_t number = 0;
    int facts = 0;
    bool numbered = false;  // Its person stands in `persons`.
  };
  struct Batch {
    v1::AppendFactsRequest request;
    std::vector<Line> lines;
    size_t bytes = 0;
  };

  void Queue();  // The batch that is being filled.
  void Work();
  absl::Status Send(Batch& batch);
  absl::Status Call(const v1::AppendFactsRequest& request);
  // Takes the line out that the hub's refusal names; false where it names none.
  bool TakeOut(Batch& batch, const absl::Status& refusal);
  bool Ended();

  HubClient& hub_;
  const Refused refused_;
  std::mutex refused_mutex_;
  Batch filling_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  bool closed_ = false;
  absl::Status status_;  // The first error.
  std::atomic<int64_t> facts_ = 0, stays_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace overgang::cli
