// AppRec, the receipt of a receiver, versions 1.0 and 1.1: writing ours, reading others'.
//
// Threads: pure functions. Exactly one AppRec is due for a message and receiver, and it is final;
// plo_receiver.h keeps that: what it gives out again is that one, byte for byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "producers/plo/plo_message.h"

namespace overgang::plo {

// Code list 8258.
enum class AppRecStatus : char { kOk = '1', kRejected = '2', kPartial = '3' };
enum class AppRecVersion : unsigned char { kVersion10, kVersion11 };

struct AppRecError {
  std::string code;  // Code list 8221: "E36".
  std::string text;  // For a person at the sender's; Norwegian.
};

struct AppRecAnswer {
  AppRecStatus status = AppRecStatus::kOk;
  std::vector<AppRecError> errors;
};

// The code's own words in code list 8221; "Annen feil" where the code is not known here.
std::string_view ErrorText(std::string_view code);

// 2.0 is answered in 1.1, everything else in 1.0.
AppRecVersion VersionFor(const PloMessage& message);

// UTF-8, valid against the schema. The same `id` for the same message: who gets it twice can tell.
std::string WriteAppRec(const PloMessage& message, const AppRecAnswer& answer, std::string_view id,
                        absl::Time now, AppRecVersion version);

struct AppRec {
  std::string id;
  AppRecStatus status = AppRecStatus::kRejected;
  StatedTime generated;
  int sender_her_id = 0;            // Organisation level; 0: not stated.
  std::string original_type;        // "LOG_INNLAGT".
  std::string original_id;          // MsgId of the message that it answers.
  std::vector<std::string> errors;  // Codes.
};
struct AppRecReadResult {
  AppRec apprec;
  std::optional<PloError> error;
};

bool IsAppRec(const pugi::xml_node& root);
AppRecReadResult ReadAppRec(const pugi::xml_node& root);

}  // namespace overgang::plo
