// FindOpenStrings: where a string runs into the end of its line or of the file.
#include <algorithm>
#include <optional>

#include "frontend/layout.h"
#include "frontend/mistakes.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

constexpr size_t kLineBytesMax = 400;  // no line of a person is longer

class Finder {
 public:
  Finder(std::string_view text, const Tokens& tokens) : text_(text), tokens_(tokens) {}

  std::vector<Diagnostic> Run() {
    // Behind an open `${` the text of the string reads as code: nothing there can be judged.
    for (size_t i = 0; i < tokens_.size() && !lost_; ++i) {
      const TokenKind kind = tokens_[i].kind;
      if (kind == kStrEol) {
        // The lexer leaves the string here, so its opening quote is on top.
        CloseAtLineEnd(tokens_[i].begin);
        open_.pop_back();
      } else if (kind == kStrOpen || kind == kBlockOpen || IsOpener(kind)) {
        open_.push_back(i);
      } else if (kind == kStrClose || kind == kBlockClose || IsCloser(kind)) {
        Close(kind);
      }
    }
    if (lost_) return std::move(found_);
    if (!open_.empty() && tokens_[open_.back()].kind == kStrOpen) CloseAtLineEnd(text_.size());
    if (!open_.empty() && tokens_[open_.back()].kind == kBlockOpen) CloseBlock();
    return std::move(found_);
  }

 private:
  // Brackets that do not pair up are another finder's business; here only the nearest match counts.
  void Close(TokenKind closer) {
    for (size_t depth = open_.size(); depth > 0; --depth) {
      const TokenKind opener = tokens_[open_[depth - 1]].kind;
      const bool quotes = closer == kStrClose || closer == kBlockClose;
      const bool opened_by_quotes = opener == kStrOpen || opener == kBlockOpen;
      if (quotes ? opened_by_quotes : !opened_by_quotes && CloserOf(opener) == closer) {
        open_.resize(depth - 1);
        return;
      }
      if (opened_by_quotes) return;
    }
  }

