#include "app/access_settings.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/access/scope_claim.h"
#include "app/toml_section.h"

namespace overgang {
namespace {

using Mistakes = std::vector<std::string>;

constexpr size_t kFileBytesMax = 1 << 20;

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot be read; check the path and who may read it"));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax)
    return absl::InvalidArgumentError(absl::StrCat(path, ": is larger than ", kFileBytesMax));
  return text;
}

// Collects what is wrong; empty where the file cannot be read.
std::string ReadInto(const std::string& path, Mistakes* mistakes) {
  auto text = ReadWhole(path);
  if (!text.ok()) mistakes->push_back(std::string(text.status().message()));
  return text.ok() ? *std::move(text) : "";
}

void ReadIssuer(const Config& config, access::AccessSettings* settings, Mistakes* mistakes) {
  const std::string text = ReadInto(config.access_jwks_file, mistakes);
  if (text.empty()) return;
  auto keys = access::KeySet::Parse(text);
  if (!keys.ok()) {
    mistakes->push_back(
        absl::StrCat(config.access_jwks_file, ": ", std::string(keys.status().message())));
    return;
  }
  settings->issuer = access::Issuer{config.access_issuer, config.access_audience, *std::move(keys)};
}

bool IsCertificateName(const std::string& name) {
  for (const char* kind : {"dns:", "uri:", "email:", "cn:"}) {
    if (absl::StartsWith(name, kind)) return name.size() > std::string_view(kind).size();
  }
  return false;
}

void ReadPrincipal(Section& section, const toml::table& table, access::AccessSettings* settings) {
  Identity identity;
  Scope scope;
  std::vector<std::string> certificates;
  section.Read(table, "principal",
               {{"name", Section::Text(&identity.principal)},
                {"certificates", Section::List(&certificates)},
                {"kommuner", Section::List(&scope.kommuner)},
                {"hospitals", Section::List(&scope.hospitals)},
                {"everything", Section::Flag(&scope.everything)},
                {"aggregate", Section::Flag(&scope.aggregate)},
                {"write", Section::Flag(&scope.write)},
                {"operator", Section::Flag(&scope.operate)},
                {"dpo", Section::Flag(&scope.data_protection)}});
  const auto wrong = [&](const std::string& text) {
    section.Mistake(table.source(), absl::StrCat("[[principal]] ", text));
  };
  if (!access::IsPrincipal(identity.principal))
    wrong("name: missing, or no name; give letters, digits and -_.:@/|+=, not \"dev\"");
  if (absl::Status status = access::CheckScope(&scope); !status.ok())
    wrong(std::string(status.message()));
  if (certificates.empty())
    wrong("certificates: missing; name what its certificate bears, as \"dns:system.example.no\"");
  identity.scope = std::make_shared<const Scope>(std::move(scope));
  for (const std::string& name : certificates) {
    if (!IsCertificateName(name)) {
      wrong(absl::StrCat("certificates: ", name, ": begin it with dns:, uri:, email: or cn:"));
    } else if (!settings->certificates.emplace(name, identity).second) {
      wrong(absl::StrCat("certificates: ", name, ": is another principal's; give each its own"));
    }
  }
}

void ReadPrincipals(const std::string& file, access::AccessSettings* settings, Mistakes* mistakes) {
  auto table = ParseTomlFile(file);
  if (!table.ok()) return mistakes->push_back(std::string(table.status().message()));
  Section section(file, mistakes);
  section.Read(*table, "principals",
               {{"principal", section.Tables("principal", [&](const toml::table& inner) {
                   ReadPrincipal(section, inner, settings);
                 })}});
}

bool HoldsCertificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  return certificate != nullptr;
}

bool IsKeyOf(const std::string& key_pem, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> key_bio(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  return key != nullptr && certificate != nullptr &&
         X509_check_private_key(certificate.get(), key.get()) == 1;
}

}  // namespace

absl::StatusOr<access::AccessSettings> LoadAccess(const Config& config, std::string token) {
  access::AccessSettings settings;
  Mistakes mistakes;
  settings.token = std::move(token);
  if (!config.access_jwks_file.empty()) ReadIssuer(config, &settings, &mistakes);
  if (!config.access_principals_file.empty())
    ReadPrincipals(config.access_principals_file, &settings, &mistakes);
  // A hub that was told who may call asks who calls, also in a test environment.
  settings.without_any = config.environment == Environment::kTest &&
                         config.access_jwks_file.empty() && config.access_principals_file.empty();
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return settings;
}

absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& files, const std::string& section) {
  TlsIdentity tls;
  if (files.cert_file.empty()) return tls;
  Mistakes mistakes;
  tls.certificates = ReadInto(files.cert_file, &mistakes);
  tls.key = ReadInto(files.key_file, &mistakes);
  if (!files.client_ca_file.empty()) tls.client_ca = ReadInto(files.client_ca_file, &mistakes);
  if (mistakes.empty()) {
    const auto wrong = [&](std::string_view key, const std::string& file, std::string_view what) {
      mistakes.push_back(
          absl::StrCat(section, ".", std::string(key), ": ", file, ": ", std::string(what)));
    };
    if (!HoldsCertificate(tls.certificates)) {
      wrong("tls_cert_file", files.cert_file, "holds no certificate; give it in PEM");
    } else if (!IsKeyOf(tls.key, tls.certificates)) {
      wrong("tls_key_file", files.key_file,
            "is not the key of the certificate; give that key in PEM, without a password");
    }
    if (!files.client_ca_file.empty() && !HoldsCertificate(tls.client_ca))
      wrong("tls_client_ca_file", files.client_ca_file, "holds no certificate; give it in PEM");
  }
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return tls;
}

}  // namespace overgang
