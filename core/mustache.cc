#include "core/mustache.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/edit_distance.h"

namespace overgang::mustache {

struct Template::Node {
  enum class Kind { kText, kEscaped, kRaw, kEach, kUnless };
  Kind kind = Kind::kText;
  std::string text;  // Or the name.
  int line = 0;
  std::vector<Node> inner;
};

namespace {

using Node = Template::Node;

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

std::string_view Trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

class Parser {
 public:
  Parser(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {}

  std::vector<Node> Read() {
    open_.push_back(Node{});
    while (at_ < text_.size()) {
      const size_t tag = std::min(text_.find(kOpen, at_), text_.size());
      AddText(text_.substr(at_, tag - at_));
      at_ = tag;
      if (at_ < text_.size() && !ReadTag()) break;
    }
    while (open_.size() > 1) {
      Mistake(open_.back().line, absl::StrCat("{{#", open_.back().text, "}}"), "has no end",
              absl::StrCat("write {{/", open_.back().text, "}} behind it"));
      open_.pop_back();
    }
    return std::move(open_.front().inner);
  }
  const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  void Mistake(int line, const std::string& what, const std::string& wrong,
               const std::string& remedy) {
    mistakes_.push_back(absl::StrCat(name_, ":", line, ": ", what, ": ", wrong, "; ", remedy));
  }

  void AddText(std::string_view text) {
    if (text.empty()) return;
    open_.back().inner.push_back({Node::Kind::kText, std::string(text), line_, {}});
    line_ += static_cast<int>(std::ranges::count(text, '\n'));
  }

  // False where nothing behind it can be read.
  bool ReadTag() {
    const bool raw = text_.substr(at_ + kOpen.size()).starts_with('{');
    const std::string_view close = raw ? "}}}" : kClose;
    const size_t begin = at_ + kOpen.size() + (raw ? 1 : 0);
    const size_t end = text_.find(close, begin);
    if (end == std::string_view::npos) {
      Mistake(line_, std::string(text_.substr(at_, 12)), "has no end",
              absl::StrCat("write ", std::string(close), " behind the name"));
      return false;
    }
    std::string_view inside = Trimmed(text_.substr(begin, end - begin));
    const char mark = raw || inside.empty() ? '\0' : inside[0];
    const int line = line_;
    const size_t after = end + close.size();
    line_ += static_cast<int>(std::ranges::count(text_.substr(at_, after - at_), '\n'));
    const size_t tag_at = at_;
    at_ = after;
    if (mark == '#' || mark == '^' || mark == '/' || mark == '!') {
      SkipRestOfLine(tag_at);
      inside = Trimmed(inside.substr(1));
    }
    Take(mark, std::string(inside), raw, line);
    return true;
  }

  void Take(char mark, const std::string& name, bool raw, int line) {
    if (mark == '!') return;
    if (name.find_first_of("{}<>=&# \n") != std::string::npos || name.empty()) {
      Mistake(line, absl::StrCat("{{", name, "}}"), "is no name",
              "write {{name}}, {{{name}}}, {{#name}}, {{^name}}, {{/name}} or {{! remark }}");
    } else if (mark == '#' || mark == '^') {
      open_.push_back({mark == '#' ? Node::Kind::kEach : Node::Kind::kUnless, name, line, {}});
    } else if (mark == '/') {
      EndSection(name, line);
    } else {
      open_.back().inner.push_back({raw ? Node::Kind::kRaw : Node::Kind::kEscaped, name, line, {}});
    }
  }

  void EndSection(const std::string& name, int line) {
    if (open_.size() == 1 || open_.back().text != name) {
      Mistake(line, absl::StrCat("{{/", name, "}}"), "ends nothing that is open",
              open_.size() == 1 ? "take it away"
                                : absl::StrCat("the open one is ", open_.back().text, " of line ",
                                               open_.back().line));
      return;
    }
    Node section = std::move(open_.back());
    open_.pop_back();
    open_.back().inner.push_back(std::move(section));
  }

  // A mark alone on its line takes the whole line with it.
  void SkipRestOfLine(size_t tag_at) {
    const size_t line_end = std::min(text_.find('\n', at_), text_.size());
    if (!Trimmed(text_.substr(at_, line_end - at_)).empty()) return;
    const size_t line_begin = tag_at == 0 ? 0 : text_.rfind('\n', tag_at - 1) + 1;
    if (!Trimmed(text_.substr(line_begin, tag_at - line_begin)).empty()) return;
    auto& inner = open_.back().inner;
    if (tag_at > line_begin && !inner.empty() && inner.back().kind == Node::Kind::kText)
      inner.back().text.resize(inner.back().text.size() - (tag_at - line_begin));
    if (line_end < text_.size()) ++line_;
    at_ = std::min(line_end + 1, text_.size());
  }

  const std::string name_;
  const std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<Node> open_;  // The whole, and the sections in it that have not ended.
  std::vector<std::string> mistakes_;
};

// Objects from the outermost to the innermost.
using Stack = std::vector<const Object*>;

const Value* FindIn(const Object& object, std::string_view name) {
  const size_t dot = name.find('.');
  const auto found = object.find(name.substr(0, dot));
  if (found == object.end()) return nullptr;
  if (dot == std::string_view::npos) return &found->second;
  const Object* inner = found->second.object();
  return inner == nullptr ? nullptr : FindIn(*inner, name.substr(dot + 1));
}

const Value* Find(const Stack& stack, std::string_view name) {
  for (auto it = stack.rbegin(); it != stack.rend(); ++it) {
    if (const Value* value = FindIn(**it, name)) return value;
  }
  return nullptr;
}

void AddNames(const Object& object, const std::string& prefix, std::vector<std::string>* names) {
  for (const auto& [name, value] : object) {
    names->push_back(prefix + name);
    if (value.object() != nullptr) AddNames(*value.object(), prefix + name + ".", names);
  }
}

class Checker {
 public:
  explicit Checker(std::string name) : name_(std::move(name)) {}

