// JSON: nlohmann's ordered_json behind a parse that cannot throw and is bounded in depth and size.
// Only .cc files include this header (it is heavy); headers pass text or ir::Value.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/base/status.h"

namespace lmp {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  size_t depth_max = 100;
  size_t bytes_max = 64u << 20;
};
// Errors: InvalidArgument with the byte offset.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});
// The same, and a key that an object has twice is an error that names the object by its path: one
// of the two values would be lost.
Result<Json> ParseJsonOnce(std::string_view text, const JsonLimits& limits = {});
// That with sorted keys, for objects with very many members, which an ordered one searches from the
// front.
Result<nlohmann::json> ParseSortedJson(std::string_view text, const JsonLimits& limits = {});
// Compact text; invalid UTF-8 becomes U+FFFD instead of an exception.
std::string DumpJson(const Json& value, int indent = -1);

}  // namespace lmp
