#include "runtime/server/openai_tools.h"

#include <algorithm>
#include <optional>

#include "runtime/base/limits.h"

namespace lmp::server {

namespace {

constexpr size_t kToolTextBytesMax = 1u << 20;  // of a name, a description, the schema of a tool
constexpr size_t kCallIdBytesMax = 256;

// Without parameters a tool has no arguments.
constexpr std::string_view kNoParameters =
    R"({"type":"object","properties":{},"additionalProperties":false})";

std::string Place(std::string_view name, size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

// Of a list of objects that each have `type` "function" and an object `function`.
std::optional<Members> FunctionOf(Members& entry) {
  const std::string type = entry.Text("type", kToolTextBytesMax).value_or("");
  if (type != "function") {
    entry.Wrong("type", "\"function\"");
    return std::nullopt;
  }
  return entry.Object("function");
}

std::string NameOf(Members& function) {
  std::string name = function.Text("name", kToolTextBytesMax).value_or("");
  const bool right = !name.empty() && name.size() <= kToolNameBytesMax &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '_' || c == '-';
                     });
  if (!right) {
    function.Wrong("name", "the name of the tool: 1 to " + std::to_string(kToolNameBytesMax) +
                               " letters, digits, `_` and `-`");
  }
  return name;
}

std::vector<ChatTool> ListOf(Members& body) {
  const Json& list = *body.Find("tools");
  std::vector<ChatTool> tools;
  for (size_t i = 0; i < list.size() && !body.failed(); ++i) {
    const std::string name = Place("tools", i);
    if (!list[i].is_object()) {
      body.Fail(name, "expected an object with `type` and `function`");
      break;
    }
    Members entry = body.Of(list[i], name);
    std::optional<Members> function = FunctionOf(entry);
    if (!function) break;
    ChatTool& tool = tools.emplace_back();
    tool.name = NameOf(*function);
    const auto same = [&](const ChatTool& other) { return other.name == tool.name; };
    if (std::any_of(tools.begin(), tools.end() - 1, same))
      function->Fail("name", "two tools have the name `" + tool.name + "`");
    tool.description = function->Text("description", kToolTextBytesMax).value_or("");
    function->Bool("strict", false);  // it is kept to either way
    const Json* parameters = function->Find("parameters");
    if (parameters == nullptr) {
      tool.parameters = kNoParameters;
      continue;
    }
    if (!parameters->is_object()) function->Wrong("parameters", "a JSON Schema of an object");
    tool.parameters = DumpJson(*parameters);
    if (tool.parameters.size() > kToolTextBytesMax) {
      function->Fail("parameters",
                     "they are longer than " + std::to_string(kToolTextBytesMax) + " bytes");
    }
  }
  return tools;
}

void ReadChoice(Members& body, ToolRules* rules) {
  using Choice = ToolRules::Choice;
  const Json* choice = body.Find("tool_choice");
  if (choice == nullptr || *choice == "auto") return;
  if (*choice == "none") {
    rules->choice = Choice::kNone;
  } else if (*choice == "required") {
    rules->choice = Choice::kRequired;
  } else if (choice->is_object()) {
    std::optional<Members> entry = body.Object("tool_choice");
    std::optional<Members> function = FunctionOf(*entry);
    if (!function) return;
    rules->only = function->Text("name", kToolTextBytesMax).value_or("");
    const bool known = std::any_of(rules->tools.begin(), rules->tools.end(),
                                   [&](const ChatTool& tool) { return tool.name == rules->only; });
    if (!known) function->Wrong("name", "the name of one of `tools`");
  } else {
    body.Wrong("tool_choice", "none, auto, required or an object that names a function");
  }
}

std::string KeyOf(const ToolRules& rules) {
  Json key = {static_cast<int>(rules.choice), rules.only, rules.several};
  for (const ChatTool& tool : rules.tools) {
    key.push_back(tool.name);
    key.push_back(tool.description);
    key.push_back(tool.parameters);
  }
  return DumpJson(key);
}

}  // namespace

