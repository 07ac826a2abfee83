#include "frontend/compile.h"

#include <algorithm>
#include <set>

#include "frontend/check.h"
#include "frontend/diagnose.h"
#include "frontend/lower.h"
#include "frontend/modules.h"
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

std::vector<ir::TestCase> TestsOf(const Model& model) {
  std::vector<std::pair<std::string, std::string>> imports;
  for (const Module& module : model.modules) {
    if (module.unit == 0 && module.target)
      imports.emplace_back(model.units[*module.target].prefix, module.name + ".");
  }
  std::vector<ir::TestCase> tests;
  for (const Function& function : model.functions) {
    if (function.test == nullptr) continue;
    ir::TestCase test{function.test->name.text, function.name, function.span, {}, imports};
    for (const MockOf& mock : function.mocks) {
      test.mocks.push_back({mock.target, mock.value, mock.span});
    }
    tests.push_back(std::move(test));
  }
  return tests;
}

CompileResult CompileOnce(std::string name, std::string text, const CompileOptions& options) {
  CompileResult result;
  auto program = std::make_shared<ir::Program>();
  program->name = Stem(name);
  Report report(options.lints);
  LoadedTexts texts = LoadTexts(std::move(name), std::move(text), options.read, &report);
  Model model;
  model.program = program.get();
  model.read = options.read;
  model.lowers_tests = options.tests;
  std::vector<Diagnostic> syntax;
  for (size_t i = 0; i < texts.sources.size(); ++i) {
    ParseResult& parsed = texts.parsed[i];
    ParsedText unit{
        &texts.sources[i],  &parsed.file,      parsed.file.items, ErrorSpans(parsed.diagnostics),
        Notes(parsed.file), texts.prefixes[i], texts.imports[i]};
    model.names_incomplete = model.names_incomplete || MayMissNames(parsed.file, unit.broken);
    model.units.push_back(std::move(unit));
    syntax.insert(syntax.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  }
  Checker(&model, &report).Run();
  if (!HasErrors(syntax) && !report.has_errors())
    result.program = FinishProgram(model, std::move(program), &report);
  if (result.program != nullptr && options.tests) result.tests = TestsOf(model);
  std::vector<Diagnostic> meaning = report.Take();
  RespellImports(model, &meaning);
  result.diagnostics = MergeDiagnostics(std::move(syntax), std::move(meaning));
  result.sources.assign(texts.sources.begin(), texts.sources.end());
  for (Diagnostic& d : result.diagnostics) {
    for (Fix& fix : d.fixes) {
      // What goes to the start of the text goes behind its byte order mark.
      const std::string& fixed = result.sources[fix.span.source].text();
      const uint32_t start = fixed.starts_with("\xef\xbb\xbf") ? 3 : 0;
      fix.span.begin = std::max(fix.span.begin, start);
      fix.span.end = std::max(fix.span.end, start);
    }
  }
  return result;
}

// Programs and mistakes for which fixes are tried out; above, they are offered as found.
constexpr size_t kTriedBytesMax = 16 * 1024;
constexpr size_t kTriedMistakesMax = 4;

size_t LineOf(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  return static_cast<size_t>(
      std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(offset), '\n'));
}

// The lines of the fixed text, each with whether a fix changed it.
std::set<size_t> ChangedLines(std::vector<Fix> fixes, std::string_view fixed) {
  std::stable_sort(fixes.begin(), fixes.end(),
                   [](const Fix& a, const Fix& b) { return a.span.begin < b.span.begin; });
  std::set<size_t> lines;
  size_t longer = 0;  // modulo 2^64, as texts may get shorter
  for (const Fix& fix : fixes) {
    const size_t begin = fix.span.begin + longer;
    const size_t last = LineOf(fixed, begin + fix.replacement.size());
    for (size_t line = LineOf(fixed, begin); line <= last; ++line) lines.insert(line);
    longer += fix.replacement.size() - (fix.span.end - fix.span.begin);
  }
  return lines;
}

// A guess at what was meant that puts a new mistake where it was applied is no fix.
bool IsWrongFix(const Diagnostic& d, const CompileResult& result, const CompileOptions& options) {
  const std::string fixed = ApplyFixes(d, result.sources[0], 0);
  const CompileResult tried =
      CompileOnce(result.sources[0].name(), fixed, {.lints = true, .read = options.read});
  const std::set<size_t> changed = ChangedLines(d.fixes, fixed);
  return std::any_of(tried.diagnostics.begin(), tried.diagnostics.end(), [&](const auto& found) {
    const bool old = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                 [&](const auto& other) { return other.title == found.title; });
    return found.severity == Severity::kError && !old &&
           changed.contains(LineOf(fixed, found.span.begin));
  });
}

// Takes wrong fixes back, and the helps that only describe them.
void DropWrongFixes(CompileResult* result, const CompileOptions& options) {
  const bool few = result->diagnostics.size() <= kTriedMistakesMax;
  if (!few || result->sources[0].text().size() > kTriedBytesMax) return;
  for (size_t i = 0; i < result->diagnostics.size(); ++i) {
    Diagnostic& d = result->diagnostics[i];
    if (d.fixes.empty() || d.severity != Severity::kError || d.span.source != 0) continue;
    if (!IsWrongFix(d, *result, options)) continue;
    d.fixes.clear();
    std::erase_if(d.helps, [](const std::string& help) {
      return help.starts_with("add `") || help.starts_with("remove ");
    });
  }
}

}  // namespace

CompileResult Compile(std::string name, std::string text, const CompileOptions& options) {
  CompileResult result = CompileOnce(std::move(name), std::move(text), options);
  if (HasErrors(result.diagnostics)) DropWrongFixes(&result, options);
  return result;
}

}  // namespace lmp::frontend
