#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "ir/builtin.h"
#include "ir/print.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

Value S(std::string text) { return Value::Str(std::move(text)); }
Value I(int64_t n) { return Value::Int(n); }
Value F(double n) { return Value::Float(n); }
Value L(std::vector<Value> items) { return Value::List(std::move(items)); }
Value Scored(std::string path, int64_t score) {
  return Value::Record("Scored", {{"path", S(std::move(path))}, {"score", I(score)}});
}

struct Case {
  const char* name;
  std::vector<Value> arguments;
  std::string expected;  // the value's text, or "error: part of the message"
};

std::string Run(const Case& c) {
  const Result<Value> result = EvalBuiltin(c.name, c.arguments);
  return result.ok() ? PrintValue(*result) : "error: " + result.status().message();
}

const Value kLeast = I(std::numeric_limits<int64_t>::min());
const Value kMost = I(std::numeric_limits<int64_t>::max());

const Case kCases[] = {
    {"add", {I(2), I(3)}, "5"},
    {"add", {kMost, I(1)}, "error: `add` of 9223372036854775807 and 1 does not fit"},
    {"sub", {kLeast, I(1)}, "error: `sub`"},
    {"mul", {kMost, I(2)}, "error: `mul`"},
    {"add", {I(1), F(0.5)}, "1.5"},
    {"mul", {F(1e200), F(1e200)}, "error: the result of `mul` is not a finite"},
    {"add", {S("a"), S("b")}, "\"ab\""},
    {"add", {L({I(1)}), L({I(2)})}, "[1, 2]"},
    {"div", {I(7), I(2)}, "3"},
    {"div", {I(-7), I(2)}, "-4"},
    {"div", {I(1), I(0)}, "error: division by zero"},
    {"div", {kLeast, I(-1)}, "error: `div`"},
    {"div", {F(1), I(0)}, "error: division by zero"},
    {"mod", {I(-7), I(3)}, "2"},
    {"mod", {I(7), I(-3)}, "-2"},
    {"mod", {kLeast, I(-1)}, "0"},
    {"mod", {F(-7.5), F(2)}, "0.5"},
    {"neg", {I(3)}, "-3"},
    {"neg", {kLeast}, "error: the negative"},
    {"abs", {kLeast}, "error: the negative"},
    {"abs", {F(-2.5)}, "2.5"},
    {"eq", {I(1), F(1)}, "true"},
    {"eq", {Value::Null(), S("")}, "false"},
    {"ne", {L({I(1)}), L({I(2)})}, "true"},
    {"lt", {S("Z"), S("a")}, "true"},
    {"le", {I(2), F(1.5)}, "false"},
    {"gt", {S("b"), S("ab")}, "true"},
    {"ge", {I(2), F(2)}, "true"},
    {"and", {Value::Bool(true), Value::Bool(false)}, "false"},
    {"or", {Value::Bool(true), Value::Bool(false)}, "true"},
    {"not", {Value::Bool(true)}, "false"},
    {"in", {I(2), L({I(1), I(2)})}, "true"},
    {"in", {S("an"), S("banana")}, "true"},
    {"index", {L({I(5), I(6)}), I(-1)}, "6"},
    {"index", {L({I(5)}), I(1)}, "error: index 1 is outside a list of 1 items"},
    {"index", {S("aé日"), I(1)}, "\"é\""},
    {"index", {S("aé日"), I(-4)}, "error: index -4 is outside a string of 3"},
    {"index", {L({I(5)}), kLeast}, "error: index"},
    {"slice", {S("aé日本"), I(1), I(3)}, "\"é日\""},
    {"slice", {L({I(1), I(2), I(3)}), I(-2), I(99)}, "[2, 3]"},
    {"slice", {L({I(1), I(2), I(3)}), kLeast, kMost}, "[1, 2, 3]"},
    {"slice", {L({I(1), I(2), I(3)}), I(2), I(1)}, "[]"},
    {"range", {I(3)}, "[0, 1, 2]"},
    {"range", {I(-1), I(2)}, "[-1, 0, 1]"},
    {"range", {I(5), I(2)}, "[]"},
    {"range", {kLeast, kMost}, "error: a range of 18446744073709551615 items"},
    {"concat_list", {L({}), L({I(1)})}, "[1]"},
    {"math_eval", {S(" 1 + 2*(3-4) / 8 ")}, "0.75"},
    {"math_eval", {S("-(-2.5)--1")}, "3.5"},
    {"math_eval", {S("2 3")}, "error: `math.eval`: character 3: expected the end, found \"3\""},
    {"math_eval", {S("(1")}, "error: `math.eval`: character 3: expected `)`, found the end"},
    {"math_eval", {S("1e5")}, "error: `math.eval`: character 2: expected the end"},
    {"math_eval", {S("inf")}, "error: `math.eval`: character 1: expected a number"},
    {"math_eval", {S("1/(2-2)")}, "error: `math.eval`: division by zero"},
    {"math_eval", {S(std::string(100, '(') + "1" + std::string(100, ')'))}, "1.0"},
    {"math_eval", {S(std::string(200, '('))}, "error: `math.eval`: nested more than 100 deep"},
    {"math_eval", {S(std::string(5000, '1'))}, "error: `math.eval` of 5000 bytes (limit 4096)"},
    {"len", {S("aé日")}, "3"},
    {"len", {L({I(1), I(1)})}, "2"},
    {"sum", {L({I(1), I(2)})}, "3"},
    {"sum", {L({kMost, I(1)})}, "error: `add`"},
    {"sum", {L({})}, "0"},
    {"min", {L({I(3), I(1), I(2)})}, "1"},
    {"max", {I(3), I(9), I(2)}, "9"},
    {"max", {L({})}, "error: `max` of an empty list"},
    {"round", {F(2.5)}, "3"},
    {"round", {F(-2.5)}, "-3"},
    {"round", {F(2.345), I(2)}, "2.35"},
    {"round", {F(1e300)}, "error: 1e+300 does not fit an int"},
    {"round", {F(1e300), I(3)}, "1e+300"},
    {"round", {F(1), I(99)}, "error: `round` takes 0 to 15 digits"},
    {"str", {F(2)}, "\"2.0\""},
    {"str", {Value::Null()}, "error: null has no text"},
    {"int", {S(" +42 ")}, "42"},
    {"int", {S("+-4")}, "error: not an int"},
    {"int", {S("4x")}, "error: not an int"},
    {"int", {F(-2.9)}, "-2"},
    {"int", {F(0x1.0p63)}, "error: 9223372036854775808.0 does not fit"},
    {"float", {S("1e3")}, "1000.0"},
    {"float", {S("inf")}, "error: not a float"},
    {"float", {Value::Bool(true)}, "1.0"},
    {"json", {L({S("a\n")})}, R"("[\"a\\n\"]")"},
    {"lines", {L({S("a"), I(1)})}, R"("a\n1")"},
    {"bullets", {L({S("a"), S("b")})}, R"("- a\n- b")"},
    {"join", {L({S("a"), S("b")}), S(", ")}, "\"a, b\""},
    {"split", {S("a,b,,c"), S(",")}, R"(["a", "b", "", "c"])"},
    {"split", {S("a"), S("")}, "error: `split` needs"},
    {"words", {S("  two\twords \n")}, R"(["two", "words"])"},
    {"sentences", {S("One. Two?  3.5 is. Four")}, R"(["One.", "Two?", "3.5 is.", "Four"])"},
    {"trim", {S(" \t a b \n")}, "\"a b\""},
    {"lower", {S("ÀÉß ŽŸ ΑΣ ЖЁ İ")}, "\"àéß žÿ ασ жё İ\""},
    {"upper", {S("àéßÿ žİ άς жё")}, "\"ÀÉßŸ Žİ ΆΣ ЖЁ\""},
    {"contains", {S("banana"), S("nan")}, "true"},
    {"starts_with", {S("banana"), S("ba")}, "true"},
    {"ends_with", {S("banana"), S("ba")}, "false"},
    {"matches", {S("ORD-123456"), S("ORD-\\d{6}")}, "true"},
    {"matches", {S("x"), S("(")}, "error: pattern: missing `)` at byte 1"},
    {"replace", {S("aXbXc"), S("X"), S("--")}, "\"a--b--c\""},
    {"replace", {S("a"), S(""), S("b")}, "error: `replace` needs"},
    {"clip_chars", {S("aé日"), I(2)}, "\"aé\""},
    {"clip_chars", {S("a"), I(-1)}, "error: `clip_chars`"},
    {"sort", {L({I(3), I(1), I(2)})}, "[1, 2, 3]"},
    {"sort",
     {L({Scored("b", 2), Scored("a", 1)}), S("score")},
     R"([Scored{path: "a", score: 1}, Scored{path: "b", score: 2}])"},
    {"sort", {L({Scored("b", 2)}), S("size")}, "error: record `Scored` has no field `size`"},
    {"top",
     {L({Scored("a", 1), Scored("b", 3), Scored("c", 3)}), S("score"), I(2)},
     R"([Scored{path: "b", score: 3}, Scored{path: "c", score: 3}])"},
    {"top", {L({I(1), I(5), I(3)}), I(2)}, "[5, 3]"},
    {"top", {L({I(1)}), I(9)}, "[1]"},
    {"reverse", {L({I(1), I(2)})}, "[2, 1]"},
    {"unique", {L({I(2), I(1), I(2)})}, "[2, 1]"},
    {"flat", {L({L({I(1)}), L({}), L({I(2), I(3)})})}, "[1, 2, 3]"},
    {"majority", {L({S("b"), S("a"), S("a"), S("b"), S("c")})}, "\"b\""},
    {"majority", {L({I(7), I(9), I(9)})}, "9"},
    {"majority", {L({})}, "error: `majority` of an empty list"},
    {"first", {L({I(1), I(2)})}, "1"},
    {"unwrap", {I(3)}, "3"},
    {"unwrap", {Value::Null()}, "error: this is null"},
    {"last", {L({I(1), I(2)})}, "2"},
    {"last", {L({})}, "error: `last` of an empty list"},
    {"count", {L({I(1), I(2), I(1)}), I(1)}, "2"},
    {"count", {S("banana"), S("an")}, "2"},
};

}  // namespace

