#include "app/cli/fact_sender.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/uuid.h"

namespace overgang::cli {
namespace {

// Which element of a repeated field a refusal names: "facts[37].visit_key: too long; write less".
struct Place {
  int index = -1;
  std::string field;  // "visit_key"
  std::string what;   // "too long"
  std::string remedy;
};

bool PlaceIn(std::string_view list, std::string_view message, Place* place) {
  if (!message.starts_with(list) || message.substr(list.size(), 1) != "[") return false;
  message.remove_prefix(list.size() + 1);
  const size_t close = message.find(']'), colon = message.find(": ");
  if (close == message.npos || colon == message.npos || colon < close) return false;
  if (!absl::SimpleAtoi(absl::string_view(message.data(), close), &place->index)) return false;
  place->field = message.substr(close + 1, colon - close - 1);
  if (place->field.starts_with('.')) place->field.erase(0, 1);
  message.remove_prefix(colon + 2);
  const size_t semicolon = std::min(message.find("; "), message.size());
  place->what = message.substr(0, semicolon);
  place->remedy =
      semicolon < message.size() ? message.substr(semicolon + 2) : "correct it, or leave it out";
  return true;
}

// How the file calls a field of the contract, where a column of its own gives it.
std::string ColumnOf(std::string_view field) {
  if (field == "visit_key") return "visit";
  if (field.starts_with("patient_discharged.")) return std::string(field.substr(19));
  return std::string(field);
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

FactSender::FactSender(HubClient& hub, Refused refused) : hub_(hub), refused_(std::move(refused)) {
  for (size_t i = 0; i < kBatchesUnderWayMax; ++i) threads_.emplace_back([this] { Work(); });
}

FactSender::~FactSender() { (void)Finish(); }

bool FactSender::Ended() {
  std::lock_guard lock(mutex_);
  return !status_.ok();
}

bool FactSender::Add(int64_t line, importer::StayLine stay) {
  const int facts = static_cast<int>(stay.facts.size());
  if (filling_.request.facts_size() + facts > kBatchFactsMax || filling_.bytes > kBatchBytesMax)
    Queue();
  filling_.lines.push_back({line, facts, !stay.id_number.empty()});
  if (!stay.id_number.empty()) {
    v1::PersonOfFacts& person = *filling_.request.add_persons();
    person.set_id_number(std::move(stay.id_number));
    person.set_facts(facts);
  }
  for (v1::Envelope& fact : stay.facts) {
    filling_.bytes += fact.ByteSizeLong();
    *filling_.request.add_facts() = std::move(fact);
  }
  return !Ended();
}

void FactSender::Queue() {
  if (filling_.lines.empty()) return;
  filling_.request.set_history(true);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < kBatchesWaitingMax || !status_.ok(); });
  waiting_.push_back(std::exchange(filling_, {}));
  changed_.notify_all();
}

absl::Status FactSender::Finish() {
  Queue();
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return status_;
}

void FactSender::Work() {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !waiting_.empty() || closed_ || !status_.ok(); });
      if (waiting_.empty() || !status_.ok()) return;
      batch = std::move(waiting_.front());
      waiting_.pop_front();
      changed_.notify_all();
    }
    const absl::Status sent = Send(batch);
    std::lock_guard lock(mutex_);
    if (sent.ok()) continue;
    if (status_.ok()) status_ = sent;
    changed_.notify_all();
  }
}

absl::Status FactSender::Send(Batch& batch) {
  while (!batch.lines.empty()) {
    // Of its own each time: what makes a repeat harmless is the ids of the facts.
    batch.request.set_idempotency_key(RandomUuid());
    absl::Status status = Call(batch.request);
    if (status.ok()) {
      facts_ += batch.request.facts_size();
      stays_ += static_cast<int64_t>(batch.lines.size());
      return status;
    }
    if (!absl::IsInvalidArgument(status) || !TakeOut(batch, status)) return status;
  }
  return absl::OkStatus();
}

absl::Status FactSender::Call(const v1::AppendFactsRequest& request) {
  const absl::Time give_up = absl::Now() + kRetryMax;
  for (absl::Duration pause = kRetryPauseFirst;; pause = std::min(2 * pause, kRetryPauseMax)) {
    v1::AppendFactsResponse response;
    absl::Status status = hub_.Call("IntakeService/AppendFacts", request, &response);
    if (!MayPass(status) || absl::Now() + pause > give_up || Ended()) return status;
    absl::SleepFor(pause);
  }
}

bool FactSender::TakeOut(Batch& batch, const absl::Status& refusal) {
  Place place;
  const std::string message(refusal.message());
  const bool of_person = PlaceIn("persons", message, &place);
  if (!of_person && !PlaceIn("facts", message, &place)) return false;
  int facts = 0, persons = 0;
  for (auto line = batch.lines.begin(); line != batch.lines.end(); ++line) {
    const int person = line->numbered ? 1 : 0;
    if (of_person ? person == 1 && place.index == persons : place.index < facts + line->facts) {
      {
        std::lock_guard lock(refused_mutex_);
        refused_(line->number, {0, ColumnOf(place.field), place.what, place.remedy});
      }
      batch.request.mutable_facts()->DeleteSubrange(facts, line->facts);
      batch.request.mutable_persons()->DeleteSubrange(persons, person);
      batch.lines.erase(line);
      return true;
    }
    facts += line->facts;
    persons += person;
  }
  return false;
}

}  // namespace overgang::cli
