#include "runtime/constrain/json_schema/ecma_syntax.h"

#include <algorithm>
#include <optional>
#include <string>

#include "runtime/base/text.h"
#include "runtime/constrain/code_ranges.h"
#include "runtime/constrain/json_schema/ecma_regex.h"
#include "runtime/text/unicode_class.h"

namespace lmp::constrain {
namespace {

using Kind = EcmaNode::Kind;

const CodeRange kDigits[] = {{'0', '9'}};
const CodeRange kWord[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const CodeRange kSpace[] = {{9, 13},          {' ', ' '},       {0xa0, 0xa0},     {0x1680, 0x1680},
                            {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f},
                            {0x3000, 0x3000}, {0xfeff, 0xfeff}};
const CodeRange kLineEnds[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<EcmaNode> Parse() {
    EcmaNode root;
    LMP_RETURN_IF_ERROR(ParseOr(0, &root));
    if (!AtEnd()) return Bad("an unmatched `)`");
    return root;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Take(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  std::string Where() const { return " at byte " + std::to_string(at_) + " of the pattern"; }
  Status Bad(std::string what) const { return InvalidArgument(std::move(what) + Where()); }
  Status No(std::string what) const {
    return Unsupported(std::move(what) + Where() + " is not supported");
  }

  Status ParseOr(int depth, EcmaNode* out) {
    if (depth > kPatternDepthMax) {
      return ResourceExhausted("the pattern has groups nested deeper than " +
                               std::to_string(kPatternDepthMax));
    }
    std::vector<EcmaNode> branches;
    do {
      branches.emplace_back();
      LMP_RETURN_IF_ERROR(ParseConcat(depth, &branches.back()));
    } while (Take("|"));
    if (branches.size() == 1) {
      *out = std::move(branches[0]);
      return OkStatus();
    }
    out->kind = Kind::kOr;
    for (const EcmaNode& branch : branches) out->looks_ahead |= branch.looks_ahead;
    out->children = std::move(branches);
    return OkStatus();
  }

  Status ParseConcat(int depth, EcmaNode* out) {
    while (!AtEnd() && Peek() != '|' && Peek() != ')') {
      EcmaNode item;
      LMP_RETURN_IF_ERROR(ParseAtom(depth, &item));
      LMP_RETURN_IF_ERROR(ParseQuantifier(&item));
      out->looks_ahead |= item.looks_ahead;
      out->children.push_back(std::move(item));
    }
    return OkStatus();
  }

  Status ParseAtom(int depth, EcmaNode* out) {
    const char c = Peek();
    switch (c) {
      case '^':
      case '$':
        ++at_;
        out->kind = c == '^' ? Kind::kBegin : Kind::kEnd;
        return OkStatus();
      case '(':
        return ParseGroup(depth, out);
      case '[':
        return ParseClass(out);
      case '.':
        ++at_;
        return SetClass(Complement({std::begin(kLineEnds), std::end(kLineEnds)}), out);
      case '*':
      case '+':
      case '?':
        return Bad("nothing to repeat");
      case '{':
        if (ReadBounds(nullptr, nullptr)) return Bad("nothing to repeat");
        break;
      case '\\':
        if (Peek(1) == 'b' || Peek(1) == 'B') return No("a word boundary");
        return ParseEscape(false, &out->ranges) ? SetClass(std::move(out->ranges), out) : status_;
      default:
        break;
    }
    char32_t point = 0;
    LMP_RETURN_IF_ERROR(ReadPoint(&point));
    return SetClass({{point, point}}, out);
  }

  static Status SetClass(CodeRanges ranges, EcmaNode* out) {
    out->kind = Kind::kClass;
    out->ranges = Sorted(std::move(ranges));
    return OkStatus();
  }

  Status ParseGroup(int depth, EcmaNode* out) {
    ++at_;
    std::optional<Kind> look;
    if (Take("?:")) {
    } else if (Take("?=")) {
      look = Kind::kAhead;
    } else if (Take("?!")) {
      look = Kind::kNotAhead;
    } else if (Take("?<=") || Take("?<!")) {
      return No("lookbehind");
    } else if (Peek() == '?' && Peek(1) == '<') {
      const size_t end = text_.find('>', at_);
      if (end == std::string_view::npos) return Bad("a group's name without an end");
      at_ = end + 1;
    } else if (Peek() == '?') {
      return Bad("an unknown kind of group");
    }
    EcmaNode inner;
    LMP_RETURN_IF_ERROR(ParseOr(depth + 1, &inner));
    if (!Take(")")) return Bad("a missing `)`");
    if (!look) {
      *out = std::move(inner);
      return OkStatus();
    }
    out->kind = *look;
    out->looks_ahead = true;
    out->children.push_back(std::move(inner));
    return OkStatus();
  }

  // {m}, {m,} or {m,n} at the place; false and nothing read if it is something else. Numbers above
  // every limit come out as kRepeatMax + 1.
  bool ReadBounds(uint32_t* min, uint32_t* max) {
    size_t i = at_ + 1;
    const auto number = [&](uint32_t* value) {
      const size_t begin = i;
      uint64_t n = 0;
      for (; i < text_.size() && text_[i] >= '0' && text_[i] <= '9'; ++i) {
        n = std::min<uint64_t>(n * 10 + static_cast<uint64_t>(text_[i] - '0'), kRepeatMax + 1u);
      }
      *value = static_cast<uint32_t>(n);
      return i > begin;
    };
    uint32_t low = 0, high = 0;
    if (!number(&low)) return false;
    high = low;
    if (i < text_.size() && text_[i] == ',') {
      ++i;
      if (!number(&high)) high = kUnbounded;
    }
    if (i >= text_.size() || text_[i] != '}') return false;
    if (min == nullptr) return true;
    at_ = i + 1;
    *min = low;
    *max = high;
    return true;
  }

  Status ParseQuantifier(EcmaNode* item) {
    uint32_t min = 0, max = kUnbounded;
    if (Take("*")) {
    } else if (Take("+")) {
      min = 1;
    } else if (Take("?")) {
      max = 1;
    } else if (Peek() != '{' || !ReadBounds(&min, &max)) {
      return OkStatus();
    }
    Take("?");  // lazy: the same strings
    if (min > max) return Bad("a repeat whose bounds are out of order");
    if (min > kRepeatMax || (max != kUnbounded && max > kRepeatMax)) {
      return ResourceExhausted("a repeat of the pattern has a bound above " +
                               std::to_string(kRepeatMax));
    }
    if (item->kind == Kind::kBegin || item->kind == Kind::kEnd) return Bad("nothing to repeat");
    EcmaNode child = std::move(*item);
    *item = EcmaNode();
    item->kind = Kind::kRepeat;
    item->looks_ahead = child.looks_ahead;
    item->min = min;
    item->max = max;
    item->children.push_back(std::move(child));
    const char next = Peek();
    if (next == '*' || next == '+' || next == '?') return Bad("nothing to repeat");
    return OkStatus();
  }

  Status ReadPoint(char32_t* point) {
    const text::CharUnit unit = text::ReadChar(text::UnicodeClasses::Get(), text_.substr(at_));
    if (!unit.well_formed) return Bad("a byte that is no UTF-8");
    at_ += unit.length;
    *point = unit.code_point;
    return OkStatus();
  }

  Status ParseClass(EcmaNode* out) {
    ++at_;
    const bool negated = Take("^");
    CodeRanges all;
    while (!Take("]")) {
      if (AtEnd()) return Bad("a missing `]`");
      CodeRanges first;
      if (!ReadMember(&first)) return status_;
      const bool single = first.size() == 1 && first[0].first == first[0].second;
      if (Peek() == '-' && Peek(1) != ']' && at_ + 1 < text_.size()) {
        ++at_;
        CodeRanges last;
        if (!ReadMember(&last)) return status_;
        const bool last_single = last.size() == 1 && last[0].first == last[0].second;
        if (single && last_single) {
          if (first[0].first > last[0].first) return Bad("a range that is out of order");
          first[0].second = last[0].first;
        } else {
          first.emplace_back('-', '-');
          first.insert(first.end(), last.begin(), last.end());
        }
      }
      all.insert(all.end(), first.begin(), first.end());
    }
    return SetClass(negated ? Complement(std::move(all)) : std::move(all), out);
  }

  // One character or escape of a class. False: see status_.
  bool ReadMember(CodeRanges* out) {
    if (Peek() == '\\') return ParseEscape(true, out);
    char32_t point = 0;
    status_ = ReadPoint(&point);
    out->emplace_back(point, point);
    return status_.ok();
  }

  bool Fail(Status status) {
    status_ = std::move(status);
    return false;
  }
  bool One(char32_t point, CodeRanges* out) {
    out->assign({{point, point}});
    return true;
  }

  bool ParseEscape(bool in_class, CodeRanges* out) {
    ++at_;
    if (AtEnd()) return Fail(Bad("a `\\` at the end"));
    const char c = Peek();
    const auto set = [&](std::span<const CodeRange> ranges, bool negated) {
      ++at_;
      out->assign(ranges.begin(), ranges.end());
      if (negated) *out = Complement(std::move(*out));
      return true;
    };
    switch (c) {
      case 'd':
      case 'D':
        return set(kDigits, c == 'D');
      case 'w':
      case 'W':
        return set(kWord, c == 'W');
      case 's':
      case 'S':
        return set(kSpace, c == 'S');
      case 't':
        ++at_;
        return One('\t', out);
      case 'n':
        ++at_;
        return One('\n', out);
      case 'v':
        ++at_;
        return One('\v', out);
      case 'f':
        ++at_;
        return One('\f', out);
      case 'r':
        ++at_;
        return One('\r', out);
      case 'x':
      case 'u':
        ++at_;
        return ReadHex(c, out);
      case 'p':
      case 'P':
        ++at_;
        return ReadCategory(c == 'P', out);
      case 'c': {
        const char letter = Peek(1);
        if ((letter | 32) < 'a' || (letter | 32) > 'z') return Fail(Bad("an unknown escape"));
        at_ += 2;
        return One(static_cast<char32_t>(letter & 31), out);
      }
      case 'b':
        if (in_class) {
          ++at_;
          return One('\b', out);
        }
        break;
      case '0':
        if (Peek(1) < '0' || Peek(1) > '9') {
          ++at_;
          return One(0, out);
        }
        break;
      default:
        break;
    }
    if (c >= '0' && c <= '9') return Fail(No("a back reference"));
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      return Fail(No(std::string("the escape \\") + c));
    }
    char32_t point = 0;
    status_ = ReadPoint(&point);
    return status_.ok() && One(point, out);
  }

  bool HexDigits(size_t count, char32_t* value) {
    *value = 0;
    for (size_t i = 0; i < count; ++i, ++at_) {
      const char c = Peek();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return Fail(Bad("an escape with too few hexadecimal digits"));
      *value = *value * 16 + static_cast<char32_t>(digit);
    }
    return true;
  }

  bool ReadHex(char kind, CodeRanges* out) {
    char32_t value = 0;
    if (kind == 'u' && Take("{")) {
      const size_t end = std::min(text_.find('}', at_), text_.size());
      if (end - at_ > 6 || end == at_ || end == text_.size()) return Fail(Bad("an unknown escape"));
      if (!HexDigits(end - at_, &value)) return false;
      ++at_;
      if (value > kCodePointLast) return Fail(Bad("a code point above U+10FFFF"));
      return One(value, out);
    }
    if (!HexDigits(kind == 'u' ? 4 : 2, &value)) return false;
    if (value >= 0xd800 && value < 0xdc00 && Take("\\u")) {
      char32_t low = 0;
      if (!HexDigits(4, &low)) return false;
      if (low < 0xdc00 || low > 0xdfff) return Fail(No("a lone surrogate"));
      value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
    }
    return One(value, out);
  }

  bool ReadCategory(bool negated, CodeRanges* out) {
    const size_t end = text_.find('}', at_);
    if (!Take("{") || end == std::string_view::npos) return Fail(No("the escape \\p"));
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 1;
    if (name == "L" || name == "Letter") {
      *out = OfCategory(text::kLetter);
    } else if (name == "N" || name == "Number") {
      *out = OfCategory(text::kNumber);
    } else if (name == "M" || name == "Mark") {
      *out = OfCategory(text::kMark);
    } else {
      return Fail(No("the category " + std::string(name)));
    }
    if (negated) *out = Complement(std::move(*out));
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  Status status_;
};

}  // namespace

Result<EcmaNode> ParseEcma(std::string_view pattern) {
  if (pattern.size() > kRegexBytesMax) {
    return ResourceExhausted("the pattern has " + std::to_string(pattern.size()) +
                             " bytes, at most " + std::to_string(kRegexBytesMax) + " are allowed");
  }
  return Parser(pattern).Parse();
}

}  // namespace lmp::constrain
