// FindForeignTokens: spellings that only other languages have.
#include <algorithm>
#include <map>
#include <optional>

#include "frontend/layout.h"
#include "frontend/mistakes.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

bool IsBlank(std::string_view text, size_t at) {
  return at >= text.size() || text[at] == ' ' || text[at] == '\t' || text[at] == '\n' ||
         text[at] == '\r';
}

// Text between single quotes or backticks as the text of a `"` string.
std::string Requoted(std::string_view body, char quote, bool interpolates) {
  std::string text;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      if (body[i + 1] != quote) text += '\\';
      text += body[++i];
    } else if (body[i] == '"') {
      text += "\\\"";
    } else if (body[i] == '$' && !interpolates && i + 1 < body.size() && body[i + 1] == '{') {
      text += "\\$";
    } else {
      text += body[i];
    }
  }
  return text;
}

bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class TokenFinder {
 public:
  TokenFinder(std::string_view text, const Tokens& tokens) : text_(text), tokens_(tokens) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (CountingLoop(&i)) continue;
      if (FormatString(&i)) continue;
      Operator(i);
      Quotes(i);
      PatternApart(i);
      Blank(i);
      LookAlike(i);
    }
    std::vector<Diagnostic> found;
    for (const std::string& key : order_) found.push_back(std::move(by_key_.at(key)));
    return found;
  }

 private:
  TokenKind At(size_t i) const { return i < tokens_.size() ? tokens_[i].kind : kEof; }
  std::string_view TextAt(size_t i) const { return tokens_[i].TextIn(text_); }

  // The one diagnostic for this spelling; the first use gives its place.
  Diagnostic& Report(const std::string& key, const Token& token, std::string title,
                     std::string help) {
    const auto [found, added] = by_key_.try_emplace(key);
    if (added) {
      found->second =
          MakeMistake(Mistake::kOtherLanguage, token.begin, token.end, std::move(title));
      found->second.helps.push_back(std::move(help));
      order_.push_back(key);
    }
    return found->second;
  }

  void Replace(Diagnostic* diagnostic, const Token& token, const std::string& word) const {
    const bool space_before = token.begin > 0 && !IsBlank(text_, token.begin - 1) &&
                              text_[token.begin - 1] != '(' && text_[token.begin - 1] != '[';
    const std::string before = space_before ? " " : "";
    AddFix(diagnostic, token.begin, token.end,
           before + word + (IsBlank(text_, token.end) ? "" : " "));
  }

  // ---- for (let i = 0; i < n; i++) { ----

  struct CountingHead {
    size_t name = 0;            // token of the variable
    size_t semicolons[2] = {};  // `;` in front of the condition and of the step
    size_t open = 0, close = 0;
  };

  std::optional<CountingHead> CountingHeadAt(size_t i) const {
    if (At(i) != kFor || At(i + 1) != kLParen) return std::nullopt;
    CountingHead head{.name = i + 2, .open = i + 1, .close = i + 1};
    while (IsWord(At(head.name)) && IsWord(At(head.name + 1))) ++head.name;  // let, var, int
    size_t count = 0;
    size_t depth = 1;
    while (++head.close < tokens_.size()) {
      if (IsOpener(At(head.close))) ++depth;
      if (IsCloser(At(head.close)) && --depth == 0) break;
      if (At(head.close) == kSemi && count++ < 2) head.semicolons[count - 1] = head.close;
    }
    if (count != 2 || At(head.close) != kRParen) return std::nullopt;
    return head;
  }

  // What is added to the variable in each round: 1 for `i++`, -2 for `i -= 2`; 0 where it cannot be
  // told.
  int64_t StepOf(const CountingHead& head) const {
    const size_t first = head.semicolons[1] + 1;
    const size_t tokens = head.close - first;
    const std::string_view name = TextAt(head.name);
    std::string step;
    for (size_t i = first; i < head.close; ++i) step += TextAt(i) == name ? "i" : TextAt(i);
    if (tokens > 5) return 0;
    if (step == "i++" || step == "++i") return 1;
    if (step == "i--" || step == "--i") return -1;
    for (const std::string_view form : {"i+=", "i-=", "i=i+", "i=i-"}) {
      if (!step.starts_with(form)) continue;
      const std::string digits = step.substr(form.size());
      if (digits.empty() || digits.size() > 4 ||
          digits.find_first_not_of("0123456789") != std::string::npos) {
        return 0;
      }
      return form.find('-') != std::string_view::npos ? -std::stoll(digits) : std::stoll(digits);
    }
    return 0;
  }

  std::string Between(size_t first, size_t end) const {
    if (first >= end) return "";
    return std::string(
        text_.substr(tokens_[first].begin, tokens_[end - 1].end - tokens_[first].begin));
  }

  static std::optional<int64_t> NumberIn(const std::string& text) {
    const bool number = !text.empty() && text.size() < 10 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    return number ? std::optional<int64_t>(std::stoll(text)) : std::nullopt;
  }
  static std::string OneMore(const std::string& bound) {
    const auto number = NumberIn(bound);
    return number ? std::to_string(*number + 1) : bound + " + 1";
  }

  bool HasWord(std::string_view word) const {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [&](const Token& token) { return token.TextIn(text_) == word; });
  }

  // The list that the loop runs over; "" where there is none that is certainly the same.
  std::string ListOf(const CountingHead& head) const {
    const size_t compare = head.semicolons[0] + 2;
    const bool plain = IsWord(At(head.name)) && At(head.name + 1) == kAssign &&
                       TextAt(compare - 1) == TextAt(head.name);
    const int64_t step = plain ? StepOf(head) : 0;
    const bool up = step > 0 && OneOf(At(compare), {kLess, kLessEqual});
    const bool down = step < 0 && OneOf(At(compare), {kGreater, kGreaterEqual});
    const bool reaches = OneOf(At(compare), {kLessEqual, kGreaterEqual});
    const std::string first = plain ? Between(head.name + 2, head.semicolons[0]) : "";
    const std::string bound = Between(compare + 1, head.semicolons[1]);
    if ((!up && !down) || first.empty() || bound.empty()) return "";
    if (step == 1) return first + ".." + (reaches ? OneMore(bound) : bound);
    if (step == -1) {
      return "reverse(" + (reaches ? bound : OneMore(bound)) + ".." + OneMore(first) + ")";
    }
    const auto from = NumberIn(first);
    const auto to = NumberIn(bound);
    const std::string k = HasWord("k") ? "round" : "k";
    if (!from || !to || HasWord(k)) return "";
    const int64_t way = (up ? *to - *from : *from - *to) + (reaches ? 1 : 0);
    const int64_t size = step > 0 ? step : -step;
    const int64_t rounds = way <= 0 ? 0 : (way + size - 1) / size;
    return "[" + first + (up ? " + " : " - ") + std::to_string(size) + " * " + k + " for " + k +
           " in 0.." + std::to_string(rounds) + "]";
  }

  bool CountingLoop(size_t* i) {
    const auto head = CountingHeadAt(*i);
    if (!head) return false;
    const std::string list = ListOf(*head);
    const std::string name(IsWord(At(head->name)) ? TextAt(head->name) : "i");
    const std::string loop = name + " in " + (list.empty() ? "0..1" : list);
    const Token& word = tokens_[*i];
    if (list.empty()) {
      Report("for no list", word, "`for` runs over a list or a range",
             "a loop that ends by a condition is `while condition limit 100 { }`, and its body "
             "takes the step");
    } else {
      Report("for", word, "`for` runs over a list or a range", "write `for " + loop + " {`");
    }
    // Where the loop cannot be told, the parse goes on with another, which is not offered.
    Diagnostic& d = by_key_[list.empty() ? "" : "for"];
    if (list.empty() && d.fixes.empty()) order_.emplace_back("");
    AddFix(&d, tokens_[head->open].begin, tokens_[head->close].end, loop);
    *i = head->close;
    return true;
  }

  // f"Hi {name}", also with single quotes.
  bool FormatString(size_t* i) {
    const Token& prefix = tokens_[*i];
    const TokenKind quote = At(*i + 1);
    const bool plain = quote == kStrOpen || quote == kBlockOpen;
    if (prefix.kind != kName || (!plain && quote != kQuoteStr && quote != kQuoteBlock))
      return false;
    if (TextAt(*i) != "f" && TextAt(*i) != "F") return false;
    if (tokens_[*i + 1].begin != prefix.end) return false;
    Diagnostic& d = Report("f", prefix, "strings take values without an `f` in front",
                           "write `\"Hi ${name}\"`: every string can hold `${...}`");
    if (plain) {
      AddFix(&d, prefix.begin, prefix.end, "");
      for (++*i; *i + 1 < tokens_.size() && IsStringPart(At(*i + 1)); ++*i) {
        const Token& part = tokens_[*i + 1];
        if (OneOf(part.kind, {kStrText, kBlockText})) Dollars(part, &d);
      }
      return true;
    }
    const Token& string = tokens_[++*i];
    const size_t quotes = quote == kQuoteStr ? 1 : 3;
    const std::string_view body = TextAt(*i).substr(quotes, TextAt(*i).size() - 2 * quotes);
    std::string mended = quotes == 1 ? Requoted(body, '\'', false) : std::string(body);
    for (size_t at = 0; at < mended.size(); ++at) {
      if (mended[at] == '{') mended.insert(at++, "$");
    }
    const std::string mark = quotes == 1 ? "\"" : "\"\"\"";
    AddFix(&d, prefix.begin, string.end, mark + mended + mark);
    return true;
  }

  // `$` in front of each `{value}`; `{{` and `}}` of Python are one brace.
  void Dollars(const Token& part, Diagnostic* d) const {
    for (size_t at = part.begin; at < part.end; ++at) {
      const bool twice = at + 1 < part.end && text_[at + 1] == text_[at];
      if ((text_[at] == '{' || text_[at] == '}') && twice) {
        AddFix(d, at, at + 1, "");
        ++at;
      } else if (text_[at] == '{' &&
                 text_.substr(at, part.end - at).find('}') != std::string_view::npos) {
        AddFix(d, at, at, "$");
        DropFormat(at, d);
      }
    }
  }

  // `:.2f` or `!r` in front of the `}` that ends the value at `open`: values have one form.
  void DropFormat(size_t open, Diagnostic* d) const {
    const size_t close = text_.find('}', open);
    size_t at = close;
    while (at > open + 1 &&
           text_.substr(at - 1, 1).find_first_of("0123456789.,<>^+%dfgesxXr") == 0) {
      --at;
    }
    if (at == close || at <= open + 1 || (text_[at - 1] != ':' && text_[at - 1] != '!')) return;
    AddFix(d, at - 1, close, "");
  }

  void Operator(size_t i) {
    const Token& token = tokens_[i];
    switch (token.kind) {
      case kAndAnd:
        return Replace(&Report("&&", token, "`&&` is written `and`", "write `a and b`"), token,
                       "and");
      case kOrOr:
        return Replace(&Report("||", token, "`||` is written `or`", "write `a or b`"), token, "or");
      case kBang:
        if (i > 0 && EndsOperand(At(i - 1)) && tokens_[i - 1].end == token.begin) return;  // x!
        return Replace(&Report("!", token, "`!` is written `not`", "write `not a`"), token, "not");
      case kEqual3:
        return Replace(&Report("===", token, "`===` is written `==`", "write `a == b`"), token,
                       "==");
      case kNotEqual3:
        return Replace(&Report("!==", token, "`!==` is written `!=`", "write `a != b`"), token,
                       "!=");
      case kSemi:
        return Semicolon(token);
      case kHashComment: {
        Diagnostic& d = Report("#", token, "comments start with `//`", "write `// ...`");
        if (d.fixes.empty()) d.span.end = token.begin + 1;
        return AddFix(&d, token.begin, token.begin + 1, "//");
      }
      case kIncrement:
        return Increment(i);
      case kOpAssign:
        return OperateAndAssign(i);
      case kWalrus:
        return Walrus(i);
      case kPower:
        return Power(i);
      default:
        return;
    }
  }

  void Semicolon(const Token& token) {
    Diagnostic& d = Report(";", token, "statements need no `;`", "remove it");
    const bool apart =
        IsBlank(text_, token.end) || (token.begin > 0 && IsBlank(text_, token.begin - 1));
    AddFix(&d, token.begin, token.end, apart ? "" : " ");
  }

  void Increment(size_t i) {
    const Token& token = tokens_[i];
    const bool behind = i > 0 && IsWord(At(i - 1)) && tokens_[i - 1].line == token.line;
    if (i > 0 && EndsOperand(At(i - 1)) && tokens_[i - 1].line == token.line &&
        i + 1 < tokens_.size() && tokens_[i + 1].line == token.line &&
        OneOf(At(i + 1), {kStrOpen, kName, kInt})) {
      Diagnostic& d = Report("join", token, "values are joined with `+`", "write `+`");
      return AddFix(&d, token.begin, token.end, "+");
    }
    if (!behind && !IsWord(At(i + 1))) return;
    const std::string name(TextAt(behind ? i - 1 : i + 1));
    const std::string sum = name + " = " + name + " + 1";
    Diagnostic& d = Report("++", token, "`++` is written out", "write `" + sum + "`");
    AddFix(&d, tokens_[behind ? i - 1 : i].begin, tokens_[behind ? i : i + 1].end, sum);
  }

  // x += 1. A longer right side needs parentheses, except behind `+=`.
  void OperateAndAssign(size_t i) {
    const Token& token = tokens_[i];
    const bool starts_statement =
        i > 0 && IsWord(At(i - 1)) &&
        (tokens_[i - 1].first_on_line || i == 1 || OneOf(At(i - 2), {kLBrace, kRBrace}));
    if (!starts_statement || i + 1 >= tokens_.size()) return;
    if (IsRole(At(i + 1)) || OneOf(At(i + 1), {kGen, kSelect})) return;  // s += user("hi")
    const std::string name(TextAt(i - 1));
    const std::string op(1, text_[token.begin]);
    Diagnostic& d = Report("+=", token, "`" + std::string(TextAt(i)) + "` is written out",
                           "write `" + name + " = " + name + " " + op + " ...`");
    size_t last = i + 1;
    size_t depth = 0;
    for (size_t k = i + 1; k < tokens_.size() && (depth > 0 || !tokens_[k].first_on_line); ++k) {
      if (IsCloser(At(k)) && depth-- == 0) break;
      if (IsOpener(At(k))) ++depth;
      last = k;
    }
    const bool wrap = op != "+" && last > i + 1;
    AddFix(&d, token.begin, token.end, "= " + name + " " + op + (wrap ? " (" : ""));
    if (wrap) AddFix(&d, tokens_[last].end, tokens_[last].end, ")");
  }

  void Walrus(size_t i) {
    const Token& token = tokens_[i];
    if (i == 0 || !IsWord(At(i - 1))) return;
    const std::string name(TextAt(i - 1));
    if (i > 1 && OneOf(At(i - 2), {kLet, kVar, kConst})) {
      Diagnostic& d = Report("let :=", token, "a name is bound with `=`", "write `=`");
      return AddFix(&d, token.begin, token.end, "=");
    }
    Diagnostic& d =
        Report(":=", token, "a new name is made with `let`", "write `let " + name + " = ...`");
    AddFix(&d, tokens_[i - 1].begin, token.end, "let " + name + " =");
  }

  // x ** 2 of a plain name or number; anything else is left to the parser's own words.
  void Power(size_t i) {
    if (i == 0 || i + 1 >= tokens_.size()) return;
    const std::string_view exponent = TextAt(i + 1);
    if (exponent != "2" && exponent != "3" && exponent != "4") return;
    if (!IsWord(At(i - 1)) && At(i - 1) != kInt) return;
    if (i > 1 && At(i - 2) == kDot) return;
    const std::string base(TextAt(i - 1));
    std::string product = base;
    for (char n = '1'; n < exponent[0]; ++n) product += " * " + base;
    Diagnostic& d =
        Report("**", tokens_[i], "there is no power operator", "write `" + product + "`");
    AddFix(&d, tokens_[i - 1].begin, tokens_[i + 1].end, product);
  }

  void Quotes(size_t i) {
    const Token& token = tokens_[i];
    const std::string_view whole = TextAt(i);
    std::string mended;
    const char* title = "";
    if (token.kind == kQuoteStr || token.kind == kQuoteBlock) {
      title = "strings stand between `\"` quotes";
      const std::string_view body = whole.substr(token.kind == kQuoteStr ? 1 : 3);
      mended = token.kind == kQuoteStr
                   ? "\"" + Requoted(body.substr(0, body.size() - 1), '\'', false) + "\""
                   : "\"\"\"" + std::string(body.substr(0, body.size() - 3)) + "\"\"\"";
    } else if (token.kind == kBacktickStr) {
      title = "strings stand between `\"` quotes, not backticks";
      const std::string_view body = whole.substr(1, whole.size() - 2);
      mended = body.find('\n') == std::string_view::npos ? "\"" + Requoted(body, '`', true) + "\""
                                                         : "\"\"\"" + std::string(body) + "\"\"\"";
    } else if (token.kind == kSmartStr) {
      title = "strings stand between straight `\"` quotes";
      // Each of the curly quotes is three bytes in UTF-8.
      mended = "\"" + Requoted(whole.substr(3, whole.size() - 6), '\0', true) + "\"";
    } else {
      return;
    }
    Diagnostic& d =
        Report(title, token, title, "write `" + mended.substr(0, mended.find('\n')) + "`");
    AddFix(&d, token.begin, token.end, mended);
  }

  // re "[0-9]+"
  void PatternApart(size_t i) {
    if (At(i) != kName || TextAt(i) != "re" || At(i + 1) != kStrOpen) return;
    const Token& quote = tokens_[i + 1];
    if (quote.line != tokens_[i].line || quote.begin == tokens_[i].end) return;
    Diagnostic& d =
        Report("re", tokens_[i], "a pattern is one word", "write `re\"...\"`, without a space");
    AddFix(&d, tokens_[i].end, quote.begin, "");
  }

  // Signs that an editor or a document made of ASCII ones.
  void LookAlike(size_t i) {
    static constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
        {"\u2192", "->"}, {"\u21d2", "=>"}, {"\u2264", "<="}, {"\u2265", ">="}, {"\u2260", "!="},
        {"\u2212", "-"},  {"\u2013", "-"},  {"\u00d7", "*"},  {"\u00f7", "/"},  {"\uff0c", ","},
        {"\uff1a", ":"},  {"\uff08", "("},  {"\uff09", ")"},  {"\u2026", ".."}};
    if (At(i) != kBad) return;
    for (const auto& [sign, ascii] : kSigns) {
      if (TextAt(i) != sign) continue;
      const std::string ours(ascii);
      Diagnostic& d =
          Report("sign", tokens_[i], "signs are written in ASCII", "write `" + ours + "`");
      return AddFix(&d, tokens_[i].begin, tokens_[i].end, ours);
    }
  }

  // Blanks that are not ASCII come from copied text. Other characters of no token are the parser's
  // business: it knows what should stand in their place.
  void Blank(size_t i) {
    const Token& token = tokens_[i];
    const std::string_view blank = TextAt(i);
    if (token.kind != kBad) return;
    if (blank != "\xc2\xa0" && blank != "\xe2\x80\x8b" && blank != "\xef\xbb\xbf") return;
    Diagnostic& d = Report("blank", token, "an invisible character that is no plain space",
                           "write a plain space");
    d.code = std::string(CodeOf(Mistake::kBadCharacter));
    AddFix(&d, token.begin, token.end, " ");
  }

  std::string_view text_;
  const Tokens& tokens_;
  std::map<std::string, Diagnostic> by_key_;
  std::vector<std::string> order_;
};

