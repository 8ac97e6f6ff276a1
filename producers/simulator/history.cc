#include "producers/simulator/history.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "producers/simulator/past_stay.h"

namespace overgang::simulator {
namespace {

constexpr uint64_t kPastStreams = 5'000'000'000;  // Random streams of what only history knows.

absl::Time MidnightInOslo(absl::CivilDay day) { return FromOslo(absl::CivilSecond(day)).time; }

std::string TimeText(const MaybeTime& time) {
  return time ? absl::FormatTime("%Y-%m-%d %H:%M:%S", *time, Oslo()) : "";
}
std::string DateText(const std::optional<absl::CivilDay>& day) {
  return day ? absl::FormatCivilTime(*day) : "";
}
const char* YesNo(bool yes) { return yes ? "yes" : "no"; }
const char* SexText(v1::Sex sex) { return sex == v1::SEX_FEMALE ? "female" : "male"; }
const char* SectorText(v1::Sector sector) {
  if (sector == v1::SECTOR_PSYKISK_HELSEVERN) return "psykisk_helsevern";
  return sector == v1::SECTOR_TSB ? "tsb" : "somatikk";
}

// One line: a name and a value for every column, so that names and values cannot part.
class LineWriter {
 public:
  explicit LineWriter(bool names) : names_(names) {}
  void Column(std::string_view name, std::string_view value) {
    if (!text_.empty() || any_) text_ += ';';
    any_ = true;
    text_ += names_ ? name : value;
  }
  std::string Line() && { return std::move(text_) + '\n'; }

 private:
  const bool names_;
  bool any_ = false;
  std::string text_;
};

void WriteUkp(const PastStay& past, LineWriter& line) {
  for (size_t i = 0; i < kPastUkpMax; ++i) {
    const bool has = i < past.ukp.size();
    const PastUkp ukp = has ? past.ukp[i] : PastUkp();
    const std::string period = absl::StrCat("ukp", i + 1);
    line.Column(period + "_declared_at", has ? TimeText(ukp.declared) : "");
    line.Column(period + "_notice_sent_at", TimeText(ukp.notice_sent));
    line.Column(period + "_notified_at", TimeText(ukp.notified));
    for (size_t j = 0; j < kPastAnswersMax; ++j) {
      const bool answered = j < ukp.answers.size();
      const PastAnswer answer = answered ? ukp.answers[j] : PastAnswer();
      const std::string name = absl::StrCat(period, "_answer", j + 1);
      line.Column(name + "_at", answered ? TimeText(answer.at) : "");
      line.Column(name, answered ? YesNo(answer.can_receive) : "");
      line.Column(name + "_from", DateText(answer.from));
    }
    line.Column(period + "_withdrawn_at", TimeText(ukp.withdrawn));
  }
}

std::string Write(const Stay& stay, const PastStay& past, bool names) {
  LineWriter line(names);
  line.Column("hospital", past.hospital);
  line.Column("visit", past.visit);
  line.Column("id_number", stay.person.number);
  line.Column("born", DateText(stay.person.born));
  line.Column("sex", SexText(stay.person.sex));
  line.Column("residence_kommune", past.stay_kommune.empty() ? "" : stay.person.residence);
  line.Column("stay_kommune", past.stay_kommune);
  line.Column("moved_at", TimeText(past.moved));
  line.Column("moved_kommune", past.moved_kommune);
  line.Column("ward", past.ward);
  line.Column("sector", SectorText(stay.sector));
  line.Column("urgency", stay.acute ? "acute" : "elective");
  line.Column("admitted_at", TimeText(past.admitted));
  line.Column("services_before", past.services_before);
  line.Column("need_clear_at", TimeText(past.need_clear));
  line.Column("admission_notice_sent_at", TimeText(past.notice_sent));
  line.Column("admission_notified_at", TimeText(past.notified));
  line.Column("admission_report_at", TimeText(past.report));
  line.Column("expected_discharge",
              past.expected ? DateText(OsloDate(*past.expected)) : std::string());
  WriteUkp(past, line);
  line.Column("epikrise_at", TimeText(past.epikrise));
  line.Column("discharged_at", TimeText(past.discharged));
  // Code lists 8408 (home) and 8431.
  line.Column("discharged_to",
              past.discharged && !past.dead && !past.to_specialist_care ? "1" : "");
  line.Column("outcome", !past.discharged ? "" : past.dead ? "2" : "1");
  line.Column("to_specialist_care", past.to_specialist_care ? "yes" : "");
  line.Column("died_at", TimeText(past.died));
  return std::move(line).Line();
}

}  // namespace

History::History(SimRegion region, const HistoryOptions& options)
    : region_(std::move(region)),
      seed_(options.seed),
      from_(MidnightInOslo(options.from)),
      to_(MidnightInOslo(options.to)),
      arrivals_(region_, options.seed, from_, from_) {}

std::string History::Header() { return Write(Stay(), PastStay(), true); }

bool History::Next(std::string* line) {
  while (ready_.empty()) {
    if (arrivals_.NextAt() >= to_) return false;
    const Stay stay = arrivals_.Next();
    Random random(seed_, kPastStreams + static_cast<uint64_t>(stay.number));
    for (const PastStay& past : TellPast(region_, stay, to_, random)) {
      if (past.admitted >= from_) ready_.push_back(Write(stay, past, false));
    }
  }
  *line = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

}  // namespace overgang::simulator
