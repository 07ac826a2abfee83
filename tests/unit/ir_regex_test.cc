#include <doctest/doctest.h>

#include <chrono>
#include <regex>
#include <string>

#include "ir/regex.h"
#include "runtime/base/clock_rng.h"

namespace lmp::ir {
namespace {

bool Matches(std::string_view pattern, std::string_view text) {
  const Result<Regex> regex = Regex::Compile(pattern);
  REQUIRE_MESSAGE(regex.ok(), regex.status().message());
  return regex->Search(text);
}

}  // namespace

TEST_CASE("regex: syntax") {
  CHECK(Matches("^\\d{4}-\\d{2}$", "2024-05"));
  CHECK_FALSE(Matches("^\\d{4}-\\d{2}$", "2024-5"));
  CHECK(Matches("(?s)## one.*## two", "## one\ntext\n## two"));
  CHECK_FALSE(Matches("## one.*## two", "## one\ntext\n## two"));
  CHECK(Matches("(?i)hello [W]ORLD", "say HELLO world"));
  CHECK(Matches("^(?:ab|cd|e)+$", "abecd"));
  CHECK_FALSE(Matches("^(?:ab|cd|e)+$", "abc"));
  CHECK(Matches("^[^a-c\\]]*$", "xyz"));
  CHECK_FALSE(Matches("^[^a-c\\]]*$", "x]"));
  CHECK(Matches("\\bcat\\b", "a cat sat"));
  CHECK_FALSE(Matches("\\bcat\\b", "concatenate"));
  CHECK(Matches("^.$", "é"));
  CHECK(Matches("^[à-ü]{2,3}?$", "éü"));
  CHECK(Matches("", ""));
  CHECK(Matches("^(a*)*$", "aaa"));
  CHECK(Matches("a{0}b", "b"));
  CHECK_FALSE(Matches("^a{2,}$", "a"));
}

TEST_CASE("regex: what is wrong is named, with its place") {
  for (const char* pattern : {"(", ")", "[a", "a{", "a{3,1}", "*a", "a**", "\\", "\\q", "(?=a)",
                              "(?<n>a)", "a{9999}", "[z-a]", "(((a{1000}){1000}){1000})"}) {
    const Result<Regex> regex = Regex::Compile(pattern);
    CHECK_MESSAGE(!regex.ok(), pattern);
    if (!regex.ok()) CHECK(regex.status().message().find("at byte") != std::string::npos);
  }
  CHECK_FALSE(Regex::Compile(std::string(100000, '(')).ok());
}

TEST_CASE("regex: no pattern takes exponential time") {
  const std::string text(20000, 'a');
  CHECK_FALSE(Matches("^(a|a)*b", text));
  CHECK_FALSE(Matches("(a+)+$x", text));
}

TEST_CASE("regex: a search ends when its states are used up") {
  const Regex regex = Regex::Compile("(a|b)*c{3}").value();
  const std::string text = std::string(1000, 'a') + "ccc";
  size_t all = SIZE_MAX;
  CHECK(regex.Search(text, &all));
  const size_t needed = SIZE_MAX - all;
  CHECK(needed > 1000);
  size_t left = needed + 1;
  CHECK(regex.Search(text, &left));
  CHECK(left == 1);
  left = needed;
  CHECK_FALSE(regex.Search(text, &left));
  CHECK(left == 0);
}

TEST_CASE("regex: equals std::regex on random small patterns") {
  Rng rng(7);
  int compared = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern;
    int open = 0;
    bool can_repeat = false;
    const auto pieces = 1 + rng.Below(7);
    for (uint64_t i = 0; i < pieces; ++i) {
      switch (rng.Below(8)) {
        case 0:
          pattern += "a", can_repeat = true;
          break;
        case 1:
          pattern += "b", can_repeat = true;
          break;
        case 2:
          pattern += ".", can_repeat = true;
          break;
        case 3:
          pattern += "[ab]", can_repeat = true;
          break;
        case 4:
          if (can_repeat) pattern += "*?+"[rng.Below(3)], can_repeat = false;
          break;
        case 5:
          pattern += "(a|bb", ++open, can_repeat = true;
          break;
        case 6:
          if (open > 0) pattern += ")", --open, can_repeat = true;
          break;
        default:
          pattern += "|a", can_repeat = true;
      }
    }
    for (; open > 0; --open) pattern += ")";
    std::string text;
    for (uint64_t i = rng.Below(6); i > 0; --i) text += "abc"[rng.Below(3)];
    CAPTURE(pattern);
    CAPTURE(text);
    CHECK(Matches("^(?:" + pattern + ")$", text) == std::regex_match(text, std::regex(pattern)));
    ++compared;
  }
  CHECK(compared == 3000);
}

TEST_CASE("regex: the whole text, and a shortest text") {
  const auto whole = [](const char* pattern, const char* text) {
    return Regex::Compile(pattern).value().MatchesWhole(text);
  };
  CHECK(whole("a|ab", "ab"));
  CHECK_FALSE(whole("a|ab", "abb"));
  CHECK_FALSE(whole("b", "ab"));
  CHECK(whole("(?i)x*", "XxX"));
  CHECK(whole("", ""));
  CHECK_FALSE(whole("", "a"));
  CHECK(whole("^a$", "a"));
  for (const char* pattern : {"", "a|bb", R"(\d{4}-\d{2})", "(?:x|yz){3,5}$", "[^a-z0-9]", ".*",
                              "[äöü]+", R"([A-Z]{2}[0-9A-Z]{8,12})", R"(\W\S\D)", "^a*b"}) {
    CAPTURE(pattern);
    const Regex regex = Regex::Compile(pattern).value();
    const std::optional<std::string> text = regex.ShortestMatch();
    REQUIRE(text.has_value());
    CHECK(regex.MatchesWhole(*text));
  }
  CHECK(Regex::Compile("(?:x|yz){3,5}$").value().ShortestMatch() == "xxx");
  CHECK_FALSE(Regex::Compile("a^b").value().ShortestMatch().has_value());
  CHECK_FALSE(Regex::Compile("a$b").value().ShortestMatch().has_value());
}

}  // namespace lmp::ir
