#include "frontend/string_literal.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "frontend/mistakes.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameByte(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

class Decoder {
 public:
  Decoder(const RepairedText& text, uint32_t begin, uint32_t end,
          const std::vector<StringPiece>& pieces, std::vector<Diagnostic>* diagnostics)
      : repaired_(text),
        text_(text.text()),
        begin_(begin),
        end_(end),
        pieces_(pieces),
        diagnostics_(diagnostics) {}

  void FindMargin() {
    DropOuterLineBreaks();
    std::vector<string_view> indents;
    for (const StringPiece& piece : pieces_) {
      if (!IsText(piece)) continue;
      for (size_t at = text_.find('\n', piece.begin); at < piece.end;
           at = text_.find('\n', at + 1)) {
        AddIndent(static_cast<uint32_t>(at + 1), &indents);
      }
    }
    if (indents.empty()) return;
    const auto least = std::min_element(indents.begin(), indents.end(),
                                        [](auto a, auto b) { return a.size() < b.size(); });
    margin_ = least->size();
    for (const string_view indent : indents) {
      if (indent.substr(0, margin_) == *least) continue;
      const auto at = static_cast<uint32_t>(indent.data() - text_.data());
      Diagnostic d =
          MakeMistake(Mistake::kMixedIndent, at, at + static_cast<uint32_t>(indent.size()),
                      "tabs and spaces are mixed in the indent of this block string");
      d.label = "not indented with the same characters as its other lines";
      d.helps.push_back("indent every line of the text with spaces only, or with tabs only");
      Report(std::move(d));
      margin_ = 0;
      return;
    }
  }

  ast::StringExpr Decode() {
    line_start_ = starts_with_line_;
    for (const StringPiece& piece : pieces_) {
      if (piece.value.valid()) {
        Flush();
        ast::StringPart part;
        part.span = repaired_.Original(piece.begin, piece.end);
        part.value = piece.value;
        result_.parts.push_back(std::move(part));
        line_start_ = false;
      } else if (IsText(piece)) {
        AppendText(std::max(piece.begin, begin_), std::min(piece.end, end_));
        if (piece.kind != kRawStr && piece.kind != kRawBlock) FindBraceNames(piece);
      } else {
        AppendEscape(piece);
        line_start_ = false;
      }
    }
    Flush();
    return std::move(result_);
  }

 private:
  static bool IsText(const StringPiece& piece) {
    return OneOf(piece.kind, {kStrText, kBlockText, kRawStr, kRawBlock});
  }

  void Report(Diagnostic d) const {
    repaired_.ToOriginal(&d);
    diagnostics_->push_back(std::move(d));
  }

  // The line break behind the opening quotes and the one before the closing quotes.
  void DropOuterLineBreaks() {
    uint32_t at = begin_;
    while (at < end_ && (IsBlank(text_[at]) || text_[at] == '\r')) ++at;
    if (at < end_ && text_[at] == '\n') {
      begin_ = at + 1;
      starts_with_line_ = true;
    }
    at = end_;
    while (at > begin_ && IsBlank(text_[at - 1])) --at;
    if (at > begin_ && text_[at - 1] == '\n') {
      closing_indent_ = text_.substr(at, end_ - at);
      end_ = at - 1;
      if (end_ > begin_ && text_[end_ - 1] == '\r') --end_;
    } else if (at == begin_ && starts_with_line_) {
      end_ = begin_;
    }
  }

  // Blank lines have no indent; the line of the closing quotes has one.
  void AddIndent(uint32_t line, std::vector<string_view>* indents) const {
    if (closing_indent_ && closing_indent_->data() == text_.data() + line) {
      indents->push_back(*closing_indent_);
      return;
    }
    if (line > end_) return;
    uint32_t at = line;
    while (at < end_ && IsBlank(text_[at])) ++at;
    if (at >= end_ || text_[at] == '\n' || text_[at] == '\r') return;
    indents->push_back(text_.substr(line, at - line));
  }

  void AppendText(uint32_t at, uint32_t end) {
    while (at < end) {
      if (line_start_) {
        uint32_t skipped = 0;
        while (at < end && skipped < margin_ && IsBlank(text_[at])) ++at, ++skipped;
        line_start_ = false;
        continue;
      }
      if (text_[at] == '\r' && at + 1 < end && text_[at + 1] == '\n') {
        ++at;
        continue;
      }
      Append(text_.substr(at, 1), at);
      line_start_ = text_[at] == '\n';
      ++at;
    }
  }

  void AppendEscape(const StringPiece& piece) {
    const string_view escape = text_.substr(piece.begin, piece.end - piece.begin);
    const char c = escape.size() > 1 ? escape[1] : '\0';
    std::string decoded;
    if (piece.kind == kStrBadEscape || piece.kind == kBlockBadEscape) {
      BadEscape(piece, escape);
      decoded = escape;
    } else if (c == 'u') {
      uint32_t code_point = 0;
      const char* last = escape.data() + escape.size() - 1;
      const auto read = std::from_chars(escape.data() + 3, last, code_point, 16);
      const bool ok = read.ec == std::errc() && code_point <= 0x10ffff &&
                      !(code_point >= 0xd800 && code_point <= 0xdfff);
      if (!ok) BadEscape(piece, escape);
      AppendUtf8(ok ? code_point : 0xfffd, &decoded);
    } else {
      constexpr string_view kFrom = "nrt0";
      constexpr string_view kTo("\n\r\t\0", 4);
      const size_t index = kFrom.find(c);
      decoded = index == string_view::npos ? c : kTo[index];
    }
    escaped_ = true;  // an escape is an origin of its own
    Append(decoded, piece.begin);
    escaped_ = true;
  }

