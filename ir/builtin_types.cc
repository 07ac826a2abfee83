// Type rules of the built-ins. Results carry no bounds: a bound is a promise of a generation, not
// of a computation.
#include <string>

#include "ir/builtin_rules.h"

namespace lmp::ir {
namespace {

// What a list may hold and still be printed: anything but contexts and effects.
bool HasText(const Type& type) {
  return type.kind != TypeKind::kNone && type.kind != TypeKind::kCtx &&
         type.kind != TypeKind::kEffect && type.kind != TypeKind::kOptional;
}

bool HasOrder(const Type& type) {
  return type.kind == TypeKind::kI64 || type.kind == TypeKind::kF64 ||
         type.kind == TypeKind::kStr || type.kind == TypeKind::kBool ||
         type.kind == TypeKind::kEnum;
}

TypeId ElementOf(const TypeCall& call, size_t i) {
  return call.types->Erased(call.argument(i).element);
}

}  // namespace

Result<TypeId> TypeNumber(const TypeCall& call) {
  if (!call.IsNumber(0)) return call.Need("a number", 0);
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeArithmetic(const TypeCall& call) {
  for (const size_t i : {0u, 1u}) {
    if (!call.IsNumber(i)) return call.Need("two numbers", i);
  }
  const bool real = call.Is(0, TypeKind::kF64) || call.Is(1, TypeKind::kF64);
  return real ? call.types->f64() : call.types->i64();
}

Result<TypeId> TypeAdd(const TypeCall& call) {
  if (call.Is(0, TypeKind::kStr)) {
    if (!call.Is(1, TypeKind::kStr))
      return call.Need("a string after a string (write \"${x}\")", 1);
    return call.types->str();
  }
  if (call.Is(0, TypeKind::kList)) return TypeConcat(call);
  if (!call.IsNumber(0)) return call.Need("two numbers, strings or lists", 0);
  return TypeArithmetic(call);
}

Result<TypeId> TypeEquality(const TypeCall& call) {
  for (const size_t i : {0u, 1u}) {
    if (call.Is(i, TypeKind::kCtx) || call.Is(i, TypeKind::kEffect))
      return call.Need("comparable values", i);
  }
  if (call.IsNumber(0) && call.IsNumber(1)) return call.types->boolean();
  if (call.types->Join(call.arguments[0], call.arguments[1])) return call.types->boolean();
  return InvalidArgument("`" + std::string(call.name) + "` needs two values of one type, found " +
                         UserType(*call.types, call.arguments[0]) + " and " +
                         UserType(*call.types, call.arguments[1]));
}

Result<TypeId> TypeOrder(const TypeCall& call) {
  const bool numbers = call.IsNumber(0) && call.IsNumber(1);
  const bool strings = call.Is(0, TypeKind::kStr) && call.Is(1, TypeKind::kStr);
  if (numbers || strings) return call.types->boolean();
  return call.Need("two numbers or two strings",
                   call.IsNumber(0) || call.Is(0, TypeKind::kStr) ? 1 : 0);
}

Result<TypeId> TypeLogic(const TypeCall& call) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (!call.Is(i, TypeKind::kBool)) return call.Need("bool", i);
  }
  return call.types->boolean();
}

Result<TypeId> TypeIn(const TypeCall& call) {
  if (call.Is(1, TypeKind::kStr)) {
    if (!call.Is(0, TypeKind::kStr)) return call.Need("a string to look for in a string", 0);
    return call.types->boolean();
  }
  if (!call.Is(1, TypeKind::kList)) return call.Need("a list or a string on its right", 1);
  const TypeId element = call.argument(1).element;
  const bool numbers = call.IsNumber(0) && ((*call.types)[element].kind == TypeKind::kI64 ||
                                            (*call.types)[element].kind == TypeKind::kF64);
  if (!numbers && !call.types->Join(call.arguments[0], element)) {
    return call.Need("an item of " + UserType(*call.types, call.arguments[1]), 0);
  }
  return call.types->boolean();
}

Result<TypeId> TypeIndex(const TypeCall& call) {
  if (!call.Is(1, TypeKind::kI64)) return call.Need("an int in brackets", 1);
  if (call.Is(0, TypeKind::kStr)) return call.types->str();
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list or a string", 0);
  return ElementOf(call, 0);
}

Result<TypeId> TypeSlice(const TypeCall& call) {
  for (const size_t i : {1u, 2u}) {
    if (!call.Is(i, TypeKind::kI64)) return call.Need("ints in brackets", i);
  }
  if (!call.Is(0, TypeKind::kList) && !call.Is(0, TypeKind::kStr))
    return call.Need("a list or a string", 0);
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeRange(const TypeCall& call) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (!call.Is(i, TypeKind::kI64)) return call.Need("ints", i);
  }
  return call.types->ListOf(call.types->i64());
}

Result<TypeId> TypeConcat(const TypeCall& call) {
  for (const size_t i : {0u, 1u}) {
    if (!call.Is(i, TypeKind::kList)) return call.Need("two lists", i);
  }
  const auto joined = call.types->Join(call.arguments[0], call.arguments[1]);
  if (!joined)
    return call.Need("lists of one type: " + UserType(*call.types, call.arguments[0]), 1);
  return call.types->Erased(*joined);
}

Result<TypeId> TypeLength(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kList) && !call.Is(0, TypeKind::kStr))
    return call.Need("a list or a string", 0);
  return call.types->i64();
}

