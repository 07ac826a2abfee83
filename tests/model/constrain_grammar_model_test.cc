// Random context-free grammars against a recogniser that tries every split of every text, by
// fixpoint; masks of random vocabularies against pushing each token's bytes through the matcher one
// by one.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/automaton.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/grammar_builder.h"
#include "tests/support/completer.h"
#include "tests/support/sanitized.h"

namespace lmp::constrain {
namespace {

const std::string kLetters = "ab,";
constexpr TokenId kSpecialToken = 1;  // in the vocabularies below
constexpr char kSpecialLetter = '!';  // stands for it in the twin's texts

// The same grammar twice.
struct TwinSymbol {
  enum class Kind { kLexeme, kSpecial, kRule, kRepeat } kind = Kind::kRule;
  Expr expr;
  std::vector<std::vector<size_t>> productions;
  size_t item = 0, separator = 0;
  bool separated = false;
  uint32_t min = 0, max = 0;
};
struct Twin {
  std::vector<TwinSymbol> symbols;
  ExprPool pool;
};

// Which spans of `text` each symbol derives. Sets of ends are bits, so texts are short.
class Recogniser {
 public:
  Recogniser(Twin& twin, const std::string& text) : twin_(twin), n_(text.size()) {
    REQUIRE(n_ < 32);
    ends_.assign(twin.symbols.size(), std::vector<uint32_t>(n_ + 1, 0));
    for (size_t s = 0; s < twin.symbols.size(); ++s) {
      for (size_t b = 0; b <= n_; ++b) {
        for (size_t e = b; e <= n_; ++e) {
          if (IsToken(twin.symbols[s], text.substr(b, e - b))) ends_[s][b] |= 1u << e;
        }
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t s = 0; s < twin.symbols.size(); ++s) {
        for (size_t b = 0; b <= n_; ++b) {
          const uint32_t ends = ends_[s][b] | Ends(twin.symbols[s], 1u << b);
          changed = changed || ends != ends_[s][b];
          ends_[s][b] = ends;
        }
      }
    }
  }
  bool Derives(size_t s, size_t b, size_t e) const { return (ends_[s][b] >> e & 1) != 0; }

 private:
  bool IsToken(const TwinSymbol& symbol, const std::string& part) {
    if (symbol.kind == TwinSymbol::Kind::kSpecial) return part == std::string(1, kSpecialLetter);
    return symbol.kind == TwinSymbol::Kind::kLexeme &&
           part.find(kSpecialLetter) == std::string::npos && twin_.pool.Matches(symbol.expr, part);
  }
  // Where the symbol ends that begins at one of `begins`, by what is known so far.
  uint32_t Ends(const TwinSymbol& symbol, uint32_t begins) const {
    uint32_t ends = 0;
    for (const std::vector<size_t>& production : symbol.productions) {
      uint32_t reached = begins;
      for (const size_t part : production) reached = Behind(part, reached);
      ends |= reached;
    }
    if (symbol.kind != TwinSymbol::Kind::kRepeat) return ends;
    if (symbol.min == 0) ends |= begins;
    const size_t most = std::min<size_t>(symbol.max, symbol.min + 2 * n_ + 2);
    uint32_t reached = begins;
    for (size_t round = 1; round <= most && reached != 0; ++round) {
      if (round > 1 && symbol.separated) reached = Behind(symbol.separator, reached);
      reached = Behind(symbol.item, reached);
      if (round >= symbol.min) ends |= reached;
    }
    return ends;
  }
  uint32_t Behind(size_t s, uint32_t begins) const {
    uint32_t ends = 0;
    for (size_t b = 0; b <= n_; ++b) {
      if ((begins >> b & 1) != 0) ends |= ends_[s][b];
    }
    return ends;
  }

