#include "consumers/feed/selection.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/fact_writer.h"

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

absl::Status TakeCodes(const google::protobuf::RepeatedPtrField<std::string>& given,
                       std::string_view field, size_t digits, std::string_view example,
                       absl::flat_hash_set<std::string>* codes) {
  for (int i = 0; i < given.size(); ++i) {
    const std::string& code = given.Get(i);
    if (code.size() != digits ||
        !std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; })) {
      return FieldError(absl::StatusCode::kInvalidArgument,
                        absl::StrCat("filter.", std::string(field), "[", i, "]"),
                        absl::StrCat("is not ", digits, " digits"),
                        absl::StrCat("give it as ", std::string(example)));
    }
    codes->insert(code);
  }
  return absl::OkStatus();
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

bool Owned(const absl::flat_hash_set<std::string>& codes, std::string_view prefix,
           std::string_view owner) {
  return owner.starts_with(prefix) && codes.contains(std::string(owner.substr(prefix.size())));
}

}  // namespace

bool IsFed(const v1::Envelope& fact) {
  return fact.fact_case() != v1::Envelope::FACT_NOT_SET && IsFedTopic(TopicOf(fact));
}

absl::StatusOr<Selection> Selection::Parse(const v1::FeedFilter& filter, Sight sight) {
  Selection selection;
  selection.sight_ = std::move(sight);
  if (absl::Status status = selection.TakeTypes(filter); !status.ok()) return status;
  if (absl::Status status =
          TakeCodes(filter.kommuner(), "kommuner", 4, "5001", &selection.kommuner_);
      !status.ok())
    return status;
  if (absl::Status status =
          TakeCodes(filter.hospitals(), "hospitals", 9, "974749025", &selection.hospitals_);
      !status.ok())
    return status;
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
      return FieldError(absl::StatusCode::kInvalidArgument, field, "is no type of the feed",
                        "give names as UkpDeclared; docs/asyncapi.yaml lists them");
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
