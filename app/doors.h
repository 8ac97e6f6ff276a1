// What of a running hub is served besides the methods: the page, health, readiness and metrics.
#pragma once

#include <string>

#include "adapters/http/http_server.h"
#include "consumers/daily_status/editor.h"
#include "core/event_log.h"
#include "core/metrics.h"
#include "core/rpc.h"
#include "projections/views.h"

namespace overgang {

// Why the hub is not ready; OK where it is.
absl::Status Readiness(EventLog& log, const projections::Views& views);

void AddPage(HttpServer& server);
// What the numbers of the daily status mean, in both languages, for anyone. The templates outlive
// it.
void AddDefinitions(HttpServer& server, const daily_status::TemplatesHolder& templates);
// GET /live/<name>: the streams that a page reads.
void AddLiveStreams(HttpServer& server);
// /metrics (for those who run the hub: it counts what comes in), /healthz (the process answers),
// /readyz (503 with the reason, and what to do).
void AddHealth(HttpServer& server, Metrics& metrics, EventLog& log,
               const projections::Views& views);

}  // namespace overgang
