#include "app/cards_settings.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/toml_section.h"
#include "consumers/daily_status/recipients.h"
#include "core/characters.h"
#include "core/edit_distance.h"
#include "projections/cards.h"

namespace overgang {
namespace {

using tiltakskort::ActionTemplate;
using tiltakskort::CardFor;
using tiltakskort::Cards;
using tiltakskort::CardTemplate;
using tiltakskort::Roles;

constexpr size_t kCardFileBytesMax = 1 << 20;
constexpr int kWithinMinutesMax = 31 * 24 * 60;
constexpr char kRolesOnCards[] = "roller.toml";

struct TextFile {
  std::string path;
  std::string name;
  std::string text;
};

template <typename T>
Section::Field OneOf(const std::map<std::string, T>& choices, T* target) {
  return [choices, target](const toml::node& node) {
    const auto found = choices.find(node.value<std::string>().value_or(""));
    if (found == choices.end()) return false;
    *target = found->second;
    return true;
  };
}

Section::Field Minutes(absl::Duration* target) {
  return [target](const toml::node& node) {
    const auto minutes = node.value<int64_t>();
    if (!node.is_integer() || *minutes < 1 || *minutes > kWithinMinutesMax) return false;
    *target = absl::Minutes(*minutes);
    return true;
  };
}

// Reads files of cards; what is wrong in any of them is gathered.
class CardReader {
 public:
  explicit CardReader(const Directory& directory) : directory_(directory) {}

  absl::StatusOr<Cards> Read(const std::vector<TextFile>& files) {
    for (const TextFile& file : files) {
      if (file.name == kRolesOnCards) ReadRoles(file);
    }
    for (const TextFile& file : files) {
      if (file.name != kRolesOnCards) ReadCard(file);
    }
    if (cards_.templates.size() > tiltakskort::kCardsMax)
      mistakes_.push_back(absl::StrCat("more than ", tiltakskort::kCardsMax,
                                       " cards; take some out of the folder"));
    if (cards_.templates.empty() && mistakes_.empty())
      mistakes_.emplace_back("no cards: put a file for each into the folder");
    if (!mistakes_.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes_, "\n"));
    std::ranges::sort(cards_.templates, {}, &CardTemplate::id);
    return std::move(cards_);
  }

 private:
  void ReadRoles(const TextFile& file) {
    const auto table = ParseToml(file.text, file.path);
    if (!table.ok()) return mistakes_.emplace_back(table.status().message()), void();
    Section section(file.path, &mistakes_);
    section.Read(*table, "roller",
                 {{"role", section.Tables("role", [&](const toml::table& inner) {
                     std::string role, name;
                     section.Read(inner, "role",
                                  {{"role", Section::Text(&role)}, {"name", Section::Text(&name)}});
                     if (role.empty() || name.empty())
                       section.Mistake(inner.source(), "[[role]] role, name: give both");
                     else if (!cards_.role_names.emplace(role, name).second)
                       section.Mistake(inner.source(),
                                       absl::StrCat("[[role]] role: ", role,
                                                    " is here twice; remove one of the two"));
                   })}});
  }

