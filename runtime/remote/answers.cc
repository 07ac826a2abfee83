#include "runtime/remote/answers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace lmp::remote {
namespace {

constexpr size_t kShownBytes = 400;

std::string Shown(std::string_view text) {
  const std::string_view part = text.substr(0, kShownBytes);
  return PrintableText(part.substr(0, Utf8SafePrefix(part)));
}

Status Wrong(std::string_view name, std::string_view expected) {
  return Corruption("`" + std::string(name) + "`: expected " + std::string(expected));
}

// Null if there is none, or a null.
const Json* Find(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

// A count of tokens.
Result<int> CountOf(const Json& value, const char* name) {
  const bool fits = value.is_number_unsigned() && value.get<uint64_t>() <= uint64_t{INT32_MAX};
  if (!fits) return Wrong(name, "a number of tokens");
  return value.get<int>();
}

// What says that something failed: OpenAI's {"error": {"message"}}, also as a string, or FastAPI's
// {"detail"}.
std::optional<std::string> MessageOf(const Json& answer) {
  const Json* error = Find(answer, "error");
  if (error == nullptr && Find(answer, "choices") == nullptr) error = Find(answer, "detail");
  if (error == nullptr) return std::nullopt;
  if (const Json* message = error->is_object() ? Find(*error, "message") : nullptr) error = message;
  return Shown(error->is_string() ? error->get_ref<const std::string&>() : DumpJson(*error));
}

Result<Json> AnswerOf(std::string_view text) {
  Result<Json> parsed = ParseJson(text);
  if (!parsed.ok()) {
    return Corruption("no JSON (" + parsed.status().message() + "): " + Shown(text));
  }
  if (!parsed->is_object()) return Corruption("expected a JSON object, found " + Shown(text));
  if (const auto message = MessageOf(*parsed)) return Unavailable("the server failed: " + *message);
  return parsed;
}

Result<std::optional<ServedUsage>> UsageOf(const Json& answer) {
  const Json* usage = Find(answer, "usage");
  if (usage == nullptr) return std::optional<ServedUsage>();
  if (!usage->is_object()) return Wrong("usage", "an object");
  ServedUsage out;
  for (const auto& [name, into] : {std::pair{"prompt_tokens", &out.prompt_tokens},
                                   std::pair{"completion_tokens", &out.completion_tokens}}) {
    const Json* count = Find(*usage, name);
    if (count == nullptr) continue;
    LMP_TRY(*into, CountOf(*count, name));
  }
  const Json* details = Find(*usage, "prompt_tokens_details");
  const Json* cached =
      details != nullptr && details->is_object() ? Find(*details, "cached_tokens") : nullptr;
  if (cached != nullptr) {
    LMP_TRY(out.cached_tokens, CountOf(*cached, "cached_tokens"));
  }
  return std::optional<ServedUsage>(out);
}

// The only choice; null if the answer has none.
Result<const Json*> ChoiceOf(const Json& answer) {
  const Json* choices = Find(answer, "choices");
  if (choices == nullptr || !choices->is_array()) return Wrong("choices", "a list");
  if (choices->empty()) return static_cast<const Json*>(nullptr);
  if (choices->size() > 1 || !choices->front().is_object())
    return Wrong("choices", "one choice, an object");
  return &choices->front();
}

}  // namespace

Result<CompletionDelta> ReadDelta(std::string_view data) {
  LMP_TRY(const Json answer, AnswerOf(data));
  CompletionDelta delta;
  LMP_TRY(delta.usage, UsageOf(answer));
  LMP_TRY(const Json* choice, ChoiceOf(answer));
  if (choice == nullptr) return delta;
  if (const Json* text = Find(*choice, "text")) {
    if (!text->is_string()) return Wrong("text", "a string");
    delta.text = text->get<std::string>();
  }
  if (const Json* finish = Find(*choice, "finish_reason")) {
    if (!finish->is_string()) return Wrong("finish_reason", "a string");
    delta.finish = finish->get<std::string>();
  }
  if (const Json* ids = Find(*choice, "token_ids")) {
    if (!ids->is_array()) return Wrong("token_ids", "a list");
    for (const Json& id : *ids) {
      LMP_TRY(const int value, CountOf(id, "token_ids"));
      delta.ids.push_back(value);
    }
  }
  return delta;
}

Result<ServedScores> ReadScores(std::string_view body, size_t begin, size_t end) {
  LMP_TRY(const Json answer, AnswerOf(body));
  ServedScores out;
  LMP_TRY(const std::optional<ServedUsage> usage, UsageOf(answer));
  if (usage) out.usage = *usage;
  LMP_TRY(const Json* choice, ChoiceOf(answer));
  const Json* scores = choice == nullptr ? nullptr : Find(*choice, "logprobs");
  const Json* list =
      scores == nullptr || !scores->is_object() ? nullptr : Find(*scores, "token_logprobs");
  if (list == nullptr || !list->is_array() || list->size() < end) {
    return Wrong("logprobs.token_logprobs", "a list of at least " + std::to_string(end) +
                                                " numbers: the server does not score prompts");
  }
  for (size_t i = begin; i < end; ++i) {
    const Json& value = (*list)[i];
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      return Wrong("logprobs.token_logprobs", "a number at " + std::to_string(i));
    out.logprobs.push_back(value.get<double>());
  }
  return out;
}

namespace {

// Null is none: the first token of a prompt has nothing before it.
Result<std::optional<double>> LogprobOf(const Json* value, const char* name) {
  if (value == nullptr || value->is_null()) return std::optional<double>();
  if (!value->is_number() || !std::isfinite(value->get<double>())) return Wrong(name, "a number");
  return std::optional<double>(value->get<double>());
}

Result<ServedToken> EntryOf(const Json& entry) {
  ServedToken token;
  const Json* id = entry.is_object() ? Find(entry, "id") : nullptr;
  if (id == nullptr) return Wrong("logprobs.content", "tokens with an `id`");
  LMP_TRY(token.id, CountOf(*id, "logprobs.content.id"));
  LMP_TRY(token.logprob, LogprobOf(Find(entry, "logprob"), "logprobs.content.logprob"));
  // Of a token that the server guessed (speculative decoding) it knows none, and says 0.
  const Json* top = Find(entry, "top_logprobs");
  if (top == nullptr || !top->is_array() || top->empty()) token.logprob.reset();
  return token;
}

}  // namespace

Result<ServedTokens> ReadTokens(std::string_view body) {
  LMP_TRY(const Json answer, AnswerOf(body));
  ServedTokens out;
  LMP_TRY(const std::optional<ServedUsage> usage, UsageOf(answer));
  if (usage) out.usage = *usage;
  LMP_TRY(const Json* choice, ChoiceOf(answer));
  const Json* scores = choice == nullptr ? nullptr : Find(*choice, "logprobs");
  if (scores == nullptr || !scores->is_object()) return Wrong("logprobs", "an object");
  if (const Json* content = Find(*scores, "content"); content != nullptr && content->is_array()) {
    for (const Json& entry : *content) {
      LMP_TRY(out.tokens.emplace_back(), EntryOf(entry));
    }
    return out;
  }
  const Json* texts = Find(*scores, "tokens");
  const Json* values = Find(*scores, "token_logprobs");
  if (texts == nullptr || values == nullptr || !texts->is_array() || !values->is_array() ||
      texts->size() != values->size())
    return Wrong("logprobs.tokens", "a list as long as `logprobs.token_logprobs`");
  for (size_t i = 0; i < texts->size(); ++i) {
    if (!(*texts)[i].is_string()) return Wrong("logprobs.tokens", "strings");
    ServedToken& token = out.tokens.emplace_back();
    token.text = (*texts)[i].get<std::string>();
    LMP_TRY(token.logprob, LogprobOf(&(*values)[i], "logprobs.token_logprobs"));
  }
  return out;
}

Result<std::vector<ServedModel>> ReadModels(std::string_view body) {
  LMP_TRY(const Json answer, AnswerOf(body));
  const Json* list = Find(answer, "data");
  if (list == nullptr || !list->is_array() || list->empty())
    return Wrong("data", "a list of models");
  std::vector<ServedModel> models;
  for (const Json& entry : *list) {
    const Json* id = entry.is_object() ? Find(entry, "id") : nullptr;
    if (id == nullptr || !id->is_string()) return Wrong("data", "models with an `id`");
    ServedModel& model = models.emplace_back();
    model.id = id->get<std::string>();
    const Json* owner = Find(entry, "owned_by");
    if (owner != nullptr && owner->is_string()) model.owner = owner->get<std::string>();
    const Json* vocabulary = Find(entry, "vocabulary");
    if (vocabulary != nullptr && vocabulary->is_string())
      model.vocabulary = vocabulary->get<std::string>();
    const Json* length = Find(entry, "max_model_len");
    if (length == nullptr) continue;
    LMP_TRY(model.context_max, CountOf(*length, "max_model_len"));
  }
  return models;
}

std::optional<std::string> ReadDetokenized(std::string_view body, std::string_view name) {
  const Result<Json> answer = ParseJson(body);
  if (!answer.ok() || !answer->is_object()) return std::nullopt;
  const auto text = answer->find(name);
  if (text == answer->end() || !text->is_string()) return std::nullopt;
  return text->get<std::string>();
}

Result<ServedOrder> ReadOrder(std::string_view body) {
  LMP_TRY(const Json answer, AnswerOf(body));
  ServedOrder order;
  for (const auto& [name, into] :
       {std::pair{"enable_priority_scheduling", &order.enabled},
        std::pair{"schedule_low_priority_values_first", &order.less_first}}) {
    const Json* value = Find(answer, name);
    if (value == nullptr) continue;
    if (!value->is_boolean()) return Wrong(name, "true or false");
    *into = value->get<bool>();
  }
  return order;
}

std::string ReadRefusal(std::string_view body) {
  const Result<Json> parsed = ParseJson(body);
  if (parsed.ok() && parsed->is_object()) {
    if (const auto message = MessageOf(*parsed)) return *message;
    if (const Json* message = Find(*parsed, "message"); message != nullptr && message->is_string())
      return Shown(message->get_ref<const std::string&>());
  }
  return body.empty() || body.front() == '<' ? "" : Shown(body);
}

}  // namespace lmp::remote
