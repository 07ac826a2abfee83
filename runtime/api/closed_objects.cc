#include "runtime/api/closed_objects.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace lmp::api {

namespace {

constexpr std::array<std::string_view, 14> kTogether = {
    "allOf",
    "oneOf",
    "not",
    "if",
    "contains",
    "dependencies",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
    "$recursiveRef",
    "propertyNames",
    "minProperties",
};

template <size_t kCount>
bool HasAny(const Json& schema, const std::array<std::string_view, kCount>& keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return schema.contains(keyword); });
}

// Whether something in it must hold together with something else. Takes names of properties for
// keywords, too: then nothing is closed.
bool HoldsTogether(const Json& json) {
  static constexpr std::array<std::string_view, 2> kElsewhere = {"$ref", "anyOf"};
  static constexpr std::array<std::string_view, 4> kHere = {"properties", "required",
                                                            "patternProperties", "$ref"};
  if (json.is_object()) {
    if (HasAny(json, kTogether)) return true;
    if (json.contains("anyOf") && HasAny(json, kHere)) return true;
    if (HasAny(json, kElsewhere) && json.contains("properties")) return true;
  }
  return json.is_structured() && std::any_of(json.begin(), json.end(), HoldsTogether);
}

bool IsOpen(const Json& schema) {
  static constexpr std::array<std::string_view, 4> kSaid = {"additionalProperties",
                                                            "patternProperties", "enum", "const"};
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object() || HasAny(schema, kSaid)) return false;
  const auto required = schema.find("required");
  return required == schema.end() ||
         std::all_of(required->begin(), required->end(), [&](const Json& name) {
           return name.is_string() && properties->contains(name.get_ref<const std::string&>());
         });
}

void Close(Json* schema) {
  if (!schema->is_object()) return;
  if (IsOpen(*schema)) (*schema)["additionalProperties"] = false;
  for (const char* keyword : {"properties", "$defs", "definitions", "anyOf", "prefixItems"}) {
    const auto parts = schema->find(keyword);
    if (parts == schema->end() || !parts->is_structured()) continue;
    for (Json& part : *parts) Close(&part);
  }
  for (const char* keyword : {"items", "additionalProperties"}) {
    const auto part = schema->find(keyword);
    if (part != schema->end()) Close(&*part);
  }
}

}  // namespace

void CloseObjects(Json* schema) {
  if (!HoldsTogether(*schema)) Close(schema);
}

}  // namespace lmp::api
