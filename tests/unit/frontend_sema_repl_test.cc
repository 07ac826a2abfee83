// The REPL session: pieces over one context. The evaluator takes no contexts from outside, so the
// functions of all pieces are put into one program that calls them as the REPL would.
#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "ir/evaluate.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace lmp::frontend {
namespace {

std::string Codes(const std::vector<Diagnostic>& diagnostics) {
  std::string codes;
  for (const Diagnostic& d : diagnostics) codes += d.code + " ";
  return codes;
}

// Enters pieces one after another; keeps what would be run.
class Repl {
 public:
  ReplPiece Enter(const std::string& text) {
    ReplPiece piece = session.Compile(text);
    INFO(text);
    INFO(Codes(piece.diagnostics));
    if (piece.program != nullptr) {
      CHECK(ir::VerifyStatus(*piece.program).ok());
      if (!piece.function.empty()) pieces.push_back(piece);
      session = piece.next;
    }
    return piece;
  }

  // One program that calls all pieces in a row: the fields of one are the arguments of the next.
  ir::Evaluation Run() {
    std::map<std::string, std::string> declarations, functions;  // by their first line
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
      for (const std::string& block : Blocks(ir::Print(*piece->program))) {
        bool function = block.starts_with("fn ");
        (function ? functions : declarations).emplace(block.substr(0, block.find('(')), block);
      }
    }
    std::string text = "program \"all\"\n";
    for (const auto& [head, block] : declarations)
      text += block.starts_with("program") ? "" : block;
    for (const auto& [head, block] : functions) text += head.starts_with("fn @repl") ? "" : block;
    for (const ReplPiece& piece : pieces) text += functions.at("fn @" + piece.function);
    text += Caller();
    ir::ParseOutcome parsed = ir::Parse(text);
    CAPTURE(text);
    REQUIRE(!HasErrors(parsed.diagnostics));
    REQUIRE(ir::VerifyStatus(*parsed.program).message() == "");
    ir::HashModel model;
    return ir::Evaluate(*parsed.program, "all", {}, &model);
  }

  ReplSession session;
  std::vector<ReplPiece> pieces;

 private:
  static std::vector<std::string> Blocks(const std::string& text) {
    std::vector<std::string> blocks;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      if (line[0] != ' ' && line[0] != '}') blocks.emplace_back();
      blocks.back() += line + "\n";
    }
    return blocks;
  }

  std::string Caller() const {
    std::string body, effect = "%e";
    std::string result;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const ir::Program& program = *pieces[i].program;
      const ir::Graph& graph = *program.Find(pieces[i].function);
      std::string number = std::to_string(i);
      std::string operands;
      for (size_t k = 0; k < pieces[i].argument_count; ++k) {
        std::string argument = "%a" + number + "_" + std::to_string(k);
        body += "  " + argument + ": " + program.types.ToText(graph.params[k].type) +
                " = field @v" + std::to_string(k) + " %r" + std::to_string(i - 1) + "\n";
        operands += (operands.empty() && !graph.effectful ? " " : ", ") + argument;
      }
      body += "  %r" + number + ": " + program.types.ToText(graph.result);
      if (graph.effectful) body += ", %e" + number + ": eff";
      body += " = call @" + graph.name + (graph.effectful ? " " + effect : "") + operands;
      body += " {site=\"all." + graph.name + "#0\"}\n";
      if (graph.effectful) effect = "%e" + number;
      const auto& fields = program.FindRecord(graph.name + "_result")->fields;
      result = program.types.ToText(fields.back().type);
      if (i + 1 == pieces.size())
        body += "  %v: " + result + " = field @" + fields.back().name + " %r" + number + "\n";
    }
    return "fn @all(%e: eff) -> " + result + ", eff {\n" + body + "  return %v, " + effect +
           "\n}\n";
  }
};

std::string Names(const ReplSession& session) {
  std::string names;
  for (const auto& v : session.variables())
    names += v.name + ":" + v.type + (v.is_var ? "*" : "") + " ";
  return names;
}

TEST_CASE("an expression has a value") {
  Repl repl;
  ReplPiece piece = repl.Enter("1 + 2");
  CHECK(piece.has_value);
  CHECK(piece.argument_count == 0);
  CHECK(repl.Run().value == ir::Value::Int(3));
}

TEST_CASE("names and the context live from piece to piece") {
  Repl repl;
  repl.Enter("let a = 1");
  repl.Enter("var b = a + 1");
  repl.Enter("user \"first ${b}\"");
  repl.Enter("b = b + 40");
  repl.Enter("gen reply with max: 5");
  CHECK(Names(repl.session) == "a:int b:int* reply:string ");
  ReplPiece piece = repl.Enter("\"${a} ${b}\"");
  CHECK(piece.argument_count == 4);
  ir::Evaluation run = repl.Run();
  REQUIRE(run.status.ok());
  CHECK(run.value == ir::Value::Str("1 42"));
  REQUIRE(run.generations.size() == 1);
  CHECK(run.generations[0].prompt == "<|user|>first 2<|end|>\n<|assistant|>");
}

