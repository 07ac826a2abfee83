// Numbers within bounds against arithmetic, regular expressions against std::regex and ir::Regex,
// free text with triggers, and input made to exhaust: each ends within its limit.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "ir/regex.h"
#include "runtime/base/clock_rng.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/number_expr.h"
#include "runtime/constrain/regex_expr.h"

namespace lmp::constrain {
namespace {

Matcher Bare(const GrammarRef& grammar) {
  return Matcher(grammar, std::make_shared<TokenTrie>(std::vector<std::string>(8)));
}

bool Accepts(const GrammarRef& grammar, const std::string& text) {
  Matcher matcher = Bare(grammar);
  return matcher.AcceptBytes(text) && matcher.Accepting();
}

std::string Hundredths(int64_t value) {
  const int64_t size = value < 0 ? -value : value;
  std::string fraction = std::to_string(size % 100);
  if (fraction.size() == 1) fraction = "0" + fraction;
  return (value < 0 ? "-" : "") + std::to_string(size / 100) + "." + fraction;
}

TEST_CASE("decimals within bounds, by arithmetic in hundredths") {
  Rng rng(3);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    int64_t low = static_cast<int64_t>(rng.Below(3000)) - 1500;
    int64_t high = low + static_cast<int64_t>(rng.Below(round % 3 == 0 ? 40 : 2000));
    if (round % 4 == 0) low -= low % 100;
    if (round % 5 == 0) high = low;
    NumberBounds bounds;
    if (round % 7 != 0) bounds.low = Hundredths(low);
    if (round % 11 != 0) bounds.high = Hundredths(high);
    bounds.low_exclusive = rng.Below(2) == 0;
    bounds.high_exclusive = rng.Below(2) == 0;
    NumberForm form;
    form.fraction_digits_max = 3;
    form.integer_digits_max = 2;
    ExprPool pool;
    const Result<Expr> made = Decimals(pool, bounds, form);
    REQUIRE(made.ok());
    const auto within = [&](int64_t thousandths) {
      if (bounds.low &&
          (thousandths < low * 10 || (bounds.low_exclusive && thousandths == low * 10))) {
        return false;
      }
      return !bounds.high ||
             !(thousandths > high * 10 || (bounds.high_exclusive && thousandths == high * 10));
    };
    const bool bounded = bounds.low || bounds.high;
    for (int64_t v = -20000; v <= 20000; v += v % 100 > -40 && v % 100 < 40 ? 1 : 7) {
      const int64_t size = v < 0 ? -v : v;
      std::string digits = std::to_string(size % 1000);
      digits.insert(0, 3 - digits.size(), '0');
      std::string text = (v < 0 ? "-" : "") + std::to_string(size / 1000);
      CAPTURE(v);
      // Without a bound on its side a number has at most two digits before the point.
      const bool short_enough = size < 100000 || !bounded;
      if (!short_enough) continue;
      REQUIRE(pool.Matches(*made, text + "." + digits) == within(v));
      if (size % 100 == 0)
        REQUIRE(pool.Matches(*made, text + "." + digits.substr(0, 1)) == within(v));
      if (size % 1000 == 0) REQUIRE(pool.Matches(*made, text) == within(v));
      REQUIRE(!pool.Matches(*made, text + "."));
      REQUIRE(!pool.Matches(*made, "0" + text));
    }
    CHECK(!pool.Matches(*made, "-"));
    CHECK(!pool.Matches(*made, ""));
    if (bounded) CHECK(!pool.Matches(*made, "-0"));
  }
}

TEST_CASE("integers within bounds that are no integers, open ones, and large ones") {
  const auto accepts = [](const NumberBounds& bounds, const std::string& text) {
    ExprPool pool;
    const Result<Expr> made = Integers(pool, bounds);
    REQUIRE(made.ok());
    return pool.Matches(*made, text);
  };
  NumberBounds half;
  half.low = "-1.5";
  half.high = "2.5e0";
  for (int i = -5; i <= 5; ++i) CHECK(accepts(half, std::to_string(i)) == (i >= -1 && i <= 2));
  NumberBounds open;
  open.low = "3";
  open.low_exclusive = true;
  CHECK(!accepts(open, "3"));
  CHECK(accepts(open, "4"));
  CHECK(accepts(open, "10"));
  CHECK(accepts(open, std::string(40, '9')));
  CHECK(!accepts(open, std::string(41, '9')));
  CHECK(!accepts(open, "-4"));
  NumberBounds below;
  below.high = "0";
  below.high_exclusive = true;
  CHECK(!accepts(below, "0"));
  CHECK(accepts(below, "-1"));
  CHECK(accepts(below, "-1000"));
  NumberBounds large;
  large.high = "1.7976931348623157e308";
  CHECK(accepts(large, "1" + std::string(308, '0')));
  CHECK(!accepts(large, "2" + std::string(308, '0')));
  NumberBounds none;
  none.low = "0.25";
  none.high = "0.75";
  ExprPool pool;
  CHECK(*pool.IsEmpty(*Integers(pool, none)));
  for (const char* bad : {"", "x", "1.", "1e", "--1", "1e99999", "1 "}) {
    none.low = bad;
    CHECK(!Integers(pool, none).ok());
  }
}

// Patterns of the syntax that ECMAScript, ir::Regex and constraints share, over few letters.
std::string RandomPattern(Rng& rng, int depth) {
  static const char* const kAtoms[] = {"a",    "b",   "1",   ".",      "[ab]",
                                       "[^a]", "\\d", "\\w", "[a-b1]", "(?:ab|b)"};
  if (depth == 0) return kAtoms[rng.Below(std::size(kAtoms))];
  const std::string x = RandomPattern(rng, depth - 1);
  switch (rng.Below(6)) {
    case 0:
      return "(" + x + "|" + RandomPattern(rng, depth - 1) + ")";
    case 1:
      return "(" + x + ")*";
    case 2:
      return "(?:" + x + "){1,2}";
    case 3:
      return "(" + x + ")?";
    default:
      return x + RandomPattern(rng, depth - 1);
  }
}

TEST_CASE("regular expressions match what std::regex and ir::Regex match as a whole") {
  std::vector<std::string> texts = {""};
  for (size_t i = 0; i < texts.size() && texts[i].size() < 4; ++i) {
    for (const char c : {'a', 'b', '1', '-'}) texts.push_back(texts[i] + c);
  }
  int matches = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Rng rng(seed);
    const std::string pattern = RandomPattern(rng, 3);
    CAPTURE(pattern);
    ExprPool pool;
    const Result<Expr> made = RegexExpr(pool, pattern);
    REQUIRE(made.ok());
    const std::regex oracle(pattern);
    const Result<ir::Regex> search = ir::Regex::Compile("^(?:" + pattern + ")$");
    for (const std::string& text : texts) {
      CAPTURE(text);
      const bool expected = std::regex_match(text, oracle);
      REQUIRE(pool.Matches(*made, text) == expected);
      if (search.ok()) REQUIRE(search->Search(text) == expected);
      matches += expected ? 1 : 0;
    }
  }
  CHECK(matches > 1000);
}

