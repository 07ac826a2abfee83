// The functions that builtin.def names. Inside ir only: builtin.cc is the one caller.
//
// A type rule sees a count of arguments that fits the arity; an evaluation sees arguments that fit
// its rule, up to null in optionals (whose use the rule refuses).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

struct TypeCall {
  std::string_view name;
  std::span<const TypeId> arguments;
  TypeTable* types;

  const Type& argument(size_t i) const { return (*types)[arguments[i]]; }
  bool Is(size_t i, TypeKind kind) const { return argument(i).kind == kind; }
  bool IsNumber(size_t i) const { return Is(i, TypeKind::kI64) || Is(i, TypeKind::kF64); }
  // "`len` needs a list or a string, found i64"
  Status Need(std::string_view what, size_t i) const;
};

struct ValueCall {
  std::string_view name;
  std::span<const Value> arguments;

  const Value& operator[](size_t i) const { return arguments[i]; }
  size_t size() const { return arguments.size(); }
};

// The three-way order of numbers, strings, booleans (false first) and enums (by text).
Result<int> CompareValues(const Value& a, const Value& b);
bool EqualValues(const Value& a, const Value& b);  // as operator==, but 1 equals 1.0
// The text as a string value if it is within the bound of values.
Result<Value> BoundedText(std::string text);
Result<Value> BoundedList(std::vector<Value> items);
// Without ASCII white space at both ends.
std::string_view TrimText(std::string_view text);
// The first `count` code points (all of them if there are fewer).
std::string_view ClipText(std::string_view text, size_t count);

#define LMP_BUILTIN(name, arity_min, arity_max, type_rule, eval, help) \
  Result<TypeId> type_rule(const TypeCall& call);                      \
  Result<Value> eval(const ValueCall& call);
#include "ir/builtin.def"
#undef LMP_BUILTIN

}  // namespace lmp::ir
