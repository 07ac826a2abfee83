// SchemaWriter: nodes of a schema graph to rules of a grammar. A node whose values are all scalars
// is one lexeme; other nodes are rules, each written once, in the order in which they are met.
//
// An object for one grammar; one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/json_schema/schema_graph.h"

namespace lmp::constrain {

// The lexemes between values.
class JsonPunctuation {
 public:
  JsonPunctuation(GrammarBuilder& builder, const JsonStyle& style);

  Expr CommaExpr() const { return comma_; }
  Expr OpenExpr(char bracket);
  Expr CloseExpr(char bracket);
  Symbol Comma() { return builder_.Lexeme(comma_); }
  Symbol Open(char bracket) { return builder_.Lexeme(OpenExpr(bracket)); }
  Symbol Close(char bracket) { return builder_.Lexeme(CloseExpr(bracket)); }
  Symbol Empty(char open, char close);
  // `{` or a comma, the key (spelled), and the colon.
  Symbol Key(bool first, Expr spelled);
  Symbol Key(bool first, std::string_view name);

 private:
  GrammarBuilder& builder_;
  ExprPool& pool_;
  bool flexible_;
  std::string comma_text_, colon_text_;  // if not flexible
  Expr blank_, comma_, colon_;
};

class SchemaWriter {
 public:
  SchemaWriter(GrammarBuilder& builder, SchemaGraph& graph, const JsonStyle& style);

  // The symbol of `root`, with all rules that it needs. Problems of all nodes that are met are in
  // problems(), each once.
  Symbol Write(NodeId root);
  const std::vector<SchemaProblem>& problems() const { return problems_; }
  // Why `root` derives nothing, if it does: the innermost parts that it needs and that do not.
  std::vector<SchemaProblem> BlameFor(NodeId root);

 private:
  // What may follow a place inside a list: one production, or a rule's symbol.
  using Parts = std::vector<Symbol>;
  struct Counts;

  Symbol SymbolOf(NodeId node);
  void DefineRule(NodeId node);
  Expr Scalars(const ValueSet& set);
  Symbol Array(NodeId node, const ArrayShape& shape);
  Parts ArrayEnd(const ArrayShape& shape);
  Symbol UniqueArray(NodeId node, const ArrayShape& shape);
  Expr ListOf(const std::vector<Expr>& sets, const ArrayShape& shape, uint32_t values);
  Symbol ContainsArray(NodeId node, const ArrayShape& shape);
  bool FiniteValues(NodeId node, std::vector<Expr>* values);
  Symbol Object(NodeId node, const ObjectShape& shape);
  Parts ObjectEnd(const ObjectShape& shape, const Counts& counts, uint32_t count);
  void FindOtherKeys(const ObjectShape& shape);
  Symbol OtherKeys(const ObjectShape& shape, bool first);
  Symbol KeyOfClass(const ObjectShape& shape, bool first, Expr names);
  Parts DistinctKeys(const ObjectShape& shape, uint32_t min, uint32_t max, bool first);
  Parts Choose(std::vector<Parts> alternatives);
  bool IsNothing(NodeId node, const std::vector<bool>& productive) const;
  std::vector<NodeId> NeededBy(NodeId node);
  void Report(NodeId node, std::string_view keyword, const Status& status);
  void Report(const SchemaProblem& problem);

  GrammarBuilder& builder_;
  ExprPool& pool_;
  SchemaGraph& graph_;
  JsonPunctuation marks_;
  std::unordered_map<uint32_t, Symbol> symbols_;
  std::vector<NodeId> pending_;
  std::vector<SchemaProblem> problems_;
  std::unordered_set<std::string> reported_;  // their texts
  // Of the object that is being written: its node; keys by class of others; one further key and its
  // value.
  NodeId object_;
  std::vector<Expr> other_keys_;
  Symbol more_;
};

}  // namespace lmp::constrain
