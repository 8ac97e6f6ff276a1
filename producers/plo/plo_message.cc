#include "producers/plo/plo_message.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"

namespace overgang::plo {
namespace {

constexpr size_t kEventsMax = 20;       // Of one message; the standard needs 3.
constexpr size_t kIdentifiersMax = 20;  // Of one patient.

struct Version {
  std::string_view uri;
  std::string_view version;
};
constexpr Version kVersions[] = {
    {"http://www.kith.no/xmlstds/po/Pasientlogistikk/2009-06-30", "1.5"},
    {"http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01", "1.6"},
    {"http://ehelse.no/xmlstds/po/Pasientlogistikk/2016-05-30", "2.0"}};

constexpr std::string_view kUsages[] = {"MeldingInnlagtPasient",
                                        "MeldingUtskrivningsklarPasient",
                                        "AvmeldingUtskrivningsklarPasient",
                                        "MeldingOmUtskrevetPasient",
                                        "OrienteringOmDod",
                                        "TilbakemeldingUtskrivningsklarPasient"};

class Reader {
 public:
  explicit Reader(PloReadResult& result) : out_(result.message), error_(result.error) {}

  void Head(const pugi::xml_node& root) {
    const pugi::xml_node info = Child(root, "MsgInfo");
    out_.type = CodeOf(Child(info, "Type"));
    out_.type_name = AttributeOf(Child(info, "Type"), "DN");
    out_.msg_id = TextOf(Child(info, "MsgId"));
    out_.generated_text = TextOf(Child(info, "GenDate"));
    out_.parent = TextOf(Child(info, "ConversationRef/RefToParent"));
    out_.conversation = TextOf(Child(info, "ConversationRef/RefToConversation"));
    out_.sender = ReadParty(Child(info, "Sender/Organisation"));
    out_.receiver = ReadParty(Child(info, "Receiver/Organisation"));
    if (out_.type.empty()) Missing("MsgHead/MsgInfo/Type");
    if (const auto generated = ParseXmlTime(out_.generated_text)) {
      out_.generated = *generated;
    } else {
      Wrong("MsgHead/MsgInfo/GenDate", "no date and time");
    }
    if (out_.sender.organisation_her_id == 0 && out_.sender.service_her_id == 0)
      Missing("MsgHead/MsgInfo/Sender/Organisation/Ident");
    ReadPatient(Child(info, "Patient"));
    for (pugi::xml_node document = Child(root, "Document"); document;
         document = NextSame(document)) {
      if (const pugi::xml_node logistics = Child(document, "RefDoc/Content/Pasientlogistikk"))
        return Logistics(logistics);
    }
  }

 private:
  void Fail(std::string_view code, std::string_view name, std::string place, std::string reason) {
    if (!error_.has_value())
      error_ = PloError{std::string(code), std::string(name), std::move(place), std::move(reason)};
  }
  void Missing(std::string_view place) {
    Fail("T02", "element_missing", std::string(place),
         "the element is missing; send the message as the standard has it");
  }
  void Wrong(std::string place, std::string_view what) {
    Fail("T02", "element_wrong", std::move(place),
         absl::StrCat("the element holds ", std::string(what),
                      " that can be read; send the message as the standard has it"));
  }

  static Party ReadParty(const pugi::xml_node& organisation) {
    Party party;
    party.organisation_her_id = HerIdOf(organisation);
    party.organisation_name = TextOf(Child(organisation, "OrganisationName"));
    const pugi::xml_node service = Child(organisation, "Organisation");
    party.service_her_id = HerIdOf(service);
    party.service_name = TextOf(Child(service, "OrganisationName"));
    if (!service) party.service_her_id = HerIdOf(Child(organisation, "HealthcareProfessional"));
    return party;
  }

  void ReadPatient(const pugi::xml_node& patient) {
    PloPatient& to = out_.patient;
    to.family_name = TextOf(Child(patient, "FamilyName"));
    to.middle_name = TextOf(Child(patient, "MiddleName"));
    to.given_name = TextOf(Child(patient, "GivenName"));
    to.sex = CodeOf(Child(patient, "Sex"));
    if (const auto born = ParseXmlTime(TextOf(Child(patient, "DateOfBirth"))))
      to.born = OsloDate(born->time);
    for (pugi::xml_node ident = Child(patient, "Ident");
         ident && to.identifiers.size() < kIdentifiersMax; ident = NextSame(ident)) {
      to.identifiers.push_back({CodeOf(Child(ident, "TypeId")), TextOf(Child(ident, "Id"))});
    }
    to.kommune = CodeOf(Child(patient, "Address/County"));
  }

