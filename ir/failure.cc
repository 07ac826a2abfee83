#include "ir/failure.h"

#include <utility>

namespace lmp::ir {

bool EndsRun(std::string_view kind) {
  return kind == "cancelled" || kind == "internal" || kind == "mock";
}

RecordDecl FailureDecl(const TypeTable& types) {
  RecordDecl record;
  record.name = kFailureRecord;
  for (const char* name : {"kind", "message", "site"}) {
    FieldDecl& field = record.fields.emplace_back();
    field.name = name;
    field.type = types.str();
  }
  return record;
}

Value FailureValue(std::string kind, std::string message, std::string site) {
  return Value::Record(std::string(kFailureRecord), {{"kind", Value::Str(std::move(kind))},
                                                     {"message", Value::Str(std::move(message))},
                                                     {"site", Value::Str(std::move(site))}});
}

}  // namespace lmp::ir
