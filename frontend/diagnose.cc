#include "frontend/diagnose.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "frontend/lint_program.h"
#include "frontend/lower.h"
#include "ir/exact_context.h"
#include "ir/verify.h"
#include "runtime/base/check.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {

std::vector<Span> ErrorSpans(const std::vector<Diagnostic>& diagnostics) {
  std::vector<Span> spans;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) spans.push_back(diagnostic.span);
  }
  return spans;
}

std::vector<Diagnostic> MergeDiagnostics(std::vector<Diagnostic> syntax,
                                         std::vector<Diagnostic> meaning) {
  std::move(meaning.begin(), meaning.end(), std::back_inserter(syntax));
  std::stable_sort(syntax.begin(), syntax.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.source, a.span.begin) < std::tie(b.span.source, b.span.begin);
  });
  if (syntax.size() <= kDiagnosticsMax) return syntax;
  // Errors are worth more than lints where there is no room for all.
  std::stable_partition(syntax.begin(), syntax.end(),
                        [](const Diagnostic& d) { return d.severity == Severity::kError; });
  Diagnostic note;
  note.severity = Severity::kNote;
  note.title = "there are more mistakes than the " + std::to_string(kDiagnosticsMax - 1) + " shown";
  note.span = syntax[kDiagnosticsMax - 1].span;
  syntax.resize(kDiagnosticsMax - 1);
  syntax.push_back(std::move(note));
  return syntax;
}

ir::ProgramRef FinishProgram(const Model& model, std::shared_ptr<ir::Program> program,
                             Report* report) {
  LowerProgram(model);
  for (const ir::MadeExact& made : ir::MakeExactWhereNeeded(program.get())) {
    Diagnostic& d = report->Add(Mistake::kReuseMadeExact, made.insert,
                                "this passage is inserted as `prefix`: its context must be exact");
    d.secondary.push_back({made.reason, made.select ? "this `select` chooses from exact KV only"
                                                    : "this generation is `@exact`"});
    d.helps.push_back("write `reuse: prefix`, or let the passages stand in another context");
  }
  Status status = ir::VerifyStatus(*program);
  LMP_CHECK_MSG(status.ok(), status.message());
  const auto written = [&model](const std::string& name, Span place) {
    for (const Module& module : model.modules) {
      if (!module.target || module.unit != place.source) continue;
      const std::string& prefix = model.units[*module.target].prefix;
      if (name.starts_with(prefix)) return module.name + "." + name.substr(prefix.size());
    }
    return name;
  };
  LintProgram(*program, written, report);
  return program;
}

}  // namespace lmp::frontend
