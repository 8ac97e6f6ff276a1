// What a principal may see and do: the one answer to "may it?" for every method, stream and feed.
//
// A scope is a predicate on stays: whatever a caller is told is counted from the stays that its
// scope may see and from nothing else, so no two answers differ by somebody else's patients.
// docs/access.md says what follows from it. Values; thread-safe once made. A scope that nobody
// filled may nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "overgang/v1/envelope.pb.h"

namespace overgang {

inline constexpr size_t kScopeValuesMax = 400;  // Kommuner (there are 357), or hospitals, of one.

struct Scope {
  std::vector<std::string> kommuner;   // Its own; 4 digits each, sorted.
  std::vector<std::string> hospitals;  // Its own; organisation numbers, sorted.
  bool everything = false;             // Sees all kommuner and hospitals, and the log.
  bool aggregate = false;              // Sums only: sees the published tables.
  bool write = false;                  // May say facts of what it sees: see docs/access.md.
  bool operate = false;                // May run the hub: parked messages, lag, metrics, mails.
  bool data_protection = false;        // May read the access log.

  static std::shared_ptr<const Scope> Nothing();
  static std::shared_ptr<const Scope> All();  // Sees and does everything.

  bool MaySeeKommune(std::string_view kommune) const;
  bool MaySeeHospital(std::string_view hospital) const;
  // Either side's own. A stay that moved from one kommune to another: see projections/visible.h.
  bool MaySeeStay(std::string_view stay_kommune, std::string_view hospital) const {
    return MaySeeHospital(hospital) || MaySeeKommune(stay_kommune);
  }
  // By what the envelope itself says: facts of a stay, capacity, a kommune's or hospital's status.
  // Who merged with whom, parked messages, originals and the log's own: only who sees everything.
  bool MaySeeFact(const v1::Envelope& fact) const;
  // The stored tables, the same for everybody: whoever may see anything.
  bool MaySeePublished() const { return aggregate || SeesStays(); }
  // Whether there is anything that it could be told live.
  bool SeesStays() const { return everything || !kommuner.empty() || !hospitals.empty(); }

  bool operator==(const Scope&) const = default;
};

// The scope that something is counted or listed for. Has no default: who asks must say for whom.
class ScopeRef {
 public:
  // Never null. Written as the scope itself.
  // NOLINTNEXTLINE(google-explicit-constructor)
  ScopeRef(std::shared_ptr<const Scope> scope) : scope_(std::move(scope)) {}
  const Scope& operator*() const { return *scope_; }
  const Scope* operator->() const { return scope_.get(); }

 private:
  std::shared_ptr<const Scope> scope_;
};

// What a method needs of its caller: declared where the method is registered, checked before its
// handler is reached.
enum class Need : unsigned char {
  kPublished,       // MaySeePublished.
  kOwn,             // SeesStays: the handler answers of what the scope sees, and no more.
  kWrite,           // write, and something to write of: the handler checks of what.
  kEverything,      // everything.
  kOperate,         // operate.
  kOwnOrOperate,    // Either: the handler tells an operator of all, others of their own.
  kDataProtection,  // data_protection.
};

// PERMISSION_DENIED says which claim is missing.
[[nodiscard]] absl::Status Admit(Need need, const Scope& scope);

// PERMISSION_DENIED with the field, where the request names what is not the caller's own.
[[nodiscard]] absl::Status NotYours(std::string_view field);
// May the caller ask for this kommune (hospital) at all? A hospital may, of any kommune: it is told
// of its own stays from there; and a kommune of any hospital.
[[nodiscard]] absl::Status MayAskForKommune(const Scope& scope, std::string_view kommune,
                                            std::string_view field);
[[nodiscard]] absl::Status MayAskForHospital(const Scope& scope, std::string_view hospital,
                                             std::string_view field);

}  // namespace overgang