  void ReadCard(const TextFile& file) {
    const auto table = ParseToml(file.text, file.path);
    if (!table.ok()) return mistakes_.emplace_back(table.status().message()), void();
    static const std::map<std::string, CardFor> kFor = {
        {"hospital", CardFor::kHospital},
        {"kommuner", CardFor::kKommuner},
        {"kommuner_with_ukp", CardFor::kKommunerWithUkp}};
    static const std::map<std::string, v1::EscalationLevel> kLevels = {
        {"grønn", v1::ESCALATION_LEVEL_GRONN},
        {"gronn", v1::ESCALATION_LEVEL_GRONN},
        {"gul", v1::ESCALATION_LEVEL_GUL},
        {"rød", v1::ESCALATION_LEVEL_ROD},
        {"rod", v1::ESCALATION_LEVEL_ROD}};
    const size_t mistakes_before = mistakes_.size();
    Section section(file.path, &mistakes_);
    CardTemplate card;
    std::vector<std::pair<ActionTemplate, toml::source_region>> actions;
    section.Read(*table, "card",
                 {{"id", Section::Text(&card.id)},
                  {"title", Section::Text(&card.title)},
                  {"for", OneOf(kFor, &card.given_to)},
                  {"level", OneOf(kLevels, &card.level)},
                  {"why", Section::Text(&card.why)},
                  {"hospitals", Section::List(&card.hospitals)},
                  {"roles", Section::List(&card.roles)},
                  {"acknowledge_within_minutes", Minutes(&card.acknowledge_within)},
                  {"action", section.Tables("action", [&](const toml::table& inner) {
                     ActionTemplate action;
                     section.Read(inner, "action",
                                  {{"id", Section::Text(&action.id)},
                                   {"text", Section::Text(&action.text)},
                                   {"owner", Section::Text(&action.owner)},
                                   {"due_within_minutes", Minutes(&action.due_within)},
                                   {"evidence", Section::Text(&action.evidence)}});
                     actions.emplace_back(std::move(action), inner.source());
                   })}});
    if (mistakes_.size() > mistakes_before) return;
    Check(section, *table, &card, std::move(actions));
  }

  void Check(Section& section, const toml::table& table, CardTemplate* card,
             std::vector<std::pair<ActionTemplate, toml::source_region>> actions) {
    const auto at = [&](const char* key) {
      const toml::node* node = table.get(key);
      return node == nullptr ? table.source() : node->source();
    };
    const auto need = [&](bool given, const char* key, const char* remedy) {
      if (!given) section.Mistake(at(key), absl::StrCat("card ", key, ": missing; ", remedy));
    };
    need(!card->id.empty(), "id", "name the card once and for ever");
    need(!card->title.empty(), "title", "say in one line what the card is for");
    need(table.contains("for"), "for", "write hospital, kommuner or kommuner_with_ukp");
    need(card->level != v1::ESCALATION_LEVEL_UNSPECIFIED, "level", "write grønn, gul or rød");
    need(!card->roles.empty(), "roles", "name who is asked first, and who after that");
    need(card->acknowledge_within > absl::ZeroDuration(), "acknowledge_within_minutes",
         "say how long each role has");
    need(!actions.empty(), "action", "a card asks for something: add an [[action]]");
    if (!card->id.empty() && !ids_.insert(card->id).second)
      section.Mistake(at("id"), absl::StrCat("card id: another file has ", card->id,
                                             " as well; name this one otherwise"));
    if (Characters(card->id) > kIdCharsMax || card->id == "mote")
      section.Mistake(at("id"), "card id: too long, or the one of meetings; choose another");
    if (card->roles.size() > tiltakskort::kRolesOnCardMax ||
        actions.size() > tiltakskort::kActionsMax)
      section.Mistake(at("roles"),
                      absl::StrCat("card: at most ", tiltakskort::kRolesOnCardMax, " roles and ",
                                   tiltakskort::kActionsMax, " actions; make two cards of it"));
    CheckText(section, at("title"), "card title", card->title);
    CheckText(section, at("why"), "card why", card->why);
    for (const std::string& number : card->hospitals) {
      if (directory_.HospitalByNumber(number) == nullptr)
        section.Mistake(at("hospitals"),
                        absl::StrCat("card hospitals: ", number,
                                     " is no hospital of the directory; correct the organisation "
                                     "number or add the hospital to directory.toml"));
    }
    for (const std::string& role : card->roles) CheckRole(section, at("roles"), "card roles", role);
    for (auto& [action, source] : actions) CheckAction(section, source, action, card);
    cards_.templates.push_back(std::move(*card));
  }