TEST_CASE("declarations stay and may be replaced") {
  Repl repl;
  CHECK(repl.Enter("fn twice(x: int) -> int { return x * 2 }").function.empty());
  CHECK(repl.session.declared() == std::vector<std::string>{"twice"});
  repl.Enter("let a = twice(3)");
  repl.Enter("fn twice(x: int) -> int { return x * 20 }");
  repl.Enter("twice(3) + a");
  // The chain runs with the last `twice` only, so both calls are of it.
  CHECK(repl.Run().value == ir::Value::Int(120));
}

TEST_CASE("a name may be bound again, also with another type") {
  Repl repl;
  repl.Enter("let a = 1");
  repl.Enter("let a = \"x${a}\"");
  CHECK(Names(repl.session) == "a:string ");
  repl.Enter("a");
  CHECK(repl.Run().value == ir::Value::Str("x1"));
}

TEST_CASE("a selected name keeps its probabilities") {
  Repl repl;
  repl.Enter("user \"choose\"  select pick from [\"a\", \"b\"]");
  CHECK(Names(repl.session) == "pick:string ");
  repl.Enter("let unrelated = 2");
  ReplPiece piece = repl.Enter("confidence(pick) > 0.0");
  CHECK(piece.argument_count == 4);
  CHECK(repl.Run().value == ir::Value::Bool(true));
}

TEST_CASE("emits, forks, loops, records and contexts in pieces") {
  Repl repl;
  repl.Enter("record P { x: int }\nfn show(p: P) { emit p.x }");
  repl.Enter("var talk = context { system \"s\" }  var n = 0");
  repl.Enter("for i in 0..3 { n = n + i  show(P(x: n))  if i == 1 { break } }");
  repl.Enter("on talk { user \"u\"  gen a with max: 3 }");
  repl.Enter("let xs = fork i in 0..2 with temp: 0.5 { user \"q${i}\"  gen y: int  yield y }");
  repl.Enter("[n, len(xs)]");
  ir::Evaluation run = repl.Run();
  REQUIRE(run.status.ok());
  CHECK(run.emits == std::vector<std::string>{"0", "1"});
  CHECK(run.value == ir::Value::List({ir::Value::Int(1), ir::Value::Int(2)}));
}

// What completes the text, as "word word", and where its word begins.
std::string Completed(const ReplSession& session, const std::string& text) {
  const ReplSession::Completion found = session.Complete(text);
  std::string out = std::to_string(found.begin) + ":";
  for (const std::string& word : found.words) out += " " + word;
  return out;
}

TEST_CASE("files and modules of std are imported") {
  std::map<std::string, std::string> files = {
      {"lib/a.lmp", "import \"b.lmp\" as b\nfn twice(x: int) -> int { return b.add(x, x) }\n"},
      {"lib/b.lmp", "fn add(x: int, y: int) -> int { return x + y }\n"},
      {"wrong.lmp", "fn f( {\n"},
      {"itself.lmp", "import \"itself.lmp\" as me\n"}};
  const auto read = [&](const std::string& path) -> Result<std::string> {
    if (!files.contains(path)) return NotFound("there is no file " + path);
    return files[path];
  };
  ReplSession session;
  const auto enter = [&](const std::string& text) {
    ReplPiece piece = session.Compile(text, {.read = read});
    if (piece.program != nullptr) {
      CHECK(ir::VerifyStatus(*piece.program).ok());
      session = piece.next;
    }
    return piece;
  };
  const auto type_of = [&](const std::string& expression) {
    ReplPiece piece = session.Compile(expression, {.read = read});
    if (piece.program == nullptr) return Codes(piece.diagnostics);
    return ir::Print(*piece.program);
  };
  CHECK(type_of("a.twice(1)").find("E0201") != std::string::npos);
  CHECK(enter("import \"lib/a.lmp\" as a").diagnostics.empty());
  CHECK(type_of("a.twice(1)").find("call @\"a.twice\"") != std::string::npos);
  CHECK(enter("let four = a.twice(2)").sources.size() == 4);  // three texts, and the piece
  // Read anew, under the same name.
  files["lib/a.lmp"] = "fn thrice(x: int) -> int { return 3 * x }\n";
  enter("import \"lib/a.lmp\" as a");
  CHECK(type_of("a.thrice(1)").find("thrice") != std::string::npos);
  CHECK(type_of("a.twice(1)") == "E0202 ");
  CHECK(type_of("four").find("i64") != std::string::npos);

  CHECK(enter("import std.rag").diagnostics.empty());
  CHECK(enter("let said = rag.answer(\"q\", [])").diagnostics.empty());
  CHECK(enter("import std.rag as r").diagnostics.empty());
  CHECK(enter("said = r.answer(\"q\", [])").diagnostics[0].code == "E0206");  // `let`
  CHECK(type_of("r.answer(said.text, []).text").find("rag.answer") != std::string::npos);
  CHECK(enter("import std.vote").diagnostics.empty());

  CHECK(Codes(enter("import \"none.lmp\" as n").diagnostics) == "E0210 ");
  CHECK(HasErrors(enter("import \"wrong.lmp\" as w").diagnostics));
  CHECK(Codes(enter("import \"itself.lmp\" as i").diagnostics) == "E0211 ");
  CHECK(enter("four").program != nullptr);
}

