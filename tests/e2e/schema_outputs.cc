// Writes what a model of random weights would write under random schemas, for an independent
// validator to judge (schema_outputs.py): each token is drawn from the mask, over a real
// vocabulary.
//
//   schema_outputs VOCABULARY SEED < schemas (one per line) > one line of JSON each:
//   {"text": ...}  {"refused": ...}  {"dead_end": ...}  {"unknown": ...}
//
//   schema_outputs --match < {"schema": text, "texts": [...]} per line > one line of JSON each:
//   {"accepted": [indices of texts], "warnings": [...]}
//   {"refused": ..., "empty": whether nothing fulfils it}
//   also with "lenient": true, and with "gbnf" or "regex" in the place of "schema".
//
// Behind every token it looks for a completion (a shortest one over the automaton). dead_end: there
// was none. unknown: none was found within the budget. A text that does not end by itself within
// its tokens is ended by the shortest completion.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/automaton.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/regex_expr.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/tokenizer.h"
#include "tests/support/completer.h"

namespace {

using namespace lmp;             // NOLINT: a tool of one file
using namespace lmp::constrain;  // NOLINT
using lmp::testing::Completer;

constexpr int kTokensMax = 80;

// Short tokens more often than their share, so that walks go through many states.
TokenId Draw(const TokenMask& mask, const TokenTrie& trie, Rng& rng) {
  std::vector<TokenId> allowed, short_ones;
  for (TokenId id = 0; id < trie.vocabulary(); ++id) {
    if (!mask.Allows(id)) continue;
    allowed.push_back(id);
    if (trie.Bytes(id).size() <= 2) short_ones.push_back(id);
  }
  const auto& from = !short_ones.empty() && rng.Below(2) == 0 ? short_ones : allowed;
  return from.empty() ? -1 : from[rng.Below(from.size())];
}

nlohmann::json Run(const std::string& schema, TokenId end,
                   const std::shared_ptr<const TokenTrie>& trie, Rng& rng) {
  const SchemaGrammar made = CompileJsonSchema(schema);
  if (made.grammar == nullptr) return {{"refused", StatusOf(made.refused).message()}};
  const std::shared_ptr<Automaton> automaton = made.grammar->automaton();
  Completer completer(*automaton);
  Matcher matcher(made.grammar, trie);
  const Config* config = automaton->start();
  std::string text, rest;
  for (int step = 0; step <= kTokensMax; ++step) {
    if (!completer.Known(config) || step == kTokensMax) {
      const Completer::Answer answer = completer.Find(config, &rest);
      if (answer == Completer::Answer::kNone) return {{"dead_end", text}};
      if (answer == Completer::Answer::kUnknown) return {{"unknown", text}};
    }
    if (step == kTokensMax) break;
    TokenMask mask;
    if (!matcher.Mask({end}, &mask).ok()) return {{"unknown", text}};
    const TokenId id = Draw(mask, *trie, rng);
    if (id < 0) return {{"dead_end", text}};
    if (id == end) {
      if (!matcher.Accepting()) return {{"dead_end", text}};
      return {{"text", text}};
    }
    if (!matcher.Accept(id)) return {{"dead_end", text}};
    config = testing::Behind(*automaton, config, *trie, id);
    if (config == nullptr) return {{"unknown", text}};
    text += trie->Bytes(id);
  }
  if (!matcher.AcceptBytes(rest) || !matcher.Accepting()) return {{"dead_end", text}};
  return {{"text", text + rest}};
}

// The constraint that a line asks about, or why there is none.
struct Asked {
  GrammarRef grammar;
  std::string refused;
  std::vector<SchemaProblem> warnings;
};

Asked Make(const nlohmann::json& input) {
  if (input.contains("schema")) {
    JsonSchemaOptions options;
    options.lenient = input.value("lenient", false);
    SchemaGrammar made = CompileJsonSchema(input["schema"].get<std::string>(), options);
    return {made.grammar, made.refused.empty() ? "" : StatusOf(made.refused).message(),
            made.warnings};
  }
  const Result<GrammarRef> made = input.contains("gbnf")
                                      ? GbnfGrammar(input["gbnf"].get<std::string>())
                                      : RegexGrammar(input["regex"].get<std::string>());
  if (!made.ok()) return {nullptr, made.status().message(), {}};
  return {*made, "", {}};
}

nlohmann::json Match(const nlohmann::json& input) {
  static const auto trie = std::make_shared<const TokenTrie>(std::vector<std::string>(8));
  const Asked asked = Make(input);
  if (asked.grammar == nullptr) {
    const bool empty = asked.refused.find("nothing can fulfil it") != std::string::npos;
    return {{"refused", asked.refused}, {"empty", empty}};
  }
  nlohmann::json accepted = nlohmann::json::array(), warnings = nlohmann::json::array();
  for (size_t i = 0; i < input["texts"].size(); ++i) {
    Matcher matcher(asked.grammar, trie);
    if (matcher.AcceptBytes(input["texts"][i].get<std::string>()) && matcher.Accepting()) {
      accepted.push_back(i);
    }
  }
  for (const SchemaProblem& warning : asked.warnings) warnings.push_back(warning.ToText());
  return {{"accepted", accepted}, {"warnings", warnings}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--match") {
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << Match(nlohmann::json::parse(line)).dump() << std::endl;
    }
    return 0;
  }
  if (argc != 3) return 2;
  auto spec = model::ReadTokenizerFile(argv[1], "");
  if (!spec.ok()) {
    std::cerr << spec.status().ToString() << "\n";
    return 3;
  }
  const auto tokenizer = text::MakeTokenizer(std::move(spec).value()).value();
  const auto trie = std::make_shared<const TokenTrie>(*tokenizer);
  Rng rng(static_cast<uint64_t>(std::atoll(argv[2])));
  for (std::string line; std::getline(std::cin, line);) {
    const nlohmann::json out = Run(line, tokenizer->spec().eos, trie, rng);
    std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  return 0;
}
