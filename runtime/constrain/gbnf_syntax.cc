#include "runtime/constrain/gbnf_syntax.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/constrain/limits.h"
#include "runtime/text/unicode_class.h"

namespace lmp::constrain {
namespace {

using Kind = GbnfNode::Kind;

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Recursive descent by group. A rule ends where the next one's `name ::=` stands, so that lines may
// be broken anywhere.
class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) {}

  Result<GbnfRules> Run() {
    if (source_.size() > kGbnfBytesMax) {
      return ResourceExhausted("the grammar has more than " + std::to_string(kGbnfBytesMax) +
                               " bytes");
    }
    for (SkipSpace(); More(); SkipSpace()) LMP_RETURN_IF_ERROR(ReadRule());
    for (size_t rule = 0; rule < out_.rules.size(); ++rule) {
      if (defined_[rule]) continue;
      return Error("rule `" + out_.rules[rule].name + "` is not defined", mentioned_[rule]);
    }
    const auto root = numbers_.find(kGbnfRoot);
    if (root == numbers_.end()) {
      return InvalidArgument("grammar: no rule `" + std::string(kGbnfRoot) +
                             "`, with which it would begin");
    }
    out_.root = root->second;
    return std::move(out_);
  }

 private:
  bool More() const { return at_ < source_.size(); }
  char Peek() const { return More() ? source_[at_] : '\0'; }
  bool Take(std::string_view expected) {
    if (source_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  std::string Where(size_t at) const {
    const std::string_view before = source_.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t break_at = before.rfind('\n');
    const size_t column = break_at == std::string_view::npos ? at + 1 : at - break_at;
    return " (line " + std::to_string(line) + ", column " + std::to_string(column) + ")";
  }
  Status Error(const std::string& what, size_t at) const {
    return InvalidArgument("grammar: " + what + Where(at));
  }
  Status Error(const std::string& what) const { return Error(what, at_); }

  void SkipSpace() {
    for (; More(); ++at_) {
      if (Peek() == '#') at_ = std::min(source_.find('\n', at_), source_.size());
      if (!More() || std::string_view(" \t\r\n").find(Peek()) == std::string_view::npos) return;
    }
  }

  std::string_view ReadName() {
    const size_t begin = at_;
    while (More() && IsNameChar(Peek())) ++at_;
    return source_.substr(begin, at_ - begin);
  }

  bool AtRuleStart() {
    const size_t begin = at_;
    ReadName();
    SkipSpace();
    const bool starts = source_.substr(at_, 3) == "::=";
    at_ = begin;
    return starts;
  }

  Result<uint32_t> NumberOf(std::string_view name, size_t at) {
    const auto [slot, added] = numbers_.emplace(name, static_cast<uint32_t>(out_.rules.size()));
    if (!added) return slot->second;
    if (out_.rules.size() >= kGbnfRulesMax) {
      return ResourceExhausted("grammar: more than " + std::to_string(kGbnfRulesMax) + " rules" +
                               Where(at));
    }
    out_.rules.push_back({std::string(name), {}});
    defined_.push_back(false);
    mentioned_.push_back(at);
    return slot->second;
  }

  Status ReadRule() {
    const size_t begin = at_;
    const std::string_view name = ReadName();
    if (name.empty()) return Error("a rule's name is expected");
    SkipSpace();
    if (!Take("::=")) return Error("`::=` is expected behind a rule's name");
    LMP_TRY(const uint32_t rule, NumberOf(name, begin));
    if (defined_[rule]) return Error("rule `" + std::string(name) + "` is defined twice", begin);
    defined_[rule] = true;
    GbnfNode body;
    LMP_RETURN_IF_ERROR(ReadAlternatives(0, &body));
    out_.rules[rule].body = std::move(body);
    if (!More() || IsNameChar(Peek())) return OkStatus();
    return Peek() == ')' ? Error("unmatched `)`") : Error("unexpected character");
  }

  Status ReadAlternatives(int depth, GbnfNode* out) {
    std::vector<GbnfNode> branches;
    do {
      branches.emplace_back();
      LMP_RETURN_IF_ERROR(ReadSequence(depth, &branches.back()));
    } while (Take("|"));
    if (branches.size() == 1) {
      *out = std::move(branches[0]);
      return OkStatus();
    }
    out->kind = Kind::kAlternatives;
    out->children = std::move(branches);
    return OkStatus();
  }

  Status ReadSequence(int depth, GbnfNode* out) {
    for (SkipSpace(); More() && Peek() != '|' && Peek() != ')'; SkipSpace()) {
      if (IsNameChar(Peek()) && AtRuleStart()) {
        if (depth > 0) return Error("missing `)` before this rule");
        break;
      }
      GbnfNode item;
      LMP_RETURN_IF_ERROR(ReadAtom(depth, &item));
      SkipSpace();
      LMP_RETURN_IF_ERROR(ReadQuantifier(&item));
      out->children.push_back(std::move(item));
    }
    return OkStatus();
  }

  Status ReadAtom(int depth, GbnfNode* out) {
    const size_t begin = at_;
    switch (Peek()) {
      case '"':
        return ReadText(out);
      case '[':
        return ReadClass(out);
      case '<':
        return ReadToken(out);
      case '.':
        ++at_;
        out->kind = Kind::kClass;
        out->ranges = {{0, kCodePointLast}};
        return OkStatus();
      case '(':
        ++at_;
        if (depth >= kGbnfDepthMax) {
          return ResourceExhausted("grammar: groups nested deeper than " +
                                   std::to_string(kGbnfDepthMax) + Where(begin));
        }
        LMP_RETURN_IF_ERROR(ReadAlternatives(depth + 1, out));
        return Take(")") ? OkStatus() : Error("missing `)` of this group", begin);
      case '*':
      case '+':
      case '?':
      case '{':
        return Error("nothing to repeat");
      case '!':
        return Unsupported("grammar: `!` before a token is not supported" + Where(at_));
      default:
        break;
    }
    const std::string_view name = ReadName();
    if (name.empty()) return Error("unexpected character");
    out->kind = Kind::kRule;
    LMP_TRY(out->rule, NumberOf(name, begin));
    return OkStatus();
  }

  Status ReadText(GbnfNode* out) {
    const size_t begin = at_++;
    out->kind = Kind::kText;
    while (!Take("\"")) {
      if (!More()) return Error("missing `\"` of this text", begin);
      char32_t point = 0;
      LMP_RETURN_IF_ERROR(ReadPoint(&point));
      AppendUtf8(point, &out->text);
    }
    return OkStatus();
  }

  Status ReadClass(GbnfNode* out) {
    const size_t begin = at_++;
    out->kind = Kind::kClass;
    const bool negated = Take("^");
    while (!Take("]")) {
      if (!More()) return Error("missing `]` of this class", begin);
      CodeRange range;
      LMP_RETURN_IF_ERROR(ReadPoint(&range.first));
      range.second = range.first;
      if (Peek() == '-' && at_ + 1 < source_.size() && source_[at_ + 1] != ']') {
        ++at_;
        LMP_RETURN_IF_ERROR(ReadPoint(&range.second));
        if (range.second < range.first) return Error("a range that is the wrong way round");
      }
      out->ranges.push_back(range);
    }
    if (negated) out->ranges = Complement(std::move(out->ranges));
    return OkStatus();
  }

  // <name of a special token> or <[its id]>.
  Status ReadToken(GbnfNode* out) {
    const size_t begin = at_++;
    out->kind = Kind::kToken;
    if (Take("[")) {
      LMP_TRY(out->token, ReadCount("a token's id", 0x7fffffff));
      return Take("]>") ? OkStatus() : Error("missing `]>` of this token", begin);
    }
    const size_t end = source_.find_first_of(">\n", at_);
    if (end == std::string_view::npos || source_[end] != '>') {
      return Error("missing `>` of this token", begin);
    }
    at_ = end + 1;
    out->text = source_.substr(begin, at_ - begin);
    return OkStatus();
  }

  Status ReadPoint(char32_t* point) {
    const text::CharUnit unit = text::ReadChar(text::UnicodeClasses::Get(), source_.substr(at_));
    if (!unit.well_formed) return Error("a byte that is no UTF-8");
    if (unit.code_point == '\\') return ReadEscape(point);
    at_ += unit.length;
    *point = unit.code_point;
    return OkStatus();
  }

  Status ReadEscape(char32_t* point) {
    const size_t begin = at_++;
    const char c = Peek();
    const size_t simple = std::string_view("ntr").find(c);
    if (!More()) return Error("a backslash ends the grammar", begin);
    ++at_;
    if (simple != std::string_view::npos) {
      *point = static_cast<char32_t>("\n\t\r"[simple]);
      return OkStatus();
    }
    if (c != 'x' && c != 'u' && c != 'U') {
      const bool word = IsNameChar(c) && c != '-' && c != '_';
      if (word || c < 0x20 || c > 0x7e) return Error("unknown escape", begin);
      *point = static_cast<char32_t>(c);
      return OkStatus();
    }
    *point = 0;
    for (int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8; digits > 0; --digits, ++at_) {
      const size_t value =
          std::string_view("0123456789abcdef")
              .find(static_cast<char>(Peek() >= 'A' && Peek() <= 'F' ? Peek() | 32 : Peek()));
      if (!More() || value == std::string_view::npos) {
        return Error("an escape with too few hexadecimal digits", begin);
      }
      *point = *point * 16 + static_cast<char32_t>(value);
    }
    if (*point > kCodePointLast || (*point >= 0xd800 && *point <= 0xdfff)) {
      return Error("an escape of no character", begin);
    }
    return OkStatus();
  }

  Result<uint32_t> ReadCount(const char* what, uint64_t most) {
    const size_t begin = at_;
    uint64_t count = 0;
    for (; Peek() >= '0' && Peek() <= '9'; ++at_) {
      count = count * 10 + static_cast<uint64_t>(Peek() - '0');
      if (count > most) {
        return Error(std::string(what) + " above " + std::to_string(most), begin);
      }
    }
    if (at_ == begin) return Error(std::string(what) + " is expected");
    return static_cast<uint32_t>(count);
  }

  Status ReadBounds(uint32_t* least, uint32_t* most) {
    const size_t begin = at_++;
    SkipSpace();
    LMP_TRY(*least, ReadCount("a repeat's count", kRepeatMax));
    *most = *least;
    SkipSpace();
    if (Take(",")) {
      SkipSpace();
      *most = kUnbounded;
      if (Peek() != '}') {
        LMP_TRY(*most, ReadCount("a repeat's count", kRepeatMax));
        SkipSpace();
      }
    }
    if (!Take("}")) return Error("missing `}` of this repeat", begin);
    if (*most < *least) return Error("a repeat whose least exceeds its most", begin);
    return OkStatus();
  }

  Status ReadQuantifier(GbnfNode* item) {
    uint32_t least = 0;
    uint32_t most = kUnbounded;
    if (Peek() == '{') {
      LMP_RETURN_IF_ERROR(ReadBounds(&least, &most));
    } else if (Take("+")) {
      least = 1;
    } else if (Take("?")) {
      most = 1;
    } else if (!Take("*")) {
      return OkStatus();
    }
    GbnfNode repeat;
    repeat.kind = Kind::kRepeat;
    repeat.min = least;
    repeat.max = most;
    repeat.children.push_back(std::move(*item));
    *item = std::move(repeat);
    SkipSpace();
    const char next = Peek();
    if (next != '\0' && std::string_view("*+?{").find(next) != std::string_view::npos) {
      return Error("a repeat of a repeat");
    }
    return OkStatus();
  }

  std::string_view source_;
  size_t at_ = 0;
  GbnfRules out_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::vector<bool> defined_;      // by rule
  std::vector<size_t> mentioned_;  // by rule: where first
};

}  // namespace

Result<GbnfRules> ParseGbnf(std::string_view source) { return Parser(source).Run(); }

}  // namespace lmp::constrain
