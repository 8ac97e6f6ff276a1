#include "consumers/feed/selection.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/edit_distance.h"
#include "core/errors.h"
#include "core/fact_writer.h"
#include "core/place_numbers.h"

namespace overgang::feed {
namespace {

constexpr std::string_view kTypePrefix = "overgang.v1.";  // Of ce_type.

struct Type {
  int number = 0;  // Of the field in Envelope.fact.
  Topic topic = Topic::kPathway;
};

// By name: "UkpDeclared".
std::map<std::string, Type, std::less<>> FedTypes() {
  std::map<std::string, Type, std::less<>> types;
  const auto* facts = v1::Envelope::descriptor()->FindOneofByName("fact");
  for (int i = 0; i < facts->field_count(); ++i) {
    v1::Envelope example;
    example.GetReflection()->MutableMessage(&example, facts->field(i));
    const Topic topic = TopicOf(example);
    if (IsFedTopic(topic))
      types[facts->field(i)->message_type()->name()] = {facts->field(i)->number(), topic};
  }
  return types;
}

const std::map<std::string, Type, std::less<>>& Types() {
  static const auto* const types = new std::map(FedTypes());
  return *types;
}

std::string_view NameOf(std::string_view type) {
  return type.substr(type.starts_with(kTypePrefix) ? kTypePrefix.size() : 0);
}

using Check = absl::Status (*)(std::string_view number, std::string_view field);
using MayAsk = absl::Status (*)(const Scope& scope, std::string_view number,
                                std::string_view field);

absl::Status TakeNumbers(const google::protobuf::RepeatedPtrField<std::string>& given,
                         std::string_view name, Check check, MayAsk may_ask, const Scope& scope,
                         absl::flat_hash_set<std::string>* numbers) {
  for (int i = 0; i < given.size(); ++i) {
    const std::string field = absl::StrCat("filter.", std::string(name), "[", i, "]");
    absl::Status status = check(given.Get(i), field);
    if (status.ok()) status = may_ask(scope, given.Get(i), field);
    if (!status.ok()) return status;
    numbers->insert(given.Get(i));
  }
  return absl::OkStatus();
}

// What no kommune or hospital is told of, whosever it may be: see Scope::MaySeeFact.
bool IsForWhoSeesEverything(const Type& type) {
  switch (type.number) {
    case v1::Envelope::kPatientMerged:
    case v1::Envelope::kMailAttempted:
    case v1::Envelope::kMailAccepted:
    case v1::Envelope::kMailRejected:
    case v1::Envelope::kMailUncertain:
    case v1::Envelope::kRecipientPaused:
    case v1::Envelope::kDailyStatusRequested:
      return true;
    default:
      return type.topic == Topic::kParked;
  }
}

std::string NearestType(std::string_view name) {
  return std::ranges::min_element(Types(), {},
                                  [&](const auto& type) { return EditDistance(name, type.first); })
      ->first;
}

// "k:5001" and "h:974749025": whose something is. Empty where it is nobody's.
std::string_view OwnerOf(const v1::Envelope& fact) {
  switch (fact.fact_case()) {
    case v1::Envelope::kDailyStatusIssued:
      return fact.daily_status_issued().scope();
    case v1::Envelope::kDailyStatusCorrected:
      return fact.daily_status_corrected().scope();
    case v1::Envelope::kDailyStatusRequested:
      return fact.daily_status_requested().scope();
    case v1::Envelope::kMailAttempted:
      return fact.mail_attempted().scope();
    case v1::Envelope::kRecipientPaused:
      return fact.recipient_paused().scope();
    case v1::Envelope::kTiltakskortIssued:
      return fact.tiltakskort_issued().recipient();
    default:
      return {};
  }
}

bool Owned(const absl::flat_hash_set<std::string>& numbers, std::string_view prefix,
           std::string_view owner) {
  return owner.starts_with(prefix) && numbers.contains(std::string(owner.substr(prefix.size())));
}

}  // namespace

bool AsksForPatients(const v1::FeedFilter& filter) {
  return filter.types().empty() || std::ranges::any_of(filter.types(), [](std::string_view type) {
           const auto found = Types().find(NameOf(type));
           return found != Types().end() && IsOfPatients(found->second.topic);
         });
}

absl::StatusOr<Selection> Selection::Parse(const v1::FeedFilter& filter, ScopeRef scope,
                                           const Whose& whose) {
  Selection selection(std::move(scope), whose);
  absl::Status status = selection.TakeTypes(filter);
  if (status.ok()) status = selection.TakePlaces(filter);
  if (!status.ok()) return status;
  return selection;
}

absl::Status Selection::TakeTypes(const v1::FeedFilter& filter) {
  std::set<Topic> topics;
  for (int i = 0; i < filter.types_size(); ++i) {
    const std::string_view name = NameOf(filter.types(i));
    const auto type = Types().find(name);
    const std::string field = absl::StrCat("filter.types[", i, "]");
    if (type == Types().end()) {
      return FieldError(
          absl::StatusCode::kInvalidArgument, field, "is no type of the feed",
          absl::StrCat("did you mean ", NearestType(name), "? docs/asyncapi.yaml lists them"));
    }
    if (!scope_->everything && IsForWhoSeesEverything(type->second)) {
      return FieldError(absl::StatusCode::kPermissionDenied, field,
                        "is for principals that see everything", "leave it out");
    }
    types_.insert(type->second.number);
    topics.insert(type->second.topic);
  }
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const TopicPartition partition = PartitionAt(i);
    if (!IsFedTopic(partition.topic)) continue;
    const bool all = types_.empty() && (partition.topic != Topic::kParked || scope_->everything);
    if (all || topics.contains(partition.topic)) partitions_.push_back(partition);
  }
  return absl::OkStatus();
}

