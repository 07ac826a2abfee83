// Grammars of types: what they admit is a value of the type, every value of the type can be
// written, and the value that is bound is the one that stands in the text.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "ir/fake_model.h"
#include "ir/parse.h"
#include "ir/verify.h"
#include "runtime/base/clock_rng.h"
#include "runtime/exec/bind/type_grammar.h"
#include "runtime/exec/bind/type_length.h"
#include "runtime/exec/value_json.h"
#include "runtime/sim/digest_model.h"
#include "tests/support/exec_harness.h"

namespace lmp::exec {
namespace {

using constrain::Matcher;

constexpr const char* kDeclarations = R"(program "types"
enum Topic { sea = "the \"sea\"" sky  snow = "снег 雪" }
record Point { x: i64(-5..5)  y: f64(0.0..1.0)? }
record Line { from: rec<Point>  to: rec<Point>  "odd \"name\"": bool }
record Empty { }
)";

struct TypeCase {
  explicit TypeCase(const std::string& text) {
    ir::ParseOutcome outcome =
        ir::Parse(std::string(kDeclarations) + "fn @f(%x: " + text + ") { }\n");
    REQUIRE_MESSAGE(outcome.program.has_value(), outcome.diagnostics[0].title);
    program = std::move(*outcome.program);
    type = program.functions[0].params[0].type;
  }

  // Empty: accepted, and read as the value whose JSON is `json` (if that is given).
  std::string Wrong(const std::string& text, const std::string& json = "",
                    const ir::HoleValues& holes = {}) const {
    Matcher matcher = Start(holes);
    if (!matcher.AcceptBytes(text) || !matcher.Accepting()) return "refused: " + text;
    const Result<ir::Value> value = GeneratedValue(program, type, text);
    if (!value.ok()) return value.status().message();
    if (!ir::ValueFits(program, value.value(), type)) return "does not fit: " + text;
    if (!ir::ValueWithin(program, value.value(), type)) return "out of bounds: " + text;
    const std::string found = ir::ToJsonText(value.value());
    return json.empty() || found == json ? "" : text + " is read as " + found;
  }
  bool Refuses(const std::string& text, const ir::HoleValues& holes = {}) const {
    Matcher matcher = Start(holes);
    return !matcher.AcceptBytes(text) || !matcher.Accepting();
  }
  Matcher Start(const ir::HoleValues& holes) const {
    Result<constrain::GrammarRef> grammar = TypeGrammar(program, type, holes);
    REQUIRE_MESSAGE(grammar.ok(), grammar.status().message());
    return Matcher(std::move(grammar).value(), Trie());
  }
  static std::shared_ptr<const constrain::TokenTrie> Trie() {
    static const auto trie =
        std::make_shared<const constrain::TokenTrie>(std::vector<std::string>{"a"});
    return trie;
  }
  std::string Error(const ir::HoleValues& holes = {}) const {
    const auto grammar = TypeGrammar(program, type, holes);
    return grammar.ok() ? "" : grammar.status().message();
  }

  ir::Program program;
  ir::TypeId type;
};

// One word of the grammar, byte by byte; what can end after `length` bytes does.
std::string RandomWord(Matcher matcher, Rng* rng, size_t length) {
  std::string word;
  while (!matcher.Final()) {
    if (matcher.Accepting() && (word.size() >= length || rng->Below(4) == 0)) break;
    // Closing quotes and brackets are tried first once the word is long.
    constexpr std::string_view kClosing = "\"]},:n0u\\";
    bool moved = false;
    for (int i = 0; i < 4000 && !moved; ++i) {
      const bool closing = word.size() >= length && i < static_cast<int>(kClosing.size());
      const char byte = closing ? kClosing[static_cast<size_t>(i)]
                                : static_cast<char>(rng->Below(rng->Below(3) == 0 ? 256 : 128));
      moved = matcher.AcceptBytes(std::string_view(&byte, 1));
      if (moved) word += byte;
    }
    REQUIRE_MESSAGE(moved, "a dead end behind " << word);
  }
  return word;
}

constexpr const char* kTypes[] = {
    "i64",
    "i64(-12..1234)",
    "i64(7..)",
    "f64",
    "f64(-0.5..0.125)",
    "f64(..3.5)",
    "bool",
    "enum<Topic>",
    "str(max=5)",
    "str(min=2,max=4)",
    R"re(str(re="[a-zé]{2}\\d+(-\\d)?"))re",
    R"re(str(min=3,max=4,re=".*"))re",
    R"(str(one_of=["yes","no","ja \"oui\""]))",
    "i64?",
    "str(max=3)?",
    "enum<Topic>?",
    "list<i64(0..9)>(1..3)",
    "list<str(max=2)>",
    "list<list<bool>(..2)>(..2)",
    "rec<Point>",
    "rec<Line>",
    "rec<Line>?",
    "rec<Empty>",
    "list<rec<Line>>(..2)",
    "union<rec<Point>,rec<Line>,rec<Empty>>",
    "list<union<rec<Empty>,rec<Point>>?>(..3)",
    R"re(list<str(re="\\w\\s[^\"]*")?>(2..2))re",
};

}  // namespace

