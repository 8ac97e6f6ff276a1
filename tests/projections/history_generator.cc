#include "tests/projections/history_generator.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "tests/projections/fact_builder.h"

namespace overgang::testing {
namespace {

constexpr char kOtherHospital[] = "974706490";

// Draws without the standard's distributions, which differ between libraries.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}
  int Below(int limit) { return static_cast<int>(engine_() % static_cast<uint64_t>(limit)); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename T>
  T Of(std::initializer_list<T> choices) {
    return *(choices.begin() + Below(static_cast<int>(choices.size())));
  }

 private:
  std::mt19937_64 engine_;
};

absl::Time OsloTime(int year, int month, int day, int hour, int minute) {
  return FromOslo(absl::CivilSecond(year, month, day, hour, minute, 0)).time;
}

class HistoryMaker {
 public:
  explicit HistoryMaker(uint64_t seed) : seed_(seed), draw_(seed) {}

  History Make() {
    persons_ = draw_.OneIn(4) ? 2 : 1;
    // Most histories of two are of one who was registered twice.
    if (persons_ == 2 && !draw_.OneIn(4)) Merge();
    absl::Time at = Beginning();
    const int stays = 1 + draw_.Below(3);
    for (int i = 0; i < stays; ++i) at = Stay(i, at) + GapBetweenStays();
    history_.terms = Terms();
    history_.now = LastMoment() + draw_.Of({absl::ZeroDuration(), absl::Seconds(1), absl::Hours(1),
                                            absl::Hours(25), absl::Hours(40 * 24)});
    return std::move(history_);
  }

 private:
  struct OfStay {
    std::string visit;
    std::string hospital;
    std::string kommune;
    std::string residence;
    v1::Sector sector;
    absl::Time admitted;
    std::string admission_message;          // What a notice may be the receipt of.
    std::vector<std::string> ukp_messages;  // The same; by PLO.
    std::vector<std::string> ukp_ids;       // The same; event ids, by other doors.
  };

  absl::Time Beginning() {
    switch (draw_.Below(9)) {
      case 0:
        return OsloTime(2018, 12, 28 + draw_.Below(4), draw_.Below(24), 0);
      case 1:
        return OsloTime(2024, 2, 27 + draw_.Below(3), draw_.Below(24), 0);
      case 2:  // Clocks go forward on the 30th,
        return OsloTime(2025, 3, 28 + draw_.Below(3), draw_.Below(24), 0);
      case 3:  // and back on the 26th.
        return OsloTime(2025, 10, 24 + draw_.Below(3), draw_.Below(24), 0);
      case 4:
        return OsloTime(2024, 12, 29 + draw_.Below(3), draw_.Below(24), 0);
      case 5:
        return OsloTime(2025, 6, 10, 0, 0);
      case 6:
        return OsloTime(2025, 6, 9, 23, 59);
      case 7:
        return OsloTime(2011, 12, 29, 8, 0);
      default:
        return OsloTime(2021 + draw_.Below(5), 1 + draw_.Below(12), 1 + draw_.Below(28),
                        draw_.Below(24), draw_.Below(60));
    }
  }

  absl::Duration GapBetweenStays() {
    return draw_.Of(
        {absl::ZeroDuration(), -absl::Hours(3), absl::Hours(2), absl::Hours(8) - absl::Seconds(1),
         absl::Hours(8), absl::Hours(24) + absl::Seconds(1), absl::Hours(20), absl::Hours(30 * 24),
         absl::Hours(30 * 24) + absl::Seconds(1), absl::Hours(31 * 24), absl::Hours(5 * 24)});
  }

  absl::Duration Step() {
    return draw_.Of({absl::ZeroDuration(), absl::Minutes(1), absl::Hours(1), absl::Hours(2),
                     absl::Hours(2) + absl::Seconds(1), absl::Hours(24) - absl::Seconds(1),
                     absl::Hours(24), absl::Hours(24) + absl::Seconds(1), absl::Hours(25),
                     absl::Hours(12), absl::Hours(72), absl::Hours(96) + absl::Seconds(1),
                     absl::Minutes(draw_.Below(3000)),
                     absl::Hours(draw_.OneIn(12) ? 400 * 24 : 7)});
  }

