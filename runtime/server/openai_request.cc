#include "runtime/server/openai_request.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "runtime/base/limits.h"
#include "runtime/server/members.h"
#include "runtime/server/openai_tools.h"

namespace lmp::server {

namespace {

constexpr size_t kSchemaBytesMax = 1u << 20;
constexpr int64_t kTokensMax = INT32_MAX;
constexpr int64_t kHealedBytesMax = 4096;  // a few tokens
constexpr size_t kPromptsMax = kChoicesMax;
constexpr size_t kNameBytesMax = 64;
constexpr uint64_t kReportBytesMax = 16u << 20;   // of an answer that is not streamed
constexpr size_t kModelShownMax = 256;            // of a name that is not there
constexpr int64_t kCompletionTokensDefault = 16;  // as OpenAI's
constexpr int64_t kCompletionLogprobsMax = 5;
constexpr double kPenaltyMax = 2;
constexpr double kBiasMax = 100;
constexpr size_t kBiasesMax = 1024;

// Members that would change the answer and are not done. Allowed with the value that changes
// nothing; empty: with none.
struct NotDone {
  std::string_view name, neutral;  // JSON
  std::string_view hint = "";
};
constexpr std::string_view kToolsHint = "; `tools` and `tool_choice` are what came after it";
constexpr NotDone kNotDone[] = {
    {"functions", "[]", kToolsHint},
    {"function_call", "\"none\"", kToolsHint},
    {"modalities", "[\"text\"]"},
    {"audio", ""},
    {"web_search_options", ""},
    {"reasoning_effort", ""},
    {"verbosity", "\"medium\""},
    {"best_of", "1"},
    {"suffix", "\"\""},
    // of vLLM, SGLang and llama.cpp
    {"typical_p", "1"},
    {"repetition_penalty", "1"},
    {"repeat_penalty", "1"},
    {"stop_token_ids", "[]"},
    {"use_beam_search", "false"},
    {"length_penalty", "1"},
    {"prompt_logprobs", ""},
    {"n_probs", "0"},
    {"mirostat", "0"},
    {"samplers", ""},
    {"json_schema", ""},
    {"regex", "\"\""},
    {"ebnf", "\"\""},
    {"guided_json", ""},
    {"guided_regex", ""},
    {"guided_choice", ""},
    {"guided_grammar", ""},
    {"structured_outputs", ""},
    {"chat_template", ""},
    {"chat_template_kwargs", "{}"},
    {"documents", "[]"},
    {"add_generation_prompt", "true"},
    {"continue_final_message", "false"},
    {"prompt_embeds", ""},
    {"include_stop_str_in_output", "false"},
    {"skip_special_tokens", "true"},
    {"n_predict", "-1", "; expected `max_tokens`"},
    {"max_new_tokens", "", "; expected `max_tokens`"},
};

void RefuseNotDone(Members& body) {
  for (const NotDone& member : kNotDone) {
    const Json* value = body.Find(member.name);
    if (value == nullptr) continue;
    if (!member.neutral.empty() && *value == Json::parse(member.neutral)) continue;
    body.Fail(member.name,
              "this server does not do that" +
                  (member.neutral.empty() ? std::string()
                                          : ", only " + std::string(member.neutral) + " is taken") +
                  std::string(member.hint),
              "unsupported_parameter");
  }
}

void RefuseTools(Members& body) {
  if (const Json* tools = body.Find("tools"); tools != nullptr && *tools != Json::array())
    body.Fail("tools", "a text that goes on has no tools: expected a chat",
              "unsupported_parameter");
}

uint64_t Random() {
  static thread_local std::random_device device;
  return uint64_t{device()} << 32 | device();
}

std::string RandomName(std::string_view prefix) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name(prefix);
  for (const uint64_t part : {Random(), Random()}) {
    for (int shift = 60; shift >= 16; shift -= 4) name += kDigits[part >> shift & 15];
  }
  return name;
}

// Any integer of 64 bits, signed or not.
std::optional<uint64_t> SeedOf(Members& body, std::string_view name) {
  const Json* seed = body.Find(name);
  if (seed == nullptr) return std::nullopt;
  if (seed->is_number_unsigned()) return seed->get<uint64_t>();
  if (seed->is_number_integer()) return static_cast<uint64_t>(seed->get<int64_t>());
  body.Wrong(name, "an integer from -2^63 to 2^64 - 1");
  return std::nullopt;
}

std::vector<std::string> StopsOf(Members& body) {
  const Json* stop = body.Find("stop");
  if (stop == nullptr) return {};
  const Json list = stop->is_array() ? *stop : Json::array({*stop});
  std::vector<std::string> stops;
  for (const Json& text : list) {
    const bool fits = text.is_string() && !text.get_ref<const std::string&>().empty() &&
                      text.get_ref<const std::string&>().size() <= kStopBytesMax;
    if (fits) stops.push_back(text.get<std::string>());
  }
  if (stops.size() != list.size() || stops.size() > kStopStringsMax) {
    body.Wrong("stop", "a string of 1 to " + std::to_string(kStopBytesMax) +
                           " bytes, or a list of at most " + std::to_string(kStopStringsMax));
  }
  return stops;
}

// The text of a message: a string, or parts that are text.
std::string ContentOf(Members& message) {
  const Json* content = message.Find("content");
  if (content == nullptr) {
    message.Fail("content", "expected a string or a list of text parts, found nothing");
    return "";
  }
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) {
    message.Wrong("content", "a string or a list of text parts");
    return "";
  }
  std::string text;
  for (size_t i = 0; i < content->size(); ++i) {
    const Json& part = (*content)[i];
    const std::string name = "content[" + std::to_string(i) + "]";
    if (!part.is_object() || !part.contains("type") || !part["type"].is_string()) {
      message.Fail(name, "expected an object with a `type`");
      return "";
    }
    const auto& type = part["type"].get_ref<const std::string&>();
    if (type != "text" || !part.contains("text") || !part["text"].is_string()) {
      message.Fail(name, type == "text" ? std::string("expected `text`, a string")
                                        : "only parts of type \"text\" are taken, found \"" +
                                              type.substr(0, kNameBytesMax) + "\"");
      return "";
    }
    text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

// The role of LMP's chat formats; empty if there is none.
std::string_view RoleOf(std::string_view name) {
  if (name == "system" || name == "developer") return "system";
  if (name == "user" || name == "assistant") return name;
  return name == "tool" ? "observe" : "";
}

std::vector<ChatMessage> MessagesOf(Members& body) {
  const Json* list = body.Find("messages");
  if (list == nullptr || !list->is_array() || list->empty()) {
    body.Wrong("messages", "a list of at least one message");
    return {};
  }
  std::vector<ChatMessage> messages;
  CallsReader calls;
  for (size_t i = 0; i < list->size() && !body.failed(); ++i) {
    const std::string name = "messages[" + std::to_string(i) + "]";
    if (!(*list)[i].is_object()) {
      body.Fail(name, "expected an object with `role` and `content`");
      break;
    }
    Members message = body.Of((*list)[i], name);
    const std::string role = message.Text("role", kNameBytesMax).value_or("");
    if (RoleOf(role).empty()) message.Wrong("role", "system, developer, user, assistant or tool");
    if (const Json* call = message.Find("function_call"); call != nullptr && !call->empty()) {
      message.Fail("function_call", "this server does not do that" + std::string(kToolsHint),
                   "unsupported_parameter");
    }
    if (role == "tool") {
      calls.AddResult(message, ContentOf(message), &messages);
      continue;
    }
    ChatMessage read;
    read.role = RoleOf(role);
    if (role == "assistant") {
      read.calls = calls.CallsOf(message);
    } else {
      calls.EndResults();
      if (const Json* given = message.Find("tool_calls"); given != nullptr && !given->empty())
        message.Fail("tool_calls", "only messages of the assistant have calls");
    }
    const bool only_calls = !read.calls.empty() && message.Find("content") == nullptr;
    if (!only_calls) read.text = ContentOf(message);
    messages.push_back(std::move(read));
  }
  return messages;
}

// A text, or a list of token ids; the engine refuses those that are not in the vocabulary.
void AddPrompt(Members& body, const std::string& name, const Json& prompt,
               std::string_view expected, std::vector<CompletionRequest>* requests) {
  CompletionRequest& request = requests->emplace_back();
  if (prompt.is_string()) {
    request.text = prompt.get<std::string>();
    return;
  }
  if (!prompt.is_array() || prompt.empty()) return body.Wrong(name, prompt, expected);
  for (size_t i = 0; i < prompt.size(); ++i) {
    const Json& id = prompt[i];
    const bool fits = id.is_number_unsigned() && id.get<uint64_t>() <= uint64_t{INT32_MAX};
    if (!fits) return body.Wrong(name + "[" + std::to_string(i) + "]", id, "the id of a token");
    request.tokens.push_back(static_cast<int32_t>(id.get<uint64_t>()));
  }
}

std::vector<CompletionRequest> PromptsOf(Members& body) {
  const std::string expected = "a string, a list of token ids, or a list of 1 to " +
                               std::to_string(kPromptsMax) + " of these";
  const Json* prompt = body.Find("prompt");
  std::vector<CompletionRequest> requests;
  if (prompt == nullptr) {
    body.Wrong("prompt", expected);
  } else if (!prompt->is_array() || prompt->empty() || prompt->front().is_number()) {
    AddPrompt(body, "prompt", *prompt, expected, &requests);
  } else if (prompt->size() > kPromptsMax) {
    body.Fail("prompt", "expected at most " + std::to_string(kPromptsMax) + " prompts, found " +
                            std::to_string(prompt->size()));
  } else {
    for (size_t i = 0; i < prompt->size() && !body.failed(); ++i) {
      AddPrompt(body, "prompt[" + std::to_string(i) + "]", (*prompt)[i],
                "a string or a list of token ids", &requests);
    }
  }
  return requests;
}

bool IsSchemaName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

TextForm SchemaFormOf(Members& format, Recent<SchemaOutcome>::Own forms) {
  std::optional<Members> given = format.Object("json_schema");
  if (!given) return {};
  const auto name = given->Text("name", kNameBytesMax);
  if (!name || !IsSchemaName(*name)) {
    given->Wrong("name", "1 to 64 letters, digits, `_` and `-`");
  }
  given->Bool("strict", false);  // it is kept to either way
  given->Text("description", kSchemaBytesMax);
  const Json* schema = given->Find("schema");
  if (schema == nullptr || !(schema->is_object() || schema->is_boolean())) {
    given->Wrong("schema", "a JSON Schema");
    return {};
  }
  const std::string text = DumpJson(*schema);
  if (text.size() > kSchemaBytesMax) {
    given->Fail("schema", "it is longer than " + std::to_string(kSchemaBytesMax) + " bytes");
  }
  if (format.failed()) return {};
  const SchemaOutcome& outcome = forms.Get("s" + text, [&] { return FormOfSchema(text); });
  if (outcome.form) return *outcome.form;
  std::string message;
  for (const SchemaRefusal& refusal : outcome.refused)
    message += (message.empty() ? "" : "; ") + refusal.text;
  given->Fail("schema" + outcome.refused.front().pointer, message, "invalid_json_schema");
  return {};
}

SchemaOutcome OutcomeOfGbnf(const std::string& text) {
  Result<TextForm> form = TextForm::Gbnf(text);
  if (form.ok()) return {*std::move(form), {}};
  return {std::nullopt, {{"", "", form.status().message(), form.status().message()}}};
}

// GBNF, as llama.cpp's servers take it.
TextForm GrammarFormOf(Members& body, Recent<SchemaOutcome>::Own forms) {
  const std::string grammar = body.Text("grammar", kSchemaBytesMax).value_or("");
  if (grammar.empty() || body.failed()) return {};
  const SchemaOutcome& outcome = forms.Get("g" + grammar, [&] { return OutcomeOfGbnf(grammar); });
  if (outcome.form) return *outcome.form;
  body.Fail("grammar", outcome.refused.front().text, "invalid_grammar");
  return {};
}

TextForm FormOf(Members& body, Recent<SchemaOutcome>::Own forms) {
  const TextForm grammar = GrammarFormOf(body, forms);
  if (body.Find("response_format") == nullptr) return grammar;
  if (grammar.state() != nullptr) body.Fail("grammar", "it excludes `response_format`");
  std::optional<Members> format = body.Object("response_format");
  if (!format) return {};
  const std::string type = format->Text("type", kNameBytesMax).value_or("");
  if (type == "text") return {};
  if (type == "json_object") {
    // llama.cpp's way to say a schema.
    if (format->Find("schema") != nullptr)
      format->Fail("schema", "expected `type` \"json_schema\" with `json_schema`.`schema`",
                   "unsupported_parameter");
    return TextForm::JsonObject();
  }
  if (type == "json_schema") return SchemaFormOf(*format, forms);
  format->Wrong("type", "text, json_object or json_schema");
  return {};
}

// Chat: `logprobs` says whether, `top_logprobs` how many. Else `logprobs` is their number.
std::optional<int> LogprobsOf(Members& body, bool chat) {
  if (!chat) {
    const int64_t count = body.Integer("logprobs", 0, kCompletionLogprobsMax, -1);
    return count < 0 ? std::nullopt : std::optional(static_cast<int>(count));
  }
  const bool wanted = body.Bool("logprobs", false);
  const auto top = static_cast<int>(body.Integer("top_logprobs", 0, kTopLogprobsMax, 0));
  if (!wanted && body.Find("top_logprobs") != nullptr && top > 0)
    body.Fail("top_logprobs", "it needs `logprobs`: true");
  return wanted ? std::optional(top) : std::nullopt;
}

std::vector<std::pair<int32_t, double>> BiasOf(Members& body) {
  if (body.Find("logit_bias") == nullptr) return {};
  std::optional<Members> given = body.Object("logit_bias");
  if (!given) return {};
  const Json& list = *body.Find("logit_bias");
  if (list.size() > kBiasesMax) {
    body.Fail("logit_bias", "it has more than " + std::to_string(kBiasesMax) + " tokens");
    return {};
  }
  std::vector<std::pair<int32_t, double>> biases;
  for (const auto& [name, value] : list.items()) {
    int32_t id = -1;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
    if (id < 0 || read.ec != std::errc() || read.ptr != name.data() + name.size() ||
        std::to_string(id) != name) {
      body.Fail("logit_bias", "expected the ids of tokens as names of members");
      return {};
    }
    biases.emplace_back(id, given->Number(name, -kBiasMax, kBiasMax, 0));
  }
  return biases;
}

void ReadSampling(Members& body, CompletionRequest* request) {
  request->temperature = body.Number("temperature", 0, 2, 1);
  request->top_p = body.Number("top_p", 0, 1, 1);
  if (request->top_p == 0) request->top_p = 1e-9;  // the likeliest token alone
  // Of other servers, where -1 is all, too.
  request->top_k = static_cast<int>(std::max<int64_t>(0, body.Integer("top_k", -1, kTokensMax, 0)));
  request->min_p = body.Number("min_p", 0, 1, 0);
  request->presence_penalty = body.Number("presence_penalty", -kPenaltyMax, kPenaltyMax, 0);
  request->frequency_penalty = body.Number("frequency_penalty", -kPenaltyMax, kPenaltyMax, 0);
  request->logit_bias = BiasOf(body);
  request->tokens_min = static_cast<int>(body.Integer("min_tokens", 0, kTokensMax, 0));
  if (body.Bool("ignore_eos", false)) request->tokens_min = static_cast<int>(kTokensMax);
  const std::optional<uint64_t> seed = SeedOf(body, "seed");
  request->seed = seed ? *seed : Random();
}

// Texts before what is written: the prompts, where they are wanted.
std::vector<std::string> EchoesOf(Members& body, const CompletionCall& call) {
  if (!body.Bool("echo", false)) return {};
  if (call.chat) body.Fail("echo", "chats have no such member", "unsupported_parameter");
  std::vector<std::string> texts;
  for (const CompletionRequest& request : call.requests) {
    if (!request.text)
      body.Fail("echo", "only prompts that are texts are told again", "unsupported_parameter");
    texts.push_back(request.text.value_or(""));
  }
  if (call.logprobs)
    body.Fail("echo", "this server has no `logprobs` of prompts", "unsupported_parameter");
  return texts;
}

// Up to `max_tokens` nothing ends a text, so nothing else may be said of its end.
void RefuseEndless(Members& body, const CompletionRequest& request) {
  if (!body.Bool("ignore_eos", false)) return;
  const Json* tools = body.Find("tools");
  const bool calls = tools != nullptr && !tools->empty();
  if (!request.stops.empty() || request.form.state() != nullptr || calls) {
    body.Fail("ignore_eos", "what ends by `stop`, a form or a call is not written on",
              "unsupported_parameter");
  }
}

int TokensMaxOf(Members& body, bool chat) {
  const int64_t most =
      body.Integer("max_tokens", 1, kTokensMax, chat ? 0 : kCompletionTokensDefault);
  return static_cast<int>(chat ? body.Integer("max_completion_tokens", 1, kTokensMax, most) : most);
}

}  // namespace

// A form is of the text of an answer: where that is calls alone it says nothing.
ChatTools OpenAiReader::ReadTools(Members& body, size_t tenant, TextForm* form) {
  bool calls = false;
  ChatTools tools = ToolsOf(body, compile_, tools_.Of(tenant), &calls);
  if (!calls || form->state() == nullptr) return tools;
  const Json* choice = body.Find("tool_choice");
  if (choice == nullptr || *choice == "auto") {
    body.Fail(body.Find("grammar") != nullptr ? "grammar" : "response_format",
              "an answer that may call tools has no form besides theirs: expected `tool_choice` "
              "none or required",
              "unsupported_parameter");
  }
  *form = {};
  return tools;
}

std::variant<Reply, CompletionCall> OpenAiReader::Read(bool chat, std::string_view text,
                                                       const Caller& caller) {
  const Result<Json> parsed = ParseJson(text);
  if (!parsed.ok())
    return ErrorReply(400, "the body is no JSON: " + parsed.status().message(), "", "invalid_json");
  if (!parsed->is_object()) return ErrorReply(400, "the body: expected a JSON object");
  std::optional<Reply> error;
  Members body(*parsed, "", &error);
  const std::optional<std::string> model = body.Text("model", kLineBytesMax);
  if (model && *model != model_) {
    return ErrorReply(
        404, "there is no model `" + model->substr(0, kModelShownMax) + "`, only `" + model_ + "`",
        "model", "model_not_found");
  }
  CompletionCall call;
  call.chat = chat;
  call.stream = body.Bool("stream", false);
  if (body.Find("stream_options") != nullptr) {
    if (!call.stream) body.Fail("stream_options", "it needs `stream`: true");
    if (auto options = body.Object("stream_options"))
      call.include_usage = options->Bool("include_usage", false);
  }
  RefuseNotDone(body);
  CompletionRequest shared;
  ReadSampling(body, &shared);
  if (!chat) shared.site = SeedOf(body, "site").value_or(0);
  shared.stops = StopsOf(body);
  shared.tokens_max = TokensMaxOf(body, chat);
  shared.top_logprobs = LogprobsOf(body, chat);
  shared.choices = static_cast<size_t>(body.Integer("n", 1, kChoicesMax, 1));
  const std::string salt = body.Text("cache_salt", kCacheSaltBytesMax).value_or("");
  shared.tenant = TenantOf(caller, salt);
  shared.owner = caller.tenant;
  shared.report = !call.stream;
  shared.report_bytes_max = kReportBytesMax;
  body.Text("user", kLineBytesMax);
  if (chat) {
    call.requests.emplace_back().messages = MessagesOf(body);
  } else {
    call.requests = PromptsOf(body);
  }
  if (shared.choices * call.requests.size() > kChoicesMax) {
    body.Fail("n", std::to_string(shared.choices) + " choices of " +
                       std::to_string(call.requests.size()) + " prompts are more than " +
                       std::to_string(kChoicesMax));
  }
  if (!chat) {
    shared.score_tokens = static_cast<int>(body.Integer("score_tokens", 0, kTokensMax, 0));
    if (shared.score_tokens > 0 && call.stream)
      body.Fail("score_tokens", "scores are not streamed");
  }
  if (!chat)
    shared.healed_bytes = static_cast<int>(body.Integer("healed_bytes", 0, kHealedBytesMax, 0));
  call.logprobs = shared.top_logprobs.has_value() || shared.score_tokens > 0;
  call.echoes = EchoesOf(body, call);
  call.token_ids = body.Bool("return_token_ids", false);
  if (!error) shared.form = FormOf(body, forms_.Of(caller.tenant));
  if (!error && chat) shared.tools = ReadTools(body, caller.tenant, &shared.form);
  if (!error && !chat) RefuseTools(body);
  RefuseEndless(body, shared);
  if (error) return *std::move(error);

  for (CompletionRequest& request : call.requests) {
    CompletionRequest filled = shared;
    filled.messages = std::move(request.messages);
    filled.text = std::move(request.text);
    filled.tokens = std::move(request.tokens);
    request = std::move(filled);
  }
  call.choices = shared.choices;
  call.id = RandomName(chat ? "chatcmpl-" : "cmpl-");
  call.model = model_;
  call.fingerprint = fingerprint_;
  call.created = std::time(nullptr);
  return call;
}

}  // namespace lmp::server