TEST_CASE("types: what the grammar admits is read as a value within the type") {
  for (const char* text : kTypes) {
    CAPTURE(std::string(text));
    const TypeCase test{std::string(text)};
    Rng rng(7);
    for (int i = 0; i < 60; ++i) {
      const std::string word = RandomWord(test.Start({}), &rng, rng.Below(40));
      CHECK(test.Wrong(word) == "");
      CHECK(static_cast<int64_t>(word.size()) >= ShortestText(test.program, test.type));
    }
  }
}

TEST_CASE("types: masks allow exactly the tokens that are accepted") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const auto trie = std::make_shared<const constrain::TokenTrie>(*tokenizer);
  for (const char* text : kTypes) {
    CAPTURE(std::string(text));
    const TypeCase test{std::string(text)};
    const auto grammar = TypeGrammar(test.program, test.type);
    REQUIRE(grammar.ok());
    Rng rng(3);
    for (int i = 0; i < 6; ++i) {
      Matcher matcher(grammar.value(), trie);
      for (int step = 0; step < 30 && !matcher.Final(); ++step) {
        constrain::TokenMask mask;
        REQUIRE(matcher.Mask({}, &mask).ok());
        std::vector<TokenId> allowed;
        for (TokenId id = 0; id < tokenizer->vocabulary(); ++id) {
          Matcher behind = matcher;
          const bool accepted = behind.Accept(id);
          CHECK_MESSAGE(mask.Allows(id) == accepted, "token " << id << " after step " << step);
          if (accepted) allowed.push_back(id);
        }
        if (allowed.empty()) break;
        REQUIRE(matcher.Accept(allowed[rng.Below(allowed.size())]));
      }
    }
  }
}

TEST_CASE("types: every value that a fake model makes can be written, and comes back") {
  for (const char* text : kTypes) {
    CAPTURE(std::string(text));
    const TypeCase test{std::string(text)};
    // The fake model knows the shortest text of a pattern only.
    if (std::string_view(text).find("min=3,max=4,re") != std::string_view::npos) continue;
    for (uint64_t seed = 0; seed < 40; ++seed) {
      ir::FakeRequest request;
      request.program = &test.program;
      request.type = test.type;
      request.seed = seed;
      const Result<ir::Value> value = ir::HashModel().Gen(request);
      REQUIRE_MESSAGE(value.ok(), value.status().message());
      const std::string written = ir::GeneratedText(test.program.types[test.type], value.value());
      CHECK(test.Wrong(written, ir::ToJsonText(value.value())) == "");
    }
  }
}

TEST_CASE("types: numbers") {
  const TypeCase any("i64");
  for (const char* text : {"0", "-1", "9223372036854775807", "-9223372036854775808"}) {
    CHECK(any.Wrong(text, text) == "");
  }
  for (const char* text : {"-0", "01", "1.0", "9223372036854775808", "+1", "1e3", "", "-"}) {
    CHECK_MESSAGE(any.Refuses(text), text);
  }
  const TypeCase real("f64");
  CHECK(real.Wrong("0.1", "0.1") == "");
  CHECK(real.Wrong("12345678901234567", "12345678901234568.0") == "");
  CHECK(real.Wrong("1e99", "1e+99") == "");
  CHECK(real.Wrong("-2.5E-3", "-0.0025") == "");
  CHECK(real.Wrong("0.30000000000000004", "0.30000000000000004") == "");
  CHECK(real.Refuses("1e999"));
  CHECK(real.Refuses(".5"));
  CHECK(real.Refuses("nan"));
  const TypeCase share("f64(0.1..1.0)");
  CHECK(share.Wrong("0.1", "0.1") == "");
  CHECK(share.Wrong("1", "1.0") == "");
  CHECK(share.Wrong("1.0", "1.0") == "");
  for (const char* text : {"0.09", "1.01", "0.0999999", "-0.5", "2"}) CHECK(share.Refuses(text));
}

