// Source text -> ast::File. The only door to the parser: ANTLR is seen by lex.cc, parse.cc and
// ast_builder.cc alone, and nothing of it outlives a call.
//
// Always returns a tree: a mistake costs one diagnostic (codes E01xx of diagnostics.def) and the
// smallest statement or declaration around it, which becomes an Error node; the rest is parsed as
// usual. At most kDiagnosticsMax diagnostics, sorted by place. Never throws, never recurses deeper
// than kNestingMax brackets allow; pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "runtime/base/diagnostic.h"

namespace lmp {

struct ParseResult {
  ast::File file;
  std::vector<Diagnostic> diagnostics;
  // Every token is in the tree. False: something was left out (an Error node, a whole declaration),
  // so an unknown name need not be the user's mistake. A mistake that was mended leaves nothing
  // out.
  bool complete = false;
};
// `source_index` goes into every span.
ParseResult Parse(const Source& source, uint32_t source_index);

// One entry of the REPL: declarations and statements, or a single expression (`f(x)` and "text" are
// expressions here).
struct ReplParse {
  ast::File file;                       // file.items: the declarations
  std::vector<ast::StmtId> statements;  // in source order
  ast::ExprId expression;               // valid: the whole input is this expression
  bool incomplete = false;              // a bracket or a string is still open: ask for another line
  std::vector<Diagnostic> diagnostics;  // empty when incomplete
};
// `declared`: names of earlier entries, which are not mistaken for those of other languages.
ReplParse ParseReplInput(const Source& source, uint32_t source_index,
                         const std::vector<std::string>& declared = {});

}  // namespace lmp
