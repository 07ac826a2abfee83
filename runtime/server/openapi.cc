#include "runtime/server/openapi.h"

#include <algorithm>

#include "runtime/base/json.h"

namespace lmp::server {

namespace {

// What has no types of programs in it. Members that are ignored or refused are left out.
constexpr std::string_view kComponents = R"json({
"Error": {"type": "object", "required": ["error"], "properties": {"error": {
  "type": "object", "required": ["message", "type", "param", "code"], "properties": {
    "message": {"type": "string"}, "type": {"type": "string"},
    "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}}},
"State": {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok", "ready", "draining"]}}},
"Usage": {"type": "object",
  "required": ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details"],
  "properties": {
    "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
    "prompt_tokens_details": {"type": "object", "required": ["cached_tokens"],
      "properties": {"cached_tokens": {"type": "integer"}}},
    "completion_tokens_details": {"type": "object"}}},
"Model": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {
  "id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"}, "owned_by": {"type": "string"},
  "max_model_len": {"type": "integer"}, "vocabulary": {"type": "string"}}},
"Models": {"type": "object", "required": ["object", "data"], "properties": {
  "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}},
"Function": {"type": "object", "required": ["name", "parameters", "result"], "properties": {
  "name": {"type": "string"}, "result": {"type": "string"},
  "parameters": {"type": "array", "items": {"type": "object", "required": ["name", "type"], "properties": {
    "name": {"type": "string"}, "type": {"type": "string"}, "description": {"type": "string"}, "default": {}}}}}},
"Program": {"type": "object", "required": ["id", "object", "functions"], "properties": {
  "id": {"type": "string"}, "object": {"const": "lmp.program"},
  "functions": {"type": "array", "items": {"$ref": "#/components/schemas/Function"}}}},
"Programs": {"type": "object", "required": ["object", "data"], "properties": {
  "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Program"}}}},
"ToolCall": {"type": "object", "required": ["id", "type", "function"], "properties": {
  "id": {"type": "string"}, "type": {"const": "function"},
  "function": {"type": "object", "required": ["name", "arguments"], "properties": {
    "name": {"type": "string"}, "arguments": {"type": "string"}}}}},
"Tool": {"type": "object", "required": ["type", "function"], "properties": {
  "type": {"const": "function"},
  "function": {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, "description": {"type": "string"},
    "parameters": {"type": "object"}, "strict": {"type": ["boolean", "null"]}}}}},
"Message": {"type": "object", "required": ["role"], "properties": {
  "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
  "content": {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {
    "type": "object", "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}}}}]},
  "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}},
  "tool_call_id": {"type": "string"}}},
"Form": {"type": "object", "required": ["type"], "properties": {
  "type": {"enum": ["text", "json_object", "json_schema"]},
  "json_schema": {"type": "object", "required": ["name", "schema"], "properties": {
    "name": {"type": "string"}, "description": {"type": "string"}, "schema": {"type": ["object", "boolean"]},
    "strict": {"type": ["boolean", "null"]}}}}},
"Sampling": {"type": "object", "properties": {
  "model": {"type": "string"},
  "temperature": {"type": "number", "minimum": 0, "maximum": 2}, "top_p": {"type": "number", "minimum": 0, "maximum": 1},
  "top_k": {"type": "integer", "minimum": -1}, "min_p": {"type": "number", "minimum": 0, "maximum": 1},
  "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
  "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
  "logit_bias": {"type": "object", "maxProperties": 1024,
    "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100}},
  "seed": {"type": "integer"}, "n": {"type": "integer", "minimum": 1, "maximum": 128},
  "stop": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 16, "items": {"type": "string"}}]},
  "max_tokens": {"type": "integer", "minimum": 1},
  "min_tokens": {"type": "integer", "minimum": 0}, "ignore_eos": {"type": "boolean"}, "grammar": {"type": "string"},
  "return_token_ids": {"type": "boolean"},
  "stream": {"type": "boolean"},
  "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
  "response_format": {"$ref": "#/components/schemas/Form"},
  "cache_salt": {"type": "string", "maxLength": 256}, "user": {"type": "string"}}},
"ChatRequest": {"allOf": [{"$ref": "#/components/schemas/Sampling"}], "type": "object", "required": ["messages"], "properties": {
  "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Message"}},
  "max_completion_tokens": {"type": "integer", "minimum": 1},
  "logprobs": {"type": "boolean"}, "top_logprobs": {"type": "integer", "minimum": 0, "maximum": 20},
  "tools": {"type": "array", "maxItems": 128, "items": {"$ref": "#/components/schemas/Tool"}},
  "tool_choice": {"anyOf": [{"enum": ["none", "auto", "required"]}, {"type": "object", "required": ["type", "function"],
    "properties": {"type": {"const": "function"}, "function": {"type": "object", "required": ["name"],
      "properties": {"name": {"type": "string"}}}}}]},
  "parallel_tool_calls": {"type": "boolean"}}},
"Chat": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"},
  "model": {"type": "string"}, "system_fingerprint": {"type": "string"},
  "choices": {"type": "array", "items": {"type": "object", "required": ["index", "message", "finish_reason", "logprobs"],
    "properties": {
      "index": {"type": "integer"}, "finish_reason": {"enum": ["stop", "length", "tool_calls"]},
      "logprobs": {"type": ["object", "null"]},
      "message": {"type": "object", "required": ["role", "content", "refusal"], "properties": {
        "role": {"const": "assistant"}, "content": {"type": ["string", "null"]}, "refusal": {"type": "null"},
        "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}}}}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}}},
"CompletionRequest": {"allOf": [{"$ref": "#/components/schemas/Sampling"}], "type": "object", "required": ["prompt"], "properties": {
  "prompt": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "integer"}},
    {"type": "array", "minItems": 1, "maxItems": 128, "items": {"anyOf": [{"type": "string"},
      {"type": "array", "minItems": 1, "items": {"type": "integer"}}]}}]},
  "logprobs": {"type": "integer", "minimum": 0, "maximum": 5}, "echo": {"type": "boolean"},
  "score_tokens": {"type": "integer", "minimum": 0}, "healed_bytes": {"type": "integer", "minimum": 0},
  "site": {"type": "integer"}}},
"Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"},
  "model": {"type": "string"}, "system_fingerprint": {"type": "string"},
  "choices": {"type": "array", "items": {"type": "object", "required": ["index", "text", "finish_reason", "logprobs"],
    "properties": {"index": {"type": "integer"}, "text": {"type": "string"},
      "finish_reason": {"enum": ["stop", "length"]}, "logprobs": {"type": ["object", "null"]}}}},
  "usage": {"$ref": "#/components/schemas/Usage"}}},
