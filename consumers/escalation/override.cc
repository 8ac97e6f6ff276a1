// LevelsService's OverrideLevel: a person's word on a level, until it expires or is lifted.
#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/str_cat.h"
#include "consumers/escalation/level_facts.h"
#include "consumers/escalation/levels_service.h"
#include "core/characters.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"

namespace overgang::escalation {
namespace {

constexpr char kMethod[] = "OverrideLevel";
constexpr int kNationalNumberDigits = 11;

absl::Status Invalid(std::string_view field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

// A run of as many digits, blanks and points between them aside, may be a person's number.
bool MayHoldANumber(std::string_view text) {
  int digits = 0;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      if (++digits == kNationalNumberDigits) return true;
    } else if (c != ' ' && c != '.') {
      digits = 0;
    }
  }
  return false;
}

absl::Status CheckRequest(const v1::OverrideLevelRequest& request) {
  if (request.idempotency_key().empty() ||
      Characters(request.idempotency_key()) > kIdempotencyKeyCharsMax) {
    return Invalid("idempotency_key", "this is missing or too long",
                   absl::StrCat("send 1 to ", kIdempotencyKeyCharsMax,
                                " characters, the same whenever this call is repeated"));
  }
  if (request.hospital().empty() == request.region().empty())
    return Invalid("hospital", "name either a hospital or a region", "take it from GetLevels");
  if (request.reason().empty())
    return Invalid("reason", "this is missing", "say why; it stays in the log");
  if (Characters(request.reason()) > kReasonCharsMax)
    return Invalid("reason", "this is too long",
                   absl::StrCat("write at most ", kReasonCharsMax, " characters"));
  if (MayHoldANumber(request.reason()))
    return Invalid("reason", "this may hold a person's number", "name no patients");
  if (request.lift()) {
    if (request.level() != v1::ESCALATION_LEVEL_UNSPECIFIED || request.has_expires_at())
      return Invalid("lift", "what is lifted has no level and no end",
                     "leave level and expires_at out");
    return absl::OkStatus();
  }
  if (request.level() < v1::ESCALATION_LEVEL_HVIT || request.level() > v1::ESCALATION_LEVEL_ROD)
    return Invalid("level", "this is missing or no level", "give one, e.g. ESCALATION_LEVEL_GUL");
  if (!request.has_expires_at())
    return Invalid("expires_at", "this is missing", "say until when it holds");
  return absl::OkStatus();
}

// Of a call that comes for the first time.
absl::Status CheckEnd(const v1::OverrideLevelRequest& request, absl::Time now) {
  if (request.lift()) return absl::OkStatus();
  const absl::Time expires = FromProto(request.expires_at());
  if (expires <= now) return Invalid("expires_at", "this has passed", "give a time to come");
  if (expires > now + kOverrideMax)
    return Invalid("expires_at", "this is too far ahead",
                   "give at most 7 days, and say it again when they are over");
  return absl::OkStatus();
}

}  // namespace

struct LevelsService::Override {
  Caller caller;
  v1::OverrideLevelRequest request;  // Without its key.
  LevelScope scope;
  std::string key_hash;
  std::string digest;
  Reply<v1::Receipt> reply;

  std::string EventId(int attempt) const {
    return NameUuid({caller.principal, kMethod, key_hash, digest, std::to_string(attempt)});
  }
  // Whether one of so many attempts is the newest that a person said.
  bool Holds(const projections::Epoch& epoch, int attempts) const {
    const projections::LevelState* state = epoch.levels->Find(scope.scope);
    for (int attempt = 1; state != nullptr && attempt <= attempts; ++attempt) {
      if (state->override_id == EventId(attempt)) return true;
    }
    return false;
  }
  v1::Receipt Receipt(const projections::Epoch& epoch, const std::string& cursor) const {
    v1::Receipt receipt;
    receipt.set_event_id(epoch.levels->Find(scope.scope)->override_id);
    receipt.set_cursor(cursor);
    return receipt;
  }
};

