// Mails of cards in words: what a reader is told, and what is left out.
#include <gmock/gmock.h>

#include "consumers/cardmail/card_letters.h"
#include "consumers/cardmail/card_text.h"
#include "core/oslo_time.h"

namespace overgang::cardmail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kBase[] = "https://tavle.example.no";
const std::string kHash(32, 'a');

absl::Time At(int hour, int minute) {
  return FromOslo(absl::CivilSecond(2026, 3, 2, hour, minute, 0)).time;
}

class LetterTest : public ::testing::Test {
 protected:
  LetterTest() {
    v1::TiltakskortIssued& issued = *card_.mutable_issued();
    issued.set_card_id("4c9d37b6-3a7f-5d0d-9a5e-1f0a2b3c4d5e");
    issued.set_recipient("h:974749025");
    issued.set_title("Ekstraordinær utskrivning");
    issued.set_why("Det trengs senger nå & straks.");
    issued.set_role("klinikksjef");
    issued.mutable_acknowledge_within()->set_seconds(900);
    for (const auto& [role, name] :
         {std::pair{"klinikksjef", "Klinikksjef"}, {"direktor", "Direktør i vakt"}}) {
      v1::TiltakRole& added = *issued.add_roles();
      added.set_role(role);
      added.set_name(name);
      added.set_held(true);
    }
    AddAction("previsitt", "Hold previsitt <alle>", "Antall vurdert", At(16, 0));
    AddAction("transport", "Bestill transport", "", At(23, 0) + absl::Hours(3));
    card_.set_open(true);
    card_.set_hospital("974749025");
    card_.set_level(v1::ESCALATION_LEVEL_ROD);
    card_.set_role("klinikksjef");
    *card_.mutable_issued_at() = ToProto(At(14, 15));
    *card_.mutable_acknowledge_by() = ToProto(At(14, 30));
    level_.newest.set_to(v1::ESCALATION_LEVEL_ROD);
    AddInput("occupancy", 104.5, 103, v1::ESCALATION_LEVEL_ROD, true);
    AddInput("longest_wait_minutes", 500, 480, v1::ESCALATION_LEVEL_ROD, true);
    AddInput("corridor", 2, 10, v1::ESCALATION_LEVEL_ROD, false);
    roles_.given = true;
    for (const char* recipient : {"h:974749025", "k:5001"}) {
      roles_.holders[{recipient, "klinikksjef"}] = {"kari"};
      roles_.holders[{recipient, "direktor"}] = {"ola"};
    }
  }
  // The card is as a round leaves it: with this role, until then.
  void Hand(const std::string& role, absl::Time until) {
    card_.set_role(role);
    *card_.mutable_acknowledge_by() = ToProto(until);
    if (role.empty()) card_.clear_acknowledge_by();
  }
  void Silent(const std::string& name) { card_.add_unanswered()->set_name(name); }
  void AddRole(const std::string& role, const std::string& name) {
    v1::TiltakRole& added = *card_.mutable_issued()->add_roles();
    added.set_role(role);
    added.set_name(name);
  }
  void AddAction(const std::string& id, const std::string& text, const std::string& evidence,
                 absl::Time due) {
    v1::Tiltak& action = *card_.mutable_issued()->add_actions();
    action.set_tiltak_id(id);
    action.set_text(text);
    action.set_evidence(evidence);
    action.mutable_owner()->set_role("klinikksjef");
    action.mutable_owner()->set_name("Klinikksjef");
    v1::TiltakStanding& standing = *card_.add_actions();
    standing.set_tiltak_id(id);
    standing.set_state(v1::TILTAK_STATE_OPEN);
    *standing.mutable_due_at() = ToProto(due);
  }
  void AddInput(const std::string& name, double value, double threshold, v1::EscalationLevel level,
                bool past) {
    v1::LevelInput& input = *level_.newest.add_inputs();
    input.set_name(name);
    input.set_value(value);
    input.set_threshold(threshold);
    input.set_level(level);
    input.set_past(past);
    input.set_state(v1::LEVEL_INPUT_STATE_MEASURED);
  }
  daily_status::Edition Edition(const std::string& base_url = kBase) const {
    const auto card = std::make_shared<const v1::Tiltakskort>(card_);
    return CardEdition({card, HandOf(card_), "vakt@example.no", "klinikksjef"}, kHash, &level_,
                       roles_, *directory_, signer_, base_url, At(14, 16));
  }

