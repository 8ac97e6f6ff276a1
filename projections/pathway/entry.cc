#include "projections/pathway/entry.h"

#include <algorithm>

#include "projections/rows.pb.h"

namespace overgang::projections {
namespace {

// StayEntry.bits.
constexpr uint32_t kCorridor = 1, kDied = 2, kImported = 4, kNotFirst = 8, kNotLast = 16;

void Store(const UkpPeriod& period, rows::UkpPeriod* row) {
  row->set_since_us(period.since_us);
  row->set_until_us(period.until_us);
  row->set_end(period.end);
  row->set_kommune(period.kommune.str());
  row->set_notified_us(period.notified_us);
  row->set_notice_sent_us(period.notice_sent_us);
  row->set_message_us(period.message_us);
  row->set_receipt_us(period.receipt_us);
  row->set_moved_in(!period.declared);
  row->set_began_by(std::string(period.began_by.key()));
  for (const KommuneReply& reply : period.replies) {
    rows::KommuneReply& stored = *row->add_replies();
    stored.set_at_us(reply.at_us);
    stored.set_can_receive(reply.can_receive);
    stored.set_from_us(reply.from_us);
  }
}

bool Load(const rows::UkpPeriod& row, UkpPeriod* period) {
  period->since_us = row.since_us();
  period->until_us = row.until_us();
  period->end = static_cast<v1::UkpEnd>(row.end());
  period->notified_us = row.notified_us();
  period->notice_sent_us = row.notice_sent_us();
  period->message_us = row.message_us();
  period->receipt_us = row.receipt_us();
  period->declared = !row.moved_in();
  period->began_by = Uuid::FromKey(row.began_by());
  for (const rows::KommuneReply& reply : row.replies())
    period->replies.push_back({reply.at_us(), reply.can_receive(), reply.from_us()});
  return period->kommune.Assign(row.kommune());
}

void ForgetAfter(int64_t until_us, int64_t* instant_us) {
  if (*instant_us > until_us) *instant_us = 0;
}

}  // namespace

std::string StayEntry::Serialize() const {
  rows::StayEntry row;
  row.set_stay_kommune(stay_kommune.str());
  row.set_residence_kommune(residence_kommune.str());
  row.set_hospital(hospital.str());
  row.set_ward(ward.str());
  row.set_sector(sector);
  row.set_sex(sex);
  row.set_age(age);
  row.set_urgency(urgency);
  row.set_services(services);
  row.set_bits((corridor ? kCorridor : 0) | (died ? kDied : 0) | (imported ? kImported : 0) |
               (begins_episode ? 0 : kNotFirst) | (ends_episode ? 0 : kNotLast));
  row.set_admitted_us(admitted_us);
  row.set_ended_us(ended_us);
  row.set_expected_us(expected_us);
  row.set_admission_notified_us(admission_notified_us);
  row.set_admission_notice_sent_us(admission_notice_sent_us);
  row.set_need_clear_us(need_clear_us);
  row.set_admission_message_us(admission_message_us);
  row.set_admission_receipt_us(admission_receipt_us);
  row.set_admission_report_us(admission_report_us);
  row.set_epikrise_us(epikrise_us);
  for (const UkpPeriod& period : periods) Store(period, row.add_periods());
  for (const KommuneFrom& segment : segments) {
    rows::KommuneFrom& stored = *row.add_segments();
    stored.set_from_us(segment.from_us);
    stored.set_kommune(segment.kommune.str());
  }
  for (const ReadmissionOf& readmission : readmissions) {
    rows::ReadmissionOf& stored = *row.add_readmissions();
    stored.set_definition(readmission.definition);
    stored.set_index_stay(std::string(readmission.index_stay.key()));
    stored.set_since_discharge_us(readmission.since_discharge_us);
  }
  return row.SerializeAsString();
}

bool StayEntry::Parse(std::string_view bytes, StayEntry* entry) {
  rows::StayEntry row;
  *entry = {};
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !entry->stay_kommune.Assign(row.stay_kommune()) ||
      !entry->residence_kommune.Assign(row.residence_kommune()) ||
      !entry->hospital.Assign(row.hospital()) || !entry->ward.Assign(row.ward())) {
    return false;
  }
  entry->sector = static_cast<v1::Sector>(row.sector());
  entry->sex = static_cast<v1::Sex>(row.sex());
  entry->age = static_cast<uint8_t>(row.age());
  entry->urgency = static_cast<v1::Urgency>(row.urgency());
  entry->services = static_cast<v1::KommuneKnowsPatient::Services>(row.services());
  entry->corridor = (row.bits() & kCorridor) != 0;
  entry->died = (row.bits() & kDied) != 0;
  entry->imported = (row.bits() & kImported) != 0;
  entry->begins_episode = (row.bits() & kNotFirst) == 0;
  entry->ends_episode = (row.bits() & kNotLast) == 0;
  entry->admitted_us = row.admitted_us();
  entry->ended_us = row.ended_us();
  entry->expected_us = row.expected_us();
  entry->admission_notified_us = row.admission_notified_us();
  entry->admission_notice_sent_us = row.admission_notice_sent_us();
  entry->need_clear_us = row.need_clear_us();
  entry->admission_message_us = row.admission_message_us();
  entry->admission_receipt_us = row.admission_receipt_us();
  entry->admission_report_us = row.admission_report_us();
  entry->epikrise_us = row.epikrise_us();
  for (const rows::UkpPeriod& period : row.periods()) {
    if (!Load(period, &entry->periods.emplace_back())) return false;
  }
  for (const rows::KommuneFrom& segment : row.segments()) {
    KommuneFrom& read = entry->segments.emplace_back();
    read.from_us = segment.from_us();
    if (!read.kommune.Assign(segment.kommune())) return false;
  }
  for (const rows::ReadmissionOf& readmission : row.readmissions()) {
    entry->readmissions.push_back(
        {static_cast<v1::PatientReadmitted::Definition>(readmission.definition()),
         Uuid::FromKey(readmission.index_stay()), readmission.since_discharge_us()});
  }
  return true;
}

