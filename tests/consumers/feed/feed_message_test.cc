// The forms in which a fact goes out.
#include "consumers/feed/feed_message.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_replace.h"
#include "tests/consumers/feed/feed_fixture.h"

namespace overgang::feed::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::shared_ptr<FeedMessage> Of(const v1::Envelope& fact, Offsets after = {}) {
  const std::string value = fact.SerializeAsString();
  LogRecord record;
  record.value = value;
  auto message = FeedMessage::OfRecord(record, after);
  if (message != nullptr) message->SetCursor({kIncarnation, after});
  return message;
}

v1::CloudEvent DataOf(const std::string& event) {
  v1::CloudEvent data;
  const size_t begin = event.find("data: ") + 6;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                  event.substr(begin, event.size() - begin - 2), &data)
                  .ok())
      << event;
  return data;
}

TEST(FeedMessage, AServerSentEventIsACloudEventWithTheCursorAsItsId) {
  v1::Envelope fact = Admitted("a", 1, "V\"1\n", 0);
  fact.mutable_source()->set_sender("STO \"æ\"");
  const auto message = Of(fact);
  const std::string& event = message->ServerSentEvent();
  EXPECT_THAT(event, StartsWith("id: " + message->response().cursor() + "\ndata: {"));
  EXPECT_EQ(std::count(event.begin(), event.end(), '\n'), 3);
  EXPECT_THAT(event, HasSubstr("\"datacontenttype\":\"application/json\""));
  // The other attributes are the headers of its record.
  for (const auto& [name, value] : ToRecord(fact).headers) {
    if (name.starts_with("ce_")) {
      EXPECT_THAT(event, HasSubstr("\"" + name.substr(3) + "\":\"" +
                                   absl::StrReplaceAll(value, {{"\"", "\\\""}}) + "\""));
    }
  }
  EXPECT_EQ(DataOf(event).data().SerializeAsString(), fact.SerializeAsString());
  EXPECT_EQ(DataOf(event).source(), "/hl7v2:STO \"æ\"");
}

TEST(FeedMessage, AFactOfNobodyHasNoSubject) {
  v1::Envelope fact = Fact("b", 0, "", 0);
  fact.clear_patient_ref();
  fact.mutable_beds_reported()->set_unit("MED1");
  const auto message = Of(fact);
  const std::string& event = message->ServerSentEvent();
  EXPECT_THAT(event, Not(HasSubstr("\"subject\"")));
  EXPECT_THAT(event, HasSubstr("\"occupied\":0"));  // A count of 0 is said.
}

TEST(FeedMessage, AHeartbeatIsAnEventOfItsOwnNameWithTheCursor) {
  const auto beat = FeedMessage::Heartbeat({kIncarnation, {}}, At(0), true);
  EXPECT_EQ(
      beat->ServerSentEvent(),
      "id: " + beat->response().cursor() +
          "\nevent: heartbeat\ndata: {\"time\":\"2026-03-02T07:00:00Z\",\"upToDate\":true}\n\n");
  EXPECT_FALSE(beat->response().has_fact());
}

TEST(FeedMessage, TheSameFactWithAnotherCursorIsTheSameFact) {
  const auto message = Of(Admitted("a", 1, "V", 0));
  Offsets other{};
  other[2] = 9;
  const auto copy = message->WithCursor({kIncarnation, other});
  EXPECT_EQ(copy->fact().SerializeAsString(), message->fact().SerializeAsString());
  EXPECT_EQ(copy->response().type(), message->response().type());
  EXPECT_EQ(copy->after(), other);
  EXPECT_NE(copy->response().cursor(), message->response().cursor());
  v1::SubscribeResponse read;
  ASSERT_TRUE(read.ParseFromString(copy->Protobuf()));
  EXPECT_EQ(read.cursor(), copy->response().cursor());
}

TEST(FeedMessage, OriginalsAndTheLogsOwnAreNone) {
  v1::Envelope original = Fact("o", 0, "", 0);
  original.mutable_original_received();
  EXPECT_EQ(Of(original), nullptr);
  v1::Envelope founded = Fact("f", 0, "", 0);
  founded.mutable_log_founded();
  EXPECT_EQ(Of(founded), nullptr);
  EXPECT_EQ(Of(Fact("n", 0, "", 0)), nullptr);
}

}  // namespace
}  // namespace overgang::feed::testing
