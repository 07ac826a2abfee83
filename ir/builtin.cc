#include "ir/builtin.h"

#include "ir/builtin_rules.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

struct Entry {
  BuiltinSignature signature;
  Result<TypeId> (*type_rule)(const TypeCall&);
  Result<Value> (*eval)(const ValueCall&);
};

constexpr BuiltinSignature kSignatures[] = {
#define LMP_BUILTIN(name, arity_min, arity_max, type_rule, eval, help) \
  {name, arity_min, arity_max, help},
#include "ir/builtin.def"
#undef LMP_BUILTIN
};

constexpr Entry kEntries[] = {
#define LMP_BUILTIN(name, arity_min, arity_max, type_rule, eval, help) \
  {{name, arity_min, arity_max, help}, type_rule, eval},
#include "ir/builtin.def"
#undef LMP_BUILTIN
};

const Entry* FindEntry(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.signature.name == name) return &entry;
  }
  return nullptr;
}

Result<const Entry*> EntryFor(std::string_view name, size_t argument_count) {
  const Entry* entry = FindEntry(name);
  if (entry == nullptr) return InvalidArgument("there is no built-in `" + std::string(name) + "`");
  const auto least = static_cast<size_t>(entry->signature.arity_min);
  const auto most = static_cast<size_t>(entry->signature.arity_max);
  if (argument_count < least || argument_count > most) {
    return InvalidArgument("`" + std::string(name) + "` takes " + std::to_string(least) +
                           (most > least ? " to " + std::to_string(most) : "") +
                           (most == 1 ? " argument" : " arguments") + ", found " +
                           std::to_string(argument_count));
  }
  return entry;
}

}  // namespace

const BuiltinSignature* FindBuiltin(std::string_view name) {
  for (const BuiltinSignature& signature : kSignatures) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

std::span<const BuiltinSignature> AllBuiltins() { return kSignatures; }

Result<TypeId> BuiltinResultType(std::string_view name, std::span<const TypeId> arguments,
                                 TypeTable* types) {
  LMP_TRY(const Entry* entry, EntryFor(name, arguments.size()));
  return entry->type_rule({name, arguments, types});
}

Result<Value> EvalBuiltin(std::string_view name, std::span<const Value> arguments) {
  LMP_TRY(const Entry* entry, EntryFor(name, arguments.size()));
  return entry->eval({name, arguments});
}

Result<Value> EvalBuiltin(std::string_view name, std::span<const Value> arguments,
                          const Type& result) {
  LMP_TRY(Value value, EvalBuiltin(name, arguments));
  if (result.kind == TypeKind::kF64 && value.is_int())
    return Value::Float(static_cast<double>(value.as_int()));
  return value;
}

Status TypeCall::Need(std::string_view what, size_t i) const {
  return InvalidArgument("`" + std::string(name) + "` needs " + std::string(what) + ", found " +
                         UserType(*types, arguments[i]));
}

Result<int> CompareValues(const Value& a, const Value& b) {
  const auto three_way = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (a.is_int() && b.is_int()) return three_way(a.as_int(), b.as_int());
  if ((a.is_int() || a.is_float()) && (b.is_int() || b.is_float())) {
    const double x = a.is_int() ? static_cast<double>(a.as_int()) : a.as_float();
    const double y = b.is_int() ? static_cast<double>(b.as_int()) : b.as_float();
    return three_way(x, y);
  }
  if (a.is_str() && b.is_str()) return three_way(a.as_str().compare(b.as_str()), 0);
  if (a.is_bool() && b.is_bool()) return three_way(a.as_bool(), b.as_bool());
  if (a.is_enum() && b.is_enum()) return three_way(a.as_enum().text.compare(b.as_enum().text), 0);
  return InvalidArgument("these values have no order");
}

bool EqualValues(const Value& a, const Value& b) {
  if (a.is_int() && b.is_float()) return static_cast<double>(a.as_int()) == b.as_float();
  if (a.is_float() && b.is_int()) return a.as_float() == static_cast<double>(b.as_int());
  return a == b;
}

Result<Value> BoundedText(std::string text) {
  Value value = Value::Str(std::move(text));
  LMP_RETURN_IF_ERROR(CheckValueBytes(value));
  return value;
}

Result<Value> BoundedList(std::vector<Value> items) {
  Value value = Value::List(std::move(items));
  LMP_RETURN_IF_ERROR(CheckValueBytes(value));
  return value;
}

}  // namespace lmp::ir
