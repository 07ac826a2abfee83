// JsonText: expressions of what stands between the quotes of a JSON string.
//
// Every string has exactly one spelling here: characters stand for themselves, except for `"`, `\`
// and control characters, which have their shortest escape (\" \\ \b \f \n \r \t, else \u00xx with
// small digits). So intersections and complements of expressions over spellings are those of the
// strings. Strings with lone surrogates have no spelling.
//
// Refers to the pool that it is made for. One thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/constrain/expr.h"

namespace lmp::constrain {

class JsonText {
 public:
  explicit JsonText(ExprPool& pool);

  ExprPool& pool() const { return pool_; }
  // One character of the ranges, as it is spelled.
  Expr Class(std::span<const CodeRange> ranges);
  Expr AnyChar() const { return any_char_; }
  Expr AnyString() const { return any_string_; }  // of any length, "" too

 private:
  ExprPool& pool_;
  std::map<std::vector<CodeRange>, Expr> classes_;
  Expr any_char_, any_string_;
};

// The spelling of UTF-8 text, without quotes.
std::string SpellJson(std::string_view text);
// "text" in quotes.
std::string QuoteJson(std::string_view text);

}  // namespace lmp::constrain
