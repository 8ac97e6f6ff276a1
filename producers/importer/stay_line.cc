#include "producers/importer/stay_line.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/directory.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"
#include "core/pseudonymizer.h"
#include "core/uuid.h"
#include "producers/importer/values.h"

namespace overgang::importer {
namespace {

constexpr const char* kTimeRemedy =
    "write Oslo time as 2025-03-01 14:05, with seconds if known, or only the date";
constexpr const char* kDateRemedy = "write it as 2025-03-01";

template <typename Value>
struct Word {
  std::string_view word;
  Value value;
};
constexpr Word<bool> kYesNo[] = {{"yes", true}, {"no", false}};
constexpr Word<v1::Sex> kSexes[] = {
    {"female", v1::SEX_FEMALE}, {"male", v1::SEX_MALE}, {"other", v1::SEX_OTHER}};
constexpr Word<v1::Sector> kSectors[] = {{"somatikk", v1::SECTOR_SOMATIKK},
                                         {"psykisk_helsevern", v1::SECTOR_PSYKISK_HELSEVERN},
                                         {"tsb", v1::SECTOR_TSB}};
constexpr Word<v1::Urgency> kUrgencies[] = {{"acute", v1::URGENCY_ACUTE},
                                            {"elective", v1::URGENCY_ELECTIVE}};
constexpr Word<v1::KommuneKnowsPatient::Services> kServices[] = {
    {"none", v1::KommuneKnowsPatient::SERVICES_NONE},
    {"some", v1::KommuneKnowsPatient::SERVICES_SOME},
    {"extensive", v1::KommuneKnowsPatient::SERVICES_EXTENSIVE}};

class StayReader {
 public:
  StayReader(const CsvLine& line, const Columns& columns, absl::Time now)
      : line_(line), columns_(columns), now_(now) {}

  StayLine Read() {
    if (line_.values.size() != columns_.names.size()) {
      Wrong(kNoColumn,
            absl::StrCat("this line has ", line_.values.size(), " values and the first ",
                         columns_.names.size()),
            "separate the values by semicolons, one for each column");
      return std::move(stay_);
    }
    ReadPerson();
    ReadPlace();
    admitted_ = Time(columns_.admitted_at);
    if (!Has(columns_.admitted_at))
      Wrong(columns_.admitted_at, "this is missing", "a stay begins with its admission");
    ReadAge();
    moved_ = Time(columns_.moved_at);
    moved_kommune_ = Kommune(columns_.moved_kommune);
    Together(columns_.moved_at, columns_.moved_kommune);
    ReadBeginning();
    for (const UkpColumns& ukp : columns_.ukp) ReadUkp(ukp);
    ReadEnd();
    if (stay_.faults.empty()) {
      GiveIds();
    } else {
      stay_.facts.clear();
    }
    return std::move(stay_);
  }

 private:
  std::string_view Value(int column) const {
    return column == kNoColumn ? std::string_view() : line_.values[static_cast<size_t>(column)];
  }
  bool Has(int column) const { return !Value(column).empty(); }

  void Wrong(int column, std::string what, std::string remedy) {
    const bool of_line = column == kNoColumn;
    stay_.faults.push_back({of_line ? 0 : column + 1,
                            of_line ? "" : columns_.names[static_cast<size_t>(column)],
                            std::move(what), std::move(remedy)});
  }

  std::string Text(int column) {
    const std::string_view text = Value(column);
    if (text.size() <= kTextBytesMax) return std::string(text);
    Wrong(column, "this is too long", absl::StrCat("write at most ", kTextBytesMax, " bytes"));
    return "";
  }

