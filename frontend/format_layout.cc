#include "frontend/format_layout.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

constexpr size_t kWidth = 100;
constexpr size_t kIndent = 2;
constexpr size_t kContinuation = 4;

bool IsGroup(TokenKind kind) { return OneOf(kind, {kLParen, kLBrack, kLMap}); }

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }
std::string_view LastLine(std::string_view text) { return text.substr(text.rfind('\n') + 1); }

// What is known of each piece before anything is laid out. Ranges [begin, end) of pieces.
class Measure {
 public:
  explicit Measure(const std::vector<Piece>& pieces) : pieces_(pieces) {
    const size_t n = pieces.size();
    width_.assign(n + 1, 0);
    stops_.assign(n + 1, 0);
    blocks_.assign(n + 1, 0);
    for (size_t i = 0; i < n; ++i) {
      const bool stop = IsStop(i);
      const bool block = pieces[i].kind == kLBrace && pieces[i].match > i + 1;
      width_[i + 1] = width_[i] + Blanks(i) + Utf8Length(FirstLine(pieces[i].text));
      stops_[i + 1] = stops_[i] + (stop ? 1 : 0);
      blocks_[i + 1] = blocks_[i] + (block ? 1 : 0);
    }
    FindParts();
  }

  size_t Blanks(size_t i) const { return i == 0 ? 0 : BlanksBetween(pieces_[i - 1], pieces_[i]); }
  // On one line, without the blanks in front.
  size_t Width(size_t begin, size_t end) const {
    return width_[end] - width_[begin] - Blanks(begin);
  }
  // Something in it, comments in front of it aside, needs a line break.
  bool Stops(size_t begin, size_t end) const {
    return stops_[end] - stops_[begin + 1] + (StopsInside(begin) ? 1 : 0) > 0;
  }
  bool HasBlock(size_t begin, size_t end) const { return blocks_[end] > blocks_[begin]; }

  // A list in brackets whose elements stand on lines of their own.
  bool IsExploded(size_t open) const {
    const size_t close = pieces_[open].match;
    if (close == open + 1) return !pieces_[close].comments.empty();
    if (pieces_[close - 1].kind == kComma) return true;
    if (pieces_[open].kind == kLMap && pieces_[open + 1].newline_before) return true;
    for (size_t i = open + 1; i <= close; ++i) {
      if (!pieces_[i].comments.empty()) return true;
      if (IsOpener(pieces_[i].kind)) i = pieces_[i].match;
    }
    return false;
  }

  // Of a list in brackets: more than one element, or on lines of their own.
  bool IsBreakable(size_t open) const { return has_parts_[open] || IsExploded(open); }

  // The end of the element that begins at `i`.
  size_t NextElement(size_t i, size_t end) const {
    do {
      i = std::max<size_t>(pieces_[i].match, i) + 1;
    } while (i < end && pieces_[i].element == Element::kNone);
    return i;
  }
  // The end of the part of a list that begins at `i`: behind its comma.
  size_t NextPart(size_t i, size_t end) const {
    do {
      i = std::max<size_t>(pieces_[i].match, i) + 1;
    } while (i < end && !BeginsPart(i));
    return i;
  }
  bool BeginsPart(size_t i) const {
    return pieces_[i - 1].kind == kComma ||
           (pieces_[i].element == Element::kPair && pieces_[i - 1].kind != kLMap);
  }

 private:
  void FindParts() {
    has_parts_.assign(pieces_.size(), false);
    std::vector<size_t> open = {0};
    for (size_t i = 1; i < pieces_.size(); ++i) {
      if (BeginsPart(i)) has_parts_[open.back()] = true;
      if (IsOpener(pieces_[i].kind)) open.push_back(i);
      if (IsCloser(pieces_[i].kind)) open.pop_back();
    }
  }

  bool IsStop(size_t i) const {
    const Piece& piece = pieces_[i];
    return !piece.comments.empty() || piece.sign == Sign::kDeclaration || StopsInside(i);
  }
  bool StopsInside(size_t i) const {
    const Piece& piece = pieces_[i];
    if (piece.multi_line()) return true;
    if (IsGroup(piece.kind)) return IsExploded(i);
    return piece.kind == kLBrace && !FitsOneLine(i);
  }
  // A block that may stand on the line of what it belongs to.
  bool FitsOneLine(size_t open) const {
    const size_t close = pieces_[open].match;
    if (open + 1 == close) return pieces_[close].comments.empty();
    const Element kind = pieces_[open + 1].element;
    const bool one = NextElement(open + 1, close) == close;
    const bool list = kind == Element::kField || kind == Element::kMember;
    return (one || list) && !pieces_[open + 1].newline_before;
  }

  const std::vector<Piece>& pieces_;
  std::vector<size_t> width_;    // of all before, on one line
  std::vector<size_t> stops_;    // how many of those before need a line break
  std::vector<size_t> blocks_;   // how many of those before open a block
  std::vector<bool> has_parts_;  // of an opening bracket: a comma in it
};

