#include "consumers/report/payment_basis.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/report/priced_days.h"
#include "consumers/report/stays_in.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "projections/rules/payment.h"
#include "projections/rules/served_stay.h"
#include "projections/tables.h"
#include "projections/visible.h"

namespace overgang::report {
namespace {

using projections::PayableRange;
using projections::StayEntry;
using projections::StayTrace;

std::string ParagraphOf(const StayEntry& stay, const projections::UkpPeriod& period,
                        const PaymentTerms& terms) {
  const auto start = projections::StartOfPayment(stay, period, false);
  if (!start.has_value()) return "§ 13";
  const auto options = terms.OptionsFor(period.kommune.view(), stay.hospital.view(), *start);
  std::string paragraph = "§ 13";
  if (options.start_24h_after_notice) paragraph += "; avtale: betaling fra 24 timer etter varsel";
  if (options.requires_epikrise) paragraph += "; avtale: ikke betaling uten epikrise";
  return paragraph;
}

// Collects the lines of stays.
class Basis {
 public:
  Basis(const PaymentQuery& query, const PaymentTerms& terms, int64_t now_us)
      : query_(query), terms_(terms), now_us_(now_us) {}

  // `trace`: of a stay that is told of by itself, whose periods all have a line.
  void Take(const projections::Uuid& id, const StayEntry& stay, const StayTrace* trace = nullptr) {
    if (!AsksSector(query_.sectors, stay.sector)) return;
    for (size_t i = 0; i < stay.periods.size(); ++i) {
      const auto ranges = projections::PayableDays(stay, stay.periods[i], terms_, now_us_);
      const size_t before = lines_.size();
      // One line a payer; who pays changes in the middle of a period on one date only.
      for (size_t j = 0; j < ranges.size(); ++j) {
        if (j > 0 && ranges[j].payer == ranges[j - 1].payer) continue;
        AddLine(id, stay, i, ranges, ranges[j].payer, trace);
      }
      if (alone() && lines_.size() == before)
        AddLine(id, stay, i, {}, stay.periods[i].kommune, trace);
    }
  }
  bool too_many() const { return lines_.size() > kPaymentLinesMax; }

  absl::StatusOr<v1::GetPaymentResponse> Finish() {
    if (!error_.ok()) return error_;
    if (too_many()) {
      return FieldError(absl::StatusCode::kResourceExhausted, "to",
                        absl::StrCat("more than ", kPaymentLinesMax, " lines"),
                        "ask for one kommune, one hospital or a shorter period");
    }
    std::ranges::sort(lines_, {}, [](const v1::PaymentLine& line) {
      return std::make_tuple(std::string_view(line.kommune()), std::string_view(line.hospital()),
                             FromProto(line.period().since()), std::string_view(line.stay_id()));
    });
    v1::GetPaymentResponse response;
    response.set_price_version(terms_.version());
    for (v1::PaymentLine& line : lines_) {
      for (const v1::PricedDays& priced : line.priced())
        response.set_days(response.days() + priced.days());
      response.set_amount_kr(response.amount_kr() + line.amount_kr());
      *response.add_lines() = std::move(line);
    }
    return response;
  }

 private:
  bool alone() const { return !query_.stay_id.empty(); }

  void AddLine(const projections::Uuid& id, const StayEntry& stay, size_t period,
               const std::vector<PayableRange>& ranges, const projections::KommuneCode& payer,
               const StayTrace* trace) {
    if (!query_.kommune.empty() && payer.view() != query_.kommune) return;
    if (!query_.scope->MaySeeStay(payer.view(), stay.hospital.view())) return;
    v1::PaymentLine line;
    *line.mutable_period() = projections::ServedPeriod(stay, period, terms_, now_us_, trace);
    // Spans are as many as ranges and in their order.
    google::protobuf::RepeatedPtrField<v1::PayableSpan> spans;
    spans.Swap(line.mutable_period()->mutable_payable());
    for (size_t i = 0; i < ranges.size(); ++i) {
      const Days days = Cut({ranges[i].from, ranges[i].to}, query_.days);
      if (ranges[i].payer != payer || days.count() == 0) continue;
      v1::PayableSpan& span = *line.mutable_period()->add_payable();
      span = std::move(spans[static_cast<int>(i)]);
      span.set_from_date(absl::FormatCivilTime(days.from));
      span.set_to_date(absl::FormatCivilTime(days.to));
      span.set_days(static_cast<int32_t>(days.count()));
      AddPriced(days, payer, &line);
    }
    if (line.priced().empty() && !alone()) return;
    line.set_stay_id(id.Text());
    line.set_hospital(stay.hospital.str());
    line.set_kommune(payer.str());
    line.set_paragraph(ParagraphOf(stay, stay.periods[period], terms_));
    lines_.push_back(std::move(line));
  }

  void AddPriced(const Days& days, const projections::KommuneCode& payer, v1::PaymentLine* line) {
    auto priced = Price(days, payer.view(), terms_);
    if (!priced.ok()) return error_.Update(priced.status());
    for (v1::PricedDays& part : *priced) {
      line->set_amount_kr(line->amount_kr() + part.amount_kr());
      auto* last = line->priced().empty() ? nullptr : &*line->mutable_priced()->rbegin();
      if (last != nullptr && last->year() == part.year()) {
        last->set_days(last->days() + part.days());
        last->set_amount_kr(last->amount_kr() + part.amount_kr());
      } else {
        *line->add_priced() = std::move(part);
      }
    }
  }

