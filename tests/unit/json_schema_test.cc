// JSON Schema keyword by keyword: what is generated and what is not, what is refused and where, and
// schemas made to exhaust.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"

namespace lmp::constrain {
namespace {

using Texts = std::vector<std::string>;

bool Accepts(const GrammarRef& grammar, const std::string& text) {
  static const auto trie = std::make_shared<const TokenTrie>(Texts(8));
  Matcher matcher(grammar, trie);
  return matcher.AcceptBytes(text) && matcher.Accepting();
}

void Check(const std::string& schema, const Texts& good, const Texts& bad,
           const JsonSchemaOptions& options = {}) {
  CAPTURE(schema);
  const SchemaGrammar made = CompileJsonSchema(schema, options);
  if (!made.refused.empty()) FAIL(StatusOf(made.refused).message());
  CHECK(made.warnings.empty());
  for (const std::string& text : good) CHECK_MESSAGE(Accepts(made.grammar, text), text);
  for (const std::string& text : bad) CHECK_MESSAGE(!Accepts(made.grammar, text), text);
}

TEST_CASE("scalars") {
  Check(R"({"type": "null"})", {"null"}, {"nul", "true", "0", "", " null", "null "});
  Check(R"({"type": "boolean"})", {"true", "false"}, {"True", "\"true\""});
  Check(R"({"type": ["string", "null"]})", {"null", "\"\"", "\"a\""}, {"1", "{}"});
  Check(R"({"enum": ["a", 1, null, [1, "b"], {"x": 1, "y": []}]})",
        {"\"a\"", "1", "null", "[1, \"b\"]", "{\"x\": 1, \"y\": []}"},
        {"\"b\"", "2", "[1]", "{}", "{\"x\": 1}"});
  Check(R"({"const": "\u00e4\n\"\u0001"})", {"\"\u00e4\\n\\\"\\u0001\""},
        {"\"\u00e4\"", "\"\\u00e4\\n\\\"\\u0001\""});
  Check("true", {"1", "[{\"a\": [null]}]"}, {"", "[1,2]", "01", "[1, ]"});
}

TEST_CASE("numbers, exactly") {
  Check(R"({"type": "integer", "minimum": -3, "exclusiveMaximum": 12})", {"-3", "0", "9", "11"},
        {"-4", "12", "1.0", "1e0", "-0", "007"});
  Check(R"({"type": "number", "minimum": 0.1, "maximum": 0.3})", {"0.1", "0.25", "0.3", "0.30"},
        {"0.09", "0.31", "0.300001", "1"});
  Check(R"({"type": "number", "multipleOf": 0.05})", {"0.05", "1", "-2.15"}, {"0.051", "0.01"});
  Check(R"({"type": "integer", "multipleOf": 7, "minimum": 100})", {"105", "7000"}, {"98", "106"});
  Check(R"({"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer", "minimum": 5,
            "exclusiveMinimum": true})",
        {"6"}, {"5", "4"});
  Check(R"({"allOf": [{"minimum": 3}, {"maximum": 9}], "type": "integer", "minimum": 5})",
        {"5", "9"}, {"3", "4", "10"});
  Check(R"({"type": "integer", "maximum": 123456789012345678901234567890})",
        {"123456789012345678901234567890", "-99999999999999999999"},
        {"123456789012345678901234567891"});
}

TEST_CASE("members of an enum are written so that every reader finds them") {
  // To draft 4 a number with a point is no integer.
  Check(R"({"type": "integer", "enum": [1.0, 1e+16, 2]})", {"1", "10000000000000000", "2"},
        {"1.0", "1e+16"});
  Check(R"({"enum": [1.0, 0.50, 1e3]})", {"1", "1.0", "0.5", "0.50", "1e3", "1000"}, {"1.00"});
  // As a double 1e+23 is not the integer of these digits.
  Check(R"({"enum": [1e+23]})", {"1e+23"}, {"100000000000000000000000"});
}

