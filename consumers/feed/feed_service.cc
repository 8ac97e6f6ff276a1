#include "consumers/feed/feed_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace overgang::feed {
namespace {

absl::StatusOr<absl::Duration> HeartbeatOf(const v1::SubscribeRequest& request) {
  if (request.heartbeat_seconds() == 0) return kHeartbeatDefault;
  const absl::Duration every = absl::Seconds(request.heartbeat_seconds());
  if (every >= kHeartbeatMin && every <= kHeartbeatMax) return every;
  return FieldError(absl::StatusCode::kInvalidArgument, "heartbeat_seconds", "is out of range",
                    absl::StrCat("give ", absl::ToInt64Seconds(kHeartbeatMin), " to ",
                                 absl::ToInt64Seconds(kHeartbeatMax), ", or 0 for ",
                                 absl::ToInt64Seconds(kHeartbeatDefault)));
}

}  // namespace

FeedService::FeedService(EventLog& log, const Clock& clock, Metrics& metrics,
                         std::string incarnation, SightOf sight_of, FeedTimes times)
    : sight_of_(std::move(sight_of)),
      feed_(std::make_shared<Feed>(log, clock, metrics, std::move(incarnation), std::move(times))) {
}

FeedService::~FeedService() { Stop(); }

void FeedService::Register(MethodTable& table) {
  table.AddStream<v1::SubscribeRequest, v1::SubscribeResponse>(
      "overgang.v1.FeedService/Subscribe",
      [this](const Caller& caller, const v1::SubscribeRequest& request, Wake wake) {
        return Subscribe(caller, request, std::move(wake));
      });
}

absl::StatusOr<std::unique_ptr<MessageStream>> FeedService::Subscribe(
    const Caller& caller, const v1::SubscribeRequest& request, Wake wake) {
  auto sight = sight_of_(caller);
  if (!sight.ok()) return sight.status();
  auto selection = Selection::Parse(request.filter(), *std::move(sight));
  if (!selection.ok()) return selection.status();
  const auto heartbeat = HeartbeatOf(request);
  if (!heartbeat.ok()) return heartbeat.status();
  Subscription::Terms terms{.selection = *std::move(selection), .heartbeat = *heartbeat};
  if (request.from().empty()) {
    // A subscriber that lost its cursor must not be given less without noticing.
    return FieldError(absl::StatusCode::kInvalidArgument, "from", "is empty",
                      "give BEGINNING, END or the last cursor");
  }
  if (request.from() == "BEGINNING") {
    terms.from = Subscription::From::kBeginning;
  } else if (request.from() != "END") {
    const auto cursor = Cursor::Parse(request.from(), feed_->incarnation());
    if (!cursor.ok()) return cursor.status();
    terms.from = Subscription::From::kCursor;
    terms.cursor = cursor->next;
  }
  return feed_->Open(std::move(terms), std::move(wake));
}

}  // namespace overgang::feed
