#include "bench/facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/table.h"
#include "core/directory.h"
#include "core/fact_writer.h"

namespace overgang::bench {
namespace {

constexpr int64_t kYearBeginsSeconds = 1'767'225'600;  // 2026-01-01 UTC.
constexpr double kFactEverySeconds = 6;  // Ten million facts in some two years of one region.
constexpr int kHospitals = 20;
constexpr int kAppendAtOnce = 1'000;

std::string Hex(uint64_t value, int digits) { return absl::StrFormat("%0*x", digits, value); }

uint64_t Mixed(uint64_t number) { return simulator::Random(number, 7).Next(); }

// The shape of a UUID; no two numbers give the same.
std::string IdOf(uint64_t number) {
  const uint64_t mixed = Mixed(number);
  return absl::StrCat(Hex(mixed >> 32, 8), "-", Hex(mixed >> 16 & 0xFFFF, 4), "-5",
                      Hex(mixed & 0xFFF, 3), "-8", Hex(number >> 48 & 0xFFF, 3), "-",
                      Hex(number & 0xFFFF'FFFF'FFFF, 12));
}

bool FromPlo(int step) { return step == 1 || step == 2 || (step >= 8 && step <= 11); }

}  // namespace

std::string RefOf(uint64_t person) {
  return absl::StrCat("ab12-", Hex(Mixed(person + 1'000'000'000), 16), Hex(person, 16));
}

FactStream::FactStream(int open_stays, uint64_t seed)
    : random_(seed), open_(static_cast<size_t>(open_stays)) {}

void FactStream::Begin(OpenStay* stay) {
  stay->person = persons_++;
  stay->step = 0;
}

const v1::Envelope& FactStream::Next() {
  OpenStay& stay =
      open_[static_cast<size_t>(random_.Between(0, static_cast<int>(open_.size()) - 1))];
  if (stay.step == kFactsOfStay) Begin(&stay);
  const int64_t now_s =
      kYearBeginsSeconds + static_cast<int64_t>(static_cast<double>(written_) * kFactEverySeconds);
  if (stay.step == 0) stay.admitted_s = now_s;
  Write(stay, stay.step++);
  return fact_;
}

const v1::Envelope& FactStream::NextAdmission() {
  OpenStay stay;
  Begin(&stay);
  stay.admitted_s = kYearBeginsSeconds + static_cast<int64_t>(written_);
  Write(stay, 0);
  return fact_;
}

const v1::Envelope& FactStream::OneMore(uint64_t person) {
  OpenStay stay;
  stay.person = person;
  Write(stay, 13);
  return fact_;
}

const v1::Envelope& FactStream::FactOf(uint64_t person, int step) {
  OpenStay stay;
  stay.person = person;
  stay.admitted_s =
      kYearBeginsSeconds + static_cast<int64_t>(static_cast<double>(written_) * kFactEverySeconds);
  Write(stay, step);
  return fact_;
}

void FactStream::Write(const OpenStay& stay, int step) {
  const int64_t now_s =
      kYearBeginsSeconds + static_cast<int64_t>(static_cast<double>(written_) * kFactEverySeconds);
  const std::string& kommune = AllKommuner()[Mixed(stay.person) % AllKommuner().size()].number;
  fact_.Clear();
  fact_.set_event_id(IdOf(++written_));
  fact_.set_patient_ref(RefOf(stay.person));
  fact_.set_hospital(absl::StrCat(974'749'000 + stay.person % kHospitals));
  fact_.mutable_occurred_at()->set_seconds(now_s);
  fact_.mutable_recorded_at()->set_seconds(now_s + 60);
  fact_.set_occurred_precision(v1::PRECISION_SECOND);
  fact_.set_schema_version(1);
  v1::Source& source = *fact_.mutable_source();
  if (FromPlo(step)) {
    fact_.mutable_stated_admission_at()->set_seconds(stay.admitted_s);
    fact_.set_stated_admission_precision(v1::PRECISION_SECOND);
    fact_.set_stay_kommune(kommune);
    source.set_channel(v1::CHANNEL_PLO);
    source.set_sender("59");
  } else {
    fact_.set_visit_key(absl::StrCat("V", stay.person));
    fact_.set_ward("MED1");
    fact_.set_sector(v1::SECTOR_SOMATIKK);
    fact_.set_residence_kommune(kommune);
    fact_.set_stay_kommune(kommune);
    source.set_channel(v1::CHANNEL_HL7V2);
    source.set_sender("STO");
  }
  source.set_control_id(absl::StrCat(written_));
  WriteContent(step, now_s);
}

void FactStream::WriteContent(int step, int64_t now_s) {
  switch (step) {
    case 0:
      fact_.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
      return;
    case 1:
      fact_.mutable_kommune_notified_of_admission();
      return;
    case 2:
      fact_.mutable_kommune_knows_patient()->set_services(v1::KommuneKnowsPatient::SERVICES_SOME);
      return;
    case 4:
    case 7:
      fact_.mutable_patient_transferred()->set_bed("12");
      return;
    case 5:
      fact_.mutable_patient_details_changed();
      return;
    case 8:
      fact_.mutable_ukp_declared();
      return;
    case 9:
      fact_.mutable_kommune_notified_of_ukp();
      return;
    case 10:
      fact_.mutable_kommune_answered();
      return;
    case 11:
      fact_.mutable_kommune_answered()->set_can_receive(true);
      return;
    case 13:
      fact_.mutable_report_sent();
      return;
    case 14:
      fact_.mutable_patient_discharged()->set_discharged_to("1");
      return;
    default:
      fact_.mutable_expected_discharge_set()->mutable_expected_at()->set_seconds(now_s + 86'400);
  }
}

LogEnds FillLog(EventLog& log, int64_t count) {
  FactStream stream;
  for (int64_t done = 0; done < count;) {
    std::vector<NewRecord> records;
    for (int i = 0; i < kAppendAtOnce && done < count; ++i, ++done)
      records.push_back(ToRecord(stream.Next()));
    Check(AppendAndWait(log, std::move(records)).status(), "filling the log");
  }
  return Take(log.Ends(), "the log's ends");
}

}  // namespace overgang::bench
