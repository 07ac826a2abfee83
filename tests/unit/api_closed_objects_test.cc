// Schemas of tools' arguments: what is closed, and what is left as it is.
#include <doctest/doctest.h>

#include <string>

#include "runtime/api/closed_objects.h"

namespace lmp::api {
namespace {

std::string Closed(const std::string& text) {
  Json schema = ParseJson(text).value();
  CloseObjects(&schema);
  return DumpJson(schema);
}

TEST_CASE("objects that name their properties have no others, at any depth") {
  CHECK(Closed(R"({"type":"object","properties":{"a":{}},"required":["a"]})") ==
        R"({"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false})");
  CHECK(Closed(R"({"properties":{}})") == R"({"properties":{},"additionalProperties":false})");
  const std::string closed = R"({"properties":{},"additionalProperties":false})";
  const std::string open = R"({"properties":{}})";
  for (const std::string around :
       {R"({"items":@})", R"({"prefixItems":[@]})", R"({"anyOf":[true,@]})",
        R"({"$defs":{"D":@},"$ref":"#/$defs/D"})", R"({"definitions":{"D":@}})",
        R"({"additionalProperties":@})", R"({"properties":{"p":@},"additionalProperties":true})"}) {
    const size_t at = around.find('@');
    const std::string head = around.substr(0, at), rest = around.substr(at + 1);
    CHECK(Closed(head + open + rest) == head + closed + rest);
  }
}

TEST_CASE("what the schema says itself, and parts that hold together, stay") {
  for (const char* schema : {
           R"({"properties":{"a":{}},"additionalProperties":true})",
           R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})",
           R"({"properties":{"a":{}},"patternProperties":{"^x":{}}})",
           R"({"properties":{"a":{}},"required":["a","b"]})",
           R"({"properties":{"a":{}},"enum":[{"b":1}]})",
           R"({"properties":{"a":{}},"const":{"b":1}})",
           R"({"properties":{"a":{}},"minProperties":2})",
           R"({"properties":{"a":{}},"anyOf":[{"required":["b"]}]})",
           R"({"properties":{"a":{}},"$ref":"#/$defs/B"})",
           R"({"properties":{"a":{}},"dependentRequired":{"a":["b"]}})",
           R"({"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}},"required":["b"]}]})",
           R"({"properties":{"p":{"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}}})",
           R"({"type":"object"})",
           R"({"default":{"properties":{}}})",
           "true",
       })
    CHECK(Closed(schema) == schema);
}

}  // namespace
}  // namespace lmp::api
