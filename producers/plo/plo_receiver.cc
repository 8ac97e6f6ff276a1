#include "producers/plo/plo_receiver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/errors.h"
#include "core/uuid.h"

namespace overgang::plo {
namespace {

constexpr PloOutcome::Kind kOutcomes[] = {
    PloOutcome::Kind::kFacts, PloOutcome::Kind::kNoFact, PloOutcome::Kind::kRefused,
    PloOutcome::Kind::kWrongOrganisation, PloOutcome::Kind::kDuplicate};

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

// What a message is remembered by; empty for one that is neither answered nor referred to.
std::string KeyOf(const PloReading& reading) {
  if (reading.kind == PloReading::Kind::kAppRec)
    return NameUuid({"apprec", reading.apprec.id, Lower(reading.apprec.original_id)});
  if (reading.kind != PloReading::Kind::kFacts && !reading.answer.has_value()) return {};
  // Two messages with the same unusable MsgId are two messages.
  if (!IsUuid(reading.message.msg_id)) return NameUuid({"plo", reading.source.digest()});
  return Lower(reading.message.msg_id);
}

// What an AppRec of this message would be about.
std::string NoticeOf(const std::vector<v1::Envelope>& facts) {
  const auto notice = std::ranges::find_if(facts, [](const v1::Envelope& fact) {
    return fact.has_patient_admitted() || fact.has_ukp_declared();
  });
  return notice == facts.end() ? "" : notice->SerializeAsString();
}

// What an AppRec said and when, to be written again: "<unix seconds> <status>", then a line for
// each error, "<code> <text>".
std::string ToRemember(const AppRecAnswer& answer, absl::Time at) {
  std::string text =
      absl::StrCat(absl::ToUnixSeconds(at), " ", std::string(1, static_cast<char>(answer.status)));
  for (const AppRecError& error : answer.errors)
    absl::StrAppend(&text, "\n", error.code, " ", error.text);
  return text;
}

// False where nothing is remembered.
bool FromRemembered(std::string_view text, AppRecAnswer& answer, absl::Time& at) {
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '\n');
  const std::pair<std::string, std::string> first = absl::StrSplit(lines[0], ' ');
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(first.first, &seconds) || first.second.size() != 1) return false;
  at = absl::FromUnixSeconds(seconds);
  answer.status = static_cast<AppRecStatus>(first.second[0]);
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> error =
        absl::StrSplit(lines[i], absl::MaxSplits(' ', 1));
    answer.errors.push_back({error.first, error.second});
  }
  return true;
}

// The same message, the same id, should it ever be answered twice.
std::string AppRecFor(const PloReading& reading, const std::string& key, const AppRecAnswer& answer,
                      absl::Time at) {
  return WriteAppRec(reading.message, answer, NameUuid({"apprec", key}), at,
                     VersionFor(reading.message));
}

PloOutcome::Kind OutcomeOf(PloReading::Kind kind) {
  switch (kind) {
    case PloReading::Kind::kFacts:
      return PloOutcome::Kind::kFacts;
    case PloReading::Kind::kRefused:
      return PloOutcome::Kind::kRefused;
    case PloReading::Kind::kWrongOrganisation:
      return PloOutcome::Kind::kWrongOrganisation;
    default:
      return PloOutcome::Kind::kNoFact;
  }
}

bool IsOwn(const Scope& scope, const Directory& directory, int her_id) {
  if (const Hospital* hospital = directory.HospitalByHerId(her_id))
    return scope.MaySeeHospital(hospital->organisation);
  const KommuneEntry* kommune = directory.KommuneByHerId(her_id);
  return kommune != nullptr && scope.MaySeeKommune(kommune->kommune);
}

// Who says it hands it in, and anybody what cannot be read: it is parked. What one has received, or
// carries for others, is handed in by who sees everything: else whoever made up a message in
// another's name would be told of that patient.
bool MayHandIn(const Scope& scope, const Directory& directory, const PloReading& reading) {
  if (scope.everything) return true;
  const bool own_facts = std::ranges::all_of(reading.facts, [&](const v1::Envelope& fact) {
    return scope.MaySeeStay(fact.stay_kommune(), fact.hospital());
  });
  if (!own_facts) return false;
  // A party has several numbers: facts are made of the organisation's where it is given.
  const Party& from = reading.message.sender;
  int her_id = reading.apprec.sender_her_id;
  if (her_id == 0) her_id = from.organisation_her_id;
  if (her_id == 0) her_id = from.service_her_id;
  return her_id == 0 || IsOwn(scope, directory, her_id);
}

