#include "consumers/board/census_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "consumers/board/explain.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/place_numbers.h"

namespace overgang::board {
namespace {

// GetCensusRequest and WatchCensusRequest have the same filters.
template <typename Request>
absl::StatusOr<CensusQuery> QueryOf(const Caller& caller, const Request& request) {
  if (request.kommuner_size() > kFilterValuesMax || request.hospitals_size() > kFilterValuesMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "kommuner",
                      absl::StrCat("more than ", kFilterValuesMax, " values"),
                      "ask for all by leaving it empty");
  }
  for (const std::string& kommune : request.kommuner()) {
    if (absl::Status status = CheckKommune(kommune, "kommuner"); !status.ok()) return status;
    absl::Status status = MayAskForKommune(*caller.scope, kommune, "kommuner");
    if (!status.ok()) return status;
  }
  for (const std::string& hospital : request.hospitals()) {
    absl::Status status = CheckHospital(hospital, "hospitals");
    if (status.ok()) status = MayAskForHospital(*caller.scope, hospital, "hospitals");
    if (!status.ok()) return status;
  }
  for (int sector : request.sectors()) {
    if (!v1::Sector_IsValid(sector)) {
      return FieldError(absl::StatusCode::kInvalidArgument, "sectors", "no such sector",
                        "give one of overgang.v1.Sector, or nothing for all");
    }
  }
  if (!v1::CensusBasis_IsValid(request.basis())) {
    return FieldError(absl::StatusCode::kInvalidArgument, "basis", "no such basis",
                      "give one of overgang.v1.CensusBasis, or nothing for the stay kommune");
  }
  CensusQuery query{.scope = caller.scope};
  query.kommuner.assign(request.kommuner().begin(), request.kommuner().end());
  query.hospitals.assign(request.hospitals().begin(), request.hospitals().end());
  for (int sector : request.sectors()) query.sectors.push_back(static_cast<v1::Sector>(sector));
  query.basis = request.basis() == v1::CENSUS_BASIS_UNSPECIFIED ? v1::CENSUS_BASIS_STAY_KOMMUNE
                                                                : request.basis();
  Narrow(&query);
  return query;
}

template <typename Request>
v1::Moment MomentOf(const Request& request) {
  v1::Moment moment;
  if (request.has_as_of()) *moment.mutable_as_of() = request.as_of();
  moment.set_as_of_cursor(request.as_of_cursor());
  return moment;
}
v1::Moment MomentOf(const v1::GetCensusRequest& request) {
  v1::Moment moment = MomentOf<v1::GetCensusRequest>(request);
  if (request.has_occurred_until()) *moment.mutable_occurred_until() = request.occurred_until();
  return moment;
}

// Capacity is what an epoch knew last. What it was when something had happened nobody kept.
bool KnowsCapacity(const v1::Moment& moment) {
  return moment.has_as_of() || !moment.as_of_cursor().empty() || !moment.has_occurred_until();
}

void TellStay(const v1::Stay& stay, v1::AccessEntry* entry) {
  AddTold(stay.stay_id(), stay.patient_ref(), stay.stay_kommune(), stay.hospital(), entry);
}

bool TellExplanation(const v1::ExplainCensusRequest& request,
                     const v1::ExplainCensusResponse* response, v1::AccessEntry* entry) {
  AddAsked("kommune", request.kommune(), entry);
  if (response == nullptr) return true;
  for (const v1::CensusChange& change : response->changes())
    TellStay(change.has_before() ? change.before() : change.after(), entry);
  return true;
}

// The question whose answer is to be explained.
absl::StatusOr<CensusQuery> QueryOf(const Caller& caller, const v1::ExplainCensusRequest& request) {
  if (absl::Status status = CheckKommune(request.kommune(), "kommune"); !status.ok()) return status;
  absl::Status own = MayAskForKommune(*caller.scope, request.kommune(), "kommune");
  if (!own.ok()) return own;
  if (request.as_of_cursor().empty() || !request.has_as_of()) {
    return FieldError(absl::StatusCode::kInvalidArgument,
                      request.as_of_cursor().empty() ? "as_of_cursor" : "as_of", "is missing",
                      "give as_of.cursor and as_of.now of the answer that it is about");
  }
  v1::GetCensusRequest asked;
  asked.add_kommuner(request.kommune());
  asked.set_basis(request.basis());
  return QueryOf(caller, asked);
}

}  // namespace

CensusService::CensusService(projections::Views& views, projections::Moments& moments,
                             const Clock& clock, const DirectoryHolder& directory,
                             const PaymentTerms& terms)
    : views_(views), moments_(moments), clock_(clock), directory_(directory), terms_(terms) {
  listener_ = views_.AddListener([this](const std::shared_ptr<const projections::Epoch>& epoch) {
    for (const auto& feed : Feeds()) feed->Update(epoch, false);
  });
}

CensusService::~CensusService() { views_.RemoveListener(listener_); }

