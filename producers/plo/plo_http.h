// POST /plo: one message in, its AppRec out. The door for a message service that speaks HTTP.
//
// 200 with the AppRec (also one that rejects); a repeat gets the same AppRec again, as the first
// response may have been lost. 204 where none is due (a type that the hub does not act on, another
// message under the MsgId of one before, role copy); 400 for what is no PLO message, 409 for the
// wrong organisation, each as one line that names place and remedy; 413 too large; 503 with nothing
// stored: send it again. Threads: the handler is thread-safe and never waits.
#pragma once

#include "core/http_route.h"
#include "producers/plo/plo_receiver.h"

namespace overgang::plo {

// `receiver` outlives the handler.
HttpHandler PloHandler(PloReceiver& receiver);

}  // namespace overgang::plo
