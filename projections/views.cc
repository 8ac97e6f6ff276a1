#include "projections/views.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

absl::Status NoStay(std::string_view field) {
  return FieldError(absl::StatusCode::kNotFound, field, "no such stay",
                    "take the id from ListStays, or name the person and the hospital");
}

absl::Status NotStarted() {
  return absl::UnavailableError("the views are being read from the store; try again in a moment");
}

StaySubject SubjectOf(const v1::Stay& stay) {
  return {stay.patient_ref(), stay.hospital(), stay.visit_key(), FromProto(stay.admitted_at()),
          stay.stay_kommune()};
}

}  // namespace

std::shared_ptr<const Epoch> Views::Current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

void Views::Publish(std::shared_ptr<const Epoch> epoch) {
  std::list<Waiter> served;
  {
    std::lock_guard lock(mutex_);
    current_ = epoch;
    trouble_ = absl::OkStatus();
    if (epoch->caught_up) caught_up_at_ = clock_.Now();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      const auto next = std::next(it);
      if (epoch->cursor.Covers(it->cursor)) served.splice(served.end(), waiters_, it);
      it = next;
    }
  }
  {
    std::lock_guard lock(listeners_mutex_);
    for (const auto& [id, listener] : listeners_) listener(epoch);
  }
  // Streams first: who waited for a cursor finds them at least as far.
  for (const Waiter& waiter : served) waiter.then(epoch);
}

void Views::SetTrouble(absl::Status trouble) {
  std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
}

void Views::StopFor(const absl::Status& why) {
  std::lock_guard lock(mutex_);
  stopped_for_.Update(why);
}

absl::Status Views::Trouble() const {
  std::lock_guard lock(mutex_);
  return stopped_for_.ok() ? trouble_ : stopped_for_;
}

bool Views::CaughtUp() const {
  std::lock_guard lock(mutex_);
  return current_ != nullptr && trouble_.ok() && stopped_for_.ok() &&
         (current_->caught_up || clock_.Now() - caught_up_at_ < kCaughtUpWithin);
}

void Views::WhenCovers(const std::string& wait_for, absl::Time deadline, Then then,
                       const char* field) {
  std::shared_ptr<const Epoch> epoch = Current();
  if (epoch == nullptr) return then(NotStarted());
  if (wait_for.empty()) return then(std::move(epoch));
  auto cursor = Cursor::Parse(wait_for, epoch->cursor.incarnation);
  if (!cursor.ok()) {
    return then(FieldError(cursor.status().code(), field, "not a cursor of this log",
                           PlaceOf(cursor.status()).remedy));
  }
  absl::Status refusal;
  {
    std::lock_guard lock(mutex_);
    epoch = current_;
    if (!epoch->cursor.Covers(*cursor)) {
      refusal = waits_ended_;
      if (refusal.ok() && waiters_.size() >= kWaitersMax) {
        refusal = absl::ResourceExhaustedError(
            "too many queries wait for a cursor; try again in a moment");
      }
      if (refusal.ok()) {
        waiters_.push_back({*std::move(cursor), std::min(deadline, clock_.Now() + kWaitForMax),
                            std::move(then), field});
        return;
      }
    }
  }
  if (!refusal.ok()) return then(refusal);
  then(std::move(epoch));
}

void Views::EndWaits(const absl::Status& why) {
  std::list<Waiter> ended;
  {
    std::lock_guard lock(mutex_);
    waits_ended_.Update(why);
    ended.swap(waiters_);
  }
  for (const Waiter& waiter : ended) waiter.then(why);
}

void Views::ExpireWaits() {
  std::list<Waiter> expired;
  {
    std::lock_guard lock(mutex_);
    const absl::Time now = clock_.Now();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      const auto next = std::next(it);
      if (it->deadline <= now) expired.splice(expired.end(), waiters_, it);
      it = next;
    }
  }
  for (const Waiter& waiter : expired) {
    waiter.then(FieldError(absl::StatusCode::kDeadlineExceeded, waiter.field,
                           "the views do not cover the cursor yet",
                           absl::StrCat("ask again, or ask without ", waiter.field,
                                        "; /readyz says whether the views lag")));
  }
}