TEST_CASE("regular expressions: syntax") {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    ExprPool pool;
    const Result<Expr> made = RegexExpr(pool, pattern);
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    return pool.Matches(*made, text);
  };
  CHECK(matches("\\d{4}-\\d{2}-\\d{2}", "2024-05-31"));
  CHECK(matches("^\\d{4}$", "2024"));
  CHECK(matches("(^a|^b)(c$|d)", "bc"));
  CHECK(matches("(?i)Straße[A-C]", "STRAßEb"));
  CHECK(!matches("(?i)[^a]", "A"));
  CHECK(matches("(?s)a.b", "a\nb"));
  CHECK(!matches("a.b", "a\nb"));
  CHECK(matches("a.b",
                "a\xF0\x9F\x98\x80"
                "b"));
  CHECK(!matches("a.b",
                 "a\xFF"
                 "b"));
  CHECK(matches("[\\u00e4-\\u00fc\\]\\\\-]+", "äü]\\-"));
  CHECK(matches("\\x41\\x{1F600}", "A\xF0\x9F\x98\x80"));
  CHECK(matches("\\p{L}+\\p{N}", "Größe٣"));
  CHECK(!matches("\\P{L}", "ß"));
  CHECK(matches("[^\\d\\s]+", "abc"));
  CHECK(!matches("[^\\d\\s]+", "ab c"));
  CHECK(matches("a{0}b??", ""));
  CHECK(matches("", ""));
  const auto refusal = [](std::string_view pattern) {
    ExprPool pool;
    const Result<Expr> made = RegexExpr(pool, pattern);
    return made.ok()
               ? std::string("taken")
               : std::string(StatusCodeName(made.status().code())) + ": " + made.status().message();
  };
  CHECK(refusal("ab(?=c)") ==
        "unsupported: pattern: look-around at byte 4 cannot be followed while text is generated");
  CHECK(refusal("(a)\\1") ==
        "unsupported: pattern: a back-reference at byte 4 cannot be followed while text is "
        "generated");
  CHECK(refusal("a\\bb").starts_with("unsupported: pattern: a word boundary at byte 2"));
  CHECK(refusal("a^b").starts_with("unsupported: pattern: `^` behind the beginning at byte 2"));
  CHECK(refusal("(a$|b)c").starts_with("unsupported: pattern: `$` before the end at byte 6"));
  CHECK(refusal("(^a)*").starts_with("unsupported"));
  for (const char* bad :
       {"(", ")", "a)", "[a", "a{2,1}", "*a", "a**", "a{", "a{99999999}", "\\", "\\q", "[b-a]",
        "(?<n", "\\p{Xx}", "\\x{110000}", "\\x{}", "\\u12", "\xFF", "[]"}) {
    CAPTURE(bad);
    CHECK(refusal(bad) != "taken");
  }
  CHECK(RegexGrammar("[a-z]{3}").ok());
}

