#include "runtime/constrain/regex_expr.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "runtime/constrain/code_ranges.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/text/unicode_class.h"

namespace lmp::constrain {
namespace {

constexpr int kGroupDepthMax = 100;  // the parser recurses by group

// With the ASCII letters of the other case.
void Fold(CodeRanges* ranges) {
  const size_t count = ranges->size();
  for (size_t i = 0; i < count; ++i) {
    const CodeRange range = (*ranges)[i];
    const auto add = [&](char32_t from, char32_t to, char32_t shift) {
      const char32_t low = std::max(range.first, from);
      const char32_t high = std::min(range.second, to);
      if (low <= high) ranges->emplace_back(low + shift, high + shift);
    };
    add('A', 'Z', 32);
    add('a', 'z', static_cast<char32_t>(-32));
  }
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What was read: `ends` if it says `$` last, so that nothing may follow.
struct Piece {
  Expr expr;
  bool begins = false;  // it says `^`
  bool ends = false;
};

// Recursive descent by group; a sequence is built from its end, so that it is not copied.
class Parser {
 public:
  Parser(ExprPool& pool, std::string_view pattern, const SpellClass& spell)
      : pool_(pool), pattern_(pattern), spell_(spell) {}

  Result<Expr> Run() {
    if (pattern_.size() > kRegexBytesMax) {
      return ResourceExhausted("the pattern has more than " + std::to_string(kRegexBytesMax) +
                               " bytes");
    }
    ReadFlags();
    LMP_TRY(const Piece piece, ReadAlternatives(true));
    if (More()) return Error("unmatched `)`");
    if (pool_.exhausted()) return pool_.status();
    return piece.expr;
  }

 private:
  std::string Where() const { return " at byte " + std::to_string(at_); }
  Status Error(const std::string& what) const {
    return InvalidArgument("pattern: " + what + Where());
  }
  Status Refuse(const std::string& what) const {
    return Unsupported("pattern: " + what + Where() +
                       " cannot be followed while text is generated");
  }
  bool More() const { return at_ < pattern_.size(); }
  bool Eat(char c) {
    if (!More() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }

  void ReadFlags() {
    if (!pattern_.starts_with("(?")) return;
    const size_t end = pattern_.find(')');
    if (end == std::string_view::npos || end == 2) return;
    const std::string_view flags = pattern_.substr(2, end - 2);
    if (flags.find_first_not_of("si") != std::string_view::npos) return;
    dot_all_ = flags.find('s') != std::string_view::npos;
    fold_case_ = flags.find('i') != std::string_view::npos;
    at_ = end + 1;
  }

  // `first`: nothing stands before it, so `^` may.
  Result<Piece> ReadAlternatives(bool first) {
    if (++depth_ > kGroupDepthMax) {
      return Error("groups nested deeper than " + std::to_string(kGroupDepthMax));
    }
    Piece out;
    std::vector<Expr> branches;
    do {
      LMP_TRY(const Piece piece, ReadSequence(first));
      branches.push_back(piece.expr);
      out.begins = out.begins || piece.begins;
      out.ends = out.ends || piece.ends;
    } while (Eat('|'));
    --depth_;
    out.expr = pool_.Or(branches);
    return out;
  }

  Result<Piece> ReadSequence(bool first) {
    std::vector<Expr> parts;
    Piece out;
    while (More() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      if (Eat('^')) {
        if (!first || !parts.empty()) return Refuse("`^` behind the beginning");
        out.begins = true;
        continue;
      }
      if (Eat('$')) {
        out.ends = true;
        continue;
      }
      if (out.ends) return Refuse("`$` before the end");
      LMP_TRY(Piece atom, ReadAtom(first && parts.empty()));
      LMP_RETURN_IF_ERROR(ReadQuantifier(&atom));
      parts.push_back(atom.expr);
      out.begins = out.begins || atom.begins;
      out.ends = atom.ends;
      if (pool_.exhausted()) return pool_.status();
    }
    out.expr = pool_.Concat(parts);
    return out;
  }

  Result<Piece> ReadAtom(bool first) {
    const char c = pattern_[at_];
    if (c == '*' || c == '+' || c == '?' || c == '{') return Error("nothing to repeat");
    if (Eat('(')) {
      if (Eat('?') && !Eat(':')) {
        const char kind = More() ? pattern_[at_] : '\0';
        const char next = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
        const bool behind = kind == '<' && (next == '=' || next == '!');
        if (kind == '=' || kind == '!' || behind) return Refuse("look-around");
        return Error("only (?:...) and the flags (?s) (?i) are supported");
      }
      LMP_TRY(const Piece inner, ReadAlternatives(first));
      if (!Eat(')')) return Error("missing `)`");
      return inner;
    }
    CodeRanges ranges;
    bool negated = false;
    if (Eat('[')) {
      LMP_RETURN_IF_ERROR(ReadClass(&ranges, &negated));
    } else if (Eat('.')) {
      if (!dot_all_) ranges = {{'\n', '\n'}};
      negated = true;
    } else if (Eat('\\')) {
      LMP_RETURN_IF_ERROR(ReadEscape(&ranges));
    } else {
      char32_t point = 0;
      LMP_RETURN_IF_ERROR(ReadPoint(&point));
      ranges = {{point, point}};
    }
    if (fold_case_) Fold(&ranges);
    if (negated) ranges = Complement(std::move(ranges));
    return Piece{spell_(ranges)};
  }

  Status ReadPoint(char32_t* point) {
    const text::CharUnit unit = text::ReadChar(text::UnicodeClasses::Get(), pattern_.substr(at_));
    if (!unit.well_formed) return Error("a byte that is no UTF-8");
    at_ += unit.length;
    *point = unit.code_point;
    return OkStatus();
  }

  // \d \w \s, \p{..} and their negations; false if `c` names none.
  Result<bool> ReadNamed(char c, CodeRanges* ranges) {
    switch (c | 32) {
      case 'd':
        *ranges = {{'0', '9'}};
        break;
      case 'w':
        *ranges = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
        break;
      case 's':
        *ranges = {{'\t', '\r'}, {' ', ' '}};
        break;
      case 'p': {
        const std::string_view rest = pattern_.substr(at_ + 1);
        const size_t end = rest.find('}');
        if (!rest.starts_with('{') || end == std::string_view::npos) {
          return Error("\\p needs a category in braces");
        }
        const std::string_view name = rest.substr(1, end - 1);
        const uint8_t bit = name == "L"   ? text::kLetter
                            : name == "N" ? text::kNumber
                            : name == "M" ? text::kMark
                                          : text::kOtherChar;
        if (bit == 0) return Error("unknown category (known are L, N and M)");
        *ranges = OfCategory(bit);
        at_ += end + 1;
        break;
      }
      default:
        return false;
    }
    ++at_;
    if (c >= 'A' && c <= 'Z') *ranges = Complement(std::move(*ranges));
    return true;
  }

  // Behind a backslash.
  Status ReadEscape(CodeRanges* ranges) {
    if (!More()) return Error("a backslash ends the pattern");
    const char c = pattern_[at_];
    LMP_TRY(const bool named, ReadNamed(c, ranges));
    if (named) return OkStatus();
    if (c == 'b' || c == 'B') return Refuse("a word boundary");
    if (c >= '1' && c <= '9') return Refuse("a back-reference");
    char32_t point = 0;
    const size_t simple = std::string_view("ntrfv").find(c);
    if (simple != std::string_view::npos) {
      ++at_;
      point = static_cast<char32_t>("\n\t\r\f\v"[simple]);
    } else if (c == 'x' || c == 'u') {
      LMP_RETURN_IF_ERROR(ReadHex(&point));
    } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      return Error(std::string("unsupported escape \\") + c);
    } else {
      LMP_RETURN_IF_ERROR(ReadPoint(&point));
    }
    *ranges = {{point, point}};
    return OkStatus();
  }

  Status ReadHex(char32_t* point) {
    size_t count = pattern_[at_++] == 'x' ? 2 : 4;
    const bool braces = Eat('{');
    if (braces) {
      const size_t end = pattern_.find('}', at_);
      count = end == std::string_view::npos ? 0 : end - at_;
    }
    if (count == 0 || count > 6) return Error("a code point in braces needs 1 to 6 digits");
    for (; count > 0; --count, ++at_) {
      if (!More() || !IsHex(pattern_[at_])) return Error("a hexadecimal digit is missing");
      const char c = pattern_[at_];
      *point = *point * 16 + static_cast<char32_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    if (braces) ++at_;
    if (*point > kCodePointLast) return Error("a code point above U+10FFFF");
    return OkStatus();
  }

  Status ReadClass(CodeRanges* ranges, bool* negated) {
    *negated = Eat('^');
    for (bool first = true; first || !More() || pattern_[at_] != ']'; first = false) {
      if (!More()) return Error("missing `]`");
      CodeRanges low;
      LMP_RETURN_IF_ERROR(ReadMember(&low));
      const bool range =
          at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']';
      const auto single = [](const CodeRanges& r) {
        return r.size() == 1 && r[0].first == r[0].second;
      };
      if (range && single(low)) {
        ++at_;
        CodeRanges high;
        LMP_RETURN_IF_ERROR(ReadMember(&high));
        if (!single(high)) return Error("a range in [...] ends in a class");
        if (high[0].first < low[0].first) return Error("a range in [...] is the wrong way round");
        low[0].second = high[0].first;
      }
      ranges->insert(ranges->end(), low.begin(), low.end());
    }
    ++at_;
    return OkStatus();
  }

  Status ReadMember(CodeRanges* ranges) {
    if (!More()) return Error("missing `]`");
    if (Eat('\\')) return ReadEscape(ranges);
    char32_t point = 0;
    LMP_RETURN_IF_ERROR(ReadPoint(&point));
    *ranges = {{point, point}};
    return OkStatus();
  }

  Result<uint32_t> ReadCount() {
    uint64_t count = 0;
    const size_t begin = at_;
    for (; More() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
      count = count * 10 + static_cast<uint64_t>(pattern_[at_] - '0');
      if (count > kRepeatMax) return Error("a repeat count above " + std::to_string(kRepeatMax));
    }
    if (at_ == begin) return Error("a repeat needs a count");
    return static_cast<uint32_t>(count);
  }

  Status ReadQuantifier(Piece* atom) {
    uint32_t least = 0;
    uint32_t most = kUnbounded;
    if (Eat('*')) {
    } else if (Eat('+')) {
      least = 1;
    } else if (Eat('?')) {
      most = 1;
    } else if (Eat('{')) {
      LMP_TRY(least, ReadCount());
      most = least;
      if (Eat(',')) {
        most = kUnbounded;
        if (More() && pattern_[at_] != '}') {
          LMP_TRY(most, ReadCount());
        }
      }
      if (!Eat('}')) return Error("missing `}`");
      if (most < least) return Error("a repeat whose least exceeds its most");
    } else {
      return OkStatus();
    }
    Eat('?');
    if (More() && (pattern_[at_] == '*' || pattern_[at_] == '+' || pattern_[at_] == '{')) {
      return Error("a repeat of a repeat");
    }
    if ((atom->begins || atom->ends) && (least != 1 || most != 1)) {
      return Refuse("a repeat of `^` or `$`");
    }
    atom->expr = pool_.Repeat(atom->expr, least, most);
    return OkStatus();
  }

  ExprPool& pool_;
  std::string_view pattern_;
  const SpellClass& spell_;
  size_t at_ = 0;
  int depth_ = 0;
  bool dot_all_ = false;
  bool fold_case_ = false;
};

}  // namespace

Result<Expr> RegexExpr(ExprPool& pool, std::string_view pattern, const SpellClass& spell) {
  return Parser(pool, pattern, spell).Run();
}

Result<Expr> RegexExpr(ExprPool& pool, std::string_view pattern) {
  return RegexExpr(pool, pattern,
                   [&](std::span<const CodeRange> ranges) { return pool.Class(ranges); });
}

Result<GrammarRef> RegexGrammar(std::string_view pattern) {
  GrammarBuilder builder;
  LMP_TRY(const Expr expr, RegexExpr(builder.exprs(), pattern));
  return builder.Build(builder.Lexeme(expr));
}

}  // namespace lmp::constrain
