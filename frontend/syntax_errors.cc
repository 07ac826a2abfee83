#include "frontend/syntax_errors.h"

#include <algorithm>
#include <utility>

#include "frontend/elsewhere.h"
#include "frontend/known_mistakes.h"
#include "frontend/layout.h"
#include "frontend/mistakes.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

bool IsOperator(TokenKind kind) {
  return (kind >= kRange && kind <= kPercent && !OneOf(kind, {kComma, kColon, kAt})) ||
         OneOf(kind, {kAnd, kOr, kNot, kIn});
}

std::string Quoted(string_view text) { return "`" + std::string(text) + "`"; }

std::string FoundText(string_view text, const Tokens& tokens, size_t at) {
  if (at >= tokens.size()) {
    // The tokens are those of one declaration.
    const size_t end = tokens.empty() ? 0 : tokens.back().end;
    const bool more = text.substr(end).find_first_not_of(" \t\r\n") != string_view::npos;
    return more ? "the end of the declaration" : "the end of the file";
  }
  const Token& token = tokens[at];
  if (OneOf(token.kind, {kStrOpen, kBlockOpen, kRawStr, kRawBlock})) return "a string";
  const string_view found = token.TextIn(text).substr(0, token.TextIn(text).find('\n'));
  return Quoted(found.substr(0, 30));
}

// What closes a list of things, by the rule that reads it.
std::string CloserPhrase(const SyntaxError& error) {
  static constexpr std::pair<string_view, string_view> kByRule[] = {
      {"block", "a statement or `}`"}, {"recordDecl", "a field or `}`"},
      {"enumDecl", "a member or `}`"}, {"matchStmt", "an arm or `}`"},
      {"mapLit", "a key or `}`"},      {"sPart", "an operator or `}`"},
      {"bPart", "an operator or `}`"},
  };
  for (const auto& [rule, phrase] : kByRule) {
    if (error.rule == rule) return std::string(phrase);
  }
  return "`}`";
}

// The human name of what fits at a mistake: one of about fifteen.
std::string ExpectedPhrase(const Tokens& tokens, const SyntaxError& error) {
  const TokenKind before = error.at > 0 ? tokens[error.at - 1].kind : kEof;
  const string_view rule = error.rule;
  const bool type_rule =
      OneOf(before, {kColon, kArrow, kPipe, kLess}) &&
      (rule == "type" || rule == "postType" || rule == "primType" || rule == "qtype");
  if (type_rule) return "a type";
  if (error.Expects(kLet) && error.Expects(kGen)) {
    return error.Expects(kRBrace) ? "a statement or `}`" : "a statement";
  }
  if (error.Expects(kFn) && error.Expects(kRecord)) return "a declaration";
  if (rule == "file") return "a declaration";
  if (error.Expects(kInt) && error.Expects(kLParen)) return "an expression";
  if (error.expected.empty()) {
    if (!EndsOperand(before)) return "an expression";
    return "an operator, or the end of the expression";
  }
  if (error.Expects(kStrOpen) && error.Expects(kRawStr)) {
    return error.Expects(kName) ? "a name or a string" : "a string";
  }
  if (error.Expects(kRBrace)) return CloserPhrase(error);
  if (error.Expects(kRParen)) return error.Expects(kName) ? "a name or `)`" : "`,` or `)`";
  if (error.Expects(kRBrack)) return "`,` or `]`";
  if (error.expected.size() > 4)
    return "the rest of this " + std::string(rule == "expr" ? "expression" : "statement");
  std::string phrase;
  for (size_t i = 0; i < error.expected.size(); ++i) {
    const TokenKind kind = error.expected[i];
    if (i > 0) phrase += i + 1 < error.expected.size() ? ", " : " or ";
    phrase += kind == kName            ? "a name"
              : Spelling(kind).empty() ? "a value"
                                       : Quoted(Spelling(kind));
  }
  return phrase;
}

