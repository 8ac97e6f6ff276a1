// Serves the page with what a test tells it to show: POST /test/census, /test/stays (each the live
// stream's next message), /test/pathway, /test/deliveries and /test/mail (the answers to
// GetPathway, ListDeliveries and GetMail), as protobuf JSON. While POST /test/failing said true,
// GetPathway fails. GET /test/asked tells how often that was asked, and the kommuner of the streams
// of stays. Of levels, tiltakskort and meetings each method is a ScriptedAnswer
// (scripted_answer.h), and POST /test/escalation the live stream's next message.
//
// usage: page_server PORT [TOKEN]   (0: any free port). Prints the port, serves until its input
// closes.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/http/http_server.h"
#include "consumers/board/web/page.h"
#include "google/protobuf/util/json_util.h"
#include "overgang/v1/daily_status_service.pb.h"
#include "overgang/v1/escalation_service.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "tests/adapters/http/scripted.h"
#include "tests/adapters/http/scripted_answer.h"

namespace overgang::http {
namespace {

using ScriptedStays = ScriptedStream<v1::WatchStaysRequest, v1::WatchStaysResponse>;

// A route that reads a message of its type and hands it on.
template <typename Message>
HttpHandler Reads(std::function<void(Message)> take) {
  return [take = std::move(take)](const HttpRequest& request,
                                  const std::function<void(HttpResponse)>& reply) {
    Message message;
    const auto status = google::protobuf::util::JsonStringToMessage(request.body, &message);
    if (status.ok()) take(std::move(message));
    reply({.status = status.ok() ? 200 : 400, .body = status.ToString()});
  };
}

class PageServer {
 public:
  PageServer(uint16_t port, std::string token)
      : server_(
            {.port = port}, methods_,
            [token = std::move(token)](const Credentials& shown) -> absl::StatusOr<Identity> {
              if (token.empty() || shown.authorization == "Bearer " + token)
                return Identity{"tester", Scope::All()};
              return absl::UnauthenticatedError(
                  "the token is not one of this hub's; get a new one");
            },
            metrics_) {
    methods_.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
        "overgang.v1.CensusService/WatchCensus", Need::kOwn,
        [this](const Caller&, const v1::WatchCensusRequest& request, Wake wake) {
          return census_.Open(request, std::move(wake));
        });
    methods_.AddStream<v1::WatchStaysRequest, v1::WatchStaysResponse>(
        "overgang.v1.PathwayService/WatchStays", Need::kOwn,
        [this](const Caller&, const v1::WatchStaysRequest& request, Wake wake) {
          return stays_.Open(request, std::move(wake));
        });
    methods_.AddUnary<v1::GetPathwayRequest, v1::GetPathwayResponse>(
        "overgang.v1.PathwayService/GetPathway", Need::kOwn,
        [this](const Caller&, const v1::GetPathwayRequest& request,
               const Reply<v1::GetPathwayResponse>& reply) {
          const std::lock_guard lock(mutex_);
          ++pathways_;
          if (failing_) return reply(absl::UnavailableError("the views are being read"));
          for (const v1::Stay& stay : pathway_.stays()) {
            if (stay.stay_id() == request.stay_id()) return reply(pathway_);
          }
          reply(absl::NotFoundError("there is no such stay"));
        });
    AddMails();
    AddEscalation();
    server_.AddLive("census", "overgang.v1.CensusService/WatchCensus");
    server_.AddLive("stays", "overgang.v1.PathwayService/WatchStays");
    server_.AddRoute("POST", "/test/census", std::nullopt,
                     Reads<v1::WatchCensusResponse>(
                         [this](v1::WatchCensusResponse next) { census_.Show(std::move(next)); }));
    server_.AddRoute("POST", "/test/stays", std::nullopt,
                     Reads<v1::WatchStaysResponse>(
                         [this](v1::WatchStaysResponse next) { stays_.Show(std::move(next)); }));
    server_.AddRoute("POST", "/test/pathway", std::nullopt,
                     Reads<v1::GetPathwayResponse>([this](v1::GetPathwayResponse next) {
                       const std::lock_guard lock(mutex_);
                       pathway_ = std::move(next);
                     }));
    server_.AddRoute("POST", "/test/failing", std::nullopt,
                     [this](const HttpRequest& request, const auto& reply) {
                       failing_ = request.body == "true";
                       reply(HttpResponse());
                     });
    server_.AddRoute("GET", "/test/asked", std::nullopt,
                     [this](const HttpRequest&, const std::function<void(HttpResponse)>& reply) {
                       std::vector<std::string> asked = {absl::StrCat(pathways_.load())};
                       for (const v1::WatchStaysRequest& request : stays_.requests())
                         asked.push_back(request.kommune());
                       reply({.body = absl::StrJoin(asked, " ")});
                     });
    for (const board::PageFile& file : board::PageFiles()) {
      server_.AddAsset({.path = file.path,
                        .content_type = file.content_type,
                        .bytes = file.bytes,
                        .etag = file.etag});
    }
  }

