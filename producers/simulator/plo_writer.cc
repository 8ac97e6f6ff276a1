#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/oslo_time.h"
#include "producers/simulator/messages.h"

namespace overgang::simulator {
namespace {

constexpr const char* kHerId = R"(<TypeId V="HER" DN="HER-id" S="2.16.578.1.12.4.1.1.9051"/>)";
constexpr const char* kNamespaces =
    R"(xmlns:p1="http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01" )"
    R"(xmlns="http://www.kith.no/xmlstds/po/poKomponent/2012-04-01")";

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// PLO has no offset: Europe/Oslo.
std::string XmlTime(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, Oslo()); }

// An organisation with one service under it, both named by HER-id.
std::string Party(const std::string& name, int her_id, const std::string& service,
                  int service_her_id) {
  return absl::StrCat("<Organisation><OrganisationName>", Escape(name),
                      "</OrganisationName><Ident><Id>", her_id, "</Id>", kHerId,
                      "</Ident><Organisation><OrganisationName>", Escape(service),
                      "</OrganisationName><Ident><Id>", service_her_id, "</Id>", kHerId,
                      "</Ident></Organisation></Organisation>");
}

std::string Patient(const Person& person) {
  const bool man = person.sex == v1::SEX_MALE;
  const char* kind = person.d_number ? R"(V="DNR" DN="D-nummer")" : R"(V="FNR" DN="Fødselsnummer")";
  return absl::StrCat(
      "<Patient><FamilyName>", Escape(person.family), "</FamilyName><GivenName>",
      Escape(person.given), "</GivenName><DateOfBirth>",
      absl::StrFormat("%04d-%02d-%02d", person.born.year(), person.born.month(), person.born.day()),
      "</DateOfBirth><Sex V=\"", man ? "1" : "2", "\" DN=\"", man ? "Mann" : "Kvinne",
      "\"/><Ident><Id>", person.number, "</Id><TypeId ", kind,
      " S=\"2.16.578.1.12.4.1.1.8116\"/></Ident></Patient>");
}

// Code list 9121.
std::string Happened(int code, const char* name, absl::Time at) {
  return absl::StrCat("<TidsfestetHendelse><Hendelsekode V=\"", code, "\" DN=\"", name,
                      "\" S=\"2.16.578.1.12.4.1.1.9121\"/><TidspunktForHendelse V=\"", XmlTime(at),
                      "\"/><Anslag>false</Anslag></TidsfestetHendelse>");
}
std::string Admitted(const Stay& stay) { return Happened(1, "Pasient innlagt", stay.admitted); }
std::string Ready(absl::Time at) { return Happened(3, "Pasient utskrivningsklar", at); }

// Code lists 8431 (outcome) and 8408 (where to).
std::string LeftFor(bool dead) {
  const char* outcome = dead ? R"(V="2" DN="Som død")" : R"(V="1" DN="Som levende")";
  return absl::StrCat(
      "<UtskrevetTil><Uttilstand ", outcome,
      R"( S="2.16.578.1.12.4.1.1.8431"/><UtTil V="1" DN="Bosted/arbeidssted" S="2.16.578.1.12.4.1.1.8408"/></UtskrevetTil>)");
}

std::string Story(const Stay& stay, const Step& step) {
  switch (step.kind) {
    case StepKind::kNotice:
      return absl::StrCat("<p1:MeldingInnlagtPasient>", Admitted(stay),
                          "</p1:MeldingInnlagtPasient>");
    case StepKind::kUkp:
    case StepKind::kUkpInError:
      return absl::StrCat("<p1:MeldingUtskrivningsklarPasient>", Admitted(stay),
                          Ready(step.ukp_at.value_or(step.occurred)),
                          "</p1:MeldingUtskrivningsklarPasient>");
    case StepKind::kUkpWithdrawn:
      return absl::StrCat("<p1:AvmeldingUtskrivningsklarPasient>", Admitted(stay),
                          Ready(step.ukp_at.value_or(step.occurred)),
                          Happened(4, "Avmelding av utskrivningsklar pasient", step.occurred),
                          "</p1:AvmeldingUtskrivningsklarPasient>");
    default:
      return absl::StrCat("<p1:MeldingOmUtskrevetPasient>", LeftFor(step.dead),
                          Happened(2, "Pasient utskrevet", step.occurred),
                          "</p1:MeldingOmUtskrevetPasient>");
  }
}

const char* NameOfType(StepKind kind) {
  switch (kind) {
    case StepKind::kNotice:
      return "Melding om innlagt pasient";
    case StepKind::kUkp:
    case StepKind::kUkpInError:
      return "Melding om utskrivningsklar pasient";
    case StepKind::kUkpWithdrawn:
      return "Avmelding av utskrivningsklar pasient";
    default:
      return "Melding om utskrevet pasient";
  }
}

std::string WardName(const SimRegion& region, const std::string& id) {
  for (const SimWard& ward : region.wards) {
    if (ward.id == id) return ward.name;
  }
  return id;
}

}  // namespace

std::string WritePlo(const SimRegion& region, const RunTag& tag, const Stay& stay,
                     const Step& step) {
  // A cancellation names the message that it takes back.
  std::string conversation;
  if (step.original >= 0) {
    const std::string original = MessageId(tag, stay, step.original, StepKind::kUkp);
    conversation = absl::StrCat("<ConversationRef><RefToParent>", original,
                                "</RefToParent><RefToConversation>", original,
                                "</RefToConversation></ConversationRef>");
  }
  const bool to_nurses = step.kind == StepKind::kNotice || step.kind == StepKind::kDischargeNotice;
  const SimKommune& kommune = *stay.kommune;
  // The service within the hospital has a HER-id of its own that nobody needs to know.
  constexpr int kWardHerIds = 90000;
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MsgHead "
      "xmlns=\"http://www.kith.no/xmlstds/msghead/2006-05-24\"><MsgInfo><Type V=\"",
      NameOf(step.kind), "\" DN=\"", NameOfType(step.kind),
      "\"/><MIGversion>v1.2 2006-05-24</MIGversion><GenDate>", XmlTime(step.recorded),
      "</GenDate><MsgId>", MessageId(tag, stay, step.message, step.kind), "</MsgId>", conversation,
      "<Sender>",
      Party(region.hospital_name, region.her_id, WardName(region, step.ward), kWardHerIds),
      "</Sender><Receiver>",
      Party(absl::StrCat(kommune.name, " kommune"), kommune.her_id,
            to_nurses ? "Sykepleietjeneste" : "Saksbehandlertjeneste",
            to_nurses ? kommune.nursing_her_id : kommune.case_worker_her_id),
      "</Receiver>", Patient(stay.person),
      "</MsgInfo><Document><RefDoc><MsgType V=\"XML\" "
      "DN=\"XML-instans\"/><Content><p1:Pasientlogistikk ",
      kNamespaces, "><InformasjonOmForsendelsen><Forsendelsesstatus ",
      step.original >= 0 ? R"(V="C" DN="Kansellering")" : R"(V="N" DN="Ny")",
      "/></InformasjonOmForsendelsen>", Story(stay, step),
      "</p1:Pasientlogistikk></Content></RefDoc></Document></MsgHead>\n");
}

}  // namespace overgang::simulator
