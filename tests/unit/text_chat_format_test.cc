#include "runtime/text/chat_format.h"

#include <doctest/doctest.h>

#include "tests/support/tiny_tokenizer.h"

namespace lmp::text {
namespace {

TokenizerSpec ChatSpec() {
  TokenizerSpec spec = testing::TinySpec(
      {{"<|user|>", 0, PieceType::kControl}, {"<|bot|>", 0, PieceType::kUserDefined}, {" ", -1}});
  spec.chat = {"<|user|>system\n", "<|user|>", "<|bot|>\n", "<|user|>", "<|end|>\n", true};
  return spec;
}

std::shared_ptr<const Tokenizer> Make(TokenizerSpec spec) {
  auto made = MakeTokenizer(std::move(spec));
  REQUIRE(made.ok());
  return *made;
}

TokenId Byte(char c) { return 4 + static_cast<uint8_t>(c); }

TEST_CASE("declarative: special pieces by id, the rest tokenised") {
  TokenizerSpec spec = ChatSpec();
  spec.add_space_prefix = false;
  const auto tokenizer = Make(spec);
  const auto format = MakeChatFormat(*tokenizer);
  REQUIRE(format.ok());
  CHECK(!format->raw);
  CHECK(format->notice.empty());
  CHECK(format->header(Role::kUser).ids == std::vector<TokenId>{260});
  CHECK(format->header(Role::kUser).next == FragmentStart::kMessage);
  CHECK(format->header(Role::kAssistant).ids == std::vector<TokenId>{261, Byte('\n')});
  CHECK(format->header(Role::kAssistant).next == FragmentStart::kContinue);
  CHECK(format->header(Role::kSystem).ids == std::vector<TokenId>{260, Byte('s'), Byte('y'),
                                                                  Byte('s'), Byte('t'), Byte('e'),
                                                                  Byte('m'), Byte('\n')});
  CHECK(format->footer.ids == std::vector<TokenId>{3, Byte('\n')});
  CHECK(format->ends == std::vector<TokenId>{2, 3});
}

TEST_CASE("declarative: text behind a special piece gets the dummy prefix of the spec") {
  const auto tokenizer = Make(ChatSpec());
  const auto format = MakeChatFormat(*tokenizer);
  REQUIRE(format.ok());
  CHECK(format->header(Role::kAssistant).ids == std::vector<TokenId>{261, 262, Byte('\n')});
}

constexpr const char* kTurns =
    "{{ bos_token }}{% for m in messages %}{{ '<|user|>' if m.role != 'assistant' else '<|bot|>' }}"
    "{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|bot|>{% endif %}";

TEST_CASE("a file with only a Jinja template: what it puts around messages") {
  TokenizerSpec spec = ChatSpec();
  spec.chat = {};
  spec.chat_template = kTurns;
  const auto format = MakeChatFormat(*Make(spec));
  REQUIRE(format.ok());
  CHECK(!format->raw);
  CHECK(format->notice.empty());
  CHECK(format->header(Role::kUser).ids == std::vector<TokenId>{260});
  CHECK(format->header(Role::kSystem).ids == std::vector<TokenId>{260});
  CHECK(format->header(Role::kObserve).ids == std::vector<TokenId>{260});
  CHECK(format->header(Role::kAssistant).ids == std::vector<TokenId>{261});
  CHECK(format->footer.ids == std::vector<TokenId>{3});
  CHECK(format->ends == std::vector<TokenId>{2, 3});
}

TEST_CASE("a Jinja template that is no concatenation of messages is refused, with the reason") {
  for (const auto& [source, reason] : std::vector<std::pair<std::string, std::string>>{
           {"{{ messages }}", "depends on what follows"},
           {"{% for m in messages %}{{ m.content }}{% endfor %}", "turns have no end"},
           {"{% for m in messages %}<|user|>{{ loop.index }}{{ m.content }}<|end|>{% endfor %}",
            "depends on"},
           {"{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
            "{% endif %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}",
            "it refuses a conversation with system, user and assistant: \"no system\""},
           {"{{ messages", "line 1"},
       }) {
    CAPTURE(source);
    TokenizerSpec spec = ChatSpec();
    spec.chat = {};
    spec.chat_template = source;
    const auto format = MakeChatFormat(*Make(spec));
    REQUIRE(format.ok());
    CHECK(format->raw);
    CHECK(format->header(Role::kUser).ids.empty());
    CHECK(format->footer.ids.empty());
    CHECK(format->notice.starts_with(format->refusal));
    CHECK(format->refusal.starts_with("tokenizer.chat_template: "));
    CHECK(format->refusal.find(reason) != std::string::npos);
    CHECK(format->ends == std::vector<TokenId>{2, 3});
  }
}

TEST_CASE("a base model is raw without a notice") {
  const auto tokenizer = Make(testing::TinySpec({}));
  const auto format = MakeChatFormat(*tokenizer);
  REQUIRE(format.ok());
  CHECK(format->raw);
  CHECK(format->notice.empty());
}

TEST_CASE("a role without a header is refused, naming the key") {
  TokenizerSpec spec = ChatSpec();
  spec.chat.observe_header.clear();
  auto format = MakeChatFormat(*Make(spec));
  REQUIRE(!format.ok());
  CHECK(format.status().message().find("lmp.chat.observe.header") == 0);
  spec = ChatSpec();
  spec.chat.footer.clear();
  format = MakeChatFormat(*Make(spec));
  REQUIRE(!format.ok());
  CHECK(format.status().message().find("lmp.chat.footer") == 0);
}

}  // namespace
}  // namespace lmp::text
