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

bool IsFedTopic(Topic topic) { return topic != Topic::kOriginals && topic != Topic::kLeader; }

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

using Check = absl::Status (*)(std::string_view number, std::string_view field);

absl::Status TakeNumbers(const google::protobuf::RepeatedPtrField<std::string>& given,
                         std::string_view field, Check check,
                         absl::flat_hash_set<std::string>* numbers) {
  for (int i = 0; i < given.size(); ++i) {
    absl::Status status =
        check(given.Get(i), absl::StrCat("filter.", std::string(field), "[", i, "]"));
    if (!status.ok()) return status;
    numbers->insert(given.Get(i));
  }
  return absl::OkStatus();
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

bool IsFed(const v1::Envelope& fact) {
  return fact.fact_case() != v1::Envelope::FACT_NOT_SET && IsFedTopic(TopicOf(fact));
}

absl::StatusOr<Selection> Selection::Parse(const v1::FeedFilter& filter, Sight sight) {
  Selection selection;
  selection.sight_ = std::move(sight);
  if (absl::Status status = selection.TakeTypes(filter); !status.ok()) return status;
  absl::Status status =
      TakeNumbers(filter.kommuner(), "kommuner", CheckKommune, &selection.kommuner_);
  if (status.ok())
    status = TakeNumbers(filter.hospitals(), "hospitals", CheckHospital, &selection.hospitals_);
  if (!status.ok()) return status;
  return selection;
}

absl::Status Selection::TakeTypes(const v1::FeedFilter& filter) {
  std::set<Topic> topics;
  for (int i = 0; i < filter.types_size(); ++i) {
    std::string_view name = filter.types(i);
    if (name.starts_with(kTypePrefix)) name.remove_prefix(kTypePrefix.size());
    const auto type = Types().find(name);
    const std::string field = absl::StrCat("filter.types[", i, "]");
    if (type == Types().end()) {
      return FieldError(
          absl::StatusCode::kInvalidArgument, field, "is no type of the feed",
          absl::StrCat("did you mean ", NearestType(name), "? docs/asyncapi.yaml lists them"));
    }
    if (type->second.topic == Topic::kParked && !sight_.everything) {
      return FieldError(absl::StatusCode::kPermissionDenied, field,
                        "is for principals that see everything", "leave it out");
    }
    types_.insert(type->second.number);
    topics.insert(type->second.topic);
  }
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const TopicPartition partition = PartitionAt(i);
    if (!IsFedTopic(partition.topic)) continue;
    const bool all = types_.empty() && (partition.topic != Topic::kParked || sight_.everything);
    if (all || topics.contains(partition.topic)) partitions_.push_back(partition);
  }
  return absl::OkStatus();
}

bool Selection::Wants(const v1::Envelope& fact) const {
  if (!types_.empty() && !types_.contains(fact.fact_case())) return false;
  if (!kommuner_.empty() && !OfKommune(fact)) return false;
  if (!hospitals_.empty() && !OfHospital(fact)) return false;
  return sight_.everything || sight_.sees(fact);
}

bool Selection::OfKommune(const v1::Envelope& fact) const {
  if (fact.has_places_reported()) {
    return std::ranges::any_of(
        fact.places_reported().shared_by(),
        [this](const std::string& kommune) { return kommuner_.contains(kommune); });
  }
  return kommuner_.contains(fact.stay_kommune()) || Owned(kommuner_, "k:", OwnerOf(fact));
}

bool Selection::OfHospital(const v1::Envelope& fact) const {
  return hospitals_.contains(fact.hospital()) || Owned(hospitals_, "h:", OwnerOf(fact));
}

}  // namespace overgang::feed
