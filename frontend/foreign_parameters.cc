// FindUntypedParameters: `fn f(x) {`. Where the body tells what a parameter is, its type is put in;
// where one of a function does not tell, nothing is, and the parser says that a type is missing.
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

constexpr size_t kBodyTokensMax = 2000;  // of a function that is looked through
constexpr size_t kParametersMax = 8;     // without a type

class ParameterFinder : private HabitFinder {
 public:
  ParameterFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i + 3 < end_; ++i) {
      if (At(i) == kFn && IsWord(At(i + 1)) && At(i + 2) == kLParen) Function(i + 2);
    }
    return std::move(found_);
  }

 private:
  void Function(size_t open) {
    const size_t close = CloserOfBracket(open);
    size_t body = close;
    while (body < end_ && At(body) != kLBrace && !tokens_[body].first_on_line) ++body;
    if (body >= end_ || At(body) != kLBrace) return;
    const size_t end = CloserOfBracket(body);
    if (end >= end_ || end - body > kBodyTokensMax) return;
    result_ = At(close + 1) == kArrow && body == close + 3 ? TextAt(close + 2) : "";
    std::vector<std::pair<size_t, string_view>> types;
    for (size_t i = open + 1; i < close; ++i) {
      const size_t last = ArgumentEnd(i, close);
      if (last < i || last >= close) return;
      if (last == i && IsWord(At(i))) {
        const string_view type = TypeIn(TextAt(i), body, end);
        if (type.empty() || types.size() == kParametersMax) return;
        types.emplace_back(i, type);
      }
      i = last + 1;
    }
    for (const auto& [at, type] : types) {
      Diagnostic& d = Report("every parameter has a type", at,
                             "write `" + std::string(TextAt(at)) + ": " + std::string(type) + "`");
      AddFix(&d, tokens_[at].end, tokens_[at].end, ": " + std::string(type));
    }
  }

  // What all uses of the name agree on; "" where one does not tell.
  string_view TypeIn(string_view name, size_t body, size_t end) const {
    string_view type;
    bool used = false;
    for (size_t i = body + 1; i < end; ++i) {
      if (!IsWord(At(i)) || TextAt(i) != name || At(i - 1) == kDot || At(i + 1) == kColon) continue;
      const string_view use = TypeOfUse(i);
      if (use.empty() || (use != "text" && !type.empty() && use != type)) return "";
      if (use != "text") type = use;
      used = true;
    }
    return type.empty() && used ? "string" : type;
  }

  // "text" where any value with a text would do.
  string_view TypeOfUse(size_t i) const {
    const TokenKind before = At(i - 1);
    const TokenKind behind = At(i + 1);
    const bool ends = tokens_[i + 1].first_on_line || OneOf(behind, {kRBrace, kRParen});
    if (OneOf(before, {kStrInterp, kBlockInterp}) && behind == kRBrace) return "text";
    if (OneOf(before, {kOn, kCopy}) && behind == kLBrace) return "context";
    if (before == kIn && behind == kLBrace) return "list<string>";
    if (OneOf(before, {kIf, kNot, kAnd, kOr}) && OneOf(behind, {kLBrace, kAnd, kOr})) return "bool";
    if (ends && (before == kEmit || IsRole(before))) return "text";
    if (before == kLParen && behind == kRParen && i > 1) return ArgumentType(TextAt(i - 2));
    const TokenKind other = IsOperator(behind) ? At(i + 2) : IsOperator(before) ? At(i - 2) : kEof;
    if (other == kInt || OneOf(before, {kRange}) || behind == kRange) return "int";
    if (other == kFloat) return "float";
    if (IsTextStart(other) || other == kStrClose) return "string";
    const bool given = ends && before == kReturn;
    if (!given && other == kEof) return "";
    return tokens_[FirstOnLine(tokens_, i)].kind == kReturn || InOneLineReturn(i) ? ResultType()
                                                                                  : "";
  }

  static bool IsOperator(TokenKind kind) {
    return (kind >= kEqual && kind <= kPercent) && kind != kAssign;
  }
  bool InOneLineReturn(size_t i) const {
    for (size_t back = 1; back < 6 && back < i; ++back) {
      if (At(i - back) == kReturn) return true;
      if (OneOf(At(i - back), {kLBrace, kRBrace})) return false;
    }
    return false;
  }
  string_view ResultType() const {
    return IsAnyOf(result_, {"int", "float", "string", "bool"}) ? result_ : "";
  }
  static string_view ArgumentType(string_view function) {
    if (IsAnyOf(function, {"upper", "lower", "trim", "words", "sentences", "lines"})) {
      return "string";
    }
    return IsAnyOf(function, {"len", "str", "json"}) ? "text" : "";
  }

  string_view result_;  // the result type of the function at hand
};

}  // namespace

std::vector<Diagnostic> FindUntypedParameters(string_view text, const Tokens& tokens,
                                              const NameSet& declared) {
  return ParameterFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
