// SchemaWriter: arrays.
#include <algorithm>
#include <bit>
#include <map>

#include "runtime/constrain/json_schema/schema_writer.h"

namespace lmp::constrain {
namespace {

constexpr size_t kUniqueValuesMax = 64;  // a set of used values is a word
constexpr size_t kListStatesMax = 4000;  // of uniqueItems and contains

}  // namespace

Symbol SchemaWriter::Array(NodeId node, const ArrayShape& shape) {
  if (!shape.contains.empty()) return ContainsArray(node, shape);
  if (shape.unique && shape.max > 1) return UniqueArray(node, shape);
  const auto prefix = static_cast<uint32_t>(shape.prefix.size());
  if (prefix == 0) {
    if (shape.max == 0) return marks_.Empty('[', ']');
    const Symbol items =
        builder_.Repeat(SymbolOf(shape.rest), std::max(shape.min, 1u), shape.max, marks_.Comma());
    const Symbol some = builder_.Sequence({marks_.Open('['), items, marks_.Close(']')});
    return shape.min > 0 ? some : builder_.Alternatives({marks_.Empty('[', ']'), some});
  }
  // From the end to the beginning: what follows the first i items.
  Parts rest = ArrayEnd(shape);
  for (uint32_t i = prefix; i > 0; --i) {
    Parts item = {i == 1 ? marks_.Open('[') : marks_.Comma(), SymbolOf(shape.prefix[i - 1])};
    item.insert(item.end(), rest.begin(), rest.end());
    std::vector<Parts> alternatives = {std::move(item)};
    if (i - 1 >= shape.min) {
      alternatives.push_back({i == 1 ? marks_.Empty('[', ']') : marks_.Close(']')});
    }
    rest = Choose(std::move(alternatives));
  }
  return builder_.Sequence(rest);
}

// What follows a prefix.
SchemaWriter::Parts SchemaWriter::ArrayEnd(const ArrayShape& shape) {
  const auto prefix = static_cast<uint32_t>(shape.prefix.size());
  const uint32_t min = shape.min > prefix ? shape.min - prefix : 0;
  const uint32_t max = shape.max == kUnbounded ? kUnbounded : shape.max - prefix;
  if (max == 0) return {marks_.Close(']')};
  const Symbol item = builder_.Sequence({marks_.Comma(), SymbolOf(shape.rest)});
  return {builder_.Repeat(item, min, max), marks_.Close(']')};
}

// The spellings of a node's values if they are few and scalar.
bool SchemaWriter::FiniteValues(NodeId node, std::vector<Expr>* values) {
  const ValueSet& set = graph_.NormalOf(node).set;
  if (!set.arrays.empty() || !set.objects.empty() || !set.number.members || !set.string.members) {
    return false;
  }
  if (set.null) values->push_back(pool_.Literal("null"));
  if (set.no) values->push_back(pool_.Literal("false"));
  if (set.yes) values->push_back(pool_.Literal("true"));
  for (const NumberSet::Member& member : *set.number.members) {
    values->push_back(pool_.Literal(member.value.Plain()));
  }
  for (const std::string& member : *set.string.members) {
    values->push_back(pool_.Literal(QuoteJson(member)));
  }
  return values->size() <= kUniqueValuesMax;
}

// Distinct items of a finite set, in any order: a state for every set of values used so far.
Symbol SchemaWriter::UniqueArray(NodeId node, const ArrayShape& shape) {
  std::vector<Expr> values;
  ArrayShape plain = shape;
  plain.unique = false;
  if (!shape.prefix.empty() || !FiniteValues(shape.rest, &values)) {
    Report(node, "uniqueItems", Unsupported("only items of a small enum can be kept distinct"));
    return Array(node, plain);
  }
  const auto all = static_cast<uint32_t>(values.size());
  const uint32_t max = std::min(shape.max, all);
  std::map<uint64_t, Symbol> states;
  std::vector<uint64_t> pending = {0};
  states.emplace(0, builder_.Rule());
  while (!pending.empty()) {
    const uint64_t used = pending.back();
    pending.pop_back();
    const auto count = static_cast<uint32_t>(std::popcount(used));
    if (states.size() > kListStatesMax) {
      Report(node, "uniqueItems", ResourceExhausted("the items have too many combinations"));
      return Array(node, plain);
    }
    if (count >= shape.min) {
      const Symbol end = used == 0 ? marks_.Empty('[', ']') : marks_.Close(']');
      builder_.Define(states.at(used), {end});
    }
    for (uint32_t i = 0; i < all && count < max; ++i) {
      const uint64_t next = used | uint64_t{1} << i;
      if (next == used) continue;
      const auto [state, added] = states.emplace(next, Symbol());
      if (added) {
        state->second = builder_.Rule();
        pending.push_back(next);
      }
      builder_.Define(states.at(used), {used == 0 ? marks_.Open('[') : marks_.Comma(),
                                        builder_.Lexeme(values[i]), state->second});
    }
  }
  return states.at(0);
}

// A state for the number of items and the number of those that `contains` counts.
Symbol SchemaWriter::ContainsArray(NodeId node, const ArrayShape& shape) {
  ArrayShape plain = shape;
  plain.contains.clear();
  if (shape.contains.size() > 1 || (shape.unique && shape.max > 1)) {
    Report(node, "contains",
           Unsupported("together with another contains or with uniqueItems it is not supported"));
    return Array(node, plain);
  }
  const ArrayShape::Contains& part = shape.contains[0];
  const auto prefix = static_cast<uint32_t>(shape.prefix.size());
  const bool endless = shape.max == kUnbounded;
  const bool exact = part.max != kUnbounded;
  // In an endless array the last count stands for all further ones; it is never that of the first
  // item, which has another mark before it.
  const uint32_t items = endless ? std::max({shape.min, prefix, 1u}) : shape.max;
  const uint32_t hits = exact ? part.max : part.min;
  if ((size_t{items} + 1) * (size_t{hits} + 1) > kListStatesMax) {
    Report(node, "contains", ResourceExhausted("the array's counts have too many combinations"));
    return Array(node, plain);
  }
  std::vector<std::vector<Symbol>> states(items + 1);
  for (auto& row : states) {
    for (uint32_t n = 0; n <= hits; ++n) row.push_back(builder_.Rule());
  }
  for (uint32_t i = 0; i <= items; ++i) {
    const NodeId item = shape.ItemAt(i);
    const Symbol hit = SymbolOf(graph_.And(item, part.item));
    const NodeId miss_node =
        exact ? graph_.And(item, graph_.Not(part.item, {graph_.PlaceOf(node).schema, "contains"}))
              : item;
    const Symbol miss = SymbolOf(miss_node);
    for (uint32_t n = 0; n <= hits; ++n) {
      const Symbol state = states[i][n];
      const Symbol mark = i == 0 ? marks_.Open('[') : marks_.Comma();
      if (i >= shape.min && n >= part.min) {
        builder_.Define(state, {i == 0 ? marks_.Empty('[', ']') : marks_.Close(']')});
      }
      if (i == items && !endless) continue;
      const uint32_t next = std::min(i + 1, items);
      builder_.Define(state, {mark, miss, states[next][n]});
      if (n < hits) builder_.Define(state, {mark, hit, states[next][n + 1]});
    }
  }
  return states[0][0];
}

}  // namespace lmp::constrain
