#include <doctest/doctest.h>

#include <string>

#include "ir/builder.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

// Every op, attribute, type and kind of constant.
const char kEverything[] = R"(program "all"

enum Topic {
  billing
  other = "any \"other\"" "not billing"
  "odd name" = "odd name"
}
record Mail {
  id: str(max=20)
  size: i64(1..) = 3 "in bytes"
  topic: enum<Topic> = Topic.billing
  notes: list<str>(0..4)
  reply: str?
}
record Empty {
}
config seed = 7
config temp = 0.5
config odd = [null, true, -9223372036854775808, 1e+300, Topic."odd name", Mail{id: "x", size: 1, topic: Topic.other, notes: [], reply: null}]

fn @leaf(%c: ctx, %n: i64(1..20) = 6) -> str {
  %c.1 = ctx.open %c {role=user}
  %s: str = const "a\n\u{1}\"é\\"
  %n.1 = str.fmt %n
  %t = str.cat %s, %n.1
  %c.2 = ctx.text %c.1, %t
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %max: i64 = const 20
  %temp: f64 = const 0.7
  %0: list<str> = const ["a", "b"]
  %reply, %c.5 = gen %c.4 max=%max temp=%temp {type=str(max=80), site="leaf.reply#0"}
  %pick, %1, %c.6 = select %c.5, %0 {site="leaf.pick#0", method="likelihood"}
  ctx.drop %c.6
  return %reply
}

fn @main(%e: eff, %mails: list<rec<Mail>>) -> list<str>, eff {
  %c = ctx.empty
  %c.1 = ctx.warm %c {pin=true, ttl=8}
  %zero: i64 = const 0
  %u: f64(0.0..1.0) = undef
  %out: list<str> = fork %mails max_parallel=%zero {on_error="skip", filtered=true} (%m: rec<Mail>, %i: i64) {
    %id: str = field @id %m
    %keep: bool = const true
    %r: str = call @leaf %c.1, %i {site="main.leaf#0"}
    yield %keep, %r
  }
  %n: i64, %e.1: eff = for %mails, %zero, %e (%m.1: rec<Mail>, %n.1: i64, %e.2: eff) {
    %size: i64 = field @size %m.1
    %n.2: i64 = call.pure @add %n.1, %size
    %big: bool = call.pure @gt %n.2, %zero
    %e.3: eff = if %big {
      %e.4 = emit %e.2, %n.2
      yield %e.4
    } else {
      yield %e.2
    }
    yield %n.2, %e.3
  }
  %last: i64 = while %n limit=%zero (%round: i64, %n.3: i64) {
    %go: bool = const false
    yield %go, %n.3
  }
  %l: list<i64> = list.make %last, %n
  %odd: str = const "x"
  %topic: enum<Topic> = const Topic.other
  %no: list<str> = const []
  %rec = record.make @Mail %odd, %n, %topic, %no, %odd
  %one: union<rec<Mail>,rec<Empty>> = union.make %rec
  %is = union.is @Empty %one
  %mail = union.get @Mail %one
  %other: union<rec<Mail>,rec<Empty>> = const union Empty{}
  return %out, %e.1
}

fn @nothing() {
}
)";

std::string RoundTrip(std::string_view text) {
  const ParseOutcome outcome = Parse(text);
  if (outcome.program) return Print(*outcome.program);
  const Diagnostic& d = outcome.diagnostics.front();
  return std::to_string(d.span.begin) + ": " + d.title;
}

}  // namespace

TEST_CASE("text form: canonical text comes back byte for byte and verifies") {
  CHECK(RoundTrip(kEverything) == kEverything);
  for (const Diagnostic& d : Verify(*Parse(kEverything).program)) FAIL_CHECK(d.title);
}

TEST_CASE("text form: any layout reads, one layout is written") {
  const char* loose =
      "// comment\nprogram \"p\" fn @f(%b.7:i64,%b: i64 ) -> i64 { %12: i64 = const 1 // c\n"
      "%b.9:i64=call.pure @add %b.7,%12 return %b.9 }";
  const std::string canonical = RoundTrip(loose);
  CHECK(canonical ==
        "program \"p\"\n\nfn @f(%b: i64, %b.1: i64) -> i64 {\n  %0: i64 = const 1\n"
        "  %b.2: i64 = call.pure @add %b, %0\n  return %b.2\n}\n");
  CHECK(RoundTrip(canonical) == canonical);
}

