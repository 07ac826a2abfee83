// Masks over real vocabularies are what the matcher takes token by token, and behind every token a
// completion exists: constraints of every kind, at states that random walks reach, and behind
// prefixes. (Records and unions of the language: exec_types_test.) Skips where the tokenizers are
// absent.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/automaton.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/regex_expr.h"
#include "tests/support/completer.h"
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
    R"({"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}, "n": {"type": "number"}},
        "required": ["kind", "n"], "additionalProperties": false}, {"type": "object", "properties":
        {"kind": {"const": "b"}}, "required": ["kind"], "additionalProperties": false}]})",
    R"({"type": "array", "uniqueItems": true, "minItems": 2, "items": {"enum": ["a", "ab", "\"a", 1, 12,
        121, null, "red", "green", "blue", "c", "d", "e"]}})",
};
const char* const kPatterns[] = {"(?s).*", "[\\p{L} ]+[.!?]", "\\d{4}-\\d\\d",
                                 "([a-z]+, ){0,3}and .{1,40}"};
const char* const kGbnf[] = {
    R"gbnf(root ::= sum
       sum ::= product (("+" | " - ") product)*
       product ::= atom ("*" atom)*
       atom ::= "(" sum ")" | [0-9]+ | "-" atom)gbnf",
    R"gbnf(root ::= ("- " [^\n]+ "\n"){1,20} end
       end ::= "" | "fin." end)gbnf",
};

// Text in which `<f>` begins a list of numbers in brackets, and `{{` a word.
GrammarRef TriggeredGrammar(uint32_t rounds_min, uint32_t rounds_max) {
  GrammarBuilder b;
  ExprPool& e = b.exprs();
  const Symbol number = b.Lexeme(e.Repeat(e.Bytes(ByteSet::Range('0', '9')), 1, 3));
  const Symbol list = b.Rule();
  b.Define(list, {number});
  b.Define(list, {b.Text("["), b.Repeat(list, 0, kUnbounded, b.Text(", ")), b.Text("]")});
  const Symbol word = b.Lexeme(e.Repeat(e.Bytes(ByteSet::Range('a', 'z')), 1, 9));
  const GrammarBuilder::Trigger triggers[] = {{"<f>", b.Sequence({list, b.Text("</f>")})},
                                              {"{{", b.Sequence({word, b.Text("}}")})}};
  return b.Build(b.FreeText(triggers, rounds_min, rounds_max)).value();
}

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
  for (const char* source : kGbnf) {
    const Result<GrammarRef> made = GbnfGrammar(source);
    REQUIRE(made.ok());
    grammars.push_back(*made);
  }
  grammars.push_back(TriggeredGrammar(0, kUnbounded));
  grammars.push_back(TriggeredGrammar(1, 2));
  grammars.push_back(Choice({"yes", "no", "not yet", "y", "\u7eff\u8272", "\u7eff"}).value());
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

struct Checked {
  int masks = 0;
  int completions = 0, unknown = 0;
};

void WalkAndCheck(const GrammarRef& grammar, const std::shared_ptr<const TokenTrie>& trie, Rng& rng,
                  int steps, Checked* checked) {
  Matcher matcher(grammar, trie);
  const std::shared_ptr<Automaton> automaton = grammar->automaton();
  testing::Completer completer(*automaton);
  const Config* config = grammar->prefix().empty() ? automaton->start() : nullptr;
  std::string text, rest;
  for (int step = 0; step < steps; ++step) {
    CAPTURE(text);
    TokenMask mask;
    REQUIRE(matcher.Mask({}, &mask).ok());
    TokenId wrong = -1;
    for (TokenId id = 0; id < trie->vocabulary() && wrong < 0; ++id) {
      Matcher copy = matcher;
      if (mask.Allows(id) != copy.Accept(id)) wrong = id;
    }
    CAPTURE(trie->Bytes(wrong));
    REQUIRE(wrong == -1);
    ++checked->masks;
    if (config != nullptr && !completer.Known(config)) {
      const auto answer = completer.Find(config, &rest);
      REQUIRE(answer != testing::Completer::Answer::kNone);
      Matcher whole = matcher;
      if (answer == testing::Completer::Answer::kUnknown) {
        ++checked->unknown;
      } else {
        REQUIRE((whole.AcceptBytes(rest) && whole.Accepting()));
        ++checked->completions;
      }
    }
    const TokenId id = Choose(mask, *trie, rng);
    if (id < 0) {
      REQUIRE(matcher.Accepting());
      break;
    }
    REQUIRE(matcher.Accept(id));
    text += trie->Bytes(id);
    if (config != nullptr) config = testing::Behind(*automaton, config, *trie, id);
  }
}

TEST_CASE("masks of real vocabularies are what the matcher takes, and what it takes has an end") {
  constexpr int kSteps = testing::kSanitized ? 2 : 10;
  for (const testing::TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    const auto trie = std::make_shared<const TokenTrie>(*tokenizer);
    Checked checked;
    Rng rng(7);
    for (const GrammarRef& grammar : Grammars()) WalkAndCheck(grammar, trie, rng, kSteps, &checked);
    std::printf("%s: %d masks of %d tokens, completions found %d, not in time %d\n",
                family.name.c_str(), checked.masks, trie->vocabulary(), checked.completions,
                checked.unknown);
    CHECK(checked.unknown * 20 <= checked.completions);
  }
}

}  // namespace
}  // namespace lmp::constrain