int Views::AddListener(std::function<void(const std::shared_ptr<const Epoch>&)> listener) {
  std::lock_guard lock(listeners_mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void Views::RemoveListener(int id) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

v1::AsOf Views::AsOf(const Epoch& epoch, absl::Time now) const {
  return AsOf(epoch, now, [](std::string_view) { return SourceShown::kWhole; });
}

v1::AsOf Views::AsOf(const Epoch& epoch, absl::Time now, const Caller& caller,
                     const Directory& directory) const {
  return AsOf(epoch, now,
              [&](std::string_view source) { return ShownTo(caller, directory, source); });
}

namespace {

// By intake what is reported ages; who only answers is heard of and not waited for.
bool OnlyAnswers(std::string_view source, const rows::Source& row) {
  return source.starts_with("intake:") && row.reported_us() == 0;
}

absl::Time HeardAt(std::string_view source, const rows::Source& row) {
  const bool by_report = source.starts_with("intake:") && row.reported_us() != 0;
  return absl::FromUnixMicros(by_report ? row.reported_us() : row.last_us());
}

// Nobody waits for a file of history, nor for the hub's own decisions.
bool IsWaitedFor(std::string_view source, const rows::Source& row) {
  return !IsImport(source) && source != "hub" && !OnlyAnswers(source, row);
}

}  // namespace

v1::AsOf Views::AsOf(const Epoch& epoch, absl::Time now, const Shown& shown) const {
  v1::AsOf as_of;
  as_of.set_cursor(epoch.cursor.Encode());
  *as_of.mutable_now() = ToProto(now);
  if (epoch.newest_fact_us != 0) *as_of.mutable_newest_fact_at() = ProtoOfUs(epoch.newest_fact_us);
  bool stale = !epoch.past && !CaughtUp();
  const absl::Time aged_to = epoch.past ? now : clock_.Now();
  for (const auto& [source, row] : *epoch.sources) {
    const SourceShown how = shown(source);
    if (how == SourceShown::kNo) continue;
    v1::SourceAge& age = *as_of.add_sources();
    age.set_source(source);
    const absl::Time heard = HeardAt(source, row);
    *age.mutable_last_heard_at() = ToProto(heard);
    if (how == SourceShown::kWhole) age.set_facts(row.facts());
    age.set_stale(IsWaitedFor(source, row) &&
                  aged_to - heard >
                      (source.starts_with("hl7v2:") ? kAdtStaleAfter : kOtherStaleAfter));
    stale |= age.stale();
  }
  as_of.set_stale(stale);
  return as_of;
}

absl::StatusOr<StayPlace> FindStayRow(const StateSnapshot& rows, std::string_view stay_id) {
  Uuid id;
  if (!Uuid::Parse(stay_id, &id)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "stay_id", "not a stay id",
                      "give the UUID that ListStays shows");
  }
  StayPlace place;
  bool found = false;
  const auto take = [&](std::string_view key, std::string_view value) {
    place.stay_id = Uuid::FromKey(key.substr(0, 16));
    place.home = PatientRef::FromKey(key.substr(16));
    found = place.stay.ParseFromArray(value.data(), static_cast<int>(value.size()));
    return false;
  };
  const auto end_of = [](std::string prefix) { return prefix.append(19, '\xff'); };
  std::string from(id.key());
  absl::Status status = rows.Scan(kStay, from, end_of(from), take);
  if (status.ok() && !found) {
    std::string target;
    status = rows.Scan(kStayAlias, from, end_of(from),
                       [&](std::string_view key, std::string_view value) {
                         target = std::string(value) + std::string(key.substr(16));
                         return false;
                       });
    if (status.ok() && !target.empty()) status = rows.Scan(kStay, target, target + '\0', take);
  }
  if (!status.ok()) return status;
  if (!found) return NoStay("stay_id");
  return place;
}

absl::StatusOr<Cluster> FindCluster(const StateSnapshot& rows, const PatientRef& ref) {
  auto row = rows.Get(kCluster, ref.key());
  if (!row.ok()) return row.status();
  if (row->has_value()) return Cluster::Parse(ref, **row);
  auto pointer = rows.Get(kRef, ref.key());
  if (!pointer.ok()) return pointer.status();
  if (pointer->has_value()) {
    const PatientRef key = PatientRef::FromKey(**pointer);
    row = rows.Get(kCluster, key.key());
    if (!row.ok()) return row.status();
    if (row->has_value()) return Cluster::Parse(key, **row);
  }
  return FieldError(absl::StatusCode::kNotFound, "patient_ref", "nobody has this reference",
                    "take it from a stay or from the log");
}

absl::StatusOr<int> PersonMeant(const Cluster& cluster, const ClusterStays& stays,
                                const PatientRef& ref, std::string_view field) {
  std::set<int> of_it;
  std::set<int> known_by_it;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const HeldFact& fact = *cluster.facts[i];
    if (fact.patient == ref || fact.merged == ref) of_it.insert(stays.person_of[i]);
    if (fact.Names(ref)) known_by_it.insert(stays.person_of[i]);
  }
  const std::set<int>& meant = of_it.empty() ? known_by_it : of_it;
  if (meant.empty()) return NoStay(field);
  if (meant.size() > 1) {
    return FieldError(absl::StatusCode::kFailedPrecondition, field,
                      "more than one person is known by this", "name the stay by its stay_id");
  }
  return *meant.begin();
}

