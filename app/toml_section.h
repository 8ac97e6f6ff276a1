// Tables of a TOML file read field by field: what is left over or of the wrong type is a mistake
// with its line. One thread; the list of mistakes outlives it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "app/toml.h"

namespace overgang {

class Section {
 public:
  Section(const std::string& file, std::vector<std::string>* mistakes)
      : file_(file), mistakes_(*mistakes) {}

  using Field = std::function<bool(const toml::node&)>;
  void Read(const toml::table& table, const std::string& name,
            const std::map<std::string, Field>& fields) {
    for (const auto& [key, node] : table) {
      const auto field = fields.find(std::string(key.str()));
      if (field == fields.end()) {
        Mistake(key.source(), absl::StrCat("[[", name, "]] ", std::string(key.str()),
                                           ": unknown key; remove it or correct its name"));
      } else if (!field->second(node)) {
        Mistake(key.source(), absl::StrCat("[[", name, "]] ", std::string(key.str()),
                                           ": wrong type of value; see docs/operations.md"));
      }
    }
  }
  void Mistake(const toml::source_region& source, const std::string& text) {
    mistakes_.push_back(absl::StrCat(file_, ":", source.begin.line, ": ", text));
  }

  static Field Text(std::string* target) {
    return [target](const toml::node& node) {
      const auto value = node.value<std::string>();
      if (value.has_value()) *target = *value;
      return value.has_value();
    };
  }
  static Field Flag(bool* target) {
    return [target](const toml::node& node) {
      if (!node.is_boolean()) return false;
      *target = node.as_boolean()->get();
      return true;
    };
  }
  static Field Number(int* target) {
    return [target](const toml::node& node) {
      if (!node.is_integer()) return false;
      *target = static_cast<int>(node.as_integer()->get());
      return true;
    };
  }
  template <typename T>
  static Field List(std::vector<T>* target) {
    return [target](const toml::node& node) {
      const toml::array* array = node.as_array();
      if (array == nullptr) return false;
      for (const toml::node& item : *array) {
        const auto value = item.value<T>();
        if (!value.has_value()) return false;
        target->push_back(*value);
      }
      return true;
    };
  }
  Field Tables(const std::string& name, std::function<void(const toml::table&)> read) {
    return [this, name, read = std::move(read)](const toml::node& node) {
      const toml::array* array = node.as_array();
      if (array == nullptr) return false;
      for (const toml::node& item : *array) {
        if (item.as_table() == nullptr) return false;
        read(*item.as_table());
      }
      return true;
    };
  }

 private:
  const std::string& file_;
  std::vector<std::string>& mistakes_;
};

}  // namespace overgang
