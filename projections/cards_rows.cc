// The rows of cards and meetings: how a fold writes them, and takes them up again.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "projections/cards.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

std::string TimedKey(const std::string& hospital, int64_t us, const std::string& id) {
  return absl::StrCat(hospital, DescendingTime(us), id);
}

rows::CardSlot RowOf(const CardSlot& slot) {
  rows::CardSlot row;
  row.set_card_id(slot.card_id);
  row.set_level_revision(slot.level_revision);
  row.set_open(slot.open);
  return row;
}

}  // namespace

absl::Status CardsFold::Load(const StateSnapshot& rows) {
  auto view = std::make_shared<CardsView>();
  absl::Status bad;
  const auto readable = [&bad](bool parsed) {
    if (!parsed) bad = absl::DataLossError("a row of tiltakskort cannot be read; delete the views");
    return parsed;
  };
  absl::Status status =
      rows.Scan(kCardSlot, "", "", [&](std::string_view key, std::string_view value) {
        rows::CardSlot row;
        if (!readable(row.ParseFromArray(value.data(), static_cast<int>(value.size()))))
          return false;
        view->slots[std::string(key)] = {row.card_id(), row.level_revision(), row.open()};
        return true;
      });
  if (status.ok()) {
    status = rows.Scan(kCard, "", "", [&](std::string_view key, std::string_view value) {
      auto card = std::make_shared<v1::Tiltakskort>();
      if (!readable(card->ParseFromArray(value.data(), static_cast<int>(value.size()))))
        return false;
      if (card->open()) view->open[std::string(key)] = std::move(card);
      return true;
    });
  }
  if (status.ok()) status = LoadCardless(rows, view.get());
  if (!status.ok() || !bad.ok()) return status.ok() ? bad : status;
  view_ = std::move(view);
  return absl::OkStatus();
}

absl::Status CardsFold::LoadCardless(const StateSnapshot& rows, CardsView* view) {
  absl::Status inner;
  absl::Status status =
      rows.Scan(kMeetingByTime, "", "", [&](std::string_view key, std::string_view value) {
        auto meeting = std::make_shared<CardlessMeeting>();
        if (!meeting->place.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
            meeting->place.cardless().empty())
          return true;
        const std::string_view id = MeetingIdOf(key);
        auto held = FindMeeting(rows, id);
        if (!held.ok() || !held->has_value()) {
          inner = held.status();
          return held.ok();
        }
        meeting->hospital = (*held)->hospital;
        meeting->held_us = (*held)->held_us;
        meeting->held = std::move((*held)->held);
        meeting->held.clear_snapshot();
        view->cardless[std::string(id)] = std::move(meeting);
        return true;
      });
  return status.ok() ? inner : status;
}

void CardsFold::EndEpoch(WriteSet* writes) {
  for (const auto& [id, card] : changed_) {
    writes->push_back({kCard, id, card->SerializeAsString()});
    writes->push_back(
        {kCardByTime, TimedKey(card->hospital(), UsOfProto(card->issued_at()), id), ""});
  }
  for (const auto& [key, slot] : changed_slots_)
    writes->push_back({kCardSlot, key, RowOf(slot).SerializeAsString()});
  for (const auto& [id, meeting] : new_meetings_)
    writes->push_back({kMeeting, id, meeting.SerializeAsString()});
  for (const auto& [id, meeting] : changed_places_) {
    writes->push_back({kMeetingByTime, TimedKey(meeting->hospital, meeting->held_us, id),
                       meeting->place.SerializeAsString()});
  }
  changed_.clear();
  changed_slots_.clear();
  new_meetings_.clear();
  changed_places_.clear();
  if (changing_ != nullptr) view_ = std::move(changing_);
  changing_ = nullptr;
}

}  // namespace overgang::projections
