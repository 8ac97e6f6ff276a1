#include "producers/hl7v2/ack.h"

#include <array>
#include <charconv>

#include "core/oslo_time.h"

namespace overgang::hl7v2 {
namespace {

// Versions as 2.10 would sort last: only the digit after "2." counts.
int MinorVersion(std::string_view version) {
  return version.size() >= 3 && version.starts_with("2.") && version[2] >= '0' && version[2] <= '9'
             ? version[2] - '0'
             : 5;
}

bool Wanted(std::string_view condition, AckKind kind) {
  if (condition.empty() || condition == "NE") return false;
  if (condition == "ER") return kind != AckKind::kAccept;
  if (condition == "SU") return kind == AckKind::kAccept;
  return true;
}

// 'A', 'C', or 0 for no answer.
char ModeOf(const Segment& msh, AckKind kind) {
  const std::string_view accept = msh.Field(15), application = msh.Field(16);
  if (accept.empty() && application.empty()) return 'A';
  if (Wanted(accept, kind)) return 'C';
  return Wanted(application, kind) ? 'A' : '\0';
}

// `mode` as ModeOf gives it.
char CodeOf(AckKind kind, char mode) {
  switch (kind) {
    case AckKind::kAccept:
      return 'A';
    case AckKind::kError:
      return 'E';
    case AckKind::kReject:
      return 'R';
    case AckKind::kNotStored:
      return mode == 'A' ? 'R' : 'E';
  }
  return 'E';
}

std::string_view TextOf(Hl7Error error) {
  switch (error) {
    case Hl7Error::kSegmentMissing:
      return "Segment sequence error";
    case Hl7Error::kFieldMissing:
      return "Required field missing";
    case Hl7Error::kDataType:
      return "Data type error";
    case Hl7Error::kValueNotFound:
      return "Table value not found";
    case Hl7Error::kUnsupportedType:
      return "Unsupported message type";
    case Hl7Error::kUnsupportedProcessing:
      return "Unsupported processing id";
    case Hl7Error::kUnsupportedVersion:
      return "Unsupported version id";
    case Hl7Error::kUnknownKey:
      return "Unknown key identifier";
    case Hl7Error::kInternal:
      return "Application internal error";
  }
  return "Application internal error";
}

// Segments with their separators between.
class Writer {
 public:
  Writer(const Delimiters& delimiters, std::string& out) : d_(delimiters), out_(out) {}
  void Begin(std::string_view name) { out_ += name; }
  void Raw(std::string_view field) {
    out_ += d_.field;
    out_ += field;
  }
  void Text(std::string_view field) { Raw(Escaped(field, d_)); }
  void Components(std::initializer_list<std::string_view> parts) {
    out_ += d_.field;
    bool first = true;
    for (std::string_view part : parts) {
      if (!first) out_ += d_.component;
      first = false;
      out_ += Escaped(part, d_);
    }
  }
  void End() { out_ += '\r'; }

 private:
  const Delimiters& d_;
  std::string& out_;
};

struct Place {
  std::string_view segment, field, component;
};
// "PID-11.9": segment, field, component.
Place Parts(std::string_view place) {
  Place parts;
  const size_t dash = place.find('-');
  parts.segment = place.substr(0, dash);
  if (dash == place.npos) return parts;
  parts.field = place.substr(dash + 1);
  const size_t dot = parts.field.find('.');
  if (dot == parts.field.npos) return parts;
  parts.component = parts.field.substr(dot + 1);
  parts.field = parts.field.substr(0, dot);
  return parts;
}

void WriteMsh(Writer& writer, const Message& message, const Segment& msh, int version,
              absl::Time now, std::string_view control_id) {
  const Delimiters& d = message.delimiters();
  std::string encoding{d.component, d.repetition};
  if (d.escape != '\0') encoding += d.escape;
  if (d.subcomponent != '\0') encoding += d.subcomponent;
  writer.Begin("MSH");
  writer.Raw(encoding);
  for (const size_t field : {5, 6, 3, 4}) writer.Raw(msh.Field(field));
  writer.Raw(absl::FormatTime("%Y%m%d%H%M%E3S%z", now, Oslo()));
  writer.Raw("");
  const std::string_view trigger = message.Component(msh.Field(9), 2);
  if (trigger.empty()) {
    writer.Raw("ACK");
  } else if (version < 4) {
    writer.Components({"ACK", trigger});
  } else {
    writer.Components({"ACK", trigger, "ACK"});
  }
  writer.Raw(control_id);
  writer.Raw(msh.Field(11).empty() ? "P" : msh.Field(11));
  writer.Raw(msh.Field(12).empty() ? "2.5" : msh.Field(12));
  if (!msh.Field(18).empty()) {
    for (int field = 13; field <= 17; ++field) writer.Raw("");
    writer.Raw(msh.Field(18));
  }
  writer.End();
}

void WriteErr(Writer& writer, const Answer& answer, int version) {
  const Place place = Parts(answer.place);
  std::array<char, 8> digits;
  const char* end =
      std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<int>(answer.error))
          .ptr;
  const std::string_view code(digits.data(), static_cast<size_t>(end - digits.data()));
  const std::string_view sequence = place.segment.empty() ? "" : "1";
  writer.Begin("ERR");
  if (version < 5) {
    writer.Components({place.segment, sequence, place.field, code});
  } else {
    writer.Raw("");
    if (place.segment.empty()) {
      writer.Raw("");
    } else if (place.component.empty()) {
      writer.Components({place.segment, sequence, place.field});
    } else {
      writer.Components({place.segment, sequence, place.field, "1", place.component});
    }
    writer.Components({code, TextOf(answer.error), "HL70357"});
    writer.Raw("E");
    writer.Raw("");
    writer.Raw("");
    writer.Raw("");
    writer.Text(answer.text);
  }
  writer.End();
}

}  // namespace

Answer Accepted() { return {}; }

Answer Refused(const AdtRefusal& refusal) {
  return {refusal.reject ? AckKind::kReject : AckKind::kError, refusal.error, refusal.refusal.place,
          refusal.refusal.reason};
}

Answer NotStored() {
  return {AckKind::kNotStored, Hl7Error::kInternal, "", "not stored, send the message again"};
}

Answer Unframed(std::string_view text) {
  return {AckKind::kError, Hl7Error::kSegmentMissing, "", std::string(text)};
}

std::string BuildAck(const Message& message, const Answer& answer, absl::Time now,
                     std::string_view control_id) {
  const Segment& msh = message.raw_msh();
  const char mode = ModeOf(msh, answer.kind);
  std::string out;
  if (mode == '\0') return out;
  const int version = MinorVersion(message.Component(msh.Field(12), 1));
  Writer writer(message.delimiters(), out);
  WriteMsh(writer, message, msh, version, now, control_id);
  const char code[] = {mode, CodeOf(answer.kind, mode)};
  writer.Begin("MSA");
  writer.Raw(std::string_view(code, sizeof(code)));
  writer.Raw(msh.Field(10));
  if (answer.kind == AckKind::kAccept) {
    writer.End();
    return out;
  }
  if (version < 7) writer.Text(answer.text);  // MSA-3 was withdrawn in 2.7.
  writer.End();
  WriteErr(writer, answer, version);
  return out;
}

}  // namespace overgang::hl7v2
