// Finders of mistakes that can be told from the tokens alone. Each returns complete diagnostics
// whose spans are places in `text` (source 0); where a diagnostic has fixes, applying them mends it
// for certain. One without a title is no report: its fixes only let the parser go on, behind a
// mistake that has no certain fix or to what the checker reports. Iterative, linear in the tokens,
// pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/report.h"
#include "frontend/token.h"
#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

// An error with its code and the place in source 0.
Diagnostic MakeMistake(Mistake mistake, uint32_t begin, uint32_t end, std::string title);
void AddFix(Diagnostic* diagnostic, size_t begin, size_t end, std::string replacement);

// `/* ... */`. To be called first: what such comments hold is no code.
std::vector<Diagnostic> FindBlockComments(std::string_view text, const Tokens& tokens);

// Comments inside of `${ }`, which hide its end.
std::vector<Diagnostic> FindCommentsInText(std::string_view text, const Tokens& tokens,
                                           const Tokens& comments);

// Strings without a closing quote, `${` without `}` before one.
std::vector<Diagnostic> FindOpenStrings(std::string_view text, const Tokens& tokens);

// Brackets that do not pair up. Indentation tells where a missing one belongs.
std::vector<Diagnostic> FindUnbalanced(std::string_view text, const Tokens& tokens);

// Characters and tokens that no program of LMP contains outside strings: `&&`, `;`, '...', f"...",
// `#` comments. All uses of one spelling are one diagnostic.
std::vector<Diagnostic> FindForeignTokens(std::string_view text, const Tokens& tokens);

// Phrases of other languages among tokens [begin, end), where parsing failed: `elif`, `def f(`,
// blocks by indentation, `=` in a condition. None of them occurs in a program that parses.
std::vector<Diagnostic> FindForeignPhrases(std::string_view text, const Tokens& tokens,
                                           size_t begin, size_t end);

// Statements with blocks that have no like here: `switch`, `match` as a value, `try` with handlers.
// Among tokens where parsing failed.
std::vector<Diagnostic> FindForeignBlocks(std::string_view text, const Tokens& tokens);

// Types in the form of other languages: `List[str]`, `string[]`, `fn f(int x) T {`.
std::vector<Diagnostic> FindForeignTypes(std::string_view text, const Tokens& tokens);

// `gen` and `select` as calls or with options in brackets; calls and expressions of other languages
// (`print(x)`, `xs.map(x => e)`). Both leave names alone that the tokens bind or that are
// in `declared`, so that no program that compiles holds one of these.
using NameSet = std::set<std::string, std::less<>>;
std::vector<Diagnostic> FindForeignGenerations(std::string_view text, const Tokens& tokens,
                                               const NameSet& declared);
std::vector<Diagnostic> FindForeignCalls(std::string_view text, const Tokens& tokens,
                                         const NameSet& declared);

// Words and signs of other languages among operands and statements: `a =< b`, `n mod 2`,
// `with c {`.
std::vector<Diagnostic> FindForeignWords(std::string_view text, const Tokens& tokens,
                                         const NameSet& declared);

// Expressions in the word order of other languages: `a if c else b`, `len xs`.
std::vector<Diagnostic> FindForeignValues(std::string_view text, const Tokens& tokens,
                                          const NameSet& declared);

// Imports of other languages, and the call of `main` at the end of a file.
std::vector<Diagnostic> FindForeignModules(std::string_view text, const Tokens& tokens,
                                           const NameSet& declared);

// Parameters without a type whose uses tell it: `fn f(x) {`.
std::vector<Diagnostic> FindUntypedParameters(std::string_view text, const Tokens& tokens,
                                              const NameSet& declared);

// True where input that ends too early could go on: an open bracket or block string.
bool IsIncomplete(const Tokens& tokens);

}  // namespace lmp::frontend
