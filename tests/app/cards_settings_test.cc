// Tiltakskort and roles as files: the default set is whole, and every mistake is told with its
// place and remedy.
#include "app/cards_settings.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace overgang {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRollerToml[] = R"([[role]]
role = "klinikksjef"
name = "Klinikksjef"
)";
constexpr char kCardToml[] = R"(id = "kort"
title = "Tittel"
for = "hospital"
level = "rød"
why = "Fordi"
roles = ["klinikksjef"]
acknowledge_within_minutes = 15
[[action]]
id = "en"
text = "Gjør dette"
owner = "klinikksjef"
due_within_minutes = 60
)";

class CardsFilesTest : public ::testing::Test {
 protected:
  CardsFilesTest() {
    std::string name = std::filesystem::temp_directory_path() / "overgang_cards_XXXXXX";
    folder_ = mkdtemp(name.data());
    Write("roller.toml", kRollerToml);
    Write("kort.toml", kCardToml);
  }
  ~CardsFilesTest() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  // The card with one line replaced.
  std::string MistakeWith(const std::string& line, const std::string& instead) {
    std::string text = kCardToml;
    text.replace(text.find(line), line.size(), instead);
    Write("kort.toml", text);
    return std::string(LoadCards(folder_, *Directory::BuiltIn()).status().message());
  }
  std::filesystem::path folder_;
};

TEST(DefaultCards, AreWholeAndInUse) {
  const auto cards = LoadCards("", *Directory::BuiltIn());
  ASSERT_TRUE(cards.ok()) << cards.status();
  std::set<tiltakskort::CardFor> given;
  std::set<std::string> named;
  for (const tiltakskort::CardTemplate& card : cards->templates) {
    given.insert(card.given_to);
    named.insert(card.roles.begin(), card.roles.end());
    EXPECT_GE(card.roles.size(), 2U) << card.id << " has nobody to go on to";
    for (const auto& action : card.actions) named.insert(action.owner);
  }
  EXPECT_EQ(given.size(), 3U) << "hospital, kommuner, and those with UKP";
  for (const auto& [role, name] : cards->role_names) EXPECT_TRUE(named.contains(role)) << role;
  EXPECT_THAT(CheckCardsFiles({}, *Directory::BuiltIn()), IsEmpty());
}

TEST_F(CardsFilesTest, AFolderIsReadInsteadOfTheDefaults) {
  const auto cards = LoadCards(folder_, *Directory::BuiltIn());
  ASSERT_TRUE(cards.ok()) << cards.status();
  ASSERT_EQ(cards->templates.size(), 1U);
  EXPECT_EQ(cards->templates[0].level, v1::ESCALATION_LEVEL_ROD);
  EXPECT_EQ(cards->templates[0].acknowledge_within, absl::Minutes(15));
  EXPECT_EQ(cards->NameOf("klinikksjef"), "Klinikksjef");
}

