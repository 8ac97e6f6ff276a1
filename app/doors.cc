#include "app/doors.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "consumers/board/web/page.h"
#include "consumers/daily_status/definitions.h"

namespace overgang {

absl::Status Readiness(EventLog& log, const projections::Views& views) {
  if (absl::Status status = log.Health(); !status.ok()) {
    return absl::UnavailableError(absl::StrCat("log: ", std::string(status.message())));
  }
  if (absl::Status status = views.Trouble(); !status.ok()) {
    return absl::UnavailableError(absl::StrCat("views: ", std::string(status.message())));
  }
  if (!views.CaughtUp()) {
    return absl::UnavailableError(
        "views: they have not caught up with the log yet; wait, GetLag says how much is left");
  }
  return absl::OkStatus();
}

void AddPage(HttpServer& server) {
  for (const board::PageFile& file : board::PageFiles()) {
    server.AddAsset({file.path, file.content_type, file.bytes, file.etag});
  }
}

void AddDefinitions(HttpServer& server, const daily_status::TemplatesHolder& templates) {
  for (const char* language : {"nb", "nn"}) {
    server.AddRoute("GET", daily_status::DefinitionsPath(language), std::nullopt,
                    [&templates, language](const HttpRequest&, auto reply) {
                      HttpResponse response;
                      response.content_type = "text/html; charset=utf-8";
                      response.body = daily_status::DefinitionsPage(*templates.Get(), language);
                      reply(std::move(response));
                    });
  }
}

void AddLiveStreams(HttpServer& server) {
  server.AddLive("census", "overgang.v1.CensusService/WatchCensus");
  server.AddLive("stays", "overgang.v1.PathwayService/WatchStays");
  server.AddLive("escalation", "overgang.v1.EscalationService/WatchEscalation");
  server.AddLive("feed", "overgang.v1.FeedService/Subscribe", "from");
}

void AddHealth(HttpServer& server, Metrics& metrics, EventLog& log,
               const projections::Views& views) {
  server.AddRoute("GET", "/metrics", Need::kOperate, [&metrics](const HttpRequest&, auto reply) {
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.Text();
    reply(std::move(response));
  });
  server.AddRoute("GET", "/healthz", std::nullopt, [](const HttpRequest&, auto reply) {
    HttpResponse response;
    response.body = "ok\n";
    reply(std::move(response));
  });
  server.AddRoute("GET", "/readyz", std::nullopt, [&log, &views](const HttpRequest&, auto reply) {
    const absl::Status status = Readiness(log, views);
    HttpResponse response;
    response.status = status.ok() ? 200 : 503;
    response.body =
        status.ok() ? "ready\n" : absl::StrCat("not ready\n", std::string(status.message()), "\n");
    reply(std::move(response));
  });
}

}  // namespace overgang
