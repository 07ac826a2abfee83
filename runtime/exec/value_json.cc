#include "runtime/exec/value_json.h"

#include <algorithm>
#include <cmath>

#include "ir/verify.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace lmp::exec {

namespace {

constexpr size_t kShownBytes = 60;  // of text that is no JSON

constexpr double kTwoTo63 = 9223372036854775808.0;
// {"$context": 0}: no name of a field begins so.
constexpr const char* kContextField = "$context";

std::string KindOf(const Json& json) {
  if (json.is_null()) return "null";
  if (json.is_boolean()) return "a boolean";
  if (json.is_number_integer()) return "the integer " + json.dump();
  if (json.is_number()) return "the number " + json.dump();
  if (json.is_string()) return "a string";
  return json.is_array() ? "a list" : "an object";
}

// How messages begin: what is read, and the path of the value inside.
std::string At(std::string_view what, const std::string& place) {
  return std::string(what) + " `" + place + "`: ";
}
std::string At(const std::string& place) { return At("argument", place); }

class Reader {
 public:
  // `open`: objects may have members that no field has.
  explicit Reader(const ir::Program& program, std::string_view what = "argument",
                  std::span<const ContextRef> contexts = {}, bool open = false)
      : program_(program), what_(what), contexts_(contexts), open_(open) {}

