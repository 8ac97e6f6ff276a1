#include "consumers/operations/operations_service.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "consumers/operations/log_stream.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "projections/tables.h"
#include "projections/verify.h"

namespace overgang::operations {
namespace {

constexpr int kPageSizeDefault = 100;
constexpr int kPageSizeMax = 1000;

v1::ParkedMessage Served(const std::string& id, const rows::Parked& row) {
  v1::ParkedMessage message;
  message.set_parked_id(id);
  message.set_source(row.source());
  message.set_reason(row.reason());
  message.set_place(row.place());
  message.set_code(row.code());
  *message.mutable_parked_at() = ProtoOfUs(row.parked_us());
  message.set_original_id(row.original_id());
  message.set_state(row.state());
  message.set_topic(row.topic());
  message.set_partition(row.partition());
  message.set_offset(row.offset());
  return message;
}

absl::StatusOr<v1::ListParkedResponse> One(const projections::Epoch& epoch, const std::string& id) {
  auto bytes = epoch.rows->Get(projections::kParked, id);
  if (!bytes.ok()) return bytes.status();
  rows::Parked row;
  if (!bytes->has_value() || !row.ParseFromString(**bytes)) {
    return FieldError(absl::StatusCode::kNotFound, "parked_id", "no such parked message",
                      "take the id from ListParked");
  }
  v1::ListParkedResponse response;
  *response.add_parked() = Served(id, row);
  return response;
}

absl::StatusOr<v1::ListParkedResponse> Page(const projections::Epoch& epoch,
                                            const v1::ListParkedRequest& request) {
  if (!request.parked_id().empty()) return One(epoch, request.parked_id());
  std::string from;
  if (request.page_size() < 0 || request.page_size() > kPageSizeMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_size", "out of range",
                      "give 1 to 1000, or 0 for 100");
  }
  if (!absl::WebSafeBase64Unescape(request.page_token(), &from)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "page_token", "not a page token",
                      "give next_page_token of the page before, or nothing");
  }
  const int size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  v1::ListParkedResponse response;
  absl::Status inner;
  absl::Status status = epoch.rows->Scan(
      projections::kParkedByTime, from, "", [&](std::string_view key, std::string_view) {
        const std::string id(key.substr(8));
        auto bytes = epoch.rows->Get(projections::kParked, id);
        inner = bytes.status();
        if (!inner.ok()) return false;
        rows::Parked row;
        if (!bytes->has_value() || !row.ParseFromString(**bytes) || row.state() != "open")
          return true;
        if (response.parked().size() == size) {
          response.set_next_page_token(absl::WebSafeBase64Escape(std::string(key)));
          return false;
        }
        *response.add_parked() = Served(id, row);
        return true;
      });
  if (status.ok()) status = inner;
  if (!status.ok()) return status;
  return response;
}

// Who reads of readers is written too; the stays that it tells of have been read by others.
bool TellAccessLog(const v1::ReadAccessLogRequest& request, const v1::ReadAccessLogResponse*,
                   v1::AccessEntry* entry) {
  AddAsked("from", request.from(), entry);
  AddAsked("to", request.to(), entry);
  AddAsked("principal", request.principal(), entry);
  AddAsked("stay_id", request.stay_id(), entry);
  return true;
}

// The opening is told; the records are facts of anybody, and not listed one by one.
bool TellLog(const v1::ReadLogRequest& request, const v1::ReadLogResponse* response,
             v1::AccessEntry* entry) {
  AddAsked("topic", request.topic(), entry);
  AddAsked("from", request.from(), entry);
  if (request.follow()) AddAsked("follow", "true", entry);
  if (request.limit() != 0) AddAsked("limit", absl::StrCat(request.limit()), entry);
  entry->set_unlisted(true);
  return response == nullptr;
}

}  // namespace

OperationsService::OperationsService(projections::Views& views, EventLog& log, const Clock& clock,
                                     MakeScratchStore make_scratch, const AccessLog& access_log)
    : views_(views),
      log_(log),
      clock_(clock),
      make_scratch_(std::move(make_scratch)),
      access_log_(access_log) {}

OperationsService::~OperationsService() {
  Stop();
  if (verify_thread_.joinable()) verify_thread_.join();
}

void OperationsService::Stop() {
  stop_.request_stop();
  pool_.Stop();
}