TEST_CASE("built-ins: values") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.name));
    const std::string found = Run(c);
    if (c.expected.starts_with("error: ")) {
      CHECK_MESSAGE(found.starts_with(c.expected), found);
    } else {
      CHECK(found == c.expected);
    }
  }
}

TEST_CASE("built-ins: every one has a case, a help line and an arity that is checked") {
  for (const BuiltinSignature& b : AllBuiltins()) {
    CAPTURE(std::string(b.name));
    bool tested = false;
    for (const Case& c : kCases) tested = tested || b.name == c.name;
    CHECK(tested);
    CHECK_FALSE(b.help.empty());
    CHECK(b.arity_min <= b.arity_max);
    const std::vector<Value> many(static_cast<size_t>(b.arity_max) + 1, Value::Int(1));
    CHECK(EvalBuiltin(b.name, many).status().code() == StatusCode::kInvalidArgument);
  }
  CHECK(EvalBuiltin("keys", {}).status().message() == "there is no built-in `keys`");
  CHECK(FindBuiltin("majority") != nullptr);
  CHECK(FindBuiltin("keys") == nullptr);
}

TEST_CASE("built-ins: results are bounded") {
  const Value big = S(std::string(kValueBytesMax / 2, 'x'));
  CHECK(EvalBuiltin("add", std::vector{big, big}).status().code() ==
        StatusCode::kResourceExhausted);
  CHECK(EvalBuiltin("replace", std::vector{big, S("x"), S("yyyy")}).status().code() ==
        StatusCode::kResourceExhausted);
  CHECK(EvalBuiltin("join", std::vector{L({big, big, big}), S("")}).status().code() ==
        StatusCode::kResourceExhausted);
  CHECK(EvalBuiltin("concat_list", std::vector{L({big}), L({big, big})}).status().code() ==
        StatusCode::kResourceExhausted);
}

