#include "runtime/constrain/json_schema/schema_types.h"

#include <algorithm>
#include <array>

namespace lmp::constrain {
namespace {

using Test = bool (*)(const JsonTree&, JsonId);

bool IsSchema(const JsonTree& tree, JsonId id) { return tree.IsObject(id) || tree.IsBool(id); }
bool IsText(const JsonTree& tree, JsonId id) { return tree.IsString(id); }
bool IsNumber(const JsonTree& tree, JsonId id) { return tree.IsNumber(id); }
bool IsFlag(const JsonTree& tree, JsonId id) { return tree.IsBool(id); }
bool IsList(const JsonTree& tree, JsonId id) { return tree.IsArray(id); }
bool IsMap(const JsonTree& tree, JsonId id) { return tree.IsObject(id); }
bool IsBound(const JsonTree& tree, JsonId id) { return tree.IsNumber(id) || tree.IsBool(id); }

bool AllOf(const JsonTree& tree, JsonId id, Test test) {
  return std::all_of(tree.children(id).begin(), tree.children(id).end(),
                     [&](JsonId child) { return test(tree, child); });
}
bool IsNames(const JsonTree& tree, JsonId id) {
  return tree.IsArray(id) && AllOf(tree, id, IsText);
}
bool IsSchemas(const JsonTree& tree, JsonId id) {
  return tree.IsArray(id) && !tree.children(id).empty() && AllOf(tree, id, IsSchema);
}
bool IsItems(const JsonTree& tree, JsonId id) {
  return IsSchema(tree, id) || (tree.IsArray(id) && AllOf(tree, id, IsSchema));
}
bool IsSchemaMap(const JsonTree& tree, JsonId id) {
  return tree.IsObject(id) && AllOf(tree, id, IsSchema);
}
bool IsType(const JsonTree& tree, JsonId id) {
  constexpr std::array<std::string_view, 7> kNames = {"null",   "boolean", "integer", "number",
                                                      "string", "array",   "object"};
  if (tree.IsArray(id))
    return !tree.children(id).empty() &&
           AllOf(tree, id, [](auto& t, auto i) { return t.IsString(i) && IsType(t, i); });
  return tree.IsString(id) &&
         std::find(kNames.begin(), kNames.end(), tree.text(id)) != kNames.end();
}

struct Row {
  std::string_view keyword;
  Test test;
  const char* expected;
};

constexpr Row kRows[] = {
    {"type", IsType, "a type's name or an array of such"},
    {"enum", IsList, "an array"},
    {"minimum", IsNumber, "a number"},
    {"maximum", IsNumber, "a number"},
    {"exclusiveMinimum", IsBound, "a number"},
    {"exclusiveMaximum", IsBound, "a number"},
    {"multipleOf", IsNumber, "a number above 0"},
    {"minLength", IsNumber, "a whole number from 0 on"},
    {"maxLength", IsNumber, "a whole number from 0 on"},
    {"minItems", IsNumber, "a whole number from 0 on"},
    {"maxItems", IsNumber, "a whole number from 0 on"},
    {"minContains", IsNumber, "a whole number from 0 on"},
    {"maxContains", IsNumber, "a whole number from 0 on"},
    {"minProperties", IsNumber, "a whole number from 0 on"},
    {"maxProperties", IsNumber, "a whole number from 0 on"},
    {"pattern", IsText, "a string"},
    {"format", IsText, "a string"},
    {"items", IsItems, "a schema"},
    {"prefixItems", IsItems, "an array of schemas"},
    {"additionalItems", IsSchema, "a schema"},
    {"contains", IsSchema, "a schema"},
    {"uniqueItems", IsFlag, "true or false"},
    {"properties", IsSchemaMap, "an object of schemas"},
    {"patternProperties", IsSchemaMap, "an object of schemas"},
    {"additionalProperties", IsSchema, "a schema"},
    {"propertyNames", IsSchema, "a schema"},
    {"required", IsNames, "an array of names"},
    {"$ref", IsText, "a string"},
    {"allOf", IsSchemas, "an array of schemas"},
    {"anyOf", IsSchemas, "an array of schemas"},
    {"oneOf", IsSchemas, "an array of schemas"},
    {"not", IsSchema, "a schema"},
    {"if", IsSchema, "a schema"},
    {"then", IsSchema, "a schema"},
    {"else", IsSchema, "a schema"},
    {"dependencies", IsMap, "an object"},
    {"dependentRequired", IsMap, "an object"},
    {"dependentSchemas", IsSchemaMap, "an object of schemas"},
    {"$defs", IsMap, "an object of schemas"},
    {"definitions", IsMap, "an object of schemas"},
    {"$schema", IsText, "a string"},
    {"$id", IsText, "a string"},
    {"$anchor", IsText, "a string"},
};

}  // namespace

std::vector<SchemaProblem> WrongTypes(const SchemaDocument& document) {
  constexpr size_t kListedMax = 1000;
  std::vector<SchemaProblem> out;
  const JsonTree& tree = document.tree();
  for (const JsonId schema : document.schemas()) {
    for (size_t i = 0; i < tree.keys(schema).size(); ++i) {
      const std::string& key = tree.keys(schema)[i];
      const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                    [&](const Row& r) { return r.keyword == key; });
      if (row == std::end(kRows) || row->test(tree, tree.children(schema)[i])) continue;
      out.push_back({SchemaProblemKind::kInvalid, tree.PointerOf(schema), key,
                     std::string("expected ") + row->expected});
      if (out.size() >= kListedMax) return out;
    }
  }
  return out;
}

}  // namespace lmp::constrain
