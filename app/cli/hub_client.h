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

// What is shown to a hub, and how it is known again. PEM texts.
struct Credentials {
  std::string token;        // Sent as a bearer token where not empty.
  std::string ca;           // Who signed the hub's certificate; empty: no TLS.
  std::string certificate;  // Shown to the hub over TLS, with its key; empty: none.
  std::string key;
};

class HubClient {
 public:
  static absl::StatusOr<HubClient> Connect(const std::string& server, Credentials credentials);
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
