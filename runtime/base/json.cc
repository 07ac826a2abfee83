#include "runtime/base/json.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/base/text.h"

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

// Sees the parts of a file as they are parsed and finds the first key that an object has twice.
class KeyWatch {
 public:
  template <typename Value>
  void See(typename Value::parse_event_t event, const Value& parsed) {
    using Event = typename Value::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        open_.push_back({event == Event::array_start, 0, {}, {}});
        break;
      case Event::key:
        SeeKey(parsed.template get_ref<const std::string&>());
        break;
      case Event::object_end:
      case Event::array_end:
        open_.pop_back();
        [[fallthrough]];
      case Event::value:
        if (!open_.empty()) ++open_.back().index;
        break;
    }
  }
  std::string twice;  // "model.vocab: key "ab" twice"; empty where there is none

 private:
  struct Open {
    bool is_array;
    size_t index;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  void SeeKey(const std::string& key) {
    if (!open_.back().keys.insert(key).second && twice.empty()) {
      constexpr size_t kShown = 80;
      const std::string path = Path();
      twice =
          path + (path.empty() ? "" : ": ") + "key " + QuoteText(key.substr(0, kShown)) + " twice";
    }
    open_.back().key = key;
  }
  std::string Path() const {
    std::string path;
    for (size_t i = 0; i + 1 < open_.size(); ++i) {
      if (open_[i].is_array) {
        path += "[" + std::to_string(open_[i].index) + "]";
      } else {
        path += (path.empty() ? "" : ".") + open_[i].key;
      }
    }
    return path;
  }

  std::vector<Open> open_;
};

template <typename Value>
Result<Value> Parse(std::string_view text, const JsonLimits& limits,
                    const typename Value::parser_callback_t& see = nullptr) {
  if (text.size() > limits.bytes_max) {
    return InvalidArgument("JSON of " + std::to_string(text.size()) +
                           " bytes exceeds the limit of " + std::to_string(limits.bytes_max) +
                           " at byte " + std::to_string(limits.bytes_max));
  }
  LMP_RETURN_IF_ERROR(CheckDepth(text, limits.depth_max));
  // The library takes it for the end of the text.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    return InvalidArgument("JSON is malformed at byte " + std::to_string(zero) + ": a zero byte");
  // The only place that sees the library's exceptions.
  try {
    return Value::parse(text.begin(), text.end(), see);
  } catch (const typename Value::parse_error& error) {
    // `byte` counts the bytes read, the offending one included.
    const size_t offset = error.byte > 0 ? error.byte - 1 : 0;
    return InvalidArgument("JSON is malformed at byte " + std::to_string(offset) +
                           (offset >= text.size() ? ": it ends too early" : ""));
  } catch (const typename Value::exception&) {
    return InvalidArgument("JSON holds a number out of range");
  }
}

template <typename Value>
Result<Value> ParseOnce(std::string_view text, const JsonLimits& limits) {
  KeyWatch watch;
  auto parsed =
      Parse<Value>(text, limits, [&](int, typename Value::parse_event_t event, const Value& value) {
        watch.See(event, value);
        return true;
      });
  if (parsed.ok() && !watch.twice.empty()) return InvalidArgument(watch.twice);
  return parsed;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  return Parse<Json>(text, limits);
}

Result<Json> ParseJsonOnce(std::string_view text, const JsonLimits& limits) {
  return ParseOnce<Json>(text, limits);
}

Result<nlohmann::json> ParseSortedJson(std::string_view text, const JsonLimits& limits) {
  return ParseOnce<nlohmann::json>(text, limits);
}

std::string DumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace lmp
