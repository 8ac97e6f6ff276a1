// What each number of a status means, as a page of its own with an anchor for each name; the mails
// point at it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "consumers/daily_status/templates.h"

namespace overgang::daily_status {

// Where the hub has it: "/definisjoner", in nynorsk "/definisjonar".
std::string DefinitionsPath(std::string_view language);

// HTML. `language`: one that the templates have.
std::string DefinitionsPage(const Templates& templates, std::string_view language);

}  // namespace overgang::daily_status
