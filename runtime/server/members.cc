#include "runtime/server/members.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace lmp::server {

namespace {

// The value, if that is short.
std::string Found(const Json& value) {
  if (value.is_structured()) return std::string("a JSON ") + value.type_name();
  const std::string text = DumpJson(value);
  return text.size() <= 60 ? text : std::string("a long ") + value.type_name();
}

std::string Shown(double number) { return DumpJson(Json(number)); }

}  // namespace

void Members::Fail(std::string_view name, std::string_view message, std::string_view code) {
  if (failed()) return;
  // A name may be as long as the body.
  constexpr size_t kPathBytesMax = 1024;
  std::string path = PathOf(name);
  if (path.size() > kPathBytesMax)
    path = path.substr(0, Utf8SafePrefix(path.substr(0, kPathBytesMax))) + "...";
  *error_ = ErrorReply(400, "`" + path + "`: " + std::string(message), path, code);
}

void Members::Wrong(std::string_view name, std::string_view expected) {
  const Json* value = Find(name);
  Fail(name, "expected " + std::string(expected) + ", found " +
                 (value == nullptr ? "nothing" : Found(*value)));
}

void Members::Wrong(std::string_view name, const Json& found, std::string_view expected) {
  Fail(name, "expected " + std::string(expected) + ", found " + Found(found));
}

const Json* Members::Find(std::string_view name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool Members::Bool(std::string_view name, bool otherwise) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  Wrong(name, "true or false");
  return otherwise;
}

double Members::Number(std::string_view name, double low, double high, double otherwise) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  if (value->is_number() && value->get<double>() >= low && value->get<double>() <= high)
    return value->get<double>();
  Wrong(name, "a number from " + Shown(low) + " to " + Shown(high));
  return otherwise;
}

int64_t Members::Integer(std::string_view name, int64_t low, int64_t high, int64_t otherwise) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  // An unsigned number is above what int64_t holds, or is one.
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() || value->get<uint64_t>() <= uint64_t{INT64_MAX});
  if (fits && value->get<int64_t>() >= low && value->get<int64_t>() <= high)
    return value->get<int64_t>();
  Wrong(name, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  return otherwise;
}

std::optional<std::string> Members::Text(std::string_view name, size_t bytes_max) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() && value->get_ref<const std::string&>().size() <= bytes_max)
    return value->get<std::string>();
  Wrong(name, "a string of at most " + std::to_string(bytes_max) + " bytes");
  return std::nullopt;
}

std::optional<Members> Members::Object(std::string_view name) {
  const Json* value = Find(name);
  if (value != nullptr && value->is_object()) return Members(*value, PathOf(name) + ".", error_);
  Wrong(name, "an object");
  return std::nullopt;
}

std::string Members::RequiredText(std::string_view name, size_t bytes_max) {
  std::optional<std::string> text = Text(name, bytes_max);
  if (!text) Wrong(name, "a string of at most " + std::to_string(bytes_max) + " bytes");
  return std::move(text).value_or("");
}

std::optional<uint64_t> Members::Seed(std::string_view name) {
  const Json* seed = Find(name);
  if (seed == nullptr) return std::nullopt;
  if (seed->is_number_unsigned()) return seed->get<uint64_t>();
  Wrong(name, "an integer from 0 to 2^64 - 1");
  return std::nullopt;
}

void Members::Only(std::initializer_list<std::string_view> known, std::string_view expected) {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      Fail(name, "there is no such member: expected " + std::string(expected));
  }
}

std::optional<Json> ReadObject(std::string_view body, std::optional<Reply>* error) {
  Result<Json> parsed = ParseJson(body);
  if (!parsed.ok()) {
    *error =
        ErrorReply(400, "the body is no JSON: " + parsed.status().message(), "", "invalid_json");
  } else if (!parsed->is_object()) {
    *error = ErrorReply(400, "the body: expected a JSON object");
  }
  if (*error) return std::nullopt;
  return *std::move(parsed);
}

}  // namespace lmp::server
