// Any bytes through the parser: no crash, and the promises of frontend/parse.h hold.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/parse.h"
#include "runtime/base/limits.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckDiagnostics(const std::vector<lmp::Diagnostic>& diagnostics, const lmp::Source& source) {
  Require(diagnostics.size() <= lmp::kDiagnosticsMax);
  for (const lmp::Diagnostic& d : diagnostics) {
    Require(d.span.begin <= d.span.end && d.span.end <= source.text().size());
    Require(!d.title.empty() && !d.code.empty());
    lmp::RenderDiagnostic(d, {source});
    lmp::ApplyFixes(d, source, 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lmp::Source source("fuzz.lmp", std::string(reinterpret_cast<const char*>(data), size));
  const lmp::ParseResult result = lmp::Parse(source, 0);
  CheckDiagnostics(result.diagnostics, source);
  Require(result.complete || lmp::HasErrors(result.diagnostics));
  const lmp::ReplParse repl = lmp::ParseReplInput(source, 0);
  CheckDiagnostics(repl.diagnostics, source);
  Require(!repl.incomplete || repl.diagnostics.empty());
  return 0;
}
