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

struct Linked {
  DerivedStay* stay = nullptr;
  const HeldFact* admission = nullptr;
  int64_t reaches_us = 0;  // Its end; of one without, see Ordered.
};

// Stays of one episode, by admission.
struct Episode {
  std::vector<Linked> stays;
  Linked last;  // That ended last.
};

// By admission. The discharge of a stay without an end is taken for lost when a later stay begins:
// it then reaches to its last fact only.
std::vector<Linked> Ordered(const std::vector<LinkFacts>& facts_of,
                            std::vector<DerivedStay>* stays) {
  std::vector<Linked> order;
  for (size_t i = 0; i < stays->size(); ++i) {
    DerivedStay& stay = (*stays)[i];
    const bool open = stay.entry.ended_us == kNeverUs;
    order.push_back(
        {&stay, facts_of[i].admission,
         open ? std::max(facts_of[i].last_us, stay.entry.admitted_us) : stay.entry.ended_us});
  }
  std::ranges::sort(order, {}, [](const Linked& linked) {
    return std::pair(linked.stay->entry.admitted_us, linked.stay->id);
  });
  order.back().reaches_us = order.back().stay->entry.ended_us;
  return order;
}

std::vector<Episode> EpisodesOf(const std::vector<Linked>& order) {
  std::vector<Episode> episodes;
  for (const Linked& next : order) {
    const bool same = !episodes.empty() && (next.stay->entry.admitted_us - kEpisodeGapUs <
                                            episodes.back().last.reaches_us);
    if (!same) episodes.emplace_back();
    Episode& episode = episodes.back();
    episode.stays.push_back(next);
    if (episode.last.stay == nullptr || next.reaches_us >= episode.last.reaches_us)
      episode.last = next;
  }
  return episodes;
}

// A stay that ends while another goes on, as one of a day for a treatment, takes no patient over.
void MarkTransfers(const Episode& episode) {
  for (size_t i = 0; i + 1 < episode.stays.size(); ++i) {
    StayEntry& entry = episode.stays[i].stay->entry;
    if (entry.periods.empty()) continue;
    const auto next = std::find_if(
        episode.stays.begin() + static_cast<std::ptrdiff_t>(i) + 1, episode.stays.end(),
        [&](const Linked& later) { return later.stay->entry.ended_us > entry.ended_us; });
    if (next == episode.stays.end() || next->stay->entry.hospital == entry.hospital) continue;
    UkpPeriod& last = entry.periods.back();
    if (last.end == v1::UKP_END_DISCHARGED && last.until_us == entry.ended_us)
      last.end = v1::UKP_END_TRANSFERRED;
  }
}

void AddReadmissions(const DerivedStay& index, DerivedStay* stay) {
  if (stay->entry.urgency != v1::URGENCY_ACUTE || index.entry.died ||
      index.entry.ended_us == kNeverUs)
    return;
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

// Two admissions of one hospital that are open at once: the later one is flagged, and the earlier
// one where it has no end.
void FlagOverlaps(const std::vector<Linked>& order) {
  std::map<HospitalCode, int64_t> open_until;
  std::map<HospitalCode, const Linked*> open;  // The last without an end.
  for (const Linked& linked : order) {
    if (linked.admission == nullptr) continue;
    const StayEntry& entry = linked.stay->entry;
    int64_t& until_us = open_until[entry.hospital];
    if (until_us > entry.admitted_us)
      Flag(v1::STAY_FLAG_OVERLAPPING_STAYS, *linked.admission, linked.stay);
    until_us = std::max(until_us, entry.ended_us);
    const Linked*& earlier = open[entry.hospital];
    if (earlier != nullptr)
      Flag(v1::STAY_FLAG_OVERLAPPING_STAYS, *earlier->admission, earlier->stay);
    earlier = entry.ended_us == kNeverUs ? &linked : nullptr;
  }
}

}  // namespace

void LinkStays(const std::vector<LinkFacts>& facts_of, std::vector<DerivedStay>* stays) {
  if (stays->size() < 2) {
    for (DerivedStay& stay : *stays) stay.stay.set_episode_stay_id(stay.stay.stay_id());
    return;
  }
  const std::vector<Linked> order = Ordered(facts_of, stays);
  const std::vector<Episode> episodes = EpisodesOf(order);
  for (size_t e = 0; e < episodes.size(); ++e) {
    const Episode& episode = episodes[e];
    DerivedStay* first = episode.stays.front().stay;
    for (const Linked& linked : episode.stays) {
      linked.stay->stay.set_episode_stay_id(first->stay.stay_id());
      linked.stay->entry.begins_episode = linked.stay == first;
      linked.stay->entry.ends_episode = linked.stay == episode.last.stay;
    }
    MarkTransfers(episode);
    if (e > 0) AddReadmissions(*episodes[e - 1].last.stay, first);
  }
  FlagOverlaps(order);
}

}  // namespace overgang::projections
