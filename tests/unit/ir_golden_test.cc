// The files of tests/ir: the expected text of each RUN line (`lmp opt`, computed here by the
// library, so that no binary is needed), and what holds for every program whatever its RUN line:
// the text form comes back, and every pass keeps what the evaluator finds.
//
// With LMP_UPDATE_GOLDENS=1 the sections are rewritten instead (tests/tools/golden.py does the same
// with the binary).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ir/evaluate.h"
#include "ir/explain.h"
#include "ir/parse.h"
#include "ir/pass.h"
#include "ir/plan.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace lmp::ir {
namespace {

struct Golden {
  std::string name, program, run, out, err;  // out and err as expected
};

std::string Stripped(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Golden Read(const std::filesystem::path& path) {
  std::ifstream in(path);
  Golden golden;
  golden.name = path.filename().string();
  std::string* section = &golden.program;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("//--- stdout")) {
      section = &golden.out;
    } else if (line.starts_with("//--- stderr")) {
      section = &golden.err;
    } else {
      if (section == &golden.program && line.starts_with("// RUN: ")) golden.run = line.substr(8);
      *section += line + "\n";
    }
  }
  return golden;
}

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/ir")) {
    if (entry.path().extension() == ".lir") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string Render(const std::vector<Diagnostic>& diagnostics, const Golden& golden) {
  const std::vector<Source> sources = {Source(golden.name, golden.program)};
  std::string out;
  for (const Diagnostic& d : diagnostics) out += RenderDiagnostic(d, sources);
  return out;
}

// What `lmp opt` does: {stdout, stderr}.
std::pair<std::string, std::string> Execute(const Golden& golden) {
  PassOptions options;
  std::istringstream words(golden.run);
  for (std::string word; words >> word;) {
    if (word.starts_with("--pass=")) options.only.push_back(word.substr(7));
    if (word.starts_with("--no-pass=")) options.disabled.push_back(word.substr(10));
  }
  ParseOutcome parsed = Parse(golden.program);
  if (parsed.program) parsed.diagnostics = Verify(*parsed.program);
  if (!parsed.diagnostics.empty()) return {"", Render(parsed.diagnostics, golden)};
  const Result<PassOutcome> outcome = RunPasses(*parsed.program, options);
  if (!outcome.ok()) return {"", outcome.status().message()};
  return {Print(outcome->program), ""};
}

void Update(const std::filesystem::path& path, const Golden& golden) {
  const auto [out, err] = Execute(golden);
  std::ofstream file(path);
  file << golden.program;
  if (!out.empty()) file << "//--- stdout\n" << out;
  if (!err.empty()) file << "//--- stderr\n" << err;
}

std::string ArgumentText(const Type& type) { return type.kind == TypeKind::kStr ? "tides" : ""; }

// Some value of the type, for the parameters of entry functions.
Value AnyValue(const Program& program, TypeId id) {
  const Type& type = program.types[id];
  switch (type.kind) {
    case TypeKind::kI64:
      return Value::Int(type.low.value_or(2));
    case TypeKind::kF64:
      return Value::Float(type.low_f.value_or(0.5));
    case TypeKind::kBool:
      return Value::Bool(true);
    case TypeKind::kStr:
      return Value::Str(ArgumentText(type));
    case TypeKind::kList:
      return Value::List({AnyValue(program, type.element), AnyValue(program, type.element)});
    case TypeKind::kEnum: {
      const EnumMember& member = program.FindEnum(type.name)->members[0];
      return Value::Enum(type.name, member.name, member.text);
    }
    case TypeKind::kRecord: {
      std::vector<std::pair<std::string, Value>> fields;
      for (const FieldDecl& field : program.FindRecord(type.name)->fields)
        fields.emplace_back(field.name, AnyValue(program, field.type));
      return Value::Record(type.name, std::move(fields));
    }
    default:
      return Value::Null();
  }
}

Evaluation RunFunction(const Program& program, const Graph& graph) {
  std::vector<Value> arguments;
  for (const Param& param : graph.params) arguments.push_back(AnyValue(program, param.type));
  HashModel model;
  return Evaluate(program, graph.name, std::move(arguments), &model);
}