  const PaymentQuery& query_;
  const PaymentTerms& terms_;
  const int64_t now_us_;
  std::vector<v1::PaymentLine> lines_;
  absl::Status error_;
};

// The same for what there is not and for what is not the caller's.
absl::Status NoSuchStay() {
  return FieldError(absl::StatusCode::kNotFound, "stay_id", "no such stay",
                    "take the id from ListStays");
}

// One stay with its facts and both sides' accounts, as they were at the moment.
absl::StatusOr<v1::GetPaymentResponse> OfStay(const ReportAt& at, const PaymentQuery& query,
                                              const PaymentTerms& terms) {
  auto place = projections::FindStayRow(*at.epoch->rows, query.stay_id);
  if (absl::IsNotFound(place.status())) return NoSuchStay();
  if (!place.ok()) return place.status();
  auto cluster = projections::FindCluster(*at.epoch->rows, place->home);
  if (!cluster.ok()) return cluster.status();
  const projections::ClusterStays stays = projections::ComputeStays(*cluster, true);
  const auto stay = std::ranges::find_if(stays.stays, [&](const projections::DerivedStay& one) {
    return one.id == place->stay_id && one.home == place->home;
  });
  if (stay == stays.stays.end())
    return absl::DataLossError("the stay is not what its facts say; delete the folder views");
  if (!projections::MaySee(*query.scope, stay->entry, at.KnownUs())) return NoSuchStay();
  const auto entry = at.until_us.has_value() ? projections::AsHappened(stay->entry, *at.until_us)
                                             : std::optional<StayEntry>(stay->entry);
  if (!entry.has_value()) {
    return FieldError(absl::StatusCode::kNotFound, "moment.occurred_until",
                      "nothing of it had happened by then", "give a later time, or nothing");
  }
  Basis basis(query, terms, at.now_us);
  if (query.hospital.empty() || entry->hospital.view() == query.hospital) {
    // Of what it rests on as a whole: of what had happened by a time nobody keeps that.
    const auto index = static_cast<size_t>(stay - stays.stays.begin());
    basis.Take(stay->id, *entry, at.until_us.has_value() ? nullptr : &stays.traces[index]);
  }
  auto response = basis.Finish();
  if (!response.ok() || response->lines().empty()) return response;
  v1::PaymentLine told;
  for (size_t i = 0; i < cluster->facts.size(); ++i) {
    const projections::HeldFact& fact = *cluster->facts[i];
    if (stays.of_fact[i] != &*stay || (at.until_us && fact.order_us > *at.until_us)) continue;
    v1::PathwayEntry& of_stay = *told.add_facts();
    of_stay.mutable_fact()->ParseFromString(fact.bytes);
    of_stay.set_stay_id(stay->id.Text());
    of_stay.set_cancelled(stays.cancelled[i]);
    *of_stay.mutable_appended_at() = ProtoOfUs(fact.appended_us);
  }
  for (const auto side : {v1::PaymentView::SIDE_HOSPITAL, v1::PaymentView::SIDE_KOMMUNE})
    *told.add_views() = projections::ViewOf(side, *entry, terms, at.now_us);
  for (v1::PaymentLine& line : *response->mutable_lines()) line.MergeFrom(told);
  return response;
}

}  // namespace

absl::StatusOr<PaymentQuery> QueryOf(const v1::GetPaymentRequest& request, ScopeRef scope) {
  PaymentQuery query{.scope = std::move(scope)};
  query.kommune = request.kommune();
  query.hospital = request.hospital();
  query.stay_id = request.stay_id();
  if (!query.kommune.empty()) {
    absl::Status status = CheckKommune(query.kommune, "kommune");
    if (status.ok()) status = MayAskForKommune(*query.scope, query.kommune, "kommune");
    if (!status.ok()) return status;
  }
  if (!query.hospital.empty()) {
    absl::Status status = CheckHospital(query.hospital, "hospital");
    if (status.ok()) status = MayAskForHospital(*query.scope, query.hospital, "hospital");
    if (!status.ok()) return status;
  }
  auto sectors = SectorsOf(request.sectors());
  if (!sectors.ok()) return sectors.status();
  query.sectors = *std::move(sectors);
  if (!query.stay_id.empty() && request.month().empty() && request.from().empty() &&
      request.to().empty()) {
    query.days = {absl::CivilDay::min(), absl::CivilDay::max()};
    return query;
  }
  const auto days = DaysOf(request.month(), request.from(), request.to());
  if (!days.ok()) return days.status();
  query.days = *days;
  return query;
}

absl::StatusOr<v1::GetPaymentResponse> PaymentBasis(const ReportAt& at, const PaymentQuery& query,
                                                    const PaymentTerms& terms) {
  if (!query.stay_id.empty()) return OfStay(at, query, terms);
  Basis basis(query, terms, at.now_us);
  Names hospitals;
  if (!query.hospital.empty()) hospitals.insert(query.hospital);
  absl::Status status =
      VisitStays(at, hospitals, BeginUs(query.days.from), BeginUs(query.days.to),
                 [&](std::string_view key, const StayEntry& stay) {
                   basis.Take(projections::Uuid::FromKey(key.substr(0, 16)), stay);
                   return !basis.too_many();
                 });
  if (!status.ok()) return status;
  return basis.Finish();
}

}  // namespace overgang::report
