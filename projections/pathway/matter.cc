#include "projections/pathway/matter.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "projections/pathway/stay.h"
#include "projections/rules/deadlines.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

const v1::Decision* DecisionOf(const v1::Envelope& envelope) {
  if (envelope.has_deadline_missed()) return &envelope.deadline_missed().decision();
  if (envelope.has_patient_readmitted()) return &envelope.patient_readmitted().decision();
  return nullptr;
}

// A subject without the person: two may have been given one visit number. A period is named by what
// began it: which one it is of its stay changes when another is told of later.
std::string ThingOf(const Uuid& id, const DerivedStay& stay, const DeadlineOf& deadline) {
  return absl::StrCat(
      "deadline/", id.Text(), "/", static_cast<int>(deadline.kind), "/",
      deadline.period == kOfStay
          ? "stay"
          : stay.entry.periods[static_cast<size_t>(deadline.period)].began_by.Text());
}

std::string ThingOf(const Uuid& id, const DerivedStay&, const ReadmissionOf& readmission) {
  return absl::StrCat("readmission/", id.Text(), "/", static_cast<int>(readmission.definition));
}

template <typename Asked>
std::string SubjectOf(const DerivedStay& stay, const Asked& asked) {
  return absl::StrCat(ThingOf(stay.id, stay, asked), "/", stay.who.patient.Text());
}

// Whether what was decided is of another person's stay that has the same id. Any of a person's
// references may have been the stay's when it was decided.
bool IsOfAnother(const v1::Envelope& decided, const DerivedStay& stay,
                 const std::vector<DerivedStay>& stays) {
  const PatientRef ref = PatientRef::Parse(decided.patient_ref()).value_or(PatientRef{});
  return std::ranges::any_of(stays, [&](const DerivedStay& other) {
    return other.id == stay.id && other.home != stay.home &&
           (other.home == ref || std::ranges::binary_search(other.refs, ref));
  });
}

class Collector {
 public:
  Collector(const std::vector<DerivedStay>& stays, const Decided& decided)
      : stays_(stays), decided_(decided) {
    if (decided.empty()) return;
    for (const DerivedStay& stay : stays) by_id_.emplace(stay.stay.stay_id(), &stay);
  }

  void Add(const DerivedStay& stay) {
    if (stay.entry.imported) return;
    for (const DeadlineOf& deadline : DeadlinesOf(stay.entry)) AddDeadline(stay, deadline);
    for (const ReadmissionOf& readmission : stay.entry.readmissions)
      AddReadmission(stay, readmission);
  }

  // Decisions that nothing asks for any more.
  void AddWithdrawn() {
    for (const auto& [subject, envelope] : decided_) {
      const v1::Decision& decision = *DecisionOf(envelope);
      if (decision.withdrawn() || still_asked_.contains(subject)) continue;
      Matter matter;
      matter.withdraw = true;
      matter.revision = decision.revision() + 1;
      matter.subject = subject;
      const bool deadline = envelope.has_deadline_missed();
      matter.kind = deadline ? Matter::Kind::kDeadline : Matter::Kind::kReadmission;
      matter.deadline = envelope.deadline_missed().deadline();
      matter.due_us = UsOfProto(envelope.deadline_missed().due_at());
      matter.definition = envelope.patient_readmitted().definition();
      Uuid::Parse(
          deadline ? envelope.deadline_missed().stay_id() : envelope.patient_readmitted().stay_id(),
          &matter.stay_id);
      out_.emplace_back(std::move(matter), WhoOf(envelope));
    }
  }

  std::vector<std::pair<Matter, StayWho>> Take() { return std::move(out_); }

 private:
  // What was decided on this, under the stay's id or one that it had before; the subject is then
  // that one's.
  template <typename Asked>
  const v1::Envelope* Find(const DerivedStay& stay, const Asked& asked, std::string* subject) {
    const v1::Envelope* found = nullptr;
    if (decided_.empty()) return found;
    std::vector<Uuid> ids = {stay.id};
    ids.insert(ids.end(), stay.aliases.begin(), stay.aliases.end());
    for (const Uuid& id : ids) {
      const std::string thing = ThingOf(id, stay, asked) + "/";
      for (auto it = decided_.lower_bound(thing);
           it != decided_.end() && it->first.starts_with(thing); ++it) {
        if (IsOfAnother(it->second, stay, stays_)) continue;
        // Of two of one person, as when two were merged, the one that stands.
        if (found != nullptr && !DecisionOf(*found)->withdrawn()) continue;
        *subject = it->first;
        found = &it->second;
      }
    }
    return found;
  }

