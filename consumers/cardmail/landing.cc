#include "consumers/cardmail/landing.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/url_form.h"
#include "core/uuid.h"
#include "overgang/v1/escalation_service.pb.h"
#include "overgang/v1/intake_service.pb.h"
#include "spdlog/spdlog.h"

namespace overgang::cardmail {
namespace {

constexpr char kForm[] = "application/x-www-form-urlencoded";
constexpr char kInvalidLink[] =
    "Lenken er ikke gyldig. E-postprogrammet kan ha delt den: kopier hele lenken fra e-posten, "
    "eller svar på tavlen.";
constexpr char kTryAgain[] =
    "Overgang kan ikke svare akkurat nå. Prøv igjen om et øyeblikk; det er trygt å sende på nytt.";

// The page runs nothing and loads nothing, is not framed, kept or told of to whoever it leads to.
HttpResponse PageResponse(int status, std::string html) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(html);
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
       "frame-ancestors 'none'"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Robots-Tag", "noindex, nofollow"}};
  return response;
}

HttpResponse NoticeResponse(int status, std::string_view text) {
  return PageResponse(status, NoticePage(text));
}

// Of those that handlers answer with, as the access log has them.
std::string OutcomeOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "INVALID_ARGUMENT";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 409:
      return "ALREADY_EXISTS";
    case 410:
      return "FAILED_PRECONDITION";
    default:
      return "UNAVAILABLE";
  }
}

std::shared_ptr<const Scope> ScopeOf(const std::string& recipient) {
  auto scope = std::make_shared<Scope>();
  scope->write = true;
  (recipient.starts_with("k:") ? scope->kommuner : scope->hospitals).push_back(recipient.substr(2));
  return scope;
}

}  // namespace

struct Landing::Visit {
  Link link;
  EpochPtr epoch;
  std::shared_ptr<const tiltakskort::Roles> roles;
  std::shared_ptr<const Directory> directory;
  v1::Tiltakskort card;
  Verdict verdict;
  absl::Time now;

  CardTelling telling() const {
    return {card, epoch->levels->Find(absl::StrCat("h:", card.hospital())), *roles, *directory,
            now};
  }
};

bool Landing::IsTooOften(const std::string& address_hash) {
  const absl::Duration now = SinceBoot();
  std::lock_guard lock(mutex_);
  if (now - minute_began_ > absl::Minutes(1)) {
    visits_.clear();
    minute_began_ = now;
  }
  return ++visits_[address_hash] > kVisitsPerMinuteMax;
}

std::optional<Link> Landing::Admit(const HttpRequest& request, const ReplyPage& reply) {
  const std::string_view token = std::string_view(request.path).substr(sizeof(kLinkPath) - 1);
  auto link = parts_.signer.Read(token);
  if (!link.has_value()) {
    reply(NoticeResponse(403, kInvalidLink));
    return std::nullopt;
  }
  if (IsTooOften(link->address_hash)) {
    reply(NoticeResponse(429, "For mange forsøk. Vent et minutt, og prøv igjen."));
    return std::nullopt;
  }
  const absl::Time now = parts_.clock.Now();
  if (now >= link->expires) {
    Answer(request, *link,
           NoticeResponse(410, absl::StrCat("Lenken gjaldt til ", WhenText(link->expires, now),
                                            ". Svar på tavlen om kortet fortsatt er åpent.")),
           reply);
    return std::nullopt;
  }
  return link;
}

std::optional<Landing::Visit> Landing::Look(const Link& link) const {
  Visit visit;
  visit.link = link;
  visit.epoch = parts_.views.Current();
  if (visit.epoch == nullptr) return std::nullopt;
  const auto card = projections::FindCard(*visit.epoch->rows, link.card_id);
  if (!card.ok()) spdlog::error("tiltakskort: {}", card.status().ToString());
  if (!card.ok() || !card->has_value()) return std::nullopt;
  visit.roles = parts_.roles.Get();
  visit.directory = parts_.directory.Get();
  visit.card = **card;
  visit.verdict = VerdictOf(link, *card, *visit.roles);
  visit.now = parts_.clock.Now();
  return visit;
}

std::string Landing::PageOf(const Visit& visit, const Notice& notice, const Said* said) const {
  // Who gets no mails of the role any more is not shown its cards either.
  if (visit.verdict == Verdict::kNotAReader || visit.verdict == Verdict::kNoSuchThing)
    return NoticePage(notice.text);
  return VisitPage(visit.link, visit.telling(), visit.verdict, notice, said);
}

void Landing::Answer(const HttpRequest& request, const Link& link, HttpResponse response,
                     const ReplyPage& reply) const {
  v1::AccessEntry entry;
  entry.set_principal(absl::StrCat(std::string(tiltakskort::kMailPrincipal), link.address_hash));
  entry.set_method(absl::StrCat(request.method, " /tiltak"));
  entry.set_outcome(OutcomeOf(response.status));
  AddAsked("card_id", link.card_id, &entry);
  AddAsked("tiltak_id", link.tiltak_id, &entry);
  AddAsked("role", link.role, &entry);
  parts_.access_log.Write(
      std::move(entry), [response = std::move(response), reply](const absl::Status& written) {
        if (written.ok()) return reply(response);
        spdlog::error("a visit by a link is not answered, as the access log does not take it: {}",
                      written.ToString());
        reply(NoticeResponse(503, kTryAgain));
      });
}