  void Check(const std::vector<Node>& nodes, Stack& stack) {
    for (const Node& node : nodes) {
      if (node.kind == Node::Kind::kText) continue;
      const Value* value = Find(stack, node.text);
      if (value == nullptr) {
        Unknown(node, stack);
      } else if (node.kind == Node::Kind::kEach && value->list() != nullptr) {
        for (size_t i = 0; i < value->list()->size() && i < 1; ++i) {
          stack.push_back(&(*value->list())[i]);
          Check(node.inner, stack);
          stack.pop_back();
        }
      } else if (node.kind == Node::Kind::kEach && value->object() != nullptr) {
        stack.push_back(value->object());
        Check(node.inner, stack);
        stack.pop_back();
      } else if (node.kind == Node::Kind::kEach || node.kind == Node::Kind::kUnless) {
        Check(node.inner, stack);
      } else if (value->text() == nullptr) {
        mistakes_.push_back(absl::StrCat(name_, ":", node.line, ": {{", node.text,
                                         "}}: is no text; write {{#", node.text, "}} .. {{/",
                                         node.text, "}}"));
      }
    }
  }
  const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  void Unknown(const Node& node, const Stack& stack) {
    std::vector<std::string> names;
    for (const Object* object : stack) AddNames(*object, "", &names);
    mistakes_.push_back(absl::StrCat(name_, ":", node.line, ": {{", node.text,
                                     "}}: there is nothing of this name here; did you mean {{",
                                     Nearest(node.text, names), "}}?"));
  }

  const std::string name_;
  std::vector<std::string> mistakes_;
};

void Write(const std::vector<Node>& nodes, Escape escape, Stack& stack, std::string* out) {
  const auto within = [&](const Node& node, const Object& object) {
    stack.push_back(&object);
    Write(node.inner, escape, stack, out);
    stack.pop_back();
  };
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::kText) {
      *out += node.text;
      continue;
    }
    const Value* value = Find(stack, node.text);
    const bool there = value != nullptr && value->IsThere();
    if (node.kind == Node::Kind::kUnless) {
      if (!there) Write(node.inner, escape, stack, out);
    } else if (!there) {
      continue;
    } else if (node.kind != Node::Kind::kEach) {
      if (value->text() == nullptr) continue;
      const bool as_is = node.kind == Node::Kind::kRaw || escape == Escape::kNothing;
      *out += as_is ? *value->text() : EscapeHtml(*value->text());
    } else if (value->list() != nullptr) {
      for (const Object& item : *value->list()) within(node, item);
    } else if (value->object() != nullptr) {
      within(node, *value->object());
    } else {
      Write(node.inner, escape, stack, out);
    }
  }
}

void CollectNames(const std::vector<Node>& nodes, std::set<std::string>* names) {
  for (const Node& node : nodes) {
    if (node.kind != Node::Kind::kText) names->insert(node.text);
    CollectNames(node.inner, names);
  }
}

}  // namespace

bool Value::IsThere() const {
  if (const auto* text = std::get_if<std::string>(&held_)) return !text->empty();
  if (const bool* is = std::get_if<bool>(&held_)) return *is;
  return list() == nullptr || !list()->empty();
}

const List* Value::list() const {
  const auto* list = std::get_if<std::shared_ptr<const List>>(&held_);
  return list == nullptr ? nullptr : list->get();
}

const Object* Value::object() const {
  const auto* object = std::get_if<std::shared_ptr<const Object>>(&held_);
  return object == nullptr ? nullptr : object->get();
}

absl::StatusOr<Template> Template::Parse(std::string name, std::string_view text, Escape escape) {
  Parser parser(name, text);
  Template parsed;
  parsed.name_ = std::move(name);
  parsed.escape_ = escape;
  parsed.nodes_ = std::make_shared<const std::vector<Node>>(parser.Read());
  if (parser.mistakes().empty()) return parsed;
  return absl::InvalidArgumentError(absl::StrJoin(parser.mistakes(), "\n"));
}

absl::Status Template::Check(const Object& example) const {
  Checker checker(name_);
  Stack stack = {&example};
  checker.Check(*nodes_, stack);
  if (checker.mistakes().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(checker.mistakes(), "\n"));
}

std::string Template::Render(const Object& data) const {
  std::string out;
  Stack stack = {&data};
  Write(*nodes_, escape_, stack, &out);
  return out;
}

std::set<std::string> Template::Names() const {
  std::set<std::string> names;
  CollectNames(*nodes_, &names);
  return names;
}

std::string EscapeHtml(std::string_view text) {
  return absl::StrReplaceAll(
      std::string(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace overgang::mustache
