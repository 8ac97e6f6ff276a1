#include "adapters/access/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "tests/adapters/access/issuer.h"

namespace overgang::access {
namespace {

using namespace overgang::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'768'460'400);

class TokenTest : public ::testing::Test {
 protected:
  TokenTest()
      : issuer_{"https://issuer.example", "overgang",
                *KeySet::Parse(Jwks(
                    absl::StrCat(rsa_.Jwk("r"), ",", p256_.Jwk("p"), ",", ed25519_.Jwk("e"))))} {}

  static std::string Header(const std::string& algorithm, const std::string& kid) {
    return absl::StrCat(R"({"typ":"JWT","alg":")", algorithm, R"(","kid":")", kid, "\"}");
  }
  // A good one's claims, with `more` members; later ones count.
  static std::string Claims(const std::string& more = "") {
    return absl::StrCat(
        R"({"iss":"https://issuer.example","sub":"melhus-fagsystem","aud":"overgang","exp":)",
        absl::ToUnixSeconds(kNow) + 300, more, "}");
  }
  static std::string Replaced(std::string claims, const std::string& from, const std::string& to) {
    return claims.replace(claims.find(from), from.size(), to);
  }
  absl::StatusOr<VerifiedToken> Verify(const std::string& token) const {
    return VerifyToken(token, issuer_, kNow);
  }
  std::string Good(const std::string& more = "") const {
    return Token(ed25519_, Header("EdDSA", "e"), Claims(more));
  }
  // Refused, with what is wrong and what to do, and without any of the token.
  void ExpectRefused(const std::string& token, const std::string& because) const {
    const auto verified = Verify(token);
    ASSERT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated) << because;
    EXPECT_THAT(std::string(verified.status().message()), HasSubstr(because));
    EXPECT_EQ(PlaceOf(verified.status()).field, "authorization");
    EXPECT_FALSE(PlaceOf(verified.status()).remedy.empty());
    if (token.size() > 20) {
      EXPECT_THAT(std::string(verified.status().message()), Not(HasSubstr(token.substr(4, 16))));
    }
  }

  const SigningPair rsa_ = SigningPair::Rsa();
  const SigningPair p256_ = SigningPair::P256();
  const SigningPair ed25519_ = SigningPair::Ed25519();
  const Issuer issuer_;
};

TEST_F(TokenTest, EachAlgorithmIsTakenWithItsOwnKey) {
  const auto claims = Claims(R"(,"overgang":{"kommuner":["5028"],"write":true})");
  for (const auto& [pair, kid] : {std::pair{&rsa_, "r"}, {&p256_, "p"}, {&ed25519_, "e"}}) {
    const auto verified = Verify(Token(*pair, Header(pair->algorithm(), kid), claims));
    ASSERT_TRUE(verified.ok()) << pair->algorithm() << verified.status();
    EXPECT_EQ(verified->identity.principal, "melhus-fagsystem");
    EXPECT_THAT(verified->identity.scope->kommuner, ElementsAre("5028"));
    EXPECT_TRUE(verified->identity.scope->write);
    EXPECT_FALSE(verified->identity.scope->everything);
    EXPECT_EQ(verified->expires, kNow + absl::Seconds(300) + kClockLeeway);
  }
}

TEST_F(TokenTest, AForgedOneIsRefused) {
  const SigningPair other = SigningPair::Ed25519();
  ExpectRefused(Token(other, Header("EdDSA", "e"), Claims()), "signature");
  const std::string good = Good();
  // Other claims under the signature of good ones.
  const std::string signature = good.substr(good.rfind('.'));
  ExpectRefused(
      Unsigned(Header("EdDSA", "e"), Claims(R"(,"overgang":{"everything":true})")) + signature,
      "signature");
  ExpectRefused(good.substr(0, good.rfind('.') + 1), "signature");
  for (const std::string algorithm : {"RS256", "ES256"}) {
    const bool rsa = algorithm == "RS256";
    const SigningPair forger = rsa ? SigningPair::Rsa() : SigningPair::P256();
    ExpectRefused(Token(forger, Header(algorithm, rsa ? "r" : "p"), Claims()), "signature");
  }
}

