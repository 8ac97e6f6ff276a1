// Mails of cards on their way: who gets one, when one is not sent after all, and what two hubs make
// of it. Over hubs of real parts; what the SMTP server says is the test's.
#include <gmock/gmock.h>

#include "consumers/cardmail/card_postman.h"
#include "tests/consumers/postman_fixture.h"
#include "tests/consumers/tiltakskort_fixture.h"

namespace overgang::cardmail {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct CardSender {
  CardSender(DealingHub& hub_in, const tiltakskort::RolesHolder& roles_in)
      : hub(hub_in), roles(roles_in) {
    postman.Start();
  }
  ~CardSender() {
    hub.log.Hold(false);
    postman.Stop();
    mailer.Stop();
    postman.Finish();
  }
  std::vector<std::string> To() const {
    std::vector<std::string> to;
    for (const auto& mail : mailer.sent()) to.push_back(mail.to);
    return to;
  }
  std::map<std::string, int> States() const {
    std::map<std::string, int> states;
    const auto told = DeliveriesOfCards(hub.views.Current(), roles.Get(), *hub.directory.Get(),
                                        policy, OsloDate(hub.clock.Now()), hub.clock.Now());
    for (const v1::Delivery& delivery : *told) ++states[delivery.state()];
    return states;
  }

  DealingHub& hub;
  const tiltakskort::RolesHolder& roles;
  ScriptedMailer mailer;
  daily_status::MailSender sender{"Overgang <overgang@example.no>", "https://overgang.example.no"};
  daily_status::Policy policy{};
  const LinkSigner signer{std::string(32, 'k')};
  CardPostman postman{{hub.views, hub.writer, hub.log, hub.leadership, hub.clock, hub.metrics,
                       hub.directory, roles, sender, policy, signer, mailer}};
};

class CardPostmanTest : public TiltakskortTest {
 protected:
  void SetUp() override { SetAddresses({{"first", 'a'}, {"first", 'b'}, {"second", 'c'}}); }
  void SetAddresses(const std::vector<std::pair<std::string, char>>& hashes) {
    tiltakskort::Roles roles;
    roles.given = true;
    for (const char* role : {"first", "second", "third"})
      roles.holders[{kOfHospital, role}] = {role};
    for (const auto& [role, letter] : hashes) {
      roles.addresses[{kOfHospital, role}].push_back(
          {absl::StrCat(std::string(1, letter), "@example.no"), std::string(32, letter)});
    }
    roles_.Set(std::move(roles));
  }
  using States = std::map<std::string, int>;
};

TEST_F(CardPostmanTest, EachAddressOfWhoHasItGetsOneAndThenTheNextRoles) {
  const auto hub = NewHub();
  CardSender sender(*hub, roles_);
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return sender.States() == States{{"accepted", 2}}; }));
  EXPECT_THAT(sender.To(), UnorderedElementsAre("a@example.no", "b@example.no"));
  EXPECT_THAT(sender.mailer.sent()[0].Header("Message-ID"), HasSubstr("tiltakskort.2026-"));
  clock_.Set(clock_.Now() + absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return sender.To().size() == 3; }));
  EXPECT_EQ(sender.To()[2], "c@example.no");
  EXPECT_TRUE(Eventually([&] { return sender.States() == States{{"accepted", 3}}; }));
  EXPECT_TRUE(NothingMore());
}

TEST_F(CardPostmanTest, ARenewedCardIsMailedAnewAndAClosedOneNot) {
  SetCards({Template("kort", v1::ESCALATION_LEVEL_GUL)});
  const auto hub = NewHub();
  CardSender sender(*hub, roles_);
  SetLevel(v1::ESCALATION_LEVEL_GUL);
  ASSERT_TRUE(Eventually([&] { return sender.To().size() == 2; }));
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return sender.To().size() == 4; }));
  std::set<std::string> ids;
  for (const auto& mail : sender.mailer.sent()) ids.insert(mail.Header("Message-ID"));
  EXPECT_EQ(ids.size(), 4U);
  SetLevel(v1::ESCALATION_LEVEL_HVIT);
  ASSERT_TRUE(Eventually([&] { return hub->Open().empty(); }));
  EXPECT_TRUE(NothingMore());
  EXPECT_EQ(sender.To().size(), 4U);
}

