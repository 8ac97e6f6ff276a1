#include "consumers/daily_status/status_writer.h"

#include <array>

#include "consumers/daily_status/capacity_numbers.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

struct DeadlineName {
  v1::DeadlineKind kind;
  std::string_view of;  // As StatusNumber.of has it.
};
constexpr std::array<DeadlineName, 6> kDeadlines = {{
    {v1::DEADLINE_KIND_TIDLIGMELDING, "tidligmelding"},
    {v1::DEADLINE_KIND_UKP_NOTICE, "ukp_notice"},
    {v1::DEADLINE_KIND_EPIKRISE, "epikrise"},
    {v1::DEADLINE_KIND_INNLEGGELSESRAPPORT, "innleggelsesrapport"},
    {v1::DEADLINE_KIND_ANSWER, "answer"},
    {v1::DEADLINE_KIND_APPREC, "apprec"},
}};

void WritePayment(const Tally& tally, Numbers numbers) {
  numbers.Add("payable_days_month", tally.payable_days, "days");
  if (tally.price_missing) {
    numbers.Unknown("payable_kr_month", "kr");
  } else {
    numbers.Add("payable_kr_month", static_cast<double>(tally.payable_kr), "kr");
  }
}

// Of a kommune in a hospital, from either side.
void WritePart(const Tally& tally, Numbers numbers) {
  numbers.Stays("inpatients", tally.inpatients);
  numbers.Stays("ukp", tally.ukp);
  numbers.Stays("ukp_over_24h", tally.over_24h);
  numbers.Stays("ukp_over_7_days", tally.over_7_days);
  numbers.Hours("longest_ukp", tally.longest_us);
  numbers.Stays("awaiting_answer", tally.awaiting);
  numbers.Stays("answered_yes", tally.answered_yes);
  int32_t expected = 0;
  for (const int32_t on_date : tally.expected) expected += on_date;
  numbers.Stays("expected_discharges", expected);
}

}  // namespace

v1::DailyStatusIssued StatusWriter::Write(const Scope& scope) const {
  v1::DailyStatusIssued status;
  status.set_scope(scope.Text());
  status.set_date(absl::FormatCivilTime(question_.date));
  *status.mutable_counted_at() = ToProto(question_.counted_at);
  if (scope.is_kommune) {
    WriteKommune(scope.id, &status);
  } else {
    WriteHospital(scope.id, &status);
  }
  return status;
}

void StatusWriter::WriteKommune(const std::string& kommune, v1::DailyStatusIssued* status) const {
  const KommuneTally& tally = counting_.OfKommune(kommune);
  Numbers numbers(status);
  IdSet hospitals = HospitalsInRegionOf(kommune, *question_.directory);
  WriteAll(tally.all, numbers);
  numbers.Stays("new_to_kommune", tally.all.new_to_kommune);
  for (const auto& [hospital, part] : tally.by_hospital) {
    if (part.inpatients == 0 && part.ukp == 0) continue;
    hospitals.insert(hospital.str());
    WritePart(part, numbers.Of(HospitalPart(hospital.view())));
  }
  WriteHistory(tally.all, numbers);
  AddPlaces(*question_.epoch->capacity, *question_.directory, {kommune}, at_.now_us, numbers);
  if (tables_) {
    tables_->AddTo(kommune, tally.all.at_table, numbers);
  } else {
    AddNoRegion(numbers);
  }
  *status->mutable_as_of() = AsOfScope(question_.as_of, hospitals, kommune, *question_.directory);
}

void StatusWriter::WriteHospital(const std::string& hospital, v1::DailyStatusIssued* status) const {
  const HospitalTally& tally = counting_.OfHospital(hospital);
  Numbers numbers(status);
  IdSet kommuner = KommunerInRegionOf(hospital, *question_.directory);
  WriteAll(tally.all, numbers);
  numbers.Stays("corridor", tally.all.corridor);
  for (const auto& [kommune, part] : tally.by_kommune) {
    const bool in_hospital = part.inpatients != 0 || part.ukp != 0;
    if (!in_hospital && part.payable_days == 0 && part.discharges == 0) continue;
    if (in_hospital) kommuner.insert(kommune.str());
    Numbers of = numbers.Of(KommunePart(kommune.view()));
    WritePart(part, of);
    of.Stays("discharges", part.discharges);
    WritePayment(part, of);
    of.Add("free_places", question_.epoch->capacity->FreePlaces(kommune.view(), at_.now_us),
           "places");
  }
  for (const auto& [ward, part] : tally.by_ward) {
    if (part.inpatients == 0) continue;
    Numbers of = numbers.Of(WardPart(ward.view()));
    of.Stays("inpatients", part.inpatients);
    of.Stays("ukp", part.ukp);
    of.Stays("ukp_over_24h", part.over_24h);
    of.Stays("corridor", part.corridor);
  }
  AddBeds(*question_.epoch->capacity, hospital, numbers);
  WriteHistory(tally.all, numbers);
  AddPlaces(*question_.epoch->capacity, *question_.directory, kommuner, at_.now_us, numbers);
  *status->mutable_as_of() = AsOfScope(question_.as_of, {hospital}, "", *question_.directory);
}

