// FindForeignBlocks: statements with blocks in the form of other languages: `switch`, `match` with
// `case` or as a value, `try` with `catch`, `except` or `finally`. What has no certain fix is
// passed over as a whole.
#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class BlockFinder : private Phrase {
 public:
  BlockFinder(string_view text, const Tokens& tokens) : Phrase(text, tokens, 0, tokens.size()) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      size_t last = i;
      if (Match(i, &last) || TriedValue(i, &last) || Try(i, &last)) i = last;
    }
    return std::move(found_);
  }

 private:
  // The `{` or the `:` that ends the head of the statement at token i, on its line; or end_.
  size_t HeadEnd(size_t i) const {
    size_t depth = 0;
    for (size_t k = i + 1; k < end_ && SameLine(i, k); ++k) {
      if (depth == 0 && OneOf(At(k), {kLBrace, kLMap, kColon})) return k;
      if (IsOpener(At(k))) ++depth;
      if (IsCloser(At(k)) && depth-- == 0) break;
    }
    return end_;
  }

  // The last token of the block behind the head of token i, which ends at `head_end`: in braces, or
  // all that is indented deeper.
  size_t BlockEnd(size_t i, size_t head_end) const {
    if (At(head_end) != kColon) return CloserOfBracket(head_end);
    const size_t indent = IndentOf(text_, tokens_[i].begin).size();
    size_t k = head_end + 1;
    while (k < end_ &&
           !(tokens_[k].first_on_line && IndentOf(text_, tokens_[k].begin).size() <= indent)) {
      ++k;
    }
    return k - 1;
  }

  // switch (x) { case 1: ... }, match x: ..., let y = match x { 1 => "a" }
  bool Match(size_t i, size_t* last) {
    const bool other = TextAt(i) == "switch";
    if ((!other && TextAt(i) != "match") || !IsWord(At(i))) return false;
    const bool value = i > 0 && SameLine(i - 1, i) &&
                       OneOf(At(i - 1), {kAssign, kReturn, kYield, kEmit, kLParen, kComma});
    if (!value && !Starts(i)) return false;
    const size_t head_end = HeadEnd(i);
    if (head_end >= end_ || head_end == i + 1) return false;
    const size_t close = BlockEnd(i, head_end);
    const bool cases = IsAnyOf(TextAt(head_end + 1), {"case", "default"});
    if (close >= end_ || close == head_end) return false;
    if (!other && !value && At(head_end) != kColon && !cases) return false;
    *last = close;
    if (value) {
      Report("`match` is a statement and has no value", i,
             "choose with `x == 1 ? a : x == 2 ? b : c`, or give each arm a `return`");
      PassOver(i, close, "null");
      return true;
    }
    const std::string made = Rewritten(i, head_end, close);
    Diagnostic& d = Report(
        "a choice among values is written `match x { a => ...  else => ... }`", i,
        made.empty() ? "write `a => { }` for each `case`"
                     : "write `" + made.substr(0, made.find('\n')) + "`, with arms `a => { }`");
    if (made.empty()) {
      PassOver(i, close, "break");
    } else {
      Replace(&d, i, close, made);
    }
    return true;
  }

  bool IsCase(size_t k) const {
    return (TextAt(k) == "case" || TextAt(k) == "default") && IsWord(At(k)) && Starts(k);
  }

  // The statement as LMP writes it, case by case; "" where a case runs on into the next.
  std::string Rewritten(size_t i, size_t head_end, size_t close) const {
    const bool parens = At(i + 1) == kLParen && CloserOfBracket(i + 1) == head_end - 1;
    if (parens && head_end == i + 3) return "";
    const std::string indent(IndentOf(text_, tokens_[i].begin));
    std::string made = "match " + Source(i + (parens ? 2 : 1), head_end - (parens ? 2 : 1)) + " {";
    const size_t end = At(head_end) == kColon ? close + 1 : close;  // behind the last case
    std::string pattern;
    bool otherwise = false;
    for (size_t k = head_end + 1; k < end;) {
      if (!IsCase(k)) return "";
      const size_t behind = HeadEnd(k);
      if (behind >= end) return "";
      const bool rest = TextAt(k) == "default" || TextAt(k + 1) == "_";
      if (!rest && behind == k + 1) return "";
      otherwise = otherwise || rest;
      const bool braces = At(behind) != kColon;
      size_t next = braces ? CloserOfBracket(behind) + 1 : behind + 1;
      while (!braces && next < end && !(IsCase(next) && Opener(next) == Opener(k))) ++next;
      if (next > end) return "";
      pattern += pattern.empty() ? "" : " | ";
      pattern += rest ? "else" : Source(k + 1, behind - 1);
      const size_t last = braces ? next - 2 : next - 1;
      k = next;
      if (last == behind && !braces) continue;  // case 1: case 2: ...
      if (rest && pattern != "else") return "";
      const bool leaves = TextAt(last) == "break" && !braces;
      const bool ends = leaves || At(head_end) == kColon || braces || rest || Returns(behind, last);
      if (!ends) return "";
      const std::string body = last > behind + leaves ? Source(behind + 1, last - leaves) : "";
      made += "\n" + indent + "  " + pattern + " => { " + body + " }";
      pattern.clear();
    }
    if (!pattern.empty()) return "";
    return made + (otherwise ? "" : "\n" + indent + "  else => { }") + "\n" + indent + "}";
  }

  // The last line from `first` to `last` is a `return`.
  bool Returns(size_t first, size_t last) const {
    size_t line = FirstOnLine(tokens_, last);
    if (line <= first) line = first + 1;
    return IsAnyOf(TextAt(line), {"return", "yield", "continue"});
  }

  // let x = try { gen a } else { "b" }, return try { ... }
  bool TriedValue(size_t i, size_t* last) {
    const bool value = i > 1 && TextAt(i) == "try" && SameLine(i - 1, i) && At(i + 1) == kLBrace &&
                       OneOf(At(i - 1), {kAssign, kReturn, kYield, kEmit, kLParen, kComma});
    if (!value) return false;
    size_t end = BlockEnd(i, i + 1);
    if (end < end_ && TextAt(end + 1) == "else") {
      const size_t head_end = HeadEnd(end + 1);
      end = head_end < end_ ? BlockEnd(end + 1, head_end) : end_;
    }
    if (end >= end_) return false;
    const bool named = At(i - 1) == kAssign && IsWord(At(i - 2));
    const std::string name(named ? TextAt(i - 2) : string_view("x"));
    Report("a `try` with a block is a statement and has no value", i,
           "write `try a else b` of two expressions; or set a variable: `var " + name +
               " = \"\"`, then `try { ...  " + name + " = ... } else e { " + name + " = ... }`");
    PassOver(i, end, "null");
    *last = end;
    return true;
  }

  // try { ... } catch (e) { ... }, try: ... except X as e: ... finally: ...
  bool Try(size_t i, size_t* last) {
    if (TextAt(i) != "try" || !Starts(i) || !OneOf(At(i + 1), {kLBrace, kLMap, kColon})) {
      return false;
    }
    size_t end = BlockEnd(i, i + 1);
    bool handled = At(i + 1) == kColon;
    size_t clauses = 0, clause = end_, head = end_;
    while (end < end_ && IsAnyOf(TextAt(end + 1), {"catch", "except", "finally", "else"})) {
      handled = handled || TextAt(end + 1) != "else";
      const size_t head_end = HeadEnd(end + 1);
      if (head_end >= end_) break;
      ++clauses;
      clause = end + 1;
      head = head_end;
      end = BlockEnd(end + 1, head_end);
    }
    if (!handled || end >= end_) return false;
    Diagnostic& d =
        Report("what fails is handled by `try { ... } else e { ... }`", i,
               "write `else e {` for what is done then: `e.kind` and `e.message` say what failed");
    *last = end;
    const bool one = clauses == 1 && TextAt(clause) == "catch" && OneOf(At(head), {kLBrace, kLMap});
    if (!one) {
      PassOver(i, end, "break");
      return true;
    }
    // The name is the last word in front of the block: catch (e), catch (Exception e), catch.
    size_t name = head - 1;
    while (name > clause && !IsWord(At(name))) --name;
    Replace(&d, clause, head - 1, name > clause ? "else " + std::string(TextAt(name)) : "else");
    return true;
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignBlocks(string_view text, const Tokens& tokens) {
  return BlockFinder(text, tokens).Run();
}

}  // namespace lmp::frontend