TEST_CASE("strings") {
  Check(R"({"type": "string", "minLength": 2, "maxLength": 3})",
        {"\"ab\"", "\"\u00e4\u20ac\U0001f600\"", "\"\\n\\\"\""}, {"\"a\"", "\"abcd\"", "\"a\nb\""});
  Check(R"({"type": "string", "pattern": "^a+b$"})", {"\"aab\""}, {"\"aabx\"", "\"b\""});
  Check(R"({"type": "string", "pattern": "x", "maxLength": 3})", {"\"axb\"", "\"x\""},
        {"\"abc\"", "\"xxxx\""});
  Check(R"({"type": "string", "pattern": "^(?!no)\\w{1,4}$"})", {"\"yes\"", "\"n\""},
        {"\"nope\"", "\"no\""});
  Check(R"({"type": "string", "format": "date"})", {"\"2024-02-29\""},
        {"\"2023-02-29\"", "\"2024-13-01\""});
  Check(R"({"type": "string", "format": "ipv4"})", {"\"1.2.3.255\""},
        {"\"1.2.3.256\"", "\"1.2.3\""});
  Check(R"({"type": "string", "format": "uri"})", {"\"https://a.org/b?c=1#d\""},
        {"\"a b\"", "\"x\"", "\"h:<\""});
  Check(R"({"type": "integer", "format": "int32"})", {"2147483647", "-2147483648"}, {"2147483648"});
  Check(R"({"type": "string", "not": {"enum": ["a", "b"]}})", {"\"c\"", "\"ab\""},
        {"\"a\"", "\"b\""});
}

TEST_CASE("arrays") {
  Check(R"({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3})",
        {"[1]", "[1, 2, 3]"}, {"[]", "[1, 2, 3, 4]", "[1,2]", "[\"a\"]", "[1, ]"});
  Check(
      R"({"type": "array", "prefixItems": [{"type": "null"}, {"type": "boolean"}], "items": false})",
      {"[]", "[null]", "[null, true]"}, {"[true]", "[null, true, 1]"});
  Check(R"({"type": "array", "items": [{"type": "null"}], "additionalItems": {"type": "integer"}})",
        {"[null, 1, 2]"}, {"[null, null]"});
  Check(
      R"({"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": true, "minItems": 2})",
      {"[\"b\", \"a\"]", "[\"c\", \"b\", \"a\"]"}, {"[\"a\", \"a\"]", "[\"a\"]"});
  Check(R"({"type": "array", "contains": {"const": 7}, "items": {"type": "integer"}})",
        {"[7]", "[1, 7, 7]"}, {"[]", "[1, 2]"});
  Check(R"({"type": "array", "contains": {"const": 7}, "maxContains": 1, "minContains": 0,
            "items": {"type": "integer"}})",
        {"[]", "[7]", "[1, 7, 2]"}, {"[7, 7]"});
  Check(R"({"type": "array", "maxItems": 18446744073709551615, "items": {"const": 1}})", {"[1, 1]"},
        {"[2]"});
}

TEST_CASE("distinct items of a large enum") {
  std::string members, forward, back;
  for (int i = 0; i < 64; ++i) {
    members += (i > 0 ? ", " : "") + std::string("\"w") + std::to_string(i) + "\"";
  }
  for (int i = 63; i >= 0; --i) {
    back += (i < 63 ? ", " : "") + std::string("\"w") + std::to_string(i) + "\"";
  }
  const std::string schema =
      R"({"type": "array", "uniqueItems": true, "items": {"enum": [)" + members;
  for (const char* min : {"0", "3", "16"}) {
    CAPTURE(min);
    Check(schema + "]}, \"minItems\": " + min + "}", {"[" + members + "]", "[" + back + "]"},
          {"[" + back + ", \"w7\"]", "[\"w1\", \"w10\", \"w1\"]"});
  }
  for (const char* min : {"17", "64", "65"}) {
    CAPTURE(min);
    const SchemaGrammar many = CompileJsonSchema(schema + "]}, \"minItems\": " + min + "}");
    REQUIRE(many.refused.size() == 1);
    CHECK(many.refused[0].kind == SchemaProblemKind::kImpossible);
  }
}

