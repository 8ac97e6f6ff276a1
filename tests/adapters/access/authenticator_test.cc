#include "adapters/access/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "tests/adapters/access/issuer.h"

namespace overgang::access {
namespace {

using namespace overgang::testing;
using ::testing::HasSubstr;

// A certificate of its own making: who signed it is the connection's to check.
std::string Certificate(const std::string& common_name, const std::string& alternative_names,
                        absl::Time not_after) {
  const SigningPair pair = SigningPair::P256();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_pubkey(certificate.get(), pair.key().get());
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), 0);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(not_after));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  if (!alternative_names.empty()) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_names.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate.get(), pair.key().get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  AccessSettings Settings(const SigningPair& pair) const {
    AccessSettings settings;
    settings.token = "the-one-token";
    settings.issuer =
        Issuer{"https://issuer.example", "overgang", *KeySet::Parse(Jwks(pair.Jwk("e")))};
    auto scope = std::make_shared<Scope>();
    scope->kommuner = {"5028"};
    settings.certificates["dns:fagsystem.melhus.example"] = {"melhus", scope};
    return settings;
  }
  std::string Bearer(const SigningPair& pair, absl::Duration valid = absl::Minutes(5)) const {
    return absl::StrCat("Bearer ",
                        Token(pair, R"({"alg":"EdDSA","kid":"e"})",
                              absl::StrCat(R"({"iss":"https://issuer.example","sub":"token-user",)",
                                           R"("aud":"overgang","exp":)",
                                           absl::ToUnixSeconds(clock_.Now() + valid), "}")));
  }

  ManualClock clock_{absl::FromUnixSeconds(1'768'460'400)};
  Metrics metrics_;
  const SigningPair pair_ = SigningPair::Ed25519();
};

TEST_F(AuthenticatorTest, TheOneTokenMayDoEverythingAndNoneNothing) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const auto dev = authenticator.Check({"Bearer the-one-token", ""});
  ASSERT_TRUE(dev.ok());
  EXPECT_EQ(dev->principal, "dev");
  EXPECT_EQ(*dev->scope, *Scope::All());
  for (const std::string_view wrong :
       {"", "the-one-token", "Bearer ", "Bearer the-one-tokem", "Basic dGhlOnRva2Vu"}) {
    EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({wrong, ""}).status())) << wrong;
  }
  EXPECT_THAT(metrics_.Text(), HasSubstr("overgang_unauthenticated_total 5"));
}

TEST_F(AuthenticatorTest, WhereNothingIsAskedForNothingIsDev) {
  AccessSettings open;
  open.token = "t";
  open.without_any = true;
  Authenticator authenticator(open, clock_, metrics_);
  EXPECT_EQ(authenticator.Check({"", ""})->principal, "dev");
  EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({"Bearer wrong", ""}).status()));
}

TEST_F(AuthenticatorTest, ATokenIsRememberedUntilItExpiresAndNotLonger) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const std::string bearer = Bearer(pair_, absl::Minutes(1));
  EXPECT_EQ(authenticator.Check({bearer, ""})->principal, "token-user");
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(authenticator.Check({bearer, ""}).ok()) << "within the leeway";
  clock_.Advance(kClockLeeway);
  EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({bearer, ""}).status()));
}

TEST_F(AuthenticatorTest, NewKeysForgetWhatOldOnesSigned) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const std::string bearer = Bearer(pair_);
  ASSERT_TRUE(authenticator.Check({bearer, ""}).ok());
  const SigningPair next = SigningPair::Ed25519();
  authenticator.Set(Settings(next));
  EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({bearer, ""}).status()));
  EXPECT_TRUE(authenticator.Check({Bearer(next), ""}).ok());
}

TEST_F(AuthenticatorTest, MoreTokensThanAreRememberedAreCheckedAllTheSame) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const std::string first = Bearer(pair_);
  ASSERT_TRUE(authenticator.Check({first, ""}).ok());
  for (size_t i = 0; i <= kVerifiedMax; ++i)
    ASSERT_TRUE(authenticator.Check({Bearer(pair_, absl::Minutes(5) + absl::Seconds(i)), ""}).ok());
  EXPECT_TRUE(authenticator.Check({first, ""}).ok());
}

TEST_F(AuthenticatorTest, ACertificateIsWhoeverHasItsName) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const absl::Time later = clock_.Now() + absl::Hours(1);
  const std::string good =
      Certificate("anything", "DNS:other.example,DNS:fagsystem.melhus.example", later);
  const auto melhus = authenticator.Check({"", good});
  ASSERT_TRUE(melhus.ok()) << melhus.status();
  EXPECT_EQ(melhus->principal, "melhus");
  EXPECT_TRUE(melhus->scope->MaySeeKommune("5028"));
  // A common name is no DNS name, and part of a name is no name.
  for (const std::string& other :
       {Certificate("fagsystem.melhus.example", "", later),
        Certificate("x", "DNS:melhus.example", later),
        Certificate("x", "URI:https://fagsystem.melhus.example", later), std::string("no PEM")}) {
    EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({"", other}).status()));
  }
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(absl::IsUnauthenticated(authenticator.Check({"", good}).status()))
      << "a connection may outlive the certificate";
}

TEST_F(AuthenticatorTest, ATokenCountsAndNotTheCertificateOfItsConnection) {
  Authenticator authenticator(Settings(pair_), clock_, metrics_);
  const std::string certificate =
      Certificate("x", "DNS:fagsystem.melhus.example", clock_.Now() + absl::Hours(1));
  EXPECT_EQ(authenticator.Check({Bearer(pair_), certificate})->principal, "token-user");
  EXPECT_TRUE(
      absl::IsUnauthenticated(authenticator.Check({"Bearer forged", certificate}).status()));
}

}  // namespace
}  // namespace overgang::access
