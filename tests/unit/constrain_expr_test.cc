// Expressions against naive twins: random small expressions against a matcher that tries all
// splits, questions against enumeration of all short words, code points against an encoder.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {
namespace {

// A naive expression: answers "is text[begin, end) a word" by trying everything.
struct Twin {
  std::function<bool(const std::string&, size_t, size_t)> matches;
};
using TwinRef = std::shared_ptr<Twin>;

TwinRef MakeTwin(std::function<bool(const std::string&, size_t, size_t)> matches) {
  auto twin = std::make_shared<Twin>();
  twin->matches = std::move(matches);
  return twin;
}

bool RepeatMatches(const Twin& item, uint32_t min, uint32_t max, const std::string& text,
                   size_t begin, size_t end) {
  if (begin == end && (min == 0 || item.matches(text, begin, end))) return true;
  if (max == 0) return false;
  for (size_t cut = begin + 1; cut <= end; ++cut) {
    if (!item.matches(text, begin, cut)) continue;
    const uint32_t less = min == 0 ? 0 : min - 1;
    if (RepeatMatches(item, less, max == kUnbounded ? max : max - 1, text, cut, end)) return true;
  }
  return false;
}

struct Both {
  Expr expr;
  TwinRef twin;
};

const std::string kLetters = "ab0";

Both RandomAtom(ExprPool& pool, Rng& rng) {
  switch (rng.Below(6)) {
    case 0:
      return {pool.Epsilon(),
              MakeTwin([](const std::string&, size_t b, size_t e) { return b == e; })};
    case 1: {
      std::vector<std::string> texts;
      for (uint64_t n = 1 + rng.Below(3); n > 0; --n) {
        std::string text;
        for (uint64_t k = rng.Below(4); k > 0; --k) text += kLetters[rng.Below(3)];
        texts.push_back(text);
      }
      return {pool.Literals(texts), MakeTwin([texts](const std::string& t, size_t b, size_t e) {
                return std::find(texts.begin(), texts.end(), t.substr(b, e - b)) != texts.end();
              })};
    }
    default: {
      ByteSet set;
      for (const char c : kLetters) {
        if (rng.Below(2) == 0) set.Add(static_cast<uint8_t>(c));
      }
      return {pool.Bytes(set), MakeTwin([set](const std::string& t, size_t b, size_t e) {
                return e == b + 1 && set.Contains(static_cast<uint8_t>(t[b]));
              })};
    }
  }
}

Both RandomExpr(ExprPool& pool, Rng& rng, int depth) {
  if (depth == 0) return RandomAtom(pool, rng);
  const Both x = RandomExpr(pool, rng, depth - 1);
  const auto xm = x.twin;
  switch (rng.Below(7)) {
    case 0: {
      const Both y = RandomExpr(pool, rng, depth - 1);
      return {pool.Or(x.expr, y.expr),
              MakeTwin([xm, ym = y.twin](const auto& t, size_t b, size_t e) {
                return xm->matches(t, b, e) || ym->matches(t, b, e);
              })};
    }
    case 1: {
      const Both y = RandomExpr(pool, rng, depth - 1);
      return {pool.And(x.expr, y.expr),
              MakeTwin([xm, ym = y.twin](const auto& t, size_t b, size_t e) {
                return xm->matches(t, b, e) && ym->matches(t, b, e);
              })};
    }
    case 2:
      return {pool.Not(x.expr),
              MakeTwin([xm](const auto& t, size_t b, size_t e) { return !xm->matches(t, b, e); })};
    case 3: {
      const auto min = static_cast<uint32_t>(rng.Below(3));
      const uint32_t max =
          rng.Below(2) == 0 ? kUnbounded : min + static_cast<uint32_t>(rng.Below(3));
      return {pool.Repeat(x.expr, min, max), MakeTwin([=](const auto& t, size_t b, size_t e) {
                return RepeatMatches(*xm, min, max, t, b, e);
              })};
    }
    default: {
      const Both y = RandomExpr(pool, rng, depth - 1);
      return {pool.Concat(x.expr, y.expr),
              MakeTwin([xm, ym = y.twin](const auto& t, size_t b, size_t e) {
                for (size_t cut = b; cut <= e; ++cut) {
                  if (xm->matches(t, b, cut) && ym->matches(t, cut, e)) return true;
                }
                return false;
              })};
    }
  }
}

// All words over the letters, shortest first.
std::vector<std::string> ShortWords(size_t length_max) {
  std::vector<std::string> words = {""};
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() == length_max) break;
    for (const char c : kLetters) words.push_back(words[i] + c);
  }
  return words;
}

