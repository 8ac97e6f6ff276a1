#include "consumers/tiltakskort/saying.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/characters.h"
#include "core/errors.h"
#include "core/uuid.h"

namespace overgang::tiltakskort {
namespace {

absl::Status CheckKey(std::string_view key) {
  if (!key.empty() && Characters(key) <= kKeyCharsMax) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "idempotency_key",
                    key.empty() ? "is missing" : "is too long",
                    absl::StrCat("send 1 to ", kKeyCharsMax,
                                 " characters, e.g. a UUID, the same whenever this call is "
                                 "repeated"));
}

absl::Status KeyReused() {
  return FieldError(absl::StatusCode::kAlreadyExists, "idempotency_key",
                    "this key came with other content before",
                    "use a new key for new content, and the same content to repeat a call");
}

std::string EventId(const Saying::Call& call) {
  return NameUuid(
      {call.caller.principal, call.method, call.idempotency_key, ContentDigest(call.content)});
}

}  // namespace

bool Saying::Repeats(const Call& call, const Counts& counts, const Reply<v1::Receipt>& reply) {
  const auto refused = [&](const absl::Status& status) {
    reply(status);
    return true;
  };
  if (absl::Status status = CheckKey(call.idempotency_key); !status.ok()) return refused(status);
  const auto before =
      views_.FindReceipt(call.caller.principal, call.method, ContentDigest(call.idempotency_key));
  if (!before.ok()) return refused(before.status());
  if (!before->has_value()) return false;
  if ((*before)->digest != ContentDigest(call.content)) return refused(KeyReused());
  Answer(call.caller, EventId(call), (*before)->cursor, counts, reply);
  return true;
}

void Saying::Say(const Call& call, const Make& make, Counts counts, Reply<v1::Receipt> reply) {
  if (Repeats(call, counts, reply)) return;
  const std::string event_id = EventId(call);
  const EpochPtr epoch = views_.Current();
  if (epoch == nullptr)
    return reply(
        absl::UnavailableError("the views are being read from the store; try again in a moment"));
  auto fact = make(epoch, event_id);
  if (!fact.ok()) return reply(fact.status());
  fact->set_event_id(event_id);
  v1::Source& source = *fact->mutable_source();
  source.set_channel(v1::CHANNEL_INTAKE);
  source.set_sender(call.caller.principal);
  source.set_method(call.method);
  source.set_control_id(ContentDigest(call.idempotency_key));
  source.set_digest(ContentDigest(call.content));
  writer_.Append({*std::move(fact)},
                 [this, caller = call.caller, event_id, counts = std::move(counts),
                  reply = std::move(reply)](absl::StatusOr<Cursor> cursor) {
                   if (!cursor.ok()) return reply(cursor.status());
                   Answer(caller, event_id, cursor->Encode(), counts, reply);
                 });
}

void Saying::Answer(const Caller& caller, const std::string& event_id, std::string cursor,
                    Counts counts, Reply<v1::Receipt> reply) {
  v1::Receipt receipt;
  receipt.set_event_id(event_id);
  receipt.set_cursor(cursor);
  views_.WhenCovers(cursor, caller.deadline,
                    [receipt = std::move(receipt), counts = std::move(counts),
                     reply = std::move(reply)](absl::StatusOr<EpochPtr> epoch) {
                      if (!epoch.ok()) return reply(epoch.status());
                      if (absl::Status status = counts(*epoch, receipt.event_id()); !status.ok())
                        return reply(status);
                      reply(receipt);
                    });
}

}  // namespace overgang::tiltakskort
