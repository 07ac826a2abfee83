// SchemaWriter: arrays.
#include <algorithm>

#include "runtime/constrain/json_schema/schema_writer.h"

namespace lmp::constrain {
namespace {

constexpr size_t kUniqueValuesMax = 64;
// That enough distinct values are left is found out anew for every set of used ones.
constexpr uint32_t kUniqueItemsMin = 16;
constexpr size_t kListStatesMax = 4000;  // of contains

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

// The spellings of a node's values if they are few and scalar. Its problems become the grammar's.
bool SchemaWriter::FiniteValues(NodeId node, std::vector<Expr>* values) {
  const NormalForm& normal = graph_.NormalOf(node);
  for (const SchemaProblem& problem : normal.problems) Report(problem);
  const ValueSet& set = normal.set;
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

// Distinct items of finite sets, in any order: one lexeme, of the lists without those that hold a
// value twice. Its states, one for every set of values used so far, are made as they are met.
Symbol SchemaWriter::UniqueArray(NodeId node, const ArrayShape& shape) {
  // The sets of the first items and of those behind, and all values.
  const size_t prefix = std::min<size_t>(shape.prefix.size(), shape.max);
  std::vector<Expr> sets, values;
  bool finite = true;
  for (size_t i = 0; i <= prefix; ++i) {
    std::vector<Expr> set;
    if (i < shape.max) finite = finite && FiniteValues(shape.ItemAt(i), &set);
    sets.push_back(pool_.Or(set));
    values.insert(values.end(), set.begin(), set.end());
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const bool few = shape.min <= kUniqueItemsMin || shape.min > values.size();
  if (!finite || values.size() > kUniqueValuesMax || !few) {
    const Status many = ResourceExhausted("at most 16 items can be asked for that are distinct");
    const Status large =
        Unsupported("only items of an enum of up to 64 values can be kept distinct");
    Report(node, "uniqueItems", finite && !few ? many : large);
    ArrayShape plain = shape;
    plain.unique = false;
    return Array(node, plain);
  }
  const Expr comma = marks_.CommaExpr(), open = marks_.OpenExpr('['), close = marks_.CloseExpr(']');
  const Expr list = ListOf(sets, shape, static_cast<uint32_t>(values.size()));
  const Expr item = pool_.Or(values);
  // A value ends where its list goes on or ends.
  const Expr behind = pool_.Bytes(pool_.FirstBytes(comma) | pool_.FirstBytes(close));
  std::vector<Expr> parts = {list};
  for (const Expr value : values) {
    const Expr twice[] = {open,   pool_.Star(pool_.Concat(item, comma)),
                          value,  pool_.Star(pool_.Concat(comma, item)),
                          comma,  value,
                          behind, pool_.AnyBytes()};
    parts.push_back(pool_.Not(pool_.Concat(twice)));
  }
  return builder_.Lexeme(pool_.And(parts));
}

// Lists whose items are of `sets`, the last one for all behind the others; as many as the shape
// wants, and no more than there are values.
Expr SchemaWriter::ListOf(const std::vector<Expr>& sets, const ArrayShape& shape, uint32_t values) {
  const Expr comma = marks_.CommaExpr(), open = marks_.OpenExpr('['), close = marks_.CloseExpr(']');
  const auto told = static_cast<uint32_t>(std::max<size_t>(sets.size() - 1, 1));
  const uint32_t max = std::max(std::min(shape.max, values), told);
  // What follows the first `told` items, and then ever fewer.
  Expr rest = pool_.Repeat(pool_.Concat(comma, sets.back()),
                           shape.min > told ? shape.min - told : 0, max - told);
  for (uint32_t i = told; i > 1; --i) {
    rest = pool_.Concat({{comma, sets[i - 1], rest}});
    if (i - 1 >= shape.min) rest = pool_.Optional(rest);
  }
  const Expr some = pool_.Concat({{open, sets[0], rest, close}});
  return shape.min > 0 ? some : pool_.Or(some, pool_.Concat(open, pool_.Byte(']')));
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
