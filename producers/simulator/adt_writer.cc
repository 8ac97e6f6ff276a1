#include <map>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "producers/simulator/messages.h"

namespace overgang::simulator {
namespace {

// Local time without offset, as most systems write it; with one in the hour that comes twice, and
// from every other stay, for both are met in real traffic.
std::string Hl7Time(absl::Time time, const Stay& stay) {
  const absl::CivilSecond local = absl::ToCivilSecond(time, Oslo());
  const bool offset = stay.number % 2 == 0 || FromOslo(local).ambiguous;
  return absl::FormatTime(offset ? "%Y%m%d%H%M%S%z" : "%Y%m%d%H%M%S", time, Oslo());
}

std::string Escape(std::string_view text) {
  static const std::map<char, std::string_view> escapes = {
      {'|', "\\F\\"}, {'^', "\\S\\"}, {'&', "\\T\\"}, {'~', "\\R\\"}, {'\\', "\\E\\"}};
  std::string out;
  for (char c : text) {
    auto it = escapes.find(c);
    if (it == escapes.end()) {
      out += c;
    } else {
      out += it->second;
    }
  }
  return out;
}

// Only characters of two bytes are used in names.
std::string ToLatin1(std::string_view utf8) {
  std::string out;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte >= 0xC0 && i + 1 < utf8.size()) {
      out +=
          static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else {
      out += utf8[i];
    }
  }
  return out;
}

// One segment: fields by their number, what is between is empty.
class Segment {
 public:
  explicit Segment(std::string_view name) : name_(name) {}
  Segment& Set(int field, std::string value) {
    fields_[field] = std::move(value);
    return *this;
  }
  std::string Text() const {
    std::string out = name_;
    int at = 0;
    for (const auto& [number, value] : fields_) {
      if (value.empty()) continue;
      for (; at < number; ++at) out += '|';
      out += value;
    }
    return out + '\r';
  }

 private:
  std::string name_;
  std::map<int, std::string> fields_;
};

std::string Event(StepKind kind) {
  switch (kind) {
    case StepKind::kAdmitted:
      return "A01";
    case StepKind::kTransferred:
      return "A02";
    case StepKind::kDischarged:
      return "A03";
    case StepKind::kAdmissionCancelled:
      return "A11";
    case StepKind::kTransferCancelled:
      return "A12";
    case StepKind::kDischargeCancelled:
      return "A13";
    case StepKind::kMerged:
      return "A40";
    default:
      return "A08";
  }
}

std::string Header(const SimRegion& region, const RunTag& tag, const Stay& stay, const Step& step,
                   bool again) {
  const std::string event = Event(step.kind);
  const std::string structure =
      step.kind == StepKind::kMerged ? "ADT_A39"
      : step.kind == StepKind::kDetails || step.kind == StepKind::kExpected
          ? "ADT_A01"
          : absl::StrCat("ADT_", event);
  const std::string id = MessageId(tag, stay, step.message, step.kind);
  return absl::StrCat("MSH|^~\\&|PAS|", region.facility, "|OVERGANG|HUB|",
                      Hl7Time(again ? step.send_at : step.recorded, stay), "||ADT^", event, "^",
                      structure, "|", id, "|T|2.5||||||", stay.latin1 ? "8859/1" : "UNICODE UTF-8",
                      "\r",
                      Segment("EVN")
                          .Set(1, event)
                          .Set(2, Hl7Time(step.recorded, stay))
                          .Set(6, Hl7Time(step.occurred, stay))
                          .Text());
}

std::string Identifiers(const SimRegion& region, const Stay& stay, const Step& step) {
  if (!stay.IdentifiedAt(step))
    return absl::StrCat(stay.temporary_record, "^^^", region.facility, "^MR");
  const Person& person = stay.person;
  const char* authority =
      person.d_number ? "DNR&2.16.578.1.12.4.1.4.2&ISO" : "FNR&2.16.578.1.12.4.1.4.1&ISO";
  return absl::StrCat(person.number, "^^^", authority, "^NNNOR~", person.record_number, "^^^",
                      region.facility, "^MR");
}

// PID-11, component 9 is the kommune.
std::string Addresses(const Stay& stay) {
  const Person& person = stay.person;
  std::string out = absl::StrCat(Escape(person.street), "^^^^^NOR^H^^",
                                 stay.kommune_stated ? person.residence : "");
  if (stay.kommune_stated && person.lives_at != person.residence)
    absl::StrAppend(&out, "~", Escape(person.street), "^^^^^NOR^C^^", person.lives_at);
  return out;
}

std::string PatientSegment(const SimRegion& region, const Stay& stay, const Step& step) {
  const Person& person = stay.person;
  Segment segment("PID");
  segment.Set(1, "1")
      .Set(3, Identifiers(region, stay, step))
      .Set(8, person.sex == v1::SEX_MALE ? "M" : "F");
  if (!stay.IdentifiedAt(step)) return segment.Set(5, "Ukjent").Text();
  segment.Set(5, absl::StrCat(Escape(person.family), "^", Escape(person.given)))
      .Set(7, absl::StrFormat("%04d%02d%02d", person.born.year(), person.born.month(),
                              person.born.day()))
      .Set(11, Addresses(stay));
  if (step.dead) segment.Set(29, Hl7Time(step.occurred, stay)).Set(30, "Y");
  return segment.Text();
}

std::string Place(const std::string& ward, const std::string& bed, bool corridor,
                  const SimRegion& region) {
  return absl::StrCat(ward, "^", corridor ? "KORRIDOR" : "", "^", bed, "^", region.facility);
}

std::string VisitSegment(const SimRegion& region, const Stay& stay, const Step& step) {
  Segment segment("PV1");
  segment.Set(1, "1")
      .Set(2, "I")
      .Set(3, Place(step.ward, step.bed, step.corridor, region))
      .Set(4, stay.acute ? "E" : "C");
  if (!step.from_ward.empty()) segment.Set(6, Place(step.from_ward, "", false, region));
  segment.Set(14, stay.via_emergency_department ? "7"
                  : stay.acute                  ? "2"
                                                : "1")
      .Set(19, stay.visit)
      .Set(44, Hl7Time(stay.admitted, stay));
  if (step.kind == StepKind::kDischarged) {
    segment.Set(36, step.dead ? "20" : "01").Set(45, Hl7Time(step.occurred, stay));
  }
  return segment.Text();
}

}  // namespace