TEST_CASE("random expressions match exactly what a naive twin matches") {
  const std::vector<std::string> words = ShortWords(5);
  int empty_count = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    ExprPool pool;
    const Both both = RandomExpr(pool, rng, 3);
    const std::string spelling = pool.ToText(both.expr);
    CAPTURE(spelling);
    bool any = false;
    bool more = false;
    for (const std::string& word : words) {
      const bool expected = both.twin->matches(word, 0, word.size());
      CAPTURE(word);
      REQUIRE(pool.Matches(both.expr, word) == expected);
      any = any || expected;
      more = more || (expected && !word.empty());
    }
    // No expression of this size has a shortest word of more than five letters over three atoms of
    // up to three letters, unless it has to: those are found by FindWord.
    const Result<bool> empty = pool.IsEmpty(both.expr);
    REQUIRE(empty.ok());
    std::string found;
    REQUIRE(pool.FindWord(both.expr, &found) == !*empty);
    if (any) REQUIRE(!*empty);
    if (!*empty) {
      REQUIRE(pool.Matches(both.expr, found));
      if (found.find_first_not_of(kLetters) == std::string::npos && found.size() <= 5) REQUIRE(any);
    }
    const Result<bool> has_more = pool.HasMore(both.expr);
    REQUIRE(has_more.ok());
    if (more) REQUIRE(*has_more);
    empty_count += *empty ? 1 : 0;
    // A first byte is one that some word begins with; exact where there is no And and no Not.
    const ByteSet first = pool.FirstBytes(both.expr);
    for (int b = 0; b < 256; ++b) {
      const auto byte = static_cast<uint8_t>(b);
      const Result<bool> dead = pool.IsEmpty(pool.Derive(both.expr, byte));
      REQUIRE(dead.ok());
      if (!*dead) REQUIRE(first.Contains(byte));
      if (pool.Plain(both.expr)) REQUIRE(first.Contains(byte) == !*dead);
    }
  }
  CHECK(empty_count > 10);
  CHECK(empty_count < 250);
}

TEST_CASE("bytes of one class lead to equal derivatives") {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    ExprPool pool;
    const Expr expr = RandomExpr(pool, rng, 3).expr;
    int count = 0;
    const Expr exprs[] = {expr};
    const std::vector<uint16_t> classes = pool.ByteClasses(exprs, &count);
    for (size_t b = 1; b < 256; ++b) {
      REQUIRE(classes[b] < count);
      if (classes[b] != classes[b - 1]) continue;
      REQUIRE(pool.Derive(expr, static_cast<uint8_t>(b)) ==
              pool.Derive(expr, static_cast<uint8_t>(b - 1)));
    }
  }
}

TEST_CASE("bytes that an expression calls alike lead to equal derivatives") {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    ExprPool pool;
    Expr expr = RandomExpr(pool, rng, 3).expr;
    for (int step = 0; step < 4; ++step) {
      ByteSet all;
      for (const ByteSet& alike : pool.AlikeClasses(expr)) {
        REQUIRE_FALSE(alike.empty());
        REQUIRE((all & alike).empty());
        all = all | alike;
        const Expr next = pool.Derive(expr, static_cast<uint8_t>(alike.first()));
        for (int b = 0; b < 256; ++b) {
          const auto byte = static_cast<uint8_t>(b);
          if (!alike.Contains(byte)) continue;
          REQUIRE(pool.Derive(expr, byte) == next);
          REQUIRE(pool.AlikeBytes(expr, byte) == alike);
        }
      }
      REQUIRE(all == ByteSet::All());
      expr = pool.Derive(expr, static_cast<uint8_t>(kLetters[rng.Below(3)]));
    }
  }
}

