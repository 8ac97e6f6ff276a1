#include "core/rpc.h"

#include <utility>

#include "core/errors.h"
#include "core/logged_stream.h"

namespace overgang {
namespace {

constexpr std::string_view kPackage = "overgang.v1.";

// A stream of somebody whose token or certificate ends.
class BoundedStream final : public MessageStream {
 public:
  BoundedStream(std::unique_ptr<MessageStream> stream, absl::Time until, const Clock& clock)
      : stream_(std::move(stream)), until_(until), clock_(clock) {}
  absl::StatusOr<StreamStep> Next() override {
    if (clock_.Now() < until_) return stream_->Next();
    return FieldError(absl::StatusCode::kUnauthenticated, "authorization",
                      "what was shown has expired", "open the stream anew with a new token");
  }

 private:
  const std::unique_ptr<MessageStream> stream_;
  const absl::Time until_;
  const Clock& clock_;
};

}  // namespace

v1::AccessEntry MethodTable::Guard::NewEntry(const Caller& caller,
                                             const absl::Status& outcome) const {
  v1::AccessEntry entry;
  entry.set_principal(caller.principal);
  entry.set_method(method.starts_with(kPackage) ? method.substr(kPackage.size()) : method);
  entry.set_outcome(absl::StatusCodeToString(outcome.code()));
  return entry;
}

const Clock& MethodTable::WallClock() {
  static const SystemClock clock;
  return clock;
}

absl::StatusOr<std::unique_ptr<MessageStream>> MethodTable::Guard::Bounded(
    const Caller& caller, absl::StatusOr<std::unique_ptr<MessageStream>> stream) const {
  if (!stream.ok() || caller.expires == absl::InfiniteFuture()) return stream;
  return std::make_unique<BoundedStream>(*std::move(stream), caller.expires, *clock);
}

void MethodTable::Guard::Log(v1::AccessEntry entry, std::function<void(absl::Status)> then) const {
  if (log == nullptr) return then(CannotLog(absl::UnavailableError("there is none")));
  log->Write(std::move(entry), [then = std::move(then)](const absl::Status& written) {
    then(written.ok() ? written : CannotLog(written));
  });
}

absl::Status MethodTable::Guard::Admit(const Caller& caller, v1::AccessEntry entry) const {
  absl::Status status = overgang::Admit(rule.need, *caller.scope);
  if (status.ok() || !rule.logged) return status;
  entry.MergeFrom(NewEntry(caller, status));
  entry.clear_unlisted();
  Log(std::move(entry), [](const absl::Status&) {});  // It is refused either way.
  return status;
}

absl::StatusOr<std::unique_ptr<MessageStream>> MethodTable::Guard::LogStream(
    v1::AccessEntry opened, absl::StatusOr<std::unique_ptr<MessageStream>> stream,
    std::function<bool(const Message&, v1::AccessEntry*)> tell, Wake wake) const {
  if (!stream.ok()) {
    opened.clear_unlisted();
    Log(std::move(opened), [](const absl::Status&) {});
    return stream.status();
  }
  if (log == nullptr) return CannotLog(absl::UnavailableError("there is none"));
  return std::make_unique<LoggedStream>(*log, std::move(opened), *std::move(stream),
                                        std::move(tell), std::move(wake));
}

}  // namespace overgang
