#include "runtime/server/openai_reply.h"

#include <algorithm>
#include <cstdio>

#include "runtime/base/json.h"
#include "runtime/server/quoted.h"
#include "runtime/server/run_reply.h"

namespace lmp::server {

namespace {

// JSON has no infinity.
constexpr double kLogprobMin = -9999;

double Finite(double logprob) { return std::max(logprob, kLogprobMin); }

Json BytesOf(std::string_view text) {
  Json bytes = Json::array();
  for (const char c : text) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

template <typename Token>
Json TokenJson(const Token& token) {
  return {
      {"token", token.text}, {"logprob", Finite(token.logprob)}, {"bytes", BytesOf(token.text)}};
}

Json ChatLogprobs(const std::vector<ScoredToken>& tokens) {
  Json content = Json::array();
  for (const ScoredToken& token : tokens) {
    Json json = TokenJson(token);
    Json& top = json["top_logprobs"] = Json::array();
    for (const ScoredToken::Likely& likely : token.top) top.push_back(TokenJson(likely));
    content.push_back(std::move(json));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

Json TextLogprobs(const std::vector<ScoredToken>& tokens, size_t text_offset) {
  Json texts = Json::array(), logprobs = Json::array(), tops = Json::array(),
       offsets = Json::array();
  for (const ScoredToken& token : tokens) {
    texts.push_back(token.text);
    logprobs.push_back(Finite(token.logprob));
    Json top = Json::object();
    for (const ScoredToken::Likely& likely : token.top) {
      if (!top.contains(likely.text)) top[likely.text] = Finite(likely.logprob);
    }
    tops.push_back(std::move(top));
    offsets.push_back(text_offset);
    text_offset += CharacterCount(token.text);
  }
  return {{"tokens", std::move(texts)},
          {"token_logprobs", std::move(logprobs)},
          {"top_logprobs", std::move(tops)},
          {"text_offset", std::move(offsets)}};
}

Json LogprobsOf(const CompletionCall& call, const std::vector<ScoredToken>& tokens,
                size_t text_offset) {
  return call.chat ? ChatLogprobs(tokens) : TextLogprobs(tokens, text_offset);
}

std::string LogprobsText(const CompletionCall& call, const std::vector<ScoredToken>& tokens,
                         size_t text_offset) {
  return call.logprobs ? DumpJson(LogprobsOf(call, tokens, text_offset)) : "null";
}

std::string UsageText(const std::vector<const CompletionReport*>& reports) {
  int64_t prompt = 0, cached = 0, generated = 0;
  for (const CompletionReport* report : reports) {
    prompt += report->prompt_tokens;
    cached += report->cached_tokens;
    generated += report->generated_tokens;
  }
  return R"({"prompt_tokens":)" + std::to_string(prompt) + R"(,"completion_tokens":)" +
         std::to_string(generated) + R"(,"total_tokens":)" + std::to_string(prompt + generated) +
         R"(,"prompt_tokens_details":{"cached_tokens":)" + std::to_string(cached) +
         R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,)" +
         R"("audio_tokens":0}})";
}

// The members that answers and chunks begin with, and `choices`, a JSON list without its brackets.
std::string Body(const CompletionCall& call, bool chunk, std::string_view choices) {
  const std::string_view object = !call.chat ? "text_completion"
                                  : chunk    ? "chat.completion.chunk"
                                             : "chat.completion";
  std::string body = R"({"id":)" + Quoted(call.id) + R"(,"object":")";
  body += object;
  body += R"(","created":)" + std::to_string(call.created) + R"(,"model":)" + Quoted(call.model) +
          R"(,"system_fingerprint":)" + Quoted(call.fingerprint) + R"(,"choices":[)";
  body += choices;
  body += ']';
  return body;
}

// Where the usage is wanted, all chunks but one have none.
std::string Chunk(const CompletionCall& call, std::string_view choices) {
  std::string event = "data: " + Body(call, true, choices);
  event += call.include_usage ? ",\"usage\":null}\n\n" : "}\n\n";
  return event;
}

// `delta`, `logprobs`, `finish`: JSON.
std::string ChoiceChunk(const CompletionCall& call, size_t choice, std::string_view delta,
                        std::string_view logprobs, std::string_view finish) {
  std::string json = R"({"index":)" + std::to_string(choice);
  json += call.chat ? R"(,"delta":)" : R"(,"text":)";
  json += delta;
  json += R"(,"logprobs":)";
  json += logprobs;
  json += R"(,"finish_reason":)";
  json += finish;
  json += '}';
  return Chunk(call, json);
}

// The same in a stream and in a whole answer.
std::string CallId(const CompletionCall& call, size_t choice, size_t number) {
  constexpr size_t kOwnDigits = 16;
  const std::string_view own = std::string_view(call.id).substr(call.id.find('-') + 1);
  char tail[24];
  std::snprintf(tail, sizeof tail, "%04zx%04zx", choice & 0xffff, number & 0xffff);
  return "call_" + std::string(own.substr(0, kOwnDigits)) + tail;
}

Json MessageJson(const CompletionCall& call, size_t index, const CompletionChoice& choice) {
  Json message = {{"role", "assistant"}, {"content", choice.text}, {"refusal", nullptr}};
  if (choice.calls.empty()) return message;
  if (choice.text.empty()) message["content"] = nullptr;
  Json& calls = message["tool_calls"] = Json::array();
  for (size_t i = 0; i < choice.calls.size(); ++i) {
    const ChatCall& made = choice.calls[i];
    calls.push_back({{"id", CallId(call, index, i)},
                     {"type", "function"},
                     {"function", {{"name", made.name}, {"arguments", made.arguments}}}});
  }
  return message;
}

Json CallDelta(const CompletionCall& call, size_t choice, const CompletionPiece& piece) {
  Json one = {{"index", piece.call}};
  if (!piece.name.empty()) {
    one["id"] = CallId(call, choice, static_cast<size_t>(piece.call));
    one["type"] = "function";
    one["function"]["name"] = piece.name;
  }
  one["function"]["arguments"] = piece.text;
  return {{"tool_calls", Json::array({std::move(one)})}};
}

int HttpStatusOf(const RunFailure& failure) {
  if (failure.kind == "internal") return 500;
  if (failure.kind == "cancelled" || failure.kind == kShuttingDown) return 503;
  if (failure.kind == "remote") return 502;  // a server behind this one
  return failure.kind == "constraint" || failure.kind == "limit" ? 422 : 400;
}

const CompletionReport* FailedOf(const std::vector<const CompletionReport*>& reports) {
  const auto failed = std::find_if(reports.begin(), reports.end(),
                                   [](const CompletionReport* report) { return !report->ok; });
  return failed == reports.end() ? nullptr : *failed;
}

Reply FailureReply(const CompletionCall& call, const RunFailure& failure) {
  const std::string_view prompt = call.chat ? "messages" : "prompt";
  return ErrorReply(HttpStatusOf(failure), failure.message,
                    failure.kind == "overflow" ? prompt : "", CodeOf(failure));
}

}  // namespace

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

Reply CompletionReply(const CompletionCall& call,
                      const std::vector<const CompletionReport*>& reports) {
  if (const CompletionReport* failed = FailedOf(reports))
    return FailureReply(call, failed->failure);
  std::string choices;
  size_t number = 0;
  for (const CompletionReport* report : reports) {
    for (const CompletionChoice& choice : report->choices) {
      choices += (number == 0 ? R"({"index":)" : R"(,{"index":)") + std::to_string(number);
      if (call.chat) {
        choices += R"(,"message":)" + DumpJson(MessageJson(call, number, choice));
      } else {
        choices += R"(,"text":)" + Quoted(EchoOf(call, number) + choice.text);
      }
      choices += R"(,"logprobs":)" + LogprobsText(call, choice.tokens, 0) + R"(,"finish_reason":)" +
                 Quoted(choice.finish);
      if (call.token_ids) choices += R"(,"token_ids":)" + DumpJson(choice.ids);
      choices += '}';
      ++number;
    }
  }
  return {200, Body(call, false, choices) + R"(,"usage":)" + UsageText(reports) + "}", {}};
}

std::string EchoOf(const CompletionCall& call, size_t choice) {
  return call.echoes.empty() ? "" : call.echoes[choice / call.choices];
}

std::string FirstChunk(const CompletionCall& call, size_t choice) {
  if (call.chat) {
    return ChoiceChunk(call, choice, R"({"role":"assistant","content":"","refusal":null})", "null",
                       "null");
  }
  const std::string echo = EchoOf(call, choice);
  return echo.empty() ? "" : ChoiceChunk(call, choice, Quoted(echo), "null", "null");
}

std::string PieceChunk(const CompletionCall& call, size_t choice, const CompletionPiece& piece,
                       size_t text_offset) {
  const std::string delta = !call.chat        ? Quoted(piece.text)
                            : piece.call >= 0 ? DumpJson(CallDelta(call, choice, piece))
                                              : R"({"content":)" + Quoted(piece.text) + "}";
  return ChoiceChunk(call, choice, delta, LogprobsText(call, piece.tokens, text_offset), "null");
}

std::string FinishChunk(const CompletionCall& call, size_t choice, std::string_view finish) {
  return ChoiceChunk(call, choice, call.chat ? "{}" : R"("")", "null", Quoted(finish));
}

std::string LastChunks(const CompletionCall& call,
                       const std::vector<const CompletionReport*>& reports) {
  if (const CompletionReport* failed = FailedOf(reports))
    return "data: " + FailureReply(call, failed->failure).body + "\n\n";
  std::string events;
  // Behind all text: which ids a text has is settled when it has ended.
  size_t number = 0;
  for (const CompletionReport* report : reports) {
    for (const CompletionChoice& choice : report->choices) {
      const std::string begin = R"({"index":)" + std::to_string(number++);
      if (!call.token_ids) continue;
      events += Chunk(call, begin + R"(,"finish_reason":null,"token_ids":)" + DumpJson(choice.ids) +
                                (call.chat ? R"(,"delta":{}})" : R"(,"text":""})"));
    }
  }
  if (call.include_usage)
    events += "data: " + Body(call, true, "") + R"(,"usage":)" + UsageText(reports) + "}\n\n";
  return events + "data: [DONE]\n\n";
}

}  // namespace lmp::server
