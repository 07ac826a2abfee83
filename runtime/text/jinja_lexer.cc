#include "runtime/text/jinja_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace lmp::text::jinja {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool IsNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Lexer {
 public:
  // As in Jinja, a line break at the template's end does not count.
  explicit Lexer(std::string_view source) : source_(source) {
    if (source_.ends_with('\n')) source_.remove_suffix(1);
    if (source_.ends_with('\r')) source_.remove_suffix(1);
  }

  Result<std::vector<Word>> Run() {
    while (at_ < source_.size()) {
      TakeText();
      if (at_ >= source_.size()) break;
      LMP_RETURN_IF_ERROR(source_[at_ + 1] == '#' ? SkipComment() : TakeBracket());
    }
    Add(Word::Kind::kEnd, "");
    return std::move(words_);
  }

 private:
  void Add(Word::Kind kind, std::string text) {
    words_.push_back({kind, std::move(text), LineAt(at_)});
  }
  size_t LineAt(size_t at) {
    for (; counted_ < at && counted_ < source_.size(); ++counted_) {
      line_ += source_[counted_] == '\n' ? 1u : 0u;
    }
    return line_;
  }
  Status Fail(const std::string& what) {
    return Unsupported("line " + std::to_string(LineAt(at_)) + ": " + what);
  }

  // Text up to the next bracket, trimmed by the brackets on its two sides.
  void TakeText() {
    size_t end = at_;
    const auto opens = [&](size_t at) {
      return at + 1 < source_.size() && source_[at] == '{' &&
             (source_[at + 1] == '{' || source_[at + 1] == '%' || source_[at + 1] == '#');
    };
    while (end < source_.size() && !opens(end)) ++end;
    std::string_view text = source_.substr(at_, end - at_);
    if (trim_left_) text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (trim_newline_ && text.starts_with('\n')) text.remove_prefix(1);
    if (trim_newline_ && text.starts_with("\r\n")) text.remove_prefix(2);
    if (end < source_.size()) text = TrimBefore(text, end);
    trim_left_ = trim_newline_ = false;
    if (!text.empty()) Add(Word::Kind::kText, std::string(text));
    at_ = end;
  }
  std::string_view TrimBefore(std::string_view text, size_t bracket) const {
    const char sign = bracket + 2 < source_.size() ? source_[bracket + 2] : '\0';
    if (sign == '-') return text.substr(0, text.find_last_not_of(kBlank) + 1);
    if (sign == '+' || source_[bracket + 1] == '{') return text;
    // lstrip_blocks: blanks between the line's begin and the bracket.
    const size_t last = text.find_last_not_of(" \t");
    const size_t begin = bracket - text.size();
    const bool line_begin = last == std::string_view::npos
                                ? begin == 0 || source_[begin - 1] == '\n'
                                : text[last] == '\n';
    return line_begin ? text.substr(0, last + 1) : text;
  }
  // Behind a closing bracket whose first character is at `end`.
  void SetTrim(size_t end, bool block) {
    trim_left_ = end > 0 && source_[end - 1] == '-';
    trim_newline_ = block && !trim_left_ && source_[end - 1] != '+';
  }

  Status SkipComment() {
    const size_t end = source_.find("#}", at_ + 2);
    if (end == std::string_view::npos) return Fail("a comment does not end");
    SetTrim(end, true);
    at_ = end + 2;
    return OkStatus();
  }

  Status TakeBracket() {
    const bool block = source_[at_ + 1] == '%';
    const std::string_view close = block ? "%}" : "}}";
    Add(block ? Word::Kind::kBlockBegin : Word::Kind::kPrintBegin, "");
    at_ += 2;
    if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) ++at_;
    size_t depth = 0;  // of { }, whose end is no closing bracket
    while (true) {
      at_ = std::min(source_.find_first_not_of(kBlank, at_), source_.size());
      if (at_ >= source_.size()) return Fail("a {{ or {% does not end");
      const std::string_view rest = source_.substr(at_);
      const bool signed_close =
          (rest[0] == '-' || rest[0] == '+') && rest.substr(1).starts_with(close);
      if (signed_close || (depth == 0 && rest.starts_with(close))) {
        at_ += signed_close ? 1 : 0;
        SetTrim(at_, block);
        Add(block ? Word::Kind::kBlockEnd : Word::Kind::kPrintEnd, "");
        at_ += 2;
        return OkStatus();
      }
      if (rest[0] == '{') ++depth;
      if (rest[0] == '}' && depth > 0) --depth;
      LMP_RETURN_IF_ERROR(TakeWord(rest));
    }
  }

  Status TakeWord(std::string_view rest) {
    if (rest[0] == '\'' || rest[0] == '"') return TakeString(rest);
    if (std::isdigit(static_cast<unsigned char>(rest[0])) != 0) return TakeNumber(rest);
    size_t length = 0;
    if (IsNameChar(rest[0])) {
      while (length < rest.size() && IsNameChar(rest[length])) ++length;
      Add(Word::Kind::kName, std::string(rest.substr(0, length)));
      at_ += length;
      return OkStatus();
    }
    static constexpr std::array<std::string_view, 6> kLong = {"==", "!=", "<=", ">=", "//", "**"};
    for (const std::string_view sign : kLong) length = rest.starts_with(sign) ? 2 : length;
    if (length == 0) length = 1;
    constexpr std::string_view kSigns = "+-*/%~|.,:()[]{}<>=!";
    if (kSigns.find(rest[0]) == std::string_view::npos) {
      return Fail("\"" + std::string(rest.substr(0, 1)) + "\" in an expression");
    }
    Add(Word::Kind::kSign, std::string(rest.substr(0, length)));
    at_ += length;
    return OkStatus();
  }

  Status TakeNumber(std::string_view rest) {
    constexpr size_t kDigitsMax = 15;
    size_t length = 0;
    const auto digits = [&] {
      while (length < rest.size() && std::isdigit(static_cast<unsigned char>(rest[length])) != 0) {
        ++length;
      }
    };
    digits();
    const bool fraction = length + 1 < rest.size() && rest[length] == '.' &&
                          std::isdigit(static_cast<unsigned char>(rest[length + 1])) != 0;
    if (fraction) {
      ++length;
      digits();
    }
    if (length > kDigitsMax) return Fail("a number of " + std::to_string(length) + " digits");
    Add(fraction ? Word::Kind::kFloat : Word::Kind::kInt, std::string(rest.substr(0, length)));
    at_ += length;
    return OkStatus();
  }

  Status TakeString(std::string_view rest) {
    std::string text;
    size_t i = 1;
    for (; i < rest.size() && rest[i] != rest[0]; ++i) {
      if (rest[i] != '\\' || i + 1 == rest.size()) {
        text += rest[i];
        continue;
      }
      const char c = rest[++i];
      switch (c) {
        case 'n':
          text += '\n';
          break;
        case 't':
          text += '\t';
          break;
        case 'r':
          text += '\r';
          break;
        case '\\':
        case '\'':
        case '"':
          text += c;
          break;
        default:
          return Fail(std::string("the escape \\") + c);
      }
    }
    if (i >= rest.size()) return Fail("a string does not end");
    Add(Word::Kind::kString, std::move(text));
    at_ += i + 1;
    return OkStatus();
  }

  std::string_view source_;
  size_t at_ = 0;
  size_t counted_ = 0, line_ = 1;
  bool trim_left_ = false, trim_newline_ = false;
  std::vector<Word> words_;
};

}  // namespace

Result<std::vector<Word>> SplitWords(std::string_view source) { return Lexer(source).Run(); }

}  // namespace lmp::text::jinja
