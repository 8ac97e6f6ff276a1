#include "consumers/board/pathway_service.h"

#include <algorithm>
#include <set>

#include "consumers/board/pathway_query.h"
#include "consumers/board/stay_query.h"
#include "consumers/board/story.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/rules/served_stay.h"
#include "projections/visible.h"

namespace overgang::board {
namespace {

using projections::Contribution;
using projections::Epoch;

ServeAt ServedAt(const projections::AtMoment& at, const PaymentTerms& terms) {
  return {absl::ToUnixMicros(at.now), &terms, projections::UntilUs(at),
          absl::ToUnixMicros(at.known)};
}

void TellStay(const v1::Stay& stay, v1::AccessEntry* entry) {
  AddTold(stay.stay_id(), stay.patient_ref(), stay.stay_kommune(), stay.hospital(), entry);
}

template <typename Request>
void TellFilter(const Request& request, v1::AccessEntry* entry) {
  AddAsked("kommune", request.kommune(), entry);
  AddAsked("hospital", request.hospital(), entry);
  if (request.state() != v1::STAY_STATE_UNSPECIFIED)
    AddAsked("state", v1::StayState_Name(request.state()), entry);
}

bool TellList(const v1::ListStaysRequest& request, const v1::ListStaysResponse* response,
              v1::AccessEntry* entry) {
  TellFilter(request, entry);
  if (response == nullptr) return true;
  for (const v1::Stay& stay : response->stays()) TellStay(stay, entry);
  return true;
}

bool TellPathway(const v1::GetPathwayRequest& request, const v1::GetPathwayResponse* response,
                 v1::AccessEntry* entry) {
  AddAsked("stay_id", request.stay_id(), entry);
  AddAsked("patient_ref", request.patient_ref(), entry);
  if (response == nullptr) return true;
  for (const v1::Stay& stay : response->stays()) TellStay(stay, entry);
  return true;
}

bool TellWatch(const v1::WatchStaysRequest& request, const v1::WatchStaysResponse* response,
               v1::AccessEntry* entry) {
  TellFilter(request, entry);
  if (response == nullptr) return true;
  for (const v1::Stay& stay : response->stays()) TellStay(stay, entry);
  return !response->stays().empty();
}

}  // namespace

// One client's stream of stays: remembers what it has sent by the objects of the last epoch, which
// do not change while their stay does not, and as of when, as what was told ahead changes with
// time.
class PathwayService::Watcher final : public MessageStream {
 public:
  Watcher(const PathwayService& service, const Caller& caller, StayFilter filter,
          std::shared_ptr<Watchers> watchers)
      : views_(service.views_),
        clock_(service.clock_),
        terms_(service.terms_),
        directory_(service.directory_),
        caller_(caller),
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
    const int64_t now_us = absl::ToUnixMicros(now);
    const bool age_due = now - told_at_ >= kTellAgesEvery;
    const bool time_changes = now_us >= next_change_us_;
    if (!full_ && epoch->number == epoch_number_ && !age_due && !time_changes) return StreamStep{};
    BucketList buckets = BucketsOf(*epoch, filter_);
    const bool same = all_sent_ && compared_ == buckets && !time_changes;
    if (same && !age_due) {
      epoch_number_ = epoch->number;
      return StreamStep{};
    }
    auto message = std::make_shared<v1::WatchStaysResponse>();
    bool more = false;
    if (!same) {
      if (absl::Status status =
              Compare(*epoch, OpenStays(*epoch, filter_, now_us), At(now), message.get(), &more);
          !status.ok())
        return status;
    }
    all_sent_ = !more;
    if (all_sent_) {
      if (!same) next_change_us_ = NextChange(buckets, now_us);
      compared_ = std::move(buckets);
      epoch_number_ = epoch->number;
    }
    const bool news = !message->stays().empty() || !message->gone_stay_ids().empty();
    if (!full_ && !news && !age_due) return StreamStep{};
    *message->mutable_as_of() = views_.AsOf(*epoch, now, caller_, *directory_.Get());
    message->set_full(full_);
    full_ = false;
    told_at_ = now;
    return StreamStep{.message = std::move(message)};
  }

 private:
  static constexpr absl::Duration kTellAgesEvery = absl::Seconds(10);

  using Stays = std::vector<std::shared_ptr<const Contribution>>;
  struct Sent {
    std::shared_ptr<const Contribution> stay;
    int64_t at_us;
    auto place() const { return stay->place(); }
    bool TellsOf(const std::shared_ptr<const Contribution>& now, int64_t now_us) const {
      return stay == now && projections::NextChange(now->entry, at_us) > now_us;
    }
  };

  ServeAt At(absl::Time now) const { return {absl::ToUnixMicros(now), &terms_}; }

  // Walks what was sent and what is now, both by place.
  absl::Status Compare(const Epoch& epoch, const Stays& now, ServeAt at,
                       v1::WatchStaysResponse* message, bool* more) {
    std::vector<Sent> sent;
    std::vector<projections::Uuid> gone;
    size_t i = 0;
    for (const auto& stay : now) {
      while (i < sent_.size() && sent_[i].place() < stay->place())
        gone.push_back(sent_[i++].stay->stay_id);
      const bool known = i < sent_.size() && sent_[i].place() == stay->place();
      const bool same = known && sent_[i].TellsOf(stay, at.now_us);
      if (!same && message->stays().size() == static_cast<int>(kStaysPerMessageMax)) {
        *more = true;
        if (known) sent.push_back(sent_[i]);
      } else if (same) {
        sent.push_back(sent_[i]);
      } else {
        auto served = ReadStay(epoch, *stay, at, *filter_.scope);
        if (!served.ok()) return served.status();
        *message->add_stays() = *std::move(served);
        sent.push_back({stay, at.now_us});
      }
      if (known) ++i;
    }
    for (; i < sent_.size(); ++i) gone.push_back(sent_[i].stay->stay_id);
    sent_ = std::move(sent);
    return SayGone(epoch, now, gone, at, message);
  }

