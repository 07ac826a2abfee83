#include "runtime/base/diagnostic.h"

#include <algorithm>
#include <map>

#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace lmp {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  // A byte order mark is of no line.
  line_starts_.push_back(text_.starts_with("\xef\xbb\xbf") ? 3 : 0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

Source::Place Source::PlaceOf(uint32_t offset) const {
  const uint32_t at = std::clamp(offset, line_starts_[0], static_cast<uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
  const auto line = static_cast<uint32_t>(after - line_starts_.begin());
  const uint32_t start = line_starts_[line - 1];
  const size_t before = Utf8Length(std::string_view(text_).substr(start, at - start));
  return {.line = line, .column = static_cast<uint32_t>(before) + 1};
}

std::string_view Source::Line(uint32_t line) const {
  if (line == 0 || line > line_starts_.size()) return {};
  const size_t begin = line_starts_[line - 1];
  const size_t end = line < line_starts_.size() ? line_starts_[line] : text_.size();
  std::string_view text = std::string_view(text_).substr(begin, end - begin);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

namespace {

constexpr uint32_t kSkippedLinesShown = 1;  // a gap of one line is shown, a longer one is `...`
constexpr uint32_t kLineColumnsMax = 160;   // of a longer line, this much around the mark
constexpr uint32_t kColumnsBeforeMark = 60;
constexpr std::string_view kCut = "...";  // where a line is cut
constexpr size_t kTextColumnsMax = 600;   // of a title, a label, a line of help

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kLint:
      return "lint";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

// One underlined range on one line, in columns.
struct Mark {
  uint32_t begin = 1;
  uint32_t end = 2;
  bool primary = false;
  std::string text;
};

using Marks = std::map<uint32_t, std::vector<Mark>>;  // by line

void AddMark(const Source& source, const Span& span, bool primary, const std::string& text,
             Marks* marks) {
  const Source::Place begin = source.PlaceOf(span.begin);
  const Source::Place end = source.PlaceOf(std::max(span.begin, span.end));
  Mark mark{.begin = begin.column, .end = end.column, .primary = primary, .text = text};
  if (end.line != begin.line) {
    // A range of several lines is underlined to the end of its first.
    mark.end = static_cast<uint32_t>(Utf8Length(source.Line(begin.line))) + 1;
  }
  mark.end = std::max(mark.end, mark.begin + 1);
  (*marks)[begin.line].push_back(std::move(mark));
}

// Text that is no source line (a title, a label): names in it may be as long as a program.
std::string ShownText(std::string_view text) {
  if (Utf8Length(text) <= kTextColumnsMax) return PrintableText(text);
  return PrintableText(Utf8Range(text, 0, kTextColumnsMax)) + "...";
}

// The columns [begin, end) of a line that are shown; all of it where it is short.
struct Window {
  uint32_t begin = 1;
  uint32_t end = 1;
};

// Around the primary mark, else around the first.
Window WindowFor(uint32_t columns, const std::vector<Mark>& marks) {
  if (columns <= kLineColumnsMax) return {1, columns + 1};
  const auto primary =
      std::find_if(marks.begin(), marks.end(), [](const Mark& mark) { return mark.primary; });
  const uint32_t at = marks.empty()            ? 1
                      : primary == marks.end() ? marks.front().begin
                                               : primary->begin;
  const uint32_t begin = at > kColumnsBeforeMark ? at - kColumnsBeforeMark : 1;
  const uint32_t last = columns + 1 > kLineColumnsMax ? columns + 1 - kLineColumnsMax : 1;
  return {std::min(begin, last), std::min(begin, last) + kLineColumnsMax};
}

class Renderer {
 public:
  Renderer(const Diagnostic& diagnostic, const std::vector<Source>& sources, bool color)
      : diagnostic_(diagnostic), sources_(sources), color_(color) {}

  std::string Render() {
    const std::string severity = SeverityName(diagnostic_.severity);
    const char* tone = diagnostic_.severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m";
    const std::string code = diagnostic_.code.empty() ? "" : "[" + diagnostic_.code + "]";
    out_ += Paint(tone, severity + code) + ": " + ShownText(diagnostic_.title) + "\n";
    gutter_ = GutterWidth();
    RenderSource(diagnostic_.span.source, "--> ");
    for (const uint32_t other : OtherSources()) RenderSource(other, "::: ");
    for (const std::string& note : diagnostic_.notes) RenderRemark("note", note);
    for (const std::string& help : diagnostic_.helps) RenderRemark("help", help);
    return std::move(out_);
  }

 private:
  std::string Paint(const char* tone, const std::string& text) const {
    return color_ ? tone + text + "\x1b[0m" : text;
  }

  std::vector<uint32_t> OtherSources() const {
    std::vector<uint32_t> others;
    for (const Label& label : diagnostic_.secondary) {
      const uint32_t source = label.span.source;
      if (source != diagnostic_.span.source &&
          std::find(others.begin(), others.end(), source) == others.end()) {
        others.push_back(source);
      }
    }
    return others;
  }

  size_t GutterWidth() const {
    uint32_t line = 1;
    const auto see = [&](const Span& span) {
      if (span.source < sources_.size()) {
        line = std::max(line, sources_[span.source].PlaceOf(span.begin).line);
      }
    };
    see(diagnostic_.span);
    for (const Label& label : diagnostic_.secondary) see(label.span);
    return std::to_string(line).size();
  }

  std::string Gutter(const std::string& number = "") const {
    return Paint("\x1b[1;34m", std::string(gutter_ - number.size(), ' ') + number + " |");
  }

  void RenderSource(uint32_t index, const char* arrow) {
    if (index >= sources_.size()) return;
    const Source& source = sources_[index];
    Marks marks;
    Span place = diagnostic_.span;
    if (index == diagnostic_.span.source) {
      AddMark(source, diagnostic_.span, true, diagnostic_.label, &marks);
    }
    for (const Label& label : diagnostic_.secondary) {
      if (label.span.source != index) continue;
      if (marks.empty()) place = label.span;
      AddMark(source, label.span, false, label.text, &marks);
    }
    const Source::Place at = source.PlaceOf(place.begin);
    out_ += std::string(gutter_, ' ') + Paint("\x1b[1;34m", arrow) + ShownText(source.name()) +
            ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + "\n";
    out_ += Gutter() + "\n";
    uint32_t previous = 0;
    for (const auto& [line, line_marks] : marks) {
      if (previous > 0) RenderGap(source, previous, line);
      const auto columns = static_cast<uint32_t>(Utf8Length(source.Line(line)));
      const Window window = WindowFor(columns, line_marks);
      RenderLine(source, line, window);
      RenderMarks(line_marks, window, window.begin > 1 ? kCut.size() : 0);
      previous = line;
    }
  }

  void RenderGap(const Source& source, uint32_t previous, uint32_t line) {
    if (line - previous - 1 > kSkippedLinesShown) {
      out_ += Paint("\x1b[1;34m", "...") + "\n";
    } else {
      for (uint32_t between = previous + 1; between < line; ++between) {
        const auto columns = static_cast<uint32_t>(Utf8Length(source.Line(between)));
        RenderLine(source, between, WindowFor(columns, {}));
      }
    }
  }

  void RenderLine(const Source& source, uint32_t line, Window window) {
    const std::string_view text = source.Line(line);
    const std::string_view part = Utf8Range(text, window.begin - 1, window.end - 1);
    const bool cut_before = window.begin > 1;
    const bool cut_behind = part.data() + part.size() < text.data() + text.size();
    out_ += Gutter(std::to_string(line)) + (text.empty() ? "" : " ");
    if (cut_before) out_ += kCut;
    out_ += PrintableText(part);
    if (cut_behind) out_ += kCut;
    out_ += "\n";
  }

  // One row of carets per mark: words never collide, and a reader sees what belongs to what. Marks
  // are cut where their line is.
  void RenderMarks(std::vector<Mark> marks, Window window, size_t indent) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const Mark& a, const Mark& b) { return a.begin < b.begin; });
    for (const Mark& mark : marks) {
      const uint32_t begin = std::clamp(mark.begin, window.begin, window.end);
      const uint32_t end = std::clamp(mark.end, begin + 1, std::max(window.end, begin + 1));
      const std::string line(end - begin, mark.primary ? '^' : '-');
      const char* tone = mark.primary ? "\x1b[1;31m" : "\x1b[1;34m";
      out_ += Gutter() + " " + std::string(begin - window.begin + indent, ' ') +
              Paint(tone, mark.text.empty() ? line : line + " " + ShownText(mark.text)) + "\n";
    }
  }

  void RenderRemark(const char* kind, const std::string& text) {
    const std::string indent(gutter_ + 1, ' ');
    const std::string head = indent + Paint("\x1b[1m", std::string("= ") + kind) + ": ";
    const std::string next = "\n" + indent + std::string(std::string_view(kind).size() + 4, ' ');
    std::vector<std::string> lines = SplitText(text, '\n');
    for (std::string& line : lines) line = ShownText(line);
    out_ += head + JoinText(lines, next) + "\n";
  }

  const Diagnostic& diagnostic_;
  const std::vector<Source>& sources_;
  const bool color_;
  size_t gutter_ = 1;
  std::string out_;
};

Json PlaceJson(const Span& span, const std::vector<Source>& sources) {
  Json json = Json::object();
  if (span.source >= sources.size()) return json;
  const Source& source = sources[span.source];
  const Source::Place begin = source.PlaceOf(span.begin);
  const Source::Place end = source.PlaceOf(std::max(span.begin, span.end));
  json["file"] = source.name();
  json["line"] = begin.line;
  json["column"] = begin.column;
  json["end_line"] = end.line;
  json["end_column"] = end.column;
  return json;
}

}  // namespace

