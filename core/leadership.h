// Which of several hubs makes the decisions: the doer.
//
// Nobody can be sure of it from outside: one who was doer may believe it for a moment longer, and
// what it appends cannot be fenced. So nothing relies on there being only one. The first record of
// a revision counts, whoever wrote it; that there is one doer only spares useless records.
// Threads: all methods are thread-safe and quick.
#pragma once

#include <string>
#include <utility>

namespace overgang {

class Leadership {
 public:
  virtual ~Leadership() = default;
  // Whether this hub is the doer, as far as it knows.
  virtual bool IsDoer() const = 0;
  // How this hub is called in what it does.
  virtual std::string Name() const = 0;
};

// Of a log that one hub owns alone.
class SoleLeadership final : public Leadership {
 public:
  explicit SoleLeadership(std::string name) : name_(std::move(name)) {}
  bool IsDoer() const override { return true; }
  std::string Name() const override { return name_; }

 private:
  const std::string name_;
};

}  // namespace overgang