TEST_F(TokenTest, TheKeyDecidesTheAlgorithm) {
  for (const std::string none : {"none", "None", "NONE", "", "HS256", "HS512", "RS384", "PS256"}) {
    const std::string text = Unsigned(Header(none, "e"), Claims());
    ExpectRefused(text + ".", "not taken");
  }
  // The public key, which anybody has, taken for a shared secret.
  const std::string text = Unsigned(Header("HS256", "r"), Claims());
  for (const std::string& secret : {rsa_.PublicPem(), rsa_.Jwk("r")})
    ExpectRefused(absl::StrCat(text, ".", Base64Url(HmacSha256(secret, text))), "not taken");
  // One that is taken, with the key of another.
  ExpectRefused(Token(ed25519_, Header("RS256", "e"), Claims()), "another way than its key");
  ExpectRefused(Token(rsa_, Header("ES256", "r"), Claims()), "another way than its key");
}

TEST_F(TokenTest, AKeyThatNobodyHasPublishedIsUnknown) {
  ExpectRefused(Token(ed25519_, Header("EdDSA", "f"), Claims()), "key that the hub does not know");
  // Without kid only where there is no choice.
  const std::string no_kid = R"({"alg":"EdDSA"})";
  ExpectRefused(Token(ed25519_, no_kid, Claims()), "key that the hub does not know");
  const Issuer one{issuer_.issuer, issuer_.audience, *KeySet::Parse(Jwks(ed25519_.Jwk("e")))};
  EXPECT_TRUE(VerifyToken(Token(ed25519_, no_kid, Claims()), one, kNow).ok());
}

TEST_F(TokenTest, TimesAreCheckedWithALittleLeeway) {
  const auto expiring = [&](absl::Duration after) {
    return Token(ed25519_, Header("EdDSA", "e"),
                 Replaced(Claims(), absl::StrCat(absl::ToUnixSeconds(kNow) + 300),
                          absl::StrCat(absl::ToUnixSeconds(kNow + after))));
  };
  EXPECT_TRUE(Verify(expiring(absl::Seconds(1) - kClockLeeway)).ok());
  ExpectRefused(expiring(-kClockLeeway), "expired at 2026-01-15T06:59:30Z");
  const auto from = [&](absl::Duration after) {
    return Good(absl::StrCat(",\"nbf\":", absl::ToUnixSeconds(kNow + after)));
  };
  EXPECT_TRUE(Verify(from(kClockLeeway)).ok());
  ExpectRefused(from(kClockLeeway + absl::Seconds(1)), "not valid before 2026-01-15T07:00:31Z");
  ExpectRefused(Token(ed25519_, Header("EdDSA", "e"), Replaced(Claims(), "\"exp\"", "\"exq\"")),
                "never expires");
  for (const std::string wrong : {"\"tomorrow\"", "1e300", "null", "[1]"}) {
    ExpectRefused(Token(ed25519_, Header("EdDSA", "e"),
                        Replaced(Claims(), absl::StrCat(absl::ToUnixSeconds(kNow) + 300), wrong)),
                  "no time in its claim exp");
  }
}

TEST_F(TokenTest, OnlyOfThisIssuerAndForThisHub) {
  const auto with = [&](const std::string& from, const std::string& to) {
    return Token(ed25519_, Header("EdDSA", "e"), Replaced(Claims(), from, to));
  };
  ExpectRefused(with("https://issuer.example", "https://issuer.example/"), "another issuer");
  ExpectRefused(with("\"iss\"", "\"is\""), "another issuer");
  ExpectRefused(with("\"aud\":\"overgang\"", "\"aud\":\"other\""), "somebody else");
  ExpectRefused(with("\"aud\":\"overgang\"", "\"aud\":[\"other\"]"), "somebody else");
  ExpectRefused(with("\"aud\":\"overgang\",", ""), "somebody else");
  EXPECT_TRUE(Verify(with("\"aud\":\"overgang\"", "\"aud\":[\"other\",\"overgang\"]")).ok());
}

