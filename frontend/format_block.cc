// Reindented: block strings move as a whole.
#include <algorithm>
#include <vector>

#include "frontend/format_layout.h"
#include "frontend/lex.h"
#include "frontend/string_literal.h"

namespace lmp::frontend {
namespace {

using std::string_view;

constexpr string_view kQuotes = "\"\"\"";

// The value, if all between the quotes were text.
std::string PlainValue(string_view string, std::vector<Diagnostic>* diagnostics) {
  const RepairedText text{std::string(string), 0};
  const size_t quotes = string.find(kQuotes) + kQuotes.size();
  const ast::StringExpr decoded =
      DecodeRawString(text, static_cast<uint32_t>(quotes),
                      static_cast<uint32_t>(string.size() - kQuotes.size()), true, diagnostics);
  return decoded.parts.empty() ? "" : decoded.parts[0].text;
}

bool IsBlankLine(string_view line) { return line.find_first_not_of(" \t\r") == string_view::npos; }

// A line break inside of `${ }` is none of the text's, and neither is what stands behind it.
bool BreaksInterpolation(string_view string) {
  std::vector<uint32_t> open;  // where each bracket begins, the outermost is a `${`
  for (const Token& token : Lex(string).tokens) {
    if (IsOpener(token.kind)) open.push_back(token.begin);
    if (!IsCloser(token.kind) || open.empty()) continue;
    const string_view inside = string.substr(open.back(), token.end - open.back());
    open.pop_back();
    if (open.empty() && inside.find('\n') != string_view::npos) return true;
  }
  return false;
}

std::vector<string_view> LinesOf(string_view text) {
  std::vector<string_view> lines;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

std::string Reindented(string_view string, size_t indent) {
  const std::string as_it_is(string);
  const bool raw = string.front() == 'r';
  const std::vector<string_view> lines = LinesOf(string);
  const string_view closing = lines.back().substr(0, lines.back().size() - kQuotes.size());
  const bool opens = IsBlankLine(lines.front().substr(raw ? 4 : 3));
  if (lines.size() < 2 || !opens || !IsBlankLine(closing)) return as_it_is;
  if (!raw && BreaksInterpolation(string)) return as_it_is;

  size_t margin = closing.size();
  for (size_t i = 1; i + 1 < lines.size(); ++i) {
    if (!IsBlankLine(lines[i])) margin = std::min(margin, lines[i].find_first_not_of(" \t"));
  }
  const std::string pad(indent, ' ');
  std::string moved = raw ? "r\"\"\"\n" : "\"\"\"\n";
  for (size_t i = 1; i + 1 < lines.size(); ++i) {
    const string_view rest = lines[i].substr(std::min(margin, lines[i].size()));
    if (!rest.empty()) moved += pad + std::string(rest);
    moved += '\n';
  }
  moved += pad + std::string(kQuotes);

  std::vector<Diagnostic> wrong;
  const bool same = PlainValue(string, &wrong) == PlainValue(moved, &wrong);
  return same && wrong.empty() ? moved : as_it_is;
}

}  // namespace lmp::frontend
