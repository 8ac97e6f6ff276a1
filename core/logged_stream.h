// A stream whose messages are written to the access log before they go out. Between the writing and
// the going out the stream has nothing to say, so no thread waits.
//
// Threads: as MessageStream; the log's answer may come on any. The wake function is called for it
// too, maybe a moment after the stream is gone. Errors: UNAVAILABLE ends the stream where the log
// cannot be written; the message that was to go out does not.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/access_log.h"
#include "core/rpc.h"

namespace overgang {

class LoggedStream final : public MessageStream {
 public:
  // False: the message tells of no patient.
  using Tell = std::function<bool(const google::protobuf::Message&, v1::AccessEntry*)>;

  // `opened`: the entry of the opening, and what every entry begins with; nothing is said before it
  // is written.
  LoggedStream(AccessLog& log, v1::AccessEntry opened, std::unique_ptr<MessageStream> stream,
               Tell tell, Wake wake);

  absl::StatusOr<StreamStep> Next() override;

 private:
  struct Written {
    std::mutex mutex;
    bool waiting = false;
    absl::Status status;
  };
  void Write(v1::AccessEntry entry);

  AccessLog& log_;
  const v1::AccessEntry opened_;
  const std::unique_ptr<MessageStream> stream_;
  const Tell tell_;
  const Wake wake_;
  const std::shared_ptr<Written> written_ = std::make_shared<Written>();
  std::optional<StreamStep> held_;  // To go out when it is written.
};

// What a caller hears where its read cannot be written.
[[nodiscard]] absl::Status CannotLog(const absl::Status& why);

}  // namespace overgang
