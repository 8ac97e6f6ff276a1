// Deadlines: met, running or missed, by how much, and whether that is registered.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "consumers/board/story_parts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::board {
namespace {

// The words for one kind of deadline.
struct Words {
  const char* name;     // "Fristen for ..."
  const char* done;     // "... mandag 2. mars": what met it.
  const char* not_yet;  // What has not happened, and still may.
  const char* duty;     // "... har frist til <when> med å ..."
  const char* who;
  const char* rule;
};

Words WordsOf(v1::DeadlineKind kind) {
  switch (kind) {
    case v1::DEADLINE_KIND_TIDLIGMELDING:
      return {"varsel om innleggelsen",
              "sykehuset varslet",
              "kommunen er ikke varslet",
              "varsle kommunen om innleggelsen",
              "Sykehuset",
              "§ 8: sykehuset varsler kommunen innen 24 timer etter innleggelsen, eller etter at "
              "behovet for kommunale tjenester ble klart."};
    case v1::DEADLINE_KIND_INNLEGGELSESRAPPORT:
      return {
          "innleggelsesrapport",
          "rapporten kom",
          "rapporten er ikke kommet",
          "sende innleggelsesrapport",
          "Kommunen",
          "Kommunen sender innleggelsesrapport innen 24 timer etter at varselet om innleggelsen "
          "ble sendt."};
    case v1::DEADLINE_KIND_UKP_NOTICE:
      return {"varsel om utskrivningsklar pasient",
              "sykehuset varslet",
              "kommunen er ikke varslet",
              "varsle kommunen om at pasienten er utskrivningsklar",
              "Sykehuset",
              "§ 10: sykehuset varsler kommunen straks. Straks regnes her som 2 timer."};
    case v1::DEADLINE_KIND_ANSWER:
      return {"svar fra kommunen",
              "kommunen svarte",
              "kommunen har ikke svart",
              "svare på om den kan ta imot",
              "Kommunen",
              "Kommunen svarer straks, hele døgnet og alle dager. Straks regnes her som 2 timer."};
    case v1::DEADLINE_KIND_EPIKRISE:
      return {"epikrise",
              "epikrisen ble sendt",
              "epikrisen er ikke sendt",
              "sende epikrise",
              "Sykehuset",
              "Epikrisen følger pasienten ved utskrivning. Straks regnes her som 2 timer."};
    case v1::DEADLINE_KIND_APPREC:
      return {"kvittering på elektronisk melding",
              "kvitteringen kom",
              "kvitteringen er ikke kommet",
              "kvittere for meldingen",
              "Kommunen",
              "Mottakeren kvitterer innen 96 timer etter at meldingen ble sendt."};
    default:
      return {"noe som ikke er oppgitt",       "det ble gjort", "det er ikke gjort",
              "gjøre noe som ikke er oppgitt", "Noen",          ""};
  }
}

// What the hub decided on a deadline, or null.
const v1::DeadlineMissed* DecisionOn(const StayTold& told, const v1::Deadline& deadline) {
  for (const v1::PathwayDecision& decision : told.response.decisions()) {
    if (decision.stay_id() != told.stay.stay_id() || !decision.has_deadline_missed()) continue;
    const v1::DeadlineMissed& missed = decision.deadline_missed();
    if (missed.deadline() == deadline.deadline() &&
        FromProto(missed.due_at()) == FromProto(deadline.due_at()))
      return &missed;
  }
  return nullptr;
}

// The facts that may meet a deadline.
bool Meets(v1::DeadlineKind kind, const v1::Envelope& fact, absl::Time at) {
  const auto notice = [&](const auto& said) {
    return StandsAt(fact) == at || (said.has_sent_at() && Counted(said.sent_at()) == at);
  };
  switch (kind) {
    case v1::DEADLINE_KIND_TIDLIGMELDING:
      return fact.has_kommune_notified_of_admission() &&
             notice(fact.kommune_notified_of_admission());
    case v1::DEADLINE_KIND_INNLEGGELSESRAPPORT:
      return fact.has_admission_report_received() && StandsAt(fact) == at;
    case v1::DEADLINE_KIND_UKP_NOTICE:
      return fact.has_kommune_notified_of_ukp() && notice(fact.kommune_notified_of_ukp());
    case v1::DEADLINE_KIND_ANSWER:
      return fact.has_kommune_answered() && StandsAt(fact) == at;
    case v1::DEADLINE_KIND_EPIKRISE:
      return fact.has_report_sent() && StandsAt(fact) == at;
    case v1::DEADLINE_KIND_APPREC:
      return (fact.has_kommune_notified_of_admission() || fact.has_kommune_notified_of_ukp()) &&
             StandsAt(fact) == at;
    default:
      return false;
  }
}

std::string MetBy(const StayTold& told, const v1::Deadline& deadline) {
  if (!deadline.has_met_at()) return "";
  const v1::Envelope* fact = told.First([&](const v1::Envelope& candidate) {
    return Meets(deadline.deadline(), candidate, FromProto(deadline.met_at()));
  });
  return fact == nullptr ? "" : fact->event_id();
}

// Whether what the deadline is of can no longer be done in time or late: its stay or period is
// over.
bool IsOver(const StayTold& told, const v1::Deadline& deadline) {
  if (deadline.deadline() == v1::DEADLINE_KIND_EPIKRISE) return false;
  if (told.stay.has_discharged_at()) return true;
  if (deadline.deadline() != v1::DEADLINE_KIND_UKP_NOTICE &&
      deadline.deadline() != v1::DEADLINE_KIND_ANSWER)
    return false;
  const absl::Time started = FromProto(deadline.started_at());
  return std::ranges::any_of(told.stay.ukp_periods(), [&](const v1::UkpPeriod& period) {
    return period.has_until() && FromProto(period.since()) <= started &&
           started <= FromProto(period.until());
  });
}

std::string MissedText(const StayTold& told, const v1::Deadline& deadline) {
  const Words words = WordsOf(deadline.deadline());
  const absl::Time due = FromProto(deadline.due_at());
  if (deadline.has_met_at() && FromProto(deadline.met_at()) <= told.now) {
    return absl::StrCat("Fristen for ", words.name, " ble ikke holdt: ", words.done, " ",
                        bokmal::Length(FromProto(deadline.met_at()) - due), " etter fristen ",
                        bokmal::Moment(due));
  }
  const std::string out =
      absl::StrCat("Fristen for ", words.name, " gikk ut ", bokmal::Moment(due));
  return IsOver(told, deadline) ? absl::StrCat(out, " uten at ", words.done)
                                : absl::StrCat(out, ": ", words.not_yet, ", ",
                                               bokmal::Length(told.now - due), " etter fristen");
}

std::string DeadlineText(const StayTold& told, const v1::Deadline& deadline) {
  const Words words = WordsOf(deadline.deadline());
  const absl::Duration left = FromProto(deadline.due_at()) - FromProto(deadline.met_at());
  switch (deadline.state()) {
    case v1::DEADLINE_STATE_MET:
      return absl::StrCat("Fristen for ", words.name, " ble holdt, ",
                          left == absl::ZeroDuration()
                              ? "akkurat i tide"
                              : absl::StrCat(bokmal::Length(left), " før den gikk ut"));
    case v1::DEADLINE_STATE_MISSED:
      return MissedText(told, deadline);
    default:
      return absl::StrCat(words.who, " har frist til ",
                          bokmal::Moment(FromProto(deadline.due_at())), " med å ", words.duty, ": ",
                          bokmal::Length(FromProto(deadline.due_at()) - told.now), " igjen");
  }
}

Told DeadlineLine(const StayTold& told, const v1::Deadline& deadline) {
  const bool met = deadline.has_met_at() && FromProto(deadline.met_at()) <= told.now;
  std::string text = DeadlineText(told, deadline);
  const v1::DeadlineMissed* decision = DecisionOn(told, deadline);
  if (decision != nullptr) {
    absl::StrAppend(&text, decision->decision().withdrawn()
                               ? "; bruddet som var registrert, er trukket tilbake"
                               : "; bruddet er registrert");
  }
  Told line =
      At(v1::StoryLine::KIND_DEADLINE, FromProto(met ? deadline.met_at() : deadline.due_at()),
         absl::StrCat(text, "."), WordsOf(deadline.deadline()).rule, {MetBy(told, deadline)});
  line.line.set_deadline_state(deadline.state());
  return line;
}

}  // namespace

