// Text as it comes, with whose it is: what is emitted, and what is generated.
#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

struct Heard {
  std::string name, function, site, text;
  bool operator==(const Heard&) const = default;
};

// Pieces of one origin that follow each other, as one.
std::function<void(const TextPiece&)> Into(std::vector<Heard>* heard) {
  return [heard](const TextPiece& piece) {
    CHECK((piece.last || !piece.text.empty()));
    const Heard one = {std::string(piece.name), std::string(piece.function),
                       std::string(piece.site), std::string(piece.text)};
    const bool same =
        !heard->empty() && heard->back().site == one.site && heard->back().function == one.function;
    if (same) {
      heard->back().text += one.text;
    } else {
      heard->push_back(one);
    }
  };
}

struct Ran {
  RunReport report;
  std::string text;
  std::vector<Heard> emitted, generated;
};

Ran RunMain(const std::string& text, const Arguments& arguments = {}) {
  const testing::TempFile file(testing::ApiModelBytes());
  const auto engine = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE(engine.ok());
  const CompileOutcome compiled = Compile("pieces.lmp", text);
  REQUIRE_MESSAGE(compiled.program != nullptr, compiled.diagnostics.size());
  Ran ran;
  auto run = (*engine)->Start(compiled.program, "main", arguments,
                              {.on_text = [&](std::string_view t) { ran.text += t; },
                               .on_piece = Into(&ran.emitted),
                               .on_generated = Into(&ran.generated)});
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  ran.report = (*run)->Wait();
  return ran;
}

}  // namespace

TEST_CASE("pieces: an emit tells whose each part of its text is") {
  const Ran ran = RunMain(R"(fn ask(q: string) -> string {
  user q
  gen reply with max: 6, min: 6
  emit "${q}: ${reply}\n"
  return reply
}
fn main() -> string {
  let a = ask("one")
  user "n"
  gen n: int(1..9)
  select best from ["x", "y"]
  emit "${a} ${n} ${best}."
  return a
})");
  REQUIRE_MESSAGE(ran.report.ok, ran.report.failure.message);
  const std::string reply = ran.report.value_text;
  REQUIRE(ran.emitted.size() == 9);
  CHECK(ran.emitted[0] == Heard{"", "ask", "", "one: "});
  CHECK(ran.emitted[1] == Heard{"reply", "ask", "main.ask#0/ask.reply#0", reply});
  CHECK(ran.emitted[2] == Heard{"", "ask", "", "\n"});
  CHECK(ran.emitted[3] == Heard{"ask", "main", "main.ask#0", reply});
  CHECK(ran.emitted[4] == Heard{"", "main", "", " "});
  CHECK(ran.emitted[5].name == "n");
  CHECK(ran.emitted[5].site == "main.n#0");
  CHECK(ran.emitted[7].name == "best");
  CHECK(ran.emitted[8] == Heard{"", "main", "", "."});
  std::string all;
  for (const Heard& heard : ran.emitted) all += heard.text;
  CHECK(all == ran.text);
}

TEST_CASE("pieces: each generation can be watched, emitted or not, of forks by their places") {
  const Ran ran = RunMain(R"(record Said { all: list<string>  n: int  pick: string }
fn main() -> Said {
  user "go"
  gen n: int(100..999)
  select pick from ["left", "right"]
  let all = fork q in ["a", "b"] {
    user q
    gen reply with max: 8, min: 8
    yield reply
  }
  return Said(all: all, n: n, pick: pick)
})");
  REQUIRE_MESSAGE(ran.report.ok, ran.report.failure.message);
  CHECK(ran.text.empty());
  CHECK(ran.emitted.empty());
  std::map<std::string, std::string> by_site;
  for (const Heard& heard : ran.generated) {
    by_site[heard.site] += heard.text;
    CHECK(heard.function == "main");
  }
  CHECK(by_site.size() == 4);
  const Argument replies = Argument::List({by_site["0/main.reply#0"], by_site["1/main.reply#0"]});
  const Argument said = Argument::Record({{"all", replies},
                                          {"n", Argument::FromJson(by_site["main.n#0"])},
                                          {"pick", by_site["main.pick#0"]}});
  CHECK(said.json() == ran.report.value_json);
}

namespace {

// What each generation of a run wrote, in the order of their ends; of one that goes on behind its
// end nothing is right.
struct Ends {
  std::map<std::string, std::string> open;
  std::vector<std::pair<std::string, std::string>> ended;
  void Hear(const TextPiece& piece) {
    std::string& text = open[std::string(piece.site)];
    text += piece.text;
    if (!piece.last) return;
    ended.emplace_back(piece.name, text);
    open.erase(std::string(piece.site));
  }
};

Ends EndsOf(const std::string& program_text, RunReport* report) {
  const testing::TempFile file(testing::ApiModelBytes());
  const auto engine = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE(engine.ok());
  const CompileOutcome compiled = Compile("ends.lmp", program_text);
  REQUIRE_MESSAGE(compiled.program != nullptr, compiled.diagnostics.size());
  Ends ends;
  auto run = (*engine)->Start(compiled.program, "main", {},
                              {.on_generated = [&](const TextPiece& p) { ends.Hear(p); }});
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  *report = (*run)->Wait();
  return ends;
}

}  // namespace

