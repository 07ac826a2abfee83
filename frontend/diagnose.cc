#include "frontend/diagnose.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <string_view>
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

namespace {

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// "lib.Point" -> "w.Point", where the model has the name.
void Respell(const Model& model, std::string_view prefix, std::string_view alias,
             std::string* text) {
  for (size_t at = text->find(prefix); at != std::string::npos; at = text->find(prefix, at + 1)) {
    if (at > 0 && IsWordByte((*text)[at - 1])) continue;
    size_t end = at + prefix.size();
    while (end < text->size() && IsWordByte((*text)[end]) && (*text)[end] != '.') ++end;
    if (model.names.contains(text->substr(at, end - at))) text->replace(at, prefix.size(), alias);
  }
}

}  // namespace

void RespellImports(const Model& model, std::vector<Diagnostic>* diagnostics) {
  for (const Module& module : model.modules) {
    if (!module.target) continue;
    const std::string& prefix = model.units[*module.target].prefix;
    const std::string& own = model.units[module.unit].prefix;
    const std::string alias =
        module.name.substr(module.name.starts_with(own) ? own.size() : 0) + ".";
    if (prefix.empty() || prefix == alias) continue;
    for (Diagnostic& d : *diagnostics) {
      if (d.span.source != module.unit) continue;
      const auto respell = [&](std::string& text) { Respell(model, prefix, alias, &text); };
      respell(d.title);
      respell(d.label);
      for (Label& label : d.secondary) respell(label.text);
      for (std::string& note : d.notes) respell(note);
      for (std::string& help : d.helps) respell(help);
      for (Fix& fix : d.fixes) respell(fix.replacement);
    }
  }
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
  LintProgram(*program, report);
  return program;
}

}  // namespace lmp::frontend
