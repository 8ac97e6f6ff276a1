// The gRPC server: serves every method of a MethodTable under the services of proto/overgang/v1,
// with the standard health and reflection services. A method that the table lacks is UNIMPLEMENTED.
//
// Threads: gRPC's own call the handlers; one thread of the server pulls streams that were woken, so
// that whoever folds never writes to clients. All methods are thread-safe. The table and everything
// its handlers use must outlive the server. Errors: Start answers FAILED_PRECONDITION, with place
// and remedy, where the port cannot be had. Calls answer with google.rpc.Status details
// (adapters/rpc_error.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/rpc.h"
#include "core/tls.h"

namespace overgang {

inline constexpr int kGrpcMessageBytesMax = 4 << 20;       // Of a request.
inline constexpr int kGrpcCallsPerConnectionMax = 20'000;  // Under way at once.
inline constexpr int kGrpcStreamsMax = 20'000;  // Open at once; more are RESOURCE_EXHAUSTED.
inline constexpr absl::Duration kGrpcKeepalive =
    absl::Seconds(30);  // A silent client is asked whether it is there,
inline constexpr absl::Duration kGrpcKeepaliveTimeout =
    absl::Seconds(10);  // and is gone when it does not answer.
inline constexpr absl::Duration kGrpcIdleMax =
    absl::Minutes(5);  // A connection without any call is closed; its client opens another.
inline constexpr absl::Duration kGrpcShutdownGrace = absl::Seconds(2);  // For calls under way.

struct GrpcOptions {
  std::string address = "127.0.0.1";
  int port = 7401;  // 0: any free one.
  bool reflection = true;
  TlsIdentity tls = {};  // Off: plain.
};

class GrpcServer {
 public:
  // Listens when this returns. Not ready (health NOT_SERVING) until SetReady.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcOptions& options,
                                                           const MethodTable& table,
                                                           Authenticate authenticate);
  ~GrpcServer();  // Shuts down.

  int port() const;
  // What the health service says.
  void SetReady(bool ready);
  // Takes no new call, gives those under way kGrpcShutdownGrace, ends the streams that are left,
  // and returns when the last handler has replied.
  void Shutdown();

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace overgang
