// Texts with places to fill in: the part of mustache (mustache(5)) that mails need. {{name}} is
// escaped, {{{name}}} is not; {{#name}}..{{/name}} stands for each of a list, with an object's own
// names, or where something is there; {{^name}}..{{/name}} where it is not; {{! a remark }}. Names
// of parts are joined by a dot. A line that holds nothing but such a mark, {{name}} aside, is left
// out. There are no partials, and other delimiters than {{ }} are a mistake.
//
// A Template is immutable once parsed. Unlike other engines it can be proven: Check says of every
// name in it, also in what is not shown today, whether the data has it.
// Errors: INVALID_ARGUMENT with every mistake, one a line: "status.html:12: {{upk}}: ...; remedy".
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace overgang::mustache {

class Value;
using Object = std::map<std::string, Value, std::less<>>;
using List = std::vector<Object>;

// An empty text, false and an empty list are not there; an object always is.
class Value {
 public:
  Value(std::string text) : held_(std::move(text)) {}                   // NOLINT: meant to convert.
  Value(const char* text) : held_(std::string(text)) {}                 // NOLINT
  Value(bool is) : held_(is) {}                                         // NOLINT
  Value(List list) : held_(std::make_shared<List>(std::move(list))) {}  // NOLINT
  Value(Object object) : held_(std::make_shared<Object>(std::move(object))) {}  // NOLINT

  bool IsThere() const;
  // Null where it is something else.
  const std::string* text() const { return std::get_if<std::string>(&held_); }
  const List* list() const;
  const Object* object() const;

 private:
  // Shared and never changed, so that the data of many mails may have parts in common.
  std::variant<std::string, bool, std::shared_ptr<const List>, std::shared_ptr<const Object>> held_;
};

enum class Escape { kNothing, kHtml };

class Template {
 public:
  // `name`: of the file, for errors.
  static absl::StatusOr<Template> Parse(std::string name, std::string_view text, Escape escape);

  // `example` has every name that there ever is; of lists the first object counts.
  absl::Status Check(const Object& example) const;
  // What has no such name is left out; of a template that was checked there is none.
  std::string Render(const Object& data) const;
  // All that are used.
  std::set<std::string> Names() const;

  struct Node;

 private:
  std::string name_;
  Escape escape_ = Escape::kNothing;
  std::shared_ptr<const std::vector<Node>> nodes_;
};

std::string EscapeHtml(std::string_view text);

}  // namespace overgang::mustache
