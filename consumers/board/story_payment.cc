// Days that the kommune pays for and days that it does not, each with its reason (§ 13), and both
// sides' accounts where they differ. The days themselves are the answer's; here they are explained.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "consumers/board/story_parts.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"
#include "projections/rules/deadlines.h"
#include "projections/rules/payment.h"

namespace overgang::board {
namespace {

using projections::kStayKommunePaysFrom;

constexpr char kPaymentRule[] =
    "§ 13: kommunen betaler fra og med den dagen pasienten er utskrivningsklar og kommunen er "
    "varslet etter §§ 8 og 10, så lenge den ikke kan ta imot. Dagen for slutt betales ikke.";

absl::CivilDay DateOf(const google::protobuf::Timestamp& time) { return OsloDate(FromProto(time)); }

absl::CivilDay DayOf(const std::string& date) {
  return ParseDate(date).value_or(absl::CivilDay());  // The answer's own dates can be read.
}

// The last word of the kommune up to and including a date; null: none.
const v1::PeriodAnswer* WordOn(const v1::UkpPeriod& period, absl::CivilDay day) {
  const v1::PeriodAnswer* word = nullptr;
  for (const v1::PeriodAnswer& answer : period.answers()) {
    if (DateOf(answer.at()) <= day) word = &answer;
  }
  return word;
}

absl::CivilDay ReceivesFrom(const v1::PeriodAnswer& yes) {
  return yes.has_from() ? std::max(DateOf(yes.at()), DateOf(yes.from())) : DateOf(yes.at());
}

bool CanReceiveOn(const v1::UkpPeriod& period, absl::CivilDay day) {
  const v1::PeriodAnswer* word = WordOn(period, day);
  return word != nullptr && word->can_receive() && ReceivesFrom(*word) <= day;
}

// What kept the kommune from receiving the patient in those days, one state after the other.
std::string WhyNotReceived(const v1::UkpPeriod& period, absl::CivilDay first, absl::CivilDay last) {
  std::vector<std::string> states;
  const v1::PeriodAnswer* before = nullptr;
  for (absl::CivilDay day = first; day <= last; ++day) {
    const v1::PeriodAnswer* word = WordOn(period, day);
    if (day != first && word == before) continue;
    before = word;
    states.push_back(word == nullptr ? "ikke hadde svart"
                     : !word->can_receive()
                         ? absl::StrCat("svarte nei ", bokmal::Date(DateOf(word->at()), last))
                         : absl::StrCat("svarte at den først kan ta imot ",
                                        bokmal::Date(ReceivesFrom(*word), last)));
  }
  std::string text;
  for (const std::string& state : states)
    absl::StrAppend(&text, text.empty() ? "den " : ", og deretter ", state);
  return text;
}

std::string WhatEnded(const v1::UkpPeriod& period, absl::CivilDay to) {
  if (CanReceiveOn(period, to)) return "; betalingen tok slutt da kommunen kunne ta imot";
  switch (period.end()) {
    case v1::UKP_END_WITHDRAWN:
      return "; betalingen tok slutt da pasienten ikke lenger var utskrivningsklar";
    case v1::UKP_END_DISCHARGED:
      return "; betalingen tok slutt da pasienten ble skrevet ut";
    case v1::UKP_END_DIED:
      return "; betalingen tok slutt da pasienten døde";
    case v1::UKP_END_TRANSFERRED:
      return "; betalingen tok slutt da pasienten gikk over til annen spesialisthelsetjeneste";
    case v1::UKP_END_MOVED:
      return "; betalingen tok slutt da pasienten fikk en annen oppholdskommune";
    default:
      return "";
  }
}

class PeriodPayment {
 public:
  PeriodPayment(const StayTold& told, const v1::UkpPeriod& period)
      : told_(told),
        period_(period),
        goes_on_(!period.has_until() || FromProto(period.until()) > told.now) {
    since_ = DateOf(period.since());
    until_ = goes_on_ ? OsloDate(told.now) : DateOf(period.until());
    if (const v1::Envelope* notice = told.First(
            [](const v1::Envelope& fact) { return fact.has_kommune_notified_of_admission(); })) {
      admission_notice_ = notice;
    }
  }

  void Tell(std::vector<Told>* lines) const {
    for (const v1::PayableSpan& span : period_.payable()) lines->push_back(Payable(span));
    TellNotPayable(lines);
  }

 private:
  enum class Why : unsigned char {
    kPayable,
    kNoNotices,
    kNoAdmissionNotice,
    kNoUkpNotice,
    kCanReceive,
    kNotSomatic,
    kNoEpikrise,     // By the agreement.
    kNotYet24Hours,  // By the agreement.
  };

