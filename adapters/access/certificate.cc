#include "adapters/access/certificate.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"

namespace overgang::access {
namespace {

std::string Text(const ASN1_STRING* text) {
  // A name with a zero byte in it is read as another one by some.
  std::string read(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<size_t>(ASN1_STRING_length(text)));
  return read.find('\0') == std::string::npos ? read : "";
}

void AddAlternativeNames(X509* certificate, std::vector<std::string>* names) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  if (all == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names->push_back(absl::StrCat("dns:", Text(name->d.dNSName)));
    if (name->type == GEN_URI)
      names->push_back(absl::StrCat("uri:", Text(name->d.uniformResourceIdentifier)));
    if (name->type == GEN_EMAIL) names->push_back(absl::StrCat("email:", Text(name->d.rfc822Name)));
  }
}

void AddCommonNames(X509* certificate, std::vector<std::string>* names) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    names->push_back(
        absl::StrCat("cn:", Text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)))));
  }
}

}  // namespace

absl::StatusOr<CertificateNames> NamesOf(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm not_after{};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &not_after) != 1)
    return absl::InvalidArgumentError("this is no certificate");
  CertificateNames names;
  names.not_after = absl::FromTM(not_after, absl::UTCTimeZone());
  AddAlternativeNames(certificate.get(), &names.names);
  AddCommonNames(certificate.get(), &names.names);
  return names;
}

}  // namespace overgang::access
