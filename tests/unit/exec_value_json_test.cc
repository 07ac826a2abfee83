// Arguments from JSON: each mistake says where it is, what was found and what was expected.
#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "ir/builder.h"
#include "runtime/exec/value_json.h"

namespace lmp::exec {
namespace {

// fn main(topic: Topic, n: i64(0..4), notes: list<Note>(1..2), ratio: f64?, name: str(..3) = "abc")
struct Fixture {
  Fixture() {
    ir::TypeTable& types = program.types;
    program.enums.push_back({"Topic", {{"sea", "the sea", ""}, {"sky", "sky", ""}}});
    ir::Type small;
    small.kind = ir::TypeKind::kI64;
    small.low = 0;
    small.high = 4;
    const ir::TypeId count = types.Intern(small);
    program.records.push_back({"Note",
                               {{"text", types.str(), false, {}, ""},
                                {"topics", types.ListOf(types.EnumOf("Topic")), false, {}, ""},
                                {"weight", count, true, ir::Value::Int(3), ""}}});
    ir::Type notes;
    notes.kind = ir::TypeKind::kList;
    notes.element = types.RecordOf("Note");
    notes.low = 1;
    notes.high = 2;
    ir::Type name;
    name.kind = ir::TypeKind::kStr;
    name.high = 3;
    function.name = "main";
    function.params = {{"topic", types.EnumOf("Topic"), false, {}},
                       {"n", count, false, {}},
                       {"notes", types.Intern(notes), false, {}},
                       {"ratio", types.OptionalOf(types.f64()), true, ir::Value::Null()},
                       {"name", types.Intern(name), true, ir::Value::Str("abc")}};
  }

  std::string Error(std::string_view json) {
    const auto values = ArgumentsFromJson(program, function, json);
    if (values.ok()) return "none";
    CHECK(values.status().code() == StatusCode::kInvalidArgument);
    return values.status().message();
  }
  // `note` stands in an otherwise right object.
  std::string NoteError(const std::string& note) {
    return Error(R"({"topic": "sky", "n": 1, "notes": [{"text": "a", "topics": []}, )" + note +
                 "]}");
  }
  void Says(const std::string& error, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) {
      CAPTURE(std::string(part));
      CHECK_MESSAGE(error.find(part) != std::string::npos, error);
    }
  }