  // Who pays for a day.
  const std::string& Payer(absl::CivilDay day) const {
    return day < kStayKommunePaysFrom ? told_.stay.residence_kommune() : period_.kommune();
  }
  // Of an agreement that asks for an epikrise, and of a stay that ended alive without one.
  bool LacksEpikrise() const;
  Told Payable(const v1::PayableSpan& span) const;
  Why WhyNot(absl::CivilDay day) const;
  void TellNotPayable(std::vector<Told>* lines) const;
  Told NotPayable(Why why, absl::CivilDay first, absl::CivilDay last) const;
  std::string Reason(Why why, absl::CivilDay last) const;
  std::string Conditions(absl::CivilDay near) const;
  // A line on days that end before `to`: told when they are over, those that go on as of now.
  Told Line(absl::CivilDay to, std::string text, std::string rule,
            std::vector<std::string> ids) const;

  const StayTold& told_;
  const v1::UkpPeriod& period_;
  const bool goes_on_;  // It may have an end to come: a move that is dated ahead.
  absl::CivilDay since_;
  absl::CivilDay until_;
  const v1::Envelope* admission_notice_ = nullptr;
};

Told PeriodPayment::Line(absl::CivilDay to, std::string text, std::string rule,
                         std::vector<std::string> ids) const {
  constexpr auto kDerived = v1::StoryLine::KIND_DERIVED;
  if (to >= until_) {
    const absl::Time at = goes_on_ ? told_.now : FromProto(period_.until());
    return At(kDerived, at, std::move(text), std::move(rule), std::move(ids));
  }
  // An answer on that day ended them; it is told first.
  const v1::PeriodAnswer* word = WordOn(period_, to);
  if (word != nullptr && DateOf(word->at()) == to)
    return At(kDerived, FromProto(word->at()), std::move(text), std::move(rule), std::move(ids));
  return OnDay(kDerived, to, std::move(text), std::move(rule), std::move(ids));
}

Told PeriodPayment::Payable(const v1::PayableSpan& span) const {
  const absl::CivilDay from = DayOf(span.from_date());
  const absl::CivilDay to = DayOf(span.to_date());
  const std::string& payer = Payer(from);
  const std::string days = absl::StrCat(span.days(), " døgn, ", bokmal::Dates(from, to - 1));
  std::vector<std::string> ids(span.because().begin(), span.because().end());
  ids.insert(ids.end(), span.until().begin(), span.until().end());
  if (payer.empty() || payer == kKommuneNotStated) {
    const char* whose = from < kStayKommunePaysFrom ? "bostedskommunen" : "oppholdskommunen";
    return Line(
        to, absl::StrCat("Ingen kommune betaler for ", days, ", for ", whose, " er ikke oppgitt."),
        kPaymentRule, std::move(ids));
  }
  const bool so_far = goes_on_ && to >= until_;
  return Line(
      to,
      absl::StrCat(KommuneText(payer), so_far ? " betaler så langt for " : " betaler for ", days,
                   ", fordi ", Conditions(to - 1), ", og ", WhyNotReceived(period_, from, to - 1),
                   so_far ? "" : WhatEnded(period_, to), "."),
      so_far ? absl::StrCat(kPaymentRule, " Dagen i dag regnes med når den er over.")
             : kPaymentRule,
      std::move(ids));
}

// Since when the three conditions of § 13 held.
std::string PeriodPayment::Conditions(absl::CivilDay near) const {
  std::string text =
      absl::StrCat("pasienten var utskrivningsklar fra ", bokmal::Date(since_, near));
  if (admission_notice_ != nullptr) {
    absl::StrAppend(&text, ", kommunen var varslet om innleggelsen ",
                    bokmal::Date(OsloDate(StandsAt(*admission_notice_)), near));
  }
  if (period_.has_notified_at()) {
    absl::StrAppend(&text, " og om utskrivningsklar pasient ",
                    bokmal::Date(DateOf(period_.notified_at()), near));
  }
  return text;
}

bool PeriodPayment::LacksEpikrise() const {
  if (!told_.stay.has_discharged_at() || admission_notice_ == nullptr) return false;
  const auto& flags = told_.stay.flags();
  if (std::find(flags.begin(), flags.end(), v1::STAY_FLAG_DIED) != flags.end()) return false;
  const absl::CivilDay start =
      std::max({since_, OsloDate(StandsAt(*admission_notice_)), DateOf(period_.notified_at())});
  if (!told_.terms.OptionsFor(period_.kommune(), told_.stay.hospital(), start).requires_epikrise)
    return false;
  const v1::Envelope* epikrise = told_.First([](const v1::Envelope& fact) {
    return fact.report_sent().report() == v1::ReportSent::REPORT_EPIKRISE;
  });
  const absl::Time due =
      Counted(told_.stay.discharged_at()) + absl::Microseconds(projections::kAtOnceUs);
  return (epikrise == nullptr ? told_.now : StandsAt(*epikrise)) > due;
}

PeriodPayment::Why PeriodPayment::WhyNot(absl::CivilDay day) const {
  for (const v1::PayableSpan& span : period_.payable()) {
    if (DayOf(span.from_date()) <= day && day < DayOf(span.to_date())) return Why::kPayable;
  }
  const bool admission =
      admission_notice_ != nullptr && OsloDate(StandsAt(*admission_notice_)) <= day;
  const bool ukp = period_.has_notified_at() && DateOf(period_.notified_at()) <= day;
  if (!admission && !ukp) return Why::kNoNotices;
  if (!admission) return Why::kNoAdmissionNotice;
  if (!ukp) return Why::kNoUkpNotice;
  if (CanReceiveOn(period_, day)) return Why::kCanReceive;
  if (day < kStayKommunePaysFrom && told_.stay.sector() != v1::SECTOR_SOMATIKK)
    return Why::kNotSomatic;
  return LacksEpikrise() ? Why::kNoEpikrise : Why::kNotYet24Hours;
}

void PeriodPayment::TellNotPayable(std::vector<Told>* lines) const {
  for (absl::CivilDay day = since_; day < until_;) {
    const absl::CivilDay first = day;
    const Why why = WhyNot(first);
    while (day < until_ && WhyNot(day) == why) ++day;
    if (why != Why::kPayable) lines->push_back(NotPayable(why, first, day - 1));
  }
}

std::string PeriodPayment::Reason(Why why, absl::CivilDay last) const {
  switch (why) {
    case Why::kNoNotices:
      return "fordi kommunen verken var varslet om innleggelsen eller om utskrivningsklar pasient";
    case Why::kNoAdmissionNotice:
      return "fordi kommunen ikke var varslet om innleggelsen";
    case Why::kNoUkpNotice:
      return "fordi kommunen ikke var varslet om utskrivningsklar pasient";
    case Why::kCanReceive: {
      const v1::PeriodAnswer& yes = *WordOn(period_, last);
      const bool at_once = DateOf(yes.at()) == since_ && ReceivesFrom(yes) == since_;
      return at_once ? "fordi kommunen svarte ja samme dag"
                     : absl::StrCat("fordi kommunen kunne ta imot fra ",
                                    bokmal::Date(ReceivesFrom(yes), last));
    }
    case Why::kNotSomatic:
      return "fordi betaling for psykisk helsevern og rusbehandling først kom i 2019";
    case Why::kNoEpikrise:
      return "fordi avtalen mellom kommunen og sykehuset krever epikrise, og den ikke var sendt "
             "innen 2 timer etter at oppholdet tok slutt";
    default:
      return "fordi avtalen mellom kommunen og sykehuset gir betaling først 24 timer etter varsel";
  }
}

Told PeriodPayment::NotPayable(Why why, absl::CivilDay first, absl::CivilDay last) const {
  std::string rule = kPaymentRule;
  if (why == Why::kNoNotices)
    rule = "§§ 8 og 10: uten varsel om innleggelsen og om utskrivningsklar pasient betales ikke.";
  if (why == Why::kNoAdmissionNotice) rule = "§ 8: uten varsel om innleggelsen betales ikke.";
  if (why == Why::kNoUkpNotice)
    rule = "§ 10: uten varsel om utskrivningsklar pasient betales ikke.";
  if (why == Why::kNoEpikrise || why == Why::kNotYet24Hours)
    rule = "Avtalen mellom kommunen og sykehuset.";
  std::vector<std::string> ids = {period_.declared_by()};
  if (why == Why::kCanReceive) ids.push_back(WordOn(period_, last)->event_id());
  const std::string& payer = Payer(first);
  const bool stated = !payer.empty() && payer != kKommuneNotStated;
  return Line(
      last + 1,
      absl::StrCat(stated ? KommuneText(payer) : "Kommunen", " betaler ikke for ", last - first + 1,
                   " døgn, ", bokmal::Dates(first, last), ", ", Reason(why, last), "."),
      rule, std::move(ids));
}

// Both sides' accounts, where they come to different sums.
std::optional<Told> ViewsLine(const StayTold& told) {
  for (const v1::StayViews& views : told.response.views()) {
    if (views.stay_id() != told.stay.stay_id()) continue;
    const v1::PaymentView* hospital = nullptr;
    const v1::PaymentView* kommune = nullptr;
    for (const v1::PaymentView& view : views.views())
      (view.side() == v1::PaymentView::SIDE_HOSPITAL ? hospital : kommune) = &view;
    if (hospital == nullptr || kommune == nullptr ||
        hospital->payable_days() == kommune->payable_days())
      return std::nullopt;
    const auto& periods = told.stay.ukp_periods();
    const bool ended = !periods.empty() && periods.rbegin()->has_until();
    return At(v1::StoryLine::KIND_DERIVED, ended ? FromProto(periods.rbegin()->until()) : told.now,
              absl::StrCat("Sykehuset og kommunen kommer til ulike tall: etter det sykehuset "
                           "sendte, er det ",
                           hospital->payable_days(),
                           " døgn å betale for, etter det kommunen mottok, er det ",
                           kommune->payable_days(), "."),
              "§§ 8 og 10: et varsel gjelder fra det er mottatt.", {});
  }
  return std::nullopt;
}

}  // namespace

void TellPayment(const StayTold& told, std::vector<Told>* lines) {
  for (const v1::UkpPeriod& period : told.stay.ukp_periods())
    PeriodPayment(told, period).Tell(lines);
  if (std::optional<Told> views = ViewsLine(told)) lines->push_back(*std::move(views));
}

}  // namespace overgang::board