void TellDeadlines(const StayTold& told, std::vector<Told>* lines) {
  for (const v1::Deadline& deadline : told.stay.deadlines())
    lines->push_back(DeadlineLine(told, deadline));
  // Those that do not run any more: what they were decided on was corrected since.
  for (const v1::PathwayDecision& decision : told.response.decisions()) {
    if (decision.stay_id() != told.stay.stay_id() || !decision.has_deadline_missed()) continue;
    const v1::DeadlineMissed& missed = decision.deadline_missed();
    const auto told_of = [&](const v1::Deadline& one) { return DecisionOn(told, one) == &missed; };
    if (std::ranges::any_of(told.stay.deadlines(), told_of)) continue;
    const Words words = WordsOf(missed.deadline());
    // Earlier withdrawals do not say which deadline it was.
    const bool dated = missed.has_due_at();
    const absl::Time due = FromProto(dated ? missed.due_at() : told.stay.admitted_at());
    Told line = At(v1::StoryLine::KIND_DEADLINE, due,
                   absl::StrCat("Et brudd på fristen for ", words.name,
                                dated ? absl::StrCat(" ", bokmal::Moment(due)) : "",
                                missed.decision().withdrawn()
                                    ? " var registrert, men er trukket tilbake fordi opplysningene "
                                      "ble rettet."
                                    : " er registrert, men opplysningene er rettet siden."),
                   words.rule, {});
    lines->push_back(std::move(line));
  }
}

}  // namespace overgang::board