  v1::Envelope& New(const OfStay& stay, absl::Time at, v1::Channel channel) {
    v1::Envelope fact;
    const std::string id = absl::StrCat("m", history_.facts.size());
    fact.set_event_id(NameUuid({"history", std::to_string(seed_), id}));
    fact.set_patient_ref(Ref(1 + draw_.Below(persons_)));
    fact.set_visit_key(stay.visit);
    fact.set_hospital(stay.hospital);
    if (!draw_.OneIn(3)) {
      fact.set_ward(stay.sector == v1::SECTOR_SOMATIKK ? "MED1" : "DPS1");
      fact.set_sector(draw_.OneIn(12) ? v1::SECTOR_SOMATIKK : stay.sector);
      if (draw_.OneIn(12)) fact.set_ward("");
    }
    fact.set_schema_version(1);
    fact.mutable_source()->set_channel(channel);
    fact.mutable_source()->set_sender(channel == v1::CHANNEL_PLO ? "59" : "STO");
    fact.mutable_source()->set_control_id(id);
    fact.set_occurred_precision(v1::PRECISION_SECOND);
    *fact.mutable_occurred_at() = ToProto(at);
    if (draw_.OneIn(9)) {
      fact.set_occurred_precision(v1::PRECISION_DAY);
      *fact.mutable_occurred_at() = ToProto(OsloNoon(OsloDate(at)));
    }
    absl::Duration lag = draw_.Of({absl::ZeroDuration(), absl::ZeroDuration(), absl::Minutes(1),
                                   absl::Hours(5), absl::Hours(30)});
    if (draw_.OneIn(30))
      lag = draw_.Of({-absl::Minutes(10), -absl::Minutes(11), absl::Hours(400 * 24)});
    *fact.mutable_recorded_at() = ToProto(at + lag);
    if (draw_.OneIn(40)) fact.set_time_ambiguous(true);
    if (channel == v1::CHANNEL_PLO || channel == v1::CHANNEL_INTAKE) MayLackVisit(stay, &fact);
    if (draw_.OneIn(40)) fact.add_alias_refs(Ref(1 + draw_.Below(persons_ + 2)));
    return history_.facts.emplace_back(std::move(fact));
  }