  void CheckAction(Section& section, const toml::source_region& source, ActionTemplate& action,
                   CardTemplate* card) {
    if (action.id.empty() || action.text.empty() || action.owner.empty() ||
        action.due_within == absl::ZeroDuration()) {
      return section.Mistake(
          source, "[[action]]: give id, text, owner and due_within_minutes (evidence may be left)");
    }
    if (std::ranges::find(card->actions, action.id, &ActionTemplate::id) != card->actions.end())
      section.Mistake(source, absl::StrCat("[[action]] id: ", action.id,
                                           " is on this card twice; name this one otherwise"));
    CheckText(section, source, "[[action]] text", action.text);
    CheckText(section, source, "[[action]] evidence", action.evidence);
    CheckRole(section, source, "[[action]] owner", action.owner);
    card->actions.push_back(std::move(action));
  }

  static void CheckText(Section& section, const toml::source_region& source,
                        const std::string& what, const std::string& text) {
    if (Characters(text) > tiltakskort::kCardTextCharsMax)
      section.Mistake(source, absl::StrCat(what, ": longer than ", tiltakskort::kCardTextCharsMax,
                                           " characters; a card is read in a hurry"));
  }

  void CheckRole(Section& section, const toml::source_region& source, const std::string& what,
                 const std::string& role) {
    if (cards_.role_names.contains(role)) return;
    std::vector<std::string> known;
    for (const auto& [id, name] : cards_.role_names) known.push_back(id);
    section.Mistake(source, absl::StrCat(what, ": ", role, " is no role of ", kRolesOnCards,
                                         known.empty() ? "; add it there"
                                                       : absl::StrCat("; did you mean ",
                                                                      Nearest(role, known), "?")));
  }

  static constexpr size_t kIdCharsMax = 64;
  const Directory& directory_;
  Cards cards_;
  std::set<std::string> ids_;
  std::vector<std::string> mistakes_;
};

absl::StatusOr<std::vector<TextFile>> FilesOf(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<TextFile> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".toml") continue;
    std::ifstream in(it->path(), std::ios::binary);
    TextFile& file = files.emplace_back();
    file.path = it->path().string();
    file.name = it->path().filename().string();
    file.text.assign(std::istreambuf_iterator<char>(in), {});
    if (in.bad() || file.text.size() > kCardFileBytesMax)
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ": cannot be read, or is larger than 1 MiB; check the file"));
  }
  if (error)
    return absl::NotFoundError(
        absl::StrCat(folder, ": ", error.message(), "; name a folder that the hub may read"));
  std::ranges::sort(files, {}, &TextFile::path);
  return files;
}

using HashAddress = std::function<std::string(std::string_view email)>;

// What a roles file is read with.
struct RolesReading {
  const Cards& cards;
  const Directory& directory;
  const HashAddress& hash;
};

// What is wrong with the addresses of a role; empty where nothing is.
std::string ReadAddresses(const std::vector<std::string>& emails, const HashAddress& hash,
                          std::vector<tiltakskort::MailAddress>* addresses) {
  for (size_t i = 0; i < emails.size(); ++i) {
    // Not the address itself, which may be a person's.
    const std::string place = absl::StrCat("emails: number ", i + 1);
    if (!daily_status::IsMailAddress(emails[i]))
      return absl::StrCat(place,
                          " is no address that mail can be sent to; write it as "
                          "name@example.no, without letters beyond ASCII");
    tiltakskort::MailAddress address{emails[i], hash(emails[i])};
    if (std::ranges::find(*addresses, address.hash, &tiltakskort::MailAddress::hash) !=
        addresses->end())
      return absl::StrCat(place, " is there twice; remove one of the two");
    addresses->push_back(std::move(address));
  }
  return "";
}

