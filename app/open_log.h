// The log that the configuration names, and who decides among the hubs on it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "app/config.h"
#include "core/clock.h"
#include "core/event_log.h"
#include "core/leadership.h"

namespace overgang {

absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(const Config& config, const Clock& clock);

// After OpenLog. An embedded log has one hub, and that is it.
absl::StatusOr<std::unique_ptr<Leadership>> JoinLeadership(const Config& config);

}  // namespace overgang