// `-`, `(` or `[` first on its line.
Diagnostic DescribeLineStart(string_view text, const Tokens& tokens, size_t at) {
  const Token& token = tokens[at];
  const Token& before = tokens[at - 1];
  const std::string spelling(Spelling(token.kind));
  Diagnostic d =
      MakeMistake(Mistake::kLineStartsWithOperator, token.begin, token.end,
                  "a line that starts with `" + spelling + "` does not continue the line before");
  d.label = "first on its line";
  const std::string between(text.substr(before.end, token.begin - before.end));
  const bool comment = between.find("//") != std::string::npos;
  if (token.kind == kLineMinus) {
    d.helps.push_back("put the operator at the end of the line before, or the expression in `( )`");
    AddFix(&d, before.end, before.end, " -");
    AddFix(&d, token.begin, token.end, "");
  } else {
    d.helps.push_back("put it on the line before, right behind what it belongs to");
    if (!comment) AddFix(&d, before.end, token.begin, "");
  }
  return d;
}

// Tokens of other languages that have no single repair.
std::optional<string_view> ForeignHelp(TokenKind kind, string_view found) {
  if (kind == kPower) return "there is no power operator: multiply";
  if (kind == kOpAssign || kind == kIncrement) return "write the assignment out: `x = x + 1`";
  if (kind == kWalrus) return "make a name with `let name = value`";
  if (kind == kQuestion || found == "?") return "whether a value is null tells `x == null`";
  if (found == "&" || found == "|") return "write `and`, `or`";
  if (found == "^" || found == "~") return "there are no bit operators";
  return std::nullopt;
}

// Also in declarations that these tokens are not of.
bool HasMain(string_view text) {
  for (size_t at = text.find("fn main"); at != string_view::npos;
       at = text.find("fn main", at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return true;
  }
  return false;
}

Diagnostic DescribeStatementOutside(string_view text, const Tokens& tokens,
                                    const SyntaxError& error) {
  const Token& token = tokens[error.at];
  Diagnostic d = MakeMistake(Mistake::kStatementOutside, token.begin, token.end,
                             "a statement stands outside any function");
  d.label = "a file holds declarations: `fn`, `record`, `const`, ...";
  const Token& next = error.at + 1 < tokens.size() ? tokens[error.at + 1] : token;
  if (OneOf(token.kind, {kLet, kVar})) {
    d.helps.push_back("a value of the whole file is a constant: `const " +
                      std::string(next.TextIn(text)) + " = ...`");
    AddFix(&d, token.begin, token.end, "const");
    return d;
  }
  if (token.kind == kName && next.kind == kAssign) {
    d.helps.push_back("a value of the whole file is a constant: `const " +
                      std::string(token.TextIn(text)) + " = ...`");
    AddFix(&d, token.begin, token.begin, "const ");
    return d;
  }
  const bool starts_main = token.TextIn(text) == "main" && next.kind == kLParen;
  const size_t last = LastOnLine(tokens, error.at);
  if (starts_main && tokens[last].kind == kRParen) {
    d.helps.push_back("`lmp run` calls `main`: remove it");
    AddFix(&d, token.begin, tokens[last].end, "");
    return d;
  }
  d.helps.push_back("put it into `fn main() { ... }`");
  if (HasMain(text) || error.at != 0) return d;
  AddFix(&d, token.begin, token.begin, "fn main() {\n");
  const size_t end = LineEnd(text, tokens.back().end);
  AddFix(&d, end, end, "\n}");
  return d;
}

Diagnostic DescribeCharacter(string_view text, const Tokens& tokens, size_t at) {
  size_t last = at;
  while (last + 1 < tokens.size() && tokens[last + 1].kind == kBad &&
         tokens[last + 1].begin == tokens[last].end) {
    ++last;
  }
  const string_view run = text.substr(tokens[at].begin, tokens[last].end - tokens[at].begin);
  Diagnostic d = MakeMistake(
      Mistake::kBadCharacter, tokens[at].begin, tokens[last].end,
      Quoted(run.substr(0, Utf8SafePrefix(run.substr(0, 30)))) + " has no meaning here");
  if (const auto help = ForeignHelp(kBad, run)) d.helps.emplace_back(*help);
  return d;
}

// A word of the language that the filter had to take for a name, at the start of a statement.
std::optional<Diagnostic> DescribeLoneWord(string_view text, const Tokens& tokens,
                                           const SyntaxError& error) {
  if (error.unit != Unit::kStatement || error.at != error.unit_begin + 1) return std::nullopt;
  const Token& token = tokens[error.unit_begin];
  const string_view word = token.TextIn(text);
  const bool reserved = OneOf(token.kind, {kName}) && IsReservedText(word);
  if (!reserved) return std::nullopt;
  Diagnostic d = MakeMistake(Mistake::kUnexpected, token.begin, token.end,
                             Quoted(word) + " does not start a statement here");
  if (word == "else") d.helps.push_back("`else` follows the `}` of an `if` or a `try`");
  return d;
}

bool StartsStatement(const Tokens& tokens, size_t at) {
  const TokenKind kind = tokens[at].kind;
  const TokenKind next = at + 1 < tokens.size() ? tokens[at + 1].kind : kEof;
  return IsStatementWord(kind) || OneOf(kind, {kStrOpen, kBlockOpen, kRawStr, kRawBlock}) ||
         (kind == kName && OneOf(next, {kAssign, kLParen, kDot, kLBrack}));
}

std::string NameStatementHelp(string_view text, const Tokens& tokens, const SyntaxError& error) {
  const string_view word = tokens[error.unit_begin].TextIn(text);
  if (const string_view advice = StatementAdvice(word); !advice.empty()) return std::string(advice);
  const bool part = error.rule == "callTail" && error.at > error.unit_begin + 1 &&
                    error.at < tokens.size() && tokens[error.at].kind == kAssign;
  if (part) {
    return "a value does not change in parts: make a new one, `" + std::string(word) + " = ...`";
  }
  return "a statement that starts with a name is a call `f(x)` or an assignment `x = 1`";
}

}  // namespace

