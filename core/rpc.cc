#include "core/rpc.h"

#include <utility>

#include "core/logged_stream.h"

namespace overgang {
namespace {

constexpr std::string_view kPackage = "overgang.v1.";

}  // namespace

v1::AccessEntry MethodTable::Guard::NewEntry(const Caller& caller,
                                             const absl::Status& outcome) const {
  v1::AccessEntry entry;
  entry.set_principal(caller.principal);
  entry.set_method(method.starts_with(kPackage) ? method.substr(kPackage.size()) : method);
  entry.set_outcome(absl::StatusCodeToString(outcome.code()));
  return entry;
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