void LevelsService::OverrideLevel(const Caller& caller, const v1::OverrideLevelRequest& request,
                                  Reply<v1::Receipt> reply) {
  if (absl::Status status = CheckRequest(request); !status.ok()) return reply(status);
  const std::string scope = request.hospital().empty() ? absl::StrCat("r:", request.region())
                                                       : absl::StrCat("h:", request.hospital());
  const char* field = request.hospital().empty() ? "region" : "hospital";
  auto scopes = ScopesOf(*parts_.directory.Get());
  const auto found = std::ranges::find(scopes, scope, &LevelScope::scope);
  if (found == scopes.end())
    return reply(Invalid(field, "there is none in the directory", "take it from GetLevels"));
  for (const std::string& hospital : found->hospitals) {
    if (!caller.scope->MaySeeHospital(hospital)) return reply(NotYours(field));
  }
  auto override = std::make_shared<Override>();
  override->caller = caller;
  override->request = request;
  override->request.clear_idempotency_key();
  override->request.DiscardUnknownFields();
  override->scope = std::move(*found);
  override->key_hash = ContentDigest(request.idempotency_key());
  override->digest = ContentDigest(override->request.SerializeAsString());
  override->reply = std::move(reply);
  auto before = parts_.views.FindReceipt(caller.principal, kMethod, override->key_hash);
  if (!before.ok()) return override->reply(before.status());
  if (!before->has_value()) {
    if (absl::Status status = CheckEnd(request, parts_.clock.Now()); !status.ok())
      return override->reply(status);
    return Say(override, 1);
  }
  if ((*before)->digest != override->digest) {
    return override->reply(FieldError(absl::StatusCode::kAlreadyExists, "idempotency_key",
                                      "the key was used for something else", "take a new one"));
  }
  parts_.views.WhenCovers(
      (*before)->cursor, caller.deadline, [override, cursor = (*before)->cursor](auto epoch) {
        if (!epoch.ok()) return override->reply(epoch.status());
        if (override->Holds(**epoch, kOverrideTriesMax))
          return override->reply(override->Receipt(**epoch, cursor));
        override->reply(
            absl::AbortedError("this call did not count, or something else was said since; look "
                               "at GetLevels and say it again with a new key"));
      });
}

v1::Envelope LevelsService::OverrideFact(const Override& override, int attempt,
                                         const EpochPtr& epoch) const {
  const absl::Time now = parts_.clock.Now();
  const int64_t now_us = absl::ToUnixMicros(now);
  const projections::LevelState* state = epoch->levels->Find(override.scope.scope);
  Grounds grounds;
  grounds.cursor = epoch->cursor.Encode();
  const auto rules = parts_.rules.Get();
  grounds.rules = rules->At(override.scope.scope, now_us);
  grounds.measurement =
      Measure(*epoch, override.scope, grounds.rules.version->stale_after_us, now_us);
  Transition transition;
  transition.from = state == nullptr ? v1::ESCALATION_LEVEL_UNSPECIFIED : state->newest.to();
  transition.at_us = now_us;
  const v1::OverrideLevelRequest& request = override.request;
  const Level set = request.lift() ? transition.from : request.level();
  const Level by_rules = grounds.rules.rule == nullptr
                             ? v1::ESCALATION_LEVEL_UNSPECIFIED
                             : SettledLevel(*grounds.rules.rule, set, grounds.measurement);
  transition.to = request.lift() ? std::max(set, by_rules) : set;
  transition.cause = request.lift() ? v1::LEVEL_CAUSE_OVERRIDE_LIFTED : v1::LEVEL_CAUSE_OVERRIDE;
  v1::LevelChanged change = LevelChangedOf(override.scope, transition,
                                           state == nullptr ? 1 : state->revision() + 1, grounds);
  change.set_overridden_by(override.caller.principal);
  change.set_reason(request.reason());
  change.set_by_rules(by_rules);
  if (!request.lift()) *change.mutable_expires_at() = ToProto(FromProto(request.expires_at()));
  v1::Envelope envelope = EnvelopeOf(std::move(change), now);
  envelope.set_event_id(override.EventId(attempt));
  v1::Source& source = *envelope.mutable_source();
  source.set_channel(v1::CHANNEL_INTAKE);
  source.set_sender(override.caller.principal);
  source.set_method(kMethod);
  source.set_control_id(override.key_hash);
  source.set_digest(override.digest);
  return envelope;
}

void LevelsService::Say(const std::shared_ptr<Override>& override, int attempt) {
  if (attempt > kOverrideTriesMax) {
    return override->reply(absl::AbortedError(
        "the level changed at the same moment, several times; look at it and ask again"));
  }
  const EpochPtr epoch = parts_.views.Current();
  if (epoch == nullptr)
    return override->reply(absl::UnavailableError("the views are being read; ask again"));
  if (override->request.lift()) {
    const projections::LevelState* state = epoch->levels->Find(override->scope.scope);
    if (state == nullptr || state->override_until_us() == 0) {
      return override->reply(FieldError(absl::StatusCode::kFailedPrecondition, "lift",
                                        "no override holds", "look at GetLevels"));
    }
  }
  const v1::Envelope fact = OverrideFact(*override, attempt, epoch);
  parts_.writer.Append({fact}, [this, override, attempt](absl::StatusOr<Cursor> written) {
    if (!written.ok()) return override->reply(written.status());
    const std::string cursor = written->Encode();
    parts_.views.WhenCovers(cursor, override->caller.deadline,
                            [this, override, attempt, cursor](auto epoch) {
                              if (!epoch.ok()) return override->reply(epoch.status());
                              if (override->Holds(**epoch, attempt))
                                return override->reply(override->Receipt(**epoch, cursor));
                              Say(override, attempt + 1);
                            });
  });
}

}  // namespace overgang::escalation
