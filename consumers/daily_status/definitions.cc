#include "consumers/daily_status/definitions.h"

#include "absl/strings/str_cat.h"
#include "consumers/daily_status/numbers.h"
#include "core/mustache.h"

namespace overgang::daily_status {
namespace {

// The board's own sheet of style.
constexpr char kHead[] = R"(<!doctype html>
<html lang="LANG">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>TITLE</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="top"><div class="top-inner"><p class="brand"><a href="/">Overgang</a></p></div></header>
<main class="definitions">
<h1>TITLE</h1>
)";

void Replace(std::string* text, std::string_view what, const std::string& by) {
  for (size_t at = text->find(what); at != std::string::npos; at = text->find(what, at + by.size()))
    text->replace(at, what.size(), by);
}

}  // namespace

std::string DefinitionsPath(std::string_view language) {
  return language == "nn" ? "/definisjonar" : "/definisjoner";
}

std::string DefinitionsPage(const Templates& templates, std::string_view language) {
  const Words* words = templates.WordsOf(language);
  if (words == nullptr) return "";
  const auto say = [&](const std::string& key) { return mustache::EscapeHtml(words->Say(key)); };
  std::string page = kHead;
  Replace(&page, "LANG", std::string(language));
  Replace(&page, "TITLE", say("definitions.title"));
  absl::StrAppend(&page, "<p>", say("definitions.text"), "</p>\n<dl>\n");
  for (const std::string_view number : NumberNames()) {
    const std::string name(number);
    absl::StrAppend(&page, "<dt id=\"", name, "\">", say("n." + name), "</dt>\n<dd>",
                    say("d." + name), "</dd>\n");
  }
  return page + "</dl>\n</main>\n</body>\n</html>\n";
}

}  // namespace overgang::daily_status