ChatTools ToolsOf(Members& body, const OpenAiReader::ToolCompiler& compile,
                  Recent<Result<ToolsOutcome>>::Own made_before, bool* calls) {
  *calls = false;
  ToolRules rules;
  rules.several = body.Bool("parallel_tool_calls", true);
  const Json* list = body.Find("tools");
  if (list != nullptr && !list->is_array()) body.Wrong("tools", "a list of tools");
  if (body.failed()) return {};
  if (list != nullptr) rules.tools = ListOf(body);
  if (body.failed()) return {};
  if (rules.tools.empty()) {
    const Json* choice = body.Find("tool_choice");
    if (choice != nullptr && *choice != "none" && *choice != "auto")
      body.Fail("tool_choice", "it needs `tools`");
    return {};
  }
  ReadChoice(body, &rules);
  if (body.failed()) return {};
  const Result<ToolsOutcome>& made = made_before.Get(KeyOf(rules), [&] { return compile(rules); });
  if (!made.ok()) {
    body.Fail("tools", made.status().message());
    return {};
  }
  if (!made->tools) {
    std::string message;
    for (const ToolRefusal& refusal : made->refused) {
      message += (message.empty() ? "`" : "; `") + rules.tools[refusal.tool].name +
                 "`: " + refusal.schema.text;
    }
    const ToolRefusal& first = made->refused.front();
    body.Fail(Place("tools", first.tool) + ".function.parameters" + first.schema.pointer, message,
              "invalid_json_schema");
    return {};
  }
  *calls = rules.choice != ToolRules::Choice::kNone;
  return *made->tools;
}

std::vector<ChatCall> CallsReader::CallsOf(Members& message) {
  const Json* list = message.Find("tool_calls");
  std::vector<ChatCall> calls;
  ids_.clear();
  results_.clear();
  if (list == nullptr) return calls;
  if (!list->is_array() || list->size() > kChatCallsMax) {
    message.Wrong("tool_calls", "a list of at most " + std::to_string(kChatCallsMax) + " calls");
    return calls;
  }
  for (size_t i = 0; i < list->size() && !message.failed(); ++i) {
    const std::string name = Place("tool_calls", i);
    if (!(*list)[i].is_object()) {
      message.Fail(name, "expected an object with `id`, `type` and `function`");
      break;
    }
    Members entry = message.Of((*list)[i], name);
    const auto id = entry.Text("id", kCallIdBytesMax);
    if (!id) entry.Wrong("id", "the id of the call");
    std::optional<Members> function = FunctionOf(entry);
    if (!function) break;
    const std::string called = NameOf(*function);
    const Json* arguments = function->Find("arguments");
    if (arguments == nullptr || !arguments->is_string()) {
      function->Wrong("arguments", "a string with a JSON object");
      break;
    }
    std::string text = arguments->get<std::string>();
    if (text.empty()) text = "{}";
    const Result<Json> read = ParseJson(text);
    // The beginning of an object is a call that was cut: it stands in the conversation as text.
    const bool cut = !read.ok() && text.find_first_not_of(" \t\r\n") == text.find('{');
    if (!cut && (!read.ok() || !read->is_object()))
      function->Fail("arguments", "expected a string with a JSON object, found another string");
    ids_.push_back(id.value_or(""));
    calls.push_back({called, std::move(text)});
  }
  return calls;
}

void CallsReader::AddResult(Members& message, std::string text,
                            std::vector<ChatMessage>* messages) {
  const std::string id = message.Text("tool_call_id", kCallIdBytesMax).value_or("");
  size_t place = messages->size();
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) {
    return message.Wrong("tool_call_id", "the id of a call of the assistant's message before" +
                                             std::string(ids_.empty() ? ", which has none" : ""));
  }
  const auto call = static_cast<size_t>(found - ids_.begin());
  const auto behind = std::upper_bound(results_.begin(), results_.end(), call);
  place -= static_cast<size_t>(results_.end() - behind);
  results_.insert(behind, call);
  messages->insert(messages->begin() + static_cast<std::ptrdiff_t>(place),
                   {"observe", std::move(text), {}});
}

}  // namespace lmp::server
