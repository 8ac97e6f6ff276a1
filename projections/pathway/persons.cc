#include "projections/pathway/persons.h"

#include <map>
#include <numeric>
#include <set>

namespace overgang::projections {
namespace {

class UnionFind {
 public:
  int Node(const PatientRef& ref) {
    auto [it, added] = nodes_.try_emplace(ref, static_cast<int>(parent_.size()));
    if (added) parent_.push_back(it->second);
    return it->second;
  }
  int Find(int node) {
    while (parent_[static_cast<size_t>(node)] != node) node = parent_[static_cast<size_t>(node)];
    return node;
  }
  // Whether anything changed. The smaller index stays the root, so that the result depends on no
  // order of unions.
  bool Union(int a, int b) {
    a = Find(a);
    b = Find(b);
    if (a == b) return false;
    parent_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
    return true;
  }

 private:
  std::map<PatientRef, int> nodes_;
  std::vector<int> parent_;
};

bool IsOnePerson(std::span<const FactSlot> facts) {
  for (const FactSlot& fact : facts) {
    if (fact->patient != facts.front()->patient || fact->kind == v1::FACT_KIND_PATIENT_MERGED)
      return false;
  }
  return true;
}

}  // namespace

Persons FindPersons(std::span<const FactSlot> facts) {
  Persons persons;
  persons.of_fact.assign(facts.size(), 0);
  if (facts.empty() || IsOnePerson(facts)) {
    persons.ambiguous.assign(facts.empty() ? 0 : 1, false);
    return persons;
  }
  UnionFind components;
  std::map<int, std::set<int>> seen_with;  // Alias -> the references that it came with.
  for (const FactSlot& fact : facts) {
    const int patient = components.Node(fact->patient);
    if (fact->kind == v1::FACT_KIND_PATIENT_MERGED)
      components.Union(patient, components.Node(fact->merged));
    for (const PatientRef& alias : fact->aliases) seen_with[components.Node(alias)].insert(patient);
  }
  const auto same_person = [&](const std::set<int>& nodes) {
    for (int node : nodes) {
      if (components.Find(node) != components.Find(*nodes.begin())) return false;
    }
    return true;
  };
  // Components only grow, so an alias that links once links for good: the end does not depend on
  // the order.
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [alias, nodes] : seen_with) {
      if (same_person(nodes)) changed |= components.Union(alias, *nodes.begin());
    }
  }
  std::map<int, int> index;  // Root -> person, numbered by first fact.
  for (size_t i = 0; i < facts.size(); ++i) {
    const int root = components.Find(components.Node(facts[i]->patient));
    persons.of_fact[i] = index.try_emplace(root, static_cast<int>(index.size())).first->second;
  }
  persons.ambiguous.assign(index.size(), false);
  for (const auto& [alias, nodes] : seen_with) {
    if (same_person(nodes)) continue;
    const auto mark = [&](int node) {
      const auto it = index.find(components.Find(node));  // None where no fact is of it.
      if (it != index.end()) persons.ambiguous[static_cast<size_t>(it->second)] = true;
    };
    for (int node : nodes) mark(node);
    mark(alias);  // Whose word the facts told under it are, nobody knows.
  }
  return persons;
}

}  // namespace overgang::projections