TEST_CASE("more ways to cut the bytes than are kept") {
  ExprPool pool;
  std::vector<Expr> exprs;
  for (int n = 1; n <= 5000; ++n) {
    ByteSet set;
    for (int bit = 0; bit < 13; ++bit) {
      if ((n >> bit & 1) != 0) set.Add(static_cast<uint8_t>('a' + bit));
    }
    exprs.push_back(pool.Bytes(set));
    for (const ByteSet& alike : pool.AlikeClasses(exprs.back())) {
      const bool inside = set.Contains(static_cast<uint8_t>(alike.first()));
      REQUIRE((inside ? (alike & ~set) : (alike & set)).empty());
    }
  }
  REQUIRE(pool.AlikeClasses(exprs.front()).size() == 2);
  REQUIRE(pool.AlikeClasses(exprs.back()).size() == 256);
  const Result<bool> met = pool.Intersects(pool.Plus(exprs[4998]), pool.Plus(exprs[4999]));
  REQUIRE(met.ok());
  CHECK(*met);
}

TEST_CASE("inclusion and intersection") {
  ExprPool pool;
  const Expr lower = pool.Bytes(ByteSet::Range('a', 'z'));
  const Expr digit = pool.Bytes(ByteSet::Range('0', '9'));
  const Expr word = pool.Plus(lower);
  CHECK(*pool.Includes(word, pool.Literal("abc")));
  CHECK(!*pool.Includes(word, pool.Literal("ab1")));
  CHECK(*pool.Includes(pool.Star(pool.Or(lower, digit)), pool.Repeat(digit, 3, 1000)));
  CHECK(!*pool.Intersects(word, pool.Plus(digit)));
  CHECK(*pool.Intersects(pool.Repeat(lower, 7, 9), pool.Repeat(lower, 9, 90)));
  CHECK(!*pool.Intersects(pool.Repeat(lower, 7, 8), pool.Repeat(lower, 9, 90)));
  CHECK(*pool.IsEmpty(pool.AndNot(pool.Literals({"x", "yy"}), pool.Literals({"yy", "x", "z"}))));
  std::string found;
  CHECK(pool.FindWord(pool.AndNot(pool.Repeat(lower, 2, 3), pool.Repeat(lower, 0, 2)), &found));
  CHECK(found.size() == 3);
}

TEST_CASE("Multiple: digit strings by their number") {
  ExprPool pool;
  for (const uint32_t modulus : {1u, 2u, 3u, 7u, 10u, 64u, 97u}) {
    const Expr expr = pool.Multiple(modulus);
    for (uint32_t n = 0; n < 2000; ++n) {
      REQUIRE(pool.Matches(expr, std::to_string(n)) == (n % modulus == 0));
    }
    CHECK(!pool.Matches(expr, ""));
    CHECK(!pool.Matches(expr, "-10"));
  }
}

std::string Encode(char32_t c) {
  const auto byte = [](char32_t x) { return static_cast<char>(x); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

TEST_CASE("Class: exactly the UTF-8 of its code points") {
  Rng rng(1);
  const char32_t edges[] = {0,       0x7f,    0x80,    0x7ff,    0x800,   0xfff,  0x1000,
                            0xcfff,  0xd7ff,  0xd800,  0xdfff,   0xe000,  0xffff, 0x10000,
                            0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10ffff};
  for (int round = 0; round < 60; ++round) {
    std::vector<CodeRange> ranges;
    for (uint64_t n = 1 + rng.Below(3); n > 0; --n) {
      const auto near = [&] {
        const auto shift = static_cast<int>(rng.Below(5)) - 2;
        const int at = static_cast<int>(edges[rng.Below(std::size(edges))]) + shift;
        return static_cast<char32_t>(std::min(std::max(at, 0), 0x10ffff));
      };
      const char32_t x = near();
      const char32_t y = near();
      ranges.emplace_back(std::min(x, y), std::max(x, y));
    }
    ExprPool pool;
    const Expr expr = pool.Class(ranges);
    const auto expected = [&](char32_t c) {
      if (c >= 0xd800 && c <= 0xdfff) return false;
      return std::any_of(ranges.begin(), ranges.end(),
                         [&](const CodeRange& r) { return c >= r.first && c <= r.second; });
    };
    for (const char32_t edge : edges) {
      for (int d = -3; d <= 3; ++d) {
        const int at = static_cast<int>(edge) + d;
        if (at < 0 || at > 0x10ffff) continue;
        const auto c = static_cast<char32_t>(at);
        CAPTURE(at);
        REQUIRE(pool.Matches(expr, Encode(c)) == expected(c));
      }
    }
    for (int i = 0; i < 200; ++i) {
      const auto c = static_cast<char32_t>(rng.Below(0x110000));
      REQUIRE(pool.Matches(expr, Encode(c)) == expected(c));
    }
  }
  ExprPool pool;
  const Expr any = pool.AnyCodePoint();
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "ab", ""}) {
    CHECK(!pool.Matches(any, bad));
  }
}

