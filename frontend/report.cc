#include "frontend/report.h"

#include <iterator>

#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

struct Row {
  std::string_view code;
  std::string_view summary;
};
constexpr Row kRows[] = {
#define LMP_DIAGNOSTIC(code, name, summary) {#code, summary},
#include "frontend/diagnostics.def"
};

// `userName`, `UserName` and `user_name` are the same word.
std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_') folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return folded;
}

}  // namespace

std::string_view CodeOf(Mistake mistake) { return kRows[static_cast<size_t>(mistake)].code; }
std::string_view SummaryOf(Mistake mistake) { return kRows[static_cast<size_t>(mistake)].summary; }

Diagnostic& Report::Add(Mistake mistake, Span span, std::string title) {
  std::string_view code = CodeOf(mistake);
  bool lint = code.front() == 'L';
  Diagnostic diagnostic;
  diagnostic.severity = lint ? Severity::kLint : Severity::kError;
  diagnostic.code = std::string(code);
  diagnostic.title = std::move(title);
  diagnostic.span = span;
  if (lint && !lints_) return ignored_ = std::move(diagnostic);
  if (!lint) errors_++;
  diagnostics_.push_back(std::move(diagnostic));
  return diagnostics_.back();
}

std::string Nearest(std::string_view name, const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    if (candidate != name && Folded(candidate) == Folded(name)) return candidate;
  }
  size_t best = name.size() < 3 ? 1 : name.size() < 5 ? 2 : 3;  // exclusive
  std::string found;
  bool twice = false;
  for (const std::string& candidate : candidates) {
    if (candidate == found || candidate == name) continue;
    size_t distance = EditDistance(name, candidate);
    if (distance > best || (distance == best && found.empty())) continue;
    twice = distance == best;
    best = distance;
    found = candidate;
  }
  return twice ? "" : found;
}

}  // namespace lmp::frontend