TEST_CASE("what an array that may be empty only contains") {
  for (const char* schema :
       {R"({"type": "array", "maxItems": 0, "contains": {"type": "array"}})",
        R"({"type": "array", "prefixItems": [false], "contains": {"type": "array"}})",
        R"({"type": "array", "maxItems": 0, "not": {"items": {"type": "string"}}})"}) {
    CAPTURE(schema);
    CHECK(CompileJsonSchema(schema).grammar == nullptr);
  }
  Check(R"({"type": "array", "prefixItems": [false], "contains": {"type": "array"},
            "minContains": 0, "maxContains": 1})",
        {"[]"}, {"[\"a\"]", "[[]]"});
  Check(R"({"oneOf": [true, {"type": ["string", "array"], "items": {"type": "string"}},
                      {"not": {"prefixItems": [{"type": "string"}, {"type": "string"}]}}]})",
        {"1", "{}"}, {"[3]", "[]", "[\"a\"]", "[[\"a\"]]", "\"a\""});
  Check(R"({"not": {"not": {"items": false, "prefixItems": [{"type": "string"}], "maxItems": 1,
                            "contains": {"minimum": 5, "multipleOf": 5}}}})",
        {"[\"a\"]", "1"}, {"[5]", "[]", "[\"a\", 5]"});
}

TEST_CASE("objects: keys in order, required ones, others") {
  Check(R"({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "null"}},
            "required": ["b"], "additionalProperties": false})",
        {"{\"a\": 1, \"b\": null}", "{\"b\": null}"},
        {"{}", "{\"a\": 1}", "{\"b\": null, \"a\": 1}", "{\"b\": null, \"c\": 1}",
         "{\"a\":1, \"b\": null}"});
  Check(R"({"properties": {"a": {"type": "integer"}}, "required": ["z"]})",
        {"{\"a\": 1, \"z\": [], \"q\": 2}", "{\"z\": 0}", "5"}, {"{\"a\": \"x\", \"z\": 0}", "{}"});
  Check(R"({"type": "object", "patternProperties": {"^x": {"type": "integer"}},
            "additionalProperties": {"type": "string"}})",
        {"{\"x1\": 1, \"y\": \"s\"}", "{}"}, {"{\"x1\": \"s\"}", "{\"y\": 1}"});
  Check(R"({"type": "object", "minProperties": 2, "maxProperties": 3, "properties": {"a": true},
            "additionalProperties": {"type": "integer"}})",
        {"{\"a\": [], \"b\": 1}", "{\"p\": 1, \"q\": 2, \"r\": 3}"},
        {"{\"a\": 1}", "{\"a\": 0, \"b\": 1, \"c\": 2, \"d\": 3}"});
  Check(R"({"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}})", {"{\"ab\": 1}", "{}"},
        {"{\"a\": 1}"});
  Check(
      R"({"type": "object", "properties": {"": {"const": 1}, "a\"b": {"const": 2}}, "additionalProperties": false})",
      {"{\"\": 1, \"a\\\"b\": 2}"}, {"{\"a\": 2}"});
  Check(
      R"({"type": "object", "properties": {"a": true, "b": true}, "dependentRequired": {"a": ["b"]},
            "additionalProperties": false})",
      {"{}", "{\"b\": 1}", "{\"a\": 1, \"b\": 1}"}, {"{\"a\": 1}"});
  Check(
      R"({"properties": {"kind": {"enum": ["x", "y"]}, "n": true}, "type": "object", "required": ["kind"],
            "if": {"properties": {"kind": {"const": "x"}}}, "then": {"required": ["n"]},
            "additionalProperties": false})",
      {"{\"kind\": \"x\", \"n\": 1}", "{\"kind\": \"y\"}"}, {"{\"kind\": \"x\"}"});
}

