#include "runtime/constrain/gbnf.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/constrain/gbnf_syntax.h"

namespace lmp::constrain {
namespace {

using Kind = GbnfNode::Kind;

// A rule is written into its users as an expression up to this size and depth; beyond, it is a rule
// of the grammar. Both bound what one derivative costs.
constexpr size_t kInlineSizeMax = 1'000;
constexpr int kInlineDepthMax = 40;

// What a node became: an expression, or a symbol if it is not regular.
struct Part {
  Expr expr;
  Symbol symbol;
  size_t size = 1;
  int depth = 1;

  bool regular() const { return !symbol.valid(); }
};

class Writer {
 public:
  Writer(GrammarBuilder* builder, const GbnfRules& source, const FindSpecial& special)
      : builder_(*builder), source_(source), special_(special), parts_(source.rules.size()) {}

  // Rules are written behind those that they mention; what is left then is recursive.
  Result<Symbol> Write() {
    const size_t count = source_.rules.size();
    std::vector<std::vector<uint32_t>> users(count);
    std::vector<size_t> missing(count, 0);
    std::vector<uint32_t> ready, recursive;
    for (uint32_t rule = 0; rule < count; ++rule) {
      std::vector<uint32_t> mentioned;
      Mentioned(source_.rules[rule].body, &mentioned);
      std::sort(mentioned.begin(), mentioned.end());
      mentioned.erase(std::unique(mentioned.begin(), mentioned.end()), mentioned.end());
      for (const uint32_t used : mentioned) users[used].push_back(rule);
      missing[rule] = mentioned.size();
      if (mentioned.empty()) ready.push_back(rule);
    }
    for (size_t i = 0; i < ready.size(); ++i) {
      LMP_TRY(parts_[ready[i]], RulePart(source_.rules[ready[i]].body));
      for (const uint32_t user : users[ready[i]]) {
        if (--missing[user] == 0) ready.push_back(user);
      }
      LMP_RETURN_IF_ERROR(builder_.status());
    }
    for (uint32_t rule = 0; rule < count; ++rule) {
      if (missing[rule] == 0) continue;
      parts_[rule].symbol = builder_.Rule(source_.rules[rule].name);
      recursive.push_back(rule);
    }
    for (const uint32_t rule : recursive) {
      LMP_RETURN_IF_ERROR(Define(parts_[rule].symbol, source_.rules[rule].body));
      LMP_RETURN_IF_ERROR(builder_.status());
    }
    return SymbolOf(parts_[source_.root]);
  }

 private:
  static void Mentioned(const GbnfNode& node, std::vector<uint32_t>* rules) {
    if (node.kind == Kind::kRule) rules->push_back(node.rule);
    for (const GbnfNode& child : node.children) Mentioned(child, rules);
  }

  Symbol SymbolOf(const Part& part) {
    return part.regular() ? builder_.Lexeme(part.expr) : part.symbol;
  }
  static Part Rule(Symbol symbol) {
    Part part;
    part.symbol = symbol;
    return part;
  }

  // As a rule's users see it.
  Result<Part> RulePart(const GbnfNode& body) {
    LMP_TRY(const Part part, Of(body));
    if (part.regular() && (part.size > kInlineSizeMax || part.depth > kInlineDepthMax)) {
      return Rule(builder_.Lexeme(part.expr));
    }
    return part;
  }

  Status Define(Symbol rule, const GbnfNode& body) {
    if (body.kind != Kind::kAlternatives) {
      LMP_TRY(const std::vector<Symbol> parts, Sequence(body));
      builder_.Define(rule, parts);
      return OkStatus();
    }
    for (const GbnfNode& branch : body.children) {
      LMP_TRY(const std::vector<Symbol> parts, Sequence(branch));
      builder_.Define(rule, parts);
    }
    return OkStatus();
  }

  Result<std::vector<Symbol>> Sequence(const GbnfNode& node) {
    std::vector<Symbol> symbols;
    if (node.kind != Kind::kSequence) {
      LMP_TRY(const Part part, Of(node));
      symbols.push_back(SymbolOf(part));
      return symbols;
    }
    LMP_TRY(const std::vector<Part> parts, Joined(node));
    for (const Part& part : parts) symbols.push_back(SymbolOf(part));
    return symbols;
  }

