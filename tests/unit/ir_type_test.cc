#include <doctest/doctest.h>

#include "ir/type.h"

namespace lmp::ir {

TEST_CASE("types: equal types have equal ids, text forms are canonical") {
  TypeTable types;
  Type bounded;
  bounded.kind = TypeKind::kI64;
  bounded.low = 1;
  bounded.high = 20;
  const TypeId small = types.Intern(bounded);
  CHECK(types.Intern(bounded) == small);
  CHECK(small != types.i64());
  CHECK(types.ToText(small) == "i64(1..20)");
  CHECK(types.Erased(small) == types.i64());
  Type real;
  real.kind = TypeKind::kF64;
  real.low_f = 0;
  CHECK(types.ToText(types.Intern(real)) == "f64(0.0..)");
  Type text;
  text.kind = TypeKind::kStr;
  text.high = 80;
  Type list;
  list.kind = TypeKind::kList;
  list.element = types.Intern(text);
  list.low = 1;
  list.high = 3;
  const TypeId texts = types.Intern(list);
  CHECK(types.ToText(texts) == "list<str(max=80)>(1..3)");
  CHECK(types.Erased(texts) == types.ListOf(types.str()));
  CHECK(types.ToText(types.OptionalOf(types.RecordOf("R"))) == "rec<R>?");
  CHECK(types.OptionalOf(types.OptionalOf(types.i64())) == types.OptionalOf(types.i64()));
  // What users see has the names of the language.
  CHECK(UserType(types, small) == "int(1..20)");
  CHECK(UserType(types, types.Intern(real)) == "float(0.0..)");
  CHECK(UserType(types, texts) == "list<string(max: 80)>(1..3)");
  CHECK(UserType(types, types.OptionalOf(types.RecordOf("R"))) == "R?");
  CHECK(UserType(types, types.EnumOf("E")) == "E");
  CHECK(UserType(types, types.ctx()) == "context");
  CHECK(UserType(types, types.none()) == "null");
  CHECK(UserType(types, types.ListOf(types.none())) == "empty list");
  CHECK(UserType(types, TypeId()) == "?");
}

TEST_CASE("types: join and fit") {
  TypeTable types;
  const TypeId optional = types.OptionalOf(types.str());
  const TypeId nothing = types.ListOf(types.none());
  CHECK(types.Join(types.none(), types.str()) == optional);
  CHECK(types.Join(optional, types.str()) == optional);
  CHECK(types.Join(nothing, types.ListOf(types.i64())) == types.ListOf(types.i64()));
  CHECK_FALSE(types.Join(types.i64(), types.f64()).has_value());
  CHECK_FALSE(types.Join(types.ctx(), types.str()).has_value());
  CHECK(types.Fits(types.str(), optional));
  CHECK_FALSE(types.Fits(optional, types.str()));
  CHECK(types.Fits(types.ListOf(types.str()), types.ListOf(optional)));
  CHECK(types.Fits(nothing, types.ListOf(types.RecordOf("R"))));
  CHECK_FALSE(types.Fits(types.ListOf(types.str()), nothing));
}

}  // namespace lmp::ir