// Columns of the lines that an element is broken into.
struct Indents {
  size_t next_line = 0;  // where it goes on
  size_t base = 0;       // closing brackets of what is opened on its lines
  bool in_group = false;
};

class Layout {
 public:
  explicit Layout(const std::vector<Piece>& pieces) : pieces_(pieces), measure_(pieces) {}

  std::string Run() {
    const size_t end = pieces_.size() - 1;
    Elements(0, end, 0);
    Comments(end, 0, out_.empty());
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
  }

 private:
  // ---- Text ----

  void Put(std::string_view text) {
    out_ += text;
    column_ += Utf8Length(text);
    if (column_ > kWidth) too_long_ = true;
  }
  void NewLine(size_t indent) {
    if (!out_.empty()) out_ += '\n';
    out_.append(indent, ' ');
    column_ = line_indent_ = indent;
  }
  void BlankLine() {
    if (!out_.empty()) out_ += '\n';
  }
  void PutBlanks(size_t i) {
    out_.append(measure_.Blanks(i), ' ');
    column_ += measure_.Blanks(i);
  }
  void PutOnOneLine(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (i > begin) PutBlanks(i);
      Put(pieces_[i].text);
    }
  }
  // A string of several lines moves with the line it begins on.
  void PutLines(const Piece& piece, size_t base) {
    const bool first = column_ == line_indent_;
    const std::string text = Reindented(piece.text, first ? line_indent_ : base + kIndent);
    const bool before = too_long_;
    Put(FirstLine(text));
    out_.append(text, FirstLine(text).size());
    column_ = Utf8Length(LastLine(text));
    too_long_ = before;
  }

  // ---- Elements ----

  // The comments in front of piece `i`, those on lines of their own at `indent`. `first`: nothing
  // stands before it in its block.
  void Comments(size_t i, size_t indent, bool first) {
    for (const FormatComment& comment : pieces_[i].comments) {
      if (comment.own_line) {
        if (comment.blank_before && !first) BlankLine();
        NewLine(indent);
        first = false;
      } else {
        out_ += "  ";
      }
      out_ += comment.text;
    }
  }
  void BeginLine(size_t i, size_t indent, bool first) {
    Comments(i, indent, first);
    const bool alone = first && pieces_[i].comments.empty();
    if (pieces_[i].blank_before && !alone) BlankLine();
    NewLine(indent);
  }

  void Elements(size_t begin, size_t end, size_t indent) {
    for (size_t i = begin; i < end;) {
      const size_t next = measure_.NextElement(i, end);
      BeginLine(i, indent, i == begin);
      PutElement(i, next, indent);
      i = next;
    }
  }

  void PutElement(size_t begin, size_t end, size_t indent) {
    if (!measure_.Stops(begin, end) && indent + measure_.Width(begin, end) <= kWidth) {
      PutOnOneLine(begin, end);
      return;
    }
    const bool keeps = keeps_breaks_;
    const size_t element_end = element_end_;
    element_end_ = end;
    keeps_breaks_ = false;
    keeps_breaks_ = IsTooLong(begin, end, indent);
    Sequence(begin, end, {indent + kContinuation, indent});
    keeps_breaks_ = keeps;
    element_end_ = element_end;
  }

  // Breaking behind commas alone leaves a line too long. Tried without the insides of blocks.
  bool IsTooLong(size_t begin, size_t end, size_t indent) {
    const size_t size = out_.size();
    const size_t column = column_;
    trying_ = true;
    too_long_ = false;
    Sequence(begin, end, {indent + kContinuation, indent});
    trying_ = false;
    out_.resize(size);
    column_ = column;
    line_indent_ = indent;
    return too_long_;
  }

  // ---- Inside of an element ----

  void Sequence(size_t begin, size_t end, Indents indents) {
    for (size_t i = begin; i < end; ++i) {
      if (i > begin && Separate(i, end, indents) && indents.in_group) {
        indents.base = indents.next_line;
      }
      const Piece& piece = pieces_[i];
      if (piece.kind == kLBrace) {
        PutBlock(i, indents.base);
      } else if (IsGroup(piece.kind)) {
        PutGroup(i, indents.base);
      } else if (piece.multi_line()) {
        PutLines(piece, indents.base);
      } else {
        Put(piece.text);
      }
      i = std::max<size_t>(piece.match, i);
    }
  }

  // What stands between piece `i` and the one before; true for a line break.
  bool Separate(size_t i, size_t end, const Indents& indents) {
    const Piece& piece = pieces_[i];
    const bool behind_block = pieces_[i - 1].kind == kRBrace;  // `else`
    const bool declaration = piece.sign == Sign::kDeclaration;
    const size_t next_line = behind_block || declaration ? indents.base : indents.next_line;
    const bool too_wide =
        measure_.BeginsPart(i) && column_ + measure_.Blanks(i) + HeadWidth(i, end) > kWidth;
    if (declaration || !piece.comments.empty() || IsKept(i) || too_wide) {
      Comments(i, next_line, true);
      NewLine(next_line);
      return next_line == indents.next_line;
    }
    PutBlanks(i);
    return false;
  }

  // A line break of the author's, where commas do not help.
  bool IsKept(size_t i) const {
    const Piece& before = pieces_[i - 1];
    const Piece& piece = pieces_[i];
    return keeps_breaks_ && piece.newline_before && !IsOpener(before.kind) &&
           !OneOf(before.kind, {kComma, kRBrace}) && !IsCloser(piece.kind) &&
           !OneOf(piece.kind, {kComma, kLBrace});
  }

  // From `i` to where its line may end: the least that must fit behind what is there.
  size_t HeadWidth(size_t i, size_t end) const {
    const size_t next = measure_.NextPart(i, end);
    if (!measure_.Stops(i, next) && !measure_.HasBlock(i, next)) {
      return measure_.Width(i, next) + (next == end ? TailWidth(next) : 0);
    }
    size_t width = 0;
    for (size_t k = i; k < next && width <= kWidth; ++k) {
      width += (k > i ? measure_.Blanks(k) : 0) + Utf8Length(FirstLine(pieces_[k].text));
      const TokenKind kind = pieces_[k].kind;
      const bool opens = kind == kLBrace || (IsGroup(kind) && measure_.IsExploded(k));
      if (opens || pieces_[k].multi_line() || !pieces_[k + 1].comments.empty()) break;
    }
    return width;
  }

  // What must follow on the same line from piece `i` on.
  size_t TailWidth(size_t i) const {
    size_t width = 0;
    for (; i < element_end_ && width <= kWidth; ++i) {
      const Piece& piece = pieces_[i];
      if (!piece.comments.empty() || piece.sign == Sign::kDeclaration || IsKept(i)) break;
      if (measure_.BeginsPart(i)) break;
      width += measure_.Blanks(i) + Utf8Length(FirstLine(piece.text));
      if (piece.kind == kLBrace || piece.multi_line()) break;
      if (IsGroup(piece.kind) && measure_.IsBreakable(i)) break;
    }
    return width;
  }
  void PutBlock(size_t open, size_t base) {
    const size_t close = pieces_[open].match;
    Put("{");
    if (close > open + 1 || !pieces_[close].comments.empty()) {
      if (!trying_) {
        Elements(open + 1, close, base + kIndent);
        Comments(close, base + kIndent, close == open + 1);
      }
      NewLine(base);
    }
    Put("}");
  }

  void PutGroup(size_t open, size_t base) {
    const size_t close = pieces_[open].match;
    if (measure_.IsExploded(open)) {
      PutExploded(open, base);
      return;
    }
    const bool on_one_line =
        !measure_.Stops(open, close + 1) && !measure_.HasBlock(open, close + 1) &&
        column_ + measure_.Width(open, close + 1) + TailWidth(close + 1) <= kWidth;
    if (on_one_line || close == open + 1) {
      PutOnOneLine(open, close + 1);
      return;
    }
    Put(pieces_[open].text);
    PutBlanks(open + 1);
    Sequence(open + 1, close, {NextLineOf(open, base), base, true});
    PutBlanks(close);
    Put(pieces_[close].text);
  }

  // Lines go on behind the bracket, unless that is too far to the right for one of its parts.
  size_t NextLineOf(size_t open, size_t base) const {
    const size_t close = pieces_[open].match;
    const size_t near = base + kContinuation;
    for (size_t i = open + 1; i < close;) {
      const size_t next = measure_.NextPart(i, close);
      const bool plain = !measure_.Stops(i, next) && !measure_.HasBlock(i, next);
      const size_t width = measure_.Width(i, next) + (next == close ? TailWidth(close) : 0);
      if (plain && column_ + width > kWidth && near + width <= kWidth) return near;
      i = next;
    }
    return column_;
  }

  void PutExploded(size_t open, size_t base) {
    const size_t close = pieces_[open].match;
    const size_t inner = base + kIndent;
    Put(pieces_[open].text);
    for (size_t i = open + 1; i < close;) {
      const size_t next = measure_.NextPart(i, close);
      BeginLine(i, inner, i == open + 1);
      Sequence(i, next, {inner + kContinuation, inner});
      i = next;
    }
    Comments(close, inner, close == open + 1);
    NewLine(base);
    Put(pieces_[close].text);
  }

  const std::vector<Piece>& pieces_;
  const Measure measure_;
  std::string out_;
  size_t column_ = 0;
  size_t line_indent_ = 0;
  size_t element_end_ = 0;
  bool keeps_breaks_ = false;
  bool trying_ = false;
  bool too_long_ = false;  // since it was last reset, outside of blocks
};

}  // namespace

std::string LayOut(const std::vector<Piece>& pieces) { return Layout(pieces).Run(); }

}  // namespace lmp::frontend
