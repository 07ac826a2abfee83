#include "ir/passage.h"

#include "runtime/base/limits.h"

namespace lmp::ir {

RecordDecl PassageDecl(const TypeTable& types) {
  RecordDecl record;
  record.name = kPassageRecord;
  // Whoever finds passages otherwise needs to give the first and the text only.
  const auto add = [&](const char* name, TypeId type) {
    FieldDecl& field = record.fields.emplace_back();
    field.name = name;
    field.type = type;
    field.has_default = record.fields.size() != 1 && field.name != "text";
    if (!field.has_default) return;
    field.default_value = type == types.str()   ? Value::Str("")
                          : type == types.i64() ? Value::Int(0)
                                                : Value::Float(0);
  };
  add("id", types.str());
  add("document", types.str());
  add("line", types.i64());
  add("heading", types.str());
  add("text", types.str());
  add("score", types.f64());
  add("tokens", types.i64());
  return record;
}

Value PassageValue(const Passage& passage) {
  return Value::Record(std::string(kPassageRecord), {{"id", Value::Str(passage.id)},
                                                     {"document", Value::Str(passage.document)},
                                                     {"line", Value::Int(passage.line)},
                                                     {"heading", Value::Str(passage.heading)},
                                                     {"text", Value::Str(passage.text)},
                                                     {"score", Value::Float(passage.score)},
                                                     {"tokens", Value::Int(passage.tokens)}});
}

Status CheckPassageQuery(const PassageQuery& query) {
  if (query.k < 1 || query.k > kPassagesMax) {
    return InvalidArgument("`k` of `retrieve` is " + std::to_string(query.k) + ", not one of 1.." +
                           std::to_string(kPassagesMax));
  }
  if (query.texts.size() > kPassageQueriesMax) {
    return ResourceExhausted(std::to_string(query.texts.size()) +
                             " queries in one `retrieve`: the limit is " +
                             std::to_string(kPassageQueriesMax));
  }
  return OkStatus();
}

}  // namespace lmp::ir