bool IsAdt(StepKind kind) { return kind <= StepKind::kMerged; }
bool IsPlo(StepKind kind) { return !IsAdt(kind) && kind != StepKind::kAnswer; }

std::string NameOf(StepKind kind) {
  if (IsAdt(kind)) return absl::StrCat("ADT^", Event(kind));
  switch (kind) {
    case StepKind::kNotice:
      return "LOG_INNLAGT";
    case StepKind::kUkp:
    case StepKind::kUkpInError:
      return "LOG_UTSKRIVNINGSKLAR";
    case StepKind::kUkpWithdrawn:
      return "LOG_AVMELDING";
    case StepKind::kDischargeNotice:
      return "LOG_UTSKREVET";
    default:
      return "AnswerUkp";
  }
}

std::string MessageId(const RunTag& tag, const Stay& stay, int message, StepKind kind) {
  const std::string id = absl::StrFormat("%s-%06d-%02d", tag.text, stay.number,
                                         message);  // 16 characters; MSH-10 takes 20.
  return IsAdt(kind) ? id : NameUuid({"simulator", id});
}

std::string WriteAdt(const SimRegion& region, const RunTag& tag, const Stay& stay, const Step& step,
                     bool again) {
  std::string out = Header(region, tag, stay, step, again);
  absl::StrAppend(&out, PatientSegment(region, stay, step));
  if (step.kind == StepKind::kMerged) {
    absl::StrAppend(&out,
                    Segment("MRG")
                        .Set(1, absl::StrCat(stay.temporary_record, "^^^", region.facility, "^MR"))
                        .Text());
  } else {
    absl::StrAppend(&out, VisitSegment(region, stay, step));
  }
  if (step.kind == StepKind::kExpected) {
    absl::StrAppend(
        &out, Segment("PV2").Set(9, absl::FormatTime("%Y%m%d", step.expected, Oslo())).Text());
  }
  return stay.latin1 ? ToLatin1(out) : out;
}

}  // namespace overgang::simulator
