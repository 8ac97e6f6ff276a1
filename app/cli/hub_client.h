// A running hub, over gRPC. Calls block; several threads may make them at once.
// Errors: as the hub says them, with its message; IsNotReachable where there is no hub to talk to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace overgang::cli {

inline constexpr absl::Duration kConnectWait = absl::Seconds(5);
inline constexpr absl::Duration kCallWait = absl::Seconds(30);
inline constexpr absl::Duration kLongCallWait = absl::Hours(6);  // Rebuilds and backups.
inline constexpr int kAnswerBytesMax = 64 << 20;

bool IsNotReachable(const absl::Status& status);

class HubClient {
 public:
  // `token` is sent as a bearer token where not empty.
  static absl::StatusOr<HubClient> Connect(const std::string& server, std::string token);
  HubClient(HubClient&&) noexcept;
  ~HubClient();

  // `method`: "CensusService/GetCensus".
  absl::Status Call(std::string_view method, const google::protobuf::Message& request,
                    google::protobuf::Message* response, absl::Duration wait = kCallWait);
  // Calls `on_message` after each message has been read into `response`, until it returns false or
  // the stream ends.
  absl::Status Stream(std::string_view method, const google::protobuf::Message& request,
                      google::protobuf::Message* response, const std::function<bool()>& on_message);

 private:
  struct State;
  explicit HubClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace overgang::cli
