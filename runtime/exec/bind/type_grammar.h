// The grammar of a type: exactly the texts that a `gen x: T` may write, and each of them is a T.
//
//   outermost    string: any text; with bounds: text of that length, pattern or choice. int, float,
//                bool, enum: bare. Everything else: JSON.
//   JSON         as ir::ToSpacedJsonText: ", " and ": ", which is what models have read most of;
//                fields in declared order and none left out, null for what may be null, one
//                spelling of each text, enums as their text
//   numbers      no leading zeros, no "-0"; a float has at most 20 digits behind the point
//   grammars     outermost only: GBNF without special tokens; JSON Schema, in the same JSON
//   lists        at most kListItemsDefault items unless the type says otherwise
//
// What the type allows and no bounded text can spell (a float of 1e300 without bounds) is not
// generated; nothing that is generated lies outside of the type.
//
// Pure functions; any thread. HoleGrammars: any thread, too.
#pragma once

#include <string>
#include <vector>

#include "ir/holes.h"
#include "ir/program.h"
#include "runtime/base/memo.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"

namespace lmp::exec {

// With the holes filled by `values`; a hole without a value bounds nothing. Errors: InvalidArgument
// (nothing can be written for a part that must be there, a pattern that is none), Unsupported (a
// pattern that a constraint cannot follow), ResourceExhausted (a limit of constrain/limits.h).
// `nodes` (nullable) is raised by what it took, in nodes of expressions.
Result<constrain::GrammarRef> TypeGrammar(const ir::Program& program, ir::TypeId type,
                                          const ir::HoleValues& values = {},
                                          size_t* nodes = nullptr);

// The places of a type's JSON Schema that cannot be kept to; `lenient` leaves them out of the
// grammar. None for other types.
struct SchemaFindings {
  std::vector<constrain::SchemaProblem> refused, left_out;
};
SchemaFindings FindingsOf(const ir::Type& type);

// True for types that end by themselves or not at all: text that is cut off would be no T.
bool MustComplete(const ir::Type& type);

// Grammars of one type by what fills its holes: those of the last fillings are kept, so that a
// loop that asks with the same options shares one grammar and its masks.
class HoleGrammars {
 public:
  Result<constrain::GrammarRef> Get(const ir::Program& program, ir::TypeId type,
                                    const ir::HoleValues& values);

 private:
  Memo<std::string, constrain::GrammarRef> memo_;
};

}  // namespace lmp::exec
