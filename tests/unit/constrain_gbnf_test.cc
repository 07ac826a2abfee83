// GBNF: what grammars as people write them accept, random ones against a naive recogniser that
// reads the tree, errors with their places, special tokens, and input made to exhaust.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/gbnf_syntax.h"

namespace lmp::constrain {
namespace {

bool Accepts(const GrammarRef& grammar, const std::string& text) {
  Matcher matcher(grammar, std::make_shared<TokenTrie>(std::vector<std::string>(8)));
  return matcher.AcceptBytes(text) && matcher.Accepting();
}

void Check(const std::string& source, const std::vector<std::string>& right,
           const std::vector<std::string>& wrong) {
  const Result<GrammarRef> grammar = GbnfGrammar(source);
  CAPTURE(source);
  CAPTURE(grammar.status().message());
  REQUIRE(grammar.ok());
  for (const std::string& text : right) {
    CAPTURE(text);
    CHECK(Accepts(*grammar, text));
  }
  for (const std::string& text : wrong) {
    CAPTURE(text);
    CHECK_FALSE(Accepts(*grammar, text));
  }
}

std::string ErrorOf(const std::string& source) {
  const Result<GrammarRef> grammar = GbnfGrammar(source);
  return grammar.ok() ? "" : grammar.status().message();
}

TEST_CASE("grammars as people write them") {
  Check(R"gbnf(# sums of products, left recursive
root ::= (sum "=" ws [0-9]+ "\n")+
sum  ::= product | sum ("+" | "-") ws product
product ::= factor | product [*/] ws factor
factor ::= name | number | "(" ws sum ")" ws
name ::= [a-z] [a-z0-9_]* ws
number ::= [0-9]+ ws
ws ::= [ \t]*
)gbnf",
        {"1+2=3\n", "a*(b - c1)=0\n2 = 2\n", "((1))=1\n"}, {"1+2=3", "1+=3\n", "(1=1\n", "A=1\n"});
  Check(R"gbnf(
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::=
  "{" ws (
            string ":" ws value
    ("," ws string ":" ws value)*
  )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::=
  "\"" (
    [^"\\\x7F\x00-\x1F] |
    "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
  )* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9]+)? ws
ws ::= | " " | "\n" [ \t]{0,20}
)gbnf",
        {"{}", R"({"a": [1, -2.5e3, {"b": null}], "\u00e4\"": "x"})", "{\"a\":\n    true}"},
        {"[]", "{\"a\": 01}", "{\"a\": \"\x01\"}", R"({"a": "\x"})", "{\"a\" 1}", "{} {}"});
  Check(R"gbnf(root ::= "1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n")+
move ::= (pawn | piece | castle) [+#]?
piece ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
pawn ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBQR])?
castle ::= "O-O" "-O"?)gbnf",
        {"1. e4 e5\n2. Nf3 Nc6\n", "1. d4 d5\n9. O-O-O exd8=Q+\n12. Ra1xa8 Kb1#\n"},
        {"1. e4 e5\n", "1. e9 e5\n2. a3 a4\n", "1. e4 e5 2. d4 d5\n"});
  Check("root ::= item+\nitem ::= \"- \" [^\\n\\x0b\\u0085\\u2028\\u2029]+ \"\\n\"",
        {"- one\n- zw\xc3\xb6lf\n"}, {"", "- \n", "-one\n", "- a\n\n", "- a\xe2\x80\xa8\n"});
}