bool SyntaxError::Expects(TokenKind kind) const {
  return std::find(expected.begin(), expected.end(), kind) != expected.end();
}

Diagnostic DescribeError(string_view text, const Tokens& tokens, const SyntaxError& error) {
  const bool at_end = error.at >= tokens.size();
  const auto end = static_cast<uint32_t>(tokens.empty() ? 0 : tokens.back().end);
  const Token token = at_end ? Token{.kind = kEof, .begin = end, .end = end} : tokens[error.at];
  if (error.at > 0 && OneOf(token.kind, {kLineMinus, kLineLParen, kLineLBrack})) {
    return DescribeLineStart(text, tokens, error.at);
  }
  if (!at_end && error.unit == Unit::kNone && error.rule == "file" &&
      StartsStatement(tokens, error.at)) {
    return DescribeStatementOutside(text, tokens, error);
  }
  // static MAX = 5
  if (error.unit == Unit::kNone && error.rule == "file" && error.at + 2 < tokens.size() &&
      token.kind == kName && tokens[error.at + 1].kind == kName &&
      tokens[error.at + 2].kind == kAssign) {
    Diagnostic d = MakeMistake(Mistake::kOtherLanguage, token.begin, token.end,
                               "a value of the whole file is bound with `const`");
    d.helps.push_back("write `const`");
    AddFix(&d, token.begin, token.end, "const");
    return d;
  }
  if (auto known = DescribeKnown(text, tokens, error)) return std::move(*known);
  if (auto lone = DescribeLoneWord(text, tokens, error)) return std::move(*lone);
  if (token.kind == kBad) return DescribeCharacter(text, tokens, error.at);
  const std::string expected = ExpectedPhrase(tokens, error);
  Diagnostic d =
      MakeMistake(Mistake::kUnexpected, token.begin, token.end,
                  "expected " + expected + ", found " + FoundText(text, tokens, error.at));
  d.label = "expected " + expected;
  if (const auto help = ForeignHelp(token.kind, token.TextIn(text))) d.helps.emplace_back(*help);
  if (error.rule == "param" && error.Expects(kColon)) {
    d.helps.push_back("every parameter has a type: `name: string`");
  }
  if (error.at > 0 && tokens[error.at - 1].kind == kReturn) {
    d.helps.push_back(
        "`return` needs a value; a function without result leaves early by `if ... { } else { }`");
  }
  if (error.rule == "tryStmt" || error.rule == "catchPart") {
    d.helps.push_back(
        "`try` needs options, `try with retries: 2 {`, or an `else` behind its block");
  }
  if (error.rule == "nameStmt" || error.rule == "callTail") {
    d.helps.push_back(NameStatementHelp(text, tokens, error));
  }
  return d;
}

