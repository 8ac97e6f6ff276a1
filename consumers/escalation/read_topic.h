// Every fact of a topic with one partition that an epoch covers, in the log's order. Waits for the
// log: call it on a worker's thread. Errors: the log's; CANCELLED soon after `stop`. What cannot be
// read is left out.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "absl/status/status.h"
#include "core/event_log.h"
#include "overgang/v1/envelope.pb.h"
#include "projections/views.h"

namespace overgang::escalation {

absl::Status ReadTopic(EventLog& log, Topic topic, const projections::Epoch& epoch,
                       const std::stop_token& stop,
                       const std::function<void(std::shared_ptr<v1::Envelope>)>& visit);
// What a question is answered with that is not answered to its end.
absl::Status Stopped();

}  // namespace overgang::escalation