TEST_CASE("a key that is written twice counts once") {
  Check(R"({"minProperties": 2})",
        {"{\"a\": 1, \"b\": 1}", "{\"foo\": 1, \"bar\": 1, \"foo\": 2}", "{\"\": 1, \"a\": 1}"},
        {"{\"a\": 1, \"a\": 1}", "{\"\": 1, \"\": 1}", "{\"a\": 1}", "{}"});
  Check(R"({"type": "object", "properties": {"a": true}, "minProperties": 3, "maxProperties": 3})",
        {"{\"a\": 1, \"b\": 1, \"c\": 1}", "{\"d\": 1, \"b\": 1, \"c\": 1}"},
        {"{\"a\": 1, \"b\": 1, \"b\": 1}", "{\"a\": 1, \"b\": 1, \"c\": 1, \"d\": 1}",
         "{\"b\": 1, \"c\": 1, \"b\": 1}"});
  Check(R"({"type": "object", "minProperties": 2, "propertyNames": {"enum": ["aa", "ba", "ca"]}})",
        {"{\"aa\": 1, \"ba\": 1}", "{\"aa\": 1, \"ba\": 1, \"ca\": 1}"},
        {"{\"ba\": 1}", "{\"ba\": 1, \"ba\": 1}"});
  const SchemaGrammar alike = CompileJsonSchema(
      R"({"type": "object", "minProperties": 2, "propertyNames": {"pattern": "x$"}})");
  REQUIRE(alike.refused.size() == 1);
  CHECK(alike.refused[0].keyword == "minProperties");
}

TEST_CASE("combinations and references") {
  Check(
      R"({"oneOf": [{"type": "object", "properties": {"t": {"const": "a"}, "v": {"type": "integer"}}, "required": ["t"]},
                      {"type": "object", "properties": {"t": {"const": "b"}, "v": {"type": "string"}}, "required": ["t"]}]})",
      {"{\"t\": \"a\", \"v\": 1}", "{\"t\": \"b\", \"v\": \"s\"}"},
      {"{\"t\": \"a\", \"v\": \"s\"}", "{\"t\": \"c\"}"});
  Check(
      R"({"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]})",
      {"2", "3", "9"}, {"6", "12", "5"});
  Check(R"({"$ref": "#/definitions/tree", "definitions": {"tree": {"type": "object", "properties":
            {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/definitions/tree"}}},
            "required": ["v"], "additionalProperties": false}}})",
        {"{\"v\": 1, \"kids\": [{\"v\": 2}, {\"v\": 3, \"kids\": []}]}"},
        {"{\"v\": 1, \"kids\": [{}]}"});
  // The intersection of two recursive schemas is one.
  Check(R"({"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}], "$defs": {
            "a": {"type": "array", "items": {"$ref": "#/$defs/a"}, "maxItems": 2},
            "b": {"type": "array", "items": {"$ref": "#/$defs/b"}, "minItems": 0, "maxItems": 1}}})",
        {"[]", "[[[]]]"}, {"[[], []]", "[[[], []]]"});
  Check(
      R"({"$defs": {"a/b": {"type": "null"}, "c%d": {"type": "boolean"}}, "anyOf": [{"$ref": "#/$defs/a~1b"},
            {"$ref": "#/$defs/c%25d"}]})",
      {"null", "true"}, {"1"});
  Check(R"({"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": false})",
        {"{\"a\": {\"a\": {}}}"}, {"{\"a\": 1}"});
}

TEST_CASE("white space by style") {
  JsonSchemaOptions compact;
  compact.style = {"", "", 0};
  Check(R"({"type": "array"})", {"[1,{\"a\":2}]"}, {"[1, 2]"}, compact);
  JsonSchemaOptions flexible;
  flexible.style.flexible_blanks_max = 4;
  Check(R"({"properties": {"a": {"type": "integer"}}, "type": "object", "required": ["a"]})",
        {"{\"a\": 1}", "{\n  \"a\":1\n}", "{ \"a\":\n    1,\"b\": [ 1,\n 2 ]}"},
        {"{\n\n\"a\": 1}", " {\"a\": 1}"}, flexible);
  CHECK(Accepts(AnyJsonObject().grammar, "{\"a\": [1, {}]}"));
  CHECK(!Accepts(AnyJsonObject().grammar, "[]"));
}

