#include "projections/moments.h"

#include <utility>

#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::projections {
namespace {

// A question on its way: handed from thread to thread until somebody answers it.
struct Question {
  v1::Moment moment;
  AtMoment at;
  Moments::Then then;

  bool knows_past() const { return moment.has_as_of() || !moment.as_of_cursor().empty(); }
};

void Answer(History& history, Question& question) {
  const v1::Moment& moment = question.moment;
  if (!question.knows_past()) return question.then(std::move(question.at));
  absl::StatusOr<std::shared_ptr<const Epoch>> epoch;
  if (moment.as_of_cursor().empty()) {
    epoch = history.At(FromProto(moment.as_of()));
  } else {
    auto cursor = Cursor::Parse(moment.as_of_cursor(), question.at.epoch->cursor.incarnation);
    epoch = cursor.ok() ? history.At(*cursor) : cursor.status();
  }
  if (!epoch.ok()) return question.then(epoch.status());
  question.at.epoch = *std::move(epoch);
  question.then(std::move(question.at));
}

}  // namespace

void Moments::Resolve(const v1::Moment& moment, const std::string& wait_for, absl::Time deadline,
                      WorkerPool& pool, Work work, Then then) {
  auto question = std::make_shared<Question>();
  question->moment = moment;
  question->then = std::move(then);
  const absl::Time clock_now = clock_.Now();
  question->at.now = question->at.known = clock_now;
  if (moment.has_occurred_until()) {
    question->at.occurred_until = FromProto(moment.occurred_until());
    question->at.now = *question->at.occurred_until;
  }
  if (moment.has_as_of()) {
    question->at.now = question->at.known = FromProto(moment.as_of());
    if (question->at.now > clock_now) {
      return question->then(FieldError(absl::StatusCode::kInvalidArgument, "as_of",
                                       "is in the future: nobody knows yet what is known then",
                                       "give a time that has been, or nothing for now"));
    }
  }
  const bool brief =
      work == Work::kBrief && !question->knows_past() && !question->at.occurred_until;
  const auto have = [this, question, brief, &pool](auto epoch) {
    if (!epoch.ok()) return question->then(epoch.status());
    question->at.epoch = *std::move(epoch);
    if (brief) return question->then(std::move(question->at));
    pool.Run([this, question](const absl::Status& status) {
      status.ok() ? Answer(history_, *question) : question->then(status);
    });
  };
  views_.WhenCovers(wait_for, deadline, [this, question, deadline, have](auto epoch) {
    if (!epoch.ok() || question->moment.as_of_cursor().empty()) return have(std::move(epoch));
    views_.WhenCovers(question->moment.as_of_cursor(), deadline, have, "as_of_cursor");
  });
}

}  // namespace overgang::projections
