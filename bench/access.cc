// What asking who calls costs a question: the census of one kommune by unary gRPC, with a signed
// token of that kommune and with nothing to check.
#include <grpcpp/grpcpp.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/access/authenticator.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/log/memory_log.h"
#include "adapters/store/memory_store.h"
#include "bench/call_loop.h"
#include "bench/facts.h"
#include "bench/hub_under_test.h"
#include "bench/table.h"
#include "overgang/v1/census_service.grpc.pb.h"

namespace overgang::bench {
namespace {

constexpr int kStays = 20'000;
constexpr int kRounds = 6;

std::string Base64Url(std::string_view bytes) {
  return absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()));
}

// An issuer with one Ed25519 key.
class Issuer {
 public:
  access::Issuer Settings() const {
    std::string raw(32, '\0');
    size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    const std::string jwks = absl::StrCat(
        R"({"keys":[{"kid":"k","kty":"OKP","crv":"Ed25519","x":")", Base64Url(raw), "\"}]}");
    return {"https://issuer.example", "overgang",
            Take(access::KeySet::Parse(jwks), "reading the keys")};
  }
  std::string Token() const {
    const std::string text =
        absl::StrCat(Base64Url(R"({"typ":"JWT","alg":"EdDSA","kid":"k"})"), ".",
                     Base64Url(absl::StrCat(
                         R"({"iss":"https://issuer.example","aud":"overgang","sub":"trondheim",)",
                         R"("overgang":{"kommuner":["5001"]},"exp":)",
                         absl::ToUnixSeconds(absl::Now() + absl::Hours(1)), "}")));
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::string signature(64, '\0');
    size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return absl::StrCat(text, ".", Base64Url(signature));
  }

 private:
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free};
};

// Asks one server for the census of one kommune, with a token or without.
class Client {
 public:
  Client(int port, std::string token)
      : census_(v1::CensusService::NewStub(grpc::CreateChannel(
            absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()))),
        token_(std::move(token)) {}
  void Ask(Done done) {
    auto call = std::make_shared<Call<v1::GetCensusRequest, v1::GetCensusResponse>>();
    call->request.add_kommuner("5001");
    if (!token_.empty()) call->context.AddMetadata("authorization", "Bearer " + token_);
    census_->async()->GetCensus(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](grpc::Status status) { done(std::move(status)); });
  }

 private:
  std::unique_ptr<v1::CensusService::Stub> census_;
  const std::string token_;
};

}  // namespace

void AccessBenchmark(const Options& options) {
  SystemClock clock;
  Metrics metrics;
  MemoryLog log(clock);
  const LogEnds ends = AdmitMany(log, kStays);
  HubUnderTest hub(log, std::make_unique<MemoryStore>());
  hub.Start();
  hub.WaitFor(ends.next);
  const Issuer issuer;
  access::AccessSettings settings;
  settings.issuer = issuer.Settings();
  access::Authenticator authenticator(std::move(settings), clock, metrics);
  const auto checking =
      Take(GrpcServer::Start({.port = 0}, hub.methods(),
                             [&](const Credentials& shown) { return authenticator.Check(shown); }),
           "starting the server");
  const auto open = Take(GrpcServer::Start({.port = 0}, hub.methods(),
                                           [](const Credentials&) {
                                             return Identity{"dev", Scope::All()};
                                           }),
                         "starting the server");
  Client with(checking->port(), issuer.Token());
  Client without(open->port(), "");
  CallLoop loop;
  const int calls = static_cast<int>(options.Size(20'000, 2'000));
  double checked = 0;
  double unchecked = 0;
  // In turns, so that what else the machine does meets both alike.
  for (int round = 0; round <= kRounds; ++round) {
    const double with_now = loop.Run(calls, [&](Done done) { with.Ask(std::move(done)); });
    const double without_now = loop.Run(calls, [&](Done done) { without.Ask(std::move(done)); });
    if (round == 0) continue;  // Connecting, and first pages of memory.
    checked += with_now / kRounds;
    unchecked += without_now / kRounds;
  }
  Table::Print({"census of one kommune, with a signed token of it", checked, "calls/s", "0.95 x",
                "asking nobody", checked / unchecked});
  const std::string bearer = "Bearer " + issuer.Token();
  const int checks = static_cast<int>(options.Size(1'000'000, 100'000));
  const double began = ThreadCpuSeconds();
  for (int i = 0; i < checks; ++i) Check(authenticator.Check({bearer, ""}).status(), "checking");
  Table::Print({"  a token that was seen before, alone", checks / (ThreadCpuSeconds() - began),
                "checks/CPU s", "", "", 0});
  const int fresh = static_cast<int>(options.Size(5'000, 500));
  const double first = ThreadCpuSeconds();
  for (int i = 0; i < fresh; ++i) {
    access::AccessSettings settings;
    settings.issuer = issuer.Settings();
    authenticator.Set(std::move(settings));
    Check(authenticator.Check({bearer, ""}).status(), "checking");
  }
  Table::Print({"  one that was not, with its keys read anew", fresh / (ThreadCpuSeconds() - first),
                "checks/CPU s", "", "", 0});
  checking->Shutdown();
  open->Shutdown();
}

}  // namespace overgang::bench