// Seconds that a call takes at most: generous, for machines that do other things.
template <typename F>
void EndsSoon(F&& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("patterns made to exhaust end with an error or work") {
  EndsSoon([] {
    ExprPool pool;
    const Result<Expr> made = RegexExpr(pool, std::string(60000, '('));
    REQUIRE(!made.ok());
    CHECK(RegexExpr(pool, std::string(2000, '(')).status().message().find("nested") !=
          std::string::npos);
  });
  EndsSoon([] {
    const Result<GrammarRef> grammar = RegexGrammar("(a{1000}){1000}");
    REQUIRE(grammar.ok());
    Matcher matcher = Bare(*grammar);
    CHECK(matcher.ForcedText().size() == 4096);
    CHECK(matcher.AcceptBytes(std::string(999, 'a')));
    CHECK(!matcher.Accepting());
    CHECK(!matcher.AcceptBytes("b"));
  });
  EndsSoon([] {
    std::string pattern = "x";
    for (int i = 0; i < 4000; ++i) pattern += "|" + std::to_string(i);
    const Result<GrammarRef> grammar = RegexGrammar(pattern.substr(0, 16000));
    REQUIRE(grammar.ok());
    CHECK(Accepts(*grammar, "2718"));
    CHECK(!Accepts(*grammar, "02718"));
  });
  EndsSoon([] {
    // Exponentially many states behind the last letters.
    ConstraintLimits limits;
    limits.lexer_states = 2000;
    GrammarBuilder builder(limits);
    const Result<Expr> expr = RegexExpr(builder.exprs(), "[ab]*a[ab]{40}");
    REQUIRE(expr.ok());
    const Result<GrammarRef> grammar = builder.Build(builder.Lexeme(*expr));
    REQUIRE(grammar.ok());
    Matcher matcher = Bare(*grammar);
    Rng rng(1);
    bool accepted = true;
    for (int i = 0; i < 100'000 && accepted; ++i) {
      accepted = matcher.AcceptBytes(rng.Below(2) == 0 ? "a" : "b");
    }
    REQUIRE(!accepted);
    CHECK(matcher.status().message().find("(limit ") != std::string::npos);
    TokenMask mask;
    CHECK(!matcher.Mask({}, &mask).ok());
    // Others go on.
    CHECK(Accepts(*RegexGrammar("ab"), "ab"));
  });
}

TEST_CASE("grammars made to exhaust") {
  {
    GrammarBuilder b;
    const Symbol root = b.Rule("root");
    b.Define(root, {root});
    CHECK(b.Build(root).status().message().starts_with("nothing can match"));
  }
  {
    GrammarBuilder b;  // left, right and middle recursion at once, ambiguous, with empty words
    const Symbol s = b.Rule();
    b.Define(s, {s, s});
    b.Define(s, {});
    b.Define(s, {b.Text("a")});
    b.Define(s, {b.Text("("), s, b.Text(")")});
    const Result<GrammarRef> grammar = b.Build(s);
    REQUIRE(grammar.ok());
    CHECK(Accepts(*grammar, "aa((a)a)"));
    CHECK(!Accepts(*grammar, "aa((a)a"));
    EndsSoon([&] { CHECK(Accepts(*grammar, std::string(300, '(') + std::string(300, ')'))); });
  }
  {
    GrammarBuilder b;  // a list by right recursion comes back to one state
    const Symbol list = b.Rule();
    const Symbol item = b.Lexeme(b.exprs().Byte('x'));
    b.Define(list, {item});
    b.Define(list, {item, b.Text(","), list});
    const Result<GrammarRef> grammar = b.Build(list);
    REQUIRE(grammar.ok());
    EndsSoon([&] {
      std::string text = "x";
      for (int i = 0; i < 100'000; ++i) text += ",x";
      CHECK(Accepts(*grammar, text));
    });
  }
  {
    GrammarBuilder b;
    EndsSoon([&] {
      const Result<GrammarRef> grammar =
          b.Build(b.Repeat(b.Text("x"), 100'000, 100'000, b.Text(",")));
      REQUIRE(grammar.ok());
      Matcher matcher = Bare(*grammar);
      CHECK(matcher.AcceptBytes("x,x"));
      CHECK(!matcher.Accepting());
    });
  }
  for (const size_t symbols : {20u, 2000u}) {
    ConstraintLimits limits;
    limits.symbols = symbols;
    GrammarBuilder b(limits);
    std::vector<Symbol> all;
    for (int i = 0; i < 200; ++i) all.push_back(b.Text(std::to_string(i)));
    const Result<GrammarRef> grammar = b.Build(b.Alternatives(all));
    CHECK(grammar.ok() == (symbols == 2000));
    if (!grammar.ok()) CHECK(grammar.status().message().find("symbols") != std::string::npos);
  }
  for (const size_t items : {100u, 1000u}) {
    ConstraintLimits limits;
    limits.row_items = items;
    GrammarBuilder b(limits);
    std::vector<Symbol> all;
    for (int i = 0; i < 200; ++i)
      all.push_back(b.Sequence({b.Text(std::to_string(i)), b.Text("x")}));
    const Result<GrammarRef> grammar = b.Build(b.Alternatives(all));
    CHECK(grammar.ok() == (items == 1000));
    if (!grammar.ok()) CHECK(grammar.status().message().find("row_items") != std::string::npos);
  }
  EndsSoon([] {
    std::vector<std::string> options;
    size_t bytes = 0;
    for (int i = 0; bytes < 1'000'000; ++i) {
      options.push_back(std::to_string(i * 104729ll));
      bytes += options.back().size();
    }
    const Result<GrammarRef> grammar = Choice(options);
    REQUIRE(grammar.ok());
    CHECK(Accepts(*grammar, options[70'000]));
    CHECK(!Accepts(*grammar, "1"));
  });
}

TEST_CASE("a step that needs more than mask_steps ends that matcher alone") {
  ConstraintLimits limits;
  limits.mask_steps = 300;
  GrammarBuilder b(limits);
  std::vector<Symbol> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(b.Sequence({b.Text("key" + std::to_string(i)), b.Text(":")}));
  const Result<GrammarRef> grammar = b.Build(b.Repeat(b.Alternatives(all), 0, kUnbounded));
  REQUIRE(grammar.ok());
  Matcher matcher(*grammar,
                  std::make_shared<TokenTrie>(std::vector<std::string>{"key17:key18", "k"}));
  CHECK(!matcher.AcceptBytes("key17:key18:"));
  CHECK(matcher.status().message().find("mask_steps") != std::string::npos);
}

TEST_CASE("free text up to a trigger, then its grammar") {
  GrammarBuilder b;
  const Symbol digits = b.Lexeme(b.exprs().Repeat(b.exprs().Bytes(ByteSet::Range('0', '9')), 1, 3));
  const GrammarBuilder::Trigger triggers[] = {{"<f>", b.Sequence({digits, b.Text("</f>")})},
                                              {"<gg>", b.Text("!")}};
  const auto build = [&](uint32_t min, uint32_t max) {
    GrammarBuilder copy = b;
    const Result<GrammarRef> grammar = copy.Build(copy.FreeText(triggers, min, max));
    REQUIRE(grammar.ok());
    return *grammar;
  };
  const GrammarRef any = build(0, kUnbounded);
  CHECK(Accepts(any, ""));
  CHECK(Accepts(any, "plain text, 1 < 2 <f <<f"));
  CHECK(Accepts(any, "so <f>12</f> and <<gg>! there"));
  CHECK(Accepts(any, "<f>1</f><f>2</f>"));
  CHECK(!Accepts(any, "<f>"));
  CHECK(!Bare(any).AcceptBytes("a<f>x"));
  CHECK(!Bare(any).AcceptBytes("<gg>?"));
  CHECK(!Accepts(any, "\xFF"));
  const GrammarRef one = build(1, 1);
  CHECK(!Accepts(one, "text"));
  CHECK(Accepts(one, "text <f>1</f>"));
  CHECK(!Bare(one).AcceptBytes("text <f>1</f> "));
  const GrammarRef two = build(1, 2);
  CHECK(!Accepts(two, "text"));
  CHECK(Accepts(two, "text <f>1</f> more"));
  CHECK(Accepts(two, "text <f>1</f> more <gg>!"));
  CHECK(!Bare(two).AcceptBytes("<f>1</f><gg>! "));
  const GrammarBuilder::Trigger empty[] = {{"", digits}};
  GrammarBuilder bad;
  CHECK(!bad.Build(bad.FreeText(empty, 0, 1)).ok());
}

TEST_CASE("special tokens are themselves, never their text") {
  GrammarBuilder b;
  const Symbol call = b.Sequence({b.Special(3, "<|call|>"), b.Text("x")});
  const Result<GrammarRef> grammar = b.Build(b.Sequence({b.Text("a"), b.Optional(call)}));
  REQUIRE(grammar.ok());
  const auto trie =
      std::make_shared<TokenTrie>(std::vector<std::string>{"a", "x", "ax", "", "<|call|>"});
  Matcher matcher(*grammar, trie);
  TokenMask mask;
  REQUIRE(matcher.Mask({}, &mask).ok());
  CHECK(mask.words[0] == 0b00001);
  REQUIRE(matcher.Accept(0));
  CHECK(matcher.Accepting());
  CHECK(!matcher.Final());
  CHECK(matcher.ForcedText().empty());
  REQUIRE(matcher.Mask({}, &mask).ok());
  CHECK(mask.words[0] == 0b01000);
  CHECK(!matcher.Accept(4));
  CHECK(!matcher.AcceptBytes("<|call|>"));
  REQUIRE(matcher.Accept(3));
  CHECK(matcher.ForcedText() == "x");
  REQUIRE(matcher.Mask({3}, &mask).ok());
  CHECK(mask.words[0] == 0b00010);
  REQUIRE(matcher.Accept(1));
  CHECK(matcher.Final());
}

TEST_CASE("the memo forgets what was not asked for, and stays right") {
  ConstraintLimits limits;
  limits.memo_bytes = 2000;
  GrammarBuilder b(limits);
  const Result<GrammarRef> grammar =
      b.Build(b.Lexeme(b.exprs().Repeat(b.exprs().Bytes(ByteSet::OfEach("ab")), 0, 200)));
  REQUIRE(grammar.ok());
  const auto trie = std::make_shared<TokenTrie>(std::vector<std::string>{"a", "b", "aa", "c"});
  for (int round = 0; round < 3; ++round) {
    Matcher matcher(*grammar, trie);
    for (int i = 0; i <= 200; ++i) {
      TokenMask mask;
      REQUIRE(matcher.Mask({}, &mask).ok());
      REQUIRE(mask.words[0] == (i == 200 ? 0u : i == 199 ? 0b0011u : 0b0111u));
      if (i < 200) REQUIRE(matcher.Accept(0));
    }
    CHECK(matcher.Final());
  }
}

}  // namespace
}  // namespace lmp::constrain
