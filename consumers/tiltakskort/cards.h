// What tiltakskort are made of: the cards as files have them, and who holds which role. Reading the
// files is app/cards_settings.h's. Immutable once made; the holders swap them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/directory.h"
#include "core/embedded.h"
#include "overgang/v1/escalation.pb.h"

namespace overgang::tiltakskort {

inline constexpr size_t kCardsMax = 100;          // Cards of one hub.
inline constexpr size_t kActionsMax = 30;         // Of one card.
inline constexpr size_t kRolesOnCardMax = 10;     // That are asked one after another.
inline constexpr size_t kCardTextCharsMax = 500;  // Of each text on a card.
inline constexpr size_t kHoldersMax = 10'000;     // Principals and mail addresses of all roles.
// Whoever answers by the link of a mail is this and the address' hash.
inline constexpr std::string_view kMailPrincipal = "mail:";

// The default cards, and roller.toml, which names the roles on them.
std::span<const EmbeddedFile> BuiltInCardFiles();

// Who gets a card when the level of a hospital is reached.
enum class CardFor : unsigned char {
  kHospital,
  kKommuner,         // Every kommune of the hospital's region.
  kKommunerWithUkp,  // Every kommune with an utskrivningsklar patient there.
};

struct ActionTemplate {
  std::string id;
  std::string text;
  std::string owner;  // A role.
  absl::Duration due_within;
  std::string evidence;  // What is to be told when it is done; may be empty.
};

struct CardTemplate {
  std::string id;
  std::string title;
  std::string why;
  CardFor given_to = CardFor::kHospital;
  v1::EscalationLevel level = v1::ESCALATION_LEVEL_UNSPECIFIED;  // From which on.
  std::vector<std::string> hospitals;                            // Only for these; empty: all.
  std::vector<std::string> roles;                                // Asked one after another.
  absl::Duration acknowledge_within;                             // Each of them.
  std::vector<ActionTemplate> actions;
};

struct Cards {
  std::vector<CardTemplate> templates;            // By id.
  std::map<std::string, std::string> role_names;  // Role -> as people say it.

  std::string NameOf(const std::string& role) const;
};

struct MailAddress {
  std::string email;
  std::string hash;  // What stands for it wherever it is stored or shown.
};

// Who holds which role where, and which addresses get its cards. Without a roles file every role is
// held by whoever may write for the hospital or kommune.
struct Roles {
  bool given = false;  // Whether there is a file at all.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>>
      holders;  // (Recipient, role) -> principals.
  std::map<std::pair<std::string, std::string>, std::vector<MailAddress>> addresses;

  bool IsHeld(const std::string& recipient, const std::string& role) const;
  bool Holds(const std::string& principal, const std::string& recipient,
             const std::string& role) const;
  const std::vector<MailAddress>& AddressesOf(const std::string& recipient,
                                              const std::string& role) const;
  // Null: it is none of the role's.
  const MailAddress* FindAddress(const std::string& recipient, const std::string& role,
                                 std::string_view hash) const;
};

// A role that a card names and nobody holds.
struct VacantRole {
  std::string recipient;
  std::string role;
  bool operator==(const VacantRole&) const = default;
};
// Of the hospitals of the directory and the kommuner of their regions; in order, each once.
std::vector<VacantRole> VacantRoles(const Cards& cards, const Roles& roles,
                                    const Directory& directory);
// Of the roles that somebody holds, those whose cards reach nobody by mail; in order, each once.
std::vector<VacantRole> UnaddressedRoles(const Cards& cards, const Roles& roles,
                                         const Directory& directory);
// The kommuner whose region a hospital is of; in order.
std::vector<std::string> KommunerOf(std::string_view hospital, const Directory& directory);

// What counts now; SIGHUP swaps it. Thread-safe.
template <typename T>
class Holder {
 public:
  explicit Holder(T value = {}) : value_(std::make_shared<const T>(std::move(value))) {}
  std::shared_ptr<const T> Get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }
  void Set(T value) {
    auto fresh = std::make_shared<const T>(std::move(value));
    std::lock_guard lock(mutex_);
    value_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};
using CardsHolder = Holder<Cards>;
using RolesHolder = Holder<Roles>;

}  // namespace overgang::tiltakskort
