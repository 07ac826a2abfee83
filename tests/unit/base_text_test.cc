#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "runtime/base/clock_rng.h"
#include "runtime/base/text.h"

namespace lmp {
namespace {

TEST_CASE("UTF-8 validity follows the standard's table") {
  const struct {
    const char* name;
    std::string bytes;
    bool valid;
  } cases[] = {
      {"empty", "", true},
      {"ascii", "abc\n", true},
      {"two bytes", "\xc3\xa9", true},
      {"three bytes", "\xe2\x82\xac", true},
      {"four bytes", "\xf0\x9f\x98\x80", true},
      {"last code point", "\xf4\x8f\xbf\xbf", true},
      {"below the surrogates", "\xed\x9f\xbf", true},
      {"a surrogate", "\xed\xa0\x80", false},
      {"past U+10FFFF", "\xf4\x90\x80\x80", false},
      {"overlong two", "\xc0\xaf", false},
      {"overlong two, high", "\xc1\xbf", false},
      {"overlong three", "\xe0\x9f\xbf", false},
      {"overlong four", "\xf0\x8f\xbf\xbf", false},
      {"lone continuation", "a\x80", false},
      {"cut two", "a\xc3", false},
      {"cut four", "\xf0\x9f\x98", false},
      {"bad third byte", "\xe2\x82z", false},
      {"five bytes", "\xf8\x88\x80\x80\x80", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(IsValidUtf8(c.bytes) == c.valid);
  }
}

TEST_CASE("the safe prefix never ends inside a code point") {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  for (size_t n = 0; n <= text.size(); ++n) {
    const size_t safe = Utf8SafePrefix(std::string_view(text).substr(0, n));
    CAPTURE(n);
    CHECK(safe <= n);
    CHECK(n - safe <= 3);
    CHECK(IsValidUtf8(std::string_view(text).substr(0, safe)));
  }
  CHECK(Utf8SafePrefix("ab\xe2\x82") == 2);
  CHECK(Utf8SafePrefix("\xe2\x82\xac") == 3);
  // Bytes that are wrong anyway are not held back for ever.
  CHECK(Utf8SafePrefix("\x80\x80\x80\x80\x80") == 5);
}

TEST_CASE("code points are counted and appended") {
  std::string text;
  for (const char32_t c : {U'a', U'\u00e9', U'\u20ac', U'\U0001f600'}) AppendUtf8(c, &text);
  CHECK(text == "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(Utf8Length(text) == 4);
  std::string bad;
  AppendUtf8(char32_t{0xd800}, &bad);
  AppendUtf8(char32_t{0x110000}, &bad);
  CHECK(bad == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a part is found as std::string finds it, in linear time") {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text, part;
    for (uint64_t n = rng.Below(12); n > 0; --n) text += rng.Below(2) ? 'a' : 'b';
    for (uint64_t n = rng.Below(4); n > 0; --n) part += rng.Below(2) ? 'a' : 'b';
    const size_t from = rng.Below(14);
    CHECK(FindText(text, part, from) == std::string_view(text).find(part, from));
  }
  // std::string would compare 10^12 bytes.
  const std::string text(2'000'000, 'a');
  CHECK(FindText(text, std::string(1'000'000, 'a') + "b") == std::string::npos);
}

TEST_CASE("split and join are inverse") {
  for (const char* text : {"", "a", ",", "a,b", ",a,,b,"}) {
    CHECK(JoinText(SplitText(text, ','), ",") == text);
  }
  CHECK(SplitText("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
  CHECK(SplitText("", ',').size() == 1);
}

TEST_CASE("quoted text is one line") {
  CHECK(QuoteText("say \"hi\"\n\t\\ \x01\x7f\xc3\xa9") ==
        "\"say \\\"hi\\\"\\n\\t\\\\ \\u{1}\\u{7f}\xc3\xa9\"");
}

TEST_CASE("edit distance") {
  CHECK(EditDistance("", "") == 0);
  CHECK(EditDistance("abc", "") == 3);
  CHECK(EditDistance("retrn", "return") == 1);
  CHECK(EditDistance("kitten", "sitting") == 3);
  CHECK(EditDistance("sitting", "kitten") == 3);
  CHECK(EditDistance("nmae", "name") == 1);
  CHECK(EditDistance("ab", "ba") == 1);
  CHECK(EditDistance("abcd", "badc") == 2);
}

TEST_CASE("doubles read back and stay floats") {
  CHECK(FormatDouble(1.0) == "1.0");
  CHECK(FormatDouble(0.1) == "0.1");
  CHECK(FormatDouble(1e30) == "1e+30");
  CHECK(FormatDouble(-0.0) == "-0.0");
  CHECK(FormatDouble(std::nan("")) == "nan");
  CHECK(FormatDouble(-std::numeric_limits<double>::infinity()) == "-inf");
  for (const double v : {1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789.125, -2.5e-7}) {
    CHECK(std::strtod(FormatDouble(v).c_str(), nullptr) == v);
  }
}

}  // namespace
}  // namespace lmp