Result<TypeId> TypeSum(const TypeCall& call) {
  if (call.Is(0, TypeKind::kList)) {
    const TypeId element = ElementOf(call, 0);
    const TypeKind kind = (*call.types)[element].kind;
    if (kind == TypeKind::kNone) return call.types->i64();
    if (kind == TypeKind::kI64 || kind == TypeKind::kF64) return element;
  }
  return call.Need("a list of numbers", 0);
}

Result<TypeId> TypeExtreme(const TypeCall& call) {
  if (call.arguments.size() == 1) {
    if (!call.Is(0, TypeKind::kList) || !HasOrder((*call.types)[call.argument(0).element])) {
      return call.Need("a list of numbers or strings", 0);
    }
    return ElementOf(call, 0);
  }
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (!call.IsNumber(i)) return call.Need("numbers, or one list", i);
    if (call.argument(i).kind != call.argument(0).kind) return call.Need("numbers of one type", i);
  }
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeRound(const TypeCall& call) {
  if (!call.IsNumber(0)) return call.Need("a number", 0);
  if (call.arguments.size() == 1) return call.types->i64();
  if (!call.Is(1, TypeKind::kI64)) return call.Need("an int as the count of digits", 1);
  return call.types->f64();
}

Result<TypeId> TypeText(const TypeCall& call) {
  if (!HasText(call.argument(0))) return call.Need("a value that has a text", 0);
  return call.types->str();
}

Result<TypeId> TypeConvert(const TypeCall& call) {
  if (!call.IsNumber(0) && !call.Is(0, TypeKind::kBool) && !call.Is(0, TypeKind::kStr)) {
    return call.Need("a number, bool or string", 0);
  }
  return call.name == "int" ? call.types->i64() : call.types->f64();
}

Result<TypeId> TypeJson(const TypeCall& call) {
  if (call.Is(0, TypeKind::kEffect) || call.Is(0, TypeKind::kCtx))
    return call.Need("a plain value", 0);
  return call.types->str();
}

Result<TypeId> TypeJoin(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list", 0);
  const Type& element = (*call.types)[call.argument(0).element];
  if (!HasText(element) && element.kind != TypeKind::kNone)
    return call.Need("a list of values with text", 0);
  if (call.arguments.size() == 2 && !call.Is(1, TypeKind::kStr))
    return call.Need("a string between items", 1);
  return call.types->str();
}

namespace {

Status NeedStrings(const TypeCall& call) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (!call.Is(i, TypeKind::kStr))
      return call.Need(call.arguments.size() == 1 ? "a string" : "strings", i);
  }
  return OkStatus();
}

}  // namespace

Result<TypeId> TypeSplit(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(NeedStrings(call));
  return call.types->ListOf(call.types->str());
}

Result<TypeId> TypeStringToString(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(NeedStrings(call));
  return call.types->str();
}

Result<TypeId> TypeMathEval(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(NeedStrings(call));
  return call.types->f64();
}

Result<TypeId> TypeReplace(const TypeCall& call) { return TypeStringToString(call); }

Result<TypeId> TypeStringTest(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(NeedStrings(call));
  return call.types->boolean();
}

Result<TypeId> TypeClip(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kStr)) return call.Need("a string", 0);
  if (!call.Is(1, TypeKind::kI64)) return call.Need("an int as the count of characters", 1);
  return call.types->str();
}

namespace {

// Without a field the items themselves are compared; with one they are records. Which field is a
// value and so is checked when it runs.
Status CheckSortable(const TypeCall& call, bool by_field) {
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list", 0);
  const Type& element = (*call.types)[call.argument(0).element];
  if (element.kind == TypeKind::kNone) return OkStatus();
  if (by_field) {
    if (element.kind != TypeKind::kRecord) return call.Need("a list of records with `by`", 0);
    if (!call.Is(1, TypeKind::kStr)) return call.Need("the name of a field as a string", 1);
    return OkStatus();
  }
  if (!HasOrder(element))
    return call.Need("a list of numbers, strings, bools or enums (or `by`)", 0);
  return OkStatus();
}

}  // namespace

Result<TypeId> TypeSort(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(CheckSortable(call, call.arguments.size() == 2));
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeTop(const TypeCall& call) {
  LMP_RETURN_IF_ERROR(CheckSortable(call, call.arguments.size() == 3));
  const size_t count = call.arguments.size() - 1;
  if (!call.Is(count, TypeKind::kI64)) return call.Need("an int as the count of items", count);
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeSameList(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list", 0);
  return call.types->Erased(call.arguments[0]);
}

Result<TypeId> TypeFlat(const TypeCall& call) {
  if (call.Is(0, TypeKind::kList)) {
    const TypeKind kind = (*call.types)[call.argument(0).element].kind;
    if (kind == TypeKind::kList) return ElementOf(call, 0);
    if (kind == TypeKind::kNone) return call.types->Erased(call.arguments[0]);
  }
  return call.Need("a list of lists", 0);
}

Result<TypeId> TypeUnwrap(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kOptional)) return call.Need("a value that may be null", 0);
  return ElementOf(call, 0);
}

Result<TypeId> TypeItem(const TypeCall& call) {
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list", 0);
  return ElementOf(call, 0);
}

Result<TypeId> TypeCount(const TypeCall& call) {
  if (call.Is(0, TypeKind::kStr)) {
    LMP_RETURN_IF_ERROR(NeedStrings(call));
    return call.types->i64();
  }
  if (!call.Is(0, TypeKind::kList)) return call.Need("a list or a string", 0);
  if (!call.types->Join(call.arguments[1], call.argument(0).element)) {
    return call.Need("an item of " + UserType(*call.types, call.arguments[0]), 1);
  }
  return call.types->i64();
}

}  // namespace lmp::ir
