// FindForeignTypes: types in the form of other languages (`List[str]`, `string[]`, `Vec<i32>`,
// `string | null`, `&str`, `int x`), and result types without `->`. A whole type is rewritten at
// once, with the names inside.
#include <optional>

#include "frontend/elsewhere.h"
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

constexpr string_view kLanguageTypes[] = {"string", "int", "float", "bool", "list", "context"};

bool IsTypeName(string_view name) {
  return std::find(std::begin(kLanguageTypes), std::end(kLanguageTypes), name) !=
             std::end(kLanguageTypes) ||
         !TypeElsewhere(name).empty();
}

// A type read from tokens, as LMP writes it.
struct Read {
  size_t end = 0;  // behind its last token
  std::string text = {};
  bool foreign = false;   // something of it is no LMP
  bool optional = false;  // ... namely how it says that null belongs to it
  bool nameless = false;  // a map or a tuple, for which LMP has no type
  bool bounded = false;   // its bounds stand in other brackets, or alone
};

class TypeFinder : private Phrase {
 public:
  TypeFinder(string_view text, const Tokens& tokens) : Phrase(text, tokens, 0, tokens.size()) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      if (ResultType(&i) || TypeFirst(&i) || NoResult(i) || ChoiceInBrackets(i) ||
          BoundsOfText(i) || UnionWords(i)) {
        continue;
      }
      UntypedFields(i);
      if (!IsTypePosition(i)) continue;
      const auto type = ReadType(i, 0);
      if (!type || !type->foreign) continue;
      ReportType(i, *type);
      i = type->end - 1;
    }
    return std::move(found_);
  }

 private:
  static constexpr int kDepthMax = 32;  // of types in types; deeper ones are left to the parser

  bool IsTypePosition(size_t i) const {
    if (i == 0) return false;
    if (At(i - 1) == kArrow) return true;
    if (At(i - 1) != kColon || i < 3 || !IsWord(At(i - 2))) return false;
    if (OneOf(At(i - 3), {kLet, kVar, kGen, kConst})) return true;
    if (!OneOf(At(i - 3), {kLParen, kComma, kLBrace}) && !tokens_[i - 2].first_on_line) {
      return false;
    }
    const size_t open = Opener(i - 1);
    if (open == end_ || open < 2) return false;
    return At(open - 2) == (At(open) == kLBrace ? kRecord : kFn) || At(open - 2) == kRecord ||
           At(open - 2) == kTool;
  }

  std::optional<Read> ReadType(size_t i, int depth) const {
    if (depth > kDepthMax) return std::nullopt;
    auto type = ReadPrimary(i, depth);
    if (!type) return std::nullopt;
    while (true) {
      const size_t at = type->end;
      if (OneOf(At(at), {kLBrack, kLineLBrack}) && At(at + 1) == kRBrack) {  // T[]
        type->text = "list<" + type->text + ">";
        type->foreign = true;
        type->optional = false;
        type->end += 2;
      } else if (At(at) == kQuestion) {
        MakeOptional(&*type);
        ++type->end;
      } else if (At(at) == kPipe && IsWord(At(at + 1)) &&
                 (TextAt(at + 1) == "null" || !ConstantElsewhere(TextAt(at + 1)).empty())) {
        MakeOptional(&*type);
        type->foreign = type->optional = true;
        type->end += 2;
      } else {
        return type;
      }
    }
  }

  static void MakeOptional(Read* type) {
    if (!type->text.ends_with("?")) type->text += "?";
  }

  std::optional<Read> ReadPrimary(size_t i, int depth) const {
    if (At(i) == kBad && TextAt(i) == "&") {  // &str, &mut T
      auto type = ReadType(i + (TextAt(i + 1) == "mut" ? 2 : 1), depth + 1);
      if (type) type->foreign = true;
      return type;
    }
    if (OneOf(At(i), {kLBrack, kLineLBrack})) return ReadBracketed(i, depth);
    if (At(i) == kInt && At(i + 1) == kRange && At(i + 2) == kInt) {  // 1..3
      return Read{
          .end = i + 3, .text = "int(" + Source(i, i + 2) + ")", .foreign = true, .bounded = true};
    }
    if (!IsWord(At(i))) return std::nullopt;
    const string_view name = TextAt(i);
    const string_view ours = TypeElsewhere(name);
    if (At(i + 1) == kLBrack && OneOf(At(i + 2), {kInt, kFloat}) && IsTypeName(name)) {
      const size_t close = CloserOfBracket(i + 1);  // int[1..3]
      if (close == end_) return std::nullopt;
      return Read{
          .end = close + 1,
          .text = std::string(ours.empty() ? name : ours) + "(" + Source(i + 2, close - 1) + ")",
          .foreign = true,
          .bounded = true};
    }
    if (OneOf(At(i + 1), {kLess, kLBrack}) && At(i + 2) != kRBrack) return ReadGeneric(i, depth);
    Read type{.end = i + 1, .text = std::string(ours.empty() ? name : ours)};
    if (At(i + 1) == kLParen && SameLine(i, i + 1)) {  // bounds, as they are
      const size_t close = CloserOfBracket(i + 1);
      if (close == end_) return std::nullopt;
      type.text += Source(i + 1, close);
      type.end = close + 1;
    }
    return type;
  }

  // []T and [T]
  std::optional<Read> ReadBracketed(size_t i, int depth) const {
    const bool empty = At(i + 1) == kRBrack;
    auto item = ReadType(i + (empty ? 2 : 1), depth + 1);
    if (!item || (!empty && At(item->end) != kRBrack)) return std::nullopt;
    return Read{.end = item->end + (empty ? 0 : 1),
                .text = "list<" + item->text + ">",
                .foreign = true,
                .nameless = item->nameless};
  }

  // List[T], Vec<T>, Optional[T], dict[K, V]
  std::optional<Read> ReadGeneric(size_t i, int depth) const {
    const string_view name = TextAt(i);
    const bool angles = At(i + 1) == kLess;
    Read type{.foreign = !angles || name != "list"};
    std::vector<Read> items;
    for (size_t at = i + 2;; ++at) {
      auto item = ReadType(at, depth + 1);
      if (!item) return std::nullopt;
      at = item->end;
      items.push_back(std::move(*item));
      if (At(at) == kComma) continue;
      if (At(at) != (angles ? kGreater : kRBrack)) return std::nullopt;
      type.end = at + 1;
      break;
    }
    if (angles && name == "list") type.foreign = items.front().foreign;
    type.nameless = items.front().nameless;
    if (items.size() == 1 && IsListElsewhere(name)) {
      type.text = "list<" + items.front().text + ">";
      if (At(type.end) == kLParen && SameLine(i, type.end)) {
        const size_t close = CloserOfBracket(type.end);
        if (close == end_) return std::nullopt;
        type.text += Source(type.end, close);
        type.end = close + 1;
      }
      return type;
    }
    if (items.size() == 1 && IsOptionalElsewhere(name)) {
      type.text = items.front().text;
      type.optional = true;
      MakeOptional(&type);
      return type;
    }
    // `dict<K, V>` parses, and the checker knows what to say.
    if (angles) return std::nullopt;
    type.text = name;
    type.nameless = true;
    return type;
  }

  void ReportType(size_t i, const Read& type) {
    if (type.nameless) {
      // The checker reports the name; without its brackets the parser gets past it.
      Diagnostic silent;
      Replace(&silent, i, type.end - 1, type.text);
      found_.push_back(std::move(silent));
      return;
    }
    const bool list = type.text.starts_with("list<") && !type.optional;
    Diagnostic& d = Report(type.bounded    ? "the bounds of a type stand in `( )`"
                           : type.optional ? "a type with `null` is written `T?`"
                           : list          ? "a list type is written `list<T>`"
                                           : "a type is written by its name alone",
                           i, "write `" + type.text + "`");
    if (d.fixes.empty()) d.span.end = tokens_[type.end - 1].end;
    Replace(&d, i, type.end - 1, type.text);
  }

  // fn f(): T {, fn f() => T {, fn f() T {
  bool ResultType(size_t* i) {
    if (TextAt(*i) != "fn" || !IsWord(At(*i + 1)) || At(*i + 2) != kLParen) return false;
    const size_t close = CloserOfBracket(*i + 2);
    if (close >= end_ || At(close + 1) == kArrow) return false;
    const bool sign = OneOf(At(close + 1), {kColon, kFatArrow});
    const size_t first = close + (sign ? 2 : 1);
    if (first >= end_ || tokens_[first].first_on_line) return false;
    const auto type = ReadType(first, 0);
    const bool body = type && (At(type->end) == kLBrace || At(type->end) == kLMap ||
                               (sign && At(type->end) == kColon));
    if (!body) return false;
    Diagnostic& d = Report("a result type stands behind `->`", first - (sign ? 1 : 0),
                           "write `-> " + type->text + "`");
    AddFix(&d, tokens_[close].end, tokens_[type->foreign ? type->end - 1 : first - 1].end,
           " ->" + (type->foreign ? " " + type->text
                    : sign        ? ""
                                  : " "));
    if (!sign && !type->foreign) {
      // Only the arrow is put in; the blank behind `)` stays in front of the type.
      d.fixes.back() = {{0, tokens_[first].begin, tokens_[first].begin}, "-> "};
    }
    return false;  // parameters are still to be looked at
  }

  // fn f() -> () {
  bool NoResult(size_t i) {
    if (At(i) != kArrow || At(i + 1) != kLParen || At(i + 2) != kRParen) return false;
    if (!OneOf(At(i + 3), {kLBrace, kLMap})) return false;
    Diagnostic& d = Report("a function without result has no result type", i, "remove `-> ()`");
    Replace(&d, i, i + 2, "");
    return true;
  }

  // type U = A or B
  bool UnionWords(size_t i) {
    if (At(i) != kType || At(i + 2) != kAssign) return false;
    Diagnostic* d = nullptr;
    for (size_t j = i + 3; j < end_ && tokens_[j].line == tokens_[i].line; ++j) {
      if (!OneOf(At(j), {kOr, kSlash})) continue;
      if (d == nullptr) d = &Report("one of several types is written `A | B`", j, "write `|`");
      Replace(d, j, j, "|");
    }
    return d != nullptr;
  }

  // string(in xs)
  bool ChoiceInBrackets(size_t i) {
    if (At(i) != kLParen || i == 0 || TextAt(i + 1) != "in" || !IsWord(At(i + 2))) return false;
    const std::string_view ours = TypeElsewhere(TextAt(i - 1));
    if ((ours.empty() ? TextAt(i - 1) : ours) != "string" || At(i + 3) != kRParen) return false;
    const std::string made = "string in " + std::string(TextAt(i + 2));
    Diagnostic& d =
        Report("one text of a list is the type `string in xs`", i + 1, "write `" + made + "`");
    Replace(&d, i - 1, i + 3, made);
    return true;
  }

  // gen x: re"[0-9]+", string(pattern: "[0-9]+"), string("[0-9]+"), string(max_length: 80)
  bool BoundsOfText(size_t i) {
    if (!IsTypePosition(i)) return false;
    if (At(i) == kRegex) return WritePattern(i, i, TextAt(i));
    const std::string_view ours = TypeElsewhere(TextAt(i));
    if ((ours.empty() ? TextAt(i) : ours) != "string" || At(i + 1) != kLParen) return false;
    const size_t close = CloserOfBracket(i + 1);
    if (close >= end_ || close < i + 3) return false;
    const bool named = IsWord(At(i + 2)) && OneOf(At(i + 3), {kColon, kAssign});
    const size_t value = i + (named ? 4 : 2);
    if (named ? IsAnyOf(TextAt(i + 2), {"pattern", "regex", "regexp", "format", "matches", "re"})
              : IsTextStart(At(value)) &&
                    Source(value, close - 1).find_first_of("[]()*+?{}|^\\") != std::string::npos) {
      const std::string pattern = PatternText(value, close - 1);
      return !pattern.empty() && !(named && TextAt(i + 2) == "re") &&
             WritePattern(i, close, pattern);
    }
    return LengthNames(i + 2, close);
  }

  bool WritePattern(size_t first, size_t last, std::string_view pattern) {
    const std::string made = "string(" + std::string(pattern) + ")";
    Diagnostic& d = Report("text that matches a pattern is the type `string(re\"...\")`", first,
                           "write `" + made + "`");
    if (d.fixes.empty()) d.span.end = tokens_[last].end;
    Replace(&d, first, last, made);
    return true;
  }

  // Bounds under the names that JSON Schema and others give them, which count characters, too.
  bool LengthNames(size_t first, size_t close) {
    bool found = false;
    for (size_t k = first; k < close; k = ArgumentEnd(k, close) + 2) {
      const bool most = IsAnyOf(TextAt(k), {"max_length", "maxLength", "max_len", "maxlen",
                                            "maxLen", "max_chars", "maximum"});
      const bool least = IsAnyOf(TextAt(k), {"min_length", "minLength", "min_len", "minlen",
                                             "minLen", "min_chars", "minimum"});
      if ((!most && !least) || !OneOf(At(k + 1), {kColon, kAssign})) continue;
      Diagnostic& d = Report("a string is bounded as `string(max: 80)`, in characters", k,
                             most ? "write `max: ...`" : "write `min: ...`");
      Replace(&d, k, k + 1, most ? "max:" : "min:");
      found = true;
    }
    return found;
  }

  // record R { a b }: their types are the user's to say.
  void UntypedFields(size_t i) {
    if (At(i) != kRecord || !IsWord(At(i + 1)) || At(i + 2) != kLBrace) return;
    const size_t close = CloserOfBracket(i + 2);
    if (close >= end_ || close == i + 3) return;
    for (size_t k = i + 3; k < close; ++k) {
      if ((At(k) != kName && At(k) != kComma) || IsTypeName(TextAt(k))) return;
    }
    Report("every field has a type", i + 3, "write `" + std::string(TextAt(i + 3)) + ": string`");
    PassOver(i + 3, close - 1, "untyped: string");
  }

  // f(int x), record R { int x }
  bool TypeFirst(size_t* i) {
    const size_t at = *i;
    if (!IsWord(At(at)) || !IsWord(At(at + 1)) || at < 3 || !SameLine(at, at + 1)) return false;
    if (!IsTypeName(TextAt(at)) || At(at + 1) == kIn) return false;
    if (!OneOf(At(at + 2), {kComma, kRParen, kAssign, kRBrace, kSemi}) &&
        !(at + 2 < end_ && tokens_[at + 2].first_on_line)) {
      return false;
    }
    const bool first =
        OneOf(At(at - 1), {kLParen, kLBrace, kComma, kSemi}) || tokens_[at].first_on_line;
    const size_t open = Opener(at - 1);
    if (!first || open == end_ || open < 2) return false;
    if (At(open - 2) != (At(open) == kLParen ? kFn : kRecord) || At(open) == kLBrack) return false;
    const std::string mended =
        std::string(TextAt(at + 1)) + ": " +
        std::string(TypeElsewhere(TextAt(at)).empty() ? TextAt(at) : TypeElsewhere(TextAt(at)));
    Diagnostic& d = Report("the name stands in front of its type", at, "write `" + mended + "`");
    Replace(&d, at, at + 1, mended);
    *i = at + 1;
    return true;
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignTypes(std::string_view text, const Tokens& tokens) {
  return TypeFinder(text, tokens).Run();
}

}  // namespace lmp::frontend
