#include "consumers/tiltakskort/card_list.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "consumers/tiltakskort/said.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::tiltakskort {
namespace {

using projections::Epoch;

absl::Status Check(const v1::ListTiltakskortRequest& request, const Scope& scope) {
  if (!request.hospital().empty()) {
    absl::Status status = CheckHospital(request.hospital(), "hospital");
    if (status.ok()) status = MayAskForHospital(scope, request.hospital(), "hospital");
    if (!status.ok()) return status;
  }
  const std::string& recipient = request.recipient();
  if (!recipient.empty() && !projections::IsCardRecipient(recipient)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "recipient", "not a recipient",
                      "write k:<kommune> or h:<organisation number>");
  }
  // A hospital is told of the cards that its level gave to any kommune.
  if (!recipient.empty() && !IsOwn(scope, recipient) &&
      (recipient.starts_with("h:") || scope.hospitals.empty()))
    return NotYours("recipient");
  if (request.page_size() < 0 || request.page_size() > kCardsPerPageMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_size", "out of range",
                      absl::StrCat("give 1 to ", kCardsPerPageMax, ", or 0"));
  }
  return absl::OkStatus();
}

class Lister {
 public:
  Lister(const Epoch& epoch, const Scope& scope, const v1::ListTiltakskortRequest& request)
      : epoch_(epoch), scope_(scope), request_(request) {}

  void AddOpen(v1::ListTiltakskortResponse* response) const {
    for (const auto& [id, card] : epoch_.cards->open) {
      if (IsAsked(*card)) *response->add_cards() = *card;
    }
    std::ranges::sort(*response->mutable_cards(), [](const auto& a, const auto& b) {
      return std::pair(-UsOfProto(a.issued_at()), a.issued().card_id()) <
             std::pair(-UsOfProto(b.issued_at()), b.issued().card_id());
    });
  }

  // Hospital by hospital. The token is the key of the caller's card that comes next; where none was
  // found in so many reads the place where to go on, without the card there, which is another's.
  absl::Status AddClosed(const std::set<std::string>& hospitals, const std::string& from,
                         v1::ListTiltakskortResponse* response) const {
    int room = request_.page_size() == 0 ? kCardsPerPage : request_.page_size();
    int reads = kCardsReadMax;
    for (const std::string& hospital : hospitals) {
      // What stands before the token's hospital was told on pages before.
      const std::string_view of_token = std::string_view(from).substr(0, hospital.size());
      if (hospital < of_token) continue;
      absl::Status status = projections::ScanCards(
          *epoch_.rows, hospital, hospital == of_token ? from : "",
          [&](std::string_view key, const v1::Tiltakskort& card) {
            const bool told = !card.open() && IsAsked(card);
            if (told && room > 0 && reads > 0) {
              *response->add_cards() = card;
              --room;
            } else if (told || reads == 0) {
              const std::string_view place = told ? key : projections::TimeOfCardKey(key);
              response->set_next_page_token(absl::BytesToHexString(std::string(place)));
              return false;
            }
            --reads;
            return true;
          });
      if (!status.ok() || !response->next_page_token().empty()) return status;
    }
    return absl::OkStatus();
  }

 private:
  bool IsAsked(const v1::Tiltakskort& card) const {
    return MaySeeCard(scope_, card.hospital(), card.issued().recipient()) &&
           (request_.hospital().empty() || request_.hospital() == card.hospital()) &&
           (request_.recipient().empty() || request_.recipient() == card.issued().recipient());
  }

  const Epoch& epoch_;
  const Scope& scope_;
  const v1::ListTiltakskortRequest& request_;
};

}  // namespace

absl::StatusOr<v1::ListTiltakskortResponse> ListCards(const Epoch& epoch,
                                                      const Directory& directory,
                                                      const Scope& scope,
                                                      const v1::ListTiltakskortRequest& request) {
  if (absl::Status status = Check(request, scope); !status.ok()) return status;
  std::string from;
  if (!request.page_token().empty() &&
      (request.page_token().size() % 2 != 0 ||
       request.page_token().find_first_not_of("0123456789abcdef") != std::string::npos)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_token", "not a token of a page",
                      "give next_page_token of the page before");
  }
  from = absl::HexStringToBytes(request.page_token());
  const Lister lister(epoch, scope, request);
  v1::ListTiltakskortResponse response;
  if (from.empty()) lister.AddOpen(&response);
  if (request.open_only()) return response;
  std::set<std::string> hospitals;
  if (!request.hospital().empty()) {
    hospitals.insert(request.hospital());
  } else {
    for (const Hospital& hospital : directory.contents().hospitals)
      hospitals.insert(hospital.organisation);
    for (const auto& [scope, level] : epoch.levels->levels) {
      if (scope.starts_with("h:")) hospitals.insert(scope.substr(2));
    }
  }
  if (absl::Status status = lister.AddClosed(hospitals, from, &response); !status.ok())
    return status;
  return response;
}

}  // namespace overgang::tiltakskort