"AnswerRequest": {"type": "object", "required": ["question", "passages"], "additionalProperties": false, "properties": {
  "question": {"type": "string"},
  "passages": {"type": "array", "maxItems": 1000, "items": {"type": "object", "required": ["text"], "additionalProperties": false,
    "properties": {"text": {"type": "string"}, "id": {"type": "string", "minLength": 1}, "document": {"type": "string"}}}},
  "reuse": {"enum": ["prefix", "link", "blend", "auto"], "default": "prefix"},
  "stream": {"type": "boolean"}, "seed": {"type": "integer", "minimum": 0},
  "cache_salt": {"type": "string", "maxLength": 256}}},
"Answer": {"type": "object", "required": ["object", "text", "citations", "exact", "usage"], "properties": {
  "object": {"const": "lmp.answer"}, "text": {"type": "string"}, "exact": {"type": "boolean"},
  "citations": {"type": "array", "items": {"type": "string"}}, "usage": {"$ref": "#/components/schemas/Usage"}}}
})json";

Json Ref(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

Json Content(const std::string& type, Json schema) {
  return {{type, {{"schema", std::move(schema)}}}};
}

Json Answer(std::string_view what, Json schema, bool streams = false) {
  Json content = Content("application/json", std::move(schema));
  if (streams) content["text/event-stream"] = {{"schema", {{"type", "string"}}}};
  return {{"200", {{"description", what}, {"content", std::move(content)}}},
          {"default",
           {{"description", "a mistake or a failure"},
            {"content", Content("application/json", Ref("Error"))}}}};
}

Json Get(const std::string& id, std::string_view what, Json schema) {
  return {{"operationId", id}, {"summary", what}, {"responses", Answer(what, std::move(schema))}};
}

Json Post(const std::string& id, std::string_view what, Json body, Json schema) {
  return {{"operationId", id},
          {"summary", what},
          {"requestBody",
           {{"required", true}, {"content", Content("application/json", std::move(body))}}},
          {"responses", Answer(what, std::move(schema), true)}};
}

// Of one function. Only `main` need not be named.
Json CallBody(const std::string& function, Json arguments) {
  const bool has_required = !arguments["required"].empty();
  Json required = Json::array();
  if (function != "main") required.push_back("function");
  if (has_required) required.push_back("arguments");
  return {{"type", "object"},
          {"properties",
           {{"function", {{"const", function}}},
            {"arguments", std::move(arguments)},
            {"stream", {{"type", "boolean"}}},
            {"generations", {{"type", "boolean"}}},
            {"trace", {{"type", "boolean"}}},
            {"seed", {{"type", "integer"}, {"minimum", 0}}},
            {"cache_salt", {{"type", "string"}, {"maxLength", kCacheSaltBytesMax}}}}},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json RunAnswer(const std::string& program, const std::string& function, Json result) {
  return {{"type", "object"},
          {"properties",
           {{"object", {{"const", "lmp.run"}}},
            {"program", {{"const", program}}},
            {"function", {{"const", function}}},
            {"value", std::move(result)},
            {"text", {{"type", "string"}}},
            {"usage", Ref("Usage")}}},
          {"required", {"object", "program", "function", "value", "text", "usage"}}};
}

// Adds a program's path, and its types to the components.
void AddProgram(const ServedProgram& served, Json* paths, Json* components) {
  const std::string prefix = served.name + ".";
  Json schemas =
      Json::parse(served.program->JsonSchemas("#/components/schemas/" + prefix), nullptr, false);
  Json bodies = Json::array(), answers = Json::array();
  for (const FunctionSummary& function : served.program->functions()) {
    if (!Service::Callable(function)) continue;
    Json& schema = schemas["functions"][function.name];
    bodies.push_back(CallBody(function.name, std::move(schema["arguments"])));
    answers.push_back(RunAnswer(served.name, function.name, std::move(schema["result"])));
  }
  for (auto& [name, schema] : schemas["types"].items())
    (*components)[prefix + name] = std::move(schema);
  Json& path = (*paths)["/v1/programs/" + served.name];
  path["get"] = Get("get." + served.name, "what is served of the program", Ref("Program"));
  if (bodies.empty()) return;
  path["post"] = Post("run." + served.name, "a run of a function", {{"anyOf", std::move(bodies)}},
                      {{"anyOf", std::move(answers)}});
}

}  // namespace

std::string OpenApiDocument(const std::vector<ServedProgram>& programs, bool keyed) {
  Json components = Json::parse(kComponents);
  Json paths = {
      {"/v1/chat/completions",
       {{"post", Post("chat", "what the model says next in a conversation", Ref("ChatRequest"),
                      Ref("Chat"))}}},
      {"/v1/completions",
       {{"post",
         Post("complete", "how a text goes on", Ref("CompletionRequest"), Ref("Completion"))}}},
      {"/v1/answer",
       {{"post", Post("answer", "an answer from passages, which it cites", Ref("AnswerRequest"),
                      Ref("Answer"))}}},
      {"/v1/models", {{"get", Get("models", "the model", Ref("Models"))}}},
      {"/v1/models/{id}", {{"get", Get("model", "the model", Ref("Model"))}}},
      {"/v1/programs", {{"get", Get("programs", "what is served", Ref("Programs"))}}},
  };
  paths["/v1/models/{id}"]["parameters"] = Json::array(
      {{{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}}});
  for (const ServedProgram& served : programs) AddProgram(served, &paths, &components);
  paths["/metrics"]["get"] = {{"operationId", "metrics"},
                              {"summary", "what the server and its engine have counted"},
                              {"responses",
                               {{"200",
                                 {{"description", "text of Prometheus"},
                                  {"content", Content("text/plain", {{"type", "string"}})}}}}}};
  for (const std::string name : {"healthz", "readyz"}) {
    Json& get = paths["/" + name]["get"];
    get = Get(name, name == "healthz" ? "alive" : "taking runs", Ref("State"));
    if (keyed) get["security"] = Json::array();
  }
  Json document = {{"openapi", "3.1.0"},
                   {"info", {{"title", "lmp serve"}, {"version", kVersion}}},
                   {"paths", std::move(paths)},
                   {"components", {{"schemas", std::move(components)}}}};
  if (keyed) {
    document["components"]["securitySchemes"]["key"] = {{"type", "http"}, {"scheme", "bearer"}};
    document["security"] = Json::array({{{"key", Json::array()}}});
  }
  return DumpJson(document);
}

}  // namespace lmp::server