  Twin& twin_;
  const size_t n_;
  std::vector<std::vector<uint32_t>> ends_;  // by symbol and beginning
};

Expr RandomLexeme(ExprPool& pool, Rng& rng) {
  const auto letter = [&] { return pool.Byte(static_cast<uint8_t>(kLetters[rng.Below(3)])); };
  switch (rng.Below(6)) {
    case 0:
      return pool.Plus(letter());
    case 1:
      return pool.Concat(letter(), letter());
    case 2:
      return pool.Optional(letter());
    case 3:
      return pool.AndNot(pool.Repeat(pool.Bytes(ByteSet::OfEach("ab")), 1, 3), pool.Literal("ab"));
    default:
      return letter();
  }
}

// A grammar of up to 6 rules and the same for the builder; the start symbol is the last rule.
Symbol RandomGrammar(Rng& rng, GrammarBuilder* builder, Twin* twin) {
  std::vector<Symbol> made;
  const auto add = [&](Symbol symbol, TwinSymbol same) {
    made.push_back(symbol);
    twin->symbols.push_back(std::move(same));
  };
  std::vector<Expr> exprs;
  const size_t lexemes = 2 + rng.Below(3);
  for (size_t i = 0; i < lexemes; ++i) exprs.push_back(RandomLexeme(builder->exprs(), rng));
  for (const Expr expr : exprs) {
    TwinSymbol same;
    same.kind = TwinSymbol::Kind::kLexeme;
    same.expr = expr;
    add(builder->Lexeme(expr), same);
  }
  TwinSymbol special;
  special.kind = TwinSymbol::Kind::kSpecial;
  add(builder->Special(kSpecialToken), special);
  const size_t rule_begin = made.size();
  const size_t rules = 1 + rng.Below(5);
  for (size_t i = 0; i < rules; ++i) add(builder->Rule(), TwinSymbol());
  const size_t plain_end = made.size();
  for (uint64_t i = rng.Below(3); i > 0; --i) {
    TwinSymbol repeat;
    repeat.kind = TwinSymbol::Kind::kRepeat;
    repeat.item = rng.Below(plain_end);
    repeat.separator = rng.Below(lexemes);
    repeat.separated = rng.Below(2) == 0;
    repeat.min = static_cast<uint32_t>(rng.Below(3));
    repeat.max = rng.Below(2) == 0 ? kUnbounded : repeat.min + static_cast<uint32_t>(rng.Below(3));
    if (repeat.max < 2) repeat.max = 2;
    add(repeat.separated
            ? builder->Repeat(made[repeat.item], repeat.min, repeat.max, made[repeat.separator])
            : builder->Repeat(made[repeat.item], repeat.min, repeat.max),
        repeat);
  }
  for (size_t r = rule_begin; r < plain_end; ++r) {
    for (uint64_t p = 1 + rng.Below(3); p > 0; --p) {
      std::vector<size_t> parts;
      std::vector<Symbol> symbols;
      for (uint64_t n = rng.Below(4); n > 0; --n) {
        parts.push_back(rng.Below(rng.Below(3) == 0 ? rule_begin : made.size()));
        symbols.push_back(made[parts.back()]);
      }
      builder->Define(made[r], symbols);
      twin->symbols[r].productions.push_back(parts);
    }
  }
  twin->pool = builder->exprs();
  return made[plain_end - 1];
}

// Vocabulary of single letters, the special token, and some longer tokens; two with equal bytes.
std::shared_ptr<const TokenTrie> LetterVocabulary() {
  return std::make_shared<TokenTrie>(std::vector<std::string>{
      "a", "", "b", ",", "ab", "ba", "a,", ",a", "aab", "ab", "abab", ",,", "b,b", "aaaa", "\xff"});
}

bool Push(Matcher* matcher, char letter) {
  if (letter == kSpecialLetter) return matcher->Accept(kSpecialToken);
  return matcher->AcceptBytes(std::string(1, letter));
}

// Behind one more letter.
const Config* Follow(Automaton& automaton, const Config* at, char letter) {
  Fuel fuel{automaton.limits().mask_steps, OkStatus()};
  const Config* next = letter == kSpecialLetter
                           ? automaton.NextSpecial(at, kSpecialToken, &fuel)
                           : automaton.Next(at, static_cast<uint8_t>(letter), &fuel);
  REQUIRE(next != nullptr);
  return next;
}

TEST_CASE("random grammars accept exactly what a naive recogniser accepts") {
  constexpr uint64_t kSeeds = testing::kSanitized ? 120 : 500;
  uint64_t grammars = 0;
  uint64_t impossible = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    GrammarBuilder builder;
    Twin twin;
    const Symbol start = RandomGrammar(rng, &builder, &twin);
    size_t start_twin = 0;
    for (size_t s = 0; s < twin.symbols.size(); ++s) {
      if (twin.symbols[s].kind == TwinSymbol::Kind::kRule) start_twin = s;
    }
    const Result<GrammarRef> grammar = builder.Build(start);
    std::vector<std::string> texts = {""};
    for (size_t i = 0; i < texts.size() && texts[i].size() < 4; ++i) {
      for (const char letter : kLetters + kSpecialLetter) texts.push_back(texts[i] + letter);
    }
    std::set<std::string> language;
    for (const std::string& text : texts) {
      if (Recogniser(twin, text).Derives(start_twin, 0, text.size())) language.insert(text);
    }
    if (!grammar.ok()) {
      if (grammar.status().message().find("nothing can match") != std::string::npos) {
        REQUIRE(language.empty());
        ++impossible;
      }
      continue;
    }
    ++grammars;
    const std::shared_ptr<Automaton> automaton = (*grammar)->automaton();
    testing::Completer completer(*automaton);
    for (const std::string& text : texts) {
      CAPTURE(text);
      Matcher matcher(*grammar, LetterVocabulary());
      const Config* config = automaton->start();
      bool alive = true;
      for (const char letter : text) {
        alive = alive && Push(&matcher, letter);
        if (alive) config = Follow(*automaton, config, letter);
      }
      REQUIRE((alive && matcher.Accepting()) == language.contains(text));
      const auto longer = language.lower_bound(text);
      if (!alive) {
        // A refused prefix begins no text.
        REQUIRE((longer == language.end() || !longer->starts_with(text)));
      } else if (text.size() <= 2) {
        // A live one begins a text of the language, by both.
        std::string rest;
        REQUIRE(completer.Find(config, &rest, kSpecialLetter) ==
                testing::Completer::Answer::kFound);
        if (text.size() + rest.size() <= 8) {
          const std::string whole = text + rest;
          REQUIRE(Recogniser(twin, whole).Derives(start_twin, 0, whole.size()));
        }
      }
    }
  }
  CHECK(grammars > kSeeds / 2 - 5);
  CHECK(impossible > 0);
}

// The mask by its definition.
void CheckMask(const Matcher& matcher, const TokenTrie& trie) {
  TokenMask mask;
  REQUIRE(matcher.Mask({}, &mask).ok());
  REQUIRE(mask.words.size() == (static_cast<size_t>(trie.vocabulary()) + 63) / 64);
  for (TokenId id = 0; id < trie.vocabulary(); ++id) {
    Matcher copy = matcher;
    CAPTURE(id);
    REQUIRE(mask.Allows(id) == copy.Accept(id));
  }
  for (size_t bit = static_cast<size_t>(trie.vocabulary()); bit < mask.words.size() * 64; ++bit) {
    REQUIRE(!mask.Allows(static_cast<TokenId>(bit)));
  }
  // Rest of a token one by one = the token at once.
  for (TokenId id = 0; id < trie.vocabulary(); ++id) {
    Matcher steps = matcher;
    bool all = !trie.Bytes(id).empty();
    for (const char byte : trie.Bytes(id)) all = all && steps.AcceptBytes(std::string(1, byte));
    if (!trie.Bytes(id).empty()) REQUIRE(mask.Allows(id) == all);
  }
}

// Walks by allowed tokens until nothing can follow or `steps` are done, checking every mask and
// that what was taken can be completed; what was taken is then replayed from the start, from a copy
// made before, and behind a prefix.
void WalkAndCheck(const GrammarRef& grammar, const std::shared_ptr<const TokenTrie>& trie, Rng& rng,
                  int steps) {
  Matcher matcher(grammar, trie);
  std::vector<TokenId> taken;
  std::vector<Matcher> places = {matcher};
  const std::shared_ptr<Automaton> automaton = grammar->automaton();
  testing::Completer completer(*automaton);
  const Config* config = grammar->prefix().empty() ? automaton->start() : nullptr;
  for (int step = 0; step < steps; ++step) {
    CheckMask(matcher, *trie);
    TokenMask mask;
    REQUIRE(matcher.Mask({}, &mask).ok());
    std::vector<TokenId> allowed;
    for (TokenId id = 0; id < trie->vocabulary(); ++id) {
      if (mask.Allows(id)) allowed.push_back(id);
    }
    if (matcher.Final()) REQUIRE(allowed.empty());
    if (config != nullptr && !completer.Known(config)) {
      std::string rest;
      REQUIRE(completer.Find(config, &rest) == testing::Completer::Answer::kFound);
    }
    if (allowed.empty()) break;
    taken.push_back(allowed[rng.Below(allowed.size())]);
    REQUIRE(matcher.Accept(taken.back()));
    places.push_back(matcher);
    if (config != nullptr) config = testing::Behind(*automaton, config, *trie, taken.back());
  }
  // Rollback to any place and on again = replay.
  const size_t back = rng.Below(places.size());
  Matcher replay(grammar, trie);
  for (size_t i = 0; i < back; ++i) REQUIRE(replay.Accept(taken[i]));
  Matcher rolled = places[back];
  TokenMask x, y;
  for (size_t i = back;; ++i) {
    REQUIRE(replay.Mask({0}, &x).ok());
    REQUIRE(rolled.Mask({0}, &y).ok());
    REQUIRE(x.words == y.words);
    REQUIRE(replay.Accepting() == rolled.Accepting());
    REQUIRE(replay.ForcedText() == rolled.ForcedText());
    if (i == taken.size()) break;
    REQUIRE(replay.Accept(taken[i]));
    REQUIRE(rolled.Accept(taken[i]));
  }
}

TEST_CASE("masks of random grammars are what the matcher takes token by token") {
  const auto trie = LetterVocabulary();
  for (uint64_t seed = 0; seed < (testing::kSanitized ? 80 : 300); ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    GrammarBuilder builder;
    Twin twin;
    const Symbol start = RandomGrammar(rng, &builder, &twin);
    const Result<GrammarRef> grammar = builder.Build(start);
    if (!grammar.ok()) continue;
    for (int walk = 0; walk < 3; ++walk) WalkAndCheck(*grammar, trie, rng, 6);
    WalkAndCheck(Prefixed("ab,a", *grammar), trie, rng, 8);
  }
}

// Tokens of JSON: words of many lengths, characters of all lengths in UTF-8 and parts of them,
// quotes, escapes, punctuation, white space.
std::shared_ptr<const TokenTrie> JsonVocabulary() {
  std::vector<std::string> tokens = {
      "",  "",  "\"",   "\\",   "\\\"", "\",",   "\": ",  "{\"",  "\"}",
      "}", "]", "[",    "\n",   "\\n",  "\\u00", "0",     "12",   "3.5",
      "-", "e", "true", "null", ", \"", "a\"",   "abc\\", "\x7f", "\x01"};
  for (size_t length = 1; length <= 40; length += 3) tokens.push_back(std::string(length, 'x'));
  for (const char* text :
       {"\xc3\xa4", "\xc3", "\xa4", "\xe2\x82\xac", "\xe2\x82", "\x82\xac", "\xac",
        "\xf0\x9f\x98\x80", "\xf0\x9f", "\x98\x80", "\xe2\x82\xac\xe2\x82\xac", "x\xc3\xa4y",
        "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    tokens.push_back(text);
  }
  for (int b = 0x20; b < 0x7f; ++b) tokens.push_back(std::string(1, static_cast<char>(b)));
  return std::make_shared<TokenTrie>(tokens);
}

// JSON by hand, with strings of at most `length_max` characters that do not begin with "x" if
// `no_x`.
Result<GrammarRef> JsonGrammar(uint32_t length_max, bool no_x) {
  GrammarBuilder b;
  ExprPool& e = b.exprs();
  const CodeRange plain[] = {{0x20, 0x21}, {0x23, 0x5b}, {0x5d, 0x10ffff}};
  const Expr escape = e.Concat(e.Byte('\\'), e.Bytes(ByteSet::OfEach("\"\\/bfnrt")));
  Expr text = e.Repeat(e.Or(e.Class(plain), escape), 0, length_max);
  if (no_x) text = e.AndNot(text, e.Concat(e.Byte('x'), e.AnyBytes()));
  const Expr quote = e.Byte('"');
  const Symbol string = b.Lexeme(e.Concat({{quote, text, quote}}));
  const Symbol number = b.Lexeme(
      e.Concat(e.Optional(e.Byte('-')),
               e.Or(e.Byte('0'), e.Concat(e.Bytes(ByteSet::Range('1', '9')),
                                          e.Repeat(e.Bytes(ByteSet::Range('0', '9')), 0, 5)))));
  const Symbol value = b.Rule("value");
  const Symbol member = b.Sequence({string, b.Text(": "), value});
  b.Define(value, {string});
  b.Define(value, {number});
  b.Define(value, {b.Lexeme(e.Literals({"true", "false", "null"}))});
  b.Define(value, {b.Text("["), b.Repeat(value, 0, 7, b.Text(", ")), b.Text("]")});
  b.Define(value, {b.Text("{"), b.Repeat(member, 0, kUnbounded, b.Text(", ")), b.Text("}")});
  return b.Build(value);
}

TEST_CASE("masks of JSON, where slices answer, are what the matcher takes") {
  const auto trie = JsonVocabulary();
  for (const uint32_t length_max : {kUnbounded, 45u, 12u, 3u}) {
    for (const bool no_x : {false, true}) {
      CAPTURE(length_max);
      const Result<GrammarRef> grammar = JsonGrammar(length_max, no_x);
      REQUIRE(grammar.ok());
      for (uint64_t seed = 0; seed < 12; ++seed) {
        CAPTURE(seed);
        Rng rng(seed);
        WalkAndCheck(*grammar, trie, rng, 12);
        WalkAndCheck(Prefixed("{\"x", *grammar), trie, rng, 4);
      }
    }
  }
}

TEST_CASE("matchers of one grammar on many threads see what one thread sees") {
  const auto trie = JsonVocabulary();
  const Result<GrammarRef> alone = JsonGrammar(20, false);
  const Result<GrammarRef> shared = JsonGrammar(20, false);
  REQUIRE(alone.ok());
  REQUIRE(shared.ok());
  // The masks along a walk, one after the other.
  const auto walk = [&](const GrammarRef& grammar, uint64_t seed) {
    Rng rng(seed);
    Matcher matcher(grammar, trie);
    std::vector<TokenMask> masks;
    for (int step = 0; step < 40; ++step) {
      masks.emplace_back();
      if (!matcher.Mask({}, &masks.back()).ok()) return masks;
      std::vector<TokenId> allowed;
      for (TokenId id = 0; id < trie->vocabulary(); ++id) {
        if (masks.back().Allows(id)) allowed.push_back(id);
      }
      if (allowed.empty()) break;
      if (!matcher.Accept(allowed[rng.Below(allowed.size())])) return masks;
    }
    return masks;
  };
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kWalks = 10;
  std::vector<std::vector<std::vector<TokenMask>>> seen(kThreads);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t w = 0; w < kWalks; ++w) seen[t].push_back(walk(*shared, (t + w) % kWalks));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t w = 0; w < kWalks; ++w) {
    const std::vector<TokenMask> expected = walk(*alone, w);
    for (uint64_t t = 0; t < kThreads; ++t) {
      const std::vector<TokenMask>& masks = seen[t][(w + kWalks - t) % kWalks];
      REQUIRE(masks.size() == expected.size());
      for (size_t i = 0; i < masks.size(); ++i) REQUIRE(masks[i].words == expected[i].words);
    }
  }
}

}  // namespace
}  // namespace lmp::constrain
