// FindForeignPhrases: word order of other languages. Runs only where parsing failed, on filtered
// tokens; a word is told by its text, because the filter may have made it a name.
#include <algorithm>
#include <iterator>
#include <optional>

#include "frontend/elsewhere.h"
#include "frontend/phrase.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class PhraseFinder : private Phrase {
 public:
  PhraseFinder(string_view text, const Tokens& tokens, size_t begin, size_t end)
      : Phrase(text, tokens, begin, end) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = begin_; i < end_; ++i) {
      if (!IsWord(At(i)) && At(i) != kLess && At(i) != kMinus) continue;
      OtherWord(i);
      Import(i);
      ForkCount(i);
      BracedRecord(i);
      Declaration(i);
      Let(i);
      LoopHead(i);
      Condition(i);
      NamedArgument(i);
      MapPair(i);
      BareReturn(i);
      ShortBody(i);
      EmptyStatement(i);
      OtherRole(i);
      Unless(i);
      Counted(i);
      ForkHead(i);
      MemberNumber(i);
      RoleColon(i);
      InsertedList(i);
      Comparison(i);
      Decrement(i);
    }
    Blocks();
    return std::move(found_);
  }

 private:
  // A keyword under another name.
  void OtherWord(size_t i) {
    const string_view word = TextAt(i);
    if (IsAnyOf(word, {"elif", "elsif", "elseif"}) && Starts(i)) {
      Replace(&Report("`elif` is written `else if`", i, "write `else if`"), i, "else if");
    }
  }

  // import a from b, import a from "./a.lmp"
  void Import(size_t i) {
    if (At(i) != kImport || !IsWord(At(i + 1)) || TextAt(i + 2) != "from") return;
    std::string mended;
    size_t last = i + 3;
    if (IsWord(At(last))) {
      mended = "import " + std::string(TextAt(last)) + "." + std::string(TextAt(i + 1));
    } else if (At(last) == kStrOpen && At(last + 1) == kStrText && At(last + 2) == kStrClose) {
      last += 2;
      mended = "import " + Source(i + 3, last) + " as " + std::string(TextAt(i + 1));
    } else {
      return;
    }
    Diagnostic& d = Report("`import` names the module first", i + 2, "write `" + mended + "`");
    AddFix(&d, tokens_[i].begin, tokens_[last].end, mended);
  }

  // fork 8 { ... }
  void ForkCount(size_t i) {
    if (TextAt(i) != "fork" || !OneOf(At(i + 1), {kInt, kName})) return;
    if (!OneOf(At(i + 2), {kLBrace, kWith})) return;
    const std::string mended = "i in 0.." + std::string(TextAt(i + 1));
    Diagnostic& d = Report("`fork` runs over a list or a range", i, "write `fork " + mended + "`");
    Replace(&d, i + 1, mended);
  }

  // P{x: 1} where a value must stand.
  void BracedRecord(size_t i) {
    if (At(i) != kName || At(i + 1) != kLBrace || !IsWord(At(i + 2)) || At(i + 3) != kColon) return;
    if (i == begin_ ||
        !OneOf(At(i - 1), {kAssign, kReturn, kYield, kEmit, kLParen, kLBrack, kComma, kColon})) {
      return;
    }
    const size_t close = CloserOfBracket(i + 1);
    if (close == end_) return;
    Diagnostic& d =
        Report("a record is made by a call", i + 1,
               "write `" + std::string(TextAt(i)) + "(" + std::string(TextAt(i + 2)) + ": ...)`");
    Replace(&d, i + 1, "(");
    Replace(&d, close, ")");
  }

  void Declaration(size_t i) {
    if (!(tokens_[i].first_on_line || IsModifierElsewhere(TextAt(i > 0 ? i - 1 : i))) ||
        !IsWord(At(i + 1))) {
      return;
    }
    const string_view word = TextAt(i);
    const bool function = IsAnyOf(word, {"def", "func", "function", "fun", "proc", "sub"}) ||
                          (At(i) == kName && EditDistance(word, "function") <= 2);
    if (function && At(i + 2) == kLParen) {
      Replace(&Report("functions are declared with `fn`", i,
                      "write `fn " + std::string(TextAt(i + 1)) + "(...)`"),
              i, "fn");
    } else if (IsAnyOf(word, {"struct", "class", "interface", "data"}) &&
               OneOf(At(i + 2), {kLBrace, kColon})) {
      Replace(&Report("records are declared with `record`", i,
                      "write `record " + std::string(TextAt(i + 1)) + " { ... }`"),
              i, "record");
    } else if (word == "type" && At(i + 2) == kAssign && OneOf(At(i + 3), {kLMap, kLBrace})) {
      Diagnostic& d = Report("records are declared with `record`", i,
                             "write `record " + std::string(TextAt(i + 1)) + " { ... }`");
      Replace(&d, i, "record");
      AddFix(&d, tokens_[i + 1].end, tokens_[i + 2].end, "");
    }
  }

  // let x == 1, const x = 1, let mut x = 1, int x = 1.
  void Let(size_t i) {
    const string_view word = TextAt(i);
    if (OneOf(At(i), {kLet, kVar}) && IsWord(At(i + 1)) && At(i + 2) == kEqual) {
      return Replace(&Report("a name is bound with `=`, and `==` compares", i + 2, "write `=`"),
                     i + 2, "=");
    }
    if (At(i) == kLet && TextAt(i + 1) == "mut" && IsWord(At(i + 2))) {
      Diagnostic& d = Report("a name that changes is bound with `var`", i, "write `var`");
      return AddFix(&d, tokens_[i].begin, tokens_[i + 1].end, "var");
    }
    if (OneOf(At(i), {kLet, kVar, kConst}) && IsWord(At(i + 1)) && At(i + 2) == kColon &&
        OneOf(At(i + 3), {kInt, kFloat, kMinus})) {
      return Replace(&Report("a name is bound with `=`", i + 2, "write `=`"), i + 2, " =");
    }
    if (OneOf(At(i), {kLet, kVar, kConst}) && IsWord(At(i + 1))) return Unbound(i);
    if (At(i) == kName && Starts(i) && At(i + 1) == kColon && IsWord(At(i + 2)) && i > begin_ &&
        At(i + 3) == kAssign && Opener(i - 1) < end_ && At(Opener(i - 1)) == kLBrace) {
      Diagnostic& d = Report("a name is bound with `let`", i,
                             "write `let " + std::string(TextAt(i)) + ": ... = ...`");
      return Insert(&d, i, "let ");
    }
    if (At(i) != kName || !Starts(i) || !IsWord(At(i + 1)) || At(i + 2) != kAssign) return;
    const std::string name(TextAt(i + 1));
    static constexpr struct {
      string_view word;
      string_view type;
    } kTypes[] = {{"const", ""},        {"val", ""},        {"auto", ""},        {"local", ""},
                  {"int", "int"},       {"float", "float"}, {"double", "float"}, {"bool", "bool"},
                  {"string", "string"}, {"str", "string"},  {"String", "string"}};
    const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& r) { return r.word == word; });
    if (row == std::end(kTypes)) return;
    const std::string bound =
        "let " + name + (row->type.empty() ? "" : ": " + std::string(row->type));
    Diagnostic& d = Report("a name is bound with `let`", i, "write `" + bound + " = ...`");
    AddFix(&d, tokens_[i].begin, tokens_[i + 1].end, bound);
  }

  // let x: string, const X: int: a value is missing.
  void Unbound(size_t i) {
    size_t last = i + 1;
    if (At(last + 1) == kColon && SameLine(i, last + 1)) {
      ++last;
      size_t depth = 0;
      while (last + 1 < end_ && SameLine(i, last + 1)) {
        const TokenKind next = At(last + 1);
        if (next == kLess) ++depth;
        if (next == kGreater) --depth;
        const bool type = IsWord(next) || OneOf(next, {kLess, kGreater, kQuestion}) ||
                          (depth > 0 && next == kComma);
        if (!type || IsStatementWord(next)) break;
        ++last;
      }
    }
    const bool ends =
        last + 1 >= end_ || tokens_[last + 1].first_on_line || At(last + 1) == kRBrace;
    if (!ends || At(last) == kColon) return;
    std::string value;
    const string_view ours = TypeElsewhere(TextAt(i + 3));
    const string_view type = last < i + 3 ? "" : ours.empty() ? TextAt(i + 3) : ours;
    if (type == "string") value = "\"\"";
    if (type == "int") value = "0";
    if (type == "float") value = "0.0";
    if (type == "bool") value = "false";
    if (type == "list") value = "[]";
    if (type == "context") value = "context { }";
    if (At(last) == kQuestion) value = "null";
    Diagnostic& d = Report("`" + std::string(TextAt(i + 1)) + "` has no value", i + 1,
                           "a name is bound with its value: `" + Source(i, last) + " = " +
                               (value.empty() ? "..." : value) + "`");
    if (value.empty()) return;
    if (!ours.empty() && last >= i + 3) Replace(&d, i + 3, std::string(ours));
    AddFix(&d, tokens_[last].end, tokens_[last].end, " = " + value);
  }

  // for x of xs, for (const x of xs).
  void LoopHead(size_t i) {
    if (At(i) != kFor) return;
    size_t at = i + 1;
    const bool parens = At(at) == kLParen;
    if (parens) ++at;
    while (IsWord(At(at)) && IsWord(At(at + 1)) &&
           IsAnyOf(TextAt(at), {"const", "let", "var", "auto"}) && TextAt(at + 1) != "of" &&
           TextAt(at + 1) != "in") {
      ++at;
    }
    const bool of = TextAt(at + 1) == "of";
    if (!IsWord(At(at)) || (!of && !(parens && TextAt(at + 1) == "in"))) return;
    const size_t close = parens ? CloserOfBracket(i + 1) : end_;
    if (parens && close == end_) return;
    const std::string name(TextAt(at));
    Diagnostic& d = Report("loops are written `for x in xs`", of ? at + 1 : i,
                           "write `for " + name + " in ...`");
    AddFix(&d, tokens_[i + 1].begin, tokens_[at + 1].end, name + " in");
    if (parens) AddFix(&d, tokens_[close].begin, tokens_[close].end, "");
  }

  // `=` between `if` or `while` and its block, or behind `check`.
  void Condition(size_t i) {
    const bool check = At(i) == kCheck;
    if (!check && !OneOf(At(i), {kIf, kWhile})) return;
    std::vector<bool> groups;  // per open bracket: parentheses that only group
    for (size_t k = i + 1; k < end_; ++k) {
      const TokenKind kind = At(k);
      if (groups.empty() && (kind == kLBrace || (k > i + 1 && tokens_[k].first_on_line))) return;
      if (IsOpener(kind)) {
        groups.push_back(kind == kLParen && !EndsOperand(At(k - 1)));
      } else if (IsCloser(kind)) {
        if (groups.empty()) return;
        groups.pop_back();
      } else if (kind == kAssign &&
                 std::all_of(groups.begin(), groups.end(), [](bool g) { return g; })) {
        Replace(&Report("values are compared with `==`, and `=` binds a name", k, "write `==`"), k,
                "==");
      }
    }
  }

  // f(k = 3), gen x with max = 3.
  void NamedArgument(size_t i) {
    if (At(i + 1) != kAssign || i == begin_) return;
    if (TextAt(i + 2) == "lambda") return;  // told as such
    bool argument = At(i - 1) == kWith;
    if (OneOf(At(i - 1), {kLParen, kComma})) {
      const size_t open = Opener(i - 1);
      argument = open < end_ && At(open) == kLParen && open > begin_ && IsWord(At(open - 1)) &&
                 (open < begin_ + 2 || !OneOf(At(open - 2), {kFn, kTool, kRecord}));
      argument = argument || (At(i - 1) == kComma && InWith(i));
    }
    if (!argument) return;
    const Token& assign = tokens_[i + 1];
    const bool space = assign.end < text_.size() && text_[assign.end] == ' ';
    const std::string theirs(TextAt(i));
    const std::string renamed(IsOptionOfGeneration(i) ? OptionElsewhere(theirs) : "");
    const std::string& ours = renamed.empty() ? theirs : renamed;
    Diagnostic& d =
        Report("named arguments are written `name: value`", i + 1, "write `" + ours + ": ...`");
    if (!renamed.empty()) Replace(&d, i, ours);
    AddFix(&d, tokens_[i].end, assign.end, space ? ":" : ": ");
  }
  bool IsOptionOfGeneration(size_t i) const {
    return At(i - 1) == kWith || (At(i - 1) == kComma && InWith(i));
  }
  // config { model = "m" }
  void MapPair(size_t i) {
    if (At(i + 1) != kAssign || i == begin_) return;
    const size_t open = Opener(i - 1);
    if (open == end_ || At(open) != kLMap) return;
    const bool first = open == i - 1 || tokens_[i].first_on_line || At(i - 1) == kComma;
    if (!first) return;
    Diagnostic& d = Report("keys and values are joined by `:`", i + 1,
                           "write `" + std::string(TextAt(i)) + ": ...`");
    AddFix(&d, tokens_[i].end, tokens_[i + 1].end, ":");
  }
  // Token i stands on a line behind a `with`.
  bool InWith(size_t i) const {
    for (size_t k = i; k > begin_ && !tokens_[k].first_on_line; --k) {
      if (At(k - 1) == kWith) return true;
    }
    return false;
  }

  // `return }` mends only where it is certain what was meant: `null` for an optional result,
  // nothing at the end of a function without result.
  void BareReturn(size_t i) {
    if (At(i) != kReturn || At(i + 1) != kRBrace) return;
    size_t fn = i;
    while (fn > begin_ && At(fn) != kFn) --fn;
    size_t body = fn;
    bool result = false;
    for (; body < i && At(body) != kLBrace; ++body) result = result || At(body) == kArrow;
    if (At(fn) != kFn || body == i) return;
    if (result && At(body - 1) == kQuestion) {
      Diagnostic& d = Report("`return` needs a value", i, "write `return null`");
      AddFix(&d, tokens_[i].end, tokens_[i].end, " null");
    } else if (!result && CloserOfBracket(body) == i + 1) {
      Diagnostic& d = Report("a function without result ends without `return`", i, "remove it");
      AddFix(&d, i > 0 ? tokens_[i - 1].end : 0, tokens_[i].end, "");
    }
  }

  // fn f() -> int => 1, fn f() -> int = 1
  void ShortBody(size_t i) {
    if (TextAt(i) != "fn" || !tokens_[i].first_on_line) return;
    size_t sign = i;
    bool result = false;
    for (; sign < end_ && SameLine(i, sign) && At(sign) != kLBrace; ++sign) {
      result = result || At(sign) == kArrow;
      if (result && OneOf(At(sign), {kFatArrow, kAssign})) break;
    }
    if (!OneOf(At(sign), {kFatArrow, kAssign}) || !SameLine(i, sign + 1)) return;
    if (OneOf(At(sign + 1), {kLBrace, kLMap})) {
      Diagnostic& d = Report("a body stands right behind the result type", sign, "remove this");
      return AddFix(&d, tokens_[sign].begin, tokens_[sign].end, "");
    }
    const size_t last = ExpressionEnd(sign + 1);
    Diagnostic& d = Report("a body stands in `{ }` and gives its value with `return`", sign,
                           "write `{ return " + Source(sign + 1, last) + " }`");
    AddFix(&d, tokens_[sign].begin, tokens_[sign].end, "{ return");
    AddFix(&d, tokens_[last].end, tokens_[last].end, " }");
  }

  // pass, del x, global x
  void EmptyStatement(size_t i) {
    if (!IsEmptyStatementElsewhere(TextAt(i)) || !Starts(i)) return;
    if (OneOf(At(i + 1), {kAssign, kLParen, kDot, kLBrack})) return;
    size_t last = i;
    while (TextAt(i) != "pass" && OneOf(At(last + 1), {kName, kComma}) && SameLine(i, last + 1)) {
      ++last;
    }
    Diagnostic& d = Report("nothing needs to be said here", i, "remove `" + Source(i, last) + "`");
    AddFix(&d, tokens_[i].begin, tokens_[last].end, "");
  }

  // human "Hi"
  void OtherRole(size_t i) {
    const string_view role = RoleElsewhere(TextAt(i));
    if (role.empty() || !Starts(i) || !SameLine(i, i + 1)) return;
    if (!IsTextStart(At(i + 1)) && At(i + 1) != kLBrace) return;
    const std::string word(role);
    Replace(&Report("the roles are system, user, assistant and observe", i, "write `" + word + "`"),
            i, word);
  }

  // unless c {, foreach x in xs {
  void Unless(size_t i) {
    if (TextAt(i) == "foreach" && Starts(i)) {
      return Replace(&Report("loops are written `for x in xs`", i, "write `for`"), i, "for");
    }
    if (TextAt(i) != "unless" || !Starts(i)) return;
    size_t brace = i + 1;
    while (brace < end_ && SameLine(i, brace) && !OneOf(At(brace), {kLBrace, kLMap})) ++brace;
    if (!OneOf(At(brace), {kLBrace, kLMap}) || brace == i + 1) return;
    const std::string condition = "if not (" + Source(i + 1, brace - 1) + ")";
    Diagnostic& d = Report("`unless` is written `if not`", i, "write `" + condition + "`");
    AddFix(&d, tokens_[i].begin, tokens_[brace - 1].end, condition);
  }

  // for i, x in enumerate(xs) {
  void Counted(size_t i) {
    if (At(i) != kFor) return;
    const bool parens = At(i + 1) == kLParen;
    const size_t at = i + (parens ? 2 : 1);
    const size_t in = at + (parens ? 4 : 3);
    if (!IsWord(At(at)) || At(at + 1) != kComma || !IsWord(At(at + 2)) || TextAt(in) != "in")
      return;
    const bool call = TextAt(in + 1) == "enumerate" && At(in + 2) == kLParen;
    const bool plain = At(in + 1) == kName && At(in + 2) == kLBrace;  // for i, x in xs
    const size_t close = call ? CloserOfBracket(in + 2) : in + 1;
    if ((!call && !plain) || close >= end_ || At(close + 1) != kLBrace || close == in + 3) return;
    const std::string list = call ? Source(in + 3, close - 1) : std::string(TextAt(in + 1));
    const std::string count(TextAt(at));
    const std::string head = "for " + count + " in 0..len(" + list + ")";
    Diagnostic& d = Report("a loop has one name", at, "write `" + head + "`");
    AddFix(&d, tokens_[i].begin, tokens_[close].end, head);
    AddFix(&d, tokens_[close + 1].end, tokens_[close + 1].end,
           " let " + std::string(TextAt(at + 2)) + " = " + list + "[" + count + "]");
  }

  // fork(3) {, fork(i in 0..3) {, fork for i in xs {
  void ForkHead(size_t i) {
    if (TextAt(i) != "fork") return;
    if (tokens_[i].first_on_line && IsWord(At(i + 1)) && TextAt(i + 2) == "in" &&
        SameLine(i, i + 3)) {
      Diagnostic& d = Report("a fork is a value: the list of what its children yield", i,
                             "write `let results = fork ...`");
      return Insert(&d, i, "let results = ");
    }
    if (TextAt(i + 1) == "for" && IsWord(At(i + 2)) && TextAt(i + 3) == "in") {
      Diagnostic& d = Report("`fork` runs over a list or a range", i,
                             "write `fork " + std::string(TextAt(i + 2)) + " in ...`");
      return AddFix(&d, tokens_[i + 1].begin, tokens_[i + 2].begin, "");
    }
    if (At(i + 1) != kLParen) return;
    const size_t close = CloserOfBracket(i + 1);
    if (close >= end_ || !(At(close + 1) == kLBrace || TextAt(close + 1) == "with")) return;
    if (close == i + 2) return;
    std::string head = Source(i + 2, close - 1);
    const bool named = IsWord(At(i + 2)) && TextAt(i + 3) == "in";
    if (!named)
      head = "i in " + std::string(At(i + 2) == kInt && close == i + 3 ? "0.." : "") + head;
    Diagnostic& d = Report("`fork` runs over a list or a range", i, "write `fork " + head + "`");
    AddFix(&d, tokens_[i].end, tokens_[close].end, " " + head);
  }

  // enum E { a = 1 }
  void MemberNumber(size_t i) {
    if (At(i + 1) != kAssign || At(i + 2) != kInt || i < 2) return;
    const size_t open = Opener(i - 1);
    if (open == end_ || open < 2 || At(open - 2) != kEnum) return;
    const std::string quoted = "\"" + std::string(TextAt(i + 2)) + "\"";
    Diagnostic& d =
        Report("a member of an `enum` stands for a text", i + 2, "write `" + quoted + "`");
    Replace(&d, i + 2, quoted);
  }

  // user: "Hi"
  void RoleColon(size_t i) {
    if (At(i + 1) != kColon || !Starts(i) || i + 2 >= end_ || tokens_[i + 2].first_on_line) return;
    if (!IsAnyOf(TextAt(i), {"system", "user", "assistant", "observe"})) return;
    if (OneOf(At(i + 2), {kLBrace, kLMap})) return;  // a block behind `:`, which is told as such
    const size_t open = Opener(i - 1);
    if (i == begin_ || open >= end_ || At(open) != kLBrace) return;
    Diagnostic& d = Report("a role stands in front of its text without `:`", i + 1,
                           "write `" + std::string(TextAt(i)) + " \"...\"`");
    AddFix(&d, tokens_[i + 1].begin, tokens_[i + 1].end, "");
  }

  // insert["a", "b"], which reads as an element of a list named `insert`.
  void InsertedList(size_t i) {
    if (TextAt(i) != "insert" || At(i + 1) != kLBrack || tokens_[i].end != tokens_[i + 1].begin)
      return;
    const size_t close = CloserOfBracket(i + 1);
    if (close >= end_ || !(Starts(i) || (i > begin_ && IsRole(At(i - 1))))) return;
    Diagnostic& d = Report("`insert[` begins an element of a list", i,
                           "write `insert " + Source(i + 1, close) + "`");
    Insert(&d, i + 1, " ");
  }

  // a is b, a is not b, a <> b.
  void Comparison(size_t i) {
    if (i == begin_ || tokens_[i].first_on_line || !EndsOperand(At(i - 1))) return;
    if (Opener(i) == end_) return;
    if (At(i) == kLess && At(i + 1) == kGreater && tokens_[i].end == tokens_[i + 1].begin &&
        (IsWord(At(i + 2)) || OneOf(At(i + 2), {kStrOpen, kInt, kFloat}))) {
      Diagnostic& d = Report("unequal is written `!=`", i, "write `!=`");
      AddFix(&d, tokens_[i].begin, tokens_[i + 1].end, "!=");
    } else if (TextAt(i) == "is" && i + 1 < end_ && !tokens_[i + 1].first_on_line &&
               (IsWord(At(i + 1)) || OneOf(At(i + 1), {kStrOpen, kInt, kFloat}))) {
      const bool inverted = TextAt(i + 1) == "not" && i + 2 < end_ && !tokens_[i + 2].first_on_line;
      const size_t sign = inverted ? i + 1 : i;
      Diagnostic& d = Report("values are compared with `==` and `!=`", i,
                             inverted ? "write `!=`" : "write `==`");
      AddFix(&d, tokens_[i].begin, tokens_[sign].end, inverted ? "!=" : "==");
      const string_view constant = ConstantElsewhere(TextAt(sign + 1));
      if (!constant.empty()) Replace(&d, sign + 1, std::string(constant));
    }
  }

  // x-- as a statement.
  void Decrement(size_t i) {
    if (At(i) != kMinus || At(i + 1) != kMinus || tokens_[i].end != tokens_[i + 1].begin) return;
    if (i == begin_ || !IsWord(At(i - 1)) || !Starts(i - 1)) return;
    if (At(i + 2) != kRBrace && i + 2 < end_ && !tokens_[i + 2].first_on_line) return;
    const std::string name(TextAt(i - 1));
    Diagnostic& d = Report("`--` is written out", i, "write `" + name + " = " + name + " - 1`");
    AddFix(&d, tokens_[i - 1].begin, tokens_[i + 1].end, name + " = " + name + " - 1");
  }

  // ---- Blocks by indentation ----

  struct Header {
    size_t first = 0;
    size_t last = 0;              // the last token of the head
    std::optional<size_t> colon;  // behind the head
    size_t body_end = 0;  // the last token of the body; `last` or `colon` when there is none
    bool one_line = false;
  };

  bool IsHeaderWord(size_t i) const {
    return IsAnyOf(TextAt(i), {"if",       "else",    "for",   "while",  "fn",     "match",
                               "try",      "on",      "test",  "system", "user",   "assistant",
                               "observe",  "elif",    "elsif", "elseif", "def",    "func",
                               "function", "context", "class", "struct", "record", "enum"});
  }

  // The head that begins at token i if its block is not in braces.
  std::optional<Header> HeaderAt(size_t i) const {
    if (!IsWord(At(i)) || !IsHeaderWord(i) || !Starts(i)) return std::nullopt;
    // The indent of a line says nothing of what stands further right on it.
    const bool indented = tokens_[i].first_on_line || At(i - 1) == kRBrace;
    if (OneOf(At(i + 1), {kFatArrow, kAssign, kDot})) return std::nullopt;
    if (TextAt(i) == "try" && TextAt(i + 1) == "with") return std::nullopt;  // `: ` of an option
    Header header{.first = i, .last = i, .colon = std::nullopt, .body_end = i};
    const size_t line_last = std::min(LastOnLine(tokens_, i), end_ - 1);
    size_t depth = 0;
    bool question = false;
    for (size_t k = i; k <= line_last; ++k) {
      if (depth == 0 && At(k) == kLBrace) return std::nullopt;
      if (IsOpener(At(k))) ++depth;
      if (IsCloser(At(k)) && depth-- == 0) return std::nullopt;
      if (At(k) == kQuestion) question = true;
      const bool else_if = k == i + 1 && TextAt(i) == "else" && At(k) == kIf;
      const bool branch = IsAnyOf(TextAt(i), {"if", "else", "for", "while"});
      // Right behind `else` the filter takes a word for a name.
      const bool statement =
          IsStatementWord(At(k)) ||
          (k == i + 1 && TextAt(i) == "else" && At(k + 1) != kRBrace &&
           IsAnyOf(TextAt(k), {"return", "emit", "yield", "break", "continue", "let", "var", "gen",
                               "select", "user", "assistant", "system"}));
      if (depth == 0 && k > i && statement && !else_if && branch) {
        header.one_line = true;  // if (x) return 1
        header.body_end = line_last;
        return header;
      }
      const bool then = TextAt(k) == "then" && TextAt(i) == "if" && k > i + 1;
      if (depth == 0 && (then || (At(k) == kColon && (!question || k == line_last)))) {
        header.colon = k;
        break;
      }
      header.last = k;
    }
    if (header.colon && OneOf(At(*header.colon + 1), {kLBrace, kLMap})) return header;
    if (header.colon && *header.colon < line_last) {
      // `if x: return 1`; a `:` behind `fn f()` or a role has its own words.
      if (!IsAnyOf(TextAt(i), {"if", "else", "elif", "for", "while", "try", "def"})) {
        return std::nullopt;
      }
      header.one_line = true;
      header.body_end = line_last;
      return header;
    }
    if (!header.colon && IsRole(At(i)) && header.last > i) return std::nullopt;
    return indented && Body(header, line_last) ? std::optional(header) : std::nullopt;
  }

  // The lines behind the head that are indented deeper. False where there is no such body.
  bool Body(Header& header, size_t line_last) const {
    const size_t next = line_last + 1;
    if (next >= end_) return header.colon.has_value();
    if (At(next) == kLBrace || At(next) == kLMap) {
      header.body_end = line_last;
      return header.colon.has_value();  // `if x:` with a brace on the next line
    }
    const size_t indent = IndentOf(text_, tokens_[header.first].begin).size();
    size_t k = next;
    while (k < end_ &&
           (!tokens_[k].first_on_line || IndentOf(text_, tokens_[k].begin).size() > indent)) {
      ++k;
    }
    header.body_end = k - 1;
    if (header.colon) return true;
    // Without `:` only a head that cannot go on with the next line counts.
    const bool starts_statement = IsStatementWord(At(next)) ||
                                  OneOf(At(next), {kStrOpen, kBlockOpen}) ||
                                  (At(next) == kName && OneOf(At(next + 1), {kAssign, kLParen}));
    return k > next && starts_statement;
  }

  void Blocks() {
    std::vector<Header> headers;
    for (size_t i = begin_; i < end_; ++i) {
      if (const auto header = HeaderAt(i)) headers.push_back(*header);
    }
    if (headers.empty()) return;
    const bool colon = std::any_of(headers.begin(), headers.end(),
                                   [](const Header& h) { return h.colon.has_value(); });
    const Header& head = headers.front();
    Diagnostic d = MakeMistake(
        Mistake::kOtherLanguage, tokens_[head.colon.value_or(head.last)].begin,
        tokens_[head.colon.value_or(head.last)].end,
        !colon                                  ? "blocks stand in `{ }`"
        : TextAt(*WithColon(headers)) == "then" ? "blocks stand in `{ }`, without `then`"
                                                : "blocks stand in `{ }`, not behind `:`");
    if (!colon) d.label = "`{` is missing behind this";
    d.helps.push_back("write `" + Source(head.first, head.last) + " { ... }`");
    // Inner blocks end first.
    for (auto header = headers.rbegin(); header != headers.rend(); ++header) Embrace(*header, &d);
    found_.push_back(std::move(d));
  }

  static std::optional<size_t> WithColon(const std::vector<Header>& headers) {
    for (const Header& header : headers) {
      if (header.colon) return header.colon;
    }
    return std::nullopt;
  }

  void Embrace(const Header& header, Diagnostic* d) const {
    const uint32_t end = tokens_[header.last].end;
    const uint32_t colon_end = header.colon ? tokens_[*header.colon].end : end;
    const size_t next = header.colon ? *header.colon + 1 : header.last + 1;
    if (next < end_ && (At(next) == kLBrace || At(next) == kLMap)) {
      return AddFix(d, end, colon_end, "");
    }
    AddFix(d, end, colon_end, " {");
    const size_t body_end = std::max(header.body_end, next - 1);
    if (header.one_line || body_end == next - 1) {
      return AddFix(d, tokens_[body_end].end, tokens_[body_end].end, " }");
    }
    const size_t at = LineEnd(text_, tokens_[body_end].end);
    AddFix(d, at, at, "\n" + std::string(IndentOf(text_, tokens_[header.first].begin)) + "}");
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignPhrases(string_view text, const Tokens& tokens, size_t begin,
                                           size_t end) {
  return PhraseFinder(text, tokens, begin, end).Run();
}

}  // namespace lmp::frontend
