#include <set>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/constrain/automaton.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/number_expr.h"

namespace lmp::constrain {

// What all grammars over the same rules share.
struct Grammar::Shared {
  explicit Shared(std::shared_ptr<const Rules> r) : rules(std::move(r)) {}
  const std::shared_ptr<const Rules> rules;
  std::mutex mutex;
  std::shared_ptr<Automaton> automaton;  // never null
};

const Rules& Grammar::rules() const { return *shared_->rules; }

std::shared_ptr<Automaton> Grammar::automaton() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  if (shared_->automaton->bytes() > shared_->rules->limits.automaton_bytes) {
    // The old one lives on with its matchers. What was made once can be made again.
    Result<std::shared_ptr<Automaton>> fresh = Automaton::Make(shared_->rules);
    if (fresh.ok()) shared_->automaton = std::move(fresh).value();
  }
  return shared_->automaton;
}

Result<GrammarRef> MakeGrammar(std::shared_ptr<const Rules> rules) {
  auto shared = std::make_shared<Grammar::Shared>(std::move(rules));
  LMP_TRY(shared->automaton, Automaton::Make(shared->rules));
  return GrammarRef(std::make_shared<Grammar>(std::string(), std::move(shared)));
}

GrammarRef AnyText() {
  GrammarBuilder builder;
  return builder.Build(builder.Lexeme(builder.exprs().AnyBytes())).value();
}

GrammarRef Prefixed(std::string literal, GrammarRef rest) {
  if (literal.empty()) return rest;
  literal += rest->prefix();
  return std::make_shared<Grammar>(std::move(literal), rest->shared());
}

Result<GrammarRef> Choice(const std::vector<std::string>& options) {
  if (options.empty()) return InvalidArgument("a choice needs at least one option");
  size_t bytes = 0;
  std::set<std::string_view> seen;
  for (const std::string& option : options) {
    if (option.empty()) return InvalidArgument("an option of a choice is empty");
    bytes += option.size();
    if (bytes > kChoiceBytesMax) {
      return InvalidArgument("the options of a choice have more than " +
                             std::to_string(kChoiceBytesMax) + " bytes");
    }
    if (!seen.insert(option).second) {
      return InvalidArgument("an option of a choice is given twice: \"" + option + "\"");
    }
  }
  GrammarBuilder builder;
  return builder.Build(builder.Lexeme(builder.exprs().Literals(options)));
}

Result<GrammarRef> IntRange(int64_t low, int64_t high) {
  if (low > high) {
    return InvalidArgument("the integer range " + std::to_string(low) + ".." +
                           std::to_string(high) + " is empty");
  }
  GrammarBuilder builder;
  NumberBounds bounds;
  bounds.low = std::to_string(low);
  bounds.high = std::to_string(high);
  LMP_TRY(const Expr expr, Integers(builder.exprs(), bounds));
  return builder.Build(builder.Lexeme(expr));
}

}  // namespace lmp::constrain