// The end of the comment that starts with the `/*` at `begin`.
size_t CommentEnd(std::string_view text, size_t begin) {
  const size_t close = text.find("*/", begin + 2);
  return close == std::string_view::npos ? text.size() : close + 2;
}

void MendComment(std::string_view text, size_t begin, Diagnostic* d) {
  const size_t end = CommentEnd(text, begin);
  const bool closed = end >= begin + 4 && text.substr(end - 2, 2) == "*/";
  if (LineEnd(text, end) != end && !IsBlankText(text.substr(end, LineEnd(text, end) - end))) {
    return AddFix(d, begin, end, "");  // code follows
  }
  AddFix(d, begin, begin + 2, "//");
  for (size_t line = text.find('\n', begin); line < end; line = text.find('\n', line + 1)) {
    if (line + 1 < end) AddFix(d, line + 1, line + 1, "//");
  }
  if (closed) AddFix(d, end - 2, end, "");
}

}  // namespace

std::vector<Diagnostic> FindBlockComments(std::string_view text, const Tokens& tokens) {
  std::vector<Diagnostic> found;
  size_t behind = 0;  // the comments so far
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind != kSlash || token.begin < behind || token.end >= text.size() ||
        text[token.end] != '*') {
      continue;
    }
    if (found.empty()) {
      found.push_back(MakeMistake(Mistake::kOtherLanguage, token.begin, token.begin + 2,
                                  "comments start with `//`, and each line has its own"));
      found.back().helps.push_back("write `// ...`");
    }
    MendComment(text, token.begin, &found.back());
    behind = CommentEnd(text, token.begin);
  }
  return found;
}

std::vector<Diagnostic> FindForeignTokens(std::string_view text, const Tokens& tokens) {
  return TokenFinder(text, tokens).Run();
}

}  // namespace lmp::frontend