struct Refusal {
  const char* schema;
  SchemaProblemKind kind;
  const char* pointer;
  const char* keyword;
};

TEST_CASE("what is refused, where and as what") {
  constexpr auto kInvalid = SchemaProblemKind::kInvalid;
  constexpr auto kUnsupported = SchemaProblemKind::kUnsupported;
  constexpr auto kImpossible = SchemaProblemKind::kImpossible;
  for (
      const Refusal& r : std::vector<Refusal>{
          {R"({"type": "stsring"})", kInvalid, "", "type"},
          {R"({"properties": {"a~/b": {"type": 3}}})", kInvalid, "/properties/a~0~1b", "type"},
          {R"({"properties": {"a": {"$ref": "#/a/b"}}})", kInvalid, "/properties/a", "$ref"},
          {R"({"$ref": "#"})", kInvalid, "", "$ref"},
          {R"({"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"$ref": "#"}}})", kInvalid,
           "/allOf/0", "$ref"},
          {R"({"$ref": "http://example.org/other.json"})", kUnsupported, "", "$ref"},
          {R"({"items": {"pattern": "("}})", kInvalid, "/items", "pattern"},
          {R"({"items": {"pattern": "(a)\\1"}})", kUnsupported, "/items", "pattern"},
          {R"({"format": "semver"})", kUnsupported, "", "format"},
          {R"({"uniqueItems": true})", kUnsupported, "", "uniqueItems"},
          {R"({"uniqueItems": true, "items": {"enum": ["a"], "format": "semver"}})", kUnsupported,
           "/items", "format"},
          {R"({"unevaluatedProperties": false})", kUnsupported, "", "unevaluatedProperties"},
          {R"({"minLength": -1})", kInvalid, "", "minLength"},
          {R"({"required": "a"})", kInvalid, "", "required"},
          {R"({"enum": []})", kImpossible, "", "enum"},
          {R"({"type": "object", "properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}, "required": ["a"]})",
           kImpossible, "/properties/a", "minimum"},
          {R"({"type": "array", "items": {"$ref": "#"}, "minItems": 1})", kImpossible, "/items",
           "$ref"},
          {R"({"$defs": {"unused": {"minLength": "3"}}})", kInvalid, "/$defs/unused", "minLength"},
          {R"({"$defs": {"unused": {"items": {"type": "strng"}}}})", kInvalid,
           "/$defs/unused/items", "type"},
          {R"({"$schema": 5})", kInvalid, "", "$schema"},
          {"false", kImpossible, "", ""},
          {"[]", kInvalid, "", ""},
          {"3", kInvalid, "", ""},
          {"{", kInvalid, "", ""},
          {"", kInvalid, "", ""},
          {R"({"type": "null", "type": "null"})", kInvalid, "", ""},
      }) {
    CAPTURE(r.schema);
    const SchemaGrammar made = CompileJsonSchema(r.schema);
    CHECK(made.grammar == nullptr);
    REQUIRE(!made.refused.empty());
    CAPTURE(made.refused[0].ToText());
    CHECK(made.refused[0].kind == r.kind);
    CHECK(made.refused[0].pointer == r.pointer);
    CHECK(made.refused[0].keyword == r.keyword);
    CHECK(!made.refused[0].reason.empty());
  }
}

