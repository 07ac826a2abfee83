#include "frontend/known_mistakes.h"

#include <algorithm>

#include "frontend/layout.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class Teller : private Phrase {
 public:
  Teller(string_view text, const Tokens& tokens, const SyntaxError& error)
      : Phrase(text, tokens, 0, tokens.size()), error_(error), at_(error.at) {}

  std::optional<Diagnostic> Tell() {
    if (at_ == 0 || end_ == 0) return std::nullopt;
    if (auto found = Nested()) return found;
    if (auto found = Lambda()) return found;
    if (auto found = SeveralNames()) return found;
    if (auto found = Tuple()) return found;
    if (auto found = ContextAs()) return found;
    if (auto found = Unpacked()) return found;
    if (auto found = IfBehind()) return found;
    if (auto found = Member()) return found;
    if (auto found = OptionalChain()) return found;
    if (auto found = AnyParameters()) return found;
    if (auto found = Generator()) return found;
    return ValueInMessage();
  }

 private:
  static Diagnostic Make(const Token& first, const Token& last, std::string title) {
    return MakeMistake(Mistake::kOtherLanguage, first.begin, last.end, std::move(title));
  }
  size_t Begin() const { return std::min(error_.unit_begin, end_ - 1); }

  // fn g() { } or record R { } inside of a function
  std::optional<Diagnostic> Nested() const {
    const size_t word = Begin();
    if (error_.unit != Unit::kStatement || At(word) != kName || !IsWord(At(word + 1))) return {};
    const string_view kind = TextAt(word);
    const bool function = kind == "fn" && At(word + 2) == kLParen;
    if (!function && !IsAnyOf(kind, {"record", "enum", "import", "config", "type"})) return {};
    Diagnostic d = Make(tokens_[word], tokens_[word],
                        function ? "a function cannot stand inside another"
                                 : "a declaration cannot stand inside a function");
    d.helps.push_back("move it out of the function");
    size_t brace = word;
    while (brace < end_ && !OneOf(At(brace), {kLBrace, kLMap})) ++brace;
    const size_t close = CloserOfBracket(brace);
    size_t item = word;
    while (item > 0 && !(IsItemWord(At(item)) && Opener(item) == end_)) --item;
    if (close >= end_ || Opener(item) != end_ || !IsAnyOf(kind, {"fn", "record", "enum"}) ||
        UsesNamesOf(item, word, close)) {
      return d;
    }
    AddFix(&d, tokens_[item].begin, tokens_[item].begin, Source(word, close) + "\n\n");
    AddFix(&d, tokens_[word].begin, tokens_[close].end, "");
    return d;
  }

  // The declaration [first, last] uses a name that the function around it, from `item` on, binds.
  bool UsesNamesOf(size_t item, size_t first, size_t last) const {
    NameSet outer;
    for (size_t i = item + 2; i < end_; ++i) {
      if (i == first) i = last;
      const bool bound =
          OneOf(At(i - 1), {kLet, kVar, kGen, kSelect, kFor, kFork}) || At(i + 1) == kColon;
      if (IsWord(At(i)) && bound) outer.emplace(TextAt(i));
    }
    for (size_t i = first; i <= last; ++i) {
      if (IsWord(At(i)) && At(i + 1) != kColon && outer.contains(TextAt(i))) return true;
    }
    return false;
  }

  // lambda x: e, x => e, |x| e, function(x) { } as a value
  std::optional<Diagnostic> Lambda() const {
    size_t word = end_;
    for (size_t back = 1; back <= 3 && back <= at_; ++back) {
      if (IsAnyOf(TextAt(at_ - back), {"lambda", "function", "func"})) word = at_ - back;
    }
    if (IsAnyOf(TextAt(at_), {"lambda"})) word = at_;
    if (At(at_) == kAssign && TextAt(at_ + 1) == "lambda") word = at_ + 1;
    const bool arrow = At(at_) == kFatArrow && error_.rule != "matchStmt" &&
                       (At(at_ - 1) == kName || At(at_ - 1) == kRParen);
    if (arrow) word = at_ - 1;
    if (At(at_) == kPipe && IsWord(At(at_ + 1)) && At(at_ + 2) == kPipe) word = at_;
    if (word == end_ || word == 0 || (tokens_[word].first_on_line && !arrow)) return {};
    if (IsAnyOf(TextAt(word), {"function", "func"}) && At(word + 1) != kLParen) return {};
    Diagnostic d =
        Make(tokens_[word], tokens_[std::max(at_, word)], "there are no functions without a name");
    d.helps.push_back(
        "declare `fn name(x: int) -> int { return ... }` beside `main`; a list is made of another "
        "by `[e for x in xs if c]`");
    return d;
  }

  bool IsLiteral(size_t i) const {
    return OneOf(At(i), {kInt, kFloat}) || IsAnyOf(TextAt(i), {"true", "false"});
  }

  // What stands between `open` and `close`, or up to the end of the line: [first, last] each.
  std::vector<std::pair<size_t, size_t>> Items(size_t first, size_t close) const {
    std::vector<std::pair<size_t, size_t>> items;
    for (size_t i = first; i < close && items.size() < 100; ++i) {
      const size_t last = ArgumentEnd(i, close);
      if (last < i || last >= close) return {};
      items.emplace_back(i, last);
      i = last + 1;
    }
    return items;
  }

  // let a, b = 1, 2; a, b = b, a
  std::optional<Diagnostic> SeveralNames() const {
    if (At(at_) != kComma || At(at_ - 1) != kName) return {};
    const bool binds = at_ >= 2 && OneOf(At(at_ - 2), {kLet, kVar});
    const size_t first = at_ - 1;
    if (!binds && (error_.unit != Unit::kStatement || Begin() != first)) return {};
    size_t assign = at_;
    while (OneOf(At(assign), {kComma, kName}) && SameLine(at_, assign)) ++assign;
    if (At(assign) != kAssign) return {};
    Diagnostic d = Make(tokens_[at_], tokens_[at_], "a statement binds one name");
    const size_t line_last = std::min(LastOnLine(tokens_, assign), end_ - 1);
    size_t close = assign + 1;
    while (close <= line_last && At(close) != kRBrace) ++close;
    std::vector<size_t> names;
    for (size_t i = first; i < assign; ++i) {
      if (At(i) == kName) names.push_back(i);
    }
    const auto values = Items(assign + 1, close);
    bool apart = names.size() == values.size();
    for (const auto& [begin, last] : values) {
      for (size_t i = begin; i <= last; ++i) {
        for (const size_t name : names) apart = apart && TextAt(i) != TextAt(name);
      }
    }
    d.helps.push_back(apart
                          ? "bind each on a line of its own"
                          : "bind each on a line of its own, one of them under another name first");
    if (!apart) return d;
    const size_t begin = binds ? at_ - 2 : first;
    const std::string word = binds                ? std::string(TextAt(begin)) + " "
                             : BoundBefore(names) ? ""
                                                  : "var ";
    std::string made;
    for (size_t i = 0; i < names.size(); ++i) {
      if (i > 0) made += "\n" + std::string(IndentOf(text_, tokens_[begin].begin));
      made +=
          word + std::string(TextAt(names[i])) + " = " + Source(values[i].first, values[i].second);
    }
    AddFix(&d, tokens_[begin].begin, tokens_[close - 1].end, made);
    return d;
  }

  bool BoundBefore(const std::vector<size_t>& names) const {
    for (size_t i = 1; i < names.front(); ++i) {
      if (At(i - 1) == kVar && TextAt(i) == TextAt(names.front())) return true;
    }
    return false;
  }

  // (1, 2)
  std::optional<Diagnostic> Tuple() const {
    const size_t open = At(at_) == kComma ? Opener(at_) : end_;
    if (open >= end_ || !OneOf(At(open), {kLParen, kLineLParen}) || open == 0) return {};
    if (EndsOperand(At(open - 1)) && At(open) == kLParen) return {};
    const size_t close = CloserOfBracket(open);
    if (close >= end_) return {};
    Diagnostic d = Make(tokens_[open], tokens_[close], "there are no tuples");
    d.helps.push_back(
        "values of one type are a list, `[1, 2]`; others are the fields of a `record`");
    bool same = open >= 3 && At(open - 1) == kAssign && OneOf(At(open - 3), {kLet, kVar});
    for (const auto& [first, last] : Items(open + 1, close)) {
      const bool text = IsTextStart(At(first)) && StringEnd(first) == last;
      same = same && (text ? IsTextStart(At(open + 1))
                           : first == last && IsLiteral(first) && At(first) == At(open + 1));
    }
    if (!same) return d;
    AddFix(&d, tokens_[open].begin, tokens_[open].end, "[");
    AddFix(&d, tokens_[close].begin, tokens_[close].end, "]");
    return d;
  }

  // with context() as c {
  std::optional<Diagnostic> ContextAs() const {
    const size_t word = Begin();
    if (TextAt(word) != "with" || !Starts(word)) return {};
    size_t as = word + 1;
    while (as < end_ && SameLine(word, as) && TextAt(as) != "as") ++as;
    if (TextAt(as) != "as" || !IsWord(At(as + 1)) || as == word + 1) return {};
    if (!OneOf(At(as + 2), {kLBrace, kLMap})) return {};
    const std::string name(TextAt(as + 1));
    Diagnostic d = Make(tokens_[word], tokens_[as + 1], "a block goes on with a context by `on`");
    const std::string head = "var " + name + " = context { }";
    const bool fresh = IsAnyOf(TextAt(word + 1), {"context", "Context"}) && as == word + 4;
    d.helps.push_back("write `" + (fresh ? head : "var " + name + " = ...") + "`, then `on " +
                      name + " { ... }`");
    if (!fresh) return d;
    AddFix(&d, tokens_[word].begin, tokens_[as + 1].end,
           head + "\n" + std::string(IndentOf(text_, tokens_[word].begin)) + "on " + name);
    return d;
  }

  // let [a, b] = xs; let {a, b} = r
  std::optional<Diagnostic> Unpacked() const {
    const bool opens =
        OneOf(At(at_), {kLBrack, kLParen, kLBrace, kLMap}) && OneOf(At(at_ - 1), {kLet, kVar});
    const bool rest = At(at_) == kComma && at_ >= 2 && OneOf(At(at_ - 2), {kLet, kVar});
    if (!opens && !rest) return {};
    Diagnostic d = Make(tokens_[at_], tokens_[at_], "a statement binds one name");
    d.helps.push_back("bind each on a line of its own: `let a = xs[0]`");
    const size_t close = opens ? CloserOfBracket(at_) : end_;
    if (close >= end_ || At(close + 1) != kAssign || At(close + 2) != kName) return d;
    if (close + 3 < end_ && SameLine(close, close + 3) && At(close + 3) != kRBrace) return d;
    const bool fields = OneOf(At(at_), {kLBrace, kLMap});
    std::string made;
    for (size_t i = at_ + 1, n = 0; i < close; i += 2, ++n) {
      if (!IsWord(At(i)) || (i + 1 < close && At(i + 1) != kComma)) return d;
      const std::string name(TextAt(i));
      if (n > 0) made += "\n" + std::string(IndentOf(text_, tokens_[at_].begin));
      made += "let " + name + " = " + std::string(TextAt(close + 2)) +
              (fields ? "." + name : "[" + std::to_string(n) + "]");
    }
    AddFix(&d, tokens_[at_ - 1].begin, tokens_[close + 2].end, made);
    return d;
  }

  // emit "a" if c
  std::optional<Diagnostic> IfBehind() const {
    if (error_.rule != "ifStmt" && error_.rule != "block") return {};
    size_t word = at_ - 1;
    while (word > 0 && At(word) != kIf && SameLine(word - 1, at_ - 1)) --word;
    const size_t line = FirstOnLine(tokens_, word);
    if (At(word) != kIf || word == line || !IsStatementWord(At(line)) || word + 1 >= at_) return {};
    if (At(line) == kIf || SameLine(word, at_) || Opener(word) != Opener(line)) return {};
    Diagnostic d =
        Make(tokens_[word], tokens_[word], "a condition stands in front of what it decides");
    const std::string head = "if " + Source(word + 1, at_ - 1) + " { ";
    d.helps.push_back("write `" + head + Source(line, word - 1) + " }`");
    AddFix(&d, tokens_[line].begin, tokens_[line].begin, head);
    AddFix(&d, tokens_[word - 1].end, tokens_[at_ - 1].end, " }");
    return d;
  }

  // record R { fn f() { } }
  std::optional<Diagnostic> Member() const {
    const bool function = IsAnyOf(TextAt(at_ - 1), {"fn", "def", "function", "func"});
    if (error_.rule != "field" || !function || !IsWord(At(at_))) return {};
    Diagnostic d = Make(tokens_[at_ - 1], tokens_[at_ - 1], "a record holds fields only");
    d.helps.push_back("move the function out of it, with the record as a parameter");
    return d;
  }

  // s?.trim(), s ?? "x"
  std::optional<Diagnostic> OptionalChain() const {
    const bool both =
        OneOf(At(at_), {kDot, kQuestion}) && At(at_ - 1) == kQuestion && Touches(at_ - 1);
    if (!both) return {};
    Diagnostic d =
        Make(tokens_[at_ - 1], tokens_[at_], "there is no `" + Source(at_ - 1, at_) + "`");
    const bool name = IsWord(At(at_ - 2)) && At(at_ - 3) != kDot;
    if (At(at_) != kQuestion || !name) {
      d.helps.push_back("whether a value is null tells `x == null`");
      return d;
    }
    const std::string meant = "!= null ? " + std::string(TextAt(at_ - 2)) + " :";
    d.helps.push_back("write `" + std::string(TextAt(at_ - 2)) + " " + meant + " ...`");
    AddFix(&d, tokens_[at_ - 1].begin, tokens_[at_].end, meant);
    return d;
  }

  // fn f(*args, **kwargs)
  std::optional<Diagnostic> AnyParameters() const {
    const size_t open = Opener(at_);
    const bool star = OneOf(At(at_), {kStar, kPower}) && OneOf(At(at_ - 1), {kLParen, kComma});
    if (!star || open >= end_ || open < 2 || At(open - 2) != kFn || !IsWord(At(at_ + 1))) return {};
    Diagnostic d = Make(tokens_[at_], tokens_[at_ + 1], "a function names all its parameters");
    const std::string made = std::string(TextAt(at_ + 1)) + ": list<string>";
    d.helps.push_back(At(at_) == kStar ? "several values are a list: `" + made + "`"
                                       : "name each, with its type");
    if (At(at_) == kStar) AddFix(&d, tokens_[at_].begin, tokens_[at_ + 1].end, made);
    return d;
  }

  // sum(x for x in xs)
  std::optional<Diagnostic> Generator() const {
    const size_t open = At(at_) == kFor ? Opener(at_) : end_;
    if (open >= end_ || At(open) != kLParen || CloserOfBracket(open) >= end_) return {};
    if (At(at_ + 2) != kIn) return {};
    const size_t close = CloserOfBracket(open);
    Diagnostic d =
        Make(tokens_[at_], tokens_[at_], "a list is made of another by `[e for x in xs if c]`");
    d.helps.push_back("write `[" + Source(open + 1, close - 1) + "]`");
    AddFix(&d, tokens_[open].end, tokens_[open].end, "[");
    AddFix(&d, tokens_[close].begin, tokens_[close].begin, "]");
    return d;
  }

  // user { "Hi " name }
  std::optional<Diagnostic> ValueInMessage() const {
    const size_t first = Begin();
    const bool value = error_.unit == Unit::kStatement && At(first) == kName && at_ > first &&
                       IsAnyOf(error_.rule, {"nameStmt", "callTail", "block", "stmt"});
    if (!value || !InMessage(first)) return {};
    size_t last = first;
    while (At(last + 1) == kDot && IsWord(At(last + 2))) last += 2;
    const bool more = SameLine(first, last + 1) && At(last + 1) != kRBrace &&
                      !IsTextStart(At(last + 1)) && !IsStatementWord(At(last + 1));
    if (more && !OneOf(At(last + 1), {kPlus, kMinus, kStar, kSlash, kQuestion})) return {};
    if (more) last = ExpressionEnd(first);
    if (last >= end_ || last < first) return {};
    const std::string made = "\"${" + Source(first, last) + "}\"";
    Diagnostic d = Make(tokens_[first], tokens_[last], "a value stands in a message as text");
    d.helps.push_back("write `" + made + "`");
    AddFix(&d, tokens_[first].begin, tokens_[last].end, made);
    return d;
  }

  // The innermost braces that are no `if` or `for` are those of a message.
  bool InMessage(size_t i) const {
    size_t open = Opener(i);
    while (open < end_ && open > 0 && At(open) == kLBrace) {
      if (IsRole(At(open - 1))) return true;
      const size_t line = FirstOnLine(tokens_, open);
      if (!OneOf(At(line), {kIf, kFor, kWhile, kRBrace})) return false;
      open = Opener(open - 1);
    }
    return false;
  }

  const SyntaxError& error_;
  const size_t at_;
};

}  // namespace

std::optional<Diagnostic> DescribeKnown(string_view text, const Tokens& tokens,
                                        const SyntaxError& error) {
  return Teller(text, tokens, error).Tell();
}

}  // namespace lmp::frontend