void OperationsService::Register(MethodTable& table) {
  table.AddUnary<v1::GetSourcesRequest, v1::GetSourcesResponse>(
      "overgang.v1.OperationsService/GetSources", Need::kOperate,
      [this](const Caller& caller, const v1::GetSourcesRequest&, auto reply) {
        views_.WhenCovers("", caller.deadline, [this, reply = std::move(reply)](auto epoch) {
          if (!epoch.ok()) return reply(epoch.status());
          v1::GetSourcesResponse response;
          *response.mutable_as_of() = views_.AsOf(**epoch, clock_.Now());
          reply(std::move(response));
        });
      });
  table.AddUnary<v1::GetDataQualityRequest, v1::GetDataQualityResponse>(
      "overgang.v1.OperationsService/GetDataQuality", Need::kOperate,
      [this](const Caller& caller, const v1::GetDataQualityRequest&, auto reply) {
        views_.WhenCovers("", caller.deadline, [this, reply = std::move(reply)](auto epoch) {
          if (!epoch.ok()) return reply(epoch.status());
          v1::GetDataQualityResponse response;
          for (const auto& [place, stays] : *(*epoch)->quality) {
            v1::SourceQuality& quality = *response.add_quality();
            quality.set_source(place.first);
            quality.set_flag(static_cast<v1::StayFlag>(place.second));
            quality.set_stays(stays);
          }
          *response.mutable_as_of() = views_.AsOf(**epoch, clock_.Now());
          reply(std::move(response));
        });
      });
  table.AddUnary<v1::ListParkedRequest, v1::ListParkedResponse>(
      "overgang.v1.OperationsService/ListParked", Need::kOperate,
      [this](const Caller& caller, const v1::ListParkedRequest& request, auto reply) {
        ListParked(caller, request, std::move(reply));
      });
  table.AddUnary<v1::GetLagRequest, v1::GetLagResponse>(
      "overgang.v1.OperationsService/GetLag", Need::kOperate,
      [this](const Caller&, const v1::GetLagRequest&, auto reply) {
        // Where the log ends is asked of the broker.
        pool_.Run([this, reply = std::move(reply)](const absl::Status& status) {
          status.ok() ? GetLag(reply) : reply(status);
        });
      });
  table.AddUnary<v1::VerifyRebuildRequest, v1::VerifyRebuildResponse>(
      "overgang.v1.OperationsService/VerifyRebuild", Need::kOperate,
      [this](const Caller&, const v1::VerifyRebuildRequest&, auto reply) {
        VerifyRebuild(std::move(reply));
      });
  table.AddUnary<v1::ReadAccessLogRequest, v1::ReadAccessLogResponse>(
      "overgang.v1.OperationsService/ReadAccessLog", Need::kDataProtection, TellAccessLog,
      [this](const Caller&, const v1::ReadAccessLogRequest& request, auto reply) {
        ReadAccessLog(request, std::move(reply));
      });
  table.AddStream<v1::ReadLogRequest, v1::ReadLogResponse>(
      "overgang.v1.OperationsService/ReadLog", Need::kEverything, TellLog,
      [this](const Caller&, const v1::ReadLogRequest& request, Wake wake) {
        return ReadLog(request, std::move(wake));
      });
}

void OperationsService::ListParked(const Caller& caller, const v1::ListParkedRequest& request,
                                   Reply<v1::ListParkedResponse> reply) {
  views_.WhenCovers(
      request.wait_for(), caller.deadline, [this, request, reply = std::move(reply)](auto epoch) {
        if (!epoch.ok()) return reply(epoch.status());
        // Years of discarded messages may lie between two open ones.
        pool_.Run([this, request, reply, epoch = *std::move(epoch)](const absl::Status& status) {
          if (!status.ok()) return reply(status);
          auto response = Page(*epoch, request);
          if (response.ok()) *response->mutable_as_of() = views_.AsOf(*epoch, clock_.Now());
          reply(std::move(response));
        });
      });
}

void OperationsService::ReadAccessLog(const v1::ReadAccessLogRequest& request,
                                      Reply<v1::ReadAccessLogResponse> reply) {
  pool_.Run([this, request, reply = std::move(reply)](const absl::Status& status) {
    if (!status.ok()) return reply(status);
    auto response = access_log_.Read(request);
    const auto epoch = views_.Current();
    if (response.ok() && epoch != nullptr)
      *response->mutable_as_of() = views_.AsOf(*epoch, clock_.Now());
    reply(std::move(response));
  });
}

