// A stream whose messages are all at hand, in forms of their own: numbered answers of a feed.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/rpc.h"
#include "overgang/v1/feed_service.pb.h"

namespace overgang {

// Cursor "7" in its bytes, and an event that no encoder of a transport would make.
class ReadyForms final : public SharedForms {
 public:
  explicit ReadyForms(int number, size_t padding) {
    message.set_cursor(absl::StrCat(number));
    message.set_type(std::string(padding, 't'));
    protobuf_ = message.SerializeAsString();
    event_ = absl::StrCat("id: ", number, "\ndata: own ", message.type(), "\n\n");
  }
  const std::string& Protobuf() const override { return protobuf_; }
  const std::string& ServerSentEvent() const override { return event_; }
  v1::SubscribeResponse message;

 private:
  std::string protobuf_;
  std::string event_;
};

// Numbers from 0; after the last it is silent.
class ReadyStream final : public MessageStream {
 public:
  ReadyStream(int messages, size_t padding) : messages_(messages), padding_(padding) {}
  absl::StatusOr<StreamStep> Next() override {
    if (next_ == messages_) return StreamStep{};
    auto forms = std::make_shared<const ReadyForms>(next_++, padding_);
    const auto* message = &forms->message;
    return StreamStep{.message = std::shared_ptr<const v1::SubscribeResponse>(forms, message),
                      .end = false,
                      .forms = std::move(forms),
                      .more = next_ < messages_};
  }

 private:
  const int messages_;
  const size_t padding_;
  int next_ = 0;
};

}  // namespace overgang