TEST_CASE("every place is listed; lenient leaves unsupported ones out and says so") {
  const char* schema =
      R"({"properties": {"a": {"format": "semver"}, "b": {"items": {"format": "topic"}}},
                           "patternProperties": {"x": {"type": "strin"}}})";
  const SchemaGrammar strict = CompileJsonSchema(schema);
  REQUIRE(strict.refused.size() == 3);
  CHECK(strict.refused[0].pointer == "/properties/a");
  CHECK(strict.refused[1].pointer == "/properties/b/items");
  CHECK(strict.refused[2].pointer == "/patternProperties/x");
  JsonSchemaOptions lenient;
  lenient.lenient = true;
  CHECK(CompileJsonSchema(schema, lenient).refused.size() == 1);
  const SchemaGrammar made =
      CompileJsonSchema(R"({"type": "string", "format": "semver", "maxLength": 3})", lenient);
  REQUIRE(made.grammar != nullptr);
  REQUIRE(made.warnings.size() == 1);
  CHECK(made.warnings[0].keyword == "format");
  CHECK(Accepts(made.grammar, "\"1.2\""));
  CHECK(!Accepts(made.grammar, "\"1.2.\""));
}

TEST_CASE("every place that nothing can fulfil is listed, with what clashes") {
  const char* schema =
      R"({"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"type": "integer", "minimum": 3, "maximum": 1},
            "b": {"type": "string", "minLength": 3, "maxLength": 1},
            "c": {"type": "array", "minItems": 1, "items": {"enum": []}},
            "d": {"format": "semver"}}})";
  const std::vector<SchemaProblem> refused = CompileJsonSchema(schema).refused;
  REQUIRE(refused.size() == 4);
  // Nothing is said where what is not supported is under a complement.
  CHECK(CompileJsonSchema(R"({"type": "array", "minItems": 1, "contains": {"format": "semver"},
                              "minContains": 0, "maxContains": 0})")
            .refused.size() == 1);
  const char* const expected[] = {
      R"("/properties/a": `minimum`: nothing can fulfil it together with `maximum`)",
      R"("/properties/b": `minLength`: nothing can fulfil it together with `maxLength`)",
      R"("/properties/c/items": `enum`: nothing can fulfil it)",
      R"("/properties/d": `format`: the format "semver" is not known)"};
  for (size_t i = 0; i < 4; ++i) CHECK(refused[i].ToText() == expected[i]);
}

std::string Repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Compiles and takes a few tokens; a runaway would meet the time limit of the test or of memory.
void Ends(const std::string& schema, bool compiles) {
  CAPTURE(schema.substr(0, 100));
  const SchemaGrammar made = CompileJsonSchema(schema);
  if (!made.refused.empty()) CAPTURE(StatusOf(made.refused).message());
  CHECK((made.grammar != nullptr) == compiles);
  if (made.grammar == nullptr) return;
  const auto trie = std::make_shared<const TokenTrie>(
      Texts{"{", "\"", "[", "a", "1", "}", "]", ",", " ", ":", "aaaa", "\\", "t", "{\"a\": "});
  Matcher matcher(made.grammar, trie);
  TokenMask mask;
  for (int step = 0; step < 20 && matcher.Mask({}, &mask).ok(); ++step) {
    TokenId id = 0;
    while (id < trie->vocabulary() && !(mask.Allows(id) && matcher.Accept(id))) ++id;
    if (id == trie->vocabulary()) break;
  }
}

