// One message of the feed, and the forms in which it goes out: bytes for gRPC, a CloudEvent as a
// server-sent event for HTTP. Made of a record of the log once, for all subscribers that are level
// with it.
//
// Immutable once made, the forms excepted, which are made on demand; thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/cursor.h"
#include "core/event_log.h"
#include "core/rpc.h"
#include "overgang/v1/feed_service.pb.h"

namespace overgang::feed {

// All topics but those of originals and the log's own.
bool IsFedTopic(Topic topic);

class FeedMessage final : public SharedForms {
 public:
  // `after` is what has been read once this is read. Null where the record holds no fact that the
  // feed has: an original, one that cannot be read, or one of a newer hub.
  static std::shared_ptr<FeedMessage> OfRecord(const LogRecord& record, const Offsets& after);
  static std::shared_ptr<FeedMessage> Heartbeat(const Cursor& cursor, absl::Time now,
                                                bool up_to_date);
  // The same fact for a subscriber that has read something else besides.
  std::shared_ptr<FeedMessage> WithCursor(const Cursor& cursor) const;
  // Before it is given to anyone.
  void SetCursor(const Cursor& cursor);

  const v1::SubscribeResponse& response() const { return response_; }
  const v1::Envelope& fact() const { return response_.fact(); }
  const Offsets& after() const { return after_; }
  size_t bytes() const { return bytes_; }  // Of the record's value.
  // Of a fact of a patient: whose it is (whose.h). Set once, before it is asked for.
  void SetKommuner(std::vector<std::string> kommuner) const { kommuner_ = std::move(kommuner); }
  const std::vector<std::string>& kommuner() const { return kommuner_; }
  // The same without the stay that a readmission comes after.
  std::shared_ptr<FeedMessage> WithoutIndexStay() const;

  const std::string& Protobuf() const override;
  const std::string& ServerSentEvent() const override;

 private:
  v1::SubscribeResponse response_;
  Offsets after_{};
  size_t bytes_ = 0;
  mutable std::vector<std::string> kommuner_;
  mutable std::once_flag protobuf_once_;
  mutable std::once_flag event_once_;
  mutable std::string protobuf_;
  mutable std::string event_;
};

// The step of a stream that sends it.
StreamStep StepOf(std::shared_ptr<const FeedMessage> message, bool more);

}  // namespace overgang::feed
