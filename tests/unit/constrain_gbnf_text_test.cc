// Grammars written as GBNF: read again they are the same language, byte by byte on random texts.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/gbnf_text.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/regex_expr.h"

namespace lmp::constrain {
namespace {

const std::shared_ptr<const TokenTrie>& NoTokens() {
  static const std::shared_ptr<const TokenTrie> trie =
      std::make_shared<TokenTrie>(std::vector<std::string>(8));
  return trie;
}

// The bytes that may follow.
std::vector<uint8_t> Next(const Matcher& matcher) {
  std::vector<uint8_t> out;
  for (int byte = 0; byte < 256; ++byte) {
    Matcher copy = matcher;
    if (copy.AcceptBytes(std::string(1, static_cast<char>(byte))))
      out.push_back(static_cast<uint8_t>(byte));
  }
  return out;
}

// Walks at random, with a liking for bytes that were not tried before.
void CheckSame(const GrammarRef& grammar, uint64_t walks = 40, size_t length = 60) {
  const Result<std::string> text = GbnfText(*grammar);
  REQUIRE_MESSAGE(text.ok(), text.status().message());
  CAPTURE(*text);
  const Result<GrammarRef> again = GbnfGrammar(*text);
  REQUIRE_MESSAGE(again.ok(), again.status().message());
  for (uint64_t seed = 0; seed < walks; ++seed) {
    Rng rng(seed);
    Matcher one(grammar, NoTokens()), other(*again, NoTokens());
    std::string walked;
    while (walked.size() < length) {
      CAPTURE(walked);
      REQUIRE(one.Accepting() == other.Accepting());
      const std::vector<uint8_t> next = Next(one);
      REQUIRE(next == Next(other));
      if (next.empty()) break;
      // Rare bytes, such as quotes among letters, would hardly ever be drawn.
      const uint64_t pick = rng.Below(3);
      const uint8_t byte = pick == 0   ? next.front()
                           : pick == 1 ? next.back()
                                       : next[static_cast<size_t>(rng.Below(next.size()))];
      walked += static_cast<char>(byte);
      REQUIRE(one.AcceptBytes({walked.data() + walked.size() - 1, 1}));
      REQUIRE(other.AcceptBytes({walked.data() + walked.size() - 1, 1}));
    }
  }
}

GrammarRef Of(Expr (*make)(ExprPool&)) {
  GrammarBuilder builder;
  const Expr expr = make(builder.exprs());
  Result<GrammarRef> grammar = builder.Build(builder.Lexeme(expr));
  REQUIRE_MESSAGE(grammar.ok(), grammar.status().message());
  return std::move(grammar).value();
}

}  // namespace

TEST_CASE("gbnf text: what it looks like") {
  CHECK(*GbnfText(*Choice({"yes", "no"}).value()) == "root ::= r1\nr1 ::= (\"no\" | \"yes\")\n");
  CHECK(*GbnfText(*Prefixed("a\"\n\\", Choice({"é"}).value())) ==
        "root ::= \"a\\u0022\\u000a\\u005c\" r1\nr1 ::= \"é\"\n");
  CHECK(*GbnfText(*Of([](ExprPool& p) { return p.Repeat(p.AnyCodePoint(), 2, 300); })) ==
        "root ::= r1\nr1 ::= ([\\u0000-\\ud7ff\\ue000-\\U0010ffff]{2,300})\n");
}

TEST_CASE("gbnf text: numbers, choices, patterns") {
  CheckSame(Choice({"a", "ab", "b\"c", "\\", "日本", "😀"}).value());
  for (const auto& [low, high] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 9}, {-12, 3450}, {7, 7}, {INT64_MIN, INT64_MAX}, {100, 999}})
    CheckSame(IntRange(low, high).value());
  for (const char* pattern :
       {"[A-Z]{2}\\d+", "(?i)ja|nein", "[a-zà-ÿß]+\\s\\w", "(ab|a)*c?", "[^\"\\\\]{0,30}\"", ".*",
        "(?s).{3}", "[\\x{80}-\\x{7ff}]x", "[\\x{10000}-\\x{10FFFF}]+", "()", "(a|b){2,5}(c|)",
        "[\\]^\\-\\[]+"}) {
    CAPTURE(pattern);
    CheckSame(RegexGrammar(pattern).value());
  }
}