  int Serve() {
    if (const absl::Status status = server_.Start(); !status.ok()) {
      std::cerr << status << std::endl;
      return 1;
    }
    std::cout << server_.port() << std::endl;
    while (std::cin.get() != EOF) continue;
    return 0;
  }

 private:
  void AddMails() {
    methods_.AddUnary<v1::ListDeliveriesRequest, v1::ListDeliveriesResponse>(
        "overgang.v1.DailyStatusService/ListDeliveries", Need::kOwnOrOperate,
        [this](const Caller&, const v1::ListDeliveriesRequest&,
               const Reply<v1::ListDeliveriesResponse>& reply) {
          const std::lock_guard lock(mutex_);
          reply(deliveries_);
        });
    methods_.AddUnary<v1::GetMailRequest, v1::GetMailResponse>(
        "overgang.v1.DailyStatusService/GetMail", Need::kOwn,
        [this](const Caller&, const v1::GetMailRequest& request,
               const Reply<v1::GetMailResponse>& reply) {
          const std::lock_guard lock(mutex_);
          if (mail_.delivery().message_id() == request.message_id()) return reply(mail_);
          reply(absl::NotFoundError("no such mail was sent"));
        });
    server_.AddRoute("POST", "/test/deliveries", std::nullopt,
                     Reads<v1::ListDeliveriesResponse>([this](v1::ListDeliveriesResponse next) {
                       const std::lock_guard lock(mutex_);
                       deliveries_ = std::move(next);
                     }));
    server_.AddRoute("POST", "/test/mail", std::nullopt,
                     Reads<v1::GetMailResponse>([this](v1::GetMailResponse next) {
                       const std::lock_guard lock(mutex_);
                       mail_ = std::move(next);
                     }));
  }

  void AddEscalation() {
    methods_.AddStream<v1::WatchEscalationRequest, v1::WatchEscalationResponse>(
        "overgang.v1.EscalationService/WatchEscalation", Need::kOwn,
        [this](const Caller&, const v1::WatchEscalationRequest& request, Wake wake) {
          return escalation_.Open(request, std::move(wake));
        });
    server_.AddLive("escalation", "overgang.v1.EscalationService/WatchEscalation");
    server_.AddRoute("POST", "/test/escalation", std::nullopt,
                     Reads<v1::WatchEscalationResponse>([this](v1::WatchEscalationResponse next) {
                       escalation_.Show(std::move(next));
                     }));
    const std::string service = "overgang.v1.EscalationService/";
    levels_.Register(methods_, server_, service + "GetLevels", "levels");
    override_.Register(methods_, server_, service + "OverrideLevel", "override");
    cards_.Register(methods_, server_, service + "ListTiltakskort", "cards");
    acknowledge_.Register(methods_, server_, service + "AcknowledgeTiltak", "acknowledge");
    complete_.Register(methods_, server_, service + "CompleteTiltak", "complete");
    hold_.Register(methods_, server_, service + "HoldMeeting", "hold");
    meeting_.Register(methods_, server_, service + "GetMeeting", "meeting");
    meetings_.Register(methods_, server_, service + "ListMeetings", "meetings");
    count_.Register(methods_, server_, "overgang.v1.CensusService/GetCensus", "count");
  }

  ScriptedCensus census_;
  ScriptedStays stays_;
  ScriptedStream<v1::WatchEscalationRequest, v1::WatchEscalationResponse> escalation_;
  ScriptedAnswer<v1::GetLevelsRequest, v1::GetLevelsResponse> levels_;
  ScriptedAnswer<v1::OverrideLevelRequest, v1::Receipt> override_;
  ScriptedAnswer<v1::ListTiltakskortRequest, v1::ListTiltakskortResponse> cards_;
  ScriptedAnswer<v1::AcknowledgeTiltakRequest, v1::Receipt> acknowledge_;
  ScriptedAnswer<v1::CompleteTiltakRequest, v1::Receipt> complete_;
  ScriptedAnswer<v1::HoldMeetingRequest, v1::Receipt> hold_;
  ScriptedAnswer<v1::GetMeetingRequest, v1::GetMeetingResponse> meeting_;
  ScriptedAnswer<v1::ListMeetingsRequest, v1::ListMeetingsResponse> meetings_;
  ScriptedAnswer<v1::GetCensusRequest, v1::GetCensusResponse> count_;
  std::mutex mutex_;
  v1::GetPathwayResponse pathway_;
  v1::ListDeliveriesResponse deliveries_;
  v1::GetMailResponse mail_;
  std::atomic<int> pathways_ = 0;
  std::atomic<bool> failing_ = false;
  MethodTable methods_;
  Metrics metrics_;
  HttpServer server_;  // Stops before what it serves goes.
};

}  // namespace
}  // namespace overgang::http

int main(int argc, char** argv) {
  const auto port = static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  return overgang::http::PageServer(port, argc > 2 ? argv[2] : "").Serve();
}
