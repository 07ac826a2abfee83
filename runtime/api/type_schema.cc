// JSON Schemas of a program's functions: what exec/value_json.h reads and writes.
#include "ir/value.h"
#include "runtime/api/lmp.h"
#include "runtime/api/state.h"
#include "runtime/base/json.h"

namespace lmp {

namespace {

class SchemaTeller {
 public:
  SchemaTeller(const ir::Program& program, std::string prefix)
      : program_(program), prefix_(std::move(prefix)) {}

  Json Of(ir::TypeId id) const {
    const ir::Type& type = program_.types[id];
    switch (type.kind) {
      case ir::TypeKind::kNone:
      case ir::TypeKind::kCtx:
      case ir::TypeKind::kEffect:
        return {{"type", "null"}};
      case ir::TypeKind::kI64:
        return Bounded({{"type", "integer"}}, "minimum", type.low, "maximum", type.high);
      case ir::TypeKind::kF64:
        return Bounded({{"type", "number"}}, "minimum", type.low_f, "maximum", type.high_f);
      case ir::TypeKind::kBool:
        return {{"type", "boolean"}};
      case ir::TypeKind::kStr:
        return OfText(type);
      case ir::TypeKind::kList:
        return Bounded({{"type", "array"}, {"items", Of(type.element)}}, "minItems", type.low,
                       "maxItems", type.high);
      case ir::TypeKind::kOptional:
        return {{"anyOf", Json::array({Of(type.element), {{"type", "null"}}})}};
      case ir::TypeKind::kRecord:
      case ir::TypeKind::kEnum:
        return {{"$ref", prefix_ + type.name}};
      case ir::TypeKind::kUnion:
        break;
    }
    Json any = Json::array();
    for (const ir::TypeId member : type.members) {
      const std::string& name = program_.types[member].name;
      any.push_back(OfRecord(*program_.FindRecord(name), &name));
    }
    return {{"anyOf", std::move(any)}};
  }
  // `kind`: what says which member of a union it is; null for a record alone.
  Json OfRecord(const ir::RecordDecl& record, const std::string* kind) const {
    Json properties = Json::object(), required = Json::array();
    if (kind != nullptr) {
      properties["kind"] = {{"const", *kind}};
      required.push_back("kind");
    }
    for (const ir::FieldDecl& field : record.fields) {
      properties[field.name] = Described(Of(field.type), field.description);
      if (!field.has_default) required.push_back(field.name);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  }
  static Json OfEnum(const ir::EnumDecl& decl) {
    Json texts = Json::array();
    for (const ir::EnumMember& member : decl.members) texts.push_back(member.text);
    return {{"enum", std::move(texts)}};
  }
  Json OfArguments(const ir::Graph& function) const {
    Json properties = Json::object(), required = Json::array();
    for (const ir::Param& parameter : function.params) {
      Json& property = properties[parameter.name];
      property = Described(Of(parameter.type), parameter.description);
      if (!parameter.has_default) required.push_back(parameter.name);
      if (parameter.has_default)
        property["default"] = Json::parse(ir::ToJsonText(parameter.default_value), nullptr, false);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  }

 private:
  template <typename Bound>
  static Json Bounded(Json schema, const char* least, const std::optional<Bound>& low,
                      const char* most, const std::optional<Bound>& high) {
    if (low) schema[least] = *low;
    if (high) schema[most] = *high;
    return schema;
  }
  static Json OfText(const ir::Type& type) {
    Json schema = Bounded({{"type", "string"}}, "minLength", type.low, "maxLength", type.high);
    if (type.options) schema["enum"] = *type.options;
    if (type.pattern) schema["pattern"] = "^(?:" + *type.pattern + ")$";
    return schema;
  }
  static Json Described(Json schema, const std::string& description) {
    if (!description.empty()) schema["description"] = description;
    return schema;
  }

  const ir::Program& program_;
  const std::string prefix_;
};

}  // namespace

std::string Program::JsonSchemas(std::string_view prefix) const {
  const ir::Program& program = *state_->lowered;
  const SchemaTeller teller(program, std::string(prefix));
  Json types = Json::object(), functions = Json::object();
  for (const ir::RecordDecl& record : program.records)
    types[record.name] = teller.OfRecord(record, nullptr);
  for (const ir::EnumDecl& decl : program.enums) types[decl.name] = SchemaTeller::OfEnum(decl);
  for (const ir::Graph& function : program.functions) {
    functions[function.name] = {{"arguments", teller.OfArguments(function)},
                                {"result", teller.Of(function.result)}};
  }
  return DumpJson({{"types", std::move(types)}, {"functions", std::move(functions)}});
}

}  // namespace lmp
