#include "consumers/feed/feed_message.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/fact_writer.h"
#include "core/oslo_time.h"
#include "google/protobuf/util/json_util.h"

namespace overgang::feed {
namespace {

// The attributes are those that ToRecord (core/fact_writer.h) writes as headers.
v1::CloudEvent EventOf(const v1::SubscribeResponse& response) {
  const v1::Envelope& fact = response.fact();
  v1::CloudEvent event;
  event.set_specversion("1.0");
  event.set_id(fact.event_id());
  event.set_source(absl::StrCat("/", SourceName(fact.source())));
  event.set_type(response.type());
  *event.mutable_time() = fact.occurred_at();
  if (!fact.patient_ref().empty()) event.set_subject(fact.patient_ref());
  event.set_datacontenttype("application/json");
  *event.mutable_data() = fact;
  return event;
}

// On one line, as server-sent events want it. Numbers that are 0 are written, so that a reader sees
// a count of 0.
std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

}  // namespace

bool IsFedTopic(Topic topic) { return topic != Topic::kOriginals && topic != Topic::kLeader; }

std::shared_ptr<FeedMessage> FeedMessage::OfRecord(const LogRecord& record, const Offsets& after) {
  auto message = std::make_shared<FeedMessage>();
  v1::Envelope& fact = *message->response_.mutable_fact();
  if (!fact.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())) ||
      fact.fact_case() == v1::Envelope::FACT_NOT_SET || !IsFedTopic(TopicOf(fact)))
    return nullptr;
  message->response_.set_type(absl::StrCat("overgang.v1.", std::string(FactName(fact))));
  message->after_ = after;
  message->bytes_ = record.value.size();
  return message;
}

std::shared_ptr<FeedMessage> FeedMessage::Heartbeat(const Cursor& cursor, absl::Time now,
                                                    bool up_to_date) {
  auto message = std::make_shared<FeedMessage>();
  message->SetCursor(cursor);
  *message->response_.mutable_heartbeat() = ToProto(now);
  message->response_.set_up_to_date(up_to_date);
  message->after_ = cursor.next;
  return message;
}

std::shared_ptr<FeedMessage> FeedMessage::WithCursor(const Cursor& cursor) const {
  auto message = std::make_shared<FeedMessage>();
  message->response_ = response_;
  message->SetCursor(cursor);
  message->after_ = cursor.next;
  message->bytes_ = bytes_;
  return message;
}

std::shared_ptr<FeedMessage> FeedMessage::WithoutIndexStay() const {
  auto message = std::make_shared<FeedMessage>();
  message->response_ = response_;
  v1::PatientReadmitted& readmitted =
      *message->response_.mutable_fact()->mutable_patient_readmitted();
  readmitted.clear_index_stay_id();
  readmitted.clear_since_discharge();  // Tells when that one ended.
  message->after_ = after_;
  message->bytes_ = bytes_;
  return message;
}

void FeedMessage::SetCursor(const Cursor& cursor) { response_.set_cursor(cursor.Encode()); }

const std::string& FeedMessage::Protobuf() const {
  std::call_once(protobuf_once_, [this] { protobuf_ = response_.SerializeAsString(); });
  return protobuf_;
}

const std::string& FeedMessage::ServerSentEvent() const {
  std::call_once(event_once_, [this] {
    if (response_.has_fact()) {
      event_ =
          absl::StrCat("id: ", response_.cursor(), "\ndata: ", Json(EventOf(response_)), "\n\n");
      return;
    }
    const std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                                             FromProto(response_.heartbeat()), absl::UTCTimeZone());
    event_ = absl::StrCat("id: ", response_.cursor(), "\nevent: heartbeat\ndata: {\"time\":\"", now,
                          "\",\"upToDate\":", response_.up_to_date() ? "true" : "false", "}\n\n");
  });
  return event_;
}

StreamStep StepOf(std::shared_ptr<const FeedMessage> message, bool more) {
  const v1::SubscribeResponse* response = &message->response();
  return {.message = std::shared_ptr<const v1::SubscribeResponse>(message, response),
          .end = false,
          .forms = std::move(message),
          .more = more};
}

}  // namespace overgang::feed
