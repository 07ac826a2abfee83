#include "ir/lex.h"

#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || IsDigit(c); }

}  // namespace

void Lexer::SkipBlank() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';') {
      starts_line_ = starts_line_ || c == '\n' || c == ';';
      ++at_;
    } else if (text_.substr(at_).starts_with("//")) {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else {
      return;
    }
  }
}

LexToken Lexer::Make(Lexeme kind, size_t begin, std::string text) const {
  return {kind, std::move(text), static_cast<uint32_t>(begin), static_cast<uint32_t>(at_), false};
}

LexToken Lexer::Next() {
  starts_line_ = at_ == 0;
  SkipBlank();
  const bool starts_line = starts_line_;
  LexToken token = Read();
  token.starts_line = starts_line;
  return token;
}

LexToken Lexer::Read() {
  const size_t begin = at_;
  if (at_ == text_.size()) return Make(Lexeme::kEnd, begin, "");
  const char c = text_[at_];
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '"') {
    ++at_;
    return LexString(begin);
  }
  if (IsDigit(c) || (c == '-' && IsDigit(next))) return LexNumber();
  if (IsNameStart(c)) {
    // A dot belongs to the name only before another name character: `ctx.open`.
    while (at_ < text_.size() &&
           (IsNameChar(text_[at_]) ||
            (text_[at_] == '.' && at_ + 1 < text_.size() && IsNameStart(text_[at_ + 1])))) {
      ++at_;
    }
    return Make(Lexeme::kName, begin, std::string(text_.substr(begin, at_ - begin)));
  }
  if (c == '$' && IsNameStart(next)) {
    ++at_;
    while (at_ < text_.size() && IsNameChar(text_[at_])) ++at_;
    return Make(Lexeme::kHole, begin, std::string(text_.substr(begin, at_ - begin)));
  }
  if (c == '%' || c == '@') {
    ++at_;
    if (c == '@' && next == '"') {
      ++at_;
      LexToken token = LexString(begin);
      if (token.kind == Lexeme::kString) token.kind = Lexeme::kSymbol;
      return token;
    }
    while (at_ < text_.size() && (IsNameChar(text_[at_]) || (c == '%' && text_[at_] == '.'))) ++at_;
    if (at_ == begin + 1)
      return Make(Lexeme::kBad, begin, std::string("a name must follow `") + c + "`");
    return Make(c == '%' ? Lexeme::kValue : Lexeme::kSymbol, begin,
                std::string(text_.substr(begin + 1, at_ - begin - 1)));
  }
  if ((c == '-' && next == '>') || (c == '.' && next == '.')) {
    at_ += 2;
    return Make(Lexeme::kPunct, begin, std::string(text_.substr(begin, 2)));
  }
  ++at_;
  if (std::string_view("(){}[]<>,:=?.").find(c) != std::string_view::npos) {
    return Make(Lexeme::kPunct, begin, std::string(1, c));
  }
  return Make(Lexeme::kBad, begin, "a character that has no meaning here");
}

LexToken Lexer::LexNumber() {
  const size_t begin = at_;
  bool real = false;
  ++at_;
  while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
  // `1..5` is a range: a fraction needs a digit behind the point.
  if (at_ + 1 < text_.size() && text_[at_] == '.' && IsDigit(text_[at_ + 1])) {
    real = true;
    ++at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
  }
  if (at_ < text_.size() && text_[at_] == 'e') {
    const size_t sign =
        at_ + 1 < text_.size() && (text_[at_ + 1] == '+' || text_[at_ + 1] == '-') ? 1 : 0;
    if (at_ + 1 + sign < text_.size() && IsDigit(text_[at_ + 1 + sign])) {
      real = true;
      at_ += 1 + sign;
      while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    }
  }
  return Make(real ? Lexeme::kFloat : Lexeme::kInt, begin,
              std::string(text_.substr(begin, at_ - begin)));
}

LexToken Lexer::LexString(size_t begin) {
  std::string out;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
    const char c = text_[at_++];
    if (c != '\\') {
      out.push_back(c);
    } else if (!LexEscape(&out)) {
      return Make(Lexeme::kBad, begin, "an escape that does not exist");
    }
  }
  if (at_ == text_.size() || text_[at_] != '"')
    return Make(Lexeme::kBad, begin, "a string without closing quote");
  ++at_;
  return Make(Lexeme::kString, begin, std::move(out));
}

bool Lexer::LexEscape(std::string* out) {
  if (at_ == text_.size()) return false;
  const char c = text_[at_++];
  switch (c) {
    case 'n':
      out->push_back('\n');
      return true;
    case 't':
      out->push_back('\t');
      return true;
    case 'r':
      out->push_back('\r');
      return true;
    case '"':
    case '\\':
      out->push_back(c);
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  if (at_ == text_.size() || text_[at_] != '{') return false;
  uint32_t code = 0;
  size_t digits = 0;
  for (++at_; at_ < text_.size() && text_[at_] != '}'; ++at_, ++digits) {
    const char h = text_[at_];
    const int digit = IsDigit(h)             ? h - '0'
                      : h >= 'a' && h <= 'f' ? h - 'a' + 10
                      : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                             : -1;
    if (digit < 0 || digits == 6) return false;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  if (digits == 0 || at_ == text_.size() || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return false;
  ++at_;
  AppendUtf8(static_cast<char32_t>(code), out);
  return true;
}

}  // namespace lmp::ir