  // The children of a sequence, neighbours that are regular as one.
  Result<std::vector<Part>> Joined(const GbnfNode& node) {
    std::vector<Part> joined;
    std::vector<Expr> run;
    Part regular;
    const auto close = [&] {
      if (run.empty()) return;
      regular.expr = builder_.exprs().Concat(run);
      joined.push_back(std::exchange(regular, Part()));
      run.clear();
    };
    for (const GbnfNode& child : node.children) {
      LMP_TRY(const Part part, Of(child));
      if (!part.regular()) {
        close();
        joined.push_back(part);
        continue;
      }
      run.push_back(part.expr);
      regular.size += part.size;
      regular.depth = std::max(regular.depth, part.depth);
    }
    close();
    return joined;
  }

  Result<Part> OfSequence(const GbnfNode& node) {
    LMP_TRY(const std::vector<Part> parts, Joined(node));
    if (parts.empty()) return Part{builder_.exprs().Epsilon(), {}, 1, 1};
    if (parts.size() == 1) return parts[0];
    std::vector<Symbol> symbols;
    for (const Part& part : parts) symbols.push_back(SymbolOf(part));
    return Rule(builder_.Sequence(symbols));
  }

  Result<Part> OfAlternatives(const GbnfNode& node) {
    std::vector<Expr> exprs;
    std::vector<Symbol> symbols;
    Part regular;
    for (const GbnfNode& child : node.children) {
      LMP_TRY(const Part part, Of(child));
      if (!part.regular()) {
        symbols.push_back(part.symbol);
        continue;
      }
      exprs.push_back(part.expr);
      regular.size += part.size;
      regular.depth = std::max(regular.depth, part.depth + 1);
    }
    if (!exprs.empty()) regular.expr = builder_.exprs().Or(exprs);
    if (symbols.empty()) return regular;
    if (!exprs.empty()) symbols.push_back(builder_.Lexeme(regular.expr));
    return Rule(builder_.Alternatives(symbols));
  }

  Result<Part> OfToken(const GbnfNode& node) {
    if (!special_) {
      return Unsupported(
          "grammar: special tokens (" +
          (node.text.empty() ? "<[" + std::to_string(node.token) + "]>" : node.text) +
          ") cannot be written here");
    }
    if (node.text.empty()) return Rule(builder_.Special(static_cast<TokenId>(node.token)));
    const TokenId id = special_(node.text);
    if (id < 0) return InvalidArgument("grammar: no special token is spelt " + node.text);
    return Rule(builder_.Special(id, node.text));
  }

  // Recurses by group.
  Result<Part> Of(const GbnfNode& node) {
    switch (node.kind) {
      case Kind::kText:
        return Part{builder_.exprs().Literal(node.text), {}, 1 + node.text.size() / 8, 1};
      case Kind::kClass:
        return Part{builder_.exprs().Class(node.ranges), {}, 1 + node.ranges.size() / 8, 1};
      case Kind::kToken:
        return OfToken(node);
      case Kind::kRule:
        return parts_[node.rule];
      case Kind::kSequence:
        return OfSequence(node);
      case Kind::kAlternatives:
        return OfAlternatives(node);
      case Kind::kRepeat: {
        LMP_TRY(Part part, Of(node.children[0]));
        if (!part.regular()) return Rule(builder_.Repeat(part.symbol, node.min, node.max));
        part.expr = builder_.exprs().Repeat(part.expr, node.min, node.max);
        ++part.size;
        ++part.depth;
        return part;
      }
    }
    return Internal("a grammar's node of no kind");
  }

  GrammarBuilder& builder_;
  const GbnfRules& source_;
  const FindSpecial& special_;
  std::vector<Part> parts_;  // by rule
};

}  // namespace

Result<Symbol> AddGbnf(GrammarBuilder* builder, std::string_view source,
                       const FindSpecial& special) {
  LMP_TRY(const GbnfRules rules, ParseGbnf(source));
  return Writer(builder, rules, special).Write();
}

Result<GrammarRef> GbnfGrammar(std::string_view source, const FindSpecial& special,
                               const ConstraintLimits& limits) {
  GrammarBuilder builder(limits);
  LMP_TRY(const Symbol root, AddGbnf(&builder, source, special));
  return builder.Build(root);
}

}  // namespace lmp::constrain
