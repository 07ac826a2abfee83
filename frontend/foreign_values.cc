// FindForeignValues: expressions in the word order of other languages: `a if c else b`, also in
// brackets, in calls, in `${}` and in chains; `len xs` for `len(xs)`.
#include <algorithm>
#include <optional>

#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class ValueFinder : private HabitFinder {
 public:
  ValueFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    Choices();
    for (size_t i = 0; i < end_; ++i) Juxtaposed(i);
    return std::move(found_);
  }

 private:
  // ---- a if c else b ----

  // Of `value if condition else other`.
  struct Choice {
    size_t value = 0;  // its first token
    size_t word_if = 0;
    size_t word_else = 0;
    bool lines = false;      // a line break ends it
    bool statement = false;  // it stands alone in a message
  };

  bool StartsOperand(size_t i) const {
    return i < end_ && (IsWord(At(i)) || IsTextStart(At(i)) ||
                        OneOf(At(i), {kInt, kFloat, kLParen, kLBrack, kLMap, kMinus}));
  }
  // Line breaks mean something where the innermost bracket is a brace.
  bool InBraces(size_t i) const {
    const size_t open = Opener(i);
    return open == end_ || OneOf(At(open), {kLBrace, kLMap});
  }

  std::optional<Choice> ChoiceAt(size_t i) const {
    if (At(i) != kIf || i == 0 || !EndsOperand(At(i - 1)) || At(i - 1) == kRBrace) {
      return std::nullopt;
    }
    Choice choice{.word_if = i, .lines = InBraces(i - 1)};
    if (choice.lines && tokens_[i].first_on_line) return std::nullopt;
    if (!FindElse(&choice) || !FindValue(&choice)) return std::nullopt;
    return choice;
  }

  // The `else` of the same depth; a `{` before it makes this an `if` statement.
  bool FindElse(Choice* choice) const {
    size_t tries = 0;
    for (size_t k = choice->word_if + 1; k < end_; ++k) {
      if (choice->lines && tokens_[k].first_on_line) return false;
      if (OneOf(At(k), {kLBrace, kLMap, kIf, kFor, kComma}) || IsCloser(At(k))) return false;
      if (At(k) == kTry) ++tries;
      if (At(k) == kElse && tries-- == 0) {
        choice->word_else = k;
        return k > choice->word_if + 1 && StartsOperand(k + 1) && At(k + 1) != kIf &&
               !(choice->lines && tokens_[k + 1].first_on_line);
      }
      k = Skip(k);
    }
    return false;
  }

  // Behind a bracket or a string that opens at token k; k for anything else.
  size_t Skip(size_t k) const {
    if (IsOpener(At(k))) return CloserOfBracket(k);
    return OneOf(At(k), {kStrOpen, kBlockOpen}) ? StringEnd(k) : k;
  }

  bool FindValue(Choice* choice) const {
    size_t first = choice->word_if;
    while (true) {
      const size_t operand = OperandBegin(first - 1);
      if (operand >= first) return false;
      first = operand;
      if (first == 0) return false;
      if (OneOf(At(first - 1), {kMinus, kNot})) --first;  // a sign
      if (first == 0) return false;
      const TokenKind before = At(first - 1);
      if (choice->lines && tokens_[first].first_on_line) break;
      const bool joins = (before >= kEqual && before <= kPercent && before != kAssign) ||
                         OneOf(before, {kAnd, kOr, kIn, kRange});
      if (!joins || first < 2) break;
      --first;
    }
    choice->value = first;
    const TokenKind before = At(first - 1);
    const size_t open = Opener(first - 1);
    const bool alone = OneOf(before, {kLBrace, kRBrace, kStrClose, kBlockClose}) ||
                       (choice->lines && tokens_[first].first_on_line);
    if (alone) {
      choice->statement = IsTextStart(At(first)) && open < end_ && open > 0 && IsRole(At(open - 1));
      return choice->statement;
    }
    return OneOf(before, {kAssign, kReturn, kYield, kEmit, kComma, kColon, kElse, kCheck}) ||
           IsRole(before) || IsOpener(before);
  }

  // The last token of `other`.
  size_t LastOf(const Choice& choice) const {
    const size_t first = choice.word_else + 1;
    size_t last = first;
    for (size_t k = first; k < end_; ++k) {
      if (k > first && choice.lines && tokens_[k].first_on_line) break;
      const bool follows = IsStatementWord(At(k)) && At(k) != kIf;
      if (IsCloser(At(k)) || OneOf(At(k), {kComma, kFor, kWith}) || follows) break;
      k = Skip(k);
      if (k >= end_) return end_ - 1;
      last = k;
    }
    return last;
  }

  // The changes that mend every choice among the tokens. One in a condition changes the text that
  // moves, so it is mended first.
  void ChoiceFixes(size_t first, size_t last, Diagnostic* d) const {
    for (size_t i = first; i <= last; ++i) {
      const auto choice = ChoiceAt(i);
      if (!choice || choice->value < first) continue;
      const std::string condition = Mended(i + 1, choice->word_else - 1);
      const std::string quote = choice->statement ? "\"${" : "";
      AddFix(d, tokens_[choice->value].begin, tokens_[choice->value].begin,
             quote + condition + " ? ");
      AddFix(d, tokens_[i].begin, tokens_[choice->word_else].end, ":");
      if (choice->statement) {
        const uint32_t end = tokens_[LastOf(*choice)].end;
        AddFix(d, end, end, "}\"");
      }
      i = choice->word_else;
    }
  }

  std::string Mended(size_t first, size_t last) const {
    Diagnostic d;
    ChoiceFixes(first, last, &d);
    std::stable_sort(d.fixes.begin(), d.fixes.end(),
                     [](const Fix& a, const Fix& b) { return a.span.begin < b.span.begin; });
    std::string made;
    size_t at = tokens_[first].begin;
    for (const Fix& fix : d.fixes) {
      made += text_.substr(at, fix.span.begin - at);
      made += fix.replacement;
      at = fix.span.end;
    }
    return made + std::string(text_.substr(at, tokens_[last].end - at));
  }

  void Choices() {
    for (size_t i = 0; i < end_; ++i) {
      const auto choice = ChoiceAt(i);
      if (!choice) continue;
      Diagnostic& d = Report("a choice between two values is written `condition ? a : b`", i,
                             "write `" + Mended(choice->value, LastOf(*choice)) + "`");
      ChoiceFixes(0, end_ - 1, &d);
      return;
    }
  }

  // ---- len xs ----

  void Juxtaposed(size_t i) {
    if (i == 0 || !IsForeign(i) || !IsPlainFunction(TextAt(i))) return;
    if (At(i + 1) != kName || !SameLine(i, i + 1) || tokens_[i].first_on_line) return;
    const size_t open = Opener(i);
    if (open != end_ && open >= 2 && At(open - 2) == kEnum) return;
    const bool operand = OneOf(
        At(i - 1), {kAssign, kReturn, kYield, kEmit, kComma, kLParen, kStrInterp, kBlockInterp,
                    kPlus, kEqual, kLess, kGreater, kRange, kIf, kWhile, kAnd, kOr, kNot});
    if (!operand || OneOf(At(i + 2), {kAssign, kLParen, kColon})) return;
    size_t last = i + 1;
    while (At(last + 1) == kDot && IsWord(At(last + 2))) last += 2;
    const std::string made = std::string(TextAt(i)) + "(" + Source(i + 1, last) + ")";
    Diagnostic& d = Report("a function is called with `( )`", i, "write `" + made + "`");
    AddFix(&d, tokens_[i].end, tokens_[i + 1].begin, "(");
    AddFix(&d, tokens_[last].end, tokens_[last].end, ")");
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignValues(std::string_view text, const Tokens& tokens,
                                          const NameSet& declared) {
  return ValueFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
