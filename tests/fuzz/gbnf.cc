// Any bytes as a regular expression or a grammar in GBNF (by the first byte): refused with a
// reason, or a grammar in which every walk of allowed tokens goes on until it is accepted or a
// limit is met.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/constrain/constraint.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/regex_expr.h"
#include "tests/support/walk_masks.h"

namespace {

namespace constrain = lmp::constrain;

lmp::Result<constrain::GrammarRef> Compile(std::string_view text,
                                           const constrain::ConstraintLimits& limits) {
  if (text[0] % 2 == 0) {
    return constrain::GbnfGrammar(
        text.substr(1), [](std::string_view name) { return name == "<a>" ? 20 : -1; }, limits);
  }
  constrain::GrammarBuilder builder(limits);
  LMP_TRY(const constrain::Expr expr, constrain::RegexExpr(builder.exprs(), text.substr(1)));
  return builder.Build(builder.Lexeme(expr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lmp::TokenId;
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  if (size == 0) return 0;
  static const auto trie = std::make_shared<const constrain::TokenTrie>(std::vector<std::string>{
      "a",  "b",  "ab", "aab",      "b\"",  "0",    "12",       "(",   ")",  " ", "\n",
      ", ", "\"", "A",  "\xc3\xa4", "\xc3", "\xa4", "\xe2\x82", "a\n", "\\", ""});
  constrain::ConstraintLimits limits;
  limits.expr_nodes = 20'000;
  limits.emptiness_steps = 5'000;
  limits.mask_steps = 20'000;
  limits.symbols = 20'000;
  const lmp::Result<constrain::GrammarRef> grammar =
      Compile(std::string_view(reinterpret_cast<const char*>(data), size), limits);
  if (!grammar.ok()) {
    require(!grammar.status().message().empty());
    return 0;
  }
  lmp::testing::WalkMasks(*grammar, trie, 12, size, require);
  return 0;
}