TEST_CASE("pieces: the last piece of each generation says so, in rounds and attempts too") {
  RunReport report;
  const Ends ends = EndsOf(R"(fn main() -> list<string> {
  var all: list<string> = []
  user "go"
  for i in 0..3 {
    gen word with max: 3, min: 3
    all = all + [word]
  }
  select pick from ["left", "right"]
  try with retries: 1 {
    gen once with max: 2, min: 2
    check false
  } else failed {
    gen after: int(7..7)
    all = all + ["${after}"]
  }
  return all + [pick]
})",
                           &report);
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  CHECK(ends.open.empty());
  std::vector<std::string> names;
  std::string all;
  for (const auto& [name, text] : ends.ended) {
    names.push_back(name);
    if (name != "once") all += (all.empty() ? "[" : ",") + Argument(text).json();
  }
  CHECK(names == std::vector<std::string>{"word", "word", "word", "pick", "once", "once", "after"});
  // `all` has the pick last.
  CHECK(all.size() + 1 == report.value_json.size());
}

TEST_CASE("pieces: a generation that is given up has a last piece, one of a failed run none") {
  RunReport report;
  const Ends ends = EndsOf(R"(fn main() -> string {
  user "go"
  try {
    let all = fork n in [1, 200] {
      user "${n}"
      gen reply with max: n, min: n
      check n > 1
      yield reply
    }
    return all[1]
  } else failed {
    gen after: int(7..7)
    return "${after}"
  }
})",
                           &report);
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  CHECK(report.value_text == "7");
  CHECK(ends.open.empty());
  REQUIRE(ends.ended.size() == 3);
  CHECK(ends.ended[2] == std::pair<std::string, std::string>{"after", "7"});
  const Ends failed = EndsOf(R"(fn main() -> list<string> {
  user "go"
  return fork n in [1, 200] {
    user "${n}"
    gen reply with max: n, min: n
    check n > 1
    yield reply
  }
})",
                             &report);
  CHECK(report.failure.kind == "check");
  CHECK(failed.ended.size() + failed.open.size() == 2);
}

TEST_CASE("pieces: a callback that throws fails its own run") {
  const testing::TempFile file(testing::ApiModelBytes());
  const auto engine = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE(engine.ok());
  const ProgramRef program = Compile("t.lmp",
                                     "fn main(chooses: bool) -> string {\n  user \"a\"\n"
                                     "  if chooses { select x from [\"l\", \"r\"]  return x }\n"
                                     "  gen y with max: 8, min: 8  emit y  return y\n}")
                                 .program;
  REQUIRE(program != nullptr);
  const auto throws = [](const TextPiece&) { throw std::runtime_error("host"); };
  for (const bool chooses : {false, true}) {
    auto run = (*engine)->Start(program, "main", {{"chooses", chooses}}, {.on_generated = throws});
    const RunReport& report = (*run)->Wait();
    CHECK(report.failure.kind == "internal");
    CHECK(report.failure.message == "the host's callback for generated text threw");
  }
  auto run = (*engine)->Start(program, "main", {{"chooses", false}}, {.on_piece = throws});
  CHECK((*run)->Wait().failure.message == "the host's callback for emitted text threw");
  auto fine = (*engine)->Start(program, "main", {{"chooses", true}});
  CHECK((*fine)->Wait().ok);
}

TEST_CASE("pieces: a callback that throws where a generation is given up fails its run, too") {
  const testing::TempFile file(testing::ApiModelBytes());
  const auto engine = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE(engine.ok());
  // A check that waits for the text is made by the step that a value sets off, the other one by the
  // end of the generation itself.
  for (const std::string check : {"n > 1", "len(reply) > 1000"}) {
    CAPTURE(check);
    const ProgramRef program = Compile("t.lmp", R"(fn main() -> string {
  user "go"
  try {
    let all = fork n in [1, 200] {
      user "${n}"
      gen reply with max: n, min: n
      check )" + check + R"(
      yield reply
    }
    return all[1]
  } else failed {
    return "caught"
  }
})")
                                   .program;
    REQUIRE(program != nullptr);
    const auto throws = [](const TextPiece& piece) {
      if (piece.last && piece.site.starts_with("1/")) throw std::runtime_error("host");
    };
    auto run = (*engine)->Start(program, "main", {}, {.on_generated = throws});
    const RunReport& report = (*run)->Wait();
    CHECK(report.failure.kind == "internal");
    CHECK(report.failure.message == "the host's callback for generated text threw");
    auto fine = (*engine)->Start(program, "main", {});
    CHECK((*fine)->Wait().value_text == "caught");
  }
}

}  // namespace lmp
