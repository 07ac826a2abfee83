// GBNF, the grammars that users of llama.cpp write, to Grammar.
//
//   root   ::= "[" ws ( number ( "," ws number )* )? "]"    # rules; the first text is root's
//   number ::= "-"? [0-9]{1,9}
//
// "text" with \n \t \r \xHH \uHHHH \UHHHHHHHH and escaped punctuation; [classes] of code points,
// [^...] of all others, `.` any one; ( ) groups; | alternatives; * + ? {m} {m,} {m,n} behind an
// item; names of rules (letters, digits, - and _); <name> or <[id]> a special token; # a comment up
// to the end of the line. Lines may be broken anywhere: a rule ends where the next `name ::=`
// stands. Recursion may be left, right or nested. Texts are UTF-8.
//
// Rules that need no recursion become regular expressions, as far as they are short, so that most
// of a grammar is a few lexemes.
//
// Errors, with line and column where they are of the source: InvalidArgument (no grammar, a rule
// that is not defined, or nothing can match), Unsupported, ResourceExhausted (a limit). One thread,
// the builder's.
#pragma once

#include <functional>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/grammar_builder.h"

namespace lmp::constrain {

// The id of the special token that is spelt so ("<|end|>"); -1: there is none.
using FindSpecial = std::function<TokenId(std::string_view)>;

// Adds the rules to a grammar; the symbol is `root`. Without `special` special tokens are refused.
Result<Symbol> AddGbnf(GrammarBuilder* builder, std::string_view source,
                       const FindSpecial& special = nullptr);

// The same as a grammar of its own.
Result<GrammarRef> GbnfGrammar(std::string_view source, const FindSpecial& special = nullptr,
                               const ConstraintLimits& limits = {});

}  // namespace lmp::constrain
