// The acknowledgement of an HL7 v2 message: original mode AA/AE/AR, enhanced mode (MSH-15 or MSH-16
// filled in) CA/CE/CR.
//
// It has the message's delimiters and character set; MSA-2 repeats MSH-10 to the letter; sender and
// receiver are swapped; ERR names the field (ERR-2 to ERR-8 from version 2.5, ERR-1 before). In
// enhanced mode MSH-15 says when the sender wants an accept acknowledgement (AL, NE, ER, SU; empty
// is NE); where it wants none but MSH-16 asks for an application acknowledgement, AA, AE or AR is
// that.
//
// What could not be stored is AR in original mode and CE in enhanced mode: HL7 keeps AE for errors
// of the content, which senders do not repeat, and means by AR also a system that is down; of the
// accept acknowledgements CE is the one for "cannot be kept now", and CR for type and version. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "producers/hl7v2/adt_map.h"
#include "producers/hl7v2/hl7_message.h"

namespace overgang::hl7v2 {

enum class AckKind : unsigned char {
  kAccept,
  kError,      // Of content: AE, CE.
  kReject,     // Of type, version or processing id: AR, CR.
  kNotStored,  // Not the message's fault, and it is to be sent again: AR, CE.
};

struct Answer {
  AckKind kind = AckKind::kAccept;
  // Only of errors and rejections:
  Hl7Error error = Hl7Error::kInternal;
  std::string place;  // "PID-3"; empty: no place in the message.
  std::string text;   // ASCII, without content of the message.
};

Answer Accepted();
Answer Refused(const AdtRefusal& refusal);
// The log did not take it, or did not say so: the sender is to keep the message.
Answer NotStored();
// The frame was cut or too large: parked as far as it came.
Answer Unframed(std::string_view text);

// The acknowledgement; empty where the sender wants none of this kind. `now` and `control_id`
// become its MSH-7 and MSH-10. A message whose MSH could not be read is answered as well as can be:
// `message` is then one whose Read failed.
std::string BuildAck(const Message& message, const Answer& answer, absl::Time now,
                     std::string_view control_id);

}  // namespace overgang::hl7v2
