#include <doctest/doctest.h>

#include <string>

#include "runtime/base/json.h"

namespace lmp {
namespace {

TEST_CASE("JSON keeps the order of its keys") {
  const Result<Json> json = ParseJson(R"({"b": 1, "a": [true, null, 1.5, "\u00e9"]})");
  REQUIRE(json.ok());
  CHECK(DumpJson(*json) == "{\"b\":1,\"a\":[true,null,1.5,\"\xc3\xa9\"]}");
  CHECK(DumpJson(Json{{"x", 1}}, 2) == "{\n  \"x\": 1\n}");
}

TEST_CASE("malformed JSON says where") {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"{\"a\" 1}", "byte 5"},   {"[1,]", "byte 3"},        {"[1", "byte 2: it ends too early"},
      {"", "it ends too early"}, {"[1] 2", "byte 4"},       {"\"a\nb\"", "byte 2"},
      {"1e999", "out of range"}, {"\"\xff\"", "byte 1"},    {"nul", "byte 3"},
      {"{\"a\":tru}", "byte 8"}, {"[\"\\ud800\"]", "byte"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const Result<Json> json = ParseJson(c.text);
    REQUIRE_FALSE(json.ok());
    CHECK(json.status().code() == StatusCode::kInvalidArgument);
    CHECK_MESSAGE(json.status().message().find(c.expected) != std::string::npos,
                  json.status().message());
  }
}

TEST_CASE("depth and size are bounded before parsing") {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(ParseJson(nested(100)).ok());
  CHECK_FALSE(ParseJson(nested(101)).ok());
  CHECK_FALSE(ParseJson(std::string(1'000'000, '[')).ok());
  CHECK_FALSE(ParseJson(std::string(1'000'000, '{')).ok());
  // Brackets inside strings are text.
  CHECK(ParseJson("\"" + std::string(500, '[') + "\\\"[\"").ok());
  CHECK(ParseJson("[1,2]", {.depth_max = 1, .bytes_max = 5}).ok());
  const Result<Json> large = ParseJson("[1,23]", {.depth_max = 1, .bytes_max = 5});
  REQUIRE_FALSE(large.ok());
  CHECK(large.status().message().find("limit of 5") != std::string::npos);
}

TEST_CASE("dumping bytes that are not UTF-8 replaces them") {
  CHECK(DumpJson(Json("a\xff")) == "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace lmp
