// Types of IR values. Interned in a TypeTable: equal types have equal TypeIds, so comparison is ==.
// Text form: i64, i64(1..20), f64, f64(0..1), bool, str, str(min=1,max=80), str(re="[a-z]+"),
// str(one_of=["a","b"]), list<T>, list<T>(1..3), T?, rec<Name>, enum<Name>, union<rec<A>,rec<B>>,
// ctx, eff, none.
//
// Holes. The type of a `gen` is also its constraint, and parts of it may be known only when it
// runs: i64(1..$n), list<T>(..$n), str(one_of=$ids), rec<Claim>(ids=$names). The gen has a named
// operand for each (holes.h). Types of values have none.
//
// Grammars. A gen may write text of a language that the program brings along: str(gbnf="..."),
// str(schema="..."), str(lenient_schema="..."). The host compiles it; the value is a str.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/id.h"

namespace lmp::ir {

using TypeId = Id<struct TypeTag>;

enum class TypeKind : uint8_t {
  kNone,  // result of a function without a value
  kI64,   // low..high
  kF64,
  kBool,
  kStr,       // low, high: characters (code points); pattern; options
  kList,      // element; low..high items
  kOptional,  // element
  kRecord,    // name
  kEnum,      // name
  kUnion,     // members; its values say which record they are (RecordValue::tagged)
  kCtx,       // immutable token timeline
  kEffect,    // ordering token of emit (and later write, listen)
};

struct TextGrammar {
  enum class Language : uint8_t { kGbnf, kJsonSchema };
  Language language = Language::kGbnf;
  std::string source;
  bool lenient = false;  // kJsonSchema: what cannot be kept to is left out, and reported

  bool operator==(const TextGrammar&) const = default;
};

struct Type {
  TypeKind kind = TypeKind::kNone;
  TypeId element;    // kList, kOptional
  std::string name;  // kRecord, kEnum
  std::optional<int64_t> low, high;
  std::optional<double> low_f, high_f;              // kF64 bounds
  std::optional<std::string> pattern;               // kStr: matches the whole text (regex.h)
  std::optional<std::vector<std::string>> options;  // kStr: one of these
  std::optional<TextGrammar> grammar;               // kStr of a gen
  std::vector<TypeId> members;                      // kUnion: records, each once
  // Names of holes; empty: none. Of numbers and counts, of the texts to choose from.
  std::string low_hole, high_hole, options_hole;
  // kRecord: the record's holes with what fills them, in the order of its declaration.
  std::vector<std::pair<std::string, std::string>> arguments;

  bool operator==(const Type&) const = default;
};

class TypeTable {
 public:
  TypeTable();
  TypeId Intern(Type type);
  const Type& operator[](TypeId id) const { return types_[id.index]; }
  size_t size() const { return types_.size(); }

  // Always present.
  TypeId none() const { return TypeId(0); }
  TypeId i64() const { return TypeId(1); }
  TypeId f64() const { return TypeId(2); }
  TypeId boolean() const { return TypeId(3); }
  TypeId str() const { return TypeId(4); }
  TypeId ctx() const { return TypeId(5); }
  TypeId effect() const { return TypeId(6); }
  TypeId ListOf(TypeId element);
  TypeId OptionalOf(TypeId element);
  TypeId RecordOf(std::string name);
  TypeId EnumOf(std::string name);
  TypeId UnionOf(std::vector<TypeId> members);

  // The same type without bounds at any depth: what two values must share to be interchangeable.
  TypeId Erased(TypeId id);
  // The same type without holes and grammars at any depth: of what a gen of it gives.
  TypeId WithoutHoles(TypeId id);
  // The least type both fit in (bounds are lost unless the types are equal): T and none give T?,
  // list<none> (an empty list) joins any list. nullopt if there is none; i64 and f64 have none.
  std::optional<TypeId> Join(TypeId a, TypeId b);
  // True if a value of type `from` may stand where `to` is asked for. Bounds are not compared.
  bool Fits(TypeId from, TypeId to);
  std::string ToText(TypeId id) const { return ToText((*this)[id]); }

 private:
  std::string ToText(const Type& type) const;
  std::vector<Type> types_;
  std::unordered_map<std::string, TypeId> by_text_;  // the text form of a type is its identity
};

// As a user writes it: "list<int(1..5)>", "string(max: 80)", "Topic?". For every message a user may
// see; ToText is for IR text. An invalid type is "?".
std::string UserType(const TypeTable& types, TypeId type);

}  // namespace lmp::ir
