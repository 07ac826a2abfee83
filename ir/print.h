// The canonical text form of the IR (docs/IR.md has the grammar): what goldens compare, what a
// Plan's digest is made of, what `lmp opt` prints. Print(Parse(text)) == text for every text that
// Print has made.
//
// Values get unique names: the hint, or a number, with `.1`, `.2` behind it where the hint was used
// before. Source spans are not part of the text. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

std::string Print(const Program& program);
std::string PrintFunction(const Program& program, const Graph& graph);
// What a run of the function can meet: the declarations, the function, and what it calls. Without
// the program's name.
std::string PrintReached(const Program& program, std::string_view function);
// The text of a constant: as JSON, but records are `Name{field: v}`, enums `Name.member`, and
// floats always have a point or an exponent.
std::string PrintValue(const Value& value);

// The result types an op has whatever its operands, or nullopt where the text must state them.
std::optional<std::vector<TypeId>> FixedResultTypes(const Op& op, TypeTable* types);

}  // namespace lmp::ir
