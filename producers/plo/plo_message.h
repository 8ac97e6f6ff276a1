// What a PLO message says: MsgHead with Pasientlogistikk 1.5, 1.6 or 2.0. Reads, and decides
// nothing.
//
// Reading goes on after an error as far as it can, because an AppRec must name message, sender and
// receiver. Threads: pure functions. A message holds personal data: never log one. Errors name the
// element, never its content.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "producers/plo/xml_reader.h"

namespace overgang::plo {

// An organisation and the service below it, by HER-id; 0: not stated.
struct Party {
  int organisation_her_id = 0;
  int service_her_id = 0;
  std::string organisation_name;
  std::string service_name;
};

struct Identifier {
  std::string type;  // "FNR", "DNR", "FHN", ...
  std::string id;
};

struct PloPatient {
  std::string family_name;
  std::string middle_name;
  std::string given_name;
  std::optional<absl::CivilDay> born;
  std::string sex;  // Code list 3101: 1 male, 2 female.
  std::vector<Identifier> identifiers;
  std::string kommune;  // Address/County, where it is a kommune's number.
};

// TidsfestetHendelse.
struct PloEvent {
  std::string code;  // Code list 9121.
  StatedTime at;
  std::optional<bool> anslag;
};

// Why a message cannot be read; `code` is of code list 8221.
struct PloError {
  std::string code;
  std::string name;    // Stable: "not_xml".
  std::string place;   // "MsgHead/MsgInfo/GenDate".
  std::string reason;  // What is wrong, and the remedy.
};

struct PloMessage {
  std::string type;            // MsgInfo/Type: "LOG_INNLAGT".
  std::string type_name;       // Its DN.
  std::string msg_id;          // As sent.
  std::string generated_text;  // GenDate as sent.
  StatedTime generated;
  std::string parent;        // ConversationRef/RefToParent; empty: none.
  std::string conversation;  // ConversationRef/RefToConversation.
  Party sender;
  Party receiver;
  PloPatient patient;

  std::string version;  // Of Pasientlogistikk: "1.5", "1.6", "2.0"; empty: the message holds
                        // something else.
  std::string status;   // Code list 7309: N, M, C, A.
  std::string usage;    // "MeldingInnlagtPasient".
  std::vector<PloEvent> events;
  std::string discharged_to;       // Code list 8408.
  std::string outcome;             // Code list 8431; 2 is dead.
  std::vector<std::string> units;  // Local ids of TilknyttetEnhet.
};

struct PloReadResult {
  PloMessage message;
  std::optional<PloError> error;  // The first.
};

// `root` is the MsgHead of a document that LoadXml gave.
PloReadResult ReadMsgHead(const pugi::xml_node& root);

// The HER-id among the Ident elements of an organisation or person; 0: none.
int HerIdOf(const pugi::xml_node& organisation);
// Digits only, at most 9 of them; 0: not a HER-id.
int ParseHerId(std::string_view text);

inline constexpr std::string_view kMsgHeadNamespace =
    "http://www.kith.no/xmlstds/msghead/2006-05-24";

}  // namespace overgang::plo
