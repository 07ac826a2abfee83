#include "frontend/compile.h"

#include <algorithm>

#include "frontend/check.h"
#include "frontend/diagnose.h"
#include "frontend/lower.h"
#include "frontend/parse.h"
#include "frontend/tree.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

std::string Stem(const std::string& name) {
  size_t slash = name.find_last_of("/\\");
  std::string stem = slash == std::string::npos ? name : name.substr(slash + 1);
  if (stem.ends_with(".lmp")) stem.resize(stem.size() - 4);
  return stem;
}

// A declaration may have been lost if an error stands anywhere but in a function.
bool MayMissNames(const ast::File& file, const std::vector<Span>& broken) {
  return std::any_of(broken.begin(), broken.end(), [&](Span span) {
    return std::none_of(file.items.begin(), file.items.end(), [&](ast::ItemId id) {
      return std::holds_alternative<ast::FnDecl>(file[id].node) && Contains(file[id].span, span);
    });
  });
}

}  // namespace

CompileResult Compile(std::string name, std::string text, const CompileOptions& options) {
  CompileResult result;
  auto program = std::make_shared<ir::Program>();
  program->name = Stem(name);
  result.sources.emplace_back(std::move(name), std::move(text));
  ParseResult parsed = Parse(result.sources[0], 0);

  Model model;
  model.program = program.get();
  ParsedText unit{&result.sources[0], &parsed.file, parsed.file.items,
                  ErrorSpans(parsed.diagnostics), Notes(parsed.file)};
  model.names_incomplete = MayMissNames(parsed.file, unit.broken);
  model.units.push_back(std::move(unit));
  Report report(options.lints);
  Checker(&model, &report).Run();
  if (!HasErrors(parsed.diagnostics) && !report.has_errors())
    result.program = FinishProgram(model, std::move(program), &report);
  result.diagnostics = MergeDiagnostics(std::move(parsed.diagnostics), report.Take());
  // What goes to the start of the text goes behind its byte order mark.
  const uint32_t start = result.sources[0].text().starts_with("\xef\xbb\xbf") ? 3 : 0;
  for (Diagnostic& d : result.diagnostics) {
    for (Fix& fix : d.fixes) {
      fix.span.begin = std::max(fix.span.begin, start);
      fix.span.end = std::max(fix.span.end, start);
    }
  }
  return result;
}

}  // namespace lmp::frontend