  // `decided` and `subject`: as Find gave them.
  template <typename Asked>
  void SetRevision(const DerivedStay& stay, const Asked& asked, const v1::Envelope* decided,
                   std::string subject, Matter* matter) const {
    if (decided == nullptr) {
      subject = SubjectOf(stay, asked);
      // Another person's by now, who was taken for this one when it was revised last: the next
      // revision is this one's again. That one has to be decided anew, under its own.
      if (const auto it = decided_.find(subject); it != decided_.end()) decided = &it->second;
    }
    matter->subject = std::move(subject);
    matter->revision = decided == nullptr ? 1 : DecisionOf(*decided)->revision() + 1;
  }

  void AddDeadline(const DerivedStay& stay, const DeadlineOf& deadline) {
    // What was decided on one that was met in time is withdrawn by AddWithdrawn.
    if (deadline.met_us != 0 && !MetLate(deadline)) return;
    std::string subject;
    const v1::Envelope* decided = Find(stay, deadline, &subject);
    const bool missed = decided != nullptr && !DecisionOf(*decided)->withdrawn();
    // Not met, and due later than was thought: what was decided then no longer holds.
    if (missed && deadline.met_us == 0 &&
        deadline.due_us > UsOfProto(decided->deadline_missed().due_at()))
      return;
    if (missed) {
      still_asked_.insert(subject);
      if (deadline.due_us == UsOfProto(decided->deadline_missed().due_at())) return;
    }
    Matter matter;
    matter.stay_id = stay.id;
    matter.deadline = deadline.kind;
    matter.due_us = deadline.due_us;
    matter.met_us = deadline.met_us;
    SetRevision(stay, deadline, decided, std::move(subject), &matter);
    out_.emplace_back(std::move(matter), stay.who);
  }

  void AddReadmission(const DerivedStay& stay, const ReadmissionOf& readmission) {
    std::string subject;
    const v1::Envelope* decided = Find(stay, readmission, &subject);
    if (decided != nullptr && !DecisionOf(*decided)->withdrawn()) {
      still_asked_.insert(subject);
      const v1::PatientReadmitted& said = decided->patient_readmitted();
      if (said.index_stay_id() == readmission.index_stay.Text() &&
          said.since_discharge().seconds() == readmission.since_discharge_us / 1'000'000)
        return;
    }
    Matter matter;
    matter.kind = Matter::Kind::kReadmission;
    matter.stay_id = stay.id;
    matter.definition = readmission.definition;
    matter.index_stay_id = readmission.index_stay;
    matter.since_discharge_us = readmission.since_discharge_us;
    SetRevision(stay, readmission, decided, std::move(subject), &matter);
    out_.emplace_back(std::move(matter), stay.who);
  }

  // As the decision has it: its stay may be no more.
  StayWho WhoOf(const v1::Envelope& envelope) const {
    const auto id = envelope.has_deadline_missed() ? envelope.deadline_missed().stay_id()
                                                   : envelope.patient_readmitted().stay_id();
    const auto [first, last] = by_id_.equal_range(id);
    for (auto it = first; it != last; ++it) {
      if (!IsOfAnother(envelope, *it->second, stays_)) return it->second->who;
    }
    StayWho who;
    who.patient = PatientRef::Parse(envelope.patient_ref()).value_or(PatientRef{});
    who.hospital.Assign(envelope.hospital());
    who.residence_kommune.Assign(envelope.residence_kommune());
    who.stay_kommune.Assign(envelope.stay_kommune());
    who.sector = envelope.sector();
    who.ward.Assign(envelope.ward());
    who.visit_key = envelope.visit_key();
    return who;
  }

  const std::vector<DerivedStay>& stays_;
  const Decided& decided_;
  std::multimap<std::string_view, const DerivedStay*> by_id_;
  std::set<std::string> still_asked_;
  std::vector<std::pair<Matter, StayWho>> out_;
};

}  // namespace

