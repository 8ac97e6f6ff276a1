// What a server shows over TLS, and whose clients' certificates it takes. PEM texts; values.
#pragma once

#include <string>

namespace overgang {

struct TlsIdentity {
  std::string certificates;  // Its own first, then those above it; empty: no TLS.
  std::string key;           // Of its own.
  std::string client_ca;     // Who signs clients' certificates. Empty: none is asked for.

  bool on() const { return !certificates.empty(); }
};

}  // namespace overgang
