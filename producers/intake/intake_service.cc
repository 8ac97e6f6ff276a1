#include "producers/intake/intake_service.h"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/uuid.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "producers/intake/content_check.h"

namespace overgang::intake {
namespace {

absl::Status CheckKey(std::string_view key) {
  if (!key.empty() && key.size() <= kIdempotencyKeyBytesMax) return absl::OkStatus();
  return InvalidField(
      "idempotency_key", key.empty() ? "this is missing" : "this is too long",
      absl::StrCat("send 1 to ", kIdempotencyKeyBytesMax,
                   " characters, e.g. a UUID, the same whenever this call is repeated"));
}

std::string DigestOf(const google::protobuf::Message& content) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content.SerializeToCodedStream(&coded);
  }
  return ContentDigest(bytes);
}

v1::Source SourceOf(const Call& call) {
  v1::Source source;
  source.set_channel(v1::CHANNEL_INTAKE);
  source.set_sender(call.principal);
  source.set_method(call.method);
  source.set_control_id(call.key_hash);
  source.set_digest(call.digest);
  return source;
}

// Whether a request becomes more than one record of the log: a failed append may have left a part
// of them there.
template <typename Request>
bool MakesSeveral([[maybe_unused]] const Request& request) {
  if constexpr (requires { request.facts_size(); }) return request.facts_size() > 1;
  return std::is_same_v<Request, v1::DeclareUkpRequest>;
}

}  // namespace

template <typename Request>
void IntakeService::Take(const Call& call, const Request& content, FactContext context) {
  absl::StatusOr<std::optional<IntakeReceipt>> before =
      stays_.FindReceipt(call.principal, call.method, call.key_hash);
  if (!before.ok()) return receipts_.Finish(call, before.status());
  if (before->has_value()) {
    if ((*before)->digest != call.digest) return receipts_.Finish(call, KeyReused());
    // Of several facts the views may have seen a part that a failed append left: all are written
    // again, under the same ids.
    if (!MakesSeveral(content)) return receipts_.Finish(call, (*before)->cursor);
  }
  absl::StatusOr<Facts> facts = MakeFacts(content, context);
  if (!facts.ok()) return receipts_.Finish(call, facts.status());
  if (facts->empty()) return receipts_.Finish(call, std::string());  // All are held.
  writer_.Append(*facts, [this, call](absl::StatusOr<Cursor> cursor) {
    receipts_.Finish(call,
                     cursor.ok() ? absl::StatusOr<std::string>(cursor->Encode()) : cursor.status());
  });
}

template <typename Request, typename Response, typename Answer>
void IntakeService::Add(MethodTable& table, std::string name, Answer answer) {
  const auto handle = [this, name, answer](const Caller& caller, const Request& request,
                                           Reply<Response> reply) {
    if (absl::Status status = CheckKey(request.idempotency_key()); !status.ok())
      return reply(status);
    if (absl::Status status = CheckContent(request); !status.ok()) return reply(status);
    auto content = std::make_shared<Request>(request);
    content->clear_idempotency_key();
    content->DiscardUnknownFields();  // Nobody here could check what they hold.

    std::shared_ptr<const Directory> directory = directory_.Get();
    FactContext context{.scope = caller.scope,
                        .stays = stays_,
                        .directory = *directory,
                        .now = clock_.Now(),
                        .source = {},
                        .event_id = {},
                        .next_id = {},
                        .other_refs = {}};
    if constexpr (requires { content->mutable_subject(); }) {
      absl::StatusOr<std::vector<std::string>> others =
          Pseudonymize(pseudonymizer_, *content->mutable_subject());
      if (!others.ok()) return reply(others.status());
      context.other_refs = *std::move(others);
    }
    if constexpr (requires { content->mutable_persons(); }) {
      if (absl::Status status = Pseudonymize(pseudonymizer_, *content); !status.ok())
        return reply(status);
    }
    const Call call{caller.principal, name, ContentDigest(request.idempotency_key()),
                    DigestOf(*content)};
    context.source = SourceOf(call);
    context.event_id =
        NameUuid({call.principal, call.method, request.idempotency_key(), call.digest});
    context.next_id =
        NameUuid({call.principal, call.method, request.idempotency_key(), call.digest, "1"});

    auto waiter = [reply, answer, content,
                   event_id = context.event_id](absl::StatusOr<std::string> cursor) {
      if (!cursor.ok()) return reply(cursor.status());
      reply(answer(*content, event_id, *std::move(cursor)));
    };
    absl::StatusOr<bool> first = receipts_.Begin(call, std::move(waiter));
    if (!first.ok()) return reply(first.status());
    if (*first) Take(call, *content, std::move(context));
  };
  table.AddUnary<Request, Response>(absl::StrCat("overgang.v1.IntakeService/", name), Need::kWrite,
                                    handle);
}

void IntakeService::Register(MethodTable& table) {
  const auto receipt = [](const auto&, const std::string& event_id, std::string cursor) {
    v1::Receipt response;
    response.set_event_id(event_id);
    response.set_cursor(std::move(cursor));
    return response;
  };
  Add<v1::DeclareUkpRequest, v1::Receipt>(table, "DeclareUkp", receipt);
  Add<v1::WithdrawUkpRequest, v1::Receipt>(table, "WithdrawUkp", receipt);
  Add<v1::AnswerUkpRequest, v1::Receipt>(table, "AnswerUkp", receipt);
  Add<v1::SetExpectedDischargeRequest, v1::Receipt>(table, "SetExpectedDischarge", receipt);
  Add<v1::ReportPlacesRequest, v1::Receipt>(table, "ReportPlaces", receipt);
  Add<v1::ReportBedsRequest, v1::Receipt>(table, "ReportBeds", receipt);
  Add<v1::ReportEmergencyDepartmentRequest, v1::Receipt>(table, "ReportEmergencyDepartment",
                                                         receipt);
  Add<v1::AppendFactsRequest, v1::AppendFactsResponse>(
      table, "AppendFacts",
      [](const v1::AppendFactsRequest& request, const std::string&, std::string cursor) {
        v1::AppendFactsResponse response;
        for (const v1::Envelope& fact : request.facts()) response.add_event_ids(fact.event_id());
        response.set_cursor(std::move(cursor));
        return response;
      });
}

}  // namespace overgang::intake