TEST_CASE("types: text, bare and in JSON") {
  const TypeCase bare("str(min=2,max=3)");
  CHECK(bare.Wrong("é\n\"", "\"é\\n\\\"\"") == "");
  CHECK(bare.Refuses("a"));
  CHECK(bare.Refuses("abcd"));
  CHECK(bare.Refuses("a\xff"));
  const TypeCase optional("str(max=3)?");
  CHECK(optional.Wrong("null", "null") == "");
  CHECK(optional.Wrong("\"\\u0001\\\\é\"", "\"\\u0001\\\\é\"") == "");
  CHECK(optional.Wrong("\"😀\"", "\"😀\"") == "");
  CHECK(optional.Refuses("\"abcd\""));
  CHECK(optional.Refuses("\"\\/\""));
  CHECK(optional.Refuses("\"a\nb\""));
  CHECK(optional.Refuses("abc"));
  const TypeCase topic("enum<Topic>");
  CHECK(topic.Wrong("the \"sea\"", R"("the \"sea\"")") == "");
  CHECK(topic.Wrong("снег 雪") == "");
  CHECK(topic.Refuses("sea"));
  const TypeCase quoted("enum<Topic>?");
  CHECK(quoted.Wrong(R"("the \"sea\"")") == "");
  CHECK(quoted.Refuses("sky"));
  const TypeCase date(R"re(str(re="\\d{4}-\\d{2}")?)re");
  CHECK(date.Wrong("\"2024-05\"") == "");
  CHECK(date.Refuses("\"2024-5\""));
}

TEST_CASE("types: records, lists and null") {
  const TypeCase line("rec<Line>");
  const std::string text =
      R"({"from": {"x": -5, "y": null}, "to": {"x": 0, "y": 0.25}, "odd \"name\"": true})";
  CHECK(line.Wrong(
            text, R"({"from":{"x":-5,"y":null},"to":{"x":0,"y":0.25},"odd \"name\"":true})") == "");
  CHECK(line.Refuses(R"({"from":{"x":-5,"y":null},"to":{"x":0,"y":0.25},"odd \"name\"":true})"));
  CHECK(line.Refuses(
      R"({"to": {"x": 0, "y": 0.25}, "from": {"x": -5, "y": null}, "odd \"name\"": true})"));
  CHECK(line.Refuses(
      R"({"from": {"x": -6, "y": null}, "to": {"x": 0, "y": 0.25}, "odd \"name\"": true})"));
  CHECK(line.Refuses(R"({"from": {"x": -5}, "to": {"x": 0, "y": 0.25}, "odd \"name\"": true})"));
  CHECK(line.Refuses(" " + text));
  const TypeCase digits("list<i64(0..9)>(1..3)");
  CHECK(digits.Wrong("[1, 2, 3]", "[1,2,3]") == "");
  CHECK(digits.Refuses("[]"));
  CHECK(digits.Refuses("[1, 2, 3, 4]"));
  CHECK(digits.Refuses("[1,2]"));
  const TypeCase many("list<bool>");
  std::string all = "[true";
  for (int i = 1; i < 32; ++i) all += ", true";
  CHECK(many.Wrong(all + "]") == "");
  CHECK(many.Refuses(all + ", true]"));
}

TEST_CASE("types: unions of records say which one they are") {
  const TypeCase any("union<rec<Point>,rec<Empty>>");
  CHECK(any.Wrong(R"({"kind": "Point", "x": 1, "y": null})",
                  R"({"kind":"Point","x":1,"y":null})") == "");
  CHECK(any.Wrong(R"({"kind": "Empty"})", R"({"kind":"Empty"})") == "");
  CHECK(any.Refuses(R"({"x": 1, "y": null})"));
  CHECK(any.Refuses(R"({"kind": "Line"})"));
  CHECK(any.Refuses(R"({"kind": "Empty", "x": 1})"));
  CHECK(any.Refuses(R"({"x": 1, "y": null, "kind": "Point"})"));
  CHECK(ShortestText(any.program, any.type) <= 18);
  // The record alone has no kind, whatever unions there are.
  CHECK(TypeCase("rec<Empty>").Refuses(R"({"kind": "Empty"})"));
}