TEST_CASE("text form: what the builder makes prints, reads and verifies") {
  Program program;
  program.name = "built";
  TypeTable& t = program.types;
  Builder b(&program, "main", {{"xs", t.ListOf(t.str()), false, {}}}, t.ListOf(t.str()), false);
  const ValueId xs = b.body_params()[0];
  const ValueId c = b.CtxEmpty();
  const std::vector<ValueId> child = b.BeginFork(xs, {}, false, "fail");
  ValueId k = b.CtxText(b.CtxOpen(c, Role::kUser), child[0]);
  k = b.CtxOpen(b.CtxClose(k, Role::kUser), Role::kAssistant);
  const Builder::GenResult gen = b.Gen(k, t.str(), {{"max", b.ConstInt(5)}}, "main.x#0");
  b.NameValue(gen.value, "x");
  const std::vector<ValueId> result = b.End({gen.value});
  program.functions.push_back(b.Finish(result));
  CHECK(Verify(program).empty());
  const std::string text = Print(program);
  CHECK(RoundTrip(text) == text);
  CHECK(text.find("%x, %") != std::string::npos);
}

TEST_CASE("text form: mistakes are located") {
  const std::string head = "program \"p\"\n";
  const auto at = [&](const std::string& text) { return RoundTrip(head + text); };
  CHECK(at("fn @f() { %x = foo }") == "27: expected an operation");
  CHECK(at("fn @f() { %x = const 1 }") == "22: `%x` needs a type");
  CHECK(at("fn @f() { %x = str.fmt %y }") == "35: `%y` is not defined above");
  CHECK(at("fn @f(%x: i64) { %x: i64 = const 1 }") == "29: `%x` is defined twice");
  CHECK(at("fn @f(%x: i65) {}") == "22: `i65` is not a type");
  CHECK(at("fn @f(%x: i64(1..99999999999999999999)) {}") == "29: an integer beyond 64 bits");
  CHECK(at("fn @f() { %x: f64 = const 1e999 }") == "38: a number beyond the range of a float");
  CHECK(at("fn @f() { %x: str = const \"a }") == "38: a string without closing quote");
  CHECK(at("fn @f() { %x: str = const \"\\q\" }") == "38: an escape that does not exist");
  CHECK(at("fn @f() { %x: enum<E> = const E.a }") == "42: there is no enum `E`");
  CHECK(at("fn @f() { %x = ctx.empty {colour=3} }") == "38: there is no attribute `colour`");
  CHECK(at("fn @f() -> eff {}") == "27: `eff` results need an `eff` parameter");
  CHECK(at("fn @f(%e: eff) -> i64 {}") == "34: expected `, eff` in a function that takes one");
  CHECK(at("fn @f() {") == "21: expected an operation");
  CHECK(RoundTrip("fn @f() {}") == "0: expected `program \"name\"`");
  CHECK(RoundTrip("program \"\xff\"") == "0: the text is not UTF-8");
}

TEST_CASE("text form: depth and size are bounded") {
  const auto repeat = [](std::string_view part, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  for (const size_t depth : {kNestingMax + 1, size_t{100000}}) {
    CHECK(
        RoundTrip("program p fn @f(%x: " + repeat("list<", depth)).find("nested deeper than 200") !=
        std::string::npos);
    CHECK(RoundTrip("program p config x = " + repeat("[", depth)).find("nested deeper than 200") !=
          std::string::npos);
    CHECK(RoundTrip("program p config x = " + repeat("R{a: ", depth))
              .find("nested deeper than 200") != std::string::npos);
    CHECK(RoundTrip("program p fn @f(%b: bool) {" + repeat("if %b {", depth))
              .find("nested deeper than 200") != std::string::npos);
  }
  CHECK(RoundTrip(std::string(kProgramBytesMax + 1, ' ')).find("more than 4194304 bytes") !=
        std::string::npos);
  const std::string fits = "program \"p\"\n\nfn @f(%x: " + repeat("list<", kNestingMax - 1) +
                           "i64" + repeat(">", kNestingMax - 1) + ") {\n}\n";
  CHECK(RoundTrip(fits) == fits);
}

}  // namespace lmp::ir