  std::optional<FileTime> TimeOrPromise(int column) {
    if (!Has(column)) return std::nullopt;
    const std::optional<FileTime> time = ReadTime(Value(column));
    if (!time) {
      Wrong(column, "this is no time", kTimeRemedy);
      return std::nullopt;
    }
    return YearFits(column, OsloDate(time->time)) ? time : std::nullopt;
  }
  bool YearFits(int column, absl::CivilDay day) {
    if (day.year() >= kYearMin && day.year() <= kYearMax) return true;
    Wrong(column, absl::StrCat("this lies before ", kYearMin, " or after ", kYearMax),
          "check the year");
    return false;
  }
  // Of what has been.
  std::optional<FileTime> Time(int column) {
    std::optional<FileTime> time = TimeOrPromise(column);
    // What has only a date stands at noon, which may be to come.
    if (!time || time->time <= now_ ||
        (time->precision == v1::PRECISION_DAY && OsloDate(time->time) == OsloDate(now_)))
      return time;
    Wrong(column, "this has not been yet", "a file of history tells what has happened");
    return std::nullopt;
  }

  template <typename T, size_t N>
  std::optional<T> OneOf(const Word<T> (&words)[N], int column) {
    if (!Has(column)) return std::nullopt;
    std::string known;
    for (const Word<T>& word : words) {
      if (word.word == Value(column)) return word.value;
      absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(word.word));
    }
    Wrong(column, "this is none of the words for it", "write one of: " + known);
    return std::nullopt;
  }

  std::string Digits(int column, size_t count, const char* what) {
    const std::string_view text = Value(column);
    if (text.empty() || IsDigits(text, count)) return std::string(text);
    Wrong(column, absl::StrCat("this is no ", what), absl::StrCat("write its ", count, " digits"));
    return "";
  }
  std::string Kommune(int column) {
    const std::string_view text = Value(column);
    if (text.empty() || text == kKommuneNotStated || KommuneByNumber(text) != nullptr)
      return std::string(text);
    Wrong(column, "there is no such kommune",
          "write its number since 2024, 4 digits, or 9999 where it is not stated");
    return "";
  }

  // Either both or none.
  void Together(int a, int b) {
    if (Has(a) == Has(b)) return;
    const int missing = Has(a) ? b : a, given = Has(a) ? a : b;
    const std::string name = columns_.names[static_cast<size_t>(given)];
    if (missing == kNoColumn) {
      Wrong(given, "something that belongs to this is in no column",
            "see docs/import.md for what goes together, or leave this empty");
    } else {
      Wrong(missing, absl::StrCat("this is missing, and ", name, " is given"),
            "give both, or none of them");
    }
  }

  void ReadPerson() {
    const std::string_view number = Value(columns_.id_number), ref = Value(columns_.patient_ref);
    const int place = columns_.id_number != kNoColumn ? columns_.id_number : columns_.patient_ref;
    if (number.empty() == ref.empty()) {
      Wrong(place, number.empty() ? "the person is missing" : "the person is named twice",
            "give one of id_number and patient_ref");
    } else if (!ref.empty() && !IsPatientRef(ref)) {
      Wrong(columns_.patient_ref, "this is no patient reference",
            "write it as the hub gave it: 4 hex digits, a hyphen, 32 hex digits");
    } else if (!number.empty() && (ClassifyNationalNumber(number).kind == NumberKind::kInvalid ||
                                   ClassifyNationalNumber(number).kind == NumberKind::kHNumber)) {
      Wrong(columns_.id_number, "this is no valid fødselsnummer, D-number or common help number",
            "check its 11 digits; a spreadsheet may have taken a zero in front away");
    }
    stay_.id_number = number;
    common_.set_patient_ref(std::string(ref));
  }

  void ReadPlace() {
    const auto required = [&](int column, const char* remedy) {
      if (!Has(column)) Wrong(column, "this is missing", remedy);
    };
    required(columns_.hospital, "write the hospital's organisation number, 9 digits");
    required(columns_.visit, "write the hospital's own number of the stay");
    common_.set_hospital(Digits(columns_.hospital, 9, "organisation number"));
    common_.set_visit_key(Text(columns_.visit));
    common_.set_ward(Text(columns_.ward));
    if (const auto sector = OneOf(kSectors, columns_.sector)) common_.set_sector(*sector);
    common_.set_residence_kommune(Kommune(columns_.residence_kommune));
    common_.set_stay_kommune(Kommune(columns_.stay_kommune));
    common_.set_bydel(Digits(columns_.bydel, 6, "number of a bydel"));
  }

