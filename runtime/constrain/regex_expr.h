// Regular expressions as people write them, to Expr: the dialect of `re"..."` (ir/regex.h), which
// must match the whole text.
//
// Syntax: literals, `.` (no line feed), [classes], \d \w \s \D \W \S (ASCII), \p{L} \p{N} \p{M} and
// \P, \n \t \r \f \v \xHH \uHHHH \x{H..} and other escaped punctuation, ( ) (?: ), |, * + ? {m}
// {m,} {m,n} (a lazy `?` behind them changes nothing here), and at the pattern's start the flags
// (?s) `.` also matches a line feed, (?i) ASCII letters of both cases. `^` where the text begins
// and `$` where it ends say what holds anyway; elsewhere they, \b, look-around and back-references
// are refused. Patterns and texts are UTF-8.
//
// Errors, with the byte of the pattern: InvalidArgument (no regular expression), Unsupported (none
// that a constraint can follow), ResourceExhausted (a limit). One thread, the pool's.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {

// How one code point of the ranges is spelt; ExprPool::Class for plain text. Text inside of
// something else (a JSON string) is spelt otherwise.
using SpellClass = std::function<Expr(std::span<const CodeRange>)>;

Result<Expr> RegexExpr(ExprPool& pool, std::string_view pattern);
Result<Expr> RegexExpr(ExprPool& pool, std::string_view pattern, const SpellClass& spell);

// The texts that the pattern matches as a whole. Errors also: InvalidArgument if there is none.
Result<GrammarRef> RegexGrammar(std::string_view pattern);

}  // namespace lmp::constrain
