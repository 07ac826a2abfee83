#include "frontend/types.h"

#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

std::string Bounds(const ir::Type& type) {
  if (type.low || type.high) {
    return "(" + (type.low ? std::to_string(*type.low) : "") + ".." +
           (type.high ? std::to_string(*type.high) : "") + ")";
  }
  if (type.low_f || type.high_f) {
    return "(" + (type.low_f ? FormatDouble(*type.low_f) : "") + ".." +
           (type.high_f ? FormatDouble(*type.high_f) : "") + ")";
  }
  return "";
}

}  // namespace

std::string UserType(const ir::TypeTable& types, TypeId id) {
  if (!id.valid()) return "?";
  const ir::Type& type = types[id];
  switch (type.kind) {
    case TypeKind::kNone:
      return "null";
    case TypeKind::kI64:
      return "int" + Bounds(type);
    case TypeKind::kF64:
      return "float" + Bounds(type);
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kStr:
      return type.high ? "string(max: " + std::to_string(*type.high) + ")" : "string";
    case TypeKind::kList: {
      bool empty = types[type.element].kind == TypeKind::kNone;
      return empty ? "empty list" : "list<" + UserType(types, type.element) + ">" + Bounds(type);
    }
    case TypeKind::kOptional:
      return UserType(types, type.element) + "?";
    case TypeKind::kRecord:
    case TypeKind::kEnum:
      return type.name;
    case TypeKind::kCtx:
      return "context";
    case TypeKind::kEffect:
      return "effect";
  }
  return "?";
}

std::string WithArticle(const ir::TypeTable& types, TypeId id) {
  std::string text = UserType(types, id);
  if (text == "null" || text == "?") return text;
  bool vowel = std::string_view("aeiouAEIOU").find(text[0]) != std::string_view::npos;
  return (vowel ? "an " : "a ") + text;
}

bool Assignable(ir::TypeTable* types, TypeId from, TypeId to) {
  if (!from.valid() || !to.valid() || types->Fits(from, to)) return true;
  if (IsKind(*types, to, TypeKind::kOptional)) to = (*types)[to].element;
  return IsKind(*types, from, TypeKind::kI64) && IsKind(*types, to, TypeKind::kF64);
}

std::optional<TypeId> JoinTypes(ir::TypeTable* types, TypeId a, TypeId b) {
  if (!a.valid() || !b.valid()) return TypeId();
  if (auto joined = types->Join(a, b)) return joined;
  if (Assignable(types, a, b)) return types->Erased(b);
  if (Assignable(types, b, a)) return types->Erased(a);
  return std::nullopt;
}

bool HasText(const ir::TypeTable& types, TypeId id) {
  if (!id.valid()) return true;
  const ir::Type& type = types[id];
  switch (type.kind) {
    case TypeKind::kNone:
    case TypeKind::kOptional:
    case TypeKind::kCtx:
    case TypeKind::kEffect:
      return false;
    case TypeKind::kList: {
      const ir::Type* element = &types[type.element];
      while (element->kind == TypeKind::kList || element->kind == TypeKind::kOptional) {
        element = &types[element->element];
      }
      return element->kind != TypeKind::kCtx;
    }
    default:
      return true;
  }
}

bool IsUndetermined(const ir::TypeTable& types, TypeId id) {
  if (!id.valid()) return false;
  const ir::Type& type = types[id];
  return type.kind == TypeKind::kNone ||
         (type.element.valid() && IsUndetermined(types, type.element));
}

bool IsKind(const ir::TypeTable& types, TypeId type, TypeKind kind) {
  return type.valid() && types[type].kind == kind;
}

}  // namespace lmp::frontend
