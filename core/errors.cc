#include "core/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace overgang {
namespace {
constexpr char kFieldUrl[] = "overgang.v1/field";
constexpr char kRemedyUrl[] = "overgang.v1/remedy";
}  // namespace

absl::Status FieldError(absl::StatusCode code, std::string_view field, std::string_view message,
                        std::string_view remedy) {
  absl::Status status(code, absl::StrCat(std::string(field), ": ", std::string(message), "; ",
                                         std::string(remedy)));
  status.SetPayload(kFieldUrl, absl::Cord(std::string(field)));
  status.SetPayload(kRemedyUrl, absl::Cord(std::string(remedy)));
  return status;
}

ErrorPlace PlaceOf(const absl::Status& status) {
  ErrorPlace place;
  if (auto field = status.GetPayload(kFieldUrl)) place.field = std::string(*field);
  if (auto remedy = status.GetPayload(kRemedyUrl)) place.remedy = std::string(*remedy);
  return place;
}

}  // namespace overgang