  const LinkSigner signer_{std::string(32, 'k')};
  const std::shared_ptr<const Directory> directory_ = Directory::BuiltIn();
  v1::Tiltakskort card_;
  projections::LevelState level_;
  tiltakskort::Roles roles_;
};

TEST_F(LetterTest, TheSubjectSaysItAll) {
  EXPECT_EQ(Edition().subject,
            "Rødt nivå ved St. Olavs hospital: tiltakskort «Ekstraordinær utskrivning» – kvitter "
            "innen 14.30");
  *card_.mutable_acknowledge_by() = ToProto(At(14, 30) + absl::Hours(24));
  EXPECT_THAT(Edition().subject, HasSubstr("– kvitter innen 3. mars kl. 14.30"));
  card_.clear_acknowledge_by();
  EXPECT_THAT(Edition().subject, ::testing::EndsWith("» – kvitter"));
  card_.mutable_acknowledged()->set_by("kari");
  EXPECT_THAT(Edition().subject, ::testing::EndsWith("» – kvittert"));
}

TEST_F(LetterTest, TextAndHtmlSayTheSame) {
  const daily_status::Edition mail = Edition();
  for (const char* said :
       {"Ekstraordinær utskrivning", "Belegg 104,5\u00a0% (grensen for rød er 103\u00a0%)",
        "Lengste ventetid i akuttmottaket: 8\u00a0t\u00a020\u00a0min (grensen for rød er 8\u00a0t)",
        "Klinikksjef", "Kvitterer ingen innen 14.30, går kortet videre til Direktør i vakt.",
        "Antall vurdert", "Bestill transport", "3. mars kl. 02.00",
        "Skriv aldri pasientopplysninger"}) {
    EXPECT_THAT(mail.text, HasSubstr(said));
    EXPECT_THAT(mail.html, HasSubstr(said));
  }
  EXPECT_THAT(mail.text, Not(HasSubstr("korridor"))) << "not past its limit";
  EXPECT_THAT(mail.text, HasSubstr("Hold previsitt <alle>"));
  EXPECT_THAT(mail.html, HasSubstr("Hold previsitt &lt;alle&gt;"));
  EXPECT_THAT(mail.text, Not(HasSubstr("{{")));
  EXPECT_THAT(mail.html,
              AllOf(Not(HasSubstr("{{")), Not(HasSubstr("<script")), Not(HasSubstr("src="))));
}

TEST_F(LetterTest, EachLinkIsGoodForWhatItStandsAt) {
  const std::string text = Edition().text;
  std::vector<Link> links;
  for (size_t at = text.find(kLinkPath); at != std::string::npos;
       at = text.find(kLinkPath, at + 1)) {
    const size_t from = at + sizeof(kLinkPath) - 1;
    const auto link = signer_.Read(text.substr(from, text.find('\n', from) - from));
    ASSERT_TRUE(link.has_value());
    links.push_back(*link);
  }
  ASSERT_EQ(links.size(), 3U);
  EXPECT_EQ(links[0],
            (Link{card_.issued().card_id(), 0, "", "klinikksjef", kHash, At(14, 15) + kLinkHolds}));
  EXPECT_EQ(links[1].tiltak_id, "previsitt");
  EXPECT_EQ(links[2].tiltak_id, "transport");
  const daily_status::Edition without = Edition("");
  EXPECT_THAT(without.text,
              AllOf(Not(HasSubstr(kLinkPath)), HasSubstr("Kvitter og meld tilbake på tavlen")));
  EXPECT_THAT(without.html, Not(HasSubstr("href=")));
}

TEST_F(LetterTest, AKommuneIsToldNoNumbersOfOthersPatients) {
  card_.mutable_issued()->set_recipient("k:5001");
  level_.newest.set_cause(v1::LEVEL_CAUSE_OVERRIDE);
  level_.newest.set_reason("Influensa på medisin");
  const daily_status::Edition mail = Edition("");  // Tokens are any letters and digits.
  EXPECT_THAT(mail.text, AllOf(HasSubstr("Belegg er over grensen for rød"),
                               HasSubstr("Nivået er satt av en person"), HasSubstr("Trondheim")));
  for (const char* hidden : {"104,5", "103", "8\u00a0t", "Influensa"}) {
    EXPECT_THAT(mail.text, Not(HasSubstr(hidden)));
    EXPECT_THAT(mail.html, Not(HasSubstr(hidden)));
  }
}