  void BadEscape(const StringPiece& piece, string_view escape) const {
    Diagnostic d = MakeMistake(Mistake::kBadEscape, piece.begin, piece.end,
                               "`" + std::string(escape) + "` is no escape");
    d.notes.push_back("escapes are \\n \\r \\t \\0 \\\" \\\\ \\$ and \\u{1F600}");
    if (escape.substr(0, 2) != "\\u" || escape.size() < 4) {
      d.helps.push_back("write `\\\\` for a backslash, or r\"...\" for text without escapes");
      AddFix(&d, piece.begin, piece.begin + 1, "\\\\");
    }
    Report(std::move(d));
  }

  void Append(string_view bytes, uint32_t source) {
    const auto offset = static_cast<uint32_t>(part_.text.size());
    if (part_.text.empty()) part_begin_ = source;
    if (part_.origins.empty() || escaped_ || source != next_source_) {
      part_.origins.push_back({offset, repaired_.Original(source, source).begin});
    }
    escaped_ = false;
    part_.text += bytes;
    next_source_ = source + static_cast<uint32_t>(bytes.size());
  }

  void Flush() {
    if (!part_.text.empty()) {
      part_.span = repaired_.Original(part_begin_, std::max(part_begin_, next_source_));
      result_.parts.push_back(std::move(part_));
    }
    part_ = {};
    escaped_ = false;
  }

  // `{name}`, `{name.field}`, `{f(name)}` or `$name`; doubled braces are another language's escape.
  void FindBraceNames(const StringPiece& piece) {
    for (uint32_t at = piece.begin; at < piece.end; ++at) {
      const bool dollar = text_[at] == '$' && (at == piece.begin || text_[at - 1] != '$');
      const bool open =
          text_[at] == '{' && (at == 0 || (text_[at - 1] != '$' && text_[at - 1] != '{'));
      if (!dollar && !open) continue;
      ast::BraceName brace;
      brace.dollar = dollar;
      uint32_t next = at + 1;
      // A `$` is a piece of its own.
      const uint32_t last = dollar ? end_ : piece.end;
      while (next < last && IsNameStart(text_[next])) {
        const uint32_t first = next;
        while (next < last && IsNameByte(text_[next])) ++next;
        brace.name.parts.push_back(
            {std::string(text_.substr(first, next - first)), repaired_.Original(first, next)});
        if (dollar || next >= piece.end || text_[next] != '.') break;
        ++next;
      }
      if (dollar) {
        if (brace.name.parts.empty()) continue;
        brace.name.span = repaired_.Original(at + 1, next);
        brace.span = repaired_.Original(at, next);
        result_.brace_names.push_back(std::move(brace));
        continue;
      }
      if (brace.name.parts.size() == 1 && next < piece.end && text_[next] == '(') {
        const uint32_t first = ++next;
        while (next < piece.end && IsNameByte(text_[next])) ++next;
        brace.argument = text_.substr(first, next - first);
        if (brace.argument.empty() || next >= piece.end || text_[next++] != ')') continue;
      }
      const bool closed = next < piece.end && text_[next] == '}' && text_[next - 1] != '.';
      if (brace.name.parts.empty() || !closed) continue;
      if (next + 1 < piece.end && text_[next + 1] == '}') continue;
      brace.name.span = repaired_.Original(at + 1, next);
      brace.span = repaired_.Original(at, next + 1);
      result_.brace_names.push_back(std::move(brace));
    }
  }

  const RepairedText& repaired_;
  const string_view text_;
  uint32_t begin_;
  uint32_t end_;
  const std::vector<StringPiece>& pieces_;
  std::vector<Diagnostic>* diagnostics_;

  size_t margin_ = 0;
  bool starts_with_line_ = false;
  std::optional<string_view> closing_indent_;

  ast::StringExpr result_;
  ast::StringPart part_;
  uint32_t part_begin_ = 0;
  uint32_t next_source_ = 0;
  bool escaped_ = false;
  bool line_start_ = false;
};

}  // namespace

ast::StringExpr DecodeString(const RepairedText& text, uint32_t begin, uint32_t end, bool block,
                             const std::vector<StringPiece>& pieces,
                             std::vector<Diagnostic>* diagnostics) {
  Decoder decoder(text, begin, end, pieces, diagnostics);
  if (block) decoder.FindMargin();
  return decoder.Decode();
}

ast::StringExpr DecodeRawString(const RepairedText& text, uint32_t begin, uint32_t end, bool block,
                                std::vector<Diagnostic>* diagnostics) {
  const std::vector<StringPiece> pieces = {
      {.kind = block ? kRawBlock : kRawStr, .begin = begin, .end = end, .value = {}}};
  Decoder decoder(text, begin, end, pieces, diagnostics);
  if (block) decoder.FindMargin();
  ast::StringExpr decoded = decoder.Decode();
  decoded.raw = true;
  return decoded;
}

}  // namespace lmp::frontend
