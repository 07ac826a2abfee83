// Rules about types that only the surface language has: how users spell them, which values have a
// text, where an int may stand for a float. An invalid TypeId stands for "wrong, already reported"
// and agrees with everything, so that one mistake gives one diagnostic.
#pragma once

#include <optional>
#include <string>

#include "ir/program.h"

namespace lmp::frontend {

using ir::TypeId;
using ir::TypeKind;
using ir::UserType;

// "a string", "an int", "a list<int>": for sentences.
std::string WithArticle(const ir::TypeTable& types, TypeId type);

// A value of type `from` may stand where `to` is asked for, an int also for a float, a record also
// for a union it is in.
bool Assignable(ir::TypeTable* types, TypeId from, TypeId to);
// The type of something that is one or the other; int and float give float.
std::optional<TypeId> JoinTypes(ir::TypeTable* types, TypeId a, TypeId b);

// May stand in `${}`. Lists and records do, as JSON, unless a context is inside.
bool HasText(const ir::TypeTable& types, TypeId type);
// True of `[]`, `null` and what is made of them alone: nothing says what the elements are.
bool IsUndetermined(const ir::TypeTable& types, TypeId type);
bool IsKind(const ir::TypeTable& types, TypeId type, TypeKind kind);

}  // namespace lmp::frontend
