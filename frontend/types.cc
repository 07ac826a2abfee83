#include "frontend/types.h"

#include <algorithm>

namespace lmp::frontend {

std::string WithArticle(const ir::TypeTable& types, TypeId id) {
  std::string text = UserType(types, id);
  if (text == "null" || text == "?") return text;
  if (IsKind(types, id, TypeKind::kUnion)) return "one of " + text;
  bool vowel = std::string_view("aeiouAEIOU").find(text[0]) != std::string_view::npos;
  return (vowel ? "an " : "a ") + text;
}

bool Assignable(ir::TypeTable* types, TypeId from, TypeId to) {
  if (!from.valid() || !to.valid() || types->Fits(from, to)) return true;
  if (IsKind(*types, to, TypeKind::kOptional)) to = (*types)[to].element;
  if (IsKind(*types, to, TypeKind::kUnion) && IsKind(*types, from, TypeKind::kRecord)) {
    const std::vector<TypeId>& members = (*types)[to].members;
    return std::any_of(members.begin(), members.end(),
                       [&](TypeId member) { return (*types)[member].name == (*types)[from].name; });
  }
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
