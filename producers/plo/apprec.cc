#include "producers/plo/apprec.h"

#include <algorithm>
#include <sstream>

#include "core/oslo_time.h"

namespace overgang::plo {
namespace {

constexpr char kNamespace10[] = "http://www.kith.no/xmlstds/apprec/2004-11-21";
constexpr char kNamespace11[] = "http://www.kith.no/xmlstds/apprec/2012-02-15";
constexpr char kErrorCodes[] = "2.16.578.1.12.4.1.1.8221";

struct KnownError {
  std::string_view code;
  std::string_view text;
};
constexpr KnownError kErrors[] = {{"E10", "Ugyldig meldingsidentifikator"},
                                  {"E21", "Mottaker finnes ikke"},
                                  {"E36", "Pasientopplysninger er utilstrekkelige"},
                                  {"T01", "Ikke XML eller ikke velformet"},
                                  {"T02", "XML validerer ikke"},
                                  {"T10", "Støtter ikke meldingsformatet"},
                                  {"X99", "Annen feil"}};

void AddText(pugi::xml_node& parent, const char* name, std::string_view text) {
  parent.append_child(name).text().set(std::string(text).c_str());
}

void AddCode(pugi::xml_node& parent, const char* name, std::string_view code,
             std::string_view meaning) {
  pugi::xml_node node = parent.append_child(name);
  node.append_attribute("V").set_value(std::string(code).c_str());
  node.append_attribute("DN").set_value(std::string(meaning).c_str());
}

void AddHerId(pugi::xml_node& node, std::string_view name, int her_id) {
  if (!name.empty()) AddText(node, "Name", name);
  if (her_id == 0) return;
  AddText(node, "Id", std::to_string(her_id));
  AddCode(node, "TypeId", "HER", "HER-id");
}

void AddParty(pugi::xml_node& apprec, const char* name, const Party& party) {
  pugi::xml_node institution = apprec.append_child(name).append_child("HCP").append_child("Inst");
  AddHerId(institution, party.organisation_name, party.organisation_her_id);
  if (party.service_her_id == 0) return;
  pugi::xml_node department = institution.append_child("Dept");
  AddHerId(department, party.service_name, party.service_her_id);
}

std::string_view StatusText(AppRecStatus status) {
  switch (status) {
    case AppRecStatus::kOk:
      return "OK";
    case AppRecStatus::kRejected:
      return "Avvist";
    case AppRecStatus::kPartial:
      return "OK, feil i delmelding";
  }
  return "";
}

std::string DateTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", time, Oslo());
}

// As sent where that is an xs:dateTime; a receipt must have one.
std::string IssueDate(const PloMessage& message, absl::Time now) {
  if (message.generated.precision == v1::PRECISION_SECOND) return message.generated_text;
  return DateTime(
      message.generated.precision == v1::PRECISION_UNSPECIFIED ? now : message.generated.time);
}

}  // namespace

std::string_view ErrorText(std::string_view code) {
  const auto found = std::ranges::find(kErrors, code, &KnownError::code);
  return found == std::end(kErrors) ? "Annen feil" : found->text;
}

AppRecVersion VersionFor(const PloMessage& message) {
  return message.version == "2.0" ? AppRecVersion::kVersion11 : AppRecVersion::kVersion10;
}

std::string WriteAppRec(const PloMessage& message, const AppRecAnswer& answer, std::string_view id,
                        absl::Time now, AppRecVersion version) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node apprec = document.append_child("AppRec");
  const bool v1_0 = version == AppRecVersion::kVersion10;
  apprec.append_attribute("xmlns") = v1_0 ? kNamespace10 : kNamespace11;
  AddCode(apprec, "MsgType", "APPREC", "Applikasjonskvittering");
  AddText(apprec, "MIGversion", v1_0 ? "1.0 2004-11-21" : "v1.1 2012-02-15");
  AddText(apprec, "SoftwareName", "Overgang");
  AddText(apprec, "GenDate", DateTime(now));
  AddText(apprec, "Id", id);
  AddParty(apprec, "Sender", message.receiver);
  AddParty(apprec, "Receiver", message.sender);
  AddCode(apprec, "Status", std::string(1, static_cast<char>(answer.status)),
          StatusText(answer.status));
  for (const AppRecError& error : answer.errors) {
    pugi::xml_node node = apprec.append_child("Error");
    node.append_attribute("V") = error.code.c_str();
    node.append_attribute("S") = kErrorCodes;
    node.append_attribute("DN") = std::string(ErrorText(error.code)).c_str();
    if (!error.text.empty()) node.append_attribute("OT") = error.text.c_str();
  }
  pugi::xml_node original = apprec.append_child("OriginalMsgId");
  AddCode(original, "MsgType", message.type, message.type_name);
  AddText(original, "IssueDate", IssueDate(message, now));
  AddText(original, "Id", message.msg_id);
  std::ostringstream text;
  document.save(text, "  ", pugi::format_indent, pugi::encoding_utf8);
  return std::move(text).str();
}

bool IsAppRec(const pugi::xml_node& root) {
  const std::string_view uri = NamespaceOf(root);
  return LocalName(root) == "AppRec" && (uri == kNamespace10 || uri == kNamespace11);
}

AppRecReadResult ReadAppRec(const pugi::xml_node& root) {
  AppRecReadResult result;
  AppRec& apprec = result.apprec;
  const auto wrong = [&](std::string_view place) {
    if (result.error.has_value()) return;
    result.error = PloError{
        "T02", "element_wrong", std::string(place),
        "the element is missing or cannot be read; send the receipt as the standard has it"};
  };
  apprec.id = TextOf(Child(root, "Id"));
  if (apprec.id.empty()) wrong("AppRec/Id");
  const std::string status = CodeOf(Child(root, "Status"));
  if (status == "1" || status == "2" || status == "3") {
    apprec.status = static_cast<AppRecStatus>(status[0]);
  } else {
    wrong("AppRec/Status");
  }
  if (const auto generated = ParseXmlTime(TextOf(Child(root, "GenDate")))) {
    apprec.generated = *generated;
  } else {
    wrong("AppRec/GenDate");
  }
  const pugi::xml_node institution = Child(root, "Sender/HCP/Inst");
  if (CodeOf(Child(institution, "TypeId")) == "HER")
    apprec.sender_her_id = ParseHerId(TextOf(Child(institution, "Id")));
  apprec.original_type = CodeOf(Child(root, "OriginalMsgId/MsgType"));
  apprec.original_id = TextOf(Child(root, "OriginalMsgId/Id"));
  if (apprec.original_id.empty()) wrong("AppRec/OriginalMsgId/Id");
  constexpr size_t kErrorsMax = 20;
  for (pugi::xml_node error = Child(root, "Error"); error && apprec.errors.size() < kErrorsMax;
       error = NextSame(error)) {
    apprec.errors.push_back(CodeOf(error));
  }
  return result;
}

}  // namespace overgang::plo
