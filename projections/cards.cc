#include "projections/cards.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/place_numbers.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

constexpr size_t kHospitalBytes = 9;
constexpr size_t kTimedKeyBytes = kHospitalBytes + sizeof(int64_t);

absl::Status Unreadable() {
  return absl::DataLossError(
      "a row of tiltakskort or meetings cannot be read; delete the views' folder, they are made "
      "anew from the log");
}

// Of one hospital's rows in a table by time.
absl::Status ScanHospital(
    const StateSnapshot& rows, Table table, std::string_view hospital, std::string_view from,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) {
  const std::string first = from.empty() ? std::string(hospital) : std::string(from);
  // A hospital's number is all digits, and ':' follows '9'.
  const std::string end = absl::StrCat(std::string(hospital), "\xff");
  return rows.Scan(table, first, end, visit);
}

}  // namespace

const CardSlot* CardsView::SlotOf(std::string_view hospital, std::string_view template_id,
                                  std::string_view recipient) const {
  const auto it = slots.find(SlotKey(hospital, template_id, recipient));
  return it == slots.end() ? nullptr : &it->second;
}

std::string SlotKey(std::string_view hospital, std::string_view template_id,
                    std::string_view recipient) {
  std::string key(hospital);
  key += '\0';
  key += template_id;
  key += '\0';
  key += recipient;
  return key;
}

bool IsCardRecipient(std::string_view text) {
  return (text.starts_with("h:") && IsOrganisationNumber(text.substr(2))) ||
         (text.starts_with("k:") && IsDigits(text.substr(2), 4));
}

bool IsBelow(v1::EscalationLevel level, v1::EscalationLevel trigger) {
  return level != v1::ESCALATION_LEVEL_UNSPECIFIED && level < trigger;
}

const v1::TiltakStanding* FindAction(const v1::Tiltakskort& card, std::string_view tiltak_id) {
  const auto it = std::ranges::find(
      card.actions(), tiltak_id,
      [](const v1::TiltakStanding& action) { return std::string_view(action.tiltak_id()); });
  return it == card.actions().end() ? nullptr : &*it;
}

bool IsSettled(const v1::Tiltakskort& card) {
  return std::ranges::none_of(card.actions(), [](const v1::TiltakStanding& action) {
    return action.state() == v1::TILTAK_STATE_OPEN;
  });
}

absl::StatusOr<std::optional<v1::Tiltakskort>> FindCard(const StateSnapshot& rows,
                                                        std::string_view card_id) {
  auto bytes = rows.Get(kCard, std::string(card_id));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::nullopt;
  v1::Tiltakskort card;
  if (!card.ParseFromString(**bytes)) return Unreadable();
  return card;
}

std::string_view TimeOfCardKey(std::string_view key) { return key.substr(0, kTimedKeyBytes); }

absl::Status ScanCards(
    const StateSnapshot& rows, std::string_view hospital, std::string_view from,
    const std::function<bool(std::string_view key, const v1::Tiltakskort& card)>& visit) {
  absl::Status inner;
  absl::Status status =
      ScanHospital(rows, kCardByTime, hospital, from, [&](std::string_view key, std::string_view) {
        if (key.size() <= kTimedKeyBytes) return true;
        const auto card = FindCard(rows, key.substr(kTimedKeyBytes));
        inner = card.ok() && !card->has_value() ? Unreadable() : card.status();
        return inner.ok() && visit(key, **card);
      });
  return status.ok() ? inner : status;
}

absl::StatusOr<std::optional<HeldMeeting>> FindMeeting(const StateSnapshot& rows,
                                                       std::string_view meeting_id) {
  auto bytes = rows.Get(kMeeting, std::string(meeting_id));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::nullopt;
  rows::Meeting row;
  HeldMeeting meeting;
  if (!row.ParseFromString(**bytes) || !meeting.held.ParseFromString(row.held()))
    return Unreadable();
  meeting.hospital = row.hospital();
  meeting.held_us = row.held_us();
  return meeting;
}

std::string_view MeetingIdOf(std::string_view key) {
  return key.size() < kTimedKeyBytes ? std::string_view() : key.substr(kTimedKeyBytes);
}

absl::Status ScanMeetings(
    const StateSnapshot& rows, std::string_view hospital, std::string_view from,
    const std::function<bool(std::string_view key, std::string_view meeting_id, int64_t held_us,
                             const rows::MeetingPlace& place)>& visit) {
  absl::Status inner;
  absl::Status status = ScanHospital(
      rows, kMeetingByTime, hospital, from, [&](std::string_view key, std::string_view value) {
        rows::MeetingPlace place;
        if (key.size() <= kTimedKeyBytes ||
            !place.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
          inner = Unreadable();
          return false;
        }
        return visit(key, MeetingIdOf(key),
                     TimeOfDescending(key.substr(kHospitalBytes, sizeof(int64_t))), place);
      });
  return status.ok() ? inner : status;
}

}  // namespace overgang::projections