  // The end of the string's text if its line ends at `line_end`: in front of blanks and of closers
  // whose brackets were opened on the same line.
  size_t TextEnd(const Token& quote, size_t line_end) const {
    size_t end = line_end;
    size_t depth = open_.size() - 1;
    const auto skip_blanks = [&] {
      while (end > quote.end &&
             (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r')) {
        --end;
      }
    };
    if (const size_t code = CodeBehind(quote, line_end); code < line_end) return code;
    skip_blanks();
    while (depth > 0 && end > quote.end) {
      const Token& opener = tokens_[open_[depth - 1]];
      if (opener.line != quote.line || !IsOpener(opener.kind) ||
          Spelling(CloserOf(opener.kind)) != text_.substr(end - 1, 1)) {
        break;
      }
      --end;
      --depth;
      skip_blanks();
    }
    return end;
  }

  // string(re"[0-9]+) with max: 30: the bracket in front of `with` closes the one around the
  // string.
  size_t CodeBehind(const Token& quote, size_t line_end) const {
    if (open_.size() < 2 || !IsOpener(tokens_[open_[open_.size() - 2]].kind)) return line_end;
    const Token& opener = tokens_[open_[open_.size() - 2]];
    if (opener.line != quote.line) return line_end;
    const std::string_view closer = Spelling(CloserOf(opener.kind));
    const std::string_view line = text_.substr(0, line_end);
    for (size_t at = line.find(closer, quote.end); at < line_end; at = line.find(closer, at + 1)) {
      const size_t rest = line.find_first_not_of(" \t)]}", at);
      if (rest == std::string_view::npos) continue;
      const bool list = line.substr(rest, 2) == ", ";
      if (!list && line.substr(rest, 5) != "with ") continue;
      const size_t name =
          line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", rest + (list ? 2 : 5));
      if (name != std::string_view::npos && line[name] == ':') return at;
    }
    return line_end;
  }

  static bool IsLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  // Nothing but what stands between two strings: `, `, `, text: `, `) + `, `] with stop: `.
  static bool IsBetween(std::string_view code) {
    if (code.empty() || std::string_view(",)]}+|").find(code[0]) == std::string_view::npos) {
      return false;
    }
    for (size_t i = 0; i < code.size();) {
      size_t end = i;
      while (end < code.size() && IsLetter(code[end])) ++end;
      const bool name = end < code.size() && code[end] == ':';
      const std::string_view word = code.substr(i, end - i);
      if (end > i && !name && word != "with" && word != "in") return false;
      if (end == i && std::string_view(" ,:()[]{}+|").find(code[i]) == std::string_view::npos) {
        return false;
      }
      i = std::max(end, i + 1);
    }
    return true;
  }

  // Where a quote is missing on a line with an odd number of them, if what stands around the others
  // tells: a string opens right behind a letter, or ends right in front of one.
  std::optional<uint32_t> QuoteBetween(size_t begin, size_t end) const {
    if (end - begin > kLineBytesMax) return std::nullopt;
    const std::string_view line = text_.substr(0, end);
    std::vector<size_t> quotes;
    for (size_t at = begin; at < end; ++at) {
      if (line[at] == '\\' || line.substr(at, 2) == "${" || line.substr(at, 2) == "//" ||
          line.substr(at, 3) == "\"\"\"") {
        return std::nullopt;
      }
      if (line[at] == '"') quotes.push_back(at);
    }
    if (quotes.size() % 2 == 0) return std::nullopt;
    for (size_t i = 0; i < quotes.size(); i += 2) {
      const size_t open = quotes[i];
      size_t word = open;
      while (word > begin && IsLetter(line[word - 1])) --word;
      const std::string_view prefix = line.substr(word, open - word);
      const bool ends =
          open > begin && (IsLetter(line[open - 1]) ||
                           std::string_view(".?!").find(line[open - 1]) != std::string_view::npos);
      if (ends && prefix != "re" && prefix != "r" && prefix != "f") {
        const size_t from = i > 0 ? quotes[i - 1] + 1 : begin;
        size_t start = line.substr(0, open).find_last_of(",([=:");
        if (start == std::string_view::npos || start < from) {
          start = line.find(' ', begin + IndentOf(text_, begin).size());
        }
        start = line.find_first_not_of(' ', start + 1);
        if (start < from || start >= open) return std::nullopt;
        return static_cast<uint32_t>(start);
      }
      if (i + 1 >= quotes.size() || quotes[i + 1] + 1 >= end ||
          !IsLetter(line[quotes[i + 1] + 1])) {
        continue;
      }
      for (size_t at = open + 1; at < quotes[i + 1]; ++at) {
        if (IsBetween(line.substr(at, quotes[i + 1] - at))) return static_cast<uint32_t>(at);
      }
    }
    return std::nullopt;
  }

  bool OnlyClosers(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin).find_first_not_of(" \t\r)]},") ==
           std::string_view::npos;
  }

  void CloseAtLineEnd(size_t line_end) {
    const Token& quote = tokens_[open_.back()];
    const size_t end = TextEnd(quote, line_end);
    if (open_.size() > 1 && IsInterp(tokens_[open_[open_.size() - 2]].kind) &&
        OnlyClosers(quote.end, line_end)) {
      // "Hi ${name" : the quote was meant to close the string around the interpolation.
      const Token& interp = tokens_[open_[open_.size() - 2]];
      Diagnostic d = MakeMistake(Mistake::kUnclosedDelimiter, interp.begin, interp.end,
                                 "`${` is never closed");
      d.label = "the value starts here";
      d.secondary.push_back(
          {{0, quote.begin, quote.begin}, "`}` is missing in front of this quote"});
      d.helps.push_back("close the value: `${name}`");
      AddFix(&d, quote.begin, quote.begin, "}");
      found_.push_back(std::move(d));
      lost_ = true;
      return;
    }
    if (end == quote.end && JoinLines(quote)) return;
    if (const auto missing = QuoteBetween(LineBegin(text_, quote.begin), line_end)) {
      Diagnostic d = MakeMistake(Mistake::kUnclosedString, *missing, *missing,
                                 "a `\"` is missing on this line");
      d.label = "likely here";
      d.helps.push_back("a string starts and ends with `\"`");
      AddFix(&d, *missing, *missing, "\"");
      found_.push_back(std::move(d));
      lost_ = true;
      return;
    }
    Diagnostic d = MakeMistake(Mistake::kUnclosedString, quote.begin, quote.end,
                               "the string has no closing quote on its line");
    d.label = "the string starts here";
    d.helps.push_back(
        "add `\"` at its end; text of several lines stands between `\"\"\"` and `\"\"\"`");
    AddFix(&d, end, end, "\"");
    found_.push_back(std::move(d));
    open_quote_ = quote;
  }

