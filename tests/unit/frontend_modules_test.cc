// Programs of several files: what is read, once each; which file a diagnostic names; cycles.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "frontend/compile.h"
#include "ir/evaluate.h"

namespace lmp::frontend {
namespace {

struct Files {
  std::map<std::string, std::string> texts;
  std::map<std::string, int> reads;

  CompileResult Compile(const std::string& name) {
    CompileOptions options;
    options.read = [this](const std::string& path) -> Result<std::string> {
      ++reads[path];
      const auto text = texts.find(path);
      if (text == texts.end()) return NotFound("there is no file \"" + path + "\"");
      return text->second;
    };
    return frontend::Compile(name, texts.at(name), options);
  }
};

std::string Rendered(const CompileResult& result) {
  std::string text;
  for (const Diagnostic& d : result.diagnostics) text += RenderDiagnostic(d, result.sources);
  return text;
}

TEST_CASE("paths are seen from the importing file; a file is compiled once; names do not clash") {
  Files files{{{"a/main.lmp", R"(import "lib/one.lmp" as one
import "./lib/../lib/two.lmp" as two
const X = 1
fn f() -> int { return X }
fn main() -> list<int> { return [f(), one.f(), two.f(), one.X, two.g(one.R(x: 7))] }
)"},
               {"a/lib/one.lmp", "const X = 10\nrecord R { x: int }\nfn f() -> int { return X }\n"},
               {"a/lib/two.lmp", R"(import "./one.lmp" as o
import "../../b/one.lmp" as other
fn f() -> int { return o.f() + other.f() }
fn g(r: o.R) -> int { return r.x }
)"},
               {"b/one.lmp", "fn f() -> int { return 500 }\n"}},
              {}};
  const CompileResult result = files.Compile("a/main.lmp");
  REQUIRE_MESSAGE(result.program != nullptr, Rendered(result));
  CHECK(result.diagnostics.empty());
  CHECK(files.reads.size() == 3);
  for (const auto& [path, reads] : files.reads) CHECK(reads == 1);
  ir::HashModel model;
  const ir::Evaluation out = ir::Evaluate(*result.program, "main", {}, &model);
  REQUIRE_MESSAGE(out.status.ok(), out.status.message());
  CHECK(ir::ToJsonText(out.value) == "[1,10,510,10,7]");
  CHECK(result.program->Find("one.f") != nullptr);
  CHECK(result.program->Find("one2.f") != nullptr);  // the other file of that name
}

TEST_CASE("a mistake is reported in its file") {
  Files files{{{"main.lmp", "import \"./m.lmp\" as m\nfn main() { emit m.f(1) }\n"},
               {"m.lmp", "fn f(x: int) -> string {\n  return x\n}\n"}},
              {}};
  const CompileResult meaning = files.Compile("main.lmp");
  REQUIRE(meaning.diagnostics.size() == 1);
  CHECK(Rendered(meaning).find("--> m.lmp:2:10") != std::string::npos);
  files.texts["m.lmp"] = "fn f(x: int) -> string {\n  return (\n}\n";
  const CompileResult syntax = files.Compile("main.lmp");
  REQUIRE(syntax.diagnostics.size() == 1);
  CHECK(syntax.diagnostics[0].span.source == 1);
  files.texts["m.lmp"] = "config { temp: 0.5 }\nfn f(x: int) -> int { return x }\n";
  const CompileResult config = files.Compile("main.lmp");
  REQUIRE(config.diagnostics.size() == 1);
  CHECK(config.diagnostics[0].code == "E0212");
}

TEST_CASE("files that import each other, or themselves, or nothing") {
  Files files{{{"a.lmp", "import \"./b.lmp\" as b\nfn f() { b.g() }\n"},
               {"b.lmp", "import \"./a.lmp\" as a\nfn g() { a.f() }\n"},
               {"c.lmp", "import \"./c.lmp\" as c\nfn f() { emit 1 }\n"},
               {"d.lmp", "import \"./e\" as e\nfn f() { e.f() }\n"},
               {"e.lmp", "fn f() { emit 1 }\n"}},
              {}};
  for (const char* name : {"a.lmp", "c.lmp"}) {
    const CompileResult result = files.Compile(name);
    REQUIRE_MESSAGE(result.diagnostics.size() == 1, Rendered(result));
    CHECK(result.diagnostics[0].code == "E0211");
  }
  const CompileResult missing = files.Compile("d.lmp");
  REQUIRE(missing.diagnostics.size() == 1);
  CHECK(missing.diagnostics[0].code == "E0210");
  const std::string fixed = ApplyFixes(missing.diagnostics[0], missing.sources[0], 0);
  CHECK(fixed.find("\"./e.lmp\"") != std::string::npos);
}

TEST_CASE("std.rag is a module like any other, and needs no files") {
  const CompileResult result = Compile("m.lmp", R"(import std.rag as r
fn main(q: string) -> r.Answer {
  return r.answer(q, [passage(id: "1", text: "one"), passage(id: "2", text: "two")])
}
)");
  REQUIRE_MESSAGE(result.program != nullptr, Rendered(result));
  CHECK(result.diagnostics.empty());
  ir::HashModel model;
  for (const char* question : {"a", "b", "c"}) {
    const ir::Evaluation out =
        ir::Evaluate(*result.program, "main", {ir::Value::Str(question)}, &model);
    REQUIRE_MESSAGE(out.status.ok(), out.status.message());
    for (const ir::Value& id : out.value.as_record().fields[1].second.as_list())
      CHECK((id.as_str() == "1" || id.as_str() == "2"));
  }
  const ir::Evaluation none = ir::Evaluate(*result.program, "rag.answer",
                                           {ir::Value::Str("q"), ir::Value::List({})}, &model);
  CHECK(none.generations.empty());
}

}  // namespace
}  // namespace lmp::frontend