TEST_CASE("syntax") {
  Check("root ::= \"a\" b c\n  | b# no | here\n\n|\nb::=\"b\"c ::= [c]", {"abc", "b", ""},
        {"a", "bb", "abcb"});
  Check("root ::= [\\u00df-\\u00ff\\x41-\\x43]", {"\xc3\xa9", "B"}, {"a", "D"});
  Check("root ::= \"\\x41\\u00e4\\U0001F600\\\"\\\\\\]\\n\"", {"A\xc3\xa4\xf0\x9f\x98\x80\"\\]\n"},
        {});
  Check("root ::= [\\]a\\-c-e^\\\\] .", {"]x", "-\xe2\x82\xac", "d\n", "^x", "\\x"},
        {"b.", "fx", "]", "\xe2x"});
  Check("root ::= [^a-z\xc3\xa4]", {"A", "\xc3\xb6", "\n"}, {"a", "\xc3\xa4", "\xc3", "AB"});
  Check("root ::= \"a\"{2} \"b\" { 1 , 2 } (\"c\" | d){2,} d?\nd ::= \"d\"",
        {"aabcd", "aabbccc", "aabddd"}, {"abcc", "aabbbcc", "aabc", "aab"});
  Check("root ::= x{0} \"a\"\nx ::= \"(\" x \")\" | \"\"", {"a"}, {"()a"});
  Check("root ::= Up_1-x\nUp_1-x ::= \"\" | \"a\" Up_1-x", {"", "aaaa"}, {"b"});
  Check("root ::= never | \"a\"\nnever ::= \"x\" never", {"a"}, {"x", ""});
  Check("root ::= [] | \"b\"", {"b"}, {""});
}

TEST_CASE("errors say where") {
  CHECK(ErrorOf("") == "grammar: no rule `root`, with which it would begin");
  CHECK(ErrorOf("a ::= \"b\"") == "grammar: no rule `root`, with which it would begin");
  const std::pair<const char*, const char*> cases[] = {
      {"root ::= a\n  b", "rule `a` is not defined (line 1, column 10)"},
      {"root ::= \"a\"\nx ::= \"b\"\nroot ::= x",
       "rule `root` is defined twice (line 3, column 1)"},
      {"root = \"a\"", "`::=` is expected behind a rule's name (line 1, column 6)"},
      {"root ::= (\"a\" | (\"b\")\nx ::= \"c\"", "missing `)` before this rule (line 2, column 1)"},
      {"root ::= (\"a\"", "missing `)` of this group (line 1, column 10)"},
      {"root ::= \"a\")", "unmatched `)` (line 1, column 13)"},
      {"root ::= \"a", "missing `\"` of this text (line 1, column 10)"},
      {"root ::=\n  [a-z", "missing `]` of this class (line 2, column 3)"},
      {"root ::= [z-a]", "a range that is the wrong way round (line 1, column 14)"},
      {"root ::= | * \"a\"", "nothing to repeat (line 1, column 12)"},
      {"root ::= \"a\"*+", "a repeat of a repeat (line 1, column 14)"},
      {"root ::= \"a\"{2,1}", "a repeat whose least exceeds its most (line 1, column 13)"},
      {"root ::= \"a\"{x}", "a repeat's count is expected (line 1, column 14)"},
      {"root ::= \"a\"{,3}", "a repeat's count is expected (line 1, column 14)"},
      {"root ::= \"a\"{1000001}", "a repeat's count above 1000000 (line 1, column 14)"},
      {"root ::= \"a\"{1", "missing `}` of this repeat (line 1, column 13)"},
      {"root ::= \"\\q\"", "unknown escape (line 1, column 11)"},
      {"root ::= \"\\u12\"", "an escape with too few hexadecimal digits (line 1, column 11)"},
      {"root ::= \"\\ud800\"", "an escape of no character (line 1, column 11)"},
      {"root ::= \"\\U00110000\"", "an escape of no character (line 1, column 11)"},
      {"root ::= \"\\", "a backslash ends the grammar (line 1, column 11)"},
      {"root ::= \"\xff\"", "a byte that is no UTF-8 (line 1, column 11)"},
      {"root ::= $", "unexpected character (line 1, column 10)"},
      {"::= \"a\"", "a rule's name is expected (line 1, column 1)"},
      {"root ::= <|end|", "missing `>` of this token (line 1, column 10)"},
      {"root ::= <[12>", "missing `]>` of this token (line 1, column 10)"},
      {"root ::= !<[12]>", "`!` before a token is not supported (line 1, column 10)"},
      {"root ::= <|end|>", "special tokens (<|end|>) cannot be written here"},
  };
  for (const auto& each : cases) {
    const auto source = each.first;
    const auto message = each.second;
    CAPTURE(source);
    CHECK(ErrorOf(source) == "grammar: " + std::string(message));
  }
  CHECK(ErrorOf("root ::= root").starts_with("nothing can match"));
  CHECK(ErrorOf("root ::= \"a\" root").starts_with("nothing can match"));
}