  // "first line
  //  second line"   lexes as two open strings, the second of them empty.
  bool JoinLines(const Token& quote) {
    if (found_.empty() || !open_quote_ || open_quote_->line >= quote.line) return false;
    Diagnostic& d = found_.back();
    d.title = "a string between `\"` quotes cannot span lines";
    d.helps = {"put text of several lines between `\"\"\"` and `\"\"\"`"};
    d.fixes.clear();
    AddFix(&d, open_quote_->begin, open_quote_->end, "\"\"\"\n");
    AddFix(&d, quote.begin, quote.end, "\n\"\"\"");
    open_quote_.reset();
    return true;
  }

  // The line that starts at `line` begins like a statement.
  bool IsCode(size_t line) const {
    if (line >= text_.size()) return false;
    size_t begin = line + IndentOf(text_, line).size();
    if (text_.substr(begin, 1) == "}") return true;
    const size_t end = text_.find_first_not_of("abcdefghijklmnopqrstuvwxyz", begin);
    const std::string_view word = text_.substr(begin, end - begin);
    if (word.empty() || end >= text_.size() || text_[end] != ' ') return false;
    for (int kind = static_cast<int>(kImport); kind <= static_cast<int>(kNot); ++kind) {
      const auto reserved = static_cast<TokenKind>(kind);
      if (IsStatementWord(reserved) && Spelling(reserved) == word) return true;
    }
    return false;
  }

  void CloseBlock() {
    const Token& quote = tokens_[open_.back()];
    const std::string_view indent = IndentOf(text_, quote.begin);
    // The text was meant to end in front of the first line that is indented no deeper than the
    // line that opens it.
    size_t end = text_.size();
    size_t line = LineEnd(text_, quote.begin);
    // Where the text itself stands further left, a line of code ends it.
    const size_t next = std::min(line + 1, text_.size());
    const bool outdented = IndentOf(text_, next).size() <= indent.size() && !IsCode(next);
    while ((line = text_.find('\n', line)) != std::string_view::npos) {
      ++line;
      const size_t stop = LineEnd(text_, line);
      const std::string_view deeper = IndentOf(text_, line);
      const bool code = !outdented || (deeper.size() == indent.size() && IsCode(line)) ||
                        text_.substr(line, 1) == "}";
      if (stop > line + deeper.size() && deeper.size() <= indent.size() && code) {
        end = line;
        break;
      }
    }
    Diagnostic d = MakeMistake(Mistake::kUnclosedString, quote.begin, quote.end,
                               "the block string is never closed");
    d.label = "the text starts here";
    d.helps.push_back("close it with `\"\"\"` on a line of its own");
    const bool on_new_line = end > 0 && text_[end - 1] == '\n';
    AddFix(&d, end, end, (on_new_line ? "" : "\n") + std::string(indent) + "  \"\"\"\n");
    found_.push_back(std::move(d));
  }

  std::string_view text_;
  const Tokens& tokens_;
  std::vector<size_t> open_;         // quotes and brackets
  std::optional<Token> open_quote_;  // of the last report
  bool lost_ = false;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> FindOpenStrings(std::string_view text, const Tokens& tokens) {
  return Finder(text, tokens).Run();
}

}  // namespace lmp::frontend
