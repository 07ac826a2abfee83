// FindForeignCalls: expressions and calls in the form of other languages: `print(x)`, `await f()`,
// `new P(...)`, `xs.map(x => x + 1)`, `[...xs, 1]`, `xs[1:]`, `x as float`.
#include <optional>

#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class CallFinder : private HabitFinder {
 public:
  CallFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      size_t last = i;
      const bool found = Print(i, &last) || Macro(i, &last) || Prefix(i) || Mapped(i, &last) ||
                         Lambda(i, &last) || Spread(i, &last) || OpenSlice(i) || Unwrap(i) ||
                         Cast(i) || RoleSum(i) || ValueIf(i, &last) || EndlessLoop(i, &last) ||
                         Path(i) || Modifier(i) || HalfFloat(i);
      if (found) i = last;
    }
    return std::move(found_);
  }

 private:
  // ---- Output ----

  // print("n:", n), console.log(n), println!("{}", n), print "n"
  bool Print(size_t i, size_t* last) {
    if (!IsForeign(i) || !Starts(i)) return false;
    size_t at = i + 1;
    const bool console = TextAt(i) == "console" && At(at) == kDot && TextAt(at + 1) == "log";
    if (console) at += 2;
    if (!console && FunctionElsewhere(TextAt(i)) != "emit") return false;
    if (At(at) == kBang && At(at + 1) == kLParen) ++at;
    std::vector<std::string> parts;
    if (At(at) == kLParen) {
      const size_t close = CloserOfBracket(at);
      if (close == end_ || !Parts(at, close, &parts)) return false;
      *last = close;
    } else if (at < end_ && SameLine(i, at) && IsTextStart(At(at))) {
      *last = ExpressionEnd(at);
      parts.push_back(Source(at, *last));
    } else {
      return false;
    }
    const std::string value = parts.size() == 1 ? parts[0] : Joined(parts);
    Diagnostic& d = Report("what a program shows is written `emit value`", i,
                           "write `emit " + value.substr(0, value.find('\n')) + "`");
    if (d.fixes.empty()) d.span.end = tokens_[at - 1].end;
    Replace(&d, i, *last, "emit " + value);
    return true;
  }

  // format!("{} of {n}", a), vec![1, 2]
  bool Macro(size_t i, size_t* last) {
    if (At(i + 1) != kBang || !IsForeign(i) || !Touches(i) || !Touches(i + 1)) return false;
    if (TextAt(i) == "vec" && At(i + 2) == kLBrack) {
      Diagnostic& d = Report("a list is written `[1, 2]`", i, "remove `vec!`");
      Replace(&d, i, i + 1, "");
      return true;
    }
    const size_t close = At(i + 2) == kLParen ? CloserOfBracket(i + 2) : end_;
    std::vector<std::string> parts;
    if (TextAt(i) != "format" || close == end_ || !Parts(i + 2, close, &parts)) return false;
    const std::string text = NamesFilled(Joined(parts));
    Diagnostic& d = Report("values stand inside a string: `\"Hi ${name}\"`", i,
                           "write `" + text.substr(0, text.find('\n')) + "`");
    Replace(&d, i, close, text);
    *last = close;
    return true;
  }

  // `{name}` as `${name}`.
  static std::string NamesFilled(std::string text) {
    for (size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      const size_t end = text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", at + 1);
      const bool name = end != std::string::npos && end > at + 1 && text[end] == '}';
      if (name && (at == 0 || text[at - 1] != '$')) text.insert(at++, "$");
    }
    return text;
  }

  // Arguments without names; `end=""` and the like are left out.
  bool Parts(size_t open, size_t close, std::vector<std::string>* parts) const {
    for (size_t i = open + 1; i < close; ++i) {
      const size_t last = std::min(ArgumentEnd(i, close), close - 1);
      if (last < i) return false;
      const bool named = IsWord(At(i)) && OneOf(At(i + 1), {kAssign, kColon});
      if (!named) parts->push_back(Source(i, last));
      i = last + 1;
      if (i < close && At(i) != kComma) return false;
    }
    return !parts->empty();
  }

  // One string of all parts; the places `{}` of the first take the others.
  static std::string Joined(const std::vector<std::string>& parts) {
    const auto plain = [](const std::string& part) {
      return part.size() > 1 && part.front() == '"' && part.back() == '"' &&
             !part.starts_with("\"\"\"");
    };
    const auto piece = [&](const std::string& part) {
      return plain(part) ? part.substr(1, part.size() - 2) : "${" + part + "}";
    };
    std::string text = piece(parts[0]);
    for (size_t i = 1; i < parts.size(); ++i) {
      const size_t place = plain(parts[0]) ? text.find("{}") : std::string::npos;
      if (place != std::string::npos) {
        text.replace(place, 2, piece(parts[i]));
      } else {
        text += " " + piece(parts[i]);
      }
    }
    return "\"" + text + "\"";
  }

  // ---- Words in front of an operand ----

  bool Prefix(size_t i) {
    const bool await = TextAt(i) == "await";
    if ((!await && TextAt(i) != "new") || !IsForeign(i) || !SameLine(i, i + 1)) return false;
    if (!IsWord(At(i + 1)) || (!await && At(i + 2) != kLParen) || (i > 0 && At(i - 1) == kDot)) {
      return false;
    }
    Diagnostic& d = await ? Report("nothing needs to be awaited", i, "remove `await`")
                          : Report("a record is made without `new`", i, "remove `new`");
    AddFix(&d, tokens_[i].begin, tokens_[i + 1].begin, "");
    return true;
  }

  // pub async fn f()
  bool Modifier(size_t i) {
    if (!IsModifierElsewhere(TextAt(i)) || !IsWord(At(i + 1)) || !SameLine(i, i + 1)) return false;
    if (!tokens_[i].first_on_line && (i == 0 || !IsModifierElsewhere(TextAt(i - 1)))) return false;
    if (Opener(i - (i > 0)) != end_) return false;
    size_t declaration = i + 1;
    while (IsModifierElsewhere(TextAt(declaration))) ++declaration;
    const bool declares =
        IsItemWord(At(declaration)) ||
        IsAnyOf(TextAt(declaration), {"def", "function", "func", "struct", "class", "interface"});
    if (!declares || !IsWord(At(declaration + 1))) return false;
    Diagnostic& d =
        Report("declarations have no modifiers", i, "remove `" + std::string(TextAt(i)) + "`");
    AddFix(&d, tokens_[i].begin, tokens_[i + 1].begin, "");
    return true;
  }

  // ---- Lists ----

  // The parameter and the body of `x => e`, `(x) => e`, `|x| e`, `lambda x: e` from token i on.
  struct Arrow {
    std::string name;
    size_t body = 0;
  };
  std::optional<Arrow> ArrowAt(size_t i) const {
    if (TextAt(i) == "lambda" && IsWord(At(i + 1)) && At(i + 2) == kColon) {
      return Arrow{std::string(TextAt(i + 1)), i + 3};
    }
    if (IsWord(At(i)) && At(i + 1) == kFatArrow) return Arrow{std::string(TextAt(i)), i + 2};
    if (At(i) == kPipe && IsWord(At(i + 1)) && At(i + 2) == kPipe) {
      return Arrow{std::string(TextAt(i + 1)), i + 3};
    }
    if (At(i) == kLParen && IsWord(At(i + 1)) && At(i + 2) == kRParen && At(i + 3) == kFatArrow) {
      return Arrow{std::string(TextAt(i + 1)), i + 4};
    }
    return std::nullopt;
  }

  void ReportMapped(size_t word, size_t first, size_t last, bool filters, const Arrow& arrow,
                    const std::string& body, const std::string& list) {
    const std::string made =
        filters ? "[" + arrow.name + " for " + arrow.name + " in " + list + " if " + body + "]"
                : "[" + body + " for " + arrow.name + " in " + list + "]";
    Diagnostic& d =
        Report("a list is made of another by `[e for x in xs if c]`", word, "write `" + made + "`");
    Replace(&d, first, last, made);
  }

  // xs.map(x => e), xs.filter(|x| c)
  bool Mapped(size_t i, size_t* last) {
    const bool filters = TextAt(i) == "filter";
    if ((!filters && TextAt(i) != "map") || i < 2 || At(i - 1) != kDot || At(i + 1) != kLParen) {
      return false;
    }
    const auto arrow = ArrowAt(i + 2);
    const size_t close = CloserOfBracket(i + 1);
    const size_t first = OperandBegin(i - 2);
    if (!arrow || close == end_ || arrow->body >= close || first == end_) return false;
    ReportMapped(i, first, close, filters, *arrow, Source(arrow->body, close - 1),
                 Source(first, i - 2));
    *last = close;
    return true;
  }

  // map(lambda x: e, xs), map(xs, x => e)
  bool Lambda(size_t i, size_t* last) {
    const bool filters = TextAt(i) == "filter";
    if ((!filters && TextAt(i) != "map") || At(i + 1) != kLParen || !IsForeign(i)) return false;
    if (i > 0 && At(i - 1) == kDot) return false;
    const size_t close = CloserOfBracket(i + 1);
    if (close == end_ || close < i + 5) return false;
    const size_t comma = ArgumentEnd(i + 2, close) + 1;
    if (At(comma) != kComma || ArgumentEnd(comma + 1, close) != close - 1) return false;
    auto arrow = ArrowAt(i + 2);
    size_t body_last = comma - 1;
    std::string list = Source(comma + 1, close - 1);
    if (!arrow) {
      arrow = ArrowAt(comma + 1);
      body_last = close - 1;
      list = Source(i + 2, comma - 1);
    }
    if (!arrow || arrow->body > body_last) return false;
    ReportMapped(i, i, close, filters, *arrow, Source(arrow->body, body_last), list);
    *last = close;
    return true;
  }

  // [...xs, 1], [*xs, 1], [1, ...xs]
  bool Spread(size_t i, size_t* last) {
    if (!OneOf(At(i), {kLBrack, kLineLBrack})) return false;
    const size_t close = CloserOfBracket(i);
    if (close == end_ || close <= i + 2) return false;
    std::string made;
    std::string items;
    bool spreads = false;
    const auto flush = [&](const std::string& list) {
      if (!items.empty()) made += (made.empty() ? "[" : " + [") + items + "]";
      items.clear();
      if (!list.empty()) made += (made.empty() ? "" : " + ") + list;
    };
    for (size_t at = i + 1; at < close; ++at) {
      const size_t end = ArgumentEnd(at, close);
      if (end < at || end >= close) return false;
      const size_t dots = At(at) == kRange && At(at + 1) == kDot ? 2 : At(at) == kStar ? 1 : 0;
      if (dots > 0 && at + dots <= end) {
        spreads = true;
        flush(Source(at + dots, end));
      } else {
        items += (items.empty() ? "" : ", ") + Source(at, end);
      }
      at = end + 1;
    }
    flush("");
    if (!spreads) return false;
    Diagnostic& d = Report("lists are joined with `+`", i, "write `" + made + "`");
    if (d.fixes.empty()) d.span.end = tokens_[close].end;
    Replace(&d, i, close, made);
    *last = close;
    return true;
  }

  // xs[1:], xs[:2], xs[::-1]
  bool OpenSlice(size_t i) {
    if (At(i) != kLBrack || i == 0 || !EndsOperand(At(i - 1))) return false;
    const size_t close = CloserOfBracket(i);
    const size_t first = OperandBegin(i - 1);
    if (close == end_ || first == end_) return false;
    if (close == i + 5 && At(i + 1) == kColon && At(i + 2) == kColon && At(i + 3) == kMinus &&
        TextAt(i + 4) == "1") {
      Diagnostic& d = Report("a list is turned round by `reverse(xs)`", i, "write `reverse(...)`");
      Replace(&d, first, close, "reverse(" + Source(first, i - 1) + ")");
      return true;
    }
    const bool begins = At(i + 1) == kColon && At(i + 2) != kColon && close > i + 2;
    const bool ends = At(close - 1) == kColon && close > i + 2;
    if (!begins && !ends) return false;
    const std::string list = Source(first, i - 1);
    Diagnostic& d = Report("both ends of a slice are written", begins ? i + 1 : close - 1,
                           begins ? "write `[0:" + Source(i + 2, close - 1) + "]`"
                                  : "write `[" + Source(i + 1, close - 2) + ":len(" + list + ")]`");
    if (begins) {
      Insert(&d, i + 1, "0");
    } else {
      Insert(&d, close, "len(" + list + ")");
    }
    return true;
  }

  // x! behind an operand: may go where the type of `x` has no null.
  bool Unwrap(size_t i) {
    if (At(i) != kBang || i == 0 || !EndsOperand(At(i - 1)) || !Touches(i - 1)) return false;
    if (OneOf(At(i + 1), {kLParen}) && Touches(i)) {
      Diagnostic& d = Report("calls are written without `!`", i, "remove it");
      Replace(&d, i, "");
      return true;
    }
    if (Touches(i) && !OneOf(At(i + 1), {kRBrace, kRParen, kRBrack, kComma, kDot})) return false;
    const bool certain = At(i - 1) == kName && HasPlainType(TextAt(i - 1));
    Diagnostic& d =
        Report("there is no `!` behind a value", i,
               certain ? "remove it"
                       : "a `T?` stays one: take a `T` where the value comes from, or show it with "
                         "`json(x)`");
    if (certain) {
      Replace(&d, i, "");
    } else {
      PassOver(i, i, "");
    }
    return true;
  }

  // `name` is declared once, with a type that is one word.
  bool HasPlainType(string_view name) const {
    size_t types = 0;
    bool plain = false;
    for (size_t i = 0; i + 3 < end_; ++i) {
      if (TextAt(i) != name || At(i + 1) != kColon || !IsWord(At(i + 2))) continue;
      plain = OneOf(At(i + 3), {kComma, kRParen, kAssign});
      ++types;
    }
    return plain && types == 1;
  }

  // 1 as float
  bool Cast(size_t i) {
    if (TextAt(i) != "as" || i == 0 || !EndsOperand(At(i - 1)) || tokens_[i].first_on_line) {
      return false;
    }
    const std::string_view ours = TypeElsewhere(TextAt(i + 1));
    const std::string_view name = ours.empty() ? TextAt(i + 1) : ours;
    if (!IsAnyOf(name, {"int", "float", "string"}) || !SameLine(i, i + 1)) return false;
    const size_t first = OperandBegin(i - 1);
    if (first == end_ || (first > 0 && At(first - 1) == kImport)) return false;
    const std::string made =
        (name == "string" ? "str" : std::string(name)) + "(" + Source(first, i - 1) + ")";
    Diagnostic& d = Report("a value is converted by a call", i, "write `" + made + "`");
    Replace(&d, first, i + 1, made);
    return true;
  }

  // .5, 5.
  bool HalfFloat(size_t i) {
    const bool before =
        At(i) == kDot && At(i + 1) == kInt && Touches(i) &&
        (i == 0 || !(EndsOperand(At(i - 1)) || At(i - 1) == kRange) || !Touches(i - 1));
    const bool behind = At(i) == kDot && i > 0 && At(i - 1) == kInt && Touches(i - 1) &&
                        !IsWord(At(i + 1)) && At(i + 1) != kInt;
    if (!before && !behind) return false;
    Diagnostic& d = Report("a float has digits on both sides of its point", i,
                           before ? "write `0." + std::string(TextAt(i + 1)) + "`"
                                  : "write `" + std::string(TextAt(i - 1)) + ".0`");
    if (before) {
      Insert(&d, i, "0");
    } else {
      AddFix(&d, tokens_[i].end, tokens_[i].end, "0");
    }
    return true;
  }

  // ---- Statements ----

  // s += user("hi"): the context is not a name.
  bool RoleSum(size_t i) {
    if (At(i) != kOpAssign || i == 0 || !IsWord(At(i - 1)) || !Starts(i - 1)) return false;
    if (!IsAnyOf(TextAt(i + 1), {"system", "user", "assistant", "gen", "select"})) return false;
    Diagnostic& d = Report("messages go to the current context without a name for it", i,
                           "remove `" + Source(i - 1, i) + "`");
    AddFix(&d, tokens_[i - 1].begin, tokens_[i + 1].begin, "");
    return true;
  }

  // let x = if c { a } else { b }
  bool ValueIf(size_t i, size_t* last) {
    if (TextAt(i) != "if" || i == 0) return false;
    if (!OneOf(At(i - 1), {kAssign, kReturn, kYield, kEmit, kLParen}) || !SameLine(i - 1, i)) {
      return false;
    }
    size_t open = i + 1;
    while (open < end_ && SameLine(i, open) && !OneOf(At(open), {kLBrace, kLMap})) ++open;
    const size_t close = open < end_ ? CloserOfBracket(open) : end_;
    if (close >= end_ || TextAt(close + 1) != "else" || open == i + 1) return false;
    if (!OneOf(At(close + 2), {kLBrace, kLMap})) return false;
    const size_t end = CloserOfBracket(close + 2);
    if (end >= end_ || !SameLine(i, end) || close == open + 1 || end == close + 3) return false;
    const std::string made = Source(i + 1, open - 1) + " ? " + Source(open + 1, close - 1) + " : " +
                             Source(close + 3, end - 1);
    Diagnostic& d = Report("a choice between two values is written `condition ? a : b`", i,
                           "write `" + made + "`");
    Replace(&d, i, end, made);
    *last = end;
    return true;
  }

  // loop {, while True {
  bool EndlessLoop(size_t i, size_t* last) {
    size_t brace = i + 1;
    if (TextAt(i) == "while") {
      const bool parens = At(brace) == kLParen && At(brace + 2) == kRParen;
      if (!IsAnyOf(TextAt(brace + (parens ? 1 : 0)), {"True", "true", "1"})) return false;
      brace += parens ? 3 : 1;
    } else if (TextAt(i) != "loop" || !IsForeign(i)) {
      return false;
    }
    if (!Starts(i) || !OneOf(At(brace), {kLBrace, kLMap})) return false;
    Diagnostic& d = Report("a loop needs a `limit`: the most rounds it may run", i,
                           "write `while limit 100 {`");
    d.code = std::string(CodeOf(Mistake::kWhileWithoutLimit));
    if (d.fixes.empty()) d.span.end = tokens_[brace - 1].end;
    Replace(&d, i, brace - 1, "while limit 100");
    *last = brace - 1;
    return true;
  }

  // Color::red, std::vote
  bool Path(size_t i) {
    if (At(i) != kColon || At(i + 1) != kColon || !Touches(i)) return false;
    if (i == 0 || !IsWord(At(i - 1)) || !IsWord(At(i + 2))) return false;
    Diagnostic& d = Report("parts of a name are joined by `.`", i, "write `.`");
    if (d.fixes.empty()) d.span.end = tokens_[i + 1].end;
    Replace(&d, i, i + 1, ".");
    return true;
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignCalls(std::string_view text, const Tokens& tokens,
                                         const NameSet& declared) {
  return CallFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
