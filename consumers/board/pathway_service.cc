#include "consumers/board/pathway_service.h"

#include <algorithm>
#include <set>

#include "consumers/board/past_stays.h"
#include "consumers/board/stay_query.h"
#include "consumers/board/story.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/rules/served_stay.h"

namespace overgang::board {
namespace {

using projections::Contribution;
using projections::Epoch;

void AddViews(const projections::DerivedStay& stay, ServeAt at, v1::GetPathwayResponse* response) {
  if (stay.entry.periods.empty()) return;
  v1::StayViews& views = *response->add_views();
  views.set_stay_id(stay.stay.stay_id());
  for (const auto side : {v1::PaymentView::SIDE_HOSPITAL, v1::PaymentView::SIDE_KOMMUNE})
    *views.add_views() = projections::ViewOf(side, stay.entry, *at.terms, at.now_us);
}

void AddDecisions(const projections::DerivedStay& stay, const projections::Cluster& cluster,
                  ServeAt at, v1::GetPathwayResponse* response) {
  const auto is_this = [&](const std::string& id) {
    return id == stay.stay.stay_id() ||
           std::ranges::any_of(stay.aliases, [&](const auto& alias) { return alias.Text() == id; });
  };
  for (const auto& [subject, envelope] : cluster.decided) {
    if (at.occurred_until_us.has_value() &&
        absl::ToUnixMicros(FromProto(envelope.occurred_at())) > *at.occurred_until_us)
      continue;
    if (envelope.has_deadline_missed() && is_this(envelope.deadline_missed().stay_id())) {
      v1::PathwayDecision& decision = *response->add_decisions();
      decision.set_stay_id(stay.stay.stay_id());
      *decision.mutable_deadline_missed() = envelope.deadline_missed();
    } else if (envelope.has_patient_readmitted() &&
               is_this(envelope.patient_readmitted().stay_id())) {
      v1::PathwayDecision& decision = *response->add_decisions();
      decision.set_stay_id(stay.stay.stay_id());
      *decision.mutable_patient_readmitted() = envelope.patient_readmitted();
    }
  }
}

ServeAt ServedAt(const projections::AtMoment& at, const PaymentTerms& terms) {
  return {absl::ToUnixMicros(at.now), &terms, projections::UntilUs(at)};
}

// One stay, or without an id all stays of the person whose reference is given, and the facts.
// Others of the cluster may be other persons.
absl::StatusOr<v1::GetPathwayResponse> Tell(projections::Cluster cluster,
                                            const projections::Uuid* stay_id,
                                            const projections::PatientRef& ref, ServeAt at) {
  projections::ClusterStays stays = projections::ComputeStays(cluster, true);
  const absl::StatusOr<int> person = projections::PersonMeant(cluster, stays, ref, "patient_ref");
  if (!person.ok()) return person.status();
  std::set<projections::Uuid> asked;  // The facts to tell of.
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const projections::DerivedStay* stay = stays.of_fact[i];
    if (stays.person_of[i] != *person) continue;
    if (stay_id == nullptr || (stay != nullptr && stay->id == *stay_id))
      asked.insert(cluster.facts[i]->event_id);
  }
  if (at.occurred_until_us.has_value()) {
    cluster = projections::HappenedBy(std::move(cluster), *at.occurred_until_us);
    stays = projections::ComputeStays(cluster, true);
  }
  v1::GetPathwayResponse response;
  std::set<const projections::DerivedStay*> told_once;
  for (size_t i = 0; i < cluster.facts.size(); ++i) {
    const projections::HeldFact& fact = *cluster.facts[i];
    if (!asked.contains(fact.event_id)) continue;
    const projections::DerivedStay* stay = stays.of_fact[i];
    if (stay != nullptr) told_once.insert(stay);
    *response.add_facts() = EntryOf(fact, stay, stays.cancelled[i]);
  }
  if (response.facts().empty()) {
    return FieldError(absl::StatusCode::kNotFound, "moment.occurred_until",
                      "nothing of it had happened by then", "give a later time, or nothing");
  }
  std::vector<const projections::DerivedStay*> told(told_once.begin(), told_once.end());
  std::ranges::sort(told, {}, [](const auto* stay) {
    return std::pair(FromProto(stay->stay.admitted_at()), stay->id);
  });
  for (const auto* stay : told) {
    v1::Stay& served = *response.add_stays();
    served = stay->stay;
    projections::FillDerived(stay->entry, *at.terms, at.now_us, &served,
                             &stays.traces[static_cast<size_t>(stay - stays.stays.data())]);
    AddViews(*stay, at, &response);
    AddDecisions(*stay, cluster, at, &response);
  }
  return response;
}

absl::StatusOr<v1::GetPathwayResponse> Find(const Epoch& epoch,
                                            const v1::GetPathwayRequest& request, ServeAt at) {
  if (request.has_stay_id()) {
    auto place = projections::FindStayRow(*epoch.rows, request.stay_id());
    if (!place.ok()) return place.status();
    auto cluster = projections::FindCluster(*epoch.rows, place->home);
    if (!cluster.ok()) return cluster.status();
    return Tell(*std::move(cluster), &place->stay_id, place->home, at);
  }
  auto ref = projections::PatientRef::Parse(request.patient_ref());
  if (!ref.ok()) {
    return FieldError(absl::StatusCode::kInvalidArgument,
                      request.has_patient_ref() ? "patient_ref" : "subject",
                      "not a patient reference", "give stay_id, or the patient_ref of a stay");
  }
  auto cluster = projections::FindCluster(*epoch.rows, *ref);
  if (!cluster.ok()) return cluster.status();
  return Tell(*std::move(cluster), nullptr, *ref, at);
}

}  // namespace

