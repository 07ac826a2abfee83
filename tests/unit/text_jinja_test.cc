// The Jinja subset against Jinja itself: renderings made by tests/tools/make_chat_goldens.py, of
// the templates in that script and of real ones where they are at hand; then templates made to
// exhaust.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include "runtime/base/json.h"
#include "runtime/text/chat_probe.h"
#include "runtime/text/jinja.h"
#include "tests/support/read_text_file.h"

namespace lmp::text::jinja {
namespace {

Value ValueOf(const Json& json) {
  if (json.is_null()) return Value::None();
  if (json.is_boolean()) return Value::Bool(json.get<bool>());
  if (json.is_number_integer()) return Value::Int(json.get<int64_t>());
  if (json.is_number()) return Value::Float(json.get<double>());
  if (json.is_string()) return Value::String(json.get<std::string>());
  if (json.is_array()) {
    Value::List items;
    for (const Json& item : json) items.push_back(ValueOf(item));
    return Value::ListOf(std::move(items));
  }
  Value::Dict items;
  for (const auto& [key, item] : json.items()) items.emplace_back(key, ValueOf(item));
  return Value::DictOf(std::move(items));
}

Result<std::string> Render(const std::string& source, Json variables) {
  variables["bos_token"] = "<s>";
  variables["eos_token"] = "</s>";
  LMP_TRY(const Template parsed, Template::Parse(source));
  return parsed.Render(ValueOf(variables));
}

std::string Digest(const std::string& text) {
  uint64_t value = 0xcbf29ce484222325u;
  for (const char c : text) value = (value ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(value));
  return out;
}

Json Goldens() {
  auto golden = ParseJson(testing::ReadTextFile("tests/e2e/golden_chat/renderings.json"));
  REQUIRE(golden.ok());
  return *golden;
}

void CheckAll(const Json& cases, const Json& results, const std::string& source) {
  for (size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const Result<std::string> text = Render(source, cases[i]);
    const Json& expected = results[i];
    CAPTURE((text.ok() ? *text : text.status().message()));
    if (expected.contains("error")) {
      CHECK(!text.ok());
      // Not for want of something in the subset.
      if (text.status().code() == StatusCode::kInvalidArgument) {
        CHECK(text.status().message() == expected["error"].get<std::string>());
      }
      continue;
    }
    // The one thing in real templates that the subset lacks, where they write out tools.
    if (!text.ok() && text.status().message().ends_with("\"indent\" of \"tojson\"")) continue;
    REQUIRE(text.ok());
    if (expected.contains("text")) {
      CHECK(*text == expected["text"].get<std::string>());
    } else {
      CHECK(text->size() == expected["bytes"].get<size_t>());
      CHECK(Digest(*text) == expected["digest"].get<std::string>());
    }
  }
}

TEST_CASE("small templates render as Jinja renders them") {
  const Json golden = Goldens();
  for (const Json& t : golden["own"]) {
    CAPTURE(t["name"].get<std::string>());
    CheckAll(golden["cases"], t["results"], t["source"].get<std::string>());
  }
}

TEST_CASE("real templates render as Jinja renders them") {
  const std::filesystem::path folder = "../shared/data/tokenizers/templates";
  if (!std::filesystem::exists(folder)) {
    std::printf("SKIPPED: no chat templates in %s\n", folder.c_str());
    return;
  }
  const Json golden = Goldens();
  CHECK(golden["real"].size() >= 13);
  for (const Json& t : golden["real"]) {
    const std::string name = t["name"].get<std::string>();
    CAPTURE(name);
    CheckAll(golden["cases"], t["results"], testing::ReadTextFile((folder / name).string()));
  }
}

std::string Failure(const std::string& source) {
  const Result<std::string> text = Render(source, Json{{"messages", Json::array()}});
  return text.ok() ? "rendered: " + text->substr(0, 100) : text.status().message();
}

TEST_CASE("what the subset lacks is refused with its line") {
  CHECK(Failure("a\n{% include 'x' %}").starts_with("line 2: the statement \"include\""));
  CHECK(Failure("\n\n{{ 1 < 2 < 3 }}") == "line 3: a chain of comparisons");
  CHECK(Failure("{{ 'x'|wordwrap }}") == "line 1: the filter \"wordwrap\"");
  CHECK(Failure("{{ x is prime }}") == "line 1: the test \"prime\"");
  CHECK(Failure("{{ ''.__class__() }}").find("the method \"__class__\"") != std::string::npos);
  CHECK(Failure("{{ messages.__class__.x }}").find("not defined") != std::string::npos);
  CHECK(Failure("{{ strftime_now('%d') }}") == "line 1: the function \"strftime_now\"");
  CHECK(Failure("{% break %}") == "line 1: \"break\" outside of a loop");
  CHECK(Failure("{{ [1]|tojson(indent=4) }}") == "line 1: the argument \"indent\" of \"tojson\"");
  for (const char* bad : {"{{", "{% if", "{% if x %}", "{{ 'x }}", "{{ (1 }}", "{{ [1, }}",
                          "{% for in x %}{% endfor %}", "{% endif %}", "{{ 1 + }}", "{# x",
                          "{{ x. }}", "{{ x[ }}", "{% macro f( %}", "{{ a b }}"}) {
    CAPTURE(bad);
    CHECK(Failure(bad).starts_with("line 1: "));
  }
}

TEST_CASE("templates made to exhaust end soon, with an error") {
  const auto repeated = [](const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  const std::string nine = "{% for i in range(9999) %}";
  for (const std::string& source : {
           nine + nine + nine + "x{% endfor %}{% endfor %}{% endfor %}",
           "{% set n = namespace(x='ab') %}" + nine + "{% set n.x = n.x ~ n.x %}{% endfor %}",
           "{% set n = namespace(x=[1]) %}" + nine + "{% set n.x = n.x + n.x %}{% endfor %}",
           "{% set n = namespace(x=[1]) %}" + nine + "{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
           "{% set n = namespace(x=[1]) %}" + nine +
               "{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
           "{% set n = namespace(x=1) %}" + nine + "{% set n.x = n.x * 99 %}{% endfor %}{{ n.x }}",
           std::string("{% set n = namespace() %}{% set n.n = n %}{{ n }}"),
           std::string("{% set n = namespace() %}{{ [n]|tojson }}"),
           std::string("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
           std::string("{{ range(0, 99999999)|length }}"),
           std::string("{{ range(-9007199254740991, 9007199254740991)|length }}"),
           std::string("{{ 123456789012345678901234567890 }}"),
           "{% set n = namespace(x='aaaaaaaa') %}" +
               repeated("{% set n.x = n.x|replace('a', n.x) %}", 9) + "{{ n.x }}",
           "{{ " + std::string(30000, '(') + " }}",
           "{{ " + repeated("-", 30000) + "1 }}",
           "{{ 1" + repeated("~1", 30000) + " }}",
           "{{ x" + repeated(".y", 30000) + " }}",
           "{{ x" + repeated("|d", 30000) + " }}",
           "{{ " + repeated("not ", 10000) + "x }}",
           repeated("{% if x %}", 6000),
           "{% if a %}" + repeated("{% elif b %}", 5000) + "{% endif %}",
           std::string(70000, 'x'),
       }) {
    CAPTURE(source.substr(0, 80));
    CHECK(!Failure(source).starts_with("rendered"));
  }
}

TEST_CASE("what real templates put around messages is found, or they are refused with the reason") {
  const std::filesystem::path folder = "../shared/data/tokenizers/templates";
  if (!std::filesystem::exists(folder)) {
    std::printf("SKIPPED: no chat templates in %s\n", folder.c_str());
    return;
  }
  const auto probe = [&](const char* name) {
    return ProbeChatTemplate(testing::ReadTextFile((folder / name).string()), "<s>", "</s>");
  };
  const auto refusal = [&](const char* name) {
    const auto probed = probe(name);
    return probed.ok() ? "it is not refused" : probed.status().message();
  };
  for (const char* name : {"Qwen-Qwen2.5-7B-Instruct.jinja", "Qwen-Qwen3-0.6B.jinja",
                           "Qwen-QwQ-32B.jinja", "Qwen3-Coder.jinja", "Qwen3.5-4B.jinja"}) {
    CAPTURE(name);
    const auto found = probe(name);
    REQUIRE(found.ok());
    CHECK(found->chat.system_header == "<|im_start|>system\n");
    CHECK(found->chat.user_header == "<|im_start|>user\n");
    CHECK(found->chat.assistant_header == "<|im_start|>assistant\n");
    CHECK(found->chat.observe_header.starts_with("<|im_start|>user\n"));
    CHECK(found->chat.footer == "<|im_end|>\n");
  }
  CHECK(probe("Qwen-Qwen3-0.6B.jinja")->notice.empty());
  CHECK(probe("Qwen-QwQ-32B.jinja")->notice ==
        "the chat template opens what the model says with \"<think>\\n</think>\", LMP's programs "
        "do not");
  for (const char* name :
       {"meta-llama-Llama-3.1-8B-Instruct.jinja", "meta-llama-Llama-3.2-3B-Instruct.jinja",
        "meta-llama-Llama-3.3-70B-Instruct.jinja"}) {
    CAPTURE(name);
    const auto found = probe(name);
    REQUIRE(found.ok());
    CHECK(found->chat.user_header == "<|start_header_id|>user<|end_header_id|>\n\n");
    CHECK(found->chat.assistant_header == "<|start_header_id|>assistant<|end_header_id|>\n\n");
    CHECK(found->chat.footer == "<|eot_id|>");
    CHECK(found->notice.find("trims") != std::string::npos);
  }
  CHECK(refusal("mistralai-Mistral-Nemo-Instruct-2407.jinja").find("no concatenation") !=
        std::string::npos);
  CHECK(refusal("HuggingFaceTB-SmolLM3-3B.jinja").find("inside the first user turn") !=
        std::string::npos);
}

}  // namespace
}  // namespace lmp::text::jinja