// One [[role]] of a roles file.
void ReadHolder(Section& section, const toml::table& table, const RolesReading& with,
                Roles* roles) {
  const auto& [cards, directory, hash] = with;
  std::string role, recipient;
  std::vector<std::string> principals, emails;
  section.Read(table, "role",
               {{"role", Section::Text(&role)},
                {"for", Section::Text(&recipient)},
                {"principals", Section::List(&principals)},
                {"emails", Section::List(&emails)}});
  const auto mistake = [&](const std::string& text) {
    section.Mistake(table.source(), absl::StrCat("[[role]] ", text));
  };
  if (!cards.role_names.contains(role))
    return mistake(absl::StrCat("role: \"", role, "\" is on no card; see ", kRolesOnCards,
                                " in the folder of the cards"));
  if (!projections::IsCardRecipient(recipient))
    return mistake("for: write h:<organisation number> or k:<kommune>");
  const std::string_view id = std::string_view(recipient).substr(2);
  const bool known = recipient[0] == 'h' ? directory.HospitalByNumber(id) != nullptr
                                         : KommuneByNumber(id) != nullptr;
  if (!known) return mistake(absl::StrCat("for: ", recipient, " is not in the directory"));
  if (principals.empty() && emails.empty())
    return mistake(
        "principals: missing; name who holds it, as tokens and certificates call them, or the "
        "emails that its cards go to");
  if (std::ranges::any_of(principals, [](const std::string& principal) {
        return principal.starts_with(tiltakskort::kMailPrincipal);
      }))
    return mistake(
        "principals: \"mail:\" is who answers by a mail; name the address as one of "
        "emails");
  if (roles->holders.contains({recipient, role}))
    return mistake(absl::StrCat(role, " of ", recipient, " is here twice; make one of the two"));
  roles->holders[{recipient, role}] = std::move(principals);
  if (emails.empty()) return;
  const std::string wrong = ReadAddresses(emails, hash, &roles->addresses[{recipient, role}]);
  if (!wrong.empty()) mistake(wrong);
}

}  // namespace

absl::StatusOr<Cards> LoadCards(const std::string& folder, const Directory& directory) {
  if (!folder.empty()) {
    const auto files = FilesOf(folder);
    if (!files.ok()) return files.status();
    return CardReader(directory).Read(*files);
  }
  std::vector<TextFile> files;
  for (const EmbeddedFile& file : tiltakskort::BuiltInCardFiles())
    files.push_back({std::string(file.name), std::string(file.name), std::string(file.bytes)});
  return CardReader(directory).Read(files);
}

absl::StatusOr<Roles> LoadRoles(const std::string& file, const Cards& cards,
                                const Directory& directory, const HashAddress& hash) {
  Roles roles;
  if (file.empty()) return roles;
  auto table = ParseTomlFile(file);
  if (!table.ok()) return table.status();
  roles.given = true;
  std::vector<std::string> mistakes;
  Section section(file, &mistakes);
  section.Read(*table, "roles", {{"role", section.Tables("role", [&](const toml::table& inner) {
                                    ReadHolder(section, inner, {cards, directory, hash}, &roles);
                                  })}});
  size_t principals = 0;
  for (const auto& [what, holders] : roles.holders) principals += holders.size();
  for (const auto& [what, addresses] : roles.addresses) principals += addresses.size();
  if (principals > tiltakskort::kHoldersMax)
    mistakes.push_back(absl::StrCat(file, ": more than ", tiltakskort::kHoldersMax,
                                    " principals and emails; it may be the wrong file"));
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return roles;
}

std::vector<std::string> CheckCardsFiles(const CardsSettings& settings,
                                         const Directory& directory) {
  const auto cards = LoadCards(settings.cards_folder, directory);
  if (!cards.ok()) return {std::string(cards.status().message())};
  // Who the same address is, is all that matters here.
  const auto roles = LoadRoles(settings.roles_file, *cards, directory, [](std::string_view email) {
    return absl::AsciiStrToLower(absl::string_view(email.data(), email.size()));
  });
  if (!roles.ok()) return {std::string(roles.status().message())};
  return {};
}

}  // namespace overgang