// One client's stream of stays: remembers what it has sent by the objects of the last epoch, which
// do not change while their stay does not.
class PathwayService::Watcher final : public MessageStream {
 public:
  Watcher(projections::Views& views, const Clock& clock, const PaymentTerms& terms,
          StayFilter filter, std::shared_ptr<Watchers> watchers)
      : views_(views),
        clock_(clock),
        terms_(terms),
        filter_(std::move(filter)),
        watchers_(std::move(watchers)) {}
  ~Watcher() override {
    std::lock_guard lock(watchers_->mutex);
    watchers_->wakes.erase(this);
  }

  absl::StatusOr<StreamStep> Next() override {
    const auto epoch = views_.Current();
    if (epoch == nullptr) return StreamStep{};
    const absl::Time now = clock_.Now();
    const bool age_due = now - told_at_ >= kTellAgesEvery;
    if (!full_ && epoch->number == epoch_number_ && !age_due) return StreamStep{};
    BucketList buckets = BucketsOf(*epoch, filter_);
    const bool same = all_sent_ && compared_ == buckets;
    if (same && !age_due) {
      epoch_number_ = epoch->number;
      return StreamStep{};
    }
    auto message = std::make_shared<v1::WatchStaysResponse>();
    bool more = false;
    if (!same) {
      if (absl::Status status =
              Compare(*epoch, OpenStays(*epoch, filter_), At(now), message.get(), &more);
          !status.ok())
        return status;
    }
    all_sent_ = !more;
    if (all_sent_) {
      compared_ = std::move(buckets);
      epoch_number_ = epoch->number;
    }
    const bool news = !message->stays().empty() || !message->gone_stay_ids().empty();
    if (!full_ && !news && !age_due) return StreamStep{};
    *message->mutable_as_of() = views_.AsOf(*epoch, now);
    message->set_full(full_);
    full_ = false;
    told_at_ = now;
    return StreamStep{.message = std::move(message)};
  }

 private:
  static constexpr absl::Duration kTellAgesEvery = absl::Seconds(10);

  using Stays = std::vector<std::shared_ptr<const Contribution>>;

  // Walks what was sent and what is now, both by place.
  ServeAt At(absl::Time now) const { return {absl::ToUnixMicros(now), &terms_}; }

  absl::Status Compare(const Epoch& epoch, const Stays& now, ServeAt at,
                       v1::WatchStaysResponse* message, bool* more) {
    Stays sent;
    std::vector<projections::Uuid> gone;
    size_t i = 0;
    for (const auto& stay : now) {
      while (i < sent_.size() && sent_[i]->place() < stay->place())
        gone.push_back(sent_[i++]->stay_id);
      const bool known = i < sent_.size() && sent_[i]->place() == stay->place();
      const bool same = known && sent_[i] == stay;
      if (!same && message->stays().size() == static_cast<int>(kStaysPerMessageMax)) {
        *more = true;
        if (known) sent.push_back(sent_[i]);
      } else {
        if (!same) {
          auto served = ReadStay(epoch, *stay, at);
          if (!served.ok()) return served.status();
          *message->add_stays() = *std::move(served);
        }
        sent.push_back(stay);
      }
      if (known) ++i;
    }
    for (; i < sent_.size(); ++i) gone.push_back(sent_[i]->stay_id);
    sent_ = std::move(sent);
    return SayGone(epoch, now, gone, at, message);
  }

  // A stay whose cluster was joined with another has moved, and of two persons with one visit
  // number one may go: an id that is still somebody's is not gone, and tells of that one now.
  static absl::Status SayGone(const Epoch& epoch, const Stays& now,
                              const std::vector<projections::Uuid>& gone, ServeAt at,
                              v1::WatchStaysResponse* message) {
    for (const projections::Uuid& id : gone) {
      const auto left =
          std::ranges::lower_bound(now, id, {}, [](const auto& stay) { return stay->stay_id; });
      if (left == now.end() || (*left)->stay_id != id) {
        message->add_gone_stay_ids(id.Text());
        continue;
      }
      const auto told = [&](const v1::Stay& stay) { return stay.stay_id() == id.Text(); };
      if (std::ranges::any_of(message->stays(), told)) continue;
      auto served = ReadStay(epoch, **left, at);
      if (!served.ok()) return served.status();
      *message->add_stays() = *std::move(served);
    }
    return absl::OkStatus();
  }

