#include "projections/pathway/episodes.h"

#include <algorithm>
#include <map>

#include "core/oslo_time.h"
#include "projections/pathway/stay_walk.h"
#include "projections/tables.h"

namespace overgang::projections {
namespace {

using v1::PatientReadmitted;

constexpr int64_t kReadmissionUs = 30 * 24 * kHourUs;
constexpr int kReadmissionDaysMax = 30;

// Stays of one episode, by admission.
struct Episode {
  std::vector<DerivedStay*> stays;
  DerivedStay* last = nullptr;  // That ended last.
};

std::vector<Episode> EpisodesOf(std::vector<DerivedStay>* stays) {
  std::vector<DerivedStay*> order;
  for (DerivedStay& stay : *stays) order.push_back(&stay);
  std::ranges::sort(order, {}, [](const DerivedStay* stay) {
    return std::pair(stay->entry.admitted_us, stay->id);
  });
  std::vector<Episode> episodes;
  for (DerivedStay* stay : order) {
    const bool same =
        !episodes.empty() &&
        (episodes.back().last->entry.ended_us == kNeverUs ||
         stay->entry.admitted_us < episodes.back().last->entry.ended_us + kEpisodeGapUs);
    if (!same) episodes.emplace_back();
    Episode& episode = episodes.back();
    episode.stays.push_back(stay);
    if (episode.last == nullptr || stay->entry.ended_us >= episode.last->entry.ended_us)
      episode.last = stay;
  }
  return episodes;
}

void MarkTransfers(const Episode& episode) {
  for (size_t i = 0; i + 1 < episode.stays.size(); ++i) {
    StayEntry& entry = episode.stays[i]->entry;
    if (entry.periods.empty() || entry.hospital == episode.stays[i + 1]->entry.hospital) continue;
    UkpPeriod& last = entry.periods.back();
    if (last.end == v1::UKP_END_DISCHARGED && last.until_us == entry.ended_us)
      last.end = v1::UKP_END_TRANSFERRED;
  }
}

void AddReadmissions(const DerivedStay& index, DerivedStay* stay) {
  if (stay->entry.urgency != v1::URGENCY_ACUTE || index.entry.died) return;
  const int64_t since_us = stay->entry.admitted_us - index.entry.ended_us;
  const int64_t dates = OsloDateOfUs(stay->entry.admitted_us) - OsloDateOfUs(index.entry.ended_us);
  const auto add = [&](PatientReadmitted::Definition definition) {
    stay->entry.readmissions.push_back({definition, index.id, since_us});
    v1::Readmission& served = *stay->stay.add_readmissions();
    served.set_definition(definition);
    served.set_index_stay_id(index.id.Text());
    served.mutable_since_discharge()->set_seconds(since_us / 1'000'000);
  };
  if (index.entry.age >= kFhiAgeMin && since_us <= kReadmissionUs)
    add(PatientReadmitted::DEFINITION_FHI);
  if (dates >= 1 && dates <= kReadmissionDaysMax)
    add(PatientReadmitted::DEFINITION_HELSEDIREKTORATET);
  if (since_us <= kReadmissionUs &&
      OsloDateOfUs(index.entry.ended_us) > OsloDateOfUs(index.entry.admitted_us))
    add(PatientReadmitted::DEFINITION_SAMHANDLINGSBAROMETER);
}

// Two admissions of one hospital that are open at once: the later one is flagged.
void FlagOverlaps(const std::vector<const HeldFact*>& admission_of, std::vector<DerivedStay>* stays,
                  const std::vector<Episode>& episodes) {
  for (const Episode& episode : episodes) {
    std::map<HospitalCode, int64_t> open_until;
    for (DerivedStay* stay : episode.stays) {
      const HeldFact* admission = admission_of[static_cast<size_t>(stay - stays->data())];
      if (admission == nullptr) continue;
      int64_t& until_us = open_until[stay->entry.hospital];
      if (until_us > stay->entry.admitted_us)
        Flag(v1::STAY_FLAG_OVERLAPPING_STAYS, *admission, stay);
      until_us = std::max(until_us, stay->entry.ended_us);
    }
  }
}

}  // namespace

void LinkStays(const std::vector<const HeldFact*>& admission_of, std::vector<DerivedStay>* stays) {
  if (stays->size() < 2) {
    for (DerivedStay& stay : *stays) stay.stay.set_episode_stay_id(stay.stay.stay_id());
    return;
  }
  const std::vector<Episode> episodes = EpisodesOf(stays);
  for (size_t e = 0; e < episodes.size(); ++e) {
    const Episode& episode = episodes[e];
    for (DerivedStay* stay : episode.stays) {
      stay->stay.set_episode_stay_id(episode.stays.front()->stay.stay_id());
      stay->entry.begins_episode = stay == episode.stays.front();
      stay->entry.ends_episode = stay == episode.last;
    }
    MarkTransfers(episode);
    if (e > 0) AddReadmissions(*episodes[e - 1].last, episode.stays.front());
  }
  FlagOverlaps(admission_of, stays, episodes);
}

}  // namespace overgang::projections