namespace {

// A token at which a statement may start anew: first on its line and no continuation.
bool IsFreshLine(const Tokens& tokens, size_t i) {
  const Token& token = tokens[i];
  if (!token.first_on_line) return false;
  return IsStatementWord(token.kind) ||
         OneOf(token.kind, {kName, kAt, kStrOpen, kBlockOpen, kRawStr, kRawBlock, kError});
}

// The end of a statement or arm: the next fresh line of the same depth, or the end of its block.
size_t StatementEnd(const Tokens& tokens, const SyntaxError& error) {
  size_t depth = 0;
  for (size_t i = error.unit_begin; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    if (depth == 0 && i > error.unit_begin && i >= error.at && IsFreshLine(tokens, i)) return i;
    if (IsOpener(kind)) {
      ++depth;
    } else if (IsCloser(kind)) {
      if (depth == 0) return i;
      --depth;
    }
  }
  return tokens.size();
}

// The end of a field or an enum member: the next line, the next comma, or what looks like another
// one.
size_t MemberEnd(const Tokens& tokens, const SyntaxError& error) {
  const auto kind_at = [&](size_t i) { return i < tokens.size() ? tokens[i].kind : kEof; };
  size_t depth = 0;
  for (size_t i = error.unit_begin; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    const bool another =
        IsWord(kind) && i > error.at && (error.unit == Unit::kMember || kind_at(i + 1) == kColon);
    const bool fresh = tokens[i].first_on_line || kind_at(i - (i > 0)) == kComma || another;
    if (depth == 0 && i > error.unit_begin && i >= error.at && fresh) return i;
    if (IsOpener(kind)) {
      ++depth;
    } else if (IsCloser(kind)) {
      if (depth == 0) return i;
      --depth;
    }
  }
  return tokens.size();
}

}  // namespace

Stretch StretchAround(string_view, const Tokens& tokens, const SyntaxError& error) {
  Stretch stretch{error.unit_begin, tokens.size()};
  switch (error.unit) {
    case Unit::kNone:
      stretch.begin = error.at;
      break;
    case Unit::kItem:
      break;
    case Unit::kField:
    case Unit::kMember:
      stretch.end = MemberEnd(tokens, error);
      break;
    case Unit::kArm:
    case Unit::kStatement:
      stretch.end = StatementEnd(tokens, error);
      break;
  }
  if (stretch.begin >= tokens.size() && !tokens.empty()) stretch.begin = tokens.size() - 1;
  stretch.end = std::clamp(stretch.end, std::min(stretch.begin + 1, tokens.size()), tokens.size());
  return stretch;
}

namespace {

class Remedies {
 public:
  Remedies(string_view text, const Tokens& raw, const Tokens& tokens, const SyntaxError& error)
      : text_(text), raw_(raw), tokens_(tokens), error_(error) {}

  std::vector<Remedy> Make() {
    Respell();
    Insert();
    Remove();
    return std::move(found_);
  }

 private:
  // `retrn y`: a name where a statement, a declaration or a word of the rule must stand.
  void Respell() {
    std::vector<std::string> words;
    for (const TokenKind kind : error_.expected) {
      if (IsReserved(kind)) words.emplace_back(Spelling(kind));
    }
    if (error_.unit == Unit::kStatement) RespellAt(error_.unit_begin, StatementWords());
    if (error_.unit == Unit::kNone) words = ItemWords();
    RespellAt(error_.at, words);
    // `for x in xs wiht ...`: the options are not needed, so what fails stands behind the word.
    if (error_.at > 0)
      RespellAt(error_.at - 1, {"with", "from", "limit", "in", "else", "and", "or"});
  }

  static std::vector<std::string> StatementWords() {
    std::vector<std::string> words;
    for (int kind = static_cast<int>(kImport); kind <= static_cast<int>(kNot); ++kind) {
      const auto word = static_cast<TokenKind>(kind);
      if (IsStatementWord(word)) words.emplace_back(Spelling(word));
    }
    return words;
  }
  static std::vector<std::string> ItemWords() {
    std::vector<std::string> words;
    for (int kind = static_cast<int>(kImport); kind <= static_cast<int>(kTest); ++kind) {
      const auto word = static_cast<TokenKind>(kind);
      if (IsItemWord(word)) words.emplace_back(Spelling(word));
    }
    return words;
  }