  projections::Views& views_;
  const Clock& clock_;
  const PaymentTerms& terms_;
  StayFilter filter_;
  std::shared_ptr<Watchers> watchers_;
  Stays sent_;
  BucketList compared_;  // Where all_sent_: all of these was sent.
  bool all_sent_ = false;
  int64_t epoch_number_ = 0;
  absl::Time told_at_ = absl::InfinitePast();
  bool full_ = true;
};

PathwayService::PathwayService(projections::Views& views, projections::Moments& moments,
                               const Clock& clock, const PaymentTerms& terms,
                               const DirectoryHolder& directory)
    : views_(views), moments_(moments), clock_(clock), terms_(terms), directory_(directory) {
  listener_ = views_.AddListener([this](const auto&) { WakeAll(); });
}

PathwayService::~PathwayService() { views_.RemoveListener(listener_); }

void PathwayService::WakeAll() {
  std::vector<Wake> wakes;
  {
    std::lock_guard lock(watchers_->mutex);
    for (const auto& [watcher, wake] : watchers_->wakes) wakes.push_back(wake);
  }
  for (const Wake& wake : wakes) wake();
}

void PathwayService::Register(MethodTable& table) {
  table.AddUnary<v1::ListStaysRequest, v1::ListStaysResponse>(
      "overgang.v1.PathwayService/ListStays",
      [this](const Caller& caller, const v1::ListStaysRequest& request, auto reply) {
        ListStays(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetPathwayRequest, v1::GetPathwayResponse>(
      "overgang.v1.PathwayService/GetPathway",
      [this](const Caller& caller, const v1::GetPathwayRequest& request, auto reply) {
        GetPathway(caller, request, std::move(reply));
      });
  table.AddStream<v1::WatchStaysRequest, v1::WatchStaysResponse>(
      "overgang.v1.PathwayService/WatchStays",
      [this](const Caller&, const v1::WatchStaysRequest& request, Wake wake) {
        return WatchStays(request, std::move(wake));
      });
}

void PathwayService::ListStays(const Caller& caller, const v1::ListStaysRequest& request,
                               Reply<v1::ListStaysResponse> reply) {
  auto filter = FilterOf(request.kommune(), request.hospital(), request.state());
  if (!filter.ok()) return reply(filter.status());
  const auto work = ReadsRows(filter->state) ? projections::Work::kLong : projections::Work::kBrief;
  moments_.Resolve(
      request.moment(), request.wait_for(), caller.deadline, pool_, work,
      [this, filter = *std::move(filter), size = request.page_size(), token = request.page_token(),
       deadline = caller.deadline, reply = std::move(reply)](auto at) {
        if (!at.ok()) return reply(at.status());
        auto response = board::ListStays(*at->epoch, filter, ServedAt(*at, terms_), size, token,
                                         [&] { return clock_.Now() > deadline; });
        if (response.ok()) *response->mutable_as_of() = views_.AsOf(*at->epoch, at->now);
        reply(std::move(response));
      });
}

void PathwayService::GetPathway(const Caller& caller, const v1::GetPathwayRequest& request,
                                Reply<v1::GetPathwayResponse> reply) {
  moments_.Resolve(request.moment(), request.wait_for(), caller.deadline, pool_,
                   projections::Work::kLong, [this, request, reply = std::move(reply)](auto at) {
                     if (!at.ok()) return reply(at.status());
                     auto response = Find(*at->epoch, request, ServedAt(*at, terms_));
                     if (response.ok()) {
                       *response->mutable_as_of() = views_.AsOf(*at->epoch, at->now);
                       AddStory(*directory_.Get(), terms_, at->now, &*response);
                     }
                     reply(std::move(response));
                   });
}

absl::StatusOr<std::unique_ptr<MessageStream>> PathwayService::WatchStays(
    const v1::WatchStaysRequest& request, Wake wake) {
  auto filter = FilterOf(request.kommune(), request.hospital(), request.state());
  if (!filter.ok()) return filter.status();
  if (filter->state != v1::STAY_STATE_INPATIENT && filter->state != v1::STAY_STATE_UKP) {
    return FieldError(absl::StatusCode::kInvalidArgument, "state", "only open stays can be watched",
                      "give INPATIENT or UKP, and ListStays for the others");
  }
  auto watcher = std::make_unique<Watcher>(views_, clock_, terms_, *std::move(filter), watchers_);
  std::lock_guard lock(watchers_->mutex);
  watchers_->wakes[watcher.get()] = std::move(wake);
  return watcher;
}

}  // namespace overgang::board