TEST_F(CardsFilesTest, EachMistakeIsToldWithItsPlaceAndRemedy) {
  EXPECT_THAT(MistakeWith("level = \"rød\"", "level = \"lilla\""),
              HasSubstr("kort.toml:4: [[card]] level: wrong type of value"));
  EXPECT_THAT(MistakeWith("why = \"Fordi\"", "hvorfor = \"Fordi\""),
              HasSubstr("kort.toml:5: [[card]] hvorfor: unknown key"));
  EXPECT_THAT(MistakeWith("roles = [\"klinikksjef\"]", "roles = [\"kliniksjef\"]"),
              HasSubstr("kort.toml:6: card roles: kliniksjef is no role of roller.toml; did you "
                        "mean klinikksjef?"));
  EXPECT_THAT(MistakeWith("due_within_minutes = 60\n", ""),
              HasSubstr("[[action]]: give id, text, owner and due_within_minutes"));
  EXPECT_THAT(MistakeWith("title = \"Tittel\"\n", ""), HasSubstr("card title: missing"));
  EXPECT_THAT(MistakeWith("minutes = 15", "minutes = 0"),
              HasSubstr("kort.toml:7: [[card]] acknowledge_within_minutes: wrong type of value"));
  EXPECT_THAT(MistakeWith("id = \"kort\"", "id = \"kort"), HasSubstr("kort.toml:1: not TOML"));
  Write("kort.toml", kCardToml);
  Write("igjen.toml", kCardToml);
  EXPECT_THAT(LoadCards(folder_, *Directory::BuiltIn()).status().message(),
              HasSubstr("another file has kort as well"));
  EXPECT_EQ(LoadCards(folder_ / "nowhere", *Directory::BuiltIn()).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(CardsFilesTest, AHospitalThatTheDirectoryDoesNotHaveIsToldWithItsPlaceAndRemedy) {
  const std::string roles = "roles = [\"klinikksjef\"]";
  EXPECT_THAT(
      MistakeWith(roles, roles + "\nhospitals = [\"974749025\", \"974749026\"]"),
      ::testing::EndsWith("kort.toml:7: card hospitals: 974749026 is no hospital of the directory; "
                          "correct the organisation number or add the hospital to directory.toml"));
  EXPECT_THAT(CheckCardsFiles({folder_, ""}, *Directory::BuiltIn()),
              ::testing::ElementsAre(HasSubstr("974749026 is no hospital of the directory")));
  EXPECT_EQ(MistakeWith(roles, roles + "\nhospitals = [\"974749025\"]"), "");
}

TEST_F(CardsFilesTest, ATextIsAsLongAsItsCharacters) {
  std::string longest;
  for (size_t i = 0; i < tiltakskort::kCardTextCharsMax; ++i) longest += "ø";
  EXPECT_EQ(MistakeWith("Fordi", longest), "");
  EXPECT_THAT(MistakeWith("Fordi", longest + "o"),
              HasSubstr("kort.toml:5: card why: longer than 500 characters"));
}

TEST_F(CardsFilesTest, RolesAreCheckedAndThoseThatNobodyHoldsAreTold) {
  const auto cards = LoadCards(folder_, *Directory::BuiltIn());
  ASSERT_TRUE(cards.ok());
  const auto directory = Directory::BuiltIn();
  const auto load = [&](const std::string& text) {
    Write("roles", text);
    return LoadRoles(folder_ / "roles", *cards, *directory, [](std::string_view email) {
      return absl::StrCat("hash of ", std::string(email));
    });
  };
  const auto roles = load(
      "[[role]]\nrole = \"klinikksjef\"\nfor = \"h:974749025\"\n"
      "principals = [\"kari\"]\n");
  ASSERT_TRUE(roles.ok()) << roles.status();
  EXPECT_TRUE(roles->Holds("kari", "h:974749025", "klinikksjef"));
  EXPECT_FALSE(roles->Holds("per", "h:974749025", "klinikksjef"));
  EXPECT_THAT(TellVacantRoles(*cards, *roles, *directory), IsEmpty());
  EXPECT_THAT(load("[[role]]\nrole = \"sjef\"\nfor = \"h:974749025\"\nprincipals = [\"kari\"]\n")
                  .status()
                  .message(),
              HasSubstr("roles:1: [[role]] role: \"sjef\" is on no card"));
  EXPECT_THAT(load("[[role]]\nrole = \"klinikksjef\"\nfor = \"k:5\"\nprincipals = [\"kari\"]\n")
                  .status()
                  .message(),
              HasSubstr("for: write h:<organisation number> or k:<kommune>"));
  const std::string of_chief = "[[role]]\nrole = \"klinikksjef\"\nfor = \"h:974749025\"\n";
  EXPECT_THAT(TellUnaddressedRoles(*cards, *roles, *directory),
              ::testing::ElementsAre(HasSubstr(
                  "no card of the role klinikksjef goes by mail for h:974749025; add emails")));
  const auto by_mail = load(of_chief + "emails = [\"vakt@eksempel.no\", \"to@eksempel.no\"]\n");
  ASSERT_TRUE(by_mail.ok()) << by_mail.status();
  EXPECT_TRUE(by_mail->IsHeld("h:974749025", "klinikksjef"));
  EXPECT_TRUE(by_mail->Holds("mail:hash of to@eksempel.no", "h:974749025", "klinikksjef"));
  EXPECT_THAT(TellUnaddressedRoles(*cards, *by_mail, *directory), IsEmpty());
  const auto wrong = load(of_chief + "emails = [\"vakt@eksempel.no\", \"Kari <k@eksempel.no>\"]\n");
  EXPECT_THAT(wrong.status().message(),
              HasSubstr("roles:1: [[role]] emails: number 2 is no address"));
  EXPECT_THAT(wrong.status().message(), ::testing::Not(HasSubstr("eksempel.no")));
  EXPECT_THAT(load(of_chief + "emails = [\"a@b.no\", \"a@b.no\"]\n").status().message(),
              HasSubstr("emails: number 2 is there twice"));
  EXPECT_THAT(load(of_chief + "emails = \"a@b.no\"\n").status().message(),
              HasSubstr("emails: wrong type of value"));
  EXPECT_THAT(load(of_chief).status().message(), HasSubstr("principals: missing"));
  EXPECT_THAT(load(of_chief + "principals = [\"mail:x\"]\n").status().message(),
              HasSubstr("name the address as one of emails"));
  const auto nobody = load("");
  ASSERT_TRUE(nobody.ok());
  EXPECT_THAT(TellVacantRoles(*cards, *nobody, *directory),
              ::testing::ElementsAre(HasSubstr("nobody holds the role klinikksjef for "
                                               "h:974749025; cards pass it over")));
}

}  // namespace
}  // namespace overgang
