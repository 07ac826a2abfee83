// FindForeignGenerations: `gen` and `select` as calls, with options in brackets, without a name, or
// in the word order of libraries: `let x = gen(max_tokens=10)`, `gen x(max: 10)`,
// `assistant(gen("x", stop="\n"))`, `select x in xs`.
#include <optional>

#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

constexpr string_view kGenTitle = "a generation is written `gen name: type with option: value`";
constexpr string_view kSelectTitle = "a choice is written `select name from options`";

// A generation as LMP writes it; empty parts are left out.
struct Generation {
  bool select = false;
  std::string name = {};
  std::string type = {};
  std::string choices = {};
  std::string options = {};

  std::string Text() const {
    std::string text = select ? "select " + name + " from " + choices : "gen " + name;
    if (!select && !type.empty()) text += ": " + type;
    return options.empty() ? text : text + " with " + options;
  }
};

bool IsPlainType(string_view name) {
  return IsAnyOf(name, {"string", "int", "float", "bool"}) ||
         (!TypeElsewhere(name).empty() && TypeElsewhere(name) != "list");
}
std::string PlainType(string_view name) {
  return std::string(TypeElsewhere(name).empty() ? name : TypeElsewhere(name));
}

class GenerationFinder : private HabitFinder {
 public:
  GenerationFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      const bool gen = TextAt(i) == "gen";
      if ((!gen && TextAt(i) != "select") || !IsWord(At(i)) || IsBound(TextAt(i))) continue;
      if (OneOf(At(i + 1), {kColon, kAssign, kDot}) || (i > 0 && At(i - 1) == kDot)) continue;
      size_t last = i;
      if (Statement(i, &last) || Value(i, &last)) i = last;
    }
    return std::move(found_);
  }

 private:
  void Mend(const Generation& made, size_t word, size_t first, size_t last, std::string before = "",
            std::string behind = "") {
    Diagnostic& d =
        Report(made.select ? kSelectTitle : kGenTitle, word, "write `" + made.Text() + "`");
    Replace(&d, first, last, before + made.Text() + behind);
  }

  // A name nobody has.
  std::string FreshName() {
    while (true) {
      const int n = ++fresh_names_;
      std::string name = n == 1 ? "answer" : "answer" + std::to_string(n);
      if (bound_.insert(name).second) return name;
    }
  }

  // Where a statement may start: also behind a role.
  bool StartsHere(size_t i) const {
    if (i > 0 && IsAnyOf(TextAt(i - 1), {"assistant", "user", "system", "observe"})) {
      return SameLine(i - 1, i);
    }
    return Starts(i) || At(i - 1) == kFatArrow;
  }

  // gen x(max: 3), gen x { max: 3 }, gen x -> int, gen int x, gen "x", select x in xs, gen(...)
  bool Statement(size_t i, size_t* last) {
    if (!StartsHere(i)) return false;
    Generation made{.select = TextAt(i) == "select"};
    size_t at = i + 1;
    const bool more = SameLine(i, at);
    if (more && At(at) == kLParen) return Call(i, i, &made, last);
    const bool options = more && TextAt(at) == "with" && IsWord(At(at + 1)) && At(at + 2) == kColon;
    if (options || (Starts(i) && (OneOf(At(at), {kRBrace, kEof}) || (!more && At(at) != kName)))) {
      return Nameless(i, last);
    }
    if (!more || At(at) == kRBrace) return false;
    bool changed = true;
    if (const std::string quoted = FixedString(at); !quoted.empty()) {
      made.name = quoted.substr(1, quoted.size() - 2);
      at = StringEnd(at) + 1;
      if (!IsNameText(made.name)) return false;
    } else if (IsWord(At(at))) {
      made.name = TextAt(at++);
      changed = false;
    } else {
      return false;
    }
    size_t end = at - 1;  // of what is rewritten
    if (!made.select && !changed && (Texts(at, last) || Pattern(i, at, made, last))) return true;
    if (made.select) {
      if (IsAnyOf(TextAt(at), {"in", "of"}) && SameLine(i, at) && at + 1 < end_) {
        made.choices = Source(at + 1, ExpressionEnd(at + 1));
        *last = ExpressionEnd(at + 1);
        Mend(made, i, i, *last);
        return true;
      }
      if (TextAt(at) == "from" && SameLine(i, at) && LooseChoices(at + 1, &made, last)) {
        Mend(made, i, i, *last);
        return true;
      }
      return At(at) == kLParen && SameLine(i, at) && Call(i, at - 1, &made, last);
    }
    const bool listed = TextAt(at) == "in" || (At(at) == kColon && IsTextStart(At(at + 2)));
    if (!changed && listed && SameLine(i, at) && At(at + 1) == kLBrack) {
      made.select = true;  // gen x in ["a", "b"], gen x: ["a", "b"]
      *last = ExpressionEnd(at + 1);
      made.choices = Source(at + 1, *last);
      Mend(made, i, i, *last);
      return true;
    }
    if (!changed && TextAt(at) == "in" && SameLine(i, at) && At(at + 1) == kName) {
      made.type = "string in " + std::string(TextAt(at + 1));  // gen x in xs
      *last = at + 1;
      Mend(made, i, i, *last);
      return true;
    }
    // gen x: string in ["a", "b"]
    if (!changed && At(at) == kColon && TextAt(at + 2) == "in" && At(at + 3) == kLBrack &&
        IsPlainType(TextAt(at + 1)) && SameLine(i, at + 3)) {
      made.select = true;
      *last = ExpressionEnd(at + 3);
      made.choices = Source(at + 3, *last);
      Mend(made, i, i, *last);
      return true;
    }
    // gen x: Literal["a", "b"], gen x: enum("a", "b")
    if (!changed && At(at) == kColon && OneOf(At(at + 2), {kLBrack, kLParen}) &&
        IsAnyOf(TextAt(at + 1), {"Literal", "Enum", "enum", "OneOf", "choice", "one_of"}) &&
        IsTextStart(At(at + 3))) {
      const size_t close = CloserOfBracket(at + 2);
      if (close == end_) return false;
      made.select = true;
      made.choices = "[" + Source(at + 3, close - 1) + "]";
      *last = close;
      Mend(made, i, i, *last);
      return true;
    }
    if (!changed && TextAt(at) == "as" && SameLine(i, at + 1) && IsPlainType(TextAt(at + 1))) {
      made.type = PlainType(TextAt(at + 1));  // gen x as int
      *last = at + 1;
      Mend(made, i, i, *last);
      return true;
    }
    if (LooseOption(i, at, &made, last)) {
      Mend(made, i, i, *last);
      return true;
    }
    if (!changed && IsPlainType(made.name) && At(at) == kName && SameLine(i, at) &&
        !OneOf(At(at + 1), {kLParen, kAssign, kDot, kLBrack})) {  // gen int x
      made.type = PlainType(made.name);
      made.name = TextAt(at);
      end = at++;
      changed = true;
    } else if (OneOf(At(at), {kArrow, kFatArrow}) && IsWord(At(at + 1)) && SameLine(i, at + 1)) {
      made.type = PlainType(TextAt(at + 1));
      end = at + 1;
      at += 2;
      changed = true;
    } else if (At(at) == kColon && IsWord(At(at + 1)) && SameLine(i, at + 1)) {
      made.type = TextAt(at + 1);
      end = at + 1;
      at += 2;
    }
    if (TypedLooseOption(i, at, &made, last)) {
      Mend(made, i, i, *last);
      return true;
    }
    size_t open = at;
    if (TextAt(open) == "with") ++open;
    if (SameLine(i, open) && IsOptionList(made, open)) {
      const size_t close = CloserOfBracket(open);
      if (close < end_ && Arguments(open, close, &made)) {
        end = close;
        changed = true;
      }
    }
    if (!changed) return false;
    *last = end;
    Mend(made, i, i, end);
    return true;
  }

  // gen x: "a", "b"; gen x: "a" or "b"
  bool Texts(size_t at, size_t* last) {
    if (At(at) != kColon || !IsTextStart(At(at + 1)) || !SameLine(at, at + 1)) return false;
    size_t end = StringEnd(at + 1);
    Diagnostic* d = nullptr;
    while (end < end_ && (At(end + 1) == kComma || TextAt(end + 1) == "or") &&
           IsTextStart(At(end + 2)) && SameLine(end, end + 2)) {
      d = &Report("one of several texts is the type `\"a\" | \"b\"`", end + 1, "write `|`");
      AddFix(d, tokens_[end].end, tokens_[end + 2].begin, " | ");
      end = StringEnd(end + 2);
    }
    *last = end;
    return d != nullptr && end < end_;
  }

  // gen x with pattern: re"[0-9]+", max: 30
  bool Pattern(size_t i, size_t at, Generation made, size_t* last) {
    size_t with = at;
    if (At(at) == kColon && IsPlainType(TextAt(at + 1)) && PlainType(TextAt(at + 1)) == "string") {
      with = at + 2;
    }
    if (TextAt(with) != "with" || !SameLine(i, with)) return false;
    for (size_t option = with + 1; IsWord(At(option)); option = *last + 2) {
      if (!OneOf(At(option + 1), {kColon, kAssign}) || option + 2 >= end_) return false;
      *last = ExpressionEnd(option + 2);
      if (IsAnyOf(TextAt(option), {"pattern", "regex", "regexp", "re", "matches"})) {
        const std::string pattern = PatternText(option + 2, *last);
        if (pattern.empty()) return false;
        made.type = "string(" + pattern + ")";
      } else if (!Option(TextAt(option), Source(option + 2, *last), &made)) {
        return false;
      }
      if (At(*last + 1) != kComma) break;
    }
    if (made.type.empty()) return false;
    Diagnostic& d =
        Report("a pattern is a part of the type, not an option", i, "write `" + made.Text() + "`");
    Replace(&d, i, *last, made.Text());
    return true;
  }

  // select x from "a", "b"; select x from {"a", "b"}; select x from ("a", "b")
  bool LooseChoices(size_t first, Generation* made, size_t* last) const {
    if (OneOf(At(first), {kLBrace, kLMap, kLParen}) && IsTextStart(At(first + 1))) {
      const size_t close = CloserOfBracket(first);
      const size_t end = StringEnd(first + 1);
      if (close == end_ || end == end_ || At(end + 1) != kComma) return false;
      made->choices = "[" + Source(first + 1, close - 1) + "]";
      *last = close;
      return true;
    }
    if (!IsTextStart(At(first))) return false;
    size_t end = StringEnd(first);
    if (end == end_ || At(end + 1) != kComma) return false;
    while (end != end_ && At(end + 1) == kComma && IsTextStart(At(end + 2))) {
      end = StringEnd(end + 2);
    }
    if (end == end_) return false;
    made->choices = "[" + Source(first, end) + "]";
    *last = end;
    return true;
  }

  // gen x, max: 40; gen x with max 40
  bool LooseOption(size_t i, size_t at, Generation* made, size_t* last) const {
    if (SameLine(i, at) && BareOption(at, made, last)) return true;
    const bool comma = At(at) == kComma;
    if (!SameLine(i, at) || (!comma && TextAt(at) != "with") || !IsWord(At(at + 1))) return false;
    const bool colon = At(at + 2) == kColon;
    if (comma != colon) return false;
    const size_t value = at + (colon ? 3 : 2);
    if (!SameLine(i, value) || !OneOf(At(value), {kInt, kFloat, kStrOpen})) return false;
    *last = ExpressionEnd(value);
    return Option(TextAt(at + 1), Source(value, *last), made);
  }

  // gen x max=3, where no variable has the name of the option
  bool BareOption(size_t at, Generation* made, size_t* last) const {
    const bool option =
        IsAnyOf(TextAt(at), {"max", "min", "stop", "temp", "top_k", "top_p", "seed"}) ||
        !OptionElsewhere(TextAt(at)).empty();
    if (!option || !IsWord(At(at)) || At(at + 1) != kAssign || IsBound(TextAt(at))) return false;
    if (!OneOf(At(at + 2), {kInt, kFloat, kStrOpen}) || !SameLine(at, at + 2)) return false;
    *last = ExpressionEnd(at + 2);
    if (!Option(TextAt(at), Source(at + 2, *last), made)) return false;
    while (At(*last + 1) == kComma && IsWord(At(*last + 2)) && At(*last + 3) == kAssign &&
           SameLine(at, *last + 4)) {
      const size_t next = *last + 2;
      *last = ExpressionEnd(next + 2);
      if (!Option(TextAt(next), Source(next + 2, *last), made)) return false;
    }
    return true;
  }

  // gen x: int(1..5), max: 40, where token `at` stands behind `int`
  bool TypedLooseOption(size_t i, size_t at, Generation* made, size_t* last) const {
    if (made->type.empty() || TextAt(at - 1) != made->type) return false;
    const size_t behind = At(at) == kLParen && Touches(at - 1) ? CloserOfBracket(at) + 1 : at;
    const bool bare = IsWord(At(behind)) && At(behind + 1) == kAssign;
    if (behind >= end_ || (At(behind) != kComma && !bare)) return false;
    const std::string type = Source(at - 1, behind - 1);
    if (!LooseOption(i, behind, made, last)) return false;
    made->type = type;
    return true;
  }

  static bool IsNameText(string_view name) {
    return !name.empty() &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
               "UVWXYZ_0123456789") == string_view::npos &&
           (name[0] < '0' || name[0] > '9');
  }

  // `(` of `string(max: 80)` bounds the type, not the generation.
  bool IsOptionList(const Generation& made, size_t open) const {
    if (!OneOf(At(open), {kLParen, kLBrace, kLMap}) || !IsWord(At(open + 1))) return false;
    if (!OneOf(At(open + 2), {kColon, kAssign})) return false;
    const bool behind_type =
        At(open) == kLParen && !made.type.empty() && TextAt(open - 1) == made.type;
    if (!behind_type) return true;
    // Claim(ids: xs), string(max: 80), and whatever is meant as bounds because options follow.
    const size_t close = CloserOfBracket(open);
    const bool bound = PlainType(made.type) == "string" &&
                       IsAnyOf(TextAt(open + 1), {"min", "max", "grammar", "schema", "lenient"});
    return IsPlainType(made.type) && !bound && (close >= end_ || TextAt(close + 1) != "with");
  }

  // `gen` alone, `gen with max: 3`.
  bool Nameless(size_t i, size_t* last) {
    if (TextAt(i) != "gen") return false;
    Generation made{.name = FreshName()};
    *last = i;
    Mend(made, i, i, i);
    return true;
  }

  // gen("x", max=3) as a statement; `named` is the word in front of the bracket.
  bool Call(size_t i, size_t named, Generation* made, size_t* last) {
    const size_t close = CloserOfBracket(named + 1);
    if (close == end_ || !Arguments(named + 1, close, made)) return false;
    if (made->select && made->choices.empty()) return false;
    if (made->name.empty()) made->name = FreshName();
    *last = close;
    Mend(*made, i, i, close);
    return true;
  }

  // let x = gen(...), x = gen int, return gen(...), assistant(gen("x"))
  bool Value(size_t i, size_t* last) {
    if (i == 0) return false;
    Generation made{.select = TextAt(i) == "select"};
    size_t end = i;
    if (At(i + 1) == kLParen && Touches(i)) {
      end = CloserOfBracket(i + 1);
      if (end == end_ || !Arguments(i + 1, end, &made)) return false;
    } else if (made.select && TextAt(i + 1) == "from" && SameLine(i, i + 1) && i + 2 < end_) {
      end = ExpressionEnd(i + 2);
      made.choices = Source(i + 2, end);
    } else if (!made.select && SameLine(i, i + 1) && IsPlainType(TextAt(i + 1))) {
      made.type = PlainType(TextAt(i + 1));
      end = i + 1;
    }
    if (made.select && made.choices.empty()) return false;
    if (At(i - 1) == kLParen) return RoleCall(i, end, &made, last);
    if (end == i && At(i - 1) != kAssign && TextAt(i + 1) != "with") return false;
    const bool ends = end + 1 >= end_ || tokens_[end + 1].first_on_line ||
                      OneOf(At(end + 1), {kRBrace, kWith}) || TextAt(end + 1) == "with";
    if (!ends) return false;
    return At(i - 1) == kAssign ? Assigned(i, end, &made, last) : Used(i, end, &made, last);
  }

  // let x: T = gen ...
  bool Assigned(size_t i, size_t end, Generation* made, size_t* last) {
    size_t first = i - 2;
    if (i < 2) return false;
    if (!IsWord(At(first)) || (first > 0 && At(first - 1) == kColon)) {  // let x: T =
      while (first > 0 && !tokens_[first].first_on_line && At(first) != kColon) --first;
      if (At(first) != kColon || first == 0) return false;
      if (made->type.empty()) made->type = Source(first + 1, i - 2);
      --first;
    }
    const std::string name(TextAt(first));
    const bool binds = first > 0 && OneOf(At(first - 1), {kLet, kVar});
    if (!binds && (first >= i || !Starts(first))) return false;
    *last = end;
    if (!binds ? IsBound(name) : At(first - 1) == kVar && IsAssignedBehind(name, end)) {
      // A variable stays one: what is generated has a name of its own.
      made->name = FreshName();
      const size_t begin = binds ? first - 1 : first;
      Mend(*made, i, begin, end, "",
           "\n" + std::string(IndentOf(text_, tokens_[i].begin)) + Source(begin, i - 1) + " " +
               made->name);
      return true;
    }
    made->name = name;
    Mend(*made, i, binds ? first - 1 : first, end);
    return true;
  }

  bool IsAssignedBehind(string_view name, size_t i) const {
    for (size_t k = i; k + 1 < end_; ++k) {
      if (TextAt(k) == name && OneOf(At(k + 1), {kAssign, kOpAssign}) && Starts(k)) return true;
    }
    return false;
  }

  // return gen(...)
  bool Used(size_t i, size_t end, Generation* made, size_t* last) {
    if (!IsAnyOf(TextAt(i - 1), {"return", "yield", "emit"}) || !Starts(i - 1)) return false;
    made->name = FreshName();
    const std::string word(TextAt(i - 1));
    *last = end;
    Mend(*made, i, i - 1, end, "",
         "\n" + std::string(IndentOf(text_, tokens_[i].begin)) + word + " " + made->name);
    return true;
  }

  // assistant(gen("x"))
  bool RoleCall(size_t i, size_t end, Generation* made, size_t* last) {
    const bool role = i >= 2 && IsAnyOf(TextAt(i - 2), {"assistant", "user"}) && Starts(i - 2);
    if (!role || At(end + 1) != kRParen) return false;
    if (made->name.empty()) made->name = FreshName();
    *last = end + 1;
    Mend(*made, i, i - 1, end + 1, At(i - 1) == kLParen && Touches(i - 2) ? " " : "");
    return true;
  }

  // Everything between the brackets; false where it makes no sense.
  bool Arguments(size_t open, size_t close, Generation* made) const {
    for (size_t i = open + 1; i < close;) {
      const size_t last = std::min(ArgumentEnd(i, close), close - 1);
      if (!Argument(i, last, made)) return false;
      i = last + 1;
      if (i < close && At(i) != kComma) return false;
      ++i;
    }
    return true;
  }

  bool Argument(size_t first, size_t last, Generation* made) const {
    if (last < first) return false;
    if (IsWord(At(first)) && OneOf(At(first + 1), {kColon, kAssign})) {
      if (first + 2 > last) return false;
      return Option(TextAt(first), Source(first + 2, last), made);
    }
    const std::string quoted = StringEnd(first) == last ? FixedString(first) : "";
    if (!quoted.empty() && made->name.empty() && IsNameText(quoted.substr(1, quoted.size() - 2))) {
      made->name = quoted.substr(1, quoted.size() - 2);
      return true;
    }
    if (made->select && made->choices.empty()) {
      made->choices = Source(first, last);
      return true;
    }
    if (first == last && IsPlainType(TextAt(first)) && made->type.empty()) {
      made->type = PlainType(TextAt(first));
      return true;
    }
    return false;
  }

  bool Option(string_view name, const std::string& value, Generation* made) const {
    if (value == "None" || value == "null") return true;
    if (IsAnyOf(name, {"choices", "options", "from"})) {
      made->select = true;
      made->choices = value;
      return true;
    }
    if (IsAnyOf(name, {"type", "dtype", "as"})) {
      made->type = PlainType(value);
      return true;
    }
    if (name == "name") {
      if (value.size() < 3 || !IsNameText(value.substr(1, value.size() - 2))) return false;
      made->name = value.substr(1, value.size() - 2);
      return true;
    }
    const string_view ours = OptionElsewhere(name);
    made->options += (made->options.empty() ? "" : ", ") + std::string(ours.empty() ? name : ours) +
                     ": " + value;
    return true;
  }

  int fresh_names_ = 0;
};

}  // namespace

std::vector<Diagnostic> FindForeignGenerations(std::string_view text, const Tokens& tokens,
                                               const NameSet& declared) {
  return GenerationFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
