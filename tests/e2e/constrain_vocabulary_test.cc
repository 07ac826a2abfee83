// Masks over real vocabularies are what the matcher takes token by token: schemas of many forms, at
// states that random walks reach, and behind prefixes. Skips where the tokenizers are absent.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/regex_expr.h"
#include "tests/support/sanitized.h"
#include "tests/support/tokenizer_families.h"

namespace lmp::constrain {
namespace {

const char* const kSchemas[] = {
    R"({"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer",
        "minimum": 0, "maximum": 150}, "tags": {"type": "array", "items": {"type": "string",
        "maxLength": 12}}}, "required": ["name", "age"]})",
    R"({"type": "array", "items": {"anyOf": [{"type": "string", "pattern": "^[a-z ]{2,20}$"},
        {"type": "number"}, {"enum": ["red", "green", "gr\u00fcn", "\u7eff\u8272", null]}]}})",
    R"({"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {"v": {"type": "string",
        "format": "date-time"}, "l": {"$ref": "#/$defs/t"}}, "additionalProperties": false}}})",
    R"({"type": "string", "not": {"pattern": "foo|bar"},
                  "minLength" : 3, "maxLength" : 40
})",
    R"({"type": "object", "patternProperties": {"^x-": {"type": "boolean"}}, "additionalProperties":
        {"type": "object", "propertyNames": {"maxLength": 4}}})",
};
const char* const kPatterns[] = {"(?s).*", "[\\p{L} ]+[.!?]", "\\d{4}-\\d\\d",
                                 "([a-z]+, ){0,3}and .{1,40}"};

std::vector<GrammarRef> Grammars() {
  std::vector<GrammarRef> grammars;
  JsonSchemaOptions flexible;
  flexible.style.flexible_blanks_max = 8;
  for (const char* schema : kSchemas) {
    for (const JsonSchemaOptions& options : {JsonSchemaOptions(), flexible}) {
      const SchemaGrammar made = CompileJsonSchema(schema, options);
      REQUIRE(made.grammar != nullptr);
      grammars.push_back(made.grammar);
    }
  }
  for (const char* pattern : kPatterns) {
    const Result<GrammarRef> made = RegexGrammar(pattern);
    REQUIRE(made.ok());
    grammars.push_back(*made);
  }
  grammars.push_back(Prefixed("{\"na", grammars[0]));
  grammars.push_back(IntRange(-1000, 65535).value());
  return grammars;
}

// Short tokens are taken more often than their share, so that walks go through many states.
TokenId Choose(const TokenMask& mask, const TokenTrie& trie, Rng& rng) {
  std::vector<TokenId> allowed, short_ones;
  for (TokenId id = 0; id < trie.vocabulary(); ++id) {
    if (!mask.Allows(id)) continue;
    allowed.push_back(id);
    if (trie.Bytes(id).size() <= 2) short_ones.push_back(id);
  }
  const std::vector<TokenId>& from = !short_ones.empty() && rng.Below(3) > 0 ? short_ones : allowed;
  return from.empty() ? -1 : from[rng.Below(from.size())];
}

int WalkAndCheck(const GrammarRef& grammar, const std::shared_ptr<const TokenTrie>& trie, Rng& rng,
                 int steps) {
  Matcher matcher(grammar, trie);
  int checked = 0;
  for (int step = 0; step < steps; ++step) {
    TokenMask mask;
    REQUIRE(matcher.Mask({}, &mask).ok());
    TokenId wrong = -1;
    for (TokenId id = 0; id < trie->vocabulary() && wrong < 0; ++id) {
      Matcher copy = matcher;
      if (mask.Allows(id) != copy.Accept(id)) wrong = id;
    }
    CAPTURE(trie->Bytes(wrong));
    REQUIRE(wrong == -1);
    ++checked;
    const TokenId id = Choose(mask, *trie, rng);
    if (id < 0) break;
    REQUIRE(matcher.Accept(id));
  }
  return checked;
}

TEST_CASE("masks of real vocabularies are what the matcher takes token by token") {
  constexpr int kSteps = testing::kSanitized ? 2 : 10;
  for (const testing::TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    const auto trie = std::make_shared<const TokenTrie>(*tokenizer);
    int checked = 0;
    Rng rng(7);
    for (const GrammarRef& grammar : Grammars())
      checked += WalkAndCheck(grammar, trie, rng, kSteps);
    std::printf("%s: %d masks of %d tokens\n", family.name.c_str(), checked, trie->vocabulary());
  }
}

}  // namespace
}  // namespace lmp::constrain
