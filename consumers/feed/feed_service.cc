#include "consumers/feed/feed_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "core/access_log.h"
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

// What the access log is told of a stream: its opening, and the first fact of each UTC date after
// that, as a stream may be open for longer than the log is kept. Which facts are not listed: there
// may be thousands a second.
class TellStream {
 public:
  explicit TellStream(const Clock& clock) : clock_(&clock) {}

  // Each stream has a copy, which its messages pass one by one.
  bool operator()(const v1::SubscribeRequest& request, const v1::SubscribeResponse* response,
                  v1::AccessEntry* entry) {
    if (response != nullptr && !IsNewDate(*response)) return false;
    const v1::FeedFilter& filter = request.filter();
    const bool keyword = request.from() == "BEGINNING" || request.from() == "END";
    AddAsked("from", keyword ? request.from() : "a cursor", entry);
    AddAsked("types", absl::StrJoin(filter.types(), ","), entry);
    AddAsked("kommuner", absl::StrJoin(filter.kommuner(), ","), entry);
    AddAsked("hospitals", absl::StrJoin(filter.hospitals(), ","), entry);
    entry->set_unlisted(AsksForPatients(filter));
    return true;
  }

 private:
  bool IsNewDate(const v1::SubscribeResponse& response) {
    if (told_on_.has_value() && !response.has_fact()) return false;
    const absl::CivilDay today = absl::ToCivilDay(clock_->Now(), absl::UTCTimeZone());
    const bool opening = !told_on_.has_value();
    return std::exchange(told_on_, today) != today && !opening;
  }

  const Clock* clock_;
  std::optional<absl::CivilDay> told_on_;
};

}  // namespace

FeedService::FeedService(EventLog& log, projections::Views& views, const Clock& clock,
                         Metrics& metrics, std::string incarnation, FeedTimes times)
    : views_(views),
      clock_(clock),
      whose_(views),
      feed_(std::make_shared<Feed>(log, whose_, clock, metrics, std::move(incarnation),
                                   std::move(times))),
      listener_(
          views.AddListener([this](const auto& epoch) { feed_->OnViews(epoch->cursor.next); })) {
  if (const auto epoch = views.Current()) feed_->OnViews(epoch->cursor.next);
}

FeedService::~FeedService() { Stop(); }

void FeedService::Stop() {
  views_.RemoveListener(listener_);
  feed_->Stop();
}

void FeedService::Register(MethodTable& table) {
  table.AddStream<v1::SubscribeRequest, v1::SubscribeResponse>(
      "overgang.v1.FeedService/Subscribe", Need::kOwn, TellStream(clock_),
      [this](const Caller& caller, const v1::SubscribeRequest& request, Wake wake) {
        return Subscribe(caller, request, std::move(wake));
      });
}

absl::StatusOr<std::unique_ptr<MessageStream>> FeedService::Subscribe(
    const Caller& caller, const v1::SubscribeRequest& request, Wake wake) {
  auto selection = Selection::Parse(request.filter(), caller.scope, whose_);
  if (!selection.ok()) return selection.status();
  const auto heartbeat = HeartbeatOf(request);
  if (!heartbeat.ok()) return heartbeat.status();
  Subscription::Terms terms{
      .principal = caller.principal, .selection = *std::move(selection), .heartbeat = *heartbeat};
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
