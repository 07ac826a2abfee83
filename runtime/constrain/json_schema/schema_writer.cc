#include "runtime/constrain/json_schema/schema_writer.h"

#include <algorithm>

namespace lmp::constrain {

JsonPunctuation::JsonPunctuation(GrammarBuilder& builder, const JsonStyle& style)
    : builder_(builder),
      pool_(builder.exprs()),
      flexible_(style.flexible_blanks_max > 0),
      comma_text_("," + style.after_comma),
      colon_text_(":" + style.after_colon) {
  blank_ = pool_.Epsilon();
  comma_ = pool_.Literal(comma_text_);
  colon_ = pool_.Literal(colon_text_);
  if (!flexible_) return;
  blank_ = pool_.Concat(pool_.Optional(pool_.Byte('\n')),
                        pool_.Repeat(pool_.Byte(' '), 0, style.flexible_blanks_max));
  comma_ = pool_.Concat(pool_.Byte(','), blank_);
  colon_ = pool_.Concat(pool_.Byte(':'), blank_);
}

Expr JsonPunctuation::OpenExpr(char bracket) {
  return pool_.Concat(pool_.Byte(static_cast<uint8_t>(bracket)), blank_);
}

Expr JsonPunctuation::CloseExpr(char bracket) {
  return pool_.Concat(blank_, pool_.Byte(static_cast<uint8_t>(bracket)));
}

Symbol JsonPunctuation::Empty(char open, char close) {
  return builder_.Lexeme(pool_.Concat(OpenExpr(open), pool_.Byte(static_cast<uint8_t>(close))));
}

Symbol JsonPunctuation::Key(bool first, Expr spelled) {
  const Expr parts[] = {first ? OpenExpr('{') : comma_, pool_.Byte('"'), spelled, pool_.Byte('"'),
                        colon_};
  return builder_.Lexeme(pool_.Concat(parts));
}

Symbol JsonPunctuation::Key(bool first, std::string_view name) {
  if (flexible_) return Key(first, pool_.Literal(SpellJson(name)));
  return builder_.Text((first ? "{" : comma_text_) + QuoteJson(name) + colon_text_);
}

SchemaWriter::SchemaWriter(GrammarBuilder& builder, SchemaGraph& graph, const JsonStyle& style)
    : builder_(builder), pool_(builder.exprs()), graph_(graph), marks_(builder, style) {}

Symbol SchemaWriter::Write(NodeId root) {
  const Symbol symbol = SymbolOf(root);
  while (!pending_.empty() && builder_.status().ok() && !graph_.exhausted()) {
    const NodeId node = pending_.back();
    pending_.pop_back();
    DefineRule(node);
  }
  return symbol;
}

Symbol SchemaWriter::SymbolOf(NodeId node) {
  const auto found = symbols_.find(node.index);
  if (found != symbols_.end()) return found->second;
  const NormalForm& normal = graph_.NormalOf(node);
  for (const SchemaProblem& problem : normal.problems) Report(problem);
  Symbol symbol;
  if (normal.set.arrays.empty() && normal.set.objects.empty()) {
    symbol = builder_.Lexeme(Scalars(normal.set));
  } else {
    symbol = builder_.Rule();
    pending_.push_back(node);
  }
  symbols_.emplace(node.index, symbol);
  return symbol;
}

void SchemaWriter::DefineRule(NodeId node) {
  const ValueSet& set = graph_.NormalOf(node).set;
  const Symbol rule = symbols_.at(node.index);
  const Expr scalars = Scalars(set);
  if (scalars != pool_.Empty()) builder_.Define(rule, {builder_.Lexeme(scalars)});
  for (const ArrayShape& shape : set.arrays) builder_.Define(rule, {Array(node, shape)});
  for (const ObjectShape& shape : set.objects) builder_.Define(rule, {Object(node, shape)});
}

Expr SchemaWriter::Scalars(const ValueSet& set) {
  std::vector<Expr> parts;
  if (set.null) parts.push_back(pool_.Literal("null"));
  if (set.no) parts.push_back(pool_.Literal("false"));
  if (set.yes) parts.push_back(pool_.Literal("true"));
  if (!set.number.IsNone()) parts.push_back(graph_.numbers().Spellings(set.number));
  if (set.string.members) {
    // With the quotes in the table an enum is one literal set.
    std::vector<std::string> quoted;
    for (const std::string& member : *set.string.members) quoted.push_back(QuoteJson(member));
    parts.push_back(pool_.Literals(std::move(quoted)));
  } else {
    const Expr quote = pool_.Byte('"');
    const Expr string[] = {quote, graph_.strings().Spellings(set.string), quote};
    parts.push_back(pool_.Concat(string));
  }
  return pool_.Or(parts);
}

// Several alternatives are a rule; one stays as it is, so that chains of them become one
// production.
SchemaWriter::Parts SchemaWriter::Choose(std::vector<Parts> alternatives) {
  if (alternatives.size() == 1) return std::move(alternatives[0]);
  const Symbol rule = builder_.Rule();
  for (const Parts& parts : alternatives) builder_.Define(rule, parts);
  return {rule};
}

void SchemaWriter::Report(NodeId node, std::string_view keyword, const Status& status) {
  SchemaPlace place = graph_.PlaceOf(node);
  place.keyword = keyword;
  Report(graph_.ProblemAt(place, status));
}

void SchemaWriter::Report(const SchemaProblem& problem) {
  if (reported_.insert(problem.ToText()).second) problems_.push_back(problem);
}

bool SchemaWriter::IsNothing(NodeId node, const std::vector<bool>& productive) const {
  if (node == graph_.Nothing()) return true;
  const auto symbol = symbols_.find(node.index);
  return symbol != symbols_.end() && !productive[symbol->second.index];
}

// The parts of a value without which there is no value.
std::vector<NodeId> SchemaWriter::NeededBy(NodeId node) {
  const ValueSet& set = graph_.NormalOf(node).set;
  std::vector<NodeId> needed;
  if (set.objects.size() + set.arrays.size() != 1) return needed;
  for (const ObjectShape& shape : set.objects) {
    for (const ObjectShape::Property& property : shape.properties) {
      if (property.required) needed.push_back(property.value);
    }
  }
  for (const ArrayShape& shape : set.arrays) {
    for (uint32_t i = 0; i < shape.min && i <= shape.prefix.size(); ++i) {
      needed.push_back(shape.ItemAt(i));
    }
  }
  return needed;
}

std::vector<SchemaProblem> SchemaWriter::BlameFor(NodeId root) {
  constexpr size_t kBlamedMax = 100;
  std::vector<SchemaProblem> out;
  std::vector<NodeId> pending;
  const Result<std::vector<bool>> productive = builder_.Productive();
  if (productive.ok()) pending.push_back(root);
  std::unordered_set<uint32_t> seen = {root.index};
  while (!pending.empty() && out.size() < kBlamedMax) {
    const NodeId node = pending.back();
    pending.pop_back();
    bool inner = false;
    std::vector<NodeId> needed = NeededBy(node);
    std::reverse(needed.begin(), needed.end());  // the first is looked at first
    for (const NodeId part : needed) {
      if (!IsNothing(part, *productive) || !graph_.PlaceOf(part).schema.valid()) continue;
      inner = inner || part != node;
      if (seen.insert(part.index).second) pending.push_back(part);
    }
    if (!inner) out.push_back(graph_.Contradiction(graph_.PlaceOf(node)));
  }
  if (out.empty()) out.push_back(graph_.Contradiction(graph_.PlaceOf(root)));
  return out;
}

}  // namespace lmp::constrain