// Of the scope as a whole.
void StatusWriter::WriteAll(const Tally& tally, Numbers numbers) const {
  numbers.Stays("inpatients", tally.inpatients);
  numbers.Stays("ukp", tally.ukp);
  numbers.Stays("ukp_over_24h", tally.over_24h);
  numbers.Stays("ukp_over_7_days", tally.over_7_days);
  numbers.Stays("ukp_over_10_days", tally.over_10_days);
  numbers.Hours("longest_ukp", tally.longest_us);
  numbers.Stays("awaiting_answer", tally.awaiting);
  numbers.Stays("awaiting_answer_not_notified", tally.awaiting_not_notified);
  numbers.Hours("awaiting_answer_longest", tally.awaiting_longest_us);
  numbers.Stays("answered_no", tally.answered_no);
  numbers.Stays("answered_yes", tally.answered_yes);
  numbers.Stays("answered_yes_due", tally.answered_yes_due);
  numbers.Hours("answered_yes_longest", tally.answered_yes_longest_us);
  for (int i = 0; i < kExpectedDates; ++i) {
    numbers.Of(absl::FormatCivilTime(at_.date + i))
        .Stays("expected_discharges", tally.expected.at(static_cast<size_t>(i)));
  }
  numbers.Stays("expected_overdue", tally.expected_overdue);
  numbers.Hours("window", at_.now_us - at_.since_us);
  numbers.Stays("admitted", tally.admitted);
  numbers.Stays("discharges", tally.discharges);
  numbers.Stays("discharges_ukp", tally.discharges_ukp);
  numbers.Stays("ukp_declared", tally.declared);
  numbers.Stays("ukp_withdrawn", tally.withdrawn);
  numbers.Add("payable_days_so_far", tally.payable_so_far, "days");
  WritePayment(tally, numbers);
  for (const auto& [kind, of] : kDeadlines) {
    const auto index = static_cast<size_t>(kind);
    Numbers of_kind = numbers.Of(std::string(of));
    of_kind.Add("deadlines_missed", tally.missed.at(index), "deadlines");
    of_kind.Add("deadlines_missed_month", tally.missed_month.at(index), "deadlines");
  }
}

void StatusWriter::WriteHistory(const Tally& tally, Numbers numbers) const {
  double sum = 0, same_weekday = 0;
  int known = 0, same_weekdays = 0;
  for (size_t i = 0; i < tally.mornings.size(); ++i) {
    const int days_back = kHistoryDays - static_cast<int>(i);
    Numbers of = numbers.Of(absl::FormatCivilTime(at_.date - days_back));
    if (i < counting_.first_morning_known()) {
      of.Unknown("ukp_morning", "stays");
      continue;
    }
    const int32_t ukp = tally.mornings.at(i);
    of.Stays("ukp_morning", ukp);
    sum += ukp;
    ++known;
    if (days_back % 7 != 0) continue;
    same_weekday += ukp;
    ++same_weekdays;
  }
  const auto mean = [&](std::string_view name, double total, int count) {
    if (count > 0) {
      numbers.Stays(name, total / count);
    } else {
      numbers.Unknown(name, "stays");
    }
  };
  mean("ukp_mean_28_days", sum, known);
  mean("ukp_mean_same_weekday", same_weekday, same_weekdays);
  WriteChange(tally, numbers);
}

// Against what was sent, else against what is known of yesterday's morning.
void StatusWriter::WriteChange(const Tally& tally, Numbers numbers) const {
  const auto sent = question_.before.find(numbers.scope());
  const v1::StatusNumber* said =
      sent == question_.before.end() ? nullptr : FindNumber(sent->second, "ukp");
  const std::string yesterday = absl::FormatCivilTime(at_.date - 1);
  if (said == nullptr && counting_.first_morning_known() >= kHistoryDays) {
    numbers.Of(yesterday).Unknown("ukp_before", "stays");
    numbers.Unknown("ukp_change", "stays");
    return;
  }
  const double before = said == nullptr ? tally.mornings.back() : said->value();
  numbers.Of(said == nullptr ? yesterday : sent->second.date()).Stays("ukp_before", before);
  numbers.Stays("ukp_change", tally.ukp - before);
}

}  // namespace overgang::daily_status
