// The log that the configuration names.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "app/config.h"
#include "core/clock.h"
#include "core/event_log.h"

namespace overgang {

absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(const Config& config, const Clock& clock);

}  // namespace overgang