TEST_CASE("gbnf text: conjunctions, complements and divisors") {
  CheckSame(Of([](ExprPool& p) { return p.And(p.Not(p.Literal("no")), p.AnyText()); }));
  CheckSame(Of([](ExprPool& p) {
    const Expr digits = p.Repeat(p.Bytes(ByteSet::Range('0', '9')), 1, 6);
    return p.And(p.Multiple(7), digits);
  }));
  CheckSame(Of([](ExprPool& p) {
    const Expr has_x = p.Concat(p.AnyText(), p.Concat(p.Byte('x'), p.AnyText()));
    const Expr has_e = p.Concat(p.AnyText(), p.Concat(p.Literal("é"), p.AnyText()));
    return p.Concat(p.And(p.And(has_x, has_e), p.Repeat(p.AnyCodePoint(), 0, 6)), p.Byte('.'));
  }));
  // Characters that are made of pieces: the first byte, then one of the second.
  CheckSame(Of([](ExprPool& p) {
    const Expr second = p.Or(p.Byte(0xa9), p.Concat(p.Byte(0xaa), p.Byte('!')));
    return p.Concat(p.Byte('<'), p.Concat(p.Byte(0xc3), second));
  }));
}

TEST_CASE("gbnf text: lists and recursion") {
  for (const auto& [min, max] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 0}, {0, 1}, {1, 1}, {0, 3}, {2, 4}, {1, kUnbounded}, {0, kUnbounded}}) {
    for (const bool separated : {false, true}) {
      CAPTURE(min);
      CAPTURE(max);
      CAPTURE(separated);
      GrammarBuilder b;
      const Symbol item = b.Alternatives({b.Text("a"), b.Text("bc")});
      const Symbol list =
          separated ? b.Repeat(item, min, max, b.Text(", ")) : b.Repeat(item, min, max);
      CheckSame(b.Build(b.Sequence({b.Text("["), list, b.Text("]")})).value(), 12, 30);
    }
  }
  GrammarBuilder b;
  const Symbol value = b.Rule("value");
  b.Define(value, {b.Text("x")});
  b.Define(value, {b.Text("("), value, b.Text(")")});
  b.Define(value, {value, b.Text("+"), value});
  b.Define(value, {});
  CheckSame(b.Build(value).value());
}

TEST_CASE("gbnf text: what it cannot say") {
  CHECK(GbnfText(*Prefixed("a\xc3", Choice({"x"}).value())).status().code() ==
        StatusCode::kUnsupported);
  GrammarBuilder b;
  const auto special = b.Build(b.Sequence({b.Text("a"), b.Special(5)}));
  REQUIRE(special.ok());
  CHECK(GbnfText(**special).status().code() == StatusCode::kUnsupported);
  // A counter of two kinds of letters has a state for each pair of counts.
  const auto counted = [](uint32_t most) {
    GrammarBuilder builder;
    ExprPool& p = builder.exprs();
    const auto at_most = [&](uint8_t letter) {
      const Expr others = p.Star(p.Bytes(ByteSet::Range('a', 'z') & ~ByteSet::Of(letter)));
      return p.Concat(others, p.Repeat(p.Concat(p.Byte(letter), others), 0, most));
    };
    return GbnfText(*builder.Build(builder.Lexeme(p.And(at_most('a'), at_most('b')))).value());
  };
  CHECK(counted(20).ok());
  CHECK(counted(200).status().code() == StatusCode::kResourceExhausted);
}

}  // namespace lmp::constrain