TEST_F(CardPostmanTest, WhatWasRefusedForNowIsTriedAgainUntilTheCardIsClosed) {
  const auto hub = NewHub();
  CardSender sender(*hub, roles_);
  sender.mailer.Say([](const OutgoingMail& mail) -> std::optional<MailOutcome> {
    if (mail.to.starts_with('a')) return MailOutcome{MailOutcome::Kind::kRefused, 451, "451 later"};
    return ScriptedMailer::Taken();
  });
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] {
    return sender.States() == States{{"accepted", 1}, {"rejected", 1}};
  }));
  clock_.Set(clock_.Now() + absl::Minutes(3));
  ASSERT_TRUE(Eventually([&] { return sender.To().size() == 3; }));
  SetLevel(v1::ESCALATION_LEVEL_HVIT);
  ASSERT_TRUE(Eventually([&] { return hub->Open().empty(); }));
  clock_.Set(clock_.Now() + absl::Hours(1));
  EXPECT_TRUE(NothingMore());
  EXPECT_EQ(sender.To().size(), 3U);
  EXPECT_EQ(sender.States(), (States{{"accepted", 1}, {"rejected", 1}}));
}

TEST_F(CardPostmanTest, AMailOfACardThatWasClosedBeforeItWasSentIsNotSent) {
  const auto hub = NewHub();
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  TheCard(*hub);
  // The attempt is in the log, and before it is read back the card is closed.
  CardBook book;
  ASSERT_TRUE(book.Read(hub->views.Current(), roles_.Get(), {}).ok());
  const daily_status::MailSender from{"overgang@example.no", ""};
  const LinkSigner signer(std::string(32, 'k'));
  CardLetters letters(book, from, hub->directory, signer);
  const auto wanted = WantedMails(*hub->views.Current()->cards, *roles_.Get());
  ASSERT_EQ(wanted.size(), 2U);
  const projections::MailKey key = wanted.begin()->first;
  EXPECT_EQ(letters.WhyNot(key), "");
  EXPECT_TRUE(
      letters.Compose({key, "", 1, "a@example.no", "nb"}, key.MessageId("x.no"), clock_.Now())
          .ok());
  ScriptedMailer mailer;
  const daily_status::Policy policy{};
  daily_status::Outbox outbox({hub->writer, mailer, clock_, hub->metrics, letters, policy, "x.no",
                               "doer", [] {}, "test", "mend it"});
  outbox.Begin({{key, "", 1, "a@example.no", "nb"}});
  ASSERT_TRUE(Eventually([&] {
    const auto mail = projections::FindMail(*hub->views.Current()->rows, key);
    return mail.ok() && mail->has_value();
  }));
  SetLevel(v1::ESCALATION_LEVEL_HVIT);
  ASSERT_TRUE(Eventually([&] { return hub->Open().empty(); }));
  ASSERT_TRUE(book.Read(hub->views.Current(), roles_.Get(), {}).ok());
  outbox.Follow();
  EXPECT_THAT(mailer.sent(), IsEmpty());
  ASSERT_TRUE(Eventually([&] {
    EXPECT_TRUE(book.Read(hub->views.Current(), roles_.Get(), {}).ok());
    outbox.Follow();
    return outbox.empty();
  }));
  EXPECT_THAT(book.Find(key)->tries(0).reply(), HasSubstr("not sent: the card was closed"));
  EXPECT_FALSE(
      letters.Compose({key, "", 1, "a@example.no", "nb"}, key.MessageId("x.no"), clock_.Now())
          .ok());
}

TEST_F(CardPostmanTest, ANewAddressOfARoleGetsTheCardThatIsOpen) {
  SetAddresses({});
  const auto hub = NewHub();
  CardSender sender(*hub, roles_);
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  TheCard(*hub);
  EXPECT_TRUE(NothingMore());
  EXPECT_THAT(sender.To(), IsEmpty());
  SetAddresses({{"first", 'd'}});
  ASSERT_TRUE(Eventually([&] { return sender.To().size() == 1; }));
  EXPECT_THAT(sender.To(), ElementsAre("d@example.no"));
}

TEST_F(CardPostmanTest, WhoDecidesSendsAndWhatItNeverToldOfIsSentOnceMore) {
  const auto one = NewHub();
  const auto two = NewHub();
  two->leadership.is_doer = false;
  CardSender first(*one, roles_);
  first.mailer.Say([](const OutgoingMail&) { return std::optional<MailOutcome>(); });
  CardSender second(*two, roles_);
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  ASSERT_TRUE(Eventually([&] { return first.To().size() == 2; }));
  ASSERT_TRUE(Eventually([&] { return second.States() == States{{"attempted", 2}}; }));
  EXPECT_THAT(second.To(), IsEmpty());
  one->leadership.is_doer = false;
  two->leadership.is_doer = true;
  EXPECT_TRUE(NothingMore());
  EXPECT_THAT(second.To(), IsEmpty()) << "they may be under way";
  clock_.Set(clock_.Now() + absl::Minutes(6));
  ASSERT_TRUE(Eventually([&] { return second.States() == States{{"accepted", 2}}; }));
  EXPECT_EQ(second.mailer.sent()[0].Header("Message-ID"),
            first.mailer.sent()[0].Header("Message-ID"));
  EXPECT_EQ(second.To().size(), 2U);
}

}  // namespace
}  // namespace overgang::cardmail