TEST_CASE("types: holes are filled when a generation runs") {
  const ir::Value ids = ir::Value::List({ir::Value::Str("a-1"), ir::Value::Str("b \"2\"")});
  TypeCase test("bool");
  const auto typed = [&](const std::string& text) {
    // A parameter's type has no holes; a generation's has.
    ir::ParseOutcome outcome = ir::Parse(
        "program p record Claim($ids: list<str>, $n: i64) { weight: i64(0..$n)  cites: "
        "list<str(one_of=$ids)>(0..2) }\n"
        "record Answer($names: list<str>, $most: i64) { claims: "
        "list<rec<Claim>(ids=$names,n=$most)>"
        "(1..2) one: rec<Claim>(ids=$names,n=$most) }\n"
        "fn @f(%c: ctx, %k: i64, %xs: list<str>) {\n%a = ctx.open %c {role=assistant}\n"
        "%x, %b = gen %a " +
        text + ", site=\"f.x#0\"}\n}\n");
    REQUIRE_MESSAGE(outcome.program.has_value(), outcome.diagnostics[0].title);
    REQUIRE(ir::Verify(*outcome.program).empty());
    test.program = std::move(*outcome.program);
    test.type = test.program.functions[0].ops[1].attributes.type;
  };
  typed("$k=%k {type=i64(1..$k)");
  CHECK(test.Wrong("3", "3", {{"k", ir::Value::Int(3)}}) == "");
  CHECK(test.Refuses("4", {{"k", ir::Value::Int(3)}}));
  CHECK(test.Error({{"k", ir::Value::Int(0)}}) == "no integer lies within int(1..0)");
  typed("$xs=%xs {type=str(one_of=$xs)");
  CHECK(test.Wrong("b \"2\"", "", {{"xs", ids}}) == "");
  CHECK(test.Refuses("b", {{"xs", ids}}));
  CHECK(test.Error({{"xs", ir::Value::List({})}}) ==
        "there is nothing to choose from: a list of texts is empty");
  typed("$k=%k {type=str(max=$k)");
  CHECK(test.Wrong("äbc", "", {{"k", ir::Value::Int(3)}}) == "");
  CHECK(test.Refuses("abcd", {{"k", ir::Value::Int(3)}}));
  CHECK(!MustComplete(test.program.types[test.type]));
  CHECK(test.Error({{"k", ir::Value::Int(-1)}}) == "no text has -1 characters");
  typed("$k=%k {type=str(min=$k,max=4)");
  CHECK(test.Wrong("abc", "", {{"k", ir::Value::Int(3)}}) == "");
  CHECK(test.Refuses("ab", {{"k", ir::Value::Int(3)}}));
  CHECK(MustComplete(test.program.types[test.type]));
  CHECK(test.Error({{"k", ir::Value::Int(5)}}) == "no text is a string(min: 5, max: 4)");
  CHECK(test.Error({{"k", ir::Value::Int(2'000'000)}}).starts_with("at least 2000000 characters"));
  typed("$k=%k {type=list<bool>($k..9)");
  CHECK(test.Error({{"k", ir::Value::Int(-1)}}) == "no list has -1 to 9 items");
  CHECK(test.Error({{"k", ir::Value::Int(30'000'000)}}).starts_with("no list has 30000000 to 9"));
  typed("$k=%k {type=list<bool>($k..)");
  CHECK(test.Error({{"k", ir::Value::Int(30'000'000)}}).starts_with("at least 30000000 items"));
  typed("$k=%k $xs=%xs {type=rec<Answer>(names=$xs,most=$k)");
  const ir::HoleValues both = {{"k", ir::Value::Int(3)}, {"xs", ids}};
  CHECK(
      test.Wrong(
          R"({"claims": [{"weight": 3, "cites": ["a-1", "b \"2\""]}], "one": {"weight": 0, "cites": []}})",
          "", both) == "");
  CHECK(test.Refuses(
      R"({"claims": [{"weight": 4, "cites": []}], "one": {"weight": 0, "cites": []}})", both));
  CHECK(test.Refuses(
      R"({"claims": [{"weight": 1, "cites": ["c"]}], "one": {"weight": 0, "cites": []}})", both));
  const ir::HoleValues none = {{"k", ir::Value::Int(3)}, {"xs", ir::Value::List({})}};
  CHECK(test.Wrong(R"({"claims": [{"weight": 3, "cites": []}], "one": {"weight": 0, "cites": []}})",
                   "", none) == "");
  HoleGrammars grammars;
  const auto first = grammars.Get(test.program, test.type, both);
  CHECK(grammars.Get(test.program, test.type, both).value() == first.value());
  CHECK(grammars.Get(test.program, test.type, none).value() != first.value());
}

