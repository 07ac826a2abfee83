// Conversations with tools: as a template writes them, as LMP does, and what others say in them.
#include "runtime/text/tool_chat.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <initializer_list>

#include "runtime/base/json.h"
#include "runtime/text/jinja.h"
#include "tests/support/read_text_file.h"
#include "tests/support/tiny_tokenizer.h"

namespace lmp::text {
namespace {

constexpr const char* kHermes =
    "{%- if tools %}{{- '<|user|>system\n' }}{%- if messages[0].role == 'system' %}"
    "{{- messages[0].content + '\n\n' }}{%- endif %}{{- '# Tools\n<tools>' }}"
    "{%- for tool in tools %}{{- '\n' + (tool | tojson) }}{%- endfor %}{{- '\n</tools><|end|>\n' }}"
    "{%- elif messages[0].role == 'system' %}{{- '<|user|>system\n' + messages[0].content + "
    "'<|end|>\n' }}{%- endif %}{%- for m in messages %}{%- if m.role == 'tool' %}"
    "{{- '<|user|><tool_response>\n' + m.content + '\n</tool_response><|end|>\n' }}"
    "{%- elif m.tool_calls %}{{- '<|bot|>' + m.content }}{%- for c in m.tool_calls %}"
    "{%- if not loop.first or m.content %}{{- '\n' }}{%- endif %}"
    "{{- '<tool_call>\n{\"name\": \"' + c.function.name + '\", \"arguments\": ' }}"
    "{{- c.function.arguments | tojson }}{{- '}\n</tool_call>' }}{%- endfor %}{{- '<|end|>\n' }}"
    "{%- elif m.role == 'assistant' %}{{- '<|bot|>' + m.content + '<|end|>\n' }}"
    "{%- elif m.role == 'user' or not loop.first %}{{- '<|user|>' + m.content + '<|end|>\n' }}"
    "{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- '<|bot|>' }}{%- endif %}";

std::shared_ptr<const Tokenizer> TokenizerOf(std::string chat_template, bool marks = false) {
  TokenizerSpec spec =
      testing::TinySpec({{"<|user|>", 0, PieceType::kControl},
                         {"<|bot|>", 0, PieceType::kControl},
                         {"<tool_call>", 0, marks ? PieceType::kControl : PieceType::kUserDefined},
                         {" ", -1}});
  spec.add_space_prefix = false;
  spec.chat_template = std::move(chat_template);
  if (spec.chat_template.empty())
    spec.chat = {"<|user|>system\n", "<|user|>", "<|bot|>", "<|user|>", "<|end|>\n", true};
  auto made = MakeTokenizer(std::move(spec));
  REQUIRE(made.ok());
  return *made;
}

ToolChat ChatOf(const std::shared_ptr<const Tokenizer>& tokenizer) {
  const auto format = MakeChatFormat(*tokenizer);
  REQUIRE(format.ok());
  REQUIRE(!format->raw);
  return ToolChat::Make(*tokenizer, *format);
}

const ToolText kAdd = {"add", "Adds \"two\" <|end|>", "{\"type\":\"object\",\"required\":[\"a\"]}"};
const std::vector<ToolTurn> kTurns = {
    {Role::kSystem, "Be brief."},
    {Role::kUser, "6 + 7? Lmp00000001qz"},
    {Role::kAssistant,
     "I add.",
     {{"add", "{\"a\":[6,  7], \"b\": \"x: \\\"y\\\", z\"}"}, {"add", "{}"}}},
    {Role::kObserve, "13 <|end|>"},
    {Role::kObserve, "\"0\""},
    {Role::kAssistant, "13"},
    {Role::kUser, "Again."}};

std::string Text(const Result<std::vector<ChatPart>>& parts) {
  REQUIRE(parts.ok());
  std::string text;
  for (const ChatPart& part : *parts) text += part.text;
  return text;
}

TEST_CASE("a template's tools: its own form of a call, and what others say as text") {
  const ToolChat chat = ChatOf(TokenizerOf(kHermes));
  REQUIRE(!chat.is_own());
  const CallForm& form = chat.call_form();
  CHECK(form.begin == "<tool_call>\n{\"name\": \"");
  CHECK(form.middle == "\", \"arguments\": ");
  CHECK(form.end == "}\n</tool_call>");
  CHECK(form.several);
  CHECK(form.between == "\n");
  CHECK(form.mark == "<tool_call>");
  CHECK(chat.marks() == std::vector<std::string>{"<tool_call>"});
  const auto parts = chat.Write(kTurns, {&kAdd, 1});
  CHECK(Text(parts) ==
        "<|user|>system\nBe brief.\n\n# Tools\n<tools>\n{\"type\": \"function\", \"function\": "
        "{\"name\": \"add\", \"description\": \"Adds \\\"two\\\" <|end|>\", \"parameters\": "
        "{\"type\": \"object\", \"required\": [\"a\"]}}}\n</tools><|end|>\n"
        "<|user|>6 + 7? Lmp00000001qz<|end|>\n"
        "<|bot|>I add.\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": [6, 7], \"b\": "
        "\"x: \\\"y\\\", z\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"add\", \"arguments\": "
        "{}}\n</tool_call><|end|>\n"
        "<|user|><tool_response>\n13 <|end|>\n</tool_response><|end|>\n"
        "<|user|><tool_response>\n\"0\"\n</tool_response><|end|>\n"
        "<|bot|>13<|end|>\n<|user|>Again.<|end|>\n<|bot|>");
  // Only what is the template's own may hold control pieces.
  for (const ChatPart& part : *parts) {
    if (part.kind == ChatPart::Kind::kTemplate) CHECK(part.text.find("Adds") == std::string::npos);
    if (part.text.find("13 <|end|>") != std::string::npos)
      CHECK(part.kind != ChatPart::Kind::kTemplate);
  }
}

TEST_CASE("a template without tools: LMP's own form") {
  constexpr const char* kPlain =
      "{% for m in messages %}{{ '<|bot|>' if m.role == 'assistant' else '<|user|>' }}{{ m.content "
      "}}"
      "<|end|>{% endfor %}{% if add_generation_prompt %}<|bot|>{% endif %}";
  // It has tools, but looks into their schemas; it raises; calls are marked by control pieces.
  const std::string looks =
      std::string(kHermes) +
      "{% if tools %}{{ tools[0].function.parameters.items()|list }}{% endif %}";
  const std::string raises =
      std::string(kHermes) + "{% if tools %}{{ raise_exception('no') }}{% endif %}";
  for (const auto& tokenizer : {TokenizerOf(""), TokenizerOf(kPlain), TokenizerOf(looks),
                                TokenizerOf(raises), TokenizerOf(kHermes, true)}) {
    const ToolChat chat = ChatOf(tokenizer);
    CHECK(chat.is_own());
    CHECK(chat.call_form().mark == "<tool_call>");
  }
  const std::string text = Text(ChatOf(TokenizerOf("")).Write(kTurns, {&kAdd, 1}));
  CHECK(text.starts_with("<|user|>system\nBe brief.\n\n# Tools\n\nYou may call"));
  CHECK(text.find("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"add\"") !=
        std::string::npos);
  CHECK(text.find("<|bot|>I add.\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": [6, 7], "
                  "\"b\": \"x: \\\"y\\\", z\"}}\n</tool_call>\n<tool_call>\n{\"name\"") !=
        std::string::npos);
  CHECK(text.find("<|user|><tool_response>\n13 <|end|>\n</tool_response><|end|>") !=
        std::string::npos);
  CHECK(text.ends_with("<|user|>Again.<|end|>\n<|bot|>"));
  const std::vector<ToolTurn> alone = {{Role::kUser, "Hi"}};
  CHECK(Text(ChatOf(TokenizerOf("")).Write(alone, {&kAdd, 1}))
            .starts_with("<|user|>system\n# Tools"));
  CHECK(Text(ChatOf(TokenizerOf("")).Write(alone, {})) == "<|user|>Hi<|end|>\n<|bot|>");
}

TEST_CASE("what a template leaves out or repeats is refused") {
  const std::string once = std::string(
                               "{%- if messages[0].content != 'x' and messages|length > 6 %}"
                               "{{- messages[1].content }}{%- endif %}") +
                           kHermes;
  const ToolChat repeats = ChatOf(TokenizerOf(once));
  REQUIRE(!repeats.is_own());
  CHECK(repeats.Write(kTurns, {&kAdd, 1}).status().message().find("repeats a part") !=
        std::string::npos);
  const std::string cut =
      std::string("{%- if messages|length > 6 %}{%- set messages = messages[:2] %}{%- endif %}") +
      kHermes;
  const ToolChat leaves = ChatOf(TokenizerOf(cut));
  REQUIRE(!leaves.is_own());
  CHECK(leaves.Write(kTurns, {&kAdd, 1}).status().message().find("leaves out a part") !=
        std::string::npos);
}

TEST_CASE("spaced JSON") {
  CHECK(SpacedJson("{}") == "{}");
  CHECK(SpacedJson("{\"a\":[1,2.5e3,\"x,\\\\\\\":y\"],\n\t\"b\" : {}}") ==
        "{\"a\": [1, 2.5e3, \"x,\\\\\\\":y\"], \"b\": {}}");
}

// What the template writes when it gets the texts themselves is what comes out around stand-ins.
TEST_CASE("real templates write tools as Jinja does, or LMP does") {
  const std::filesystem::path folder = "../shared/data/tokenizers/templates";
  if (!std::filesystem::exists(folder)) {
    std::printf("SKIPPED: no chat templates in %s\n", folder.c_str());
    return;
  }
  using jinja::Value;
  const auto string = [](std::string_view text) { return Value::String(std::string(text)); };
  const auto call = Value::DictOf(
      {{"type", string("function")},
       {"function", Value::DictOf({{"name", string("add")},
                                   {"arguments", Value::DictOf({{"a", Value::Int(6)}})}})}});
  const auto message = [&](const char* role, const char* text) {
    return Value::DictOf({{"role", string(role)}, {"content", string(text)}});
  };
  const Value variables = Value::DictOf(
      {{"messages",
        Value::ListOf({message("system", "Be brief."), message("user", "6 + 7?"),
                       Value::DictOf({{"role", string("assistant")},
                                      {"content", string("")},
                                      {"tool_calls", Value::ListOf({call, call})}}),
                       message("tool", "13"), message("tool", "14"), message("user", "So?")})},
       {"tools",
        Value::ListOf({Value::DictOf(
            {{"type", string("function")},
             {"function",
              Value::DictOf({{"name", string("add")},
                             {"description", string("Adds \"two\" <|im_end|>")},
                             {"parameters", Value::DictOf({{"type", string("object")}})}})}})})},
       {"add_generation_prompt", Value::Bool(true)},
       {"bos_token", string("")},
       {"eos_token", string("")}});
  const ToolText add = {"add", "Adds \"two\" <|im_end|>", "{\"type\":\"object\"}"};
  const std::vector<ToolTurn> turns = {
      {Role::kSystem, "Be brief."},
      {Role::kUser, "6 + 7?"},
      {Role::kAssistant, "", {{"add", "{\"a\":6}"}, {"add", "{\"a\":6}"}}},
      {Role::kObserve, "13"},
      {Role::kObserve, "14"},
      {Role::kUser, "So?"}};
  for (const char* name :
       {"Qwen-Qwen2.5-7B-Instruct.jinja", "Qwen-Qwen3-0.6B.jinja", "Qwen-QwQ-32B.jinja"}) {
    CAPTURE(name);
    const std::string source = testing::ReadTextFile((folder / name).string());
    TokenizerSpec spec = testing::TinySpec({{"<|im_start|>", 0, PieceType::kControl},
                                            {"<|im_end|>", 0, PieceType::kControl},
                                            {"<tool_call>", 0, PieceType::kUserDefined},
                                            {"</tool_response>", 0, PieceType::kUserDefined}});
    spec.bos = -1;
    spec.add_bos = false;
    spec.chat_template = source;
    const ToolChat chat = ChatOf(*MakeTokenizer(std::move(spec)));
    REQUIRE(!chat.is_own());
    CHECK(chat.call_form().mark == "<tool_call>");
    CHECK(chat.call_form().several);
    CHECK(chat.marks() == std::vector<std::string>{"<tool_call>", "</tool_response>"});
    const auto parsed = jinja::Template::Parse(source);
    REQUIRE(parsed.ok());
    const auto rendered = parsed->Render(variables);
    REQUIRE(rendered.ok());
    CHECK(Text(chat.Write(turns, {&add, 1})) == *rendered);
  }
}

}  // namespace
}  // namespace lmp::text