std::multiset<std::string> Questions(const Evaluation& evaluation) {
  std::multiset<std::string> questions;
  for (const Generation& g : evaluation.generations)
    questions.insert(g.site + " " + g.prompt + " -> " + ToJsonText(g.value));
  return questions;
}

}  // namespace

TEST_CASE("tests/ir: expected text") {
  const bool update = std::getenv("LMP_UPDATE_GOLDENS") != nullptr;
  int count = 0;
  for (const std::filesystem::path& path : Files()) {
    const Golden golden = Read(path);
    if (update) {
      Update(path, golden);
      continue;
    }
    INFO(path.string());
    INFO(std::string("to accept: LMP_UPDATE_GOLDENS=1 with this test"));
    REQUIRE(golden.run.starts_with("lmp opt "));
    const auto [out, err] = Execute(golden);
    CHECK(out == golden.out);
    CHECK(Stripped(err) == Stripped(golden.err));
    CHECK(golden.name.starts_with("fail_") == !err.empty());
    ++count;
  }
  CHECK((update || count >= 20));
}

TEST_CASE("tests/ir: every program comes back, and every pass keeps what the evaluator finds") {
  for (const std::filesystem::path& path : Files()) {
    const Golden golden = Read(path);
    if (golden.name.starts_with("fail_")) continue;
    INFO(path.string());
    const ParseOutcome parsed = Parse(golden.program);
    REQUIRE(parsed.program.has_value());
    const std::string text = Print(*parsed.program);
    CHECK(Print(*Parse(text).program) == text);
    std::vector<PassOptions> runs(1);
    for (const Pass& pass : AllPasses()) runs.push_back({{std::string(pass.name)}, {}});
    for (const PassOptions& options : runs) {
      INFO((options.only.empty() ? std::string("all passes") : options.only[0]));
      const Result<PassOutcome> outcome = RunPasses(*parsed.program, options);
      REQUIRE_MESSAGE(outcome.ok(), outcome.status().message());
      for (const Graph& graph : parsed.program->functions) {
        const bool takes_context =
            std::any_of(graph.params.begin(), graph.params.end(), [&](const Param& param) {
              return parsed.program->types[param.type].kind == TypeKind::kCtx;
            });
        if (takes_context) continue;  // only other functions can call it
        const Evaluation before = RunFunction(*parsed.program, graph);
        const Evaluation after = RunFunction(outcome->program, *outcome->program.Find(graph.name));
        REQUIRE_MESSAGE(before.status.ok(), before.status.message());
        REQUIRE_MESSAGE(after.status.ok(), after.status.message());
        CHECK(after.value == before.value);
        CHECK(after.emits == before.emits);
        const auto had = Questions(before);
        const auto has = Questions(after);
        CHECK(std::includes(had.begin(), had.end(), has.begin(), has.end()));
        const bool fewer = options.only.empty() || options.only[0] == "dead_code";
        if (!fewer) CHECK(had == has);
      }
    }
  }
}

TEST_CASE("tests/ir: every operation and every pass has a file") {
  std::set<std::string> ops, passes;
  for (const std::filesystem::path& path : Files()) {
    const Golden golden = Read(path);
    for (const Pass& pass : AllPasses()) {
      const bool alone =
          golden.run.find("--pass=" + std::string(pass.name) + " ") != std::string::npos;
      if (!alone) continue;
      passes.insert(std::string(pass.name));
      // A pass also has a file in which it changes nothing.
      const ParseOutcome parsed = Parse(golden.program);
      if (parsed.program && Print(*parsed.program) == golden.out)
        passes.insert(std::string(pass.name) + " (nothing)");
    }
    const ParseOutcome parsed = Parse(golden.program);
    if (!parsed.program) continue;
    for (const Graph& graph : parsed.program->functions) {
      for (const Op& op : graph.ops) ops.insert(std::string(OpName(op.kind)));
    }
  }
  for (const Pass& pass : AllPasses()) {
    CHECK_MESSAGE(passes.count(std::string(pass.name)) == 1, pass.name);
    CHECK_MESSAGE(passes.count(std::string(pass.name) + " (nothing)") == 1, pass.name);
  }
#define LMP_OP(kind, text, op_class) CHECK_MESSAGE(ops.count(text) == 1, text);
#include "ir/op.def"
#undef LMP_OP
}

}  // namespace lmp::ir