  // A stay whose cluster was joined with another has moved, and of two persons with one visit
  // number one may go: an id that is still somebody's is not gone, and tells of that one now.
  absl::Status SayGone(const Epoch& epoch, const Stays& now,
                       const std::vector<projections::Uuid>& gone, ServeAt at,
                       v1::WatchStaysResponse* message) const {
    for (const projections::Uuid& id : gone) {
      const auto left =
          std::ranges::lower_bound(now, id, {}, [](const auto& stay) { return stay->stay_id; });
      if (left == now.end() || (*left)->stay_id != id) {
        message->add_gone_stay_ids(id.Text());
        continue;
      }
      const auto told = [&](const v1::Stay& stay) { return stay.stay_id() == id.Text(); };
      if (std::ranges::any_of(message->stays(), told)) continue;
      auto served = ReadStay(epoch, **left, at, *filter_.scope);
      if (!served.ok()) return served.status();
      *message->add_stays() = *std::move(served);
    }
    return absl::OkStatus();
  }

  projections::Views& views_;
  const Clock& clock_;
  const PaymentTerms& terms_;
  const DirectoryHolder& directory_;
  const Caller caller_;
  StayFilter filter_;
  std::shared_ptr<Watchers> watchers_;
  std::vector<Sent> sent_;
  BucketList compared_;  // Where all_sent_: all of these was sent.
  bool all_sent_ = false;
  int64_t next_change_us_ = projections::kNeverUs;  // Of what was compared: see NextChange.
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
      "overgang.v1.PathwayService/ListStays", Need::kOwn, TellList,
      [this](const Caller& caller, const v1::ListStaysRequest& request, auto reply) {
        ListStays(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetPathwayRequest, v1::GetPathwayResponse>(
      "overgang.v1.PathwayService/GetPathway", Need::kOwn, TellPathway,
      [this](const Caller& caller, const v1::GetPathwayRequest& request, auto reply) {
        GetPathway(caller, request, std::move(reply));
      });
  table.AddStream<v1::WatchStaysRequest, v1::WatchStaysResponse>(
      "overgang.v1.PathwayService/WatchStays", Need::kOwn, TellWatch,
      [this](const Caller& caller, const v1::WatchStaysRequest& request, Wake wake) {
        return WatchStays(caller, request, std::move(wake));
      });
}

void PathwayService::ListStays(const Caller& caller, const v1::ListStaysRequest& request,
                               Reply<v1::ListStaysResponse> reply) {
  auto filter = FilterOf(caller.scope, request.kommune(), request.hospital(), request.state());
  if (!filter.ok()) return reply(filter.status());
  const auto work = ReadsRows(filter->state) ? projections::Work::kLong : projections::Work::kBrief;
  moments_.Resolve(
      request.moment(), request.wait_for(), caller.deadline, pool_, work,
      [this, caller, filter = *std::move(filter), size = request.page_size(),
       token = request.page_token(), reply = std::move(reply)](auto at) {
        if (!at.ok()) return reply(at.status());
        auto response = board::ListStays(*at->epoch, filter, ServedAt(*at, terms_), size, token,
                                         [&] { return clock_.Now() > caller.deadline; });
        if (response.ok())
          *response->mutable_as_of() = views_.AsOf(*at->epoch, at->now, caller, *directory_.Get());
        reply(std::move(response));
      });
}

void PathwayService::GetPathway(const Caller& caller, const v1::GetPathwayRequest& request,
                                Reply<v1::GetPathwayResponse> reply) {
  moments_.Resolve(
      request.moment(), request.wait_for(), caller.deadline, pool_, projections::Work::kLong,
      [this, caller, request, reply = std::move(reply)](auto at) {
        if (!at.ok()) return reply(at.status());
        const auto directory = directory_.Get();
        auto response = FindPathway(request, {*at->epoch, *caller.scope, ServedAt(*at, terms_)});
        if (response.ok()) {
          *response->mutable_as_of() = views_.AsOf(*at->epoch, at->now, caller, *directory);
          AddStory(*directory, terms_, at->now, &*response);
        }
        reply(std::move(response));
      });
}

absl::StatusOr<std::unique_ptr<MessageStream>> PathwayService::WatchStays(
    const Caller& caller, const v1::WatchStaysRequest& request, Wake wake) {
  auto filter = FilterOf(caller.scope, request.kommune(), request.hospital(), request.state());
  if (!filter.ok()) return filter.status();
  if (filter->state != v1::STAY_STATE_INPATIENT && filter->state != v1::STAY_STATE_UKP) {
    return FieldError(absl::StatusCode::kInvalidArgument, "state", "only open stays can be watched",
                      "give INPATIENT or UKP, and ListStays for the others");
  }
  auto watcher = std::make_unique<Watcher>(*this, caller, *std::move(filter), watchers_);
  std::lock_guard lock(watchers_->mutex);
  watchers_->wakes[watcher.get()] = std::move(wake);
  return watcher;
}

}  // namespace overgang::board
