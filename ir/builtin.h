// Built-in pure functions and operators: one table for the type rules (sema), the constant folder,
// the evaluator and the executor. Pure, total up to a Status (division by zero, index out of range,
// overflow), no clock, no randomness.
//
// builtin.def lists them with their arity and meaning: operators (add sub mul div mod neg eq ne lt
// le gt ge and or not in index slice range concat_list) and functions. `schema(T)` is none of them:
// sema folds it to a constant. `and`, `or` and the conditional expression are lowered to `if` when
// their right side can fail or ask the model.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

struct BuiltinSignature {
  std::string_view name;
  int arity_min = 0;
  int arity_max = 0;
  std::string_view help;  // "len(xs: list<T> | string) -> int"
};
// nullptr if there is none.
const BuiltinSignature* FindBuiltin(std::string_view name);
std::span<const BuiltinSignature> AllBuiltins();

// The result type for these argument types, or an InvalidArgument whose message says what is wrong
// ("`len` needs a list or a string, found i64").
Result<TypeId> BuiltinResultType(std::string_view name, std::span<const TypeId> arguments,
                                 TypeTable* types);

Result<Value> EvalBuiltin(std::string_view name, std::span<const Value> arguments);
// The same for a use whose result type is known: the sum of an empty list<f64> is 0.0, not 0.
Result<Value> EvalBuiltin(std::string_view name, std::span<const Value> arguments,
                          const Type& result);

}  // namespace lmp::ir
