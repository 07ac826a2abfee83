// The text the parser goes on with after certain mistakes were mended, and the way back to what the
// user wrote. A mistake with a certain repair (a missing brace, `elif`, `;`) is reported once, its
// fixes are applied here, and the parse starts again: what a user sees offered as a fix is exactly
// what was parsed, and one mistake cannot cause a second report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

class RepairedText {
 public:
  RepairedText(std::string text, uint32_t source_index);

  const std::string& text() const { return text_; }
  // The place in the user's text of a place in text().
  Span Original(uint32_t begin, uint32_t end) const;
  Span Original(const Span& span) const { return Original(span.begin, span.end); }
  // Nothing of these bytes was written by the user.
  bool IsMadeUp(const Span& span) const;
  // All spans and fixes of the diagnostic, from places in text() to places in the user's text.
  void ToOriginal(Diagnostic* diagnostic) const;
  // Applies fixes given as places in text(), each of them within it.
  void Apply(const std::vector<Diagnostic>& repairs);

 private:
  // Where byte `at` came from; for a byte that a repair put in, the place of the repair.
  uint32_t OriginOf(size_t at) const;
  bool IsInserted(size_t at) const;

  std::string text_;
  uint32_t source_index_;
  // Per byte of text_ and its end; empty while nothing is repaired.
  std::vector<uint32_t> origins_;
};

}  // namespace lmp::frontend