TEST_CASE("types: what nothing can be written for is refused, with its place") {
  CHECK(TypeCase("i64(5..3)").Error() == "no integer lies within int(5..3)");
  CHECK(TypeCase("f64(1e-30..2e-30)").Error().starts_with("no number of at most 20 digits"));
  CHECK(TypeCase("str(min=3,max=2)").Error().starts_with("no text is a string("));
  CHECK(TypeCase(R"re(str(max=2,re="[a-z]{3}"))re").Error().starts_with("no text is a string(re"));
  CHECK(TypeCase(R"re(str(re="a\\bb"))re").Error() != "");
  CHECK(TypeCase("list<bool>(3..2)").Error() == "no list has 3 to 2 items");
  CHECK(TypeCase("list<i64(2..1)>").Error() == "no integer lies within int(2..1)");
}

TEST_CASE("types: text of a grammar is what that grammar derives") {
  const TypeCase day(R"re(str(gbnf="root ::= [0-9]{2} \"-\" [a-z]+"))re");
  CHECK(day.Wrong("07-may") == "");
  CHECK(day.Refuses("7-may"));
  CHECK(day.Refuses("07-"));
  CHECK(MustComplete(day.program.types[day.type]));
  const TypeCase mail(
      R"re(str(schema="{\"properties\": {\"to\": {\"type\": \"string\"}}, \"required\": [\"to\"], \"type\": \"object\", \"additionalProperties\": false}"))re");
  CHECK(mail.Wrong(R"({"to": "Ann"})") == "");
  CHECK(mail.Refuses("{}"));
  CHECK(mail.Refuses(R"({"to": 1})"));
  CHECK(FindingsOf(mail.program.types[mail.type]).refused.empty());

  CHECK(TypeCase(R"re(str(gbnf="root ::= x"))re").Error() ==
        "grammar: rule `x` is not defined (line 1, column 10)");
  CHECK(TypeCase(R"re(str(gbnf="root ::= <[2]>"))re").Error() ==
        "grammar: special tokens (<[2]>) cannot be written here");
  // What can never begin within the limits is said before a run.
  const TypeCase never(
      R"re(str(schema="{\"type\": \"integer\", \"allOf\": [{\"multipleOf\": 99991}, {\"multipleOf\": 99989}, {\"multipleOf\": 99971}]}"))re");
  CHECK(never.Error().find("limit") != std::string::npos);
  // Not silently any text where it cannot be written.
  CHECK(TypeCase(R"re(list<str(schema="{}")>)re").Error() ==
        "text of a grammar stands alone, never inside JSON");
  const std::string loose = R"re("{\"format\": \"phone\", \"type\": \"string\"}"))re";
  const TypeCase strict("str(schema=" + loose);
  CHECK(strict.Error() != "");
  CHECK(FindingsOf(strict.program.types[strict.type]).refused.size() == 1);
  const TypeCase lenient("str(lenient_schema=" + loose);
  CHECK(lenient.Wrong("\"0123\"") == "");
  CHECK(FindingsOf(lenient.program.types[lenient.type]).left_out.size() == 1);
  // The text form of the type is read again as the same type.
  for (const TypeCase* one : {&day, &mail, &lenient}) {
    const std::string text = one->program.types.ToText(one->type);
    const TypeCase again(text);
    CHECK(again.program.types[again.type] == one->program.types[one->type]);
  }
}

TEST_CASE("types: a record that stands in many places is written once") {
  // Without sharing the last would hold 2^40 fields.
  std::string text = "program p record R0 { a: str }\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string inner = "rec<R" + std::to_string(i - 1) + ">";
    text += "record R" + std::to_string(i) + " { a: " + inner + "? b: " + inner + "? }\n";
  }
  const ir::ParseOutcome outcome = ir::Parse(text + "fn @f(%x: rec<R40>) { }\n");
  REQUIRE(outcome.program.has_value());
  const auto grammar = TypeGrammar(*outcome.program, outcome.program->functions[0].params[0].type);
  REQUIRE_MESSAGE(grammar.ok(), grammar.status().message());
  Matcher matcher(grammar.value(), TypeCase::Trie());
  CHECK(matcher.AcceptBytes(R"({"a": {"a": null, "b": null}, "b": null})"));
  CHECK(matcher.Final());
}