void Landing::Serve(const HttpRequest& request, const ReplyPage& reply) {
  const auto link = Admit(request, reply);
  if (!link.has_value()) return;
  const auto visit = Look(*link);
  // The mail was sent of a card that is in the log: these views have yet to come to it.
  if (!visit.has_value()) return reply(NoticeResponse(503, kTryAgain));
  if (request.method == "POST") return Post(request, *visit, reply);
  const Notice notice = NoticeOf(visit->verdict, *link, visit->telling());
  Answer(request, *link,
         PageResponse(StatusOfLook(visit->verdict), PageOf(*visit, notice, nullptr)), reply);
}

void Landing::Post(const HttpRequest& request, const Visit& visit, const ReplyPage& reply) const {
  const auto refuse = [&](int status, const Notice& notice, const Said* said) {
    Answer(request, visit.link, PageResponse(status, PageOf(visit, notice, said)), reply);
  };
  if (visit.verdict != Verdict::kOpen) {
    return refuse(StatusOfRefusal(visit.verdict),
                  NoticeOf(visit.verdict, visit.link, visit.telling()), nullptr);
  }
  if (request.body.size() > kFormBytesMax)
    return reply(NoticeResponse(413, "Svaret er for stort. Skriv kortere."));
  if (!request.content_type.starts_with(kForm))
    return reply(NoticeResponse(415, "Svar med skjemaet på siden."));
  const auto fields = FormFields(request.body);
  const auto field = [&](std::string_view name) {
    if (!fields.has_value()) return std::string();
    const auto found = fields->find(name);
    return found == fields->end() ? std::string() : found->second;
  };
  const std::string what = field("hva");
  if (visit.link.tiltak_id.empty()) {
    if (what != "kvitter") return refuse(400, {"Svar med skjemaet på siden."}, nullptr);
    return Say(request, visit.link, std::nullopt, reply);
  }
  if (what != "utfort" && what != "avslatt")
    return refuse(400, {"Svar med skjemaet på siden."}, nullptr);
  const std::string text = field("tekst");
  Said said{what == "avslatt", std::string(absl::StripAsciiWhitespace(text))};
  const std::string wrong = WrongWith(said, *ActionOf(visit.card, visit.link.tiltak_id));
  if (!wrong.empty()) return refuse(400, {wrong}, &said);
  Say(request, visit.link, std::move(said), reply);
}

// By the method that everybody calls, so that there is one set of rules.
void Landing::Say(const HttpRequest& request, const Link& link, std::optional<Said> said,
                  const ReplyPage& reply) const {
  const auto visit = Look(link);
  if (!visit.has_value()) return reply(NoticeResponse(503, kTryAgain));
  Caller caller;
  caller.principal = absl::StrCat(std::string(tiltakskort::kMailPrincipal), link.address_hash);
  caller.scope = ScopeOf(visit->card.issued().recipient());
  caller.deadline = parts_.clock.Now() + kAnswerWithin;
  // The same for the same link: sent twice, it is said once.
  const std::string key = absl::StrCat("lenke ", ContentDigest(parts_.signer.TokenOf(link)));
  const char* method = said.has_value() ? "CompleteTiltak" : "AcknowledgeTiltak";
  std::shared_ptr<google::protobuf::Message> message;
  if (said.has_value()) {
    auto complete = std::make_shared<v1::CompleteTiltakRequest>();
    complete->set_idempotency_key(key);
    complete->set_card_id(link.card_id);
    complete->set_tiltak_id(link.tiltak_id);
    (said->declined ? *complete->mutable_declined_reason() : *complete->mutable_outcome()) =
        said->text;
    message = std::move(complete);
  } else {
    auto acknowledge = std::make_shared<v1::AcknowledgeTiltakRequest>();
    acknowledge->set_idempotency_key(key);
    acknowledge->set_card_id(link.card_id);
    message = std::move(acknowledge);
  }
  const MethodTable::Unary* unary =
      parts_.methods.FindUnary(absl::StrCat("overgang.v1.EscalationService/", method));
  HttpRequest asked;
  asked.method = request.method;
  unary->call(caller, *message, [this, asked, link, message, reply](const auto& receipt) {
    Answer(asked, link, AfterSaying(link, receipt.status()), reply);
  });
}

HttpResponse Landing::AfterSaying(const Link& link, const absl::Status& status) const {
  const auto visit = Look(link);
  if (!visit.has_value() || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
      absl::IsResourceExhausted(status))
    return NoticeResponse(503, kTryAgain);
  if (status.ok()) {
    const bool acknowledged = link.tiltak_id.empty();
    const std::string thanks =
        acknowledged
            ? "Takk. Kortet er kvittert. Meld hvert tiltak utført med lenkene i e-posten."
            : absl::StrCat("Takk. ", NoticeOf(visit->verdict, link, visit->telling()).text);
    return PageResponse(200, PageOf(*visit, {thanks, true}, nullptr));
  }
  Notice notice = NoticeOf(visit->verdict, link, visit->telling());
  // Nobody else answered and nothing changed: the log or the rules say no.
  if (visit->verdict == Verdict::kOpen) {
    spdlog::warn("an answer by a link was refused: {}", status.ToString());
    notice = {"Svaret ble ikke tatt imot. Svar på tavlen."};
    return PageResponse(absl::IsPermissionDenied(status) ? 403 : 409, NoticePage(notice.text));
  }
  return PageResponse(StatusOfRefusal(visit->verdict), PageOf(*visit, notice, nullptr));
}

}  // namespace overgang::cardmail
