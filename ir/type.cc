#include "ir/type.h"

#include "runtime/base/check.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

void DropHoles(Type* type) {
  type->grammar.reset();
  type->low_hole.clear();
  type->high_hole.clear();
  type->options_hole.clear();
  type->arguments.clear();
}

// `sign` stands in front of the names of holes.
template <typename T, typename Format>
std::string Range(const Type& type, const std::optional<T>& low, const std::optional<T>& high,
                  Format format, const char* sign) {
  const auto text = [&](const std::optional<T>& end, const std::string& hole) {
    if (!hole.empty()) return sign + hole;
    return end ? format(*end) : std::string();
  };
  const std::string begin = text(low, type.low_hole);
  const std::string end = text(high, type.high_hole);
  return begin.empty() && end.empty() ? "" : "(" + begin + ".." + end + ")";
}

std::string TextList(const std::vector<std::string>& texts, std::string_view separator) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : std::string(separator)) + QuoteText(text);
  }
  return out;
}

std::string InParentheses(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(separator)) + part;
  return out.empty() ? "" : "(" + out + ")";
}

std::string KeyOf(const TextGrammar& grammar) {
  if (grammar.language == TextGrammar::Language::kGbnf) return "gbnf";
  return grammar.lenient ? "lenient_schema" : "schema";
}

std::string StringText(const Type& type) {
  std::vector<std::string> parts;
  if (!type.low_hole.empty()) parts.push_back("min=$" + type.low_hole);
  if (!type.high_hole.empty()) parts.push_back("max=$" + type.high_hole);
  if (type.low) parts.push_back("min=" + std::to_string(*type.low));
  if (type.high) parts.push_back("max=" + std::to_string(*type.high));
  if (type.pattern) parts.push_back("re=" + QuoteText(*type.pattern));
  if (type.options) parts.push_back("one_of=[" + TextList(*type.options, ",") + "]");
  if (!type.options_hole.empty()) parts.push_back("one_of=$" + type.options_hole);
  if (type.grammar) parts.push_back(KeyOf(*type.grammar) + "=" + QuoteText(type.grammar->source));
  return "str" + InParentheses(parts, ",");
}

std::string UserString(const Type& type) {
  if (type.options) return TextList(*type.options, " | ");
  if (!type.options_hole.empty()) return "string in " + type.options_hole;
  std::vector<std::string> parts;
  if (type.grammar) {
    const bool gbnf = type.grammar->language == TextGrammar::Language::kGbnf;
    parts.emplace_back(gbnf ? "grammar: ..." : "schema: ...");
  }
  if (type.pattern) parts.push_back("re\"" + *type.pattern + "\"");
  if (!type.low_hole.empty()) parts.push_back("min: " + type.low_hole);
  if (!type.high_hole.empty()) parts.push_back("max: " + type.high_hole);
  if (type.low) parts.push_back("min: " + std::to_string(*type.low));
  if (type.high) parts.push_back("max: " + std::to_string(*type.high));
  return "string" + InParentheses(parts, ", ");
}

}  // namespace

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
  for (const TypeId member : type.members) LMP_CHECK(member.index < types_.size());
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

TypeId TypeTable::UnionOf(std::vector<TypeId> members) {
  Type type;
  type.kind = TypeKind::kUnion;
  type.members = std::move(members);
  return Intern(std::move(type));
}

TypeId TypeTable::Erased(TypeId id) {
  Type type = (*this)[id];
  type.low.reset();
  type.high.reset();
  type.low_f.reset();
  type.high_f.reset();
  type.pattern.reset();
  type.options.reset();
  DropHoles(&type);
  if (type.element.valid()) type.element = Erased(type.element);
  for (TypeId& member : type.members) member = Erased(member);
  return Intern(std::move(type));
}

TypeId TypeTable::WithoutHoles(TypeId id) {
  Type type = (*this)[id];
  DropHoles(&type);
  if (type.element.valid()) type.element = WithoutHoles(type.element);
  for (TypeId& member : type.members) member = WithoutHoles(member);
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

std::string TypeTable::ToText(const Type& type) const {
  const auto integer = [](int64_t v) { return std::to_string(v); };
  const auto real = [](double v) { return FormatDouble(v); };
  switch (type.kind) {
    case TypeKind::kNone:
      return "none";
    case TypeKind::kI64:
      return "i64" + Range(type, type.low, type.high, integer, "$");
    case TypeKind::kF64:
      return "f64" + Range(type, type.low_f, type.high_f, real, "$");
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kStr:
      return StringText(type);
    case TypeKind::kList:
      return "list<" + ToText(type.element) + ">" + Range(type, type.low, type.high, integer, "$");
    case TypeKind::kOptional:
      return ToText(type.element) + "?";
    case TypeKind::kRecord: {
      std::vector<std::string> arguments;
      for (const auto& [hole, by] : type.arguments) arguments.push_back(hole + "=$" + by);
      return "rec<" + type.name + ">" + InParentheses(arguments, ",");
    }
    case TypeKind::kEnum:
      return "enum<" + type.name + ">";
    case TypeKind::kUnion: {
      std::string members;
      for (const TypeId member : type.members) {
        members += (members.empty() ? "" : ",") + ToText(member);
      }
      return "union<" + members + ">";
    }
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
      return "int" + Range(type, type.low, type.high, integer, "");
    case TypeKind::kF64:
      return "float" +
             Range(
                 type, type.low_f, type.high_f, [](double v) { return FormatDouble(v); }, "");
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kStr:
      return UserString(type);
    case TypeKind::kList: {
      if (types[type.element].kind == TypeKind::kNone) return "empty list";
      return "list<" + UserType(types, type.element) + ">" +
             Range(type, type.low, type.high, integer, "");
    }
    case TypeKind::kOptional: {
      const std::string inner = UserType(types, type.element);
      const bool several = types[type.element].options || !types[type.element].members.empty();
      return several ? "(" + inner + ")?" : inner + "?";
    }
    case TypeKind::kRecord:
    case TypeKind::kEnum:
      return type.name;
    case TypeKind::kUnion: {
      std::string members;
      for (const TypeId member : type.members) {
        members += (members.empty() ? "" : " | ") + UserType(types, member);
      }
      return members;
    }
    case TypeKind::kCtx:
      return "context";
    case TypeKind::kEffect:
      return "effect";
  }
  return "?";
}

}  // namespace lmp::ir