  ir::Program program;
  ir::Graph function;
};

TEST_CASE_FIXTURE(Fixture, "right arguments, in the order of the parameters, with defaults") {
  const auto values = ArgumentsFromJson(
      program, function,
      R"({"notes": [{"topics": ["sky", "the sea"], "text": "t"}], "n": 4, "topic": "the sea"})");
  REQUIRE_MESSAGE(values.ok(), values.status().message());
  REQUIRE(values->size() == 5);
  CHECK((*values)[0] == ir::Value::Enum("Topic", "sea", "the sea"));
  CHECK((*values)[1] == ir::Value::Int(4));
  CHECK(ir::ToJsonText((*values)[2]).find("\"weight\":3") != std::string::npos);
  CHECK((*values)[3] == ir::Value::Null());
  CHECK((*values)[4] == ir::Value::Str("abc"));
  const auto given = ArgumentsFromJson(
      program, function,
      R"({"topic":"sky","n":0,"notes":[{"text":"","topics":[]}],"ratio":2,"name":"äöü"})");
  REQUIRE_MESSAGE(given.ok(), given.status().message());
  CHECK((*given)[3] == ir::Value::Float(2.0));
  CHECK((*given)[4] == ir::Value::Str("äöü"));
}

TEST_CASE_FIXTURE(Fixture, "names: missing, unknown, not an object") {
  Says(Error(""), {"`topic`", "missing", "main("});
  Says(Error(R"({"topic": "sky", "n": 1})"), {"`notes`", "missing"});
  Says(Error(R"({"topic":"sky","n":1,"notes":[{"text":"","topics":[]}],"extra":1})"),
       {"no parameter `extra`", "main(topic: Topic, n: int(0..4), notes: list<Note>(1..2)"});
  Says(Error("[1]"), {"expected an object", "found a list"});
  CHECK(Error("{\"topic\": ") != "none");
  CHECK(Error("nonsense") != "none");
  Says(Error(R"({"topic": "sky", "topic": "the sea"})"), {"key \"topic\" twice"});
  Says(NoteError(R"({"text": "a", "topics": [], "text": "b"})"), {"notes[1]: key \"text\" twice"});
}

TEST_CASE_FIXTURE(Fixture, "wrong types, found and expected, at their place") {
  const auto n = [&](const std::string& value) {
    return Error(R"({"topic": "sky", "n": )" + value + R"(, "notes": []})");
  };
  Says(n("\"1\""), {"`n`:", "an integer", "a string"});
  Says(n("1.5"), {"`n`:", "an integer", "1.5"});
  Says(n("null"), {"`n`:", "an integer", "null"});
  Says(n("5"), {"`n`:", "expected int(0..4)", "5"});
  Says(n("-1"), {"`n`:", "(0..4)", "-1"});
  Says(n("9223372036854775808"), {"`n`:", "an integer of 64 bits", "9223372036854775808"});
  Says(n("99999999999999999999"), {"`n`:", "an integer of 64 bits", "1e+20"});
  Says(Error(R"({"topic": "land"})"), {"`topic`:", "\"the sea\"", "\"sky\"", "\"land\""});
  Says(Error(R"({"topic": 7})"), {"`topic`:", "one of", "the integer 7"});
  Says(Error(R"({"topic":"sky","n":1,"notes":[{"text":"","topics":[]}],"ratio":"x"})"),
       {"`ratio`:", "a number", "a string"});
  Says(Error(R"({"topic":"sky","n":1,"notes":[{"text":"","topics":[]}],"name":"abcd"})"),
       {"`name`:", "at most 3 characters"});
}

TEST_CASE_FIXTURE(Fixture, "sizes of lists, and mistakes deep inside") {
  const auto notes = [&](const std::string& list) {
    return Error(R"({"topic":"sky","n":1,"notes":)" + list + "}");
  };
  Says(notes("[]"), {"`notes`:", "1 to 2 items", "found 0"});
  Says(notes(R"([{"text":"","topics":[]},{"text":"","topics":[]},{"text":"","topics":[]}])"),
       {"1 to 2 items", "found 3"});
  Says(notes("{}"), {"`notes`:", "a list", "an object"});
  Says(NoteError("3"), {"`notes[1]`:", "fields of Note", "the integer 3"});
  Says(NoteError(R"({"topics": []})"), {"`notes[1]`:", "`text` is missing"});
  Says(NoteError(R"({"text": "a", "topics": [], "x": 1})"),
       {"`notes[1]`:", "Note has no field `x`"});
  Says(NoteError(R"({"text": "a", "topics": ["sky", "moon"]})"),
       {"`notes[1].topics[1]`:", "\"moon\""});
  Says(NoteError(R"({"text": "a", "topics": [], "weight": 9})"), {"`notes[1].weight`:", "(0..4)"});
  Says(NoteError(R"({"text": null, "topics": []})"), {"`notes[1].text`:", "a string", "null"});
}

TEST_CASE_FIXTURE(Fixture, "an argument from a word") {
  const auto word = [&](size_t param, std::string_view text) {
    return ArgumentFromWord(program, function.params[param], text);
  };
  CHECK(word(0, "the sea").value() == "\"the sea\"");
  CHECK(word(4, "\"q\"").value() == R"("\"q\"")");
  CHECK(word(1, "3").value() == "3");
  CHECK(word(2, "[]").value() == "[]");
  CHECK(word(3, "null").value() == "null");
  Says(word(1, "three").status().message(), {"`n`", "expected int(0..4)", "\"three\""});
  Says(word(2, "[1,").status().message(),
       {"`notes`", "list<Note>", "as JSON", "byte 3", "too early"});
  Says(word(3, "NaN").status().message(), {"`ratio`", "expected float?", "\"NaN\""});
  Says(word(4, "\xff").status().message(), {"`name`", "UTF-8"});
}

}  // namespace
}  // namespace lmp::exec