int64_t WaitingSince(std::span<const UkpPeriod> periods, size_t index) {
  while (index > 0 && !periods[index].declared) --index;
  return periods[index].since_us;
}

const KommuneCode& KommuneOfSegmentAt(const StayEntry& stay, int64_t at_us) {
  const auto next = std::ranges::upper_bound(stay.segments, at_us, {}, &KommuneFrom::from_us);
  return next == stay.segments.begin() ? next->kommune : std::prev(next)->kommune;
}

int64_t NextChange(const StayEntry& stay, int64_t after_us) {
  int64_t next_us = kNeverUs;
  const auto take = [&](int64_t us) {
    if (us > after_us) next_us = std::min(next_us, us);
  };
  for (const KommuneFrom& segment : stay.segments) take(segment.from_us);
  for (const UkpPeriod& period : stay.periods) {
    take(period.since_us);
    take(period.until_us);
  }
  return next_us;
}

std::optional<StayEntry> AsHappened(const StayEntry& entry, int64_t until_us) {
  if (entry.admitted_us > until_us) return std::nullopt;
  StayEntry then = entry;
  if (then.ended_us > until_us) {
    then.ended_us = kNeverUs;
    then.died = false;
    then.ends_episode = true;
  }
  for (int64_t* instant :
       {&then.admission_notified_us, &then.admission_message_us, &then.admission_receipt_us,
        &then.admission_report_us, &then.epikrise_us})
    ForgetAfter(until_us, instant);
  if (then.admission_notified_us == 0) then.admission_notice_sent_us = then.need_clear_us = 0;
  std::erase_if(then.periods, [&](const UkpPeriod& period) { return period.since_us > until_us; });
  for (UkpPeriod& period : then.periods) {
    if (period.until_us > until_us) {
      period.until_us = kNeverUs;
      period.end = v1::UKP_END_UNSPECIFIED;
    }
    for (int64_t* instant : {&period.notified_us, &period.message_us, &period.receipt_us})
      ForgetAfter(until_us, instant);
    if (period.notified_us == 0) period.notice_sent_us = 0;
    std::erase_if(period.replies,
                  [&](const KommuneReply& reply) { return reply.at_us > until_us; });
  }
  return then;
}

}  // namespace overgang::projections
