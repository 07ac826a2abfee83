// FindForeignWords: words and signs of other languages among operands and statements: `a =< b`,
// `n mod 2`, `r->a`, `name & "x"`, `repeat 5 {`, `for i = 0 to 5 {`, `with c {`, `record R(a:
// int)`, `enum E { a | b }`.
#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

constexpr size_t kLineTokensMax = 200;  // no line of a person is longer

class WordFinder : private HabitFinder {
 public:
  WordFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      Operator(i) || Sign(i) || Member(i) || Suffix(i) || Percent(i) || Dollar(i) ||
          ContextStatement(i) || OnStatement(i) || Repeat(i) || CountTo(i) || ElseWithoutIf(i) ||
          Untyped(i) || RecordInBrackets(i) || Config(i) || EmitSeveral(i) || EmitWord(i) ||
          GenWord(i) || ExactGen(i) || InsertOptions(i) || MemberPipe(i) || FieldWord(i) ||
          Otherwise(i) || ArmValues(i) || Arm(i) || AtRole(i) || LoneAttribute(i) || LoopSlice(i) ||
          InnerQuotes(i) || ModelName(i);
    }
    return std::move(found_);
  }

 private:
  // A word with no meaning here; members of an enum may be any.
  bool IsForeign(size_t i) const {
    if (At(i) != kName || IsBound(TextAt(i))) return false;
    const size_t open = Opener(i);
    return open == end_ || open < 2 || At(open - 2) != kEnum;
  }
  bool StartsOperand(size_t i) const {
    return OneOf(At(i), {kName, kInt, kFloat, kLParen, kLBrack, kMinus, kNot}) ||
           IsTextStart(At(i));
  }
  // Token i stands between two operands of one line.
  bool IsBetween(size_t i) const {
    return i > 0 && EndsOperand(At(i - 1)) && SameLine(i - 1, i) && SameLine(i, i + 1) &&
           StartsOperand(i + 1);
  }
  // The line starts with a condition, and token i is a part of it.
  bool InCondition(size_t i) const {
    size_t first = i;
    for (size_t n = 0; n < kLineTokensMax && first > 0 && SameLine(first - 1, i); ++n) --first;
    const size_t open = Opener(i);
    if (open < end_ && open >= first && At(open) != kLParen) return false;
    for (size_t k = first + 1; k < i; ++k) {
      if (At(k) == kLBrace) return false;  // the block behind it has begun
    }
    return OneOf(At(first), {kIf, kWhile}) ||
           (At(first) == kRBrace && At(first + 1) == kElse && At(first + 2) == kIf);
  }
  // The first `{` behind token i on its line, or end_.
  size_t BraceBehind(size_t i) const {
    for (size_t k = i + 1; k < end_ && k < i + kLineTokensMax && SameLine(i, k); ++k) {
      if (OneOf(At(k), {kLBrace, kLMap})) return k;
    }
    return end_;
  }
  bool IsBrace(size_t i) const { return OneOf(At(i), {kLBrace, kLMap}); }

  bool Write(string_view title, size_t first, size_t last, const std::string& ours) {
    Diagnostic& d = Report(title, first, "write `" + ours.substr(ours.starts_with(" ")) + "`");
    if (d.fixes.empty()) d.span.end = tokens_[last].end;
    Replace(&d, first, last, ours);
    return true;
  }

  // ---- Operators ----

  // n mod 2, name equals "x", name not "x"
  bool Operator(size_t i) {
    if (!IsBetween(i)) return false;
    const bool negates = At(i) == kNot || (TextAt(i) == "not" && IsForeign(i));
    if (negates && At(i + 1) != kIn && TextAt(i - 1) != "is") {
      return Write("values that differ are compared with `!=`", i, i, "!=");
    }
    static constexpr std::pair<string_view, string_view> kWords[] = {
        {"mod", "%"}, {"div", "/"}, {"equals", "=="}, {"eq", "=="}, {"xor", "!="}};
    for (const auto& [theirs, ours] : kWords) {
      if (TextAt(i) != theirs || !IsForeign(i) || At(i - 1) == kRBrace) continue;
      return Write("operators between values are signs", i, i, std::string(ours));
    }
    return false;
  }

  // a =< b, a => b, ok & x, ok | x, name & "x"
  bool Sign(size_t i) {
    if (At(i) == kAssign && At(i + 1) == kLess && Touches(i)) {
      return Write("less or equal is written `<=`", i, i + 1, "<=");
    }
    if (!IsBetween(i)) return false;
    if (At(i) == kFatArrow && InCondition(i)) {
      return Write("greater or equal is written `>=`", i, i, ">=");
    }
    const bool text = IsTextStart(At(i + 1)) || OneOf(At(i - 1), {kStrClose, kBlockClose});
    if (TextAt(i) == "&") {
      return text ? Write("strings are joined with `+`", i, i, "+")
                  : Write("conditions are joined with `and`", i, i, "and");
    }
    if (At(i) == kPipe && InCondition(i) && (i < 2 || At(i - 2) != kPipe)) {
      return Write("conditions are joined with `or`", i, i, "or");
    }
    return false;
  }

  // r->a
  bool Member(size_t i) {
    if (At(i) != kArrow || i == 0 || At(i - 1) != kName || !IsWord(At(i + 1))) return false;
    if (!Touches(i - 1) || !Touches(i)) return false;
    return Write("a field is written behind `.`", i, i, ".");
  }

  // 0.5f
  bool Suffix(size_t i) {
    if (At(i) != kFloat || !Touches(i) || !IsAnyOf(TextAt(i + 1), {"f", "F", "d", "D"})) {
      return false;
    }
    return Write("numbers have no suffix", i, i + 1, std::string(TextAt(i)));
  }

  // top_p: 90%
  bool Percent(size_t i) {
    if (At(i) != kPercent || i == 0 || At(i - 1) != kInt || !Touches(i - 1)) return false;
    if (StartsOperand(i + 1)) return false;
    std::string digits(TextAt(i - 1));
    if (digits.size() > 2) return false;
    if (digits.size() == 1) digits.insert(0, "0");
    return Write("a part of a whole is a float", i - 1, i, "0." + digits);
  }

  // $name outside of a string
  bool Dollar(size_t i) {
    if (At(i) != kBad || TextAt(i) != "$" || !IsWord(At(i + 1)) || !Touches(i)) return false;
    Diagnostic& d = Report("names have no `$`", i, "write `" + std::string(TextAt(i + 1)) + "`");
    Replace(&d, i, "");
    return true;
  }

  // ---- Statements ----

  // context c { ... }
  bool ContextStatement(size_t i) {
    if (TextAt(i) != "context" || !Starts(i) || !IsWord(At(i + 1)) || !IsBrace(i + 2)) return false;
    if (!SameLine(i, i + 2)) return false;
    return Write("a context is a value with a name", i, i + 1,
                 "var " + std::string(TextAt(i + 1)) + " = context");
  }

  // with c { ... }
  bool OnStatement(size_t i) {
    if (TextAt(i) != "with" || !tokens_[i].first_on_line || !IsWord(At(i + 1))) return false;
    if (!IsBrace(i + 2) || !SameLine(i, i + 2)) return false;
    return Write("a block goes on with a context by `on`", i, i, "on");
  }

  // repeat 5 { ... }
  bool Repeat(size_t i) {
    if (!IsAnyOf(TextAt(i), {"repeat", "times"}) || !IsForeign(i) || !Starts(i)) return false;
    if (!OneOf(At(i + 1), {kInt, kName}) || !SameLine(i, i + 1)) return false;
    const size_t last = TextAt(i + 2) == "times" ? i + 2 : i + 1;
    if (!IsBrace(last + 1)) return false;
    const std::string round = IsBound("i") ? "round" : "i";
    return Write("a loop over a count is `for i in 0..n { }`", i, last,
                 "for " + round + " in 0.." + std::string(TextAt(i + 1)));
  }

  // for i = 0 to 5 { ... }
  bool CountTo(size_t i) {
    if (At(i) != kFor || !IsWord(At(i + 1)) || At(i + 2) != kAssign) return false;
    if (!OneOf(At(i + 3), {kInt, kName}) || TextAt(i + 4) != "to") return false;
    if (!OneOf(At(i + 5), {kInt, kName}) || !IsBrace(i + 6)) return false;
    return Write("a loop over a count is `for i in 0..n { }`", i, i + 5,
                 "for " + std::string(TextAt(i + 1)) + " in " + std::string(TextAt(i + 3)) + "..(" +
                     std::string(TextAt(i + 5)) + " + 1)");
  }

  // } else n > 0 { ... }
  bool ElseWithoutIf(size_t i) {
    if (At(i) != kElse || i == 0 || At(i - 1) != kRBrace || !SameLine(i, i + 1)) return false;
    if (!OneOf(At(i + 1), {kName, kInt, kNot, kLParen}) || At(i + 2) == kLBrace) return false;
    const bool compares = OneOf(At(i + 2), {kEqual, kNotEqual, kLess, kLessEqual, kGreater,
                                            kGreaterEqual, kDot, kLParen, kIn, kAnd, kOr}) ||
                          At(i + 1) == kNot;
    if (!compares || BraceBehind(i) == end_) return false;
    Diagnostic& d = Report("another condition is written `else if`", i, "write `else if`");
    AddFix(&d, tokens_[i].end, tokens_[i].end, " if");
    return true;
  }

  // emit a, b
  bool EmitSeveral(size_t i) {
    if (At(i) != kEmit || !Starts(i) || !SameLine(i, i + 1)) return false;
    std::string text;
    size_t last = i;
    size_t parts = 0;
    // emit("a", b)
    const size_t close = At(i + 1) == kLParen ? CloserOfBracket(i + 1) : end_;
    const bool brackets = close < end_ && close > i + 2 && ArgumentEnd(i + 2, close) + 1 < close &&
                          !SameLine(i, close + 1);
    for (size_t at = i + (brackets ? 2 : 1); at < end_ && SameLine(i, at) && parts < kLineTokensMax;
         ++parts) {
      last = ExpressionEnd(at);
      // emit a  gen b with max: 8, min: 8: the comma is not of `emit`.
      for (size_t t = at; t <= last; ++t) {
        if (At(t) == kWith || At(t) == kIf) return false;
      }
      const std::string part = Source(at, last);
      const bool plain = part.size() > 1 && part.front() == '"' && part.back() == '"';
      text +=
          (text.empty() ? "" : " ") + (plain ? part.substr(1, part.size() - 2) : "${" + part + "}");
      if (At(last + 1) != kComma || !SameLine(i, last + 1)) break;
      at = last + 2;
      if (parts == 0 && !SameLine(i, at)) {  // emit a,
        Diagnostic& d = Report("`emit` takes one value", last + 1, "remove `,`");
        Replace(&d, last + 1, "");
        return true;
      }
    }
    if (parts < 1) return false;
    if (brackets) ++last;
    return Write("`emit` takes one value", i, last, "emit \"" + text + "\"");
  }

  // echo name
  bool EmitWord(size_t i) {
    if (FunctionElsewhere(TextAt(i)) != "emit" || !IsForeign(i) || !Starts(i)) return false;
    if (!OneOf(At(i + 1), {kName, kInt, kFloat}) || !SameLine(i, i + 1)) return false;
    return Write("what a program shows is written `emit value`", i, i, "emit");
  }

  // generate a
  bool GenWord(size_t i) {
    if (!IsAnyOf(TextAt(i), {"generate", "complete", "Gen", "GEN"}) || !IsForeign(i)) return false;
    if (!Starts(i) || At(i + 1) != kName || !SameLine(i, i + 1)) return false;
    return Write("a model writes by `gen name`", i, i, "gen");
  }

  // exact gen a, gen exact a
  bool ExactGen(size_t i) {
    if (TextAt(i) == "gen" && TextAt(i + 1) == "exact" && At(i + 2) == kName &&
        SameLine(i, i + 2)) {
      return Write("an exact generation is marked by `@exact`", i, i + 1, "@exact gen");
    }
    if (TextAt(i) != "exact" || !IsForeign(i) || !Starts(i) || TextAt(i + 1) != "gen") return false;
    if (!IsWord(At(i + 2)) || !SameLine(i, i + 2)) return false;
    return Write("an exact generation is marked by `@exact`", i, i, "@exact");
  }

  // insert p with link(8), insert p reuse: link(8), insert with reuse: link(8)
  bool InsertOptions(size_t i) {
    const bool stands = Starts(i) || IsRole(At(i - 1));
    if (TextAt(i) != "insert" || !IsWord(At(i)) || !stands || !SameLine(i, i + 2)) return false;
    if (TextAt(i + 1) == "with" && IsWord(At(i + 2)) && At(i + 3) == kColon) {
      Report("`insert` needs what it puts into the message", i,
             "write `insert passages with " + std::string(TextAt(i + 2)) + ": ...`");
      PassOver(i, i + 1, "insert \"\" with");
      return true;
    }
    size_t at = i + 1;  // behind the passage, which is a name with fields
    if (!IsWord(At(at))) return false;
    while (At(at + 1) == kDot && IsWord(At(at + 2))) at += 2;
    ++at;
    const bool with = TextAt(at) == "with" || At(at) == kComma;
    const size_t option = with ? at + 1 : at;
    if (!SameLine(i, option) || !IsWord(At(option))) return false;
    const std::string space = At(at) == kComma ? " " : "";
    static constexpr string_view kTitle = "options of `insert` are written `with name: value`";
    if (IsAnyOf(TextAt(option), {"link", "blend"}) && At(option + 1) == kLParen) {
      return Write(kTitle, at, option, space + "with reuse: " + std::string(TextAt(option)));
    }
    const bool named = At(option + 1) == kColon || At(option + 1) == kAssign;
    if (!named || !IsAnyOf(TextAt(option), {"reuse", "order", "label"})) return false;
    if (TextAt(at) == "with" && At(option + 1) == kColon) return false;
    return Write(kTitle, at, option + 1, space + "with " + std::string(TextAt(option)) + ":");
  }

  // match n { 1 -> "one" }
  bool Arm(size_t i) {
    if (At(i) != kArrow || i == 0 || !SameLine(i - 1, i)) return false;
    const size_t open = Opener(i - 1);
    if (open >= end_ || At(FirstOnLine(tokens_, open)) != kMatch || At(open) != kLBrace)
      return false;
    return Write("an arm of `match` is written `pattern => statement`", i, i, "=>");
  }

  // _ => s
  bool Otherwise(size_t i) {
    if (TextAt(i) != "_" || At(i + 1) != kFatArrow || !Starts(i)) return false;
    const size_t open = Opener(i);
    if (open >= end_ || At(FirstOnLine(tokens_, open)) != kMatch) return false;
    return Write("the arm for every other value is `else => ...`", i, i, "else");
  }

  // fn f(n: int) -> string { match n { 1 => "one"  else => "other" } }
  bool ArmValues(size_t i) {
    if (At(i) != kMatch || !Starts(i)) return false;
    const size_t open = BraceBehind(i);
    const size_t close = open < end_ ? CloserOfBracket(open) : end_;
    const size_t body = close < end_ ? Opener(i - 1) : end_;
    if (body >= end_ || CloserOfBracket(body) != close + 1 || !IsWord(At(body - 1))) return false;
    bool result = false;  // the body is that of a function with a result
    for (size_t k = body; k > 0 && SameLine(k - 1, body); --k) result |= At(k - 1) == kArrow;
    std::vector<size_t> values;
    for (size_t k = open + 1; k < close; ++k) {
      if (At(k) != kFatArrow || Opener(k) != open) continue;
      if (!IsTextStart(At(k + 1)) && !OneOf(At(k + 1), {kInt, kFloat})) return false;
      values.push_back(k + 1);
    }
    if (!result || values.empty()) return false;
    Diagnostic& d = Report("a function gives its value with `return`, in each arm", values[0],
                           "write `=> return " + Source(values[0], ExpressionEnd(values[0])) + "`");
    for (const size_t value : values) Insert(&d, value, "return ");
    return true;
  }

  // @user "Hi"
  bool AtRole(size_t i) {
    const bool role = IsAnyOf(TextAt(i + 1), {"system", "user", "assistant", "observe"});
    if (At(i) != kAt || !role || !(IsTextStart(At(i + 2)) || IsBrace(i + 2))) return false;
    Diagnostic& d = Report("a role stands without `@`", i, "remove it");
    Replace(&d, i, "");
    return true;
  }

  // @exact with nothing behind it
  bool LoneAttribute(size_t i) {
    if (At(i) != kAt || !IsWord(At(i + 1)) || (i + 2 < end_ && At(i + 2) != kRBrace)) return false;
    Report("an attribute stands in front of what it marks", i, "for instance `@exact gen name`");
    PassOver(i, i + 1, "");
    return true;
  }

  // for i in 0:3 {
  bool LoopSlice(size_t i) {
    if (At(i) != kColon || i < 3 || At(i - 2) != kIn || !OneOf(At(i - 1), {kInt, kName}))
      return false;
    if (!OneOf(At(i - 4), {kFor, kFork}) || !SameLine(i - 1, i + 1) || BraceBehind(i) == end_) {
      return false;
    }
    if (!OneOf(At(i + 1), {kInt, kName})) return false;
    return Write("a range is written `a..b`", i, i, "..");
  }

  // "He said "hi" to me"
  bool InnerQuotes(size_t i) {
    if (At(i) != kStrClose || !Touches(i) || !IsWord(At(i + 1))) return false;
    size_t last = i + 1;
    while (SameLine(i, last + 1) && (IsWord(At(last + 1)) || OneOf(At(last + 1), {kComma, kDot}))) {
      ++last;
    }
    if (At(last + 1) != kStrOpen || !Touches(last)) return false;
    Diagnostic& d = Report("a quote inside a string is written `\\\"`", i, "write `\\\"`");
    Replace(&d, i, "\\\"");
    Replace(&d, last + 1, "\\\"");
    return true;
  }

  // config { model: demo.gguf }
  bool ModelName(size_t i) {
    if (TextAt(i) != "model" || At(i + 1) != kColon || At(i + 2) != kName) return false;
    const size_t open = Opener(i);
    if (open >= end_ || open == 0 || TextAt(open - 1) != "config") return false;
    size_t last = i + 2;
    while (Touches(last) && !OneOf(At(last + 1), {kComma, kRBrace})) ++last;
    if (last == i + 2) return false;
    return Write("a file is named by a string", i + 2, last, "\"" + Source(i + 2, last) + "\"");
  }

  // ---- Declarations ----

  // fn f(name = "x")
  bool Untyped(size_t i) {
    if (At(i) != kAssign || i < 3 || !IsWord(At(i - 1)) || !OneOf(At(i - 2), {kLParen, kComma})) {
      return false;
    }
    const size_t open = Opener(i - 1);
    if (open == end_ || open < 2 || At(open) != kLParen || At(open - 2) != kFn) return false;
    const string_view value = TextAt(i + 1);
    const string_view type = IsTextStart(At(i + 1))              ? "string"
                             : At(i + 1) == kInt                 ? "int"
                             : At(i + 1) == kFloat               ? "float"
                             : IsAnyOf(value, {"true", "false"}) ? "bool"
                                                                 : "";
    if (type.empty()) return false;
    Diagnostic& d = Report("every parameter has a type", i - 1,
                           "write `" + std::string(TextAt(i - 1)) + ": " + std::string(type) + "`");
    AddFix(&d, tokens_[i - 1].end, tokens_[i - 1].end, ": " + std::string(type));
    return true;
  }

  // record R(a: int)
  bool RecordInBrackets(size_t i) {
    if (At(i) != kRecord || At(i + 2) != kLParen || Opener(i - (i > 0)) != end_) return false;
    const size_t close = CloserOfBracket(i + 2);
    if (close == end_ || IsBrace(close + 1)) return false;
    Diagnostic& d = Report("the fields of a record stand in `{ }`", i + 2, "write `{ a: int }`");
    Replace(&d, i + 2, " { ");
    Replace(&d, close, " }");
    return true;
  }

  // enum E { a | b }
  bool MemberPipe(size_t i) {
    if (At(i) != kPipe || i == 0) return false;
    const size_t open = Opener(i);
    if (open >= end_ || open < 2 || At(open - 2) != kEnum) return false;
    Diagnostic& d = Report("the members of an `enum` stand apart without `|`", i, "write `,`");
    AddFix(&d, tokens_[i - 1].end, tokens_[i].end, At(i - 1) == kLBrace ? "" : ",");
    return true;
  }

  // record R { let a: int }
  bool FieldWord(size_t i) {
    if (!IsAnyOf(TextAt(i), {"let", "var", "const", "val", "field", "pub", "public", "readonly"})) {
      return false;
    }
    const size_t open = Opener(i);
    if (open >= end_ || open < 2 || At(open - 2) != kRecord || !IsWord(At(i + 1))) return false;
    if (At(i + 2) != kColon || !SameLine(i, i + 2)) return false;
    Diagnostic& d = Report("a field of a record is written `name: type`", i,
                           "remove `" + std::string(TextAt(i)) + "`");
    AddFix(&d, tokens_[i].begin, tokens_[i + 1].begin, "");
    return true;
  }

  // config: { max: 5 }, config max: 5
  bool Config(size_t i) {
    if (At(i) != kConfig && TextAt(i) != "config") return false;
    if (!tokens_[i].first_on_line || Opener(i - (i > 0)) != end_) return false;
    if (At(i + 1) == kColon && IsBrace(i + 2)) {
      Diagnostic& d = Report("settings stand in `config { }`", i + 1, "remove `:`");
      Replace(&d, i + 1, "");
      return true;
    }
    if (!IsWord(At(i + 1)) || At(i + 2) != kColon || !SameLine(i, i + 3)) return false;
    const size_t last = ExpressionEnd(i + 3);
    return Write("settings stand in `config { }`", i, last,
                 "config { " + Source(i + 1, last) + " }");
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignWords(std::string_view text, const Tokens& tokens,
                                         const NameSet& declared) {
  return WordFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