TEST_F(LetterTest, WhatIsSettledHasNoLinkAndWhoWasSilentIsTold) {
  v1::TiltakStanding& done = *card_.mutable_actions(0);
  done.set_state(v1::TILTAK_STATE_DONE);
  done.set_by("kari");
  done.set_role("klinikksjef");
  done.set_told("9 vurdert");
  *done.mutable_at() = ToProto(At(14, 10));
  card_.set_renewals(1);
  *card_.mutable_renewed_at() = ToProto(At(14, 15));
  Hand("direktor", At(14, 45));
  Silent("Klinikksjef");
  const daily_status::Edition mail = Edition();
  EXPECT_THAT(mail.text, AllOf(HasSubstr("Utført 14.10 av kari som Klinikksjef: 9 vurdert"),
                               HasSubstr("Ikke kvittert i tide av Klinikksjef."),
                               HasSubstr("Nivået har steget igjen"),
                               HasSubstr("innen 14.45, går kortet til alle rollene på det: "
                                         "Klinikksjef og Direktør i vakt.")));
}

TEST_F(LetterTest, ACardOfAllItsRolesIsWithThoseThatSomebodyHoldsNow) {
  AddRole("overlege", "Overlege");
  Hand("", {});
  EXPECT_THAT(Edition().text, HasSubstr("Kortet er hos: Klinikksjef og Direktør i vakt\n"))
      << "nobody holds the third";
  roles_.holders.clear();
  EXPECT_THAT(Edition().text,
              HasSubstr("Kortet er hos: alle som kan skrive for St. Olavs hospital, "
                        "for ingen har rollene på det\n"));
  roles_.holders[{"h:974749025", "overlege"}] = {"siri"};
  EXPECT_THAT(Edition().text, HasSubstr("Kortet er hos: Overlege\n"))
      << "who was named since may answer it";
}

TEST_F(LetterTest, WhatHoldsTheLevelIsAReasonAndWhatIsUnknownIsTold) {
  level_.newest.clear_inputs();
  AddInput("occupancy", 101, 103, v1::ESCALATION_LEVEL_ROD, false);
  level_.newest.mutable_inputs(0)->set_holds(true);
  level_.newest.mutable_inputs(0)->set_exit(100);
  AddInput("ukp", 12, 20, v1::ESCALATION_LEVEL_ROD, false);
  level_.newest.mutable_inputs(1)->set_state(v1::LEVEL_INPUT_STATE_UNKNOWN);
  const daily_status::Edition mail = Edition();
  EXPECT_THAT(mail.text, HasSubstr("Belegg 101\u00a0% holder nivået (grensen for rød er "
                                   "103\u00a0%, slipper ved 100\u00a0%)"));
  EXPECT_THAT(mail.text, HasSubstr("Utskrivningsklare: ukjent"));
}

TEST_F(LetterTest, WhereNobodyElseCanHaveItTheCardStaysWhereItIs) {
  roles_.holders.erase({"h:974749025", "direktor"});
  const char* stays =
      "Kvitterer ingen innen 14.30, blir kortet stående hos Klinikksjef, og det sendes en ny "
      "e-post. "
      "Ingen andre har en rolle på kortet.";
  EXPECT_THAT(Edition().text, HasSubstr(stays)) << "nobody holds the other role";
  card_.mutable_issued()->mutable_roles()->RemoveLast();
  EXPECT_THAT(Edition().text, HasSubstr(stays)) << "there is no other role";
}

TEST_F(LetterTest, OnlyRolesThatHadTheCardAreToldNotToHaveAnswered) {
  AddRole("overlege", "Overlege");
  Hand("overlege", At(15, 0));
  EXPECT_THAT(Edition().text, Not(HasSubstr("Ikke kvittert i tide")));
  Silent("Klinikksjef");
  Silent("Direktør i vakt");
  EXPECT_THAT(Edition().text,
              HasSubstr("Ikke kvittert i tide av Klinikksjef og Direktør i vakt.\n"));
}

TEST_F(LetterTest, OfAMeetingNoLevelIsTold) {
  card_.mutable_issued()->set_meeting_id("m");
  card_.set_level(v1::ESCALATION_LEVEL_UNSPECIFIED);
  const daily_status::Edition mail = Edition();
  EXPECT_THAT(mail.subject,
              ::testing::StartsWith("Kapasitetsmøtet ved St. Olavs hospital: tiltakskort «"));
  EXPECT_THAT(mail.text, Not(HasSubstr("Derfor er nivået slik")));
}

TEST_F(LetterTest, TheSameCardMakesTheSameBytes) {
  EXPECT_EQ(Edition().html, Edition().html);
  EXPECT_EQ(Edition().text, Edition().text);
}

}  // namespace
}  // namespace overgang::cardmail
