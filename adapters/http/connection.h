// One HTTP/1.1 connection: reads a request, asks Routes, writes the answer, again and again; a live
// stream takes the socket over. Lives on its strand, and as long as one of its operations is
// pending.
#pragma once

#include <memory>

#include "adapters/http/server_core.h"

namespace overgang::http {

void StartConnection(Socket socket, std::shared_ptr<ServerCore> core);

}  // namespace overgang::http
