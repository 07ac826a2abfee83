#include "ir/type.h"

#include "runtime/base/check.h"
#include "runtime/base/text.h"

namespace lmp::ir {

TypeTable::TypeTable() {
  for (const TypeKind kind : {TypeKind::kNone, TypeKind::kI64, TypeKind::kF64, TypeKind::kBool,
                              TypeKind::kStr, TypeKind::kCtx, TypeKind::kEffect}) {
    Type type;
    type.kind = kind;
    Intern(std::move(type));
  }
}

TypeId TypeTable::Intern(Type type) {
  LMP_CHECK(!type.element.valid() || type.element.index < types_.size());
  const auto [entry, inserted] = by_text_.try_emplace(ToText(type), TypeId(types_.size()));
  if (inserted) types_.push_back(std::move(type));
  return entry->second;
}

TypeId TypeTable::ListOf(TypeId element) {
  Type type;
  type.kind = TypeKind::kList;
  type.element = element;
  return Intern(std::move(type));
}

TypeId TypeTable::OptionalOf(TypeId element) {
  if ((*this)[element].kind == TypeKind::kOptional) return element;
  Type type;
  type.kind = TypeKind::kOptional;
  type.element = element;
  return Intern(std::move(type));
}

TypeId TypeTable::RecordOf(std::string name) {
  Type type;
  type.kind = TypeKind::kRecord;
  type.name = std::move(name);
  return Intern(std::move(type));
}

TypeId TypeTable::EnumOf(std::string name) {
  Type type;
  type.kind = TypeKind::kEnum;
  type.name = std::move(name);
  return Intern(std::move(type));
}

TypeId TypeTable::Erased(TypeId id) {
  Type type = (*this)[id];
  type.low.reset();
  type.high.reset();
  type.low_f.reset();
  type.high_f.reset();
  if (type.element.valid()) type.element = Erased(type.element);
  return Intern(std::move(type));
}

std::optional<TypeId> TypeTable::Join(TypeId a, TypeId b) {
  if (a == b) return a;
  a = Erased(a);
  b = Erased(b);
  if (a == b) return a;
  const Type left = (*this)[a];
  const Type right = (*this)[b];
  if (left.kind == TypeKind::kNone) return OptionalOf(b);
  if (right.kind == TypeKind::kNone) return OptionalOf(a);
  if (left.kind == TypeKind::kOptional || right.kind == TypeKind::kOptional) {
    const auto element = Join(left.kind == TypeKind::kOptional ? left.element : a,
                              right.kind == TypeKind::kOptional ? right.element : b);
    if (!element) return std::nullopt;
    return OptionalOf(*element);
  }
  if (left.kind == TypeKind::kList && right.kind == TypeKind::kList) {
    // An empty list is a list<none>: it joins any list without making its elements optional.
    if ((*this)[left.element].kind == TypeKind::kNone) return b;
    if ((*this)[right.element].kind == TypeKind::kNone) return a;
    const auto element = Join(left.element, right.element);
    if (!element) return std::nullopt;
    return ListOf(*element);
  }
  return std::nullopt;
}

bool TypeTable::Fits(TypeId from, TypeId to) {
  const auto joined = Join(from, to);
  return joined.has_value() && Erased(*joined) == Erased(to);
}

namespace {

template <typename T, typename Format>
std::string Range(const std::optional<T>& low, const std::optional<T>& high, Format format) {
  if (!low && !high) return "";
  return "(" + (low ? format(*low) : std::string()) + ".." +
         (high ? format(*high) : std::string()) + ")";
}

}  // namespace

std::string TypeTable::ToText(const Type& type) const {
  const auto integer = [](int64_t v) { return std::to_string(v); };
  const auto real = [](double v) { return FormatDouble(v); };
  switch (type.kind) {
    case TypeKind::kNone:
      return "none";
    case TypeKind::kI64:
      return "i64" + Range(type.low, type.high, integer);
    case TypeKind::kF64:
      return "f64" + Range(type.low_f, type.high_f, real);
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kStr:
      return type.high ? "str(max=" + std::to_string(*type.high) + ")" : "str";
    case TypeKind::kList:
      return "list<" + ToText(type.element) + ">" + Range(type.low, type.high, integer);
    case TypeKind::kOptional:
      return ToText(type.element) + "?";
    case TypeKind::kRecord:
      return "rec<" + type.name + ">";
    case TypeKind::kEnum:
      return "enum<" + type.name + ">";
    case TypeKind::kCtx:
      return "ctx";
    case TypeKind::kEffect:
      return "eff";
  }
  return "?";
}

std::string UserType(const TypeTable& types, TypeId id) {
  if (!id.valid()) return "?";
  const Type& type = types[id];
  const auto integer = [](int64_t v) { return std::to_string(v); };
  switch (type.kind) {
    case TypeKind::kNone:
      return "null";
    case TypeKind::kI64:
      return "int" + Range(type.low, type.high, integer);
    case TypeKind::kF64:
      return "float" + Range(type.low_f, type.high_f, [](double v) { return FormatDouble(v); });
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kStr:
      return type.high ? "string(max: " + std::to_string(*type.high) + ")" : "string";
    case TypeKind::kList: {
      if (types[type.element].kind == TypeKind::kNone) return "empty list";
      return "list<" + UserType(types, type.element) + ">" + Range(type.low, type.high, integer);
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

}  // namespace lmp::ir
