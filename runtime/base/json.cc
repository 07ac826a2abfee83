#include "runtime/base/json.h"

#include <string>

namespace lmp {
namespace {

// Brackets outside strings. Done before parsing because the parser's destructor and consumers
// recurse; one pass over the bytes, no allocation.
Status CheckDepth(std::string_view text, size_t depth_max) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') {
      if (++depth > depth_max) {
        return InvalidArgument("JSON nested deeper than " + std::to_string(depth_max) +
                               " levels at byte " + std::to_string(i));
      }
    }
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return OkStatus();
}

template <typename Value>
Result<Value> Parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return InvalidArgument("JSON of " + std::to_string(text.size()) +
                           " bytes exceeds the limit of " + std::to_string(limits.bytes_max) +
                           " at byte " + std::to_string(limits.bytes_max));
  }
  LMP_RETURN_IF_ERROR(CheckDepth(text, limits.depth_max));
  // The only place that sees the library's exceptions.
  try {
    return Value::parse(text.begin(), text.end());
  } catch (const typename Value::parse_error& error) {
    // `byte` counts the bytes read, the offending one included.
    const size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    return InvalidArgument("JSON is malformed at byte " + std::to_string(offset) +
                           (offset >= text.size() ? ": it ends too early" : ""));
  } catch (const typename Value::exception&) {
    return InvalidArgument("JSON holds a number out of range");
  }
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  return Parse<Json>(text, limits);
}

Result<nlohmann::json> ParseSortedJson(std::string_view text, const JsonLimits& limits) {
  return Parse<nlohmann::json>(text, limits);
}

std::string DumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace lmp