TEST_CASE("special tokens by name and id; text never stands for them") {
  const FindSpecial find = [](std::string_view name) { return name == "<|call|>" ? 5 : -1; };
  const auto trie = std::make_shared<TokenTrie>(
      std::vector<std::string>{"", "a", "<|call|>", "<|", "call|>", "", ""});
  const Result<GrammarRef> grammar = GbnfGrammar("root ::= \"a\"* <|call|> \"a\" <[6]>", find);
  REQUIRE(grammar.ok());
  Matcher matcher(*grammar, trie);
  TokenMask mask;
  REQUIRE(matcher.Mask({}, &mask).ok());
  CHECK(mask.Allows(1));
  CHECK_FALSE(mask.Allows(2));
  CHECK_FALSE(mask.Allows(3));
  CHECK(mask.Allows(5));
  CHECK_FALSE(mask.Allows(6));
  CHECK_FALSE(matcher.Accept(2));
  for (const TokenId id : {1, 5, 1, 6}) CHECK(matcher.Accept(id));
  CHECK(matcher.Final());
}

TEST_CASE("several end tokens are allowed where the text is complete, and nowhere else") {
  const auto trie =
      std::make_shared<TokenTrie>(std::vector<std::string>{"a", "", "", "b", "<end>"});
  const Result<GrammarRef> grammar = GbnfGrammar("root ::= \"a\" \"b\"?");
  REQUIRE(grammar.ok());
  const std::vector<TokenId> ends = {1, 2, 4};
  Matcher matcher(*grammar, trie);
  TokenMask mask;
  REQUIRE(matcher.Mask(ends, &mask).ok());
  for (const TokenId end : ends) CHECK_FALSE(mask.Allows(end));
  REQUIRE(matcher.Accept(0));
  REQUIRE(matcher.Mask(ends, &mask).ok());
  for (const TokenId end : ends) CHECK(mask.Allows(end));
  CHECK(mask.Allows(3));
}

// All ends of texts that a node derives from a place, over the tree alone.
class Naive {
 public:
  Naive(const GbnfRules& rules, const std::string& text) : rules_(rules), text_(text) {
    for (bool grown = true; grown;) {
      grown = false;
      for (uint32_t rule = 0; rule < rules.rules.size(); ++rule) {
        for (size_t at = 0; at <= text.size(); ++at) {
          const std::set<size_t> ends = Ends(rules.rules[rule].body, at);
          std::set<size_t>& known = known_[{rule, at}];
          grown = grown || ends.size() > known.size();
          known = ends;
        }
      }
    }
  }
  bool Accepts() { return known_[{rules_.root, 0}].contains(text_.size()); }

 private:
  std::set<size_t> Behind(const GbnfNode& node, const std::set<size_t>& places) {
    std::set<size_t> ends;
    for (const size_t at : places) ends.merge(Ends(node, at));
    return ends;
  }
  std::set<size_t> Ends(const GbnfNode& node, size_t at) {
    std::set<size_t> ends;
    switch (node.kind) {
      case GbnfNode::Kind::kText:
        if (text_.substr(at, node.text.size()) == node.text) ends = {at + node.text.size()};
        break;
      case GbnfNode::Kind::kClass:
        for (const CodeRange& range : node.ranges) {
          const bool in = at < text_.size() && static_cast<char32_t>(text_[at]) >= range.first &&
                          static_cast<char32_t>(text_[at]) <= range.second;
          if (in) ends = {at + 1};
        }
        break;
      case GbnfNode::Kind::kToken:
        break;
      case GbnfNode::Kind::kRule:
        ends = known_[{node.rule, at}];
        break;
      case GbnfNode::Kind::kSequence:
        ends = {at};
        for (const GbnfNode& child : node.children) ends = Behind(child, ends);
        break;
      case GbnfNode::Kind::kAlternatives:
        for (const GbnfNode& child : node.children) ends.merge(Ends(child, at));
        break;
      case GbnfNode::Kind::kRepeat: {
        std::set<size_t> round = {at};
        for (uint32_t i = 0; i <= node.max && i <= node.min + text_.size(); ++i) {
          if (i >= node.min) ends.insert(round.begin(), round.end());
          round = Behind(node.children[0], round);
        }
        break;
      }
    }
    return ends;
  }

  const GbnfRules& rules_;
  const std::string text_;
  std::map<std::pair<uint32_t, size_t>, std::set<size_t>> known_;
};