TEST_CASE("an unfinished text is completed from the names of the session and their types") {
  Repl repl;
  repl.Enter("record Point { left: int  right: int }\nrecord Pair { from_point: Point }");
  repl.Enter("enum Color { red green }\nfn distance(a: Point) -> int { return a.left }");
  repl.Enter(
      "let place = Point(left: 1, right: 2)\nlet pair = Pair(from_point: place)\nlet pairs = "
      "[pair]");
  repl.Enter("import std.vote");
  const ReplSession& s = repl.session;
  CHECK(Completed(s, "pl") == "0: place");
  CHECK(Completed(s, "1 + dist") == "4: distance");
  CHECK(Completed(s, "let x = Po") == "8: Point");
  CHECK(Completed(s, "place.") == "6: left right");
  CHECK(Completed(s, "len(place.r") == "10: right");
  CHECK(Completed(s, "pair.from_point.l") == "16: left");
  CHECK(Completed(s, "pairs[0].from_point.l") == "20: left");
  CHECK(Completed(s, "pairs[len([1])].f") == "16: from_point");
  CHECK(Completed(s, "place[0].") == "9:");
  CHECK(Completed(s, "0].") == "3:");
  CHECK(Completed(s, "Color.g") == "6: green");
  CHECK(Completed(s, "vote.") == "5: majority");
  CHECK(Completed(s, "import std.r") == "11: rag");
  CHECK(Completed(s, "obs") == "0: observe");
  CHECK(Completed(s, "retr") == "0: retrieve");
  // Inside texts only where they are code.
  CHECK(Completed(s, "\"pl") == "1:");
  CHECK(Completed(s, "\"a \\\"pl") == "5:");
  CHECK(Completed(s, "\"a ${pl") == "5: place");
  CHECK(Completed(s, "\"a ${place.left} pl") == "17:");
  CHECK(Completed(s, "\"a ${ {} pl") == "9: place");
  CHECK(Completed(s, "\"a\" + pl") == "6: place");
  CHECK(Completed(s, "\"\"\"one \" pl") == "9:");
  CHECK(Completed(s, "1 // pl") == "5:");
  CHECK(Completed(s, "12") == "0:");
  CHECK(Completed(s, "") == "0:");
  CHECK(Completed(s, "nothing.") == "8:");
  CHECK(Completed(s, "place.left.") == "11:");
  CHECK(Completed(s, ".") == "1:");
}

TEST_CASE("mistakes leave the session as it was") {
  Repl repl;
  repl.Enter("let a = 1");
  for (const char* wrong :
       {"b", "return 1", "break", "a = 2", "let c = []", "null", "fn f() { emit nope }", "(("}) {
    ReplPiece piece = repl.session.Compile(wrong);
    CAPTURE(wrong);
    CHECK(piece.program == nullptr);
    CHECK(Names(piece.next) == "a:int ");
    CHECK((piece.incomplete || piece.diagnostics.size() == 1));
  }
  CHECK(repl.session.Compile("fn f() {").incomplete);
  CHECK(repl.session.Compile("a = 2").diagnostics[0].code == "E0206");
}

TEST_CASE("an entry that ends too early is one report where it ends") {
  const struct {
    const char* entry;
    uint32_t place;
  } cases[] = {{"1 +\n", 3},     {"gen", 3}, {"not", 3},  {"let x =", 7},
               {"fork i in", 9}, {"x.", 2},  {"user", 4}, {"if true and", 11}};
  Repl repl;
  repl.Enter("let x = 1");
  for (const auto& c : cases) {
    const ReplPiece piece = repl.session.Compile(c.entry);
    CAPTURE(c.entry);
    CHECK_FALSE(piece.incomplete);
    REQUIRE(piece.diagnostics.size() == 1);
    CHECK(piece.diagnostics[0].code == "E0100");
    CHECK(piece.diagnostics[0].span.begin == c.place);
    CHECK(piece.diagnostics[0].fixes.empty());
  }
  const ReplPiece attribute = repl.session.Compile("@exact");
  REQUIRE(attribute.diagnostics.size() == 1);
  CHECK(attribute.diagnostics[0].helps.size() == 1);
}

TEST_CASE("the type of a living name cannot be replaced") {
  Repl repl;
  repl.Enter("record P { x: int }");
  repl.Enter("let p = P(x: 1)");
  ReplPiece piece = repl.session.Compile("record P { y: int }");
  REQUIRE(piece.diagnostics.size() == 1);
  CHECK(piece.diagnostics[0].code == "E0204");
}

TEST_CASE("sites of equal pieces differ") {
  Repl repl;
  repl.Enter("gen x with max: 3");
  repl.Enter("gen x with max: 3");
  repl.Enter("x");
  ir::Evaluation run = repl.Run();
  REQUIRE(run.generations.size() == 2);
  CHECK(run.generations[0].site_hash != run.generations[1].site_hash);
}

}  // namespace
}  // namespace lmp::frontend
