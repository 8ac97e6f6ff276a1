#include "core/event_log.h"

#include <future>

namespace overgang {

absl::StatusOr<std::vector<LogPosition>> AppendAndWait(EventLog& log,
                                                       std::vector<NewRecord> records) {
  std::promise<absl::StatusOr<std::vector<LogPosition>>> promise;
  auto future = promise.get_future();
  log.Append(std::move(records), [&promise](auto result) { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace overgang