std::string RenderDiagnostic(const Diagnostic& diagnostic, const std::vector<Source>& sources,
                             const RenderOptions& options) {
  return Renderer(diagnostic, sources, options.color).Render();
}

std::string DiagnosticToJson(const Diagnostic& diagnostic, const std::vector<Source>& sources) {
  Json json;
  json["severity"] = SeverityName(diagnostic.severity);
  json["code"] = diagnostic.code;
  json["title"] = diagnostic.title;
  json.update(PlaceJson(diagnostic.span, sources));
  json["label"] = diagnostic.label;
  json["secondary"] = Json::array();
  for (const Label& label : diagnostic.secondary) {
    Json entry = PlaceJson(label.span, sources);
    entry["text"] = label.text;
    json["secondary"].push_back(std::move(entry));
  }
  json["notes"] = diagnostic.notes;
  json["helps"] = diagnostic.helps;
  json["fixes"] = Json::array();
  for (const Fix& fix : diagnostic.fixes) {
    Json entry = PlaceJson(fix.span, sources);
    entry["replacement"] = fix.replacement;
    json["fixes"].push_back(std::move(entry));
  }
  return DumpJson(json);
}

std::string ApplyFixes(const Diagnostic& diagnostic, const Source& source, uint32_t source_index) {
  std::vector<const Fix*> fixes;
  for (const Fix& fix : diagnostic.fixes) {
    if (fix.span.source == source_index) fixes.push_back(&fix);
  }
  std::stable_sort(fixes.begin(), fixes.end(),
                   [](const Fix* a, const Fix* b) { return a->span.begin < b->span.begin; });
  const std::string& text = source.text();
  std::string fixed;
  size_t at = 0;
  for (const Fix* fix : fixes) {
    const size_t begin = std::clamp<size_t>(fix->span.begin, at, text.size());
    fixed.append(text, at, begin - at);
    fixed += fix->replacement;
    at = std::clamp<size_t>(fix->span.end, begin, text.size());
  }
  return fixed.append(text, at);
}

bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace lmp