  void RespellAt(size_t at, const std::vector<std::string>& words) {
    if (at >= raw_.size() || raw_[at].kind != kName) return;
    const std::string name(raw_[at].TextIn(text_));
    if (!StatementAdvice(name).empty()) return;
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool capitals = std::find(words.begin(), words.end(), lower) != words.end();
    const std::string word = capitals ? lower : Nearest(name, words);
    if (word.empty()) return;
    Remedy remedy{MakeMistake(Mistake::kMisspeltWord, raw_[at].begin, raw_[at].end,
                              Quoted(name) + " is no word of the language here"),
                  raw_, at};
    remedy.diagnostic.helps.push_back("did you mean " + Quoted(word) + "?");
    AddFix(&remedy.diagnostic, raw_[at].begin, raw_[at].end, word);
    for (int kind = static_cast<int>(kImport); kind <= static_cast<int>(kNot); ++kind) {
      if (Spelling(static_cast<TokenKind>(kind)) == word) {
        remedy.tokens[at].kind = static_cast<TokenKind>(kind);
      }
    }
    found_.push_back(std::move(remedy));
  }

  void Insert() {
    const size_t at = error_.at;
    if (at == 0 || at >= raw_.size()) return;
    if (tokens_[at].kind == kColon && at > 1) {
      InsertAt(at - 1, kWith);
      InsertAt(at - 1, kComma);
    }
    if (at > 1 && raw_[at - 1].kind == kName && raw_[at - 2].kind == kFork) InsertAt(at, kIn);
    for (const TokenKind kind : {kColon, kAssign, kIn, kFrom, kComma, kArrow, kFatArrow, kAs}) {
      // A list may go on before its closing bracket, which alone is in the set.
      const bool item = kind == kComma && (error_.Expects(kRParen) || error_.Expects(kRBrack));
      if (kind == kAssign && !MayAssign()) continue;
      if (error_.expected.empty() || error_.Expects(kind) || item) InsertAt(at, kind);
    }
    InsertReturn();
  }

  // `x 1` was meant to be an assignment only if there is a variable `x`.
  bool MayAssign() const {
    const size_t first = error_.unit_begin;
    if (error_.unit != Unit::kStatement || first >= raw_.size() || raw_[first].kind != kName) {
      return true;
    }
    for (size_t i = 0; i + 1 < raw_.size(); ++i) {
      if (raw_[i].kind == kVar && raw_[i + 1].TextIn(text_) == raw_[first].TextIn(text_))
        return true;
    }
    return false;
  }

  // The last expression of a block as its value: `fn f() -> int { a + b }`.
  void InsertReturn() {
    const size_t first = error_.unit == Unit::kStatement ? error_.unit_begin : error_.at;
    if (first == 0 || first >= raw_.size() || IsStatementWord(tokens_[first].kind)) return;
    if (tokens_[first].kind == kFork || !StatementAdvice(raw_[first].TextIn(text_)).empty()) return;
    if (!raw_[first].first_on_line && EndsOperand(tokens_[first - 1].kind))
      return InsertPlus(first);
    size_t depth = 0;
    size_t end = first;
    for (; end < raw_.size(); ++end) {
      if (IsOpener(tokens_[end].kind)) ++depth;
      if (IsCloser(tokens_[end].kind) && depth-- == 0) break;
    }
    if (end >= raw_.size() || tokens_[end].kind != kRBrace) return;
    const TokenKind kind = ResultWord(first);
    if (kind == kNone) return;
    const std::string word(Spelling(kind));
    Remedy remedy{MakeMistake(Mistake::kOtherLanguage, raw_[first].begin, raw_[end - 1].end,
                              "the value of a block is given with `" + word + "`"),
                  raw_, first};
    remedy.diagnostic.helps.push_back("add `" + word + "`");
    AddFix(&remedy.diagnostic, raw_[first].begin, raw_[first].begin, word + " ");
    const Token token{.kind = kind,
                      .begin = raw_[first].begin,
                      .end = raw_[first].begin,
                      .line = raw_[first].line,
                      .first_on_line = raw_[first].first_on_line};
    remedy.tokens[first].first_on_line = false;
    remedy.tokens.insert(remedy.tokens.begin() + static_cast<std::ptrdiff_t>(first), token);
    found_.push_back(std::move(remedy));
  }