  Result<ir::Value> Read(const Json& json, ir::TypeId id, const std::string& place) const {
    const ir::Type& type = program_.types[id];
    const auto wrong = [&](std::string_view expected) {
      return InvalidArgument(At(what_, place) + "expected " + std::string(expected) + ", found " +
                             KindOf(json));
    };
    switch (type.kind) {
      case ir::TypeKind::kBool:
        if (!json.is_boolean()) return wrong("true or false");
        return ir::Value::Bool(json.get<bool>());
      case ir::TypeKind::kI64: {
        const bool fits =
            json.is_number_integer() && (!json.is_number_unsigned() ||
                                         json.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
        // The parser makes a float of an integer that is too long.
        const bool long_integer =
            !fits && json.is_number() && std::abs(json.get<double>()) >= kTwoTo63;
        if (long_integer) return wrong("an integer of 64 bits");
        if (!fits) return wrong("an integer");
        const int64_t n = json.get<int64_t>();
        if ((type.low && n < *type.low) || (type.high && n > *type.high))
          return wrong(ir::UserType(program_.types, id));
        return ir::Value::Int(n);
      }
      case ir::TypeKind::kF64: {
        if (!json.is_number()) return wrong("a number");
        const double n = json.get<double>();
        if ((type.low_f && n < *type.low_f) || (type.high_f && n > *type.high_f)) {
          return wrong(ir::UserType(program_.types, id));
        }
        return ir::Value::Float(n);
      }
      case ir::TypeKind::kStr:
        if (!json.is_string()) return wrong("a string");
        if (type.high &&
            Utf8Length(json.get_ref<const std::string&>()) > static_cast<size_t>(*type.high)) {
          return wrong("at most " + std::to_string(*type.high) + " characters");
        }
        return ReadText(json.get<std::string>(), id, place);
      case ir::TypeKind::kEnum:
        return ReadEnum(json, type, place);
      case ir::TypeKind::kList:
        return ReadList(json, type, place);
      case ir::TypeKind::kRecord:
        return ReadRecord(json, type, place);
      case ir::TypeKind::kUnion:
        return ReadUnion(json, type, place);
      case ir::TypeKind::kOptional:
        if (json.is_null()) return ir::Value::Null();
        return Read(json, type.element, place);
      case ir::TypeKind::kCtx:
        return ReadContext(json, place);
      default:
        return InvalidArgument(At(what_, place) + "a value of type " +
                               ir::UserType(program_.types, id) + " has no JSON form");
    }
  }

 private:
  Result<ir::Value> ReadText(std::string text, ir::TypeId id, const std::string& place) const {
    ir::Value value = ir::Value::Str(std::move(text));
    if (ir::ValueWithin(program_, value, id)) return value;
    const ir::Type& type = program_.types[id];
    const std::string expected = type.pattern ? "text that matches re\"" + *type.pattern + "\""
                                 : type.low
                                     ? "at least " + std::to_string(*type.low) + " characters"
                                     : "one of " + ir::UserType(program_.types, id);
    return InvalidArgument(At(what_, place) + "expected " + expected + ", found " +
                           QuoteText(value.as_str()));
  }

  Result<ir::Value> ReadEnum(const Json& json, const ir::Type& type,
                             const std::string& place) const {
    const ir::EnumDecl& decl = *program_.FindEnum(type.name);
    std::string all;
    for (const ir::EnumMember& m : decl.members) {
      if (json.is_string() && json.get_ref<const std::string&>() == m.text) {
        return ir::Value::Enum(decl.name, m.name, m.text);
      }
      all += (all.empty() ? "" : ", ") + QuoteText(m.text);
    }
    return InvalidArgument(At(what_, place) + "expected one of " + all + ", found " +
                           (json.is_string() ? QuoteText(json.get<std::string>()) : KindOf(json)));
  }

  Result<ir::Value> ReadList(const Json& json, const ir::Type& type,
                             const std::string& place) const {
    if (!json.is_array())
      return InvalidArgument(At(what_, place) + "expected a list, found " + KindOf(json));
    const auto size = static_cast<int64_t>(json.size());
    if ((type.low && size < *type.low) || (type.high && size > *type.high)) {
      return InvalidArgument(At(what_, place) + "expected " + std::to_string(type.low.value_or(0)) +
                             " to " + (type.high ? std::to_string(*type.high) : "any number of") +
                             " items, found " + std::to_string(size));
    }
    std::vector<ir::Value> items;
    for (size_t i = 0; i < json.size(); ++i) {
      LMP_TRY(ir::Value item, Read(json[i], type.element, place + "[" + std::to_string(i) + "]"));
      items.push_back(std::move(item));
    }
    return ir::Value::List(std::move(items));
  }

  Result<ir::Value> ReadContext(const Json& json, const std::string& place) const {
    const auto index = json.is_object() ? json.find(kContextField) : json.end();
    const bool named = json.is_object() && json.size() == 1 && index != json.end();
    if (!named) {
      return InvalidArgument(At(what_, place) + "expected a context, which an earlier run gave, " +
                             "found " + KindOf(json));
    }
    const bool there = index->is_number_unsigned() && index->get<uint64_t>() < contexts_.size();
    if (!there) {
      return InvalidArgument(At(what_, place) + "expected one of " +
                             std::to_string(contexts_.size()) + " contexts, found " +
                             QuoteText(index->dump()));
    }
    return ir::Value::Context(contexts_[index->get<uint64_t>()]);
  }

  // An object whose "kind" says which record it is.
  Result<ir::Value> ReadUnion(const Json& json, const ir::Type& type,
                              const std::string& place) const {
    const auto kind = json.is_object() ? json.find("kind") : json.end();
    const bool named = json.is_object() && kind != json.end() && kind->is_string();
    std::string all;
    for (const ir::TypeId id : type.members) {
      const ir::Type& member = program_.types[id];
      if (named && kind->get_ref<const std::string&>() == member.name)
        return ReadRecord(json, member, place, true);
      all += (all.empty() ? "" : ", ") + QuoteText(member.name);
    }
    return InvalidArgument(At(what_, place) + "expected an object with \"kind\": one of " + all +
                           ", found " +
                           (named              ? QuoteText(kind->get<std::string>())
                            : json.is_object() ? "none"
                                               : KindOf(json)));
  }

  Result<ir::Value> ReadRecord(const Json& json, const ir::Type& type, const std::string& place,
                               bool tagged = false) const {
    if (!json.is_object()) {
      return InvalidArgument(At(what_, place) + "expected an object with the fields of " +
                             type.name + ", found " + KindOf(json));
    }
    const ir::RecordDecl& decl = *program_.FindRecord(type.name);
    std::vector<std::pair<std::string, ir::Value>> fields;
    for (const ir::FieldDecl& field : decl.fields) {
      const auto it = json.find(field.name);
      if (it == json.end()) {
        if (!field.has_default)
          return InvalidArgument(At(what_, place) + "field `" + field.name + "` is missing");
        fields.emplace_back(field.name, field.default_value);
        continue;
      }
      LMP_TRY(ir::Value value, Read(*it, field.type, place + "." + field.name));
      fields.emplace_back(field.name, std::move(value));
    }
    if (open_) return ir::Value::Record(decl.name, std::move(fields), tagged);
    for (const auto& [name, value] : json.items()) {
      const bool known = std::any_of(decl.fields.begin(), decl.fields.end(),
                                     [&](const ir::FieldDecl& f) { return f.name == name; });
      if (!known && !(tagged && name == "kind"))
        return InvalidArgument(At(what_, place) + type.name + " has no field `" + name + "`");
    }
    return ir::Value::Record(decl.name, std::move(fields), tagged);
  }

  const ir::Program& program_;
  std::string_view what_;
  std::span<const ContextRef> contexts_;
  bool open_;
};

// Contexts stand alone and in lists; no record has one.
bool HasContext(const ir::Value& value) {
  if (!value.is_list()) return value.is_context();
  return std::any_of(value.as_list().begin(), value.as_list().end(), HasContext);
}

// The value with a record that names a place in `contexts` for each context.
ir::Value WithoutContexts(const ir::Value& value, std::vector<ContextRef>* contexts) {
  if (value.is_context()) {
    const auto index = static_cast<int64_t>(contexts->size());
    contexts->push_back(std::static_pointer_cast<const ContextValue>(value.as_context()));
    return ir::Value::Record("context", {{kContextField, ir::Value::Int(index)}});
  }
  if (!HasContext(value)) return value;
  std::vector<ir::Value> items;
  for (const ir::Value& item : value.as_list()) items.push_back(WithoutContexts(item, contexts));
  return ir::Value::List(std::move(items));
}

std::string Signature(const ir::Program& program, const ir::Graph& function) {
  std::string out = function.name + "(";
  for (size_t i = 0; i < function.params.size(); ++i) {
    out += (i ? ", " : "") + function.params[i].name + ": " +
           ir::UserType(program.types, function.params[i].type);
  }
  return out + ")";
}

Status UnknownParameter(const ir::Program& program, const ir::Graph& function,
                        const std::string& name) {
  const ir::Param* nearest = nullptr;
  size_t least = 1 + name.size() / 3;  // mistakes that may be meant as none
  for (const ir::Param& param : function.params) {
    const size_t distance = EditDistance(name, param.name);
    if (distance > least || (nearest != nullptr && distance == least)) continue;
    least = distance;
    nearest = &param;
  }
  return InvalidArgument("there is no parameter `" + name + "` in " + Signature(program, function) +
                         (nearest == nullptr ? "" : "; did you mean `" + nearest->name + "`?"));
}

}  // namespace

Result<std::vector<ir::Value>> ArgumentsFromJson(const ir::Program& program,
                                                 const ir::Graph& function,
                                                 std::string_view arguments,
                                                 std::span<const ContextRef> contexts) {
  if (!IsValidUtf8(arguments)) return InvalidArgument("the arguments are not valid UTF-8");
  const Result<Json> parsed = ParseJsonOnce(arguments.empty() ? "{}" : arguments);
  if (!parsed.ok()) return parsed.status().WithPrefix("arguments");
  const Json& json = parsed.value();
  if (!json.is_object())
    return InvalidArgument("arguments: expected an object, found " + KindOf(json));
  for (const auto& [name, value] : json.items()) {
    const bool known = std::any_of(function.params.begin(), function.params.end(),
                                   [&](const ir::Param& p) { return p.name == name; });
    if (!known) return UnknownParameter(program, function, name);
  }
  std::vector<ir::Value> values;
  for (const ir::Param& param : function.params) {
    const auto it = json.find(param.name);
    if (it == json.end()) {
      if (!param.has_default) {
        return InvalidArgument("argument `" + param.name + "` of " + Signature(program, function) +
                               " is missing");
      }
      values.push_back(param.default_value);
      continue;
    }
    LMP_TRY(ir::Value value,
            Reader(program, "argument", contexts).Read(*it, param.type, param.name));
    values.push_back(std::move(value));
  }
  return values;
}

std::string ValueToJson(const ir::Value& value, std::vector<ContextRef>* contexts) {
  return ir::ToJsonText(WithoutContexts(value, contexts));
}

Result<std::string> ArgumentFromWord(const ir::Program& program, const ir::Param& parameter,
                                     std::string_view word) {
  const ir::Type* type = &program.types[parameter.type];
  if (type->kind == ir::TypeKind::kOptional) type = &program.types[type->element];
  if (type->kind == ir::TypeKind::kStr || type->kind == ir::TypeKind::kEnum) {
    if (!IsValidUtf8(word)) return InvalidArgument(At(parameter.name) + "not valid UTF-8");
    return DumpJson(Json(std::string(word)));
  }
  const Result<Json> json = ParseJsonOnce(word);
  if (!json.ok()) {
    const bool parts = type->kind == ir::TypeKind::kList || type->kind == ir::TypeKind::kRecord ||
                       type->kind == ir::TypeKind::kUnion;
    return InvalidArgument(At(parameter.name) + "expected " +
                           ir::UserType(program.types, parameter.type) +
                           (parts ? " as JSON, found " : ", found ") + QuoteText(word) +
                           (parts ? ": " + json.status().message() : ""));
  }
  return std::string(word);
}

Result<ir::Value> GeneratedValue(const ir::Program& program, ir::TypeId id, std::string_view text) {
  const ir::Type& type = program.types[id];
  const bool bare = type.kind == ir::TypeKind::kStr || type.kind == ir::TypeKind::kEnum;
  const Reader reader(program);
  if (bare) return reader.Read(Json(std::string(text)), id, "generated");
  LMP_TRY(const Json json, ParseJson(text));
  return reader.Read(json, id, "generated");
}

Result<ir::Value> GeneratedElement(const ir::Program& program, ir::TypeId list,
                                   std::string_view text) {
  LMP_TRY(const Json json, ParseJson(text));
  return Reader(program).Read(json, program.types[list].element, "generated");
}

Result<ir::Value> ValueFromJson(const ir::Program& program, ir::TypeId type, std::string_view text,
                                bool open) {
  const Result<Json> json = ParseJsonOnce(text);
  if (!json.ok()) {
    const std::string_view shown = text.substr(0, Utf8SafePrefix(text.substr(0, kShownBytes)));
    return InvalidArgument("what it gave: expected " + ir::UserType(program.types, type) +
                           " as JSON, found " + QuoteText(PrintableText(shown)) +
                           (shown.size() < text.size() ? "...: " : ": ") + json.status().message());
  }
  return Reader(program, "what it gave,", {}, open).Read(*json, type, "result");
}

}  // namespace lmp::exec
