// Any bytes as the body of a chat, a completion, an answer or a run of the playground: a reply with
// OpenAI's error object, or a call within the limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/server/answer_request.h"
#include "runtime/server/openai_request.h"
#include "runtime/server/playground.h"

namespace {

void Require(bool right) {
  if (!right) std::abort();
}

void CheckCall(const lmp::server::CompletionCall& call) {
  Require(!call.requests.empty() && call.choices >= 1);
  Require(call.requests.size() * call.choices <= lmp::kChoicesMax);
  for (const lmp::CompletionRequest& request : call.requests) {
    Require((request.messages.empty() ? 0 : 1) + (request.text ? 1 : 0) +
                (request.tokens.empty() ? 0 : 1) ==
            1);
    Require(request.choices == call.choices && request.tokens_max >= 0);
    Require(request.temperature >= 0 && request.temperature <= 2);
    Require(request.top_p > 0 && request.top_p <= 1);
    Require(request.stops.size() <= lmp::kStopStringsMax);
    Require(request.top_logprobs.value_or(0) <= lmp::kTopLogprobsMax);
    for (const lmp::ChatMessage& message : request.messages) {
      Require(!message.role.empty());
      Require(message.calls.empty() || message.role == "assistant");
      for (const lmp::ChatCall& made : message.calls) Require(lmp::ParseJson(made.arguments).ok());
    }
    Require(request.min_p >= 0 && request.min_p <= 1 && request.top_k >= 0);
    for (const double penalty : {request.presence_penalty, request.frequency_penalty})
      Require(penalty >= -2 && penalty <= 2);
    for (const auto& [id, bias] : request.logit_bias)
      Require(id >= 0 && bias >= -100 && bias <= 100);
    Require(call.echoes.empty() || call.echoes.size() == call.requests.size());
    for (const int32_t token : request.tokens) Require(token >= 0);
  }
}

void CheckRefusal(const lmp::server::Reply& reply) {
  Require(reply.status == 400 || reply.status == 404);
  const lmp::Result<lmp::Json> body = lmp::ParseJson(reply.body);
  Require(body.ok() && body->contains("error") && body->at("error").size() == 4);
}

void CheckRun(const std::variant<lmp::server::Reply, lmp::server::RunAsk>& read) {
  if (const auto* reply = std::get_if<lmp::server::Reply>(&read)) return CheckRefusal(*reply);
  const auto& run = std::get<lmp::server::RunAsk>(read);
  Require(run.start && run.event && run.finished && run.last_event);
  Require(run.generations == run.stream);
}

// Compiles the schemas alone: what an engine adds to them is its model's.
lmp::Result<lmp::ToolsOutcome> Compile(const lmp::ToolRules& rules) {
  Require(!rules.tools.empty());
  lmp::ToolsOutcome out;
  for (size_t i = 0; i < rules.tools.size(); ++i) {
    const lmp::SchemaOutcome schema = lmp::FormOfSchema(rules.tools[i].parameters);
    for (const lmp::SchemaRefusal& refusal : schema.refused) out.refused.push_back({i, refusal});
    Require(schema.form.has_value() == schema.refused.empty());
  }
  if (rules.tools.size() > 100) return lmp::InvalidArgument("too many tools");
  if (out.refused.empty()) out.tools.emplace();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lmp::server::OpenAiReader reader("demo", "fp", Compile);
  for (const bool chat : {true, false}) {
    const auto read = reader.Read(chat, text, {.tenant = 1});
    if (const auto* call = std::get_if<lmp::server::CompletionCall>(&read)) {
      Require(call->chat == chat);
      CheckCall(*call);
      continue;
    }
    CheckRefusal(std::get<lmp::server::Reply>(read));
  }
  CheckRun(lmp::server::ReadAnswer(text, {.tenant = 1}));
  lmp::server::Playground playground(nullptr);
  CheckRun(playground.Read({}, text, {.tenant = 1}));
  if (const lmp::server::Reply said = playground.Check(text, {.tenant = 1}); said.status != 200)
    CheckRefusal(said);
  return 0;
}
