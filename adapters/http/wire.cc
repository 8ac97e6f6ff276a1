#include "adapters/http/wire.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

#include "core/errors.h"

namespace overgang::http {
namespace {

constexpr unsigned char kSessionContext[] = "overgang";

// Names to clients whose certificates are taken, so that they choose the right one of theirs.
void NameAuthorities(SSL_CTX* context, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add_client_CA(context, certificate);
    X509_free(certificate);
  }
  ERR_clear_error();
}

}  // namespace

std::string Wire::ClientCertificate() {
  if (!tls_) return "";
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(tls_->native_handle()), X509_free);
  if (certificate == nullptr) return "";
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

absl::StatusOr<std::unique_ptr<net::ssl::context>> MakeTlsContext(const TlsIdentity& identity) {
  auto context = std::make_unique<net::ssl::context>(net::ssl::context::tls_server);
  boost::system::error_code error;
  const auto wrong = [&](std::string_view key) {
    return FieldError(absl::StatusCode::kInvalidArgument, key, error.message(),
                      "give it in PEM, a key without a password");
  };
  context->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                           net::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION,
                       error);
  context->use_certificate_chain(net::buffer(identity.certificates), error);
  if (error) return wrong("[http] tls_cert_file");
  context->use_private_key(net::buffer(identity.key), net::ssl::context::pem, error);
  if (error) return wrong("[http] tls_key_file");
  SSL_CTX_set_session_id_context(context->native_handle(), kSessionContext,
                                 sizeof(kSessionContext) - 1);
  if (identity.client_ca.empty()) return context;
  context->add_certificate_authority(net::buffer(identity.client_ca), error);
  if (error) return wrong("[http] tls_client_ca_file");
  NameAuthorities(context->native_handle(), identity.client_ca);
  // One that is shown must be good; who shows none has a token.
  context->set_verify_mode(net::ssl::verify_peer, error);
  return context;
}

}  // namespace overgang::http