TEST_CASE("limits: nodes, depth, literals, emptiness end with their name") {
  {
    ConstraintLimits limits;
    limits.expr_nodes = 50;
    ExprPool pool(limits);
    Expr expr = pool.Epsilon();
    for (int i = 0; i < 100; ++i) expr = pool.Concat(pool.Byte(static_cast<uint8_t>(i)), expr);
    CHECK(pool.exhausted());
    CHECK(pool.status().message().find("expr_nodes") != std::string::npos);
    CHECK(expr == pool.Empty());
    CHECK(!pool.IsEmpty(expr).ok());
  }
  {
    ConstraintLimits limits;
    limits.expr_depth = 20;
    for (const int depth : {8, 40}) {
      ExprPool pool(limits);
      Expr expr = pool.Byte('a');
      for (int i = 0; i < depth; ++i) expr = pool.Concat(pool.Repeat(expr, 2, 3), pool.Byte('b'));
      CHECK(pool.exhausted() == (depth == 40));
    }
  }
  {
    ConstraintLimits limits;
    limits.literal_bytes = 10;
    ExprPool pool(limits);
    pool.Literal("0123456789");
    CHECK(!pool.exhausted());
    pool.Literal("ab");
    CHECK(pool.status().message().find("literal_bytes") != std::string::npos);
  }
  {
    // The least common length of multiples of 2, 3, 5, 7, ... letters: a product of automata.
    ConstraintLimits limits;
    limits.emptiness_steps = 1000;
    const auto lengths = [](ExprPool& pool, std::vector<uint32_t> of) {
      std::vector<Expr> parts = {pool.Plus(pool.Byte('a'))};
      for (const uint32_t n : of) parts.push_back(pool.Star(pool.Repeat(pool.Byte('a'), n, n)));
      return pool.And(parts);
    };
    ExprPool pool(limits);
    CHECK(!*pool.IsEmpty(lengths(pool, {2, 3, 5})));
    const Result<bool> hard = pool.IsEmpty(lengths(pool, {7, 11, 13, 17}));
    REQUIRE(!hard.ok());
    CHECK(hard.status().message().find("emptiness_steps") != std::string::npos);
  }
}

TEST_CASE("large expressions cost what they say") {
  ExprPool pool;
  // A repeat is a number, not copies.
  const Expr counted = pool.Repeat(pool.Repeat(pool.Byte('a'), 1000, 1000), 1000, 1000);
  CHECK(pool.size() < 20);
  CHECK(!*pool.IsEmpty(counted));
  CHECK(!pool.Matches(counted, std::string(999, 'a')));
  std::vector<std::string> texts;
  for (int i = 0; i < 100'000; ++i) texts.push_back("literal number " + std::to_string(i * 7919));
  const size_t before = pool.size();
  const Expr all = pool.Literals(texts);
  CHECK(pool.size() < before + 10);
  CHECK(pool.Matches(all, texts[4711]));
  CHECK(!pool.Matches(all, "literal number 1"));
}

}  // namespace
}  // namespace lmp::constrain