void CensusService::Register(MethodTable& table) {
  table.AddUnary<v1::GetCensusRequest, v1::GetCensusResponse>(
      "overgang.v1.CensusService/GetCensus", Need::kOwn,
      [this](const Caller& caller, const v1::GetCensusRequest& request, auto reply) {
        GetCensus(caller, request, std::move(reply));
      });
  table.AddUnary<v1::ExplainCensusRequest, v1::ExplainCensusResponse>(
      "overgang.v1.CensusService/ExplainCensus", Need::kOwn, TellExplanation,
      [this](const Caller& caller, const v1::ExplainCensusRequest& request, auto reply) {
        ExplainCensus(caller, request, std::move(reply));
      });
  table.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
      "overgang.v1.CensusService/WatchCensus", Need::kOwn,
      [this](const Caller& caller, const v1::WatchCensusRequest& request, Wake wake) {
        return WatchCensus(caller, request, std::move(wake));
      });
}

void CensusService::GetCensus(const Caller& caller, const v1::GetCensusRequest& request,
                              Reply<v1::GetCensusResponse> reply) {
  auto query = QueryOf(caller, request);
  if (!query.ok()) return reply(query.status());
  const v1::Moment moment = MomentOf(request);
  moments_.Resolve(moment, request.wait_for(), caller.deadline, pool_, projections::Work::kBrief,
                   [this, caller, query = *std::move(query), capacity = KnowsCapacity(moment),
                    reply = std::move(reply)](auto at) mutable {
                     if (!at.ok()) return reply(at.status());
                     query.at = {absl::ToUnixMicros(at->now), &terms_};
                     query.occurred_until_us = projections::UntilUs(*at);
                     query.capacity = capacity;
                     const auto directory = directory_.Get();
                     auto response = RunCensus(*at->epoch, *directory, query);
                     if (response.ok())
                       *response->mutable_as_of() =
                           views_.AsOf(*at->epoch, at->now, caller, *directory);
                     reply(std::move(response));
                   });
}

void CensusService::ExplainCensus(const Caller& caller, const v1::ExplainCensusRequest& request,
                                  Reply<v1::ExplainCensusResponse> reply) {
  auto query = QueryOf(caller, request);
  if (!query.ok()) return reply(query.status());
  moments_.Resolve(
      MomentOf(request), "", caller.deadline, pool_, projections::Work::kLong,
      [this, caller, query = *std::move(query), reply = std::move(reply)](auto at) mutable {
        if (!at.ok()) return reply(at.status());
        query.at = {absl::ToUnixMicros(at->now), &terms_};
        const auto today = views_.Current();
        auto response = board::ExplainCensus(*at->epoch, *today, query);
        if (response.ok())
          *response->mutable_as_of() = views_.AsOf(*today, clock_.Now(), caller, *directory_.Get());
        reply(std::move(response));
      });
}

// What is shared is counted for all kommuner of a scope; a hospital filter changes what a kommune
// counts, so it is part of the key.
std::string CensusService::ShareKey(CensusQuery* query) {
  const Scope& scope = *query->scope;
  query->kommuner.clear();
  Narrow(query);
  const auto sort_unique = [](auto& values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  sort_unique(query->hospitals);
  sort_unique(query->sectors);
  std::string key = absl::StrCat(static_cast<int>(query->basis));
  for (v1::Sector sector : query->sectors) absl::StrAppend(&key, " s", static_cast<int>(sector));
  for (const std::string& hospital : query->hospitals) absl::StrAppend(&key, " h", hospital);
  if (scope.everything) return key;
  for (const std::string& kommune : scope.kommuner) absl::StrAppend(&key, " of ", kommune);
  for (const std::string& hospital : scope.hospitals) absl::StrAppend(&key, " of ", hospital);
  return key;
}

absl::StatusOr<std::unique_ptr<MessageStream>> CensusService::WatchCensus(
    const Caller& caller, const v1::WatchCensusRequest& request, Wake wake) {
  auto query = QueryOf(caller, request);
  if (!query.ok()) return query.status();
  query->at.terms = &terms_;
  const std::string key = ShareKey(&*query);
  const bool whole = query->scope->everything;
  std::shared_ptr<CensusFeed> feed;
  std::unique_ptr<MessageStream> stream;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(feeds_, [](const auto& item) { return !item.second->HasWatchers(); });
    auto held = feeds_.find(key);
    if (held == feeds_.end()) {
      const auto alike = std::ranges::count_if(
          feeds_, [&](const auto& item) { return item.second->whole() == whole; });
      if (static_cast<size_t>(alike) >= (whole ? kFeedsMax : kScopedFeedsMax)) {
        return absl::ResourceExhaustedError(
            "too many combinations of basis, sectors and hospitals are watched; watch without "
            "hospitals and sectors, or come back in a while");
      }
      held = feeds_
                 .emplace(key, std::make_shared<CensusFeed>(views_, clock_, directory_,
                                                            *std::move(query)))
                 .first;
    }
    feed = held->second;
    stream = feed->Watch(caller, request, std::move(wake));
  }
  if (const auto epoch = views_.Current()) feed->Update(epoch, false);
  return stream;
}

std::vector<std::shared_ptr<CensusFeed>> CensusService::Feeds() {
  std::lock_guard lock(mutex_);
  std::erase_if(feeds_, [](const auto& item) { return !item.second->HasWatchers(); });
  std::vector<std::shared_ptr<CensusFeed>> feeds;
  for (const auto& [key, feed] : feeds_) feeds.push_back(feed);
  return feeds;
}

void CensusService::Tick() {
  const auto epoch = views_.Current();
  if (epoch == nullptr) return;
  for (const auto& feed : Feeds()) feed->Update(epoch, true);
}

}  // namespace overgang::board