TEST_F(TokenTest, WhatIsNoTokenIsRefused) {
  for (const std::string text : {"", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "!!.??.//"})
    ExpectRefused(text, "no signed token");
  ExpectRefused(Token(ed25519_, "[]", Claims()), "no signed token");
  ExpectRefused(Token(ed25519_, Header("EdDSA", "e"), "\"claims\""), "no signed token");
  ExpectRefused(Good() + "=", "no signed token");
  ExpectRefused(Good(absl::StrCat(",\"x\":\"", std::string(kTokenBytesMax, 'x'), "\"")),
                "more than 8192 bytes");
  ExpectRefused(
      Token(ed25519_, R"({"alg":"EdDSA","kid":"e","crit":["b64"],"b64":false})", Claims()), "crit");
}

TEST_F(TokenTest, APrincipalHasANameThatIsNobodysNumber) {
  for (const std::string& wrong :
       {std::string(), std::string("dev"), std::string("mail:x"), std::string("a b"),
        std::string("a\\nb"), std::string(kPrincipalBytesMax + 1, 'a'), std::string("01857210057"),
        std::string("pid:018572-10057")}) {
    ExpectRefused(
        Token(ed25519_, Header("EdDSA", "e"), Replaced(Claims(), "melhus-fagsystem", wrong)),
        "claim sub");
  }
}

TEST_F(TokenTest, WithoutTheClaimItIsKnownAndMayNothing) {
  const auto verified = Verify(Good());
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(*verified->identity.scope, *Scope::Nothing());
}

TEST_F(TokenTest, AScopeThatIsNotUnderstoodIsNoScope) {
  for (const std::string wrong :
       {R"("all")", R"({"komuner":["5001"]})", R"({"kommuner":"5001"})", R"({"kommuner":[5001]})",
        R"({"kommuner":["500"]})", R"({"kommuner":["9999"]})", R"({"hospitals":["St. Olav"]})",
        R"({"everything":"yes"})", R"({"write":1})"}) {
    ExpectRefused(Good(absl::StrCat(",\"overgang\":", wrong)), "claim overgang");
  }
}

TEST(KeySetTest, TakesWhatItCanUseAndNamesWhatIsWrong) {
  const SigningPair rsa = SigningPair::Rsa();
  const SigningPair p256 = SigningPair::P256();
  const auto parse = [](const std::string& keys) { return KeySet::Parse(Jwks(keys)); };
  EXPECT_EQ(parse(absl::StrCat(rsa.Jwk("a"), ",", p256.Jwk("b")))->size(), 2u);
  // An issuer's keys for other things are its own affair.
  EXPECT_EQ(
      parse(absl::StrCat(rsa.Jwk("a", "\"use\":\"enc\","), ",", p256.Jwk("b"), ",",
                         rsa.Jwk("c", "\"alg\":\"PS256\","), R"(,{"kty":"EC","crv":"P-521"})"))
          ->size(),
      1u);
  const auto wrong = [&](const std::string& keys) {
    return std::string(parse(keys).status().message());
  };
  EXPECT_THAT(wrong(rsa.Jwk("a", "\"d\":\"AQAB\",")), HasSubstr("keys[0]: this is a secret key"));
  EXPECT_THAT(wrong(R"({"kty":"oct","k":"AQAB"})"), HasSubstr("secret key"));
  EXPECT_THAT(wrong(SigningPair::Rsa(1024).Jwk("a")), HasSubstr("shorter than 2048 bits"));
  EXPECT_THAT(wrong(absl::StrCat(rsa.Jwk("a"), ",", p256.Jwk("a"))), HasSubstr("same kid"));
  EXPECT_THAT(wrong(R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})"),
              HasSubstr("make no key"));
  // On no curve.
  const std::string off(43, 'A');
  EXPECT_THAT(
      wrong(absl::StrCat(R"({"kty":"EC","crv":"P-256","x":")", off, R"(","y":")", off, "\"}")),
      HasSubstr("make no key"));
  EXPECT_THAT(wrong(""), HasSubstr("no key can be used"));
  EXPECT_THAT(std::string(KeySet::Parse("keys").status().message()), HasSubstr("no JWKS"));
}

}  // namespace
}  // namespace overgang::access