// What has brought other engines down, or made them allow what a schema forbids.
TEST_CASE("incidents of other engines") {
  Check(R"({"type": "string", "pattern": "^[^\\n\\r]{1,129}$"})",
        {"\"" + std::string(129, 'x') + "\"", "\"a\""},
        {"\"\"", "\"" + std::string(130, 'x') + "\"", "\"a\\n\""});
  Check(R"({"type": "string"})", {"\"\\n\""}, {"\"\n\"", "\"a\"\n", "\"\x1f\"", " \"a\""});
  Check(R"({"type": "array", "maxItems": 18446744073709551615, "items": {"type": "null"}})",
        {"[]", "[null, null]"}, {"[1]"});
  Check(R"({"x-anything": {"type": "stsring"}, "nullable": true, "type": "null"})", {"null"},
        {"1"});
  Check(R"({"$ref": "#/$defs/a~1b%25", "$defs": {"a/b%": {"type": "null"}}})", {"null"}, {"1"});
  Check(R"({"type": "object", "additionalProperties": false, "properties": {"__proto__": {}, "": {},
            "\u0000": {"type": "null"}}, "required": ["__proto__", "", "\u0000"]})",
        {R"({"__proto__": 1, "": [], "\u0000": null})"}, {R"({"": 1})", "{}"});
  for (
      const char* schema : {
          R"({"type": "array", "minItems": 18446744073709551615})",
          R"({"type": "string", "pattern": "^+"})",
          R"({"type": "string", "pattern": "^{2}x"})",
          R"({"type": "string", "pattern": "(?<=x)*"})",
          R"({"type": "string", "pattern": "a{1000001}"})",
          R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})",
          R"({"type": "object", "properties": {"a": {}, "a": {}}})",
          R"({"type": "object", "required": ["\ud800"]})",
          R"({"type": "integer", "minimum": 1e400})",
          "\xff",
          "\"",
      }) {
    CAPTURE(schema);
    const SchemaGrammar made = CompileJsonSchema(schema);
    CHECK(made.grammar == nullptr);
    REQUIRE(!made.refused.empty());
    CHECK(!made.refused[0].reason.empty());
    // A refusal behind a success, and a success behind a refusal.
    Check(R"({"type": "null"})", {"null"}, {"1"});
  }
  std::string nested = R"({"type": "null"})";
  for (int i = 0; i < 10; ++i) {
    nested = "{\"oneOf\": [" + nested + ", {\"const\": " + std::to_string(i) + "}]}";
  }
  Check(nested, {"null", "3"}, {"10"});
}

// A schema of `count` branches, each `branch` with its number in the place of `#`.
std::string Branches(const std::string& keyword, size_t count, const std::string& branch) {
  std::string out = "{\"" + keyword + "\": [";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    for (const char c : branch) out += c == '#' ? std::to_string(i) : std::string(1, c);
  }
  return out + "]}";
}

