// Report: collects the diagnostics of one compilation. Codes come from diagnostics.def; the
// severity follows from the code's letter. Owned by Compile, single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

enum class Mistake : uint8_t {
#define LMP_DIAGNOSTIC(code, name, summary) k##name,
#include "frontend/diagnostics.def"
};
// "E0340".
std::string_view CodeOf(Mistake mistake);
// One line about the kind, for `lmp explain-error` and the documentation.
std::string_view SummaryOf(Mistake mistake);

class Report {
 public:
  explicit Report(bool lints) : lints_(lints) {}

  // The new diagnostic, to be completed by the caller before the next call. A lint that is switched
  // off is completed in vain.
  Diagnostic& Add(Mistake mistake, Span span, std::string title);
  bool has_errors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  std::vector<Diagnostic> Take() { return std::move(diagnostics_); }

 private:
  bool lints_;
  size_t errors_ = 0;
  std::vector<Diagnostic> diagnostics_;
  Diagnostic ignored_;
};

// The name in `candidates` that was most likely meant, or "": the same but for case and `_`, else
// at most two letters off, for short names one, and no other as near. Swapped letters are one off.
std::string Nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace lmp::frontend
