#include "producers/simulator/traffic.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace overgang::simulator {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr size_t kUnderWayMax = 512;         // Messages handed out and not acknowledged.
constexpr milliseconds kTick(20);            // How often what is waited for is looked at.
constexpr milliseconds kFirstPause(100);     // Before an attempt is repeated; doubles
constexpr milliseconds kLongestPause(2000);  // up to this.
constexpr int kNotYetMax = 12;               // Attempts with a subject that the hub does not know.
constexpr size_t kRefusalsKept = 5;
constexpr absl::Duration kLongestLag =
    absl::Hours(96);  // A run that is resumed further behind the wall clock hurries.
constexpr absl::Duration kStopWithin = absl::Seconds(3);

}  // namespace

// One worker with its own connections. Persons and units are spread over the lanes.
struct Traffic::Lane {
  Lane(asio::io_context& io, const FindAddress& find_mllp, const FindAddress& find_http,
       const FindToken& token)
      : mllp(io, find_mllp), intake(io, find_http, token), wake(io) {}
  MllpClient mllp;
  IntakeClient intake;
  std::deque<Message> queue;  // Bounded by kUnderWayMax.
  asio::steady_timer wake;
};

Traffic::Traffic(asio::io_context& io, Model& model, const Clock& clock, TrafficOptions options,
                 FindAddress mllp, FindAddress http, FindToken token, PloFolders& plo)
    : io_(io),
      model_(model),
      clock_(clock),
      options_(options),
      plo_(plo),
      dispatched_(absl::InfinitePast()) {
  for (int i = 0; i < options_.lanes; ++i)
    lanes_.push_back(std::make_unique<Lane>(io, mllp, http, token));
}

Traffic::~Traffic() = default;

void Traffic::Start(std::function<void()> done) {
  for (auto& lane : lanes_) asio::co_spawn(io_, Work(*lane), asio::detached);
  asio::co_spawn(io_, WatchFolders(), asio::detached);
  asio::co_spawn(io_, Dispatch(), [done = std::move(done)](std::exception_ptr) { done(); });
}

void Traffic::Stop() { stopping_ = true; }

void Traffic::BeginRun() {
  filled_ = true;
  run_began_ = clock_.Now();
  run_from_ = options_.start;
  if (options_.acknowledged_until <= options_.start) return;
  // A run that is resumed goes on where it stopped; after a long pause what was missed goes out at
  // once.
  run_from_ = std::max(options_.acknowledged_until, run_began_ - kLongestLag);
}

// Never ahead of the wall clock: nothing is told before it could have happened.
absl::Time Traffic::SimulatedNow() const {
  if (!filled_) return options_.start;
  const absl::Time now = clock_.Now();
  if (std::isinf(options_.speed)) return now;
  return std::min(now, run_from_ + (now - run_began_) * options_.speed);
}

absl::Time Traffic::AcknowledgedUntil() const {
  return under_way_.empty() ? dispatched_
                            : std::min(dispatched_, *under_way_.begin() - absl::Seconds(1));
}

asio::awaitable<void> Traffic::Pause(milliseconds time) {
  boost::system::error_code ignored;
  asio::steady_timer timer(io_, time);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> Traffic::WaitUntilDue(absl::Time at) {
  while (!stopping_) {
    // The run begins when the starting population is acknowledged to the last message.
    if (!filled_ && at > options_.start && under_way_.empty()) BeginRun();
    if (at <= SimulatedNow() && under_way_.size() < kUnderWayMax) co_return;
    co_await Pause(kTick);
  }
}

asio::awaitable<void> Traffic::Dispatch() {
  bool closed = false;
  while (!model_.Done() && !stopping_) {
    if (!closed) co_await WaitUntilDue(model_.NextAt());
    while (closed && under_way_.size() >= kUnderWayMax && !stopping_) co_await Pause(kTick);
    if (stopping_) break;
    Message message = model_.Next();
    dispatched_ = std::max(dispatched_, message.send_at);
    counts_.admitted += message.admits ? 1 : 0;
    if (options_.until_stays > 0 && counts_.admitted >= options_.until_stays && !closed) {
      closed = true;
      model_.Close();
    }
    if (message.send_at > options_.acknowledged_until) Hand(std::move(message));
  }
  const absl::Time give_up = clock_.Now() + kStopWithin;
  while (!under_way_.empty() && (!stopping_ || clock_.Now() < give_up)) co_await Pause(kTick);
}

void Traffic::Hand(Message message) {
  under_way_.insert(message.send_at);
  Lane& lane = *lanes_[std::hash<std::string>()(message.lane) % lanes_.size()];
  lane.queue.push_back(std::move(message));
  lane.wake.cancel();
}

void Traffic::Settle(absl::Time sent_at) {
  under_way_.erase(under_way_.find(sent_at));
  ++counts_.sent;
  trouble_.clear();
}

void Traffic::Refuse(const Message& message, const std::string& why) {
  under_way_.erase(under_way_.find(message.send_at));
  ++counts_.refused;
  if (refusals_.size() < kRefusalsKept)
    refusals_.push_back(absl::StrCat(message.name, " ", message.id, ": ", why));
}

asio::awaitable<void> Traffic::Work(Lane& lane) {
  while (true) {
    while (lane.queue.empty()) {
      boost::system::error_code ignored;
      lane.wake.expires_at(asio::steady_timer::time_point::max());
      co_await lane.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    const Message message = std::move(lane.queue.front());
    lane.queue.pop_front();
    co_await Deliver(lane, message);
  }
}

asio::awaitable<void> Traffic::Deliver(Lane& lane, const Message& message) {
  milliseconds pause = kFirstPause;
  for (int not_yet = 0;;) {
    Reply reply;
    if (message.door == Door::kPlo) {
      const absl::Status put = plo_.Put(message);
      if (put.ok()) co_return;  // Settled when the hub has taken the file.
      reply.text = std::string(put.message());
    } else if (message.door == Door::kMllp) {
      // Two statements: GCC 12 destroys the operand of a co_await on a conditional expression
      // twice.
      reply = co_await lane.mllp.Send(message);
    } else {
      reply = co_await lane.intake.Send(message);
    }
    if (reply.outcome == Outcome::kTaken) co_return Settle(message.send_at);
    if (reply.outcome == Outcome::kNotYet && ++not_yet >= kNotYetMax)
      reply.outcome = Outcome::kRefused;
    if (reply.outcome == Outcome::kRefused) co_return Refuse(message, reply.text);
    if (reply.outcome == Outcome::kTryAgain) trouble_ = reply.text;
    ++counts_.sent_again;
    co_await Pause(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

asio::awaitable<void> Traffic::WatchFolders() {
  constexpr int kAppRecsEvery = 50;  // Ticks.
  for (int tick = 0;; ++tick) {
    co_await Pause(kTick);
    for (absl::Time sent_at : plo_.Taken()) Settle(sent_at);
    if (tick % kAppRecsEvery == 0) plo_.ReadAppRecs();
  }
}

}  // namespace overgang::simulator
