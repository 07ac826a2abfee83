// Diagnostic: one mistake in the user's program, with place, found, expected, hint and, where it is
// certain, an edit that mends it. Made by the front end and by bind checks, rendered here.
//
// Form (design: rustc-like): `error[E0340]: title`, `--> file:line:col`, the source lines with
// carets and labels, `= help:` lines. Values only, any thread, no colours unless asked, no file IO.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmp {

// Half-open byte range [begin, end) into the source numbered `source`.
struct Span {
  uint32_t source = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const Span&) const = default;
};

// Text with a name. Lines and columns are 1-based; columns count UTF-8 code points; tab counts one.
class Source {
 public:
  Source(std::string name, std::string text);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  struct Place {
    uint32_t line = 1;
    uint32_t column = 1;
  };
  Place PlaceOf(uint32_t offset) const;
  // The line without its line break; empty when out of range.
  std::string_view Line(uint32_t line) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

enum class Severity { kError, kLint, kNote };

struct Label {
  Span span;
  std::string text;
};

// Replace `span` by `replacement` (machine-applicable).
struct Fix {
  Span span;
  std::string replacement;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;   // "E0340", "L102"
  std::string title;  // one sentence, names in `backquotes`
  Span span;          // the primary place
  std::string label;  // words under the carets; may be empty
  std::vector<Label> secondary;
  std::vector<std::string> notes;  // why
  std::vector<std::string> helps;  // what to write
  std::vector<Fix> fixes;          // all of them together mend the mistake
};

struct RenderOptions {
  bool color = false;
};
std::string RenderDiagnostic(const Diagnostic& diagnostic, const std::vector<Source>& sources,
                             const RenderOptions& options = {});
// One JSON object on one line: severity, code, title, file, line, column, end_line, end_column,
// label, notes, helps, fixes.
std::string DiagnosticToJson(const Diagnostic& diagnostic, const std::vector<Source>& sources);
// The text after all fixes of `diagnostic` in that source are applied.
std::string ApplyFixes(const Diagnostic& diagnostic, const Source& source, uint32_t source_index);

bool HasErrors(const std::vector<Diagnostic>& diagnostics);

}  // namespace lmp
