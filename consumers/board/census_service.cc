#include "consumers/board/census_service.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::board {
namespace {

bool IsDigits(const std::string& text, size_t size) {
  return text.size() == size &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// GetCensusRequest and WatchCensusRequest have the same filters.
template <typename Request>
absl::StatusOr<CensusQuery> QueryOf(const Request& request) {
  if (request.kommuner_size() > kFilterValuesMax || request.hospitals_size() > kFilterValuesMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "kommuner",
                      absl::StrCat("more than ", kFilterValuesMax, " values"),
                      "ask for all by leaving it empty");
  }
  for (const std::string& kommune : request.kommuner()) {
    if (!IsDigits(kommune, 4) ||
        (kommune != kKommuneNotStated && KommuneByNumber(kommune) == nullptr)) {
      return FieldError(absl::StatusCode::kInvalidArgument, "kommuner", "no such kommune",
                        "give the 4 digits of a kommune of 2024, or 9999 for not stated");
    }
  }
  for (const std::string& hospital : request.hospitals()) {
    if (!IsDigits(hospital, 9)) {
      return FieldError(absl::StatusCode::kInvalidArgument, "hospitals",
                        "not an organisation number", "give 9 digits");
    }
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
  CensusQuery query;
  query.kommuner.assign(request.kommuner().begin(), request.kommuner().end());
  query.hospitals.assign(request.hospitals().begin(), request.hospitals().end());
  for (int sector : request.sectors()) query.sectors.push_back(static_cast<v1::Sector>(sector));
  query.basis = request.basis() == v1::CENSUS_BASIS_UNSPECIFIED ? v1::CENSUS_BASIS_STAY_KOMMUNE
                                                                : request.basis();
  return query;
}

}  // namespace

CensusService::CensusService(projections::Views& views, const Clock& clock,
                             const DirectoryHolder& directory, const PaymentTerms& terms)
    : views_(views), clock_(clock), directory_(directory), terms_(terms) {
  listener_ = views_.AddListener([this](const std::shared_ptr<const projections::Epoch>& epoch) {
    for (const auto& feed : Feeds()) feed->Update(epoch, false);
  });
}

CensusService::~CensusService() { views_.RemoveListener(listener_); }

void CensusService::Register(MethodTable& table) {
  table.AddUnary<v1::GetCensusRequest, v1::GetCensusResponse>(
      "overgang.v1.CensusService/GetCensus",
      [this](const Caller& caller, const v1::GetCensusRequest& request, auto reply) {
        GetCensus(caller, request, std::move(reply));
      });
  table.AddStream<v1::WatchCensusRequest, v1::WatchCensusResponse>(
      "overgang.v1.CensusService/WatchCensus",
      [this](const Caller&, const v1::WatchCensusRequest& request, Wake wake) {
        return WatchCensus(request, std::move(wake));
      });
}

void CensusService::GetCensus(const Caller& caller, const v1::GetCensusRequest& request,
                              Reply<v1::GetCensusResponse> reply) {
  auto query = QueryOf(request);
  if (!query.ok()) return reply(query.status());
  const bool live = !request.has_as_of();
  const absl::Time now = live ? clock_.Now() : FromProto(request.as_of());
  query->at = {absl::ToUnixMicros(now), live, &terms_};
  const auto count = [this, now, query = *std::move(query)](const projections::Epoch& epoch) {
    auto response = RunCensus(epoch, *directory_.Get(), query);
    if (response.ok()) *response->mutable_as_of() = views_.AsOf(epoch, now);
    return response;
  };
  views_.WhenCovers(
      request.wait_for(), caller.deadline,
      [this, live, count, reply = std::move(reply)](auto epoch) {
        if (!epoch.ok()) return reply(epoch.status());
        if (live) return reply(count(**epoch));
        // Reads every stay that has ended since.
        pool_.Run([count, reply, epoch = *std::move(epoch)](const absl::Status& status) {
          if (!status.ok()) return reply(status);
          reply(count(*epoch));
        });
      });
}

absl::StatusOr<std::unique_ptr<MessageStream>> CensusService::WatchCensus(
    const v1::WatchCensusRequest& request, Wake wake) {
  auto query = QueryOf(request);
  if (!query.ok()) return query.status();
  // What is shared is counted for all kommuner; a hospital filter changes what a kommune counts, so
  // it is part of the key.
  query->kommuner.clear();
  query->at.terms = &terms_;
  const auto sort_unique = [](auto& values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  sort_unique(query->hospitals);
  sort_unique(query->sectors);
  std::string key = absl::StrCat(static_cast<int>(query->basis));
  for (v1::Sector sector : query->sectors) absl::StrAppend(&key, " s", static_cast<int>(sector));
  for (const std::string& hospital : query->hospitals) absl::StrAppend(&key, " h", hospital);
  std::shared_ptr<CensusFeed> feed;
  std::unique_ptr<MessageStream> stream;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(feeds_, [](const auto& item) { return !item.second->HasWatchers(); });
    auto held = feeds_.find(key);
    if (held == feeds_.end()) {
      if (feeds_.size() >= kFeedsMax) {
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
    stream = feed->Watch(request, std::move(wake));
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