// A record whose keys are most of its text, and a list of records chosen from a run-time list.
constexpr const char* kRecords = R"(program "records"
enum Kind { invoice reminder "delivery note" }
record Paper { kind_of_document: enum<Kind> number_of_pages: i64(1..3) is_it_signed: bool }
fn @main(%names: list<str>, %n: i64) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %q: str = const "papers"
  %c.2 = ctx.text %c.1, %q
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %max: i64 = const 400
  %p, %c.5 = gen %c.4 max=%max {type=rec<Paper>, site="main.p#0"}
  %c.6 = ctx.close %c.5 {role=assistant}
  %c.7 = ctx.open %c.6 {role=assistant}
  %w, %c.8 = gen %c.7 $n=%n $names=%names max=%max {type=list<str(one_of=$names)>(2..$n), site="main.w#0"}
  %a: str = call.pure @json %p
  %b: str = call.pure @json %w
  %t = str.cat %a, %b
  return %t
}
)";

TEST_CASE("types: forced tokens cost no step of the engine, and a run binds what it filled") {
  Loop loop(testing::MakeDigestEngine({}));
  const auto plan = testing::BindText(kRecords);
  const ir::Value names = ir::Value::List({ir::Value::Str("Ann"), ir::Value::Str("Bob \"B\"")});
  const testing::RunOutcome out = testing::RunOn(loop, plan, {names, ir::Value::Int(3)});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  const std::string& text = out.result.value.as_str();
  CHECK(text.starts_with("{\"kind_of_document\":"));
  const bool ann = text.find("[\"Ann\"") != std::string::npos;
  const bool bob = text.find("[\"Bob \\\"B\\\"\"") != std::string::npos;
  CHECK((ann || bob));
  REQUIRE(out.result.calls.size() == 2);
  const engine::SequenceUsage& paper = out.result.calls[0].usage;
  // The keys alone have more tokens than what is chosen.
  CHECK(paper.forced_tokens > paper.generated_tokens / 2);
  // Each step draws one token; what is forced behind it is computed with the next one.
  const auto drawn =
      static_cast<uint64_t>(out.result.stats.generated_tokens - out.result.stats.forced_tokens);
  CHECK(loop.Stats().value().steps <= drawn + 1);
  CHECK(out.result.stats.forced_tokens > 20);

  // Nothing fits into int(2..1); the failure says so and the loop goes on.
  const testing::RunOutcome none = testing::RunOn(loop, plan, {names, ir::Value::Int(1)});
  CHECK_FALSE(none.result.ok);
  CHECK(none.result.failure.kind == "value");
  CHECK(none.result.failure.message == "no list has 2 to 1 items");
  CHECK(testing::RunOn(loop, plan, {names, ir::Value::Int(2)}).result.ok);
}

TEST_CASE("types: a run writes JSON of a schema, whose value is a plain text") {
  constexpr const char* kSchema = R"(program "schema"
fn @main() -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %max: i64 = const 200
  %a, %c.2 = gen %c.1 max=%max {type=str(schema="{\"items\": {\"enum\": [\"left\", \"right\"]}, \"minItems\": 3, \"maxItems\": 5, \"type\": \"array\"}"), site="main.a#0"}
  return %a
}
)";
  const testing::RunOutcome out = testing::RunText(kSchema, {});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  const std::string& text = out.result.value.as_str();
  CHECK(text.starts_with("[\""));
  CHECK(text.ends_with("\"]"));
  const auto commas = std::count(text.begin(), text.end(), ',');
  CHECK(commas >= 2);
  CHECK(commas <= 4);
  CHECK(out.result.calls[0].usage.forced_tokens > 0);
}

TEST_CASE("types: masks made by the worker are those made at the draw") {
  const std::vector<ir::Value> arguments = {
      ir::Value::List({ir::Value::Str("Ann"), ir::Value::Str("Bob")}), ir::Value::Int(3)};
  const testing::RunOutcome ahead = testing::RunText(kRecords, arguments, {.mask_worker = true});
  const testing::RunOutcome late = testing::RunText(kRecords, arguments, {.mask_worker = false});
  REQUIRE_MESSAGE(ahead.result.ok, ahead.result.failure.message);
  CHECK(ahead.Essence() == late.Essence());
}

TEST_CASE("types: a value that is not complete by then is a failure, never a cut value") {
  std::string text = kRecords;
  text.replace(text.find("const 400"), 9, "const 12");
  const testing::RunOutcome out =
      testing::RunText(text, {ir::Value::List({ir::Value::Str("a")}), ir::Value::Int(2)});
  CHECK_FALSE(out.result.ok);
  CHECK(out.result.failure.kind == "limit");
}

}  // namespace lmp::exec