absl::Status NotTheirs() {
  return FieldError(absl::StatusCode::kPermissionDenied, "MsgHead/MsgInfo",
                    "the message does not come from this principal's own organisation",
                    "let its sender hand it in, or a system that sees everything");
}

}  // namespace

std::string_view OutcomeName(PloOutcome::Kind kind) {
  switch (kind) {
    case PloOutcome::Kind::kFacts:
      return "facts";
    case PloOutcome::Kind::kNoFact:
      return "no_fact";
    case PloOutcome::Kind::kRefused:
      return "refused";
    case PloOutcome::Kind::kWrongOrganisation:
      return "wrong_organisation";
    case PloOutcome::Kind::kDuplicate:
      return "duplicate";
  }
  return "";
}

struct PloReceiver::Work {
  std::string message;
  PloReading reading;
  PloOutcome outcome;
  Stage stage;
  Done done;
  absl::Time answered_at;  // The AppRec's own time.
  absl::Status written;
};

PloReceiver::PloReceiver(const Parts& parts)
    : parts_(parts),
      reused_(parts.metrics.Counter("overgang_plo_msgid_reused_total",
                                    "Messages whose MsgId was used before for other content.")),
      not_synthetic_(parts.metrics.Counter(
          "overgang_plo_numbers_not_synthetic_total",
          "Messages of a test environment about a person whose number is not synthetic.")) {
  for (PloOutcome::Kind kind : kOutcomes) {
    outcomes_.push_back(&parts.metrics.Counter(
        "overgang_plo_messages_total", "PLO messages and AppRecs that were handled, by outcome.",
        {{"outcome", std::string(OutcomeName(kind))}}));
  }
  finisher_ = std::thread([this] { Finish(); });
}

PloReceiver::~PloReceiver() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_count_ == 0; });
    stopping_ = true;
  }
  changed_.notify_all();
  finisher_.join();
}

void PloReceiver::Count(PloOutcome::Kind kind) {
  outcomes_[static_cast<size_t>(kind)]->Increment();
}

absl::Status PloReceiver::Admit(const Work& work) {
  const std::string& key = work.outcome.key;
  std::lock_guard lock(mutex_);
  if (in_flight_count_ >= kInFlightMax ||
      in_flight_bytes_ + work.message.size() > kInFlightBytesMax) {
    return absl::ResourceExhaustedError("too many messages at once; send it again in a second");
  }
  if (!key.empty() && !in_flight_.insert(key).second) {
    return absl::ResourceExhaustedError(
        "the same message is being handled just now; send it again in a second");
  }
  ++in_flight_count_;
  in_flight_bytes_ += work.message.size();
  return absl::OkStatus();
}

absl::Status PloReceiver::TurnReceiptIntoFact(PloReading& reading, bool wait_for_original) const {
  reading.kind = PloReading::Kind::kNoFact;
  if (parts_.role != PloRole::kCopy || !NotifiesKommune(reading.apprec)) {
    reading.note = "the receipt notifies no kommune";
    return absl::OkStatus();
  }
  const std::optional<SeenMessage> original = parts_.seen.Find(Lower(reading.apprec.original_id));
  v1::Envelope notice;
  if (original.has_value() &&
      (original->notice.empty() || !notice.ParseFromString(original->notice))) {
    reading.note = "the message that it answers notified of nothing";
    return absl::OkStatus();
  }
  if (original.has_value()) {
    reading.kind = PloReading::Kind::kFacts;
    reading.facts = {MapAppRec(reading.apprec, reading.source, notice)};
    return absl::OkStatus();
  }
  if (wait_for_original)
    return absl::NotFoundError("the message that the receipt answers has not come yet");
  reading.kind = PloReading::Kind::kRefused;
  reading.refusal = Refusal{"original_unknown", "AppRec/OriginalMsgId/Id",
                            "no copy of the message that the receipt answers has come; hand in "
                            "that message, then retry this one",
                            "", ""};
  return absl::OkStatus();
}