TEST_CASE("built-ins: texts of too many parts are refused before the parts are made") {
  const ValueAccount account(24'000);
  const ValueAccount::Use use(account);
  const size_t most = 24'000 / sizeof(Value);
  for (const char* name : {"split", "words", "sentences"}) {
    const auto arguments = [&](size_t parts) {
      std::string text;
      for (size_t i = 0; i < parts; ++i) text += name == std::string("sentences") ? "a. " : "a ";
      text.pop_back();
      std::vector<Value> out = {S(std::move(text))};
      if (name == std::string("split")) out.push_back(S(" "));
      return out;
    };
    // Each part has a byte or two beside the list's.
    const Result<Value> fits = EvalBuiltin(name, arguments(most * 9 / 10));
    REQUIRE(fits.ok());
    CHECK(fits->as_list().size() == most * 9 / 10);
    CHECK(EvalBuiltin(name, arguments(most + 1)).status().code() == StatusCode::kResourceExhausted);
  }
}

TEST_CASE("built-ins: a known result type makes an empty sum a float") {
  TypeTable types;
  const std::vector<Value> empty = {L({})};
  CHECK(EvalBuiltin("sum", empty, types[types.f64()]).value() == F(0));
  CHECK(EvalBuiltin("sum", empty, types[types.i64()]).value() == I(0));
}

TEST_CASE("built-ins: types") {
  TypeTable t;
  const TypeId ints = t.ListOf(t.i64());
  const TypeId scored = t.ListOf(t.RecordOf("Scored"));
  struct TypeCase {
    const char* name;
    std::vector<TypeId> arguments;
    std::string expected;
  };
  Type small;
  small.kind = TypeKind::kI64;
  small.high = 5;
  const TypeCase cases[] = {
      {"add", {t.Intern(small), t.i64()}, "i64"},
      {"add", {t.i64(), t.f64()}, "f64"},
      {"add", {t.str(), t.str()}, "str"},
      {"add",
       {t.str(), t.i64()},
       "error: `add` needs a string after a string (write \"${x}\"), found int"},
      {"add", {ints, t.ListOf(t.none())}, "list<i64>"},
      {"add",
       {t.boolean(), t.i64()},
       "error: `add` needs two numbers, strings or lists, found bool"},
      {"eq", {t.str(), t.OptionalOf(t.str())}, "bool"},
      {"eq", {t.str(), t.i64()}, "error: `eq` needs two values of one type, found string and int"},
      {"eq", {t.ctx(), t.ctx()}, "error: `eq` needs comparable values, found context"},
      {"lt", {t.str(), t.i64()}, "error: `lt` needs two numbers or two strings, found int"},
      {"not", {t.i64()}, "error: `not` needs bool, found int"},
      {"in", {t.str(), ints}, "error: `in` needs an item of list<int>, found string"},
      {"index", {ints, t.i64()}, "i64"},
      {"index", {t.i64(), t.i64()}, "error: `index` needs a list or a string, found int"},
      {"slice", {t.str(), t.i64(), t.i64()}, "str"},
      {"range", {t.i64(), t.i64()}, "list<i64>"},
      {"len", {t.i64()}, "error: `len` needs a list or a string, found int"},
      {"sum", {t.ListOf(t.f64())}, "f64"},
      {"max", {t.i64(), t.f64()}, "error: `max` needs numbers of one type, found float"},
      {"round", {t.f64()}, "i64"},
      {"round", {t.f64(), t.i64()}, "f64"},
      {"str", {t.OptionalOf(t.str())}, "error: `str` needs a value that has a text, found string?"},
      {"int", {t.str()}, "i64"},
      {"lines", {ints}, "str"},
      {"lines",
       {t.ListOf(t.ctx())},
       "error: `lines` needs a list of values with text, found list<context>"},
      {"sort",
       {scored},
       "error: `sort` needs a list of numbers, strings, bools or enums (or `by`), found "
       "list<Scored>"},
      {"sort", {scored, t.str()}, "list<rec<Scored>>"},
      {"top", {scored, t.str(), t.i64()}, "list<rec<Scored>>"},
      {"top",
       {ints, t.str(), t.i64()},
       "error: `top` needs a list of records with `by`, found list<int>"},
      {"flat", {t.ListOf(ints)}, "list<i64>"},
      {"flat", {ints}, "error: `flat` needs a list of lists, found list<int>"},
      {"majority", {ints}, "i64"},
      {"count", {ints, t.str()}, "error: `count` needs an item of list<int>, found string"},
      {"majority", {}, "error: `majority` takes 1 argument, found 0"},
      {"top", {ints}, "error: `top` takes 2 to 3 arguments, found 1"},
  };
  for (const TypeCase& c : cases) {
    CAPTURE(std::string(c.name));
    const Result<TypeId> result = BuiltinResultType(c.name, c.arguments, &t);
    CHECK((result.ok() ? t.ToText(*result) : "error: " + result.status().message()) == c.expected);
  }
}

}  // namespace lmp::ir