bool TakeDecision(const v1::Envelope& envelope, Decided* decided) {
  const v1::Decision* decision = DecisionOf(envelope);
  if (decision == nullptr || decision->subject().empty()) return false;
  const auto [it, added] = decided->try_emplace(decision->subject(), envelope);
  if (added) return true;
  if (DecisionOf(it->second)->revision() >= decision->revision()) return false;
  it->second = envelope;
  return true;
}

std::vector<std::pair<Matter, StayWho>> OpenMatters(const std::vector<DerivedStay>& stays,
                                                    const Decided& decided) {
  Collector collector(stays, decided);
  for (const DerivedStay& stay : stays) collector.Add(stay);
  if (!decided.empty()) collector.AddWithdrawn();
  auto open = collector.Take();
  std::ranges::sort(open, {}, [](const auto& item) { return item.first.subject; });
  return open;
}

std::string Matters::Serialize() const {
  rows::Matters row;
  for (const auto& [matter, who] : open) {
    rows::Matter& stored = *row.add_open();
    stored.set_kind(static_cast<int>(matter.kind));
    stored.set_stay_id(std::string(matter.stay_id.key()));
    stored.set_which(matter.kind == Matter::Kind::kDeadline ? static_cast<int>(matter.deadline)
                                                            : static_cast<int>(matter.definition));
    stored.set_withdraw(matter.withdraw);
    stored.set_revision(matter.revision);
    stored.set_due_us(matter.due_us);
    stored.set_met_us(matter.met_us);
    if (matter.since_discharge_us != 0)
      stored.set_index_stay_id(std::string(matter.index_stay_id.key()));
    stored.set_since_discharge_us(matter.since_discharge_us);
    stored.set_subject(matter.subject);
    stored.set_patient(std::string(who.patient.key()));
    stored.set_hospital(who.hospital.str());
    stored.set_residence_kommune(who.residence_kommune.str());
    stored.set_stay_kommune(who.stay_kommune.str());
    stored.set_sector(who.sector);
    stored.set_ward(who.ward.str());
    stored.set_visit_key(who.visit_key);
  }
  return row.SerializeAsString();
}

bool Matters::Parse(const PatientRef& cluster, std::string_view bytes, Matters* matters) {
  rows::Matters row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  matters->cluster = cluster;
  matters->open.clear();
  for (const rows::Matter& stored : row.open()) {
    auto& [matter, who] = matters->open.emplace_back();
    matter.kind = static_cast<Matter::Kind>(stored.kind());
    matter.stay_id = Uuid::FromKey(stored.stay_id());
    if (matter.kind == Matter::Kind::kDeadline) {
      matter.deadline = static_cast<v1::DeadlineKind>(stored.which());
    } else {
      matter.definition = static_cast<v1::PatientReadmitted::Definition>(stored.which());
    }
    matter.withdraw = stored.withdraw();
    matter.revision = stored.revision();
    matter.due_us = stored.due_us();
    matter.met_us = stored.met_us();
    matter.index_stay_id = Uuid::FromKey(stored.index_stay_id());
    matter.since_discharge_us = stored.since_discharge_us();
    matter.subject = stored.subject();
    who.patient = PatientRef::FromKey(stored.patient());
    who.hospital.Assign(stored.hospital());
    who.residence_kommune.Assign(stored.residence_kommune());
    who.stay_kommune.Assign(stored.stay_kommune());
    who.sector = static_cast<v1::Sector>(stored.sector());
    who.ward.Assign(stored.ward());
    who.visit_key = stored.visit_key();
  }
  return true;
}

absl::Status ScanMatters(const StateSnapshot& rows, const std::function<void(Matters)>& visit) {
  absl::Status unreadable;
  absl::Status status =
      rows.Scan(kMatter, "", "", [&](std::string_view key, std::string_view value) {
        Matters matters;
        if (!Matters::Parse(PatientRef::FromKey(key), value, &matters)) {
          unreadable = absl::DataLossError(
              "a row of open matters cannot be read; delete the views' folder, it is made anew");
          return false;
        }
        visit(std::move(matters));
        return true;
      });
  return status.ok() ? unreadable : status;
}

}  // namespace overgang::projections