  void ReadAge() {
    const auto sex = OneOf(kSexes, columns_.sex);
    if (sex) common_.set_sex(*sex);
    const bool has_born = Has(columns_.born), has_age = Has(columns_.age);
    if (has_born && has_age) {
      Wrong(columns_.age, "this stands beside born", "give one of the two");
    } else if (Has(columns_.sex) != (has_born || has_age)) {
      const int given = Has(columns_.sex) ? columns_.sex : has_born ? columns_.born : columns_.age;
      Wrong(given, "sex and age go together", "give sex and one of born and age, or none of them");
    }
    int age = 0;
    if (has_born) {
      const std::optional<absl::CivilDay> born = ReadDate(Value(columns_.born));
      if (!born) return Wrong(columns_.born, "this is no date", kDateRemedy);
      if (!admitted_) return;
      const absl::CivilDay day = OsloDate(admitted_->time);
      const bool before = std::pair(day.month(), day.day()) < std::pair(born->month(), born->day());
      age = static_cast<int>(day.year() - born->year()) - (before ? 1 : 0);
    } else if (has_age) {
      const std::string_view text = Value(columns_.age);
      if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &age)) age = -1;
    }
    if (age >= 0 && age <= kAgeMax) return common_.set_age_at_admission(age);
    Wrong(has_born ? columns_.born : columns_.age, "this age cannot be",
          absl::StrCat("whole years at admission, 0 to ", kAgeMax));
  }

  // A fact at this time, with the kommune that holds then.
  v1::Envelope& Add(const FileTime& at) {
    v1::Envelope& fact = stay_.facts.emplace_back(common_);
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(at.time);
    fact.set_occurred_precision(at.precision);
    fact.set_time_ambiguous(at.ambiguous);
    if (moved_ && at.time >= moved_->time) fact.set_stay_kommune(moved_kommune_);
    return fact;
  }
  // The line says whose end it is. Were it recorded before the admission, it would count as that of
  // an earlier one; recorded with it, it is the mistake that it is (docs/rules.md, Stays).
  v1::Envelope& AddEnd(const FileTime& at) {
    v1::Envelope& fact = Add(at);
    if (admitted_ && at.time < admitted_->time)
      *fact.mutable_recorded_at() = ToProto(admitted_->time);
    return fact;
  }
  void SentAt(int column, int received, auto& notice) {
    const std::optional<FileTime> sent = Time(column);
    if (sent) *notice.mutable_sent_at() = ToProto(sent->time);
    if (Has(column) && !Has(received)) Together(column, received);
  }

  void ReadBeginning() {
    if (!admitted_) return;
    v1::PatientAdmitted& admitted = *Add(*admitted_).mutable_patient_admitted();
    if (const auto urgency = OneOf(kUrgencies, columns_.urgency)) admitted.set_urgency(*urgency);
    if (const auto services = OneOf(kServices, columns_.services_before))
      Add(*admitted_).mutable_kommune_knows_patient()->set_services(*services);
    if (const auto expected = TimeOrPromise(columns_.expected_discharge)) {
      v1::ExpectedDischargeSet& set = *Add(*admitted_).mutable_expected_discharge_set();
      *set.mutable_expected_at() = ToProto(expected->time);
      set.set_expected_precision(expected->precision);
    }
    if (moved_) {
      *Add(*moved_).mutable_patient_details_changed()->mutable_moved_kommune_at() =
          ToProto(moved_->time);
    }
    v1::KommuneNotifiedOfAdmission notice;
    SentAt(columns_.admission_notice_sent_at, columns_.admission_notified_at, notice);
    if (const auto clear = Time(columns_.need_clear_at))
      *notice.mutable_need_clear_at() = ToProto(clear->time);
    if (Has(columns_.need_clear_at) && !Has(columns_.admission_notified_at))
      Together(columns_.need_clear_at, columns_.admission_notified_at);
    if (const auto notified = Time(columns_.admission_notified_at))
      *Add(*notified).mutable_kommune_notified_of_admission() = notice;
    if (const auto report = Time(columns_.admission_report_at))
      Add(*report).mutable_admission_report_received();
  }

  void ReadUkp(const UkpColumns& ukp) {
    const auto needs_declaration = [&](int column) {
      if (Has(column) && !Has(ukp.declared_at)) Together(column, ukp.declared_at);
    };
    if (const auto declared = Time(ukp.declared_at)) Add(*declared).mutable_ukp_declared();
    v1::KommuneNotifiedOfUkp notice;
    SentAt(ukp.notice_sent_at, ukp.notified_at, notice);
    needs_declaration(ukp.notified_at);
    if (const auto notified = Time(ukp.notified_at))
      *Add(*notified).mutable_kommune_notified_of_ukp() = notice;
    for (const AnswerColumns& answer : ukp.answers) {
      needs_declaration(answer.at);
      ReadAnswer(answer);
    }
    needs_declaration(ukp.withdrawn_at);
    if (const auto withdrawn = Time(ukp.withdrawn_at)) Add(*withdrawn).mutable_ukp_withdrawn();
  }

  void ReadAnswer(const AnswerColumns& answer) {
    Together(answer.at, answer.answer);
    const std::optional<FileTime> at = Time(answer.at);
    const std::optional<bool> yes = OneOf(kYesNo, answer.answer);
    std::optional<absl::CivilDay> from;
    if (Has(answer.from)) {
      from = ReadDate(Value(answer.from));
      if (!from) Wrong(answer.from, "this is no date", kDateRemedy);
      if (from) YearFits(answer.from, *from);
      if (!yes.value_or(false)) {
        Wrong(answer.from, "this stands without a yes",
              "leave it empty, or write yes where the kommune can receive from that date");
      }
    }
    if (!at || !yes) return;
    v1::KommuneAnswered& fact = *Add(*at).mutable_kommune_answered();
    fact.set_can_receive(*yes);
    if (from) *fact.mutable_from_date() = ToProto(OsloNoon(*from));
  }

  void ReadEnd() {
    if (const auto epikrise = Time(columns_.epikrise_at))
      Add(*epikrise).mutable_report_sent()->set_report(v1::ReportSent::REPORT_EPIKRISE);
    v1::PatientDischarged discharged;
    discharged.set_discharged_to(Text(columns_.discharged_to));
    discharged.set_outcome(Text(columns_.outcome));
    discharged.set_to_specialist_care(OneOf(kYesNo, columns_.to_specialist_care).value_or(false));
    for (int column : {columns_.discharged_to, columns_.outcome, columns_.to_specialist_care}) {
      if (Has(column) && !Has(columns_.discharged_at)) Together(column, columns_.discharged_at);
    }
    if (const auto at = Time(columns_.discharged_at))
      *AddEnd(*at).mutable_patient_discharged() = discharged;
    if (const auto died = Time(columns_.died_at)) AddEnd(*died).mutable_patient_died();
  }

  // What a fact says: without the person, and without what a later export may say otherwise of the
  // stay as a whole. The admission says that, and a move says whereto.
  static std::string ContentOf(v1::Envelope fact) {
    fact.clear_patient_ref();
    if (!fact.has_patient_admitted()) {
      fact.clear_ward();
      fact.clear_sector();
      fact.clear_residence_kommune();
      if (!fact.has_patient_details_changed()) fact.clear_stay_kommune();
      fact.clear_bydel();
      fact.clear_sex();
      fact.clear_age_at_admission();
    }
    return fact.SerializeAsString();  // No maps are in facts: the same fact gives the same bytes.
  }

  void GiveIds() {
    for (v1::Envelope& fact : stay_.facts) {
      const std::string content = ContentOf(fact);
      fact.set_event_id(NameUuid({"import", fact.hospital(), fact.visit_key(), content}));
    }
    const std::string first = stay_.facts.front().event_id();
    for (v1::Envelope& fact : stay_.facts) fact.set_correlation_id(first);
  }

  const CsvLine& line_;
  const Columns& columns_;
  const absl::Time now_;
  v1::Envelope common_;
  std::optional<FileTime> admitted_, moved_;
  std::string moved_kommune_;
  StayLine stay_;
};

}  // namespace

StayLine ReadStay(const CsvLine& line, const Columns& columns, absl::Time now) {
  return StayReader(line, columns, now).Read();
}

}  // namespace overgang::importer