  // "Hi " name
  void InsertPlus(size_t at) {
    const bool text = tokens_[at - 1].kind == kStrClose || tokens_[at].kind == kStrOpen;
    const bool operand = tokens_[at].kind == kName || tokens_[at].kind == kStrOpen;
    if (text && operand) InsertAt(at, kPlus);
  }

  // `yield` inside a fork, `return` inside a function with a result, else kNone.
  TokenKind ResultWord(size_t i) const {
    size_t depth = 0;
    while (i-- > 0) {
      const TokenKind kind = tokens_[i].kind;
      if (IsCloser(kind)) ++depth;
      if (IsOpener(kind)) {
        if (depth > 0) {
          --depth;
          continue;
        }
        if (kind != kLBrace) return kNone;
        for (size_t k = i; k-- > 0 && !OneOf(tokens_[k].kind, {kLBrace, kRBrace});) {
          if (tokens_[k].kind == kFork) return kYield;
          if (tokens_[k].kind == kArrow) return kReturn;
          if (tokens_[k].kind == kFn || IsRole(tokens_[k].kind)) return kNone;
        }
      }
    }
    return kNone;
  }

  void InsertAt(size_t at, TokenKind kind) {
    const Token& before = raw_[at - 1];
    const std::string spelling(Spelling(kind));
    Remedy remedy{DescribeError(text_, tokens_, error_), raw_, at};
    Diagnostic& d = remedy.diagnostic;
    if (at != error_.at || kind == kIn) {
      // The mistake shows behind its place, or under another reading.
      d = MakeMistake(Mistake::kUnexpected, raw_[at].begin, raw_[at].end,
                      "expected " + Quoted(spelling) + ", found " + FoundText(text_, tokens_, at));
      d.label = "expected " + Quoted(spelling);
    }
    d.helps.push_back("add " + Quoted(spelling));
    d.fixes.clear();
    const bool tight = kind == kColon || kind == kComma;
    AddFix(&d, before.end, before.end, tight ? spelling : " " + spelling);
    if (raw_[at].begin == before.end) d.fixes.back().replacement += " ";
    const Token token{.kind = kind, .begin = before.end, .end = before.end, .line = before.line};
    remedy.tokens.insert(remedy.tokens.begin() + static_cast<std::ptrdiff_t>(at), token);
    found_.push_back(std::move(remedy));
  }

  void Remove() {
    if (error_.at == 0 || error_.at >= raw_.size()) return;
    const Token& token = raw_[error_.at];
    const bool word_or_sign = IsWord(token.kind) || IsOperator(token.kind) ||
                              OneOf(token.kind, {kComma, kColon, kAt, kBad});
    if (!word_or_sign || token.first_on_line) return;
    size_t end = error_.at + 1;
    while (token.kind == kBad && end < raw_.size() && raw_[end].kind == kBad) ++end;
    Remedy remedy{DescribeError(text_, tokens_, error_), raw_, std::nullopt};
    Diagnostic& d = remedy.diagnostic;
    const string_view removed = text_.substr(token.begin, raw_[end - 1].end - token.begin);
    d.helps.push_back("remove " + Quoted(removed));
    d.fixes.clear();
    AddFix(&d, raw_[error_.at - 1].end, raw_[end - 1].end, "");
    remedy.tokens.erase(remedy.tokens.begin() + static_cast<std::ptrdiff_t>(error_.at),
                        remedy.tokens.begin() + static_cast<std::ptrdiff_t>(end));
    found_.push_back(std::move(remedy));
  }

  string_view text_;
  const Tokens& raw_;
  const Tokens& tokens_;
  const SyntaxError& error_;
  std::vector<Remedy> found_;
};

}  // namespace

std::vector<Remedy> RemediesFor(string_view text, const Tokens& raw, const Tokens& tokens,
                                const SyntaxError& error) {
  return Remedies(text, raw, tokens, error).Make();
}

}  // namespace lmp::frontend
