// Which messages were answered already, and what the answer was, so that a second one of the same
// MsgId gets no second AppRec, whatever crashes and whether or not the first AppRec was fetched
// meanwhile. The facts need none of this: their ids repeat.
//
// A small append-only file in the data folder, one line a message, synced before Add returns; read
// whole at Open. Held for 30 days, in memory and on disk: an AppRec is due within 4, and after that
// a repeat could only cause a receipt, never a second effect. The file is rewritten once more than
// half of its lines are older. A hub of its own: two hubs that are given the same message each
// answer it.
//
// Threads: all methods are thread-safe; one Add waits for another.
// Errors: UNAVAILABLE names the folder. A line that was cut by a crash is dropped.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/clock.h"

namespace overgang::plo {

inline constexpr absl::Duration kSeenFor = absl::Hours(30 * 24);

struct SeenMessage {
  std::string key;     // A UUID: the MsgId, or what stands for it.
  std::string digest;  // Of the content.
  std::string notice;  // Serialized Envelope that a later AppRec is about; empty but for role copy.
  // What its AppRec said and when, as plo_receiver.cc writes it; empty: none.
  std::string answer{};
};

class SeenMessages {
 public:
  static absl::StatusOr<std::unique_ptr<SeenMessages>> Open(std::string path, const Clock& clock);
  ~SeenMessages();
  SeenMessages(const SeenMessages&) = delete;
  SeenMessages& operator=(const SeenMessages&) = delete;

  std::optional<SeenMessage> Find(std::string_view key) const;
  // Durable when OK: one sync for all. A failure leaves none of them.
  [[nodiscard]] absl::Status Add(const std::vector<SeenMessage>& messages);
  size_t size() const;

 private:
  struct Held {
    std::string digest;
    std::string notice;
    std::string answer;
    absl::Time at;
  };
  using Map = std::unordered_map<std::string, Held>;

  SeenMessages(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}
  // All of them need the lock.
  absl::Status Load();
  absl::Status Compact();
  absl::Status Write(const std::string& lines);
  void Hold(const SeenMessage& message, absl::Time at);
  void DropExpired();

  const std::string path_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Map held_;
  std::deque<std::pair<absl::Time, std::string>> by_age_;  // Keys of held_, oldest first.
  int file_ = -1;
  size_t bytes_ = 0;  // Of whole lines in the file.
  size_t lines_ = 0;
};

}  // namespace overgang::plo