  void Logistics(const pugi::xml_node& logistics) {
    const auto known = std::ranges::find(kVersions, NamespaceOf(logistics), &Version::uri);
    if (known == std::end(kVersions)) {
      Fail("T10", "unknown_version", PathOf(logistics),
           "the version of Pasientlogistikk is not known; send 1.5, 1.6 or 2.0");
      return;
    }
    out_.version = known->version;
    // 2.0 has the administrative part in an element of its own.
    const pugi::xml_node common = Child(logistics, "FellesAdministrativeOpplysninger");
    const pugi::xml_node administrative = common ? common : logistics;
    const pugi::xml_node status =
        Child(administrative, "InformasjonOmForsendelsen/Forsendelsesstatus");
    out_.status = CodeOf(status);
    if (!status) {
      Missing(
          absl::StrCat(PathOf(administrative), "/InformasjonOmForsendelsen/Forsendelsesstatus"));
    } else if (out_.status != "N" && out_.status != "M" && out_.status != "C" &&
               out_.status != "A") {
      Wrong(PathOf(status), "no code of list 7309 (N, M, C, A)");
    }
    for (pugi::xml_node unit = Child(administrative, "TilknyttetEnhet"); unit;
         unit = NextSame(unit)) {
      if (std::string id = TextOf(Child(unit, "Kontaktenhet/Ident/Id")); !id.empty())
        out_.units.push_back(std::move(id));
    }
    for (std::string_view usage : kUsages) {
      const pugi::xml_node part = Child(logistics, usage);
      if (!part) continue;
      out_.usage = usage;
      Usage(part);
      return;
    }
    Fail("T02", "element_missing", PathOf(logistics),
         "it says none of what Pasientlogistikk can say; send the message as the standard has it");
  }

  void Usage(const pugi::xml_node& part) {
    out_.discharged_to = CodeOf(Child(part, "UtskrevetTil/UtTil"));
    out_.outcome = CodeOf(Child(part, "UtskrevetTil/Uttilstand"));
    for (pugi::xml_node event = Child(part, "TidsfestetHendelse"); event; event = NextSame(event)) {
      if (out_.events.size() == kEventsMax) {
        return Fail("T02", "too_many_events", PathOf(part),
                    absl::StrCat("there are more than ", kEventsMax, " events; send them apart"));
      }
      ReadEvent(event);
    }
  }

  void ReadEvent(const pugi::xml_node& node) {
    PloEvent event;
    event.code = CodeOf(Child(node, "Hendelsekode"));
    const pugi::xml_node at = Child(node, "TidspunktForHendelse");
    if (!at) return Missing(absl::StrCat(PathOf(node), "/TidspunktForHendelse"));
    // An attribute in 1.5 and 1.6, text in 2.0.
    const std::string attribute = CodeOf(at);
    const auto time = ParseXmlTime(attribute.empty() ? TextOf(at) : attribute);
    if (!time.has_value()) return Wrong(PathOf(at), "no date or time");
    event.at = *time;
    const std::string anslag = TextOf(Child(node, "Anslag"));
    if (anslag == "true" || anslag == "1") event.anslag = true;
    if (anslag == "false" || anslag == "0") event.anslag = false;
    out_.events.push_back(std::move(event));
  }

  PloMessage& out_;
  std::optional<PloError>& error_;
};

}  // namespace

int ParseHerId(std::string_view text) {
  int her_id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), her_id);
  const bool ok =
      error == std::errc() && end == text.data() + text.size() && text.size() <= 9 && her_id > 0;
  return ok ? her_id : 0;
}

int HerIdOf(const pugi::xml_node& organisation) {
  for (pugi::xml_node ident = Child(organisation, "Ident"); ident; ident = NextSame(ident)) {
    if (CodeOf(Child(ident, "TypeId")) == "HER") return ParseHerId(TextOf(Child(ident, "Id")));
  }
  return 0;
}

PloReadResult ReadMsgHead(const pugi::xml_node& root) {
  PloReadResult result;
  Reader(result).Head(root);
  return result;
}

}  // namespace overgang::plo