  // A third names the stay by its admission, more or less, or not at all.
  void MayLackVisit(const OfStay& stay, v1::Envelope* fact) {
    if (!draw_.OneIn(3)) return;
    fact->set_visit_key("");
    if (draw_.OneIn(6)) return;
    const bool date_only = draw_.OneIn(4);
    const absl::Time at =
        stay.admitted + draw_.Of({absl::ZeroDuration(), absl::Minutes(draw_.Below(1'560) - 780),
                                  absl::Hours(12) + absl::Seconds(draw_.Below(2))});
    *fact->mutable_stated_admission_at() = ToProto(date_only ? OsloNoon(OsloDate(at)) : at);
    fact->set_stated_admission_precision(date_only ? v1::PRECISION_DAY : v1::PRECISION_SECOND);
  }

  v1::Channel Door() {
    return draw_.Of({v1::CHANNEL_HL7V2, v1::CHANNEL_PLO, v1::CHANNEL_PLO, v1::CHANNEL_INTAKE});
  }

  void SayKommune(const OfStay& stay, v1::Envelope* fact) {
    fact->set_stay_kommune(draw_.OneIn(8) ? draw_.Of<std::string>({"5031", "5035", "9999", ""})
                                          : stay.kommune);
    if (!draw_.OneIn(4)) fact->set_residence_kommune(draw_.OneIn(8) ? "5035" : stay.residence);
  }

  void Admit(OfStay* stay, absl::Time at) {
    v1::Envelope& fact = New(*stay, at,
                             draw_.Of({v1::CHANNEL_HL7V2, v1::CHANNEL_HL7V2, v1::CHANNEL_HL7V2,
                                       v1::CHANNEL_HL7V2, v1::CHANNEL_PLO, v1::CHANNEL_IMPORT}));
    fact.mutable_patient_admitted()->set_urgency(draw_.OneIn(4) ? v1::URGENCY_ELECTIVE
                                                                : v1::URGENCY_ACUTE);
    fact.mutable_patient_admitted()->set_corridor(draw_.OneIn(4));
    fact.set_age_at_admission(draw_.OneIn(30) ? draw_.Of({-1, 131}) : draw_.Of({66, 67}));
    fact.set_sex(v1::SEX_FEMALE);
    SayKommune(*stay, &fact);
    if (fact.source().channel() == v1::CHANNEL_PLO)
      stay->admission_message = fact.source().control_id();
  }

  absl::Time Stay(int number, absl::Time at) {
    OfStay stay;
    stay.visit = absl::StrCat("V", number);
    stay.hospital = draw_.OneIn(3) ? kOtherHospital : kHospital;
    stay.kommune = draw_.Of<std::string>({"5001", "5001", "5001", "5031", "9999", ""});
    stay.residence = draw_.Of<std::string>({"5001", "5035", ""});
    stay.sector = draw_.Of(
        {v1::SECTOR_SOMATIKK, v1::SECTOR_SOMATIKK, v1::SECTOR_PSYKISK_HELSEVERN, v1::SECTOR_TSB});
    stay.admitted = at;
    const bool admission_lost = number > 0 && draw_.OneIn(12);
    if (!admission_lost) Admit(&stay, at);
    // Told again: corrected, by the other door, or another admission of the same visit.
    if (draw_.OneIn(10)) Admit(&stay, at + (draw_.OneIn(3) ? -Step() : Step()));
    if (!draw_.OneIn(4))
      Happening(&stay, at + draw_.Of({absl::ZeroDuration(), absl::Hours(24)}), 0);
    // By mistake before the admission.
    if (draw_.OneIn(12)) Declare(&stay, stay.admitted - Step());
    for (int left = draw_.Below(12); left > 0; --left) {
      at += Step();
      Happening(&stay, at, draw_.Below(28));
      if (draw_.OneIn(10)) TakeBack(stay, at);
    }
    at += Step();
    if (draw_.OneIn(8)) Leave(stay, at - Step());
    if (!draw_.OneIn(6)) Leave(stay, draw_.OneIn(15) ? stay.admitted - Step() : at);
    if (draw_.OneIn(8)) TakeBack(stay, at + Step());
    // What is told after the end.
    if (draw_.OneIn(5)) Happening(&stay, at + Step(), draw_.Below(28));
    return at;
  }

  void Leave(const OfStay& stay, absl::Time at) {
    if (draw_.OneIn(8)) {
      New(stay, at, v1::CHANNEL_HL7V2).mutable_patient_died();
      if (draw_.OneIn(2)) return;
    }
    v1::Envelope& fact = New(stay, at, draw_.OneIn(4) ? v1::CHANNEL_PLO : v1::CHANNEL_HL7V2);
    // Told of before it was to happen.
    if (draw_.OneIn(12)) *fact.mutable_recorded_at() = ToProto(at - Step());
    auto* said = fact.mutable_patient_discharged();
    if (draw_.OneIn(6)) said->set_outcome("2");
    if (draw_.OneIn(6)) said->set_to_specialist_care(true);
    if (!draw_.OneIn(3)) {
      auto* report = New(stay,
                         at + draw_.Of({absl::ZeroDuration(), absl::Hours(2),
                                        absl::Hours(2) + absl::Seconds(1), -absl::Hours(1)}),
                         v1::CHANNEL_PLO)
                         .mutable_report_sent();
      report->set_report(draw_.OneIn(5) ? v1::ReportSent::REPORT_UTSKRIVNINGSRAPPORT
                                        : v1::ReportSent::REPORT_EPIKRISE);
    }
  }

  void TakeBack(const OfStay& stay, absl::Time at) {
    const auto kind = draw_.Of(
        {v1::FACT_KIND_PATIENT_ADMITTED, v1::FACT_KIND_PATIENT_DISCHARGED,
         v1::FACT_KIND_PATIENT_DISCHARGED, v1::FACT_KIND_PATIENT_DIED, v1::FACT_KIND_UKP_DECLARED,
         v1::FACT_KIND_UKP_WITHDRAWN, v1::FACT_KIND_KOMMUNE_ANSWERED,
         v1::FACT_KIND_KOMMUNE_NOTIFIED_OF_UKP, v1::FACT_KIND_PATIENT_DETAILS_CHANGED});
    const v1::Envelope newest = history_.facts.back();
    v1::Envelope& fact = New(stay, at, draw_.OneIn(3) ? v1::CHANNEL_PLO : v1::CHANNEL_HL7V2);
    fact.mutable_fact_cancelled()->set_kind(kind);
    // Only PLO names the message that it takes back.
    if (fact.source().channel() == v1::CHANNEL_PLO &&
        newest.source().channel() == v1::CHANNEL_PLO && draw_.OneIn(2))
      fact.mutable_fact_cancelled()->set_reference(newest.source().control_id());
  }

  void Happening(OfStay* stay, absl::Time at, int kind) {
    if (kind < 5) return NotifyOfAdmission(*stay, at);
    if (kind < 11) return Declare(stay, at);
    if (kind < 15) return NotifyOfUkp(*stay, at);
    if (kind < 17) {
      New(*stay, at, Door()).mutable_ukp_withdrawn();
      if (draw_.OneIn(4)) AtTheSameTime(stay);
    } else if (kind < 23) {
      Answer(*stay, at);
    } else if (kind < 24) {
      New(*stay, at, v1::CHANNEL_PLO).mutable_admission_report_received();
    } else if (kind < 26) {
      Move(*stay, at);
    } else if (kind < 27) {
      New(*stay, at, v1::CHANNEL_INTAKE)
          .mutable_kommune_knows_patient()
          ->set_services(draw_.Of({v1::KommuneKnowsPatient::SERVICES_NONE,
                                   v1::KommuneKnowsPatient::SERVICES_SOME,
                                   v1::KommuneKnowsPatient::SERVICES_EXTENSIVE}));
    } else if (kind < 28 && draw_.OneIn(3)) {
      auto* said = New(*stay, at, v1::CHANNEL_HL7V2).mutable_patient_details_changed();
      *said->mutable_died_at() =
          ToProto(at - draw_.Of({absl::ZeroDuration(), absl::Hours(20), -absl::Hours(20)}));
      if (draw_.OneIn(2)) {
        said->set_died_precision(v1::PRECISION_DAY);
        *said->mutable_died_at() = ToProto(OsloNoon(OsloDate(at)));
      }
      if (draw_.OneIn(3)) TakeBack(*stay, at + Step());
    } else {
      v1::Envelope& fact = New(*stay, at, v1::CHANNEL_HL7V2);
      fact.mutable_patient_transferred()->set_corridor(draw_.OneIn(2));
      SayKommune(*stay, &fact);
    }
  }

  // A receipt of PLO bears the id of the message that it is of; other doors notify of themselves.
  template <typename Notice>
  void SetNotice(const std::string& message, absl::Time at, v1::Envelope* fact, Notice* said) {
    if (fact->source().channel() == v1::CHANNEL_PLO && !message.empty() && !draw_.OneIn(5))
      fact->mutable_source()->set_control_id(message);
    said->set_notice_id(fact->source().control_id());
    if (draw_.OneIn(2)) *said->mutable_sent_at() = ToProto(at - absl::Minutes(draw_.Below(200)));
  }

  void NotifyOfAdmission(const OfStay& stay, absl::Time at) {
    v1::Envelope& fact = New(stay, at, Door());
    auto* said = fact.mutable_kommune_notified_of_admission();
    SetNotice(stay.admission_message, at, &fact, said);
    if (draw_.OneIn(5)) *said->mutable_need_clear_at() = ToProto(at - Step());
  }

  // Mostly the last; a receipt may be late. Empty where there is none.
  std::string AnyOf(const std::vector<std::string>& messages) {
    if (messages.empty()) return "";
    return draw_.OneIn(4)
               ? messages[static_cast<size_t>(draw_.Below(static_cast<int>(messages.size())))]
               : messages.back();
  }

  void NotifyOfUkp(const OfStay& stay, absl::Time at) {
    v1::Envelope& fact = New(stay, at, Door());
    auto* said = fact.mutable_kommune_notified_of_ukp();
    SetNotice(AnyOf(stay.ukp_messages), at, &fact, said);
    if (fact.source().channel() != v1::CHANNEL_PLO && draw_.OneIn(2))
      said->set_notice_id(AnyOf(stay.ukp_ids));
  }

  void Declare(OfStay* stay, absl::Time at) {
    v1::Envelope& fact = New(*stay, at, Door());
    fact.mutable_ukp_declared();
    if (!draw_.OneIn(3)) SayKommune(*stay, &fact);
    if (fact.source().channel() == v1::CHANNEL_PLO)
      stay->ukp_messages.push_back(fact.source().control_id());
    else
      stay->ukp_ids.push_back(fact.event_id());
    // Most are notified of at once.
    if (!draw_.OneIn(3)) NotifyOfUkp(*stay, at + draw_.Of({absl::ZeroDuration(), absl::Hours(3)}));
  }

  // Declared again by who withdrew, as a file of history with dates alone has it.
  void AtTheSameTime(OfStay* stay) {
    const v1::Envelope withdrawn = history_.facts.back();
    Declare(stay, FromProto(withdrawn.occurred_at()));
    for (v1::Envelope& fact : history_.facts) {
      if (!fact.has_ukp_declared() ||
          fact.occurred_at().seconds() != withdrawn.occurred_at().seconds())
        continue;
      *fact.mutable_recorded_at() = withdrawn.recorded_at();
      *fact.mutable_occurred_at() = withdrawn.occurred_at();
      fact.set_occurred_precision(withdrawn.occurred_precision());
    }
  }

  void Answer(const OfStay& stay, absl::Time at) {
    auto* said = New(stay, at, Door()).mutable_kommune_answered();
    said->set_can_receive(!draw_.OneIn(3));
    if (said->can_receive() && draw_.OneIn(2))
      *said->mutable_from_date() = ToProto(OsloNoon(OsloDate(at) + (draw_.Below(6) - 1)));
  }

  void Move(const OfStay& stay, absl::Time at) {
    v1::Envelope& fact = New(stay, at, draw_.OneIn(5) ? v1::CHANNEL_INTAKE : v1::CHANNEL_HL7V2);
    auto* said = fact.mutable_patient_details_changed();
    fact.set_stay_kommune(draw_.Of<std::string>({"5001", "5031", "5035"}));
    if (!draw_.OneIn(4))
      *said->mutable_moved_kommune_at() =
          ToProto(at + draw_.Of({absl::ZeroDuration(), -Step(), Step()}));
  }

  void Merge() {
    v1::Envelope fact;
    fact.set_event_id(NameUuid({"history", std::to_string(seed_), "merge"}));
    fact.set_patient_ref(Ref(1));
    fact.set_hospital(kHospital);
    fact.mutable_patient_merged()->set_merged_ref(Ref(2));
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(OsloTime(2020, 1, 1, 8, 0));
    fact.set_occurred_precision(v1::PRECISION_SECOND);
    fact.mutable_source()->set_channel(v1::CHANNEL_HL7V2);
    fact.set_schema_version(1);
    history_.facts.push_back(std::move(fact));
  }

  PaymentTerms Terms() {
    std::vector<PaymentAgreement> agreements;
    if (draw_.OneIn(3)) {
      agreements.push_back(
          {"", "", absl::CivilDay::min(), absl::CivilDay::max(), draw_.OneIn(2), draw_.OneIn(2)});
    }
    if (draw_.OneIn(4)) {
      const absl::CivilDay last = OsloDate(FromProto(history_.facts.back().occurred_at()));
      agreements.push_back({"5001", kHospital, last - draw_.Below(6), absl::CivilDay::max(),
                            draw_.OneIn(2), draw_.OneIn(2)});
    }
    return PaymentTerms({}, std::move(agreements));
  }

  absl::Time LastMoment() {
    absl::Time last = absl::UnixEpoch();
    for (const v1::Envelope& fact : history_.facts) {
      last = std::max(last, FromProto(fact.occurred_at()));
      last = std::max(last, FromProto(fact.recorded_at()));
      if (fact.patient_details_changed().has_moved_kommune_at())
        last = std::max(last, FromProto(fact.patient_details_changed().moved_kommune_at()));
    }
    return last;
  }

  uint64_t seed_;
  Draw draw_;
  int persons_ = 1;
  History history_;
};

}  // namespace

History MakeHistory(uint64_t seed) { return HistoryMaker(seed).Make(); }

}  // namespace overgang::testing
