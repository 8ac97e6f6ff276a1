// The links of card mails: what a token proves, in whose hands a card is, and what looking and
// answering by a link does, over a hub of real parts.
#include <gmock/gmock.h>

#include "consumers/cardmail/hand.h"
#include "consumers/cardmail/landing.h"
#include "consumers/cardmail/link.h"
#include "consumers/tiltakskort/said.h"
#include "tests/consumers/tiltakskort_fixture.h"
#include "tests/core/memory_access_log.h"

namespace overgang::cardmail {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSynthetic[] = "01857210057";
constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";

Link SomeLink() {
  return {
      "4c9d37b6-3a7f-5d0d-9a5e-1f0a2b3c4d5e", 3, "gjennomgang", "klinikksjef", std::string(32, 'a'),
      absl::FromUnixSeconds(1'700'000'000)};
}

TEST(LinkTest, SaysWhatItWasMadeOf) {
  const LinkSigner signer(kSecret);
  const std::string token = signer.TokenOf(SomeLink());
  EXPECT_EQ(signer.Read(token), SomeLink());
  EXPECT_LT(token.size(), kTokenCharsMax);
  EXPECT_EQ(
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
  Link acknowledges = SomeLink();
  acknowledges.tiltak_id.clear();
  EXPECT_EQ(signer.Read(signer.TokenOf(acknowledges)), acknowledges);
}

TEST(LinkTest, IsNothingWhereAnythingOfItIsChangedOrCutOff) {
  const LinkSigner signer(kSecret);
  const std::string token = signer.TokenOf(SomeLink());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(signer.Read(forged).has_value()) << i;
    EXPECT_FALSE(signer.Read(token.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(signer.Read(token + "A").has_value());
  EXPECT_FALSE(signer.Read(token + "=").has_value());
  EXPECT_FALSE(signer.Read(std::string(kTokenCharsMax + 1, 'A')).has_value());
  EXPECT_FALSE(signer.Read("../../etc/passwd").has_value());
}

TEST(LinkTest, IsNothingUnderAnotherKey) {
  const std::string token = LinkSigner(kSecret).TokenOf(SomeLink());
  EXPECT_FALSE(LinkSigner(std::string(32, 'x')).Read(token).has_value());
  EXPECT_TRUE(LinkSigner(kSecret).Read(token).has_value());
}

constexpr char kFirst[] = "11111111111111111111111111111111";
constexpr char kSecond[] = "22222222222222222222222222222222";

class LandingTest : public TiltakskortTest {
 protected:
  void SetUp() override {
    SetAddresses({{"first", kFirst}, {"second", kSecond}});
    hub_ = NewHub();
    landing_ = std::make_unique<Landing>(Landing::Parts{hub_->views, hub_->methods, access_log_,
                                                        clock_, hub_->directory, roles_, signer_});
    SetLevel(v1::ESCALATION_LEVEL_ROD);
    card_ = TheCard(*hub_);
  }
  void SetAddresses(const std::vector<std::pair<std::string, std::string>>& hashes) {
    tiltakskort::Roles roles;
    roles.given = true;
    for (const char* role : {"first", "second", "third"})
      roles.holders[{kOfHospital, role}] = {role};
    for (const auto& [role, hash] : hashes)
      roles.addresses[{kOfHospital, role}].push_back({role + "@example.no", hash});
    roles_.Set(std::move(roles));
  }
  Link LinkOf(const std::string& tiltak_id, const std::string& role = "first",
              const std::string& hash = kFirst) const {
    return {card_.issued().card_id(), HandOf(card_).number, tiltak_id, role, hash,
            clock_.Now() + kLinkHolds};
  }
  HttpResponse Ask(const std::string& method, const std::string& token, const std::string& body) {
    HttpRequest request;
    request.method = method;
    request.path = kLinkPath + token;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = body;
    std::promise<HttpResponse> promise;
    landing_->Serve(request,
                    [&](HttpResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
  HttpResponse Get(const Link& link) { return Ask("GET", signer_.TokenOf(link), ""); }
  HttpResponse Post(const Link& link, const std::string& body) {
    return Ask("POST", signer_.TokenOf(link), body);
  }
  v1::Tiltakskort Now() { return *hub_->Card(card_.issued().card_id()); }

  const LinkSigner signer_{kSecret};
  MemoryAccessLog access_log_;
  std::unique_ptr<DealingHub> hub_;
  std::unique_ptr<Landing> landing_;
  v1::Tiltakskort card_;
};

TEST_F(LandingTest, LookingChangesNothingHoweverOften) {
  for (int i = 0; i < 3; ++i) {
    const HttpResponse page = Get(LinkOf(""));
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("Kvitter for kortet"));
    EXPECT_THAT(page.body, HasSubstr("Tittel"));
    EXPECT_THAT(page.body, Not(HasSubstr("src=")));
    EXPECT_THAT(page.body, Not(HasSubstr("href=")));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_EQ(page.cache_control, "no-store");
    EXPECT_THAT(page.headers,
                ::testing::Contains(::testing::Pair("Referrer-Policy", "no-referrer")));
  }
  EXPECT_EQ(Get(LinkOf("one")).status, 200);
  EXPECT_TRUE(NothingMore());
  EXPECT_FALSE(Now().has_acknowledged());
  ASSERT_EQ(access_log_.entries().size(), 4U);
  EXPECT_EQ(access_log_.entries()[0].principal(), std::string("mail:") + kFirst);
  EXPECT_EQ(access_log_.entries()[0].method(), "GET /tiltak");
  EXPECT_EQ(access_log_.entries()[3].asked().at("tiltak_id"), "one");
}

TEST_F(LandingTest, AnswersOnceAsTheAddressInItsRole) {
  const HttpResponse thanks = Post(LinkOf(""), "hva=kvitter");
  EXPECT_EQ(thanks.status, 200);
  EXPECT_THAT(thanks.body, HasSubstr("Takk. Kortet er kvittert."));
  EXPECT_EQ(Now().acknowledged().by(), std::string("mail:") + kFirst);
  EXPECT_EQ(Now().acknowledged().role(), "first");
  const size_t facts = InLog().size();
  const HttpResponse again = Post(LinkOf(""), "hva=kvitter");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("Kortet er kvittert"));
  EXPECT_THAT(again.body, HasSubstr("Lenken kan ikke brukes igjen"));
  EXPECT_THAT(again.body, Not(HasSubstr("<form")));
  EXPECT_EQ(Get(LinkOf("")).status, 200);
  EXPECT_EQ(InLog().size(), facts);
}

TEST_F(LandingTest, AnActionIsDoneWithWhatItAsksForAndNothingLess) {
  const HttpResponse missing = Post(LinkOf("one"), "hva=utfort&tekst=+");
  EXPECT_EQ(missing.status, 400);
  EXPECT_THAT(missing.body, HasSubstr("Skriv det tiltaket ber om: Antall."));
  EXPECT_TRUE(NothingMore());
  const HttpResponse done = Post(LinkOf("one"), "hva=utfort&tekst=3+f%C3%B8r+n%C3%A5");
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(done.body, HasSubstr("Tiltaket er meldt utført"));
  EXPECT_THAT(done.body, HasSubstr("«3 før nå»"));
  EXPECT_EQ(Now().actions(0).told(), "3 før nå");
  EXPECT_EQ(Now().actions(0).role(), "first");
  const HttpResponse again = Post(LinkOf("one"), "hva=avslatt&tekst=angret");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("«3 før nå»"));
  EXPECT_EQ(Now().actions(0).state(), v1::TILTAK_STATE_DONE);
}

TEST_F(LandingTest, DeclinesWithAReason) {
  EXPECT_EQ(Post(LinkOf("two"), "hva=avslatt&tekst=").status, 400);
  EXPECT_EQ(Post(LinkOf("two"), "hva=avslatt&tekst=%3Cb%3E+f%C3%A5+folk").status, 200);
  EXPECT_EQ(Now().actions(1).state(), v1::TILTAK_STATE_DECLINED);
  EXPECT_EQ(Now().actions(1).told(), "<b> få folk");
  EXPECT_THAT(Get(LinkOf("two")).body, HasSubstr("&lt;b&gt; få folk"));
}

TEST_F(LandingTest, ANationalNumberIsNotTaken) {
  const HttpResponse page =
      Post(LinkOf("one"), absl::StrCat("hva=utfort&tekst=gjelder+", kSynthetic));
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("fødselsnummer"));
  EXPECT_TRUE(NothingMore());
}

TEST_F(LandingTest, WhatIsNoFormIsRefused) {
  EXPECT_EQ(Post(LinkOf(""), "").status, 400);
  EXPECT_EQ(Post(LinkOf(""), "hva=utfort").status, 400);
  EXPECT_EQ(Post(LinkOf("one"), "hva=kvitter").status, 400);
  EXPECT_EQ(Post(LinkOf("one"), "hva=utfort&tekst=%ff").status, 400);
  EXPECT_EQ(Post(LinkOf("one"), "hva=utfort&tekst=" + std::string(3'000, 'x')).status, 400);
  EXPECT_EQ(Post(LinkOf("one"), std::string(kFormBytesMax + 1, 'x')).status, 413);
  EXPECT_TRUE(NothingMore());
}

TEST_F(LandingTest, AForgedOrExpiredLinkIsToldSo) {
  EXPECT_EQ(Ask("GET", "x", "").status, 403);
  EXPECT_EQ(Ask("POST", LinkSigner("another").TokenOf(LinkOf("")), "hva=kvitter").status, 403);
  EXPECT_EQ(access_log_.entries().size(), 0U);
  Link expired = LinkOf("");
  expired.expires = clock_.Now();
  const HttpResponse page = Post(expired, "hva=kvitter");
  EXPECT_EQ(page.status, 410);
  EXPECT_THAT(page.body, HasSubstr("Lenken gjaldt til"));
  EXPECT_FALSE(Now().has_acknowledged());
}

TEST_F(LandingTest, ByAnotherIsTold) {
  ASSERT_TRUE(hub_->Acknowledge(card_.issued().card_id(), OfHospital("first"), "k").ok());
  EXPECT_EQ(Get(LinkOf("")).status, 200);
  const HttpResponse page = Post(LinkOf(""), "hva=kvitter");
  EXPECT_EQ(page.status, 409);
  EXPECT_THAT(page.body, HasSubstr("av first som Første"));
}

TEST_F(LandingTest, ACardThatHasGoneOnIsTheNextRoles) {
  const Link old = LinkOf("");
  clock_.Set(clock_.Now() + absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return Now().role() == "second"; }));
  const HttpResponse page = Post(old, "hva=kvitter");
  EXPECT_EQ(page.status, 410);
  EXPECT_THAT(page.body, HasSubstr("så kortet gikk videre til second"));
  card_ = Now();
  EXPECT_EQ(Post(LinkOf("", "second", kSecond), "hva=kvitter").status, 200);
  EXPECT_EQ(Now().acknowledged().role(), "second");
}

TEST_F(LandingTest, ACardThatNobodyElseCanHaveIsToldToBeThereStill) {
  tiltakskort::Roles roles;
  roles.given = true;
  roles.addresses[{kOfHospital, "first"}].push_back({"first@example.no", kFirst});
  roles_.Set(std::move(roles));
  SetLevel(v1::ESCALATION_LEVEL_GUL);
  ASSERT_TRUE(Eventually([&] { return hub_->Open().empty(); }));
  SetLevel(v1::ESCALATION_LEVEL_ROD);
  card_ = TheCard(*hub_);
  const Link old = LinkOf("");
  clock_.Set(clock_.Now() + absl::Minutes(31));
  ASSERT_TRUE(Eventually([&] { return Now().role().empty(); }));
  const HttpResponse page = Post(old, "hva=kvitter");
  EXPECT_EQ(page.status, 410);
  EXPECT_THAT(page.body,
              HasSubstr("men ingen andre har en rolle på kortet, så det står der fortsatt. "
                        "Denne lenken gjelder ikke lenger; bruk den i den nyeste"));
  card_ = Now();
  EXPECT_EQ(Post(LinkOf(""), "hva=kvitter").status, 200);
}

TEST_F(LandingTest, AnAnswerIsAsLongAsItsCharacters) {
  std::string longest;
  for (size_t i = 0; i < tiltakskort::kToldCharsMax; ++i) longest += "%F0%9F%9B%8F";  // A bed.
  EXPECT_EQ(Post(LinkOf("one"), "hva=utfort&tekst=" + longest + "x").status, 400);
  EXPECT_EQ(Post(LinkOf("one"), "hva=utfort&tekst=" + longest).status, 200);
  EXPECT_EQ(Now().actions(0).told().size(), 4 * tiltakskort::kToldCharsMax);
}

TEST_F(LandingTest, AfterARenewalOnlyTheNewLinkAnswers) {
  const Link old = LinkOf("");
  ASSERT_EQ(Post(old, "hva=kvitter").status, 200);
  Append({Level(++revision_, level_, v1::ESCALATION_LEVEL_GUL, clock_.Now())});
  ASSERT_TRUE(Eventually([&] { return !Now().open(); }));
  EXPECT_EQ(Get(old).status, 200) << "it says what was done with it";
  EXPECT_EQ(Get(LinkOf("one")).status, 410);
  EXPECT_THAT(Post(LinkOf("one"), "hva=utfort&tekst=3").body, HasSubstr("fordi nivået falt"));
}

TEST_F(LandingTest, WhoIsTakenOutOfTheRolesFileIsShownNothing) {
  SetAddresses({{"second", kSecond}});
  const HttpResponse page = Get(LinkOf(""));
  EXPECT_EQ(page.status, 403);
  EXPECT_THAT(page.body, Not(HasSubstr("Tittel")));
  EXPECT_EQ(Post(LinkOf(""), "hva=kvitter").status, 403);
  EXPECT_FALSE(Now().has_acknowledged());
}

TEST_F(LandingTest, NothingIsShownThatTheAccessLogDoesNotTake) {
  access_log_.Fail(absl::UnavailableError("full"));
  EXPECT_EQ(Get(LinkOf("")).status, 503);
}

TEST_F(LandingTest, TooManyVisitsOfOneAddressStopNoOther) {
  for (int i = 0; i < kVisitsPerMinuteMax; ++i) ASSERT_EQ(Get(LinkOf("")).status, 200);
  EXPECT_EQ(Get(LinkOf("")).status, 429);
  EXPECT_EQ(Get(LinkOf("one", "second", kSecond)).status, 200);
}

TEST(HandTest, GrowsWithEachRoleAndRenewal) {
  v1::Tiltakskort card;
  for (const char* role : {"a", "b", "c"}) card.mutable_issued()->add_roles()->set_role(role);
  card.mutable_issued()->mutable_acknowledge_within()->set_seconds(600);
  *card.mutable_issued_at() = ToProto(absl::FromUnixSeconds(1'000'000));
  std::vector<int> numbers;
  for (int renewals = 0; renewals < 2; ++renewals) {
    card.set_renewals(renewals);
    for (const char* role : {"a", "b", "c", ""}) {
      card.set_role(role);
      numbers.push_back(HandOf(card).number);
      EXPECT_EQ(IsRenewedSince(card, numbers.front()), renewals > 0);
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), numbers.size());
  *card.mutable_acknowledge_by() = ToProto(absl::FromUnixSeconds(2'000'000));
  EXPECT_EQ(HandOf(card).since, absl::FromUnixSeconds(2'000'000 - 600));
  card.clear_acknowledge_by();
  card.add_passed_over()->set_role("b");
  EXPECT_EQ(HandOf(card).since, absl::FromUnixSeconds(1'000'000 + 2 * 600));
}

TEST(ReadersTest, EachAddressOnceAsTheFirstOfItsRoles) {
  v1::Tiltakskort card;
  card.mutable_issued()->set_recipient(kOfHospital);
  for (const char* role : {"a", "b"}) card.mutable_issued()->add_roles()->set_role(role);
  tiltakskort::Roles roles;
  roles.given = true;
  roles.addresses[{kOfHospital, "a"}] = {{"x@example.no", "x"}};
  roles.addresses[{kOfHospital, "b"}] = {{"x@example.no", "x"}, {"y@example.no", "y"}};
  const auto told = [&] {
    std::vector<std::string> readers;
    for (const Reader& reader : ReadersOf(card, roles))
      readers.push_back(reader.address->hash + " as " + reader.role);
    return readers;
  };
  EXPECT_THAT(told(), ElementsAre("x as a", "y as b"));
  card.set_role("b");
  EXPECT_THAT(told(), ElementsAre("x as b", "y as b"));
  EXPECT_TRUE(roles.IsHeld(kOfHospital, "a"));
  EXPECT_TRUE(roles.Holds("mail:x", kOfHospital, "a"));
  EXPECT_FALSE(roles.Holds("mail:y", kOfHospital, "a"));
}

}  // namespace
}  // namespace overgang::cardmail