absl::StatusOr<StaySubject> Views::FindStay(std::string_view stay_id) const {
  const auto epoch = Current();
  if (epoch == nullptr) return NotStarted();
  auto place = FindStayRow(*epoch->rows, stay_id);
  if (!place.ok()) return place.status();
  StaySubject subject = SubjectOf(place->stay);
  auto row = epoch->rows->Get(kOpenStay, AliasKey(place->stay_id, place->home));
  if (!row.ok()) return row.status();
  // One that ended has made all its moves.
  if (StayEntry entry; row->has_value() && StayEntry::Parse(**row, &entry))
    subject.stay_kommune = KommuneAt(entry, absl::ToUnixMicros(clock_.Now())).str();
  return subject;
}

absl::StatusOr<StaySubject> Views::FindOpenStay(std::string_view patient_ref,
                                                std::string_view hospital) const {
  const auto epoch = Current();
  if (epoch == nullptr) return NotStarted();
  auto ref = PatientRef::Parse(patient_ref);
  if (!ref.ok()) return ref.status();
  auto cluster = FindCluster(*epoch->rows, *ref);
  if (!cluster.ok())
    return cluster.status().code() == absl::StatusCode::kNotFound ? NoStay("subject")
                                                                  : cluster.status();
  const ClusterStays stays = ComputeStays(*cluster, true);
  const absl::StatusOr<int> person = PersonMeant(*cluster, stays, *ref, "subject");
  if (!person.ok()) return person.status();
  const DerivedStay* best = nullptr;
  for (size_t i = 0; i < cluster->facts.size(); ++i) {
    const DerivedStay* stay = stays.of_fact[i];
    if (stay == nullptr || stays.person_of[i] != *person || stay->entry.ended_us != kNeverUs ||
        stay->stay.hospital() != hospital)
      continue;
    const bool newer = best == nullptr ||
                       FromProto(stay->stay.admitted_at()) > FromProto(best->stay.admitted_at());
    if (newer) best = stay;
  }
  if (best == nullptr) return NoStay("subject");
  StaySubject subject = SubjectOf(best->stay);
  subject.stay_kommune = KommuneAt(best->entry, absl::ToUnixMicros(clock_.Now())).str();
  return subject;
}

absl::StatusOr<std::optional<IntakeReceipt>> Views::FindReceipt(
    std::string_view principal, std::string_view method, std::string_view idempotency_key) const {
  const auto epoch = Current();
  if (epoch == nullptr) return NotStarted();
  auto bytes = epoch->rows->Get(kReceipt, ReceiptsFold::Key(principal, method, idempotency_key));
  if (!bytes.ok()) return bytes.status();
  rows::Receipt row;
  if (!bytes->has_value() || !row.ParseFromString(**bytes)) return std::nullopt;
  Cursor cursor;
  cursor.incarnation = epoch->cursor.incarnation;
  for (const auto& [index, offset] : row.last_offset())
    cursor.next[static_cast<size_t>(index)] = offset + 1;
  return IntakeReceipt{row.event_id(), row.digest(), cursor.Encode()};
}

absl::StatusOr<std::vector<std::string>> Views::HeldFacts(std::string_view patient_ref) const {
  const auto epoch = Current();
  if (epoch == nullptr) return NotStarted();
  auto ref = PatientRef::Parse(patient_ref);
  if (!ref.ok()) return ref.status();
  auto cluster = FindCluster(*epoch->rows, *ref);
  std::vector<std::string> ids;
  if (absl::IsNotFound(cluster.status())) return ids;
  if (!cluster.ok()) return cluster.status();
  ids.reserve(cluster->facts.size());
  for (const auto& fact : cluster->facts) ids.push_back(fact->event_id.Text());
  std::ranges::sort(ids);
  return ids;
}

}  // namespace overgang::projections
