// Holes: what the type of a gen leaves open until it runs (type.h). The named operand `$n` of the
// gen fills the hole n; a record declares the holes of its fields, and each type that names the
// record says what fills them.
//
//   record Claim($ids: list<str>) { cites: list<str(one_of=$ids)>(1..3) }
//   gen %c $names=%names {type=list<rec<Claim>(ids=$names)>(..8)}
//
// Pure, any thread.
#pragma once

#include <map>
#include <string>

#include "ir/program.h"

namespace lmp::ir {

// The kind of what fills a hole: kI64, kF64, or kList of texts.
using HoleKinds = std::map<std::string, TypeKind>;
// Errors: InvalidArgument (one hole for two kinds; a record with a hole that is not filled; a
// filled one that it does not have). The types and records of the program must exist.
Result<HoleKinds> HolesOf(const Program& program, TypeId type);
// The same of what a record's fields use.
Result<HoleKinds> HolesOf(const Program& program, const RecordDecl& record);

// Values by name of the hole, without `$`.
using HoleValues = std::map<std::string, Value>;
HoleValues HoleValuesOf(const std::vector<std::pair<std::string, Value>>& named);
// The type with its own holes filled (not those of its element or fields); a hole without a value
// is left open, which means unbounded.
Type Filled(Type type, const HoleValues& values);
// What fills the holes of the fields of the record that `type` names.
HoleValues ValuesInside(const Type& type, const HoleValues& values);

}  // namespace lmp::ir