void PloReceiver::Handle(std::string message, Stage stage, bool wait_for_original, Done done,
                         const Scope& scope) {
  auto work = std::make_shared<Work>();
  work->message = std::move(message);
  work->stage = std::move(stage);
  work->done = std::move(done);
  PloReading& reading = work->reading;
  const absl::Time now = parts_.clock.Now();
  const auto directory = parts_.directory.Get();
  reading = ReadPlo(work->message, {*directory, parts_.pseudonymizer, parts_.role, now});
  if (!MayHandIn(scope, *directory, reading)) return work->done(NotTheirs());
  PloOutcome& outcome = work->outcome;
  outcome.key = KeyOf(reading);
  if (reading.kind == PloReading::Kind::kAppRec) {
    const absl::Status turned = TurnReceiptIntoFact(reading, wait_for_original);
    if (!turned.ok()) return work->done(turned);
    if (!MayHandIn(scope, *directory, reading)) return work->done(NotTheirs());
    if (reading.kind != PloReading::Kind::kFacts) outcome.key.clear();
  }
  if (absl::Status admitted = Admit(*work); !admitted.ok()) return work->done(admitted);
  if (!outcome.key.empty()) {
    if (const auto before = parts_.seen.Find(outcome.key)) {
      outcome.kind = PloOutcome::Kind::kDuplicate;
      if (before->digest != reading.source.digest()) {
        reused_.Increment();
      } else if (AppRecAnswer answer; work->stage == nullptr) {
        absl::Time at;
        if (FromRemembered(before->answer, answer, at))
          outcome.apprec = AppRecFor(reading, outcome.key, answer, at);
      }
      return Reply(work, absl::OkStatus());
    }
  }
  outcome.kind = OutcomeOf(reading.kind);
  outcome.refusal = reading.refusal;
  outcome.note = reading.note;
  if (!reading.synthetic) not_synthetic_.Increment();
  if (reading.answer.has_value()) {
    work->answered_at = now;
    outcome.apprec = AppRecFor(reading, outcome.key, *reading.answer, now);
  }
  Write(work);
}

void PloReceiver::Write(const std::shared_ptr<Work>& work) {
  const PloReading& reading = work->reading;
  const std::string_view original = work->message;
  FactWriter::Done written = [this, work](absl::StatusOr<Cursor> cursor) {
    work->written = cursor.status();
    if (cursor.ok()) work->outcome.cursor = *std::move(cursor);
    std::lock_guard lock(mutex_);
    durable_.push_back(work);
    changed_.notify_all();
  };
  if (reading.refusal.has_value()) {
    parts_.writer.Park(reading.format, original, reading.source, *reading.refusal,
                       std::move(written));
  } else if (reading.facts.empty()) {
    parts_.writer.KeepOriginal(reading.format, original, reading.source, std::move(written));
  } else {
    parts_.writer.AppendWithOriginal(reading.format, original, reading.facts, std::move(written));
  }
}

void PloReceiver::Finish() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !durable_.empty(); });
    if (durable_.empty()) return;
    const std::vector<std::shared_ptr<Work>> batch(durable_.begin(), durable_.end());
    durable_.clear();
    lock.unlock();
    FinishBatch(batch);
    lock.lock();
  }
}

void PloReceiver::FinishBatch(const std::vector<std::shared_ptr<Work>>& batch) {
  std::vector<SeenMessage> answered;
  for (const std::shared_ptr<Work>& work : batch) {
    if (work->written.ok() && work->stage != nullptr && !work->outcome.apprec.empty())
      work->written = work->stage(work->outcome);
    if (!work->written.ok() || work->outcome.key.empty()) continue;
    const PloReading& reading = work->reading;
    const bool may_be_referred_to = parts_.role == PloRole::kCopy && reading.format == "plo";
    answered.push_back({work->outcome.key, reading.source.digest(),
                        may_be_referred_to ? NoticeOf(reading.facts) : "",
                        reading.answer ? ToRemember(*reading.answer, work->answered_at) : ""});
  }
  const absl::Status remembered = parts_.seen.Add(answered);
  for (const std::shared_ptr<Work>& work : batch) {
    const bool needed = work->written.ok() && !work->outcome.key.empty();
    Reply(work, needed ? remembered : work->written);
  }
}

void PloReceiver::Reply(const std::shared_ptr<Work>& work, const absl::Status& status) {
  if (status.ok()) Count(work->outcome.kind);
  {
    // First, so that who hears of a failure can hand the message in again at once.
    std::lock_guard lock(mutex_);
    if (!work->outcome.key.empty()) in_flight_.erase(work->outcome.key);
  }
  if (status.ok()) {
    work->done(std::move(work->outcome));
  } else {
    work->done(status);
  }
  std::lock_guard lock(mutex_);
  --in_flight_count_;
  in_flight_bytes_ -= work->message.size();
  changed_.notify_all();
}

}  // namespace overgang::plo