// Work that grows with the square of the schema is either not done or ends by fuel: at these sizes
// it took from seconds to minutes.
TEST_CASE("unions of many branches are linear, or refused") {
  for (const char* branch : {R"({"const": #})", R"({"enum": ["v#"]})"}) {
    CAPTURE(branch);
    for (const char* keyword : {"anyOf", "oneOf"}) {
      CHECK(CompileJsonSchema(Branches(keyword, 20000, branch)).grammar != nullptr);
    }
  }
  Check(Branches("oneOf", 300, R"({"const": #})"), {"0", "299"}, {"300"});
  Check(R"({"oneOf": [{"const": 1}, {"const": 1.0}, {"const": 2}]})", {"2"}, {"1"});
  for (const auto& [keyword, branch] : std::vector<std::pair<const char*, const char*>>{
           {"oneOf", R"({"enum": ["a#", "b#"]})"},
           {"oneOf", R"({"properties": {"k": {"const": #}}, "required": ["k"]})"},
           {"oneOf", R"({"maximum": #})"}}) {
    CAPTURE(keyword);
    const SchemaGrammar made = CompileJsonSchema(Branches(keyword, 20000, branch));
    CHECK(made.grammar == nullptr);
    CHECK(made.refused.at(0).reason.find("steps") != std::string::npos);
  }
}

TEST_CASE("problems of a schema that is used often are listed once") {
  std::string defs = R"("a0": {"format": "x"})";
  for (int i = 1; i < 100; ++i) {
    const std::string ref = "{\"$ref\": \"#/$defs/a" + std::to_string(i - 1) + "\"}";
    defs += ", \"a" + std::to_string(i) + "\": {\"allOf\": [" + ref + ", " + ref + "]}";
  }
  const SchemaGrammar made =
      CompileJsonSchema(R"({"$ref": "#/$defs/a99", "$defs": {)" + defs + "}}");
  CHECK(made.refused.size() == 1);
}

TEST_CASE("a number out of range is named") {
  const SchemaGrammar made = CompileJsonSchema(R"({"type": "integer", "minimum": 1e400})");
  REQUIRE(made.refused.size() == 1);
  CHECK(made.refused[0].reason.find("out of range") != std::string::npos);
  CHECK(made.refused[0].reason.find("minimum") != std::string::npos);
}

TEST_CASE("schemas made to exhaust end with an error or work") {
  Ends(Repeated("{\"items\":", 100000) + "true" + Repeated("}", 100000), false);
  Ends(Repeated("[", 100000), false);
  Ends(Repeated("{\"items\":", 120) + "true" + Repeated("}", 120), true);
  Ends(Repeated("{\"allOf\":[", 120) + "true" + Repeated("]}", 120), true);
  Ends("{\"type\": \"string\", \"pattern\": \"(" + std::string(60000, '(') + "\"}", false);
  Ends(R"({"type": "string", "pattern": "^(a{1,1000}){1,1000}$"})", true);
  Ends(R"({"type": "string", "pattern": "^([ab]*a[ab]{30}|(x+x+)+y)$"})", true);
  Ends(R"({"type": "string", "pattern": "a{1000000}b"})", true);
  Ends(R"({"type": "string", "minLength": 100000, "maxLength": 1000000, "pattern": "x"})", false);
  Ends(R"({"type": "array", "minItems": 1000000, "items": {"type": "null"}})", true);
  {
    std::string names = "[\"x0\"";
    for (int i = 1; i < 100000; ++i) names += ",\"x" + std::to_string(i) + "\"";
    Ends("{\"enum\": " + names + "]}", true);
  }
  {
    std::string properties = "{\"type\": \"object\", \"properties\": {\"x0\": {}";
    for (int i = 1; i < 5000; ++i)
      properties += ",\"x" + std::to_string(i) + "\": {\"type\": \"null\"}";
    Ends(properties + "}}", true);
    Ends(properties + "}, \"minProperties\": 10000}", false);
    for (int i = 5000; i < 100000; ++i) properties += ",\"x" + std::to_string(i) + "\": {}";
    Ends(properties + "}}", false);
  }
  {
    // Every level doubles what a tree without sharing would hold.
    std::string doubling = "{\"$ref\": \"#/$defs/d0\", \"$defs\": {";
    for (int i = 0; i < 60; ++i) {
      const std::string next = "{\"$ref\": \"#/$defs/d" + std::to_string(i + 1) + "\"}";
      doubling += "\"d" + std::to_string(i) + "\": {\"type\": \"array\", \"prefixItems\": [" +
                  next + "," + next + "], \"items\": false}, ";
    }
    Ends(doubling + "\"d60\": {\"type\": \"null\"}}}", true);
  }
  {
    std::string branches, optional;
    for (int i = 0; i < 12; ++i) {
      const std::string n = std::to_string(i);
      branches += std::string(i == 0 ? "" : ",") + "{\"anyOf\": [{\"required\": [\"a" + n +
                  "\"]}, {\"required\": [\"b" + n + "\"]}]}";
    }
    Ends("{\"type\": \"object\", \"allOf\": [" + branches + "]}", false);  // 2^12 alternatives
    Ends("{\"type\": \"object\", \"oneOf\": [" + branches + "]}", true);
  }
  {
    std::string chain = "{\"$ref\": \"#/$defs/d0\", \"$defs\": {";
    for (int i = 0; i < 5000; ++i) {
      chain += "\"d" + std::to_string(i) + "\": {\"$ref\": \"#/$defs/d" + std::to_string(i + 1) +
               "\"}, ";
    }
    Ends(chain + "\"d5000\": {\"type\": \"null\"}}}", true);
  }
  // After failures others work as if nothing had happened.
  Check(R"({"type": "null"})", {"null"}, {"1"});
}

}  // namespace
}  // namespace lmp::constrain
