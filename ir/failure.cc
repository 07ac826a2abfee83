#include "ir/failure.h"

#include <utility>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {

bool EndsRun(std::string_view kind) {
  return kind == "cancelled" || kind == "internal" || kind == "mock" || kind == "replay";
}

std::string_view FeedbackText(std::string_view message) {
  if (message.size() <= kFeedbackBytesMax) return message;
  const std::string_view begin = message.substr(0, kFeedbackBytesMax);
  return begin.substr(0, Utf8SafePrefix(begin));
}

Status CheckTryOption(std::string_view name, int64_t value) {
  const bool retries = name == "retries";
  if (value >= (retries ? 0 : 1) && (!retries || value <= kRetriesMax)) return OkStatus();
  return InvalidArgument("option `" + std::string(name) + "` of `try` is " + std::to_string(value) +
                         (retries ? ", not one of 0.." + std::to_string(kRetriesMax)
                                  : std::string(", which is not positive")));
}

Status CheckClipTokens(int64_t tokens) {
  if (tokens >= 0) return OkStatus();
  return InvalidArgument("`clip` to a negative count of tokens: " + std::to_string(tokens));
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
