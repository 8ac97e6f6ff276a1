#include "tests/producers/plo/plo_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace overgang::plo {
namespace {

namespace fs = std::filesystem;

std::string PartyXml(std::string_view element, int organisation, int service) {
  const auto ident = [](int her_id) {
    return absl::StrCat(
        "<Ident><Id>", her_id,
        "</Id><TypeId V=\"HER\" DN=\"HER-id\" S=\"2.16.578.1.12.4.1.1.9051\"/></Ident>");
  };
  std::string below;
  if (service != 0)
    below = absl::StrCat("<Organisation><OrganisationName>Tjeneste</OrganisationName>",
                         ident(service), "</Organisation>");
  const std::string name(element);
  return absl::StrCat("<", name,
                      "><Organisation><OrganisationName>Enhet &amp; co</OrganisationName>",
                      ident(organisation), below, "</Organisation></", name, ">");
}

std::string NamespaceFor(std::string_view version) {
  if (version == "1.5") return "http://www.kith.no/xmlstds/po/Pasientlogistikk/2009-06-30";
  if (version == "2.0") return "http://ehelse.no/xmlstds/po/Pasientlogistikk/2016-05-30";
  if (version == "1.6") return "http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01";
  return std::string(version);
}

}  // namespace

fs::path Standards() {
  const char* folder = std::getenv("OVERGANG_STANDARDS");
  return folder != nullptr ? folder : OVERGANG_STANDARDS;
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void WriteAll(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  EXPECT_TRUE(out.flush()) << path;
}

std::string SyntheticNumber(int n) {
  for (int tail = 0; tail < 100'000; ++tail) {
    std::string number = absl::StrFormat("%02d8350%05d", 1 + n, tail);
    if (ClassifyNationalNumber(number).kind == NumberKind::kFnr) return number;
  }
  return "";
}

std::string TestMessage::Text() const {
  std::string text = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mh:MsgHead "
      "xmlns:mh=\"http://www.kith.no/xmlstds/msghead/2006-05-24\"><mh:MsgInfo>",
      "<Type V=\"", type, "\" DN=\"Navn\"/><MIGversion>v1.2 2006-05-24</MIGversion><GenDate>",
      generated, "</GenDate><MsgId>", msg_id, "</MsgId>");
  if (!parent.empty() || !conversation.empty()) {
    absl::StrAppend(&text, "<ConversationRef><RefToParent>", parent,
                    "</RefToParent><RefToConversation>", conversation,
                    "</RefToConversation></ConversationRef>");
  }
  absl::StrAppend(&text, PartyXml("Sender", sender, 0),
                  PartyXml("Receiver", receiver, receiver_service));
  absl::StrAppend(&text, "<Patient>",
                  patient.empty()
                      ? absl::StrCat("<FamilyName>Nilsen</FamilyName><GivenName>Kari</"
                                     "GivenName><DateOfBirth>1950-03-01</DateOfBirth>"
                                     "<Sex V=\"2\"/><Ident><Id>",
                                     SyntheticNumber(), "</Id><TypeId V=\"FNR\"/></Ident>")
                      : patient,
                  "</Patient></mh:MsgInfo><Document><RefDoc><MsgType V=\"XML\"/><Content>");
  const std::string common = absl::StrCat("<InformasjonOmForsendelsen><Forsendelsesstatus V=\"",
                                          status, "\"/></InformasjonOmForsendelsen>");
  const bool v2 = version == "2.0";
  absl::StrAppend(&text, "<p:Pasientlogistikk xmlns:p=\"", NamespaceFor(version), "\">",
                  v2 ? absl::StrCat("<FellesAdministrativeOpplysninger>", common,
                                    "</FellesAdministrativeOpplysninger>")
                     : common,
                  "<p:", usage, ">", discharged);
  for (const auto& [code, at] : events) {
    absl::StrAppend(&text, "<TidsfestetHendelse><Hendelsekode V=\"", code, "\"/>",
                    v2 ? absl::StrCat("<TidspunktForHendelse>", at, "</TidspunktForHendelse>")
                       : absl::StrCat("<TidspunktForHendelse V=\"", at, "\"/>"),
                    "<Anslag>true</Anslag></TidsfestetHendelse>");
  }
  absl::StrAppend(&text, "</p:", usage,
                  "></p:Pasientlogistikk></Content></RefDoc></Document></mh:MsgHead>");
  return text;
}

TestMessage Ukp(std::string msg_id) {
  TestMessage message;
  message.type = "LOG_UTSKRIVNINGSKLAR";
  message.usage = "MeldingUtskrivningsklarPasient";
  message.msg_id = std::move(msg_id);
  message.generated = "2026-01-17T09:30:00";
  message.receiver_service = 25001;
  message.events = {{"1", "2026-01-15T10:00:00"}, {"3", "2026-01-17"}};
  return message;
}

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "overgang-plo-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

Hub::Hub(PloRole role) : role_(role) { Restart(); }
Hub::~Hub() { receiver.reset(); }

void Hub::Restart() {
  receiver.reset();
  seen.reset();
  auto opened = SeenMessages::Open((folder / "plo_seen.log").string(), clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  seen = *std::move(opened);
  receiver = std::make_unique<PloReceiver>(
      PloReceiver::Parts{writer, directory, pseudonymizer, clock, *seen, metrics, role_});
}

std::vector<v1::Envelope> Hub::Facts() {
  std::vector<v1::Envelope> facts;
  auto reader = log.NewReader({}, {}, {});
  EXPECT_TRUE(reader.ok());
  while (true) {
    auto batch = (*reader)->Poll(absl::Milliseconds(1));
    EXPECT_TRUE(batch.ok()) << batch.status();
    for (const LogRecord& record : batch->records) {
      v1::Envelope fact;
      EXPECT_TRUE(fact.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())));
      if (!fact.has_original_received()) facts.push_back(std::move(fact));
    }
    if (batch->records.empty() || batch->at_end) return facts;
  }
}

size_t Hub::Count(std::string_view fact_name) {
  return static_cast<size_t>(std::ranges::count(
      Facts(), fact_name, [](const v1::Envelope& fact) { return FactName(fact); }));
}

absl::StatusOr<PloOutcome> Hub::Handle(std::string message) {
  std::promise<absl::StatusOr<PloOutcome>> promise;
  receiver->Handle(std::move(message), nullptr, false, [&](absl::StatusOr<PloOutcome> outcome) {
    promise.set_value(std::move(outcome));
  });
  return promise.get_future().get();
}

}  // namespace overgang::plo