absl::Status Selection::TakePlaces(const v1::FeedFilter& filter) {
  absl::Status status = TakeNumbers(filter.kommuner(), "kommuner", CheckKommune, MayAskForKommune,
                                    *scope_, &kommuner_);
  if (!status.ok()) return status;
  return TakeNumbers(filter.hospitals(), "hospitals", CheckHospital, MayAskForHospital, *scope_,
                     &hospitals_);
}

bool Selection::MayWant(const v1::Envelope& fact) const {
  if (!types_.empty() && !types_.contains(fact.fact_case())) return false;
  return hospitals_.empty() || OfHospital(fact);
}

bool Selection::IsIts(const FeedMessage& message) const {
  return (kommuner_.empty() || OfKommune(message)) && MaySee(message);
}

bool Selection::MaySee(const FeedMessage& message) const {
  const v1::Envelope& fact = message.fact();
  if (scope_->everything || !IsOfPatients(TopicOf(fact))) return scope_->MaySeeFact(fact);
  if (fact.has_patient_merged()) return false;
  if (scope_->MaySeeHospital(fact.hospital())) return true;
  return !scope_->kommuner.empty() &&
         std::ranges::any_of(message.kommuner(), [this](const std::string& kommune) {
           return scope_->MaySeeKommune(kommune);
         });
}

bool Selection::OfKommune(const FeedMessage& message) const {
  const v1::Envelope& fact = message.fact();
  const auto asked_for = [this](const std::string& kommune) { return kommuner_.contains(kommune); };
  if (fact.has_places_reported())
    return std::ranges::any_of(fact.places_reported().shared_by(), asked_for);
  if (IsOfPatients(TopicOf(fact))) return std::ranges::any_of(message.kommuner(), asked_for);
  return Owned(kommuner_, "k:", OwnerOf(fact));
}

bool Selection::OfHospital(const v1::Envelope& fact) const {
  return hospitals_.contains(fact.hospital()) || Owned(hospitals_, "h:", OwnerOf(fact));
}

std::shared_ptr<const FeedMessage> Selection::AsSeen(
    std::shared_ptr<const FeedMessage> message) const {
  const v1::Envelope& fact = message->fact();
  if (scope_->everything || !fact.has_patient_readmitted() ||
      whose_->MaySeeStay(*scope_, fact.patient_readmitted().index_stay_id()))
    return message;
  return message->WithoutIndexStay();
}

}  // namespace overgang::feed