std::string RandomItem(Rng& rng, int depth) {
  static const char* const kAtoms[] = {"\"a\"", "\"b\"", "\"ab\"", "[ab]", "[^a]",
                                       "\"\"",  "root",  "x",      "y",    "z"};
  static const char* const kCounts[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"};
  if (depth > 2 || rng.Below(3) > 0)
    return kAtoms[rng.Below(10)] + std::string(kCounts[rng.Below(10)]);
  std::string group;
  for (uint64_t i = rng.Below(3) + 1; i > 0; --i) {
    group += RandomItem(rng, depth + 1) + (i > 1 && rng.Below(2) == 0 ? " | " : " ");
  }
  return "(" + group + ")" + kCounts[rng.Below(10)];
}

TEST_CASE("random grammars accept what their tree derives") {
  Rng rng(11);
  std::vector<std::string> texts = {""};
  for (size_t i = 0; texts[i].size() < 3; ++i) {
    for (const char* c : {"a", "b"}) texts.push_back(texts[i] + c);
  }
  int accepted = 0, refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string source;
    for (const char* name : {"root", "x", "y", "z"}) {
      source += std::string(name) + " ::= " + RandomItem(rng, 0) + " " + RandomItem(rng, 0) +
                (rng.Below(2) == 0 ? "\n | " + RandomItem(rng, 0) : "") + "\n";
    }
    CAPTURE(source);
    const Result<GbnfRules> rules = ParseGbnf(source);
    REQUIRE(rules.ok());
    const Result<GrammarRef> grammar = GbnfGrammar(source);
    for (const std::string& text : texts) {
      CAPTURE(text);
      const bool derives = Naive(*rules, text).Accepts();
      REQUIRE((grammar.ok() && Accepts(*grammar, text)) == derives);
      (derives ? accepted : refused) += 1;
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}

TEST_CASE("grammars made to exhaust end with an error or work") {
  const auto repeated = [](const std::string& part, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  CHECK(ErrorOf("root ::= " + repeated("(", 60'000)) ==
        "grammar: groups nested deeper than 100 (line 1, column 110)");
  CHECK(ErrorOf("root ::= \"" + repeated("a", 2u << 20) + "\"") ==
        "the grammar has more than 1048576 bytes");
  CHECK(ErrorOf(repeated("a", 300'000)) ==
        "grammar: `::=` is expected behind a rule's name (line 1, column 300001)");
  std::string many = "root ::= \"a\"\n";
  for (int i = 0; i < 100'001; ++i) many += "r" + std::to_string(i) + "::=\n";
  CHECK(ErrorOf(many).starts_with("grammar: more than 100000 rules"));
  std::string chain = "root ::= r0\n";
  for (int i = 0; i < 5'000; ++i) {
    chain += "r" + std::to_string(i) + " ::= \"(\" r" + std::to_string(i + 1) + " \")\"\n";
  }
  const Result<GrammarRef> deep = GbnfGrammar(chain + "r5000 ::= \"x\"");
  CAPTURE(deep.status().message());
  REQUIRE(deep.ok());
  CHECK(Accepts(*deep, repeated("(", 5000) + "x" + repeated(")", 5000)));
  CHECK_FALSE(Accepts(*deep, repeated("(", 4999) + "x" + repeated(")", 4999)));
  // Doubling by rule: a text of 2^40 bytes, never written out.
  std::string doubling = "root ::= d40\nd0 ::= \"a\"\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string half = "d" + std::to_string(i - 1);
    doubling += "d" + std::to_string(i) + " ::= " + half + " " + half + "\n";
  }
  const Result<GrammarRef> doubled = GbnfGrammar(doubling);
  if (doubled.ok()) CHECK_FALSE(Accepts(*doubled, "aaaa"));
  Check("root ::= (\"a\"{0,1000000}){0,1000000} \"b\"", {"aab", "b"}, {"", "aa"});
  Check("root ::= " + repeated("root ", 300) + "| \"a\"", {"a", repeated("a", 300)}, {"", "aa"});
  // After an error the next grammar is as if nothing had been.
  Check("root ::= \"a\"", {"a"}, {"b"});
}

}  // namespace
}  // namespace lmp::constrain