void OperationsService::GetLag(const Reply<v1::GetLagResponse>& reply) {
  const auto epoch = views_.Current();
  if (epoch == nullptr)
    return reply(
        absl::UnavailableError("the views are being read from the store; try again in a moment"));
  auto ends = log_.Ends();
  if (!ends.ok()) return reply(ends.status());
  v1::GetLagResponse response;
  for (size_t i = 0; i < kPartitionCount; ++i) {
    const TopicPartition partition = PartitionAt(i);
    v1::PartitionLag& lag = *response.add_partitions();
    lag.set_topic(std::string(Spec(partition.topic).name));
    lag.set_partition(partition.partition);
    lag.set_folded(epoch->cursor.next[i]);
    lag.set_end(ends->next[i]);
    response.set_records_behind(response.records_behind() +
                                std::max<int64_t>(0, lag.end() - lag.folded()));
  }
  *response.mutable_as_of() = views_.AsOf(*epoch, clock_.Now());
  reply(std::move(response));
}

void OperationsService::VerifyRebuild(Reply<v1::VerifyRebuildResponse> reply) {
  const auto epoch = views_.Current();
  if (epoch == nullptr)
    return reply(
        absl::UnavailableError("the views are being read from the store; try again in a moment"));
  std::lock_guard lock(mutex_);
  if (verifying_)
    return reply(absl::ResourceExhaustedError("a verification is running; wait for its answer"));
  verifying_ = true;
  if (verify_thread_.joinable()) verify_thread_.join();
  verify_thread_ = std::thread([this, epoch, reply = std::move(reply)] {
    const absl::Time began = absl::Now();
    absl::StatusOr<v1::VerifyRebuildResponse> response = v1::VerifyRebuildResponse();
    auto scratch = make_scratch_();
    auto result = scratch.ok()
                      ? projections::VerifyRebuild(log_, *epoch, **scratch, stop_.get_token())
                      : scratch.status();
    if (result.ok()) {
      response->set_equal(result->equal);
      response->set_facts(result->facts);
      response->set_rows(result->rows);
      for (const std::string& difference : result->differences)
        response->add_differences(difference);
      response->set_seconds(absl::ToDoubleSeconds(absl::Now() - began));
      *response->mutable_as_of() = views_.AsOf(*epoch, clock_.Now());
    } else {
      response = result.status();
    }
    {
      std::lock_guard done(mutex_);
      verifying_ = false;
    }
    reply(std::move(response));
  });
}

absl::StatusOr<std::unique_ptr<MessageStream>> OperationsService::ReadLog(
    const v1::ReadLogRequest& request, Wake wake) {
  const auto epoch = views_.Current();
  if (epoch == nullptr)
    return absl::UnavailableError("the views are being read from the store; try again in a moment");
  LogRange range;
  range.follow = request.follow();
  range.limit = request.limit();
  if (!request.topic().empty()) {
    const auto topic = TopicByName(request.topic());
    if (!topic.has_value()) {
      return FieldError(absl::StatusCode::kInvalidArgument, "topic", "no such topic",
                        "give one as overgang.pathway.v1, or nothing for all");
    }
    for (int32_t p = 0; p < Spec(*topic).partitions; ++p) range.partitions.push_back({*topic, p});
  }
  const std::string from =
      request.from().empty() ? (request.follow() ? "END" : "BEGINNING") : request.from();
  Offsets asked{};
  if (from != "BEGINNING" && from != "END") {
    auto cursor = Cursor::Parse(from, epoch->cursor.incarnation);
    if (!cursor.ok()) return cursor.status();
    asked = cursor->next;
  }
  range.from.incarnation = epoch->cursor.incarnation;
  if (log_readers_->fetch_add(1) >= kLogReadersMax) {
    --*log_readers_;
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", kLogReadersMax, " readers of the log; end one first"));
  }
  const auto open = [this, asked, at_end = from == "END"](
                        LogRange* opened) -> absl::StatusOr<std::unique_ptr<LogReader>> {
    auto ends = log_.Ends();
    if (!ends.ok()) return ends.status();
    opened->until = ends->next;
    for (size_t i = 0; i < kPartitionCount; ++i)
      opened->from.next[i] = at_end ? ends->next[i] : std::max(asked[i], ends->first[i]);
    return log_.NewReader(opened->from.next, opened->partitions, {.headers = true});
  };
  return std::make_unique<LogStream>(open, std::move(range), std::move(wake), log_readers_);
}

}  // namespace overgang::operations
