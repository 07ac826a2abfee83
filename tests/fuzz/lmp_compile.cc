// Any text through the compiler: a program or mistakes, never both and never a crash. Every fix
// that is offered can be applied. A program verifies, reads back from its text form, goes through
// all passes and is planned.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "frontend/compile.h"
#include "ir/explain.h"
#include "ir/parse.h"
#include "ir/plan.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// What a program may import, or take text from.
lmp::Result<std::string> ReadFile(const std::string& path) {
  if (!path.ends_with(".lmp")) return std::string("root ::= \"a\" | [0-9]+\n");
  return std::string(
      "enum Tone { warm cold }\n"
      "record Pair { left: string(max: 9) right: int(0..9)? }\n"
      "tool look(at: string) -> string = host(\"look\")\n"
      "fn twice(n: int) -> int { return n * 2 }\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lmp::frontend::CompileResult result =
      lmp::frontend::Compile("fuzz.lmp", std::string(reinterpret_cast<const char*>(data), size),
                             {.tests = true, .read = ReadFile});
  Require((result.program == nullptr) == lmp::HasErrors(result.diagnostics));
  for (const lmp::Diagnostic& d : result.diagnostics) {
    Require(d.span.source < result.sources.size());
    const lmp::Source& source = result.sources[d.span.source];
    Require(d.span.begin <= d.span.end && d.span.end <= source.text().size());
    Require(!d.title.empty() && d.code.empty() == (d.severity == lmp::Severity::kNote));
    lmp::RenderDiagnostic(d, result.sources);
    lmp::ApplyFixes(d, source, d.span.source);
  }
  if (result.program == nullptr) return 0;
  Require(lmp::ir::Verify(*result.program).empty());
  const std::string printed = lmp::ir::Print(*result.program);
  const lmp::ir::ParseOutcome again = lmp::ir::Parse(printed);
  Require(again.program && lmp::ir::Print(*again.program) == printed);
  const auto plan = lmp::ir::MakePlan(result.program);
  Require(plan.ok());
  Require(!lmp::ir::Explain(**plan).empty());
  return 0;
}
