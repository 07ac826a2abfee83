#include "frontend/token_filter.h"

#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

bool IsLiteralStart(TokenKind kind) {
  return OneOf(kind, {kInt, kFloat, kDuration, kRegex, kRawStr, kRawBlock, kStrOpen, kBlockOpen});
}

// Words after which a name is introduced or named.
bool IntroducesName(TokenKind kind) {
  return OneOf(kind,
               {kDot,  kAt, kArrow,  kPipe,  kLet,  kVar,    kGen,  kSelect, kFor,    kFork, kMock,
                kCopy, kAs, kImport, kConst, kType, kRecord, kEnum, kTool,   kCorpus, kFn});
}

// `{` behind these holds `key: value` pairs; behind everything else, statements or members.
bool OpensMap(TokenKind before, TokenKind before_that) {
  if (before == kElse) return before_that != kRBrace;
  return OneOf(before,
               {kConfig,   kAssign,    kLParen,  kLBrack,       kComma,     kColon,      kReturn,
                kYield,    kEmit,      kCheck,   kInsert,       kIn,        kFrom,       kLimit,
                kQuestion, kNot,       kAnd,     kOr,           kIf,        kMatch,      kPlus,
                kMinus,    kStar,      kSlash,   kPercent,      kRange,     kEqual,      kNotEqual,
                kLess,     kLessEqual, kGreater, kGreaterEqual, kStrInterp, kBlockInterp});
}

class Filter {
 public:
  explicit Filter(Tokens* tokens) : tokens_(*tokens) { open_.push_back({kLBrace}); }

  void Run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].kind == kBadNumber) tokens_[i].kind = kInt;  // reported where it is read
      Look(i);
      LeaveType(i);
      if (IsReserved(tokens_[i].kind) && IsName(i)) tokens_[i].kind = kName;
      if (tokens_[i].kind == kLBrace && !ended_ && !open_.back().result &&
          OpensMap(before_, before_that_)) {
        tokens_[i].kind = kLMap;
      }
      if (ended_ && !in_bracket_ && i > 0 && tokens_[i].first_on_line) EndLine(&tokens_[i]);
      TrackBrackets(i);
    }
  }

 private:
  // One open bracket; the first stands for the file.
  struct Open {
    TokenKind by = kNone;  // kEnum for the body of an enum
    bool header = false;   // between `if`, `for`, ... and its `{`
    bool loop = false;     // that word is `while`
    bool result = false;   // between `->` and the body or `=`
    bool type = false;     // inside the type of a `gen` or a `type` declaration
    bool tried = false;    // between the `try` of an expression and what its `else` gives
  };

  TokenKind At(size_t i) const { return i < tokens_.size() ? tokens_[i].kind : kEof; }
  bool WordAt(size_t i) const { return IsWord(At(i)); }
  // At a `fork`: `x in` follows.
  bool ForkLike(size_t i) const { return WordAt(i + 1) && At(i + 2) == kIn; }

  // What stands around token i.
  void Look(size_t i) {
    before_ = i > 0 ? At(i - 1) : kEof;
    before_that_ = i > 1 ? At(i - 2) : kEof;
    next_ = At(i + 1);
    const Open& top = open_.back();
    in_bracket_ = top.by != kLBrace;
    enum_body_ = top.by == kEnum;
    ended_ = EndsOperand(before_) || (top.type && OneOf(before_, {kGreater, kQuestion}));
    fresh_ = i == 0 || OneOf(before_, {kLBrace, kFatArrow, kBreak, kContinue});
  }

  void LeaveType(size_t i) {
    const TokenKind kind = At(i);
    Open& top = open_.back();
    if (top.type && ended_ && (IsWord(kind) || kind == kStrOpen) && kind != kIn) top.type = false;
  }

  // The word behind token i continues the expression or statement, so it is no operand.
  bool ClauseFollows(size_t i) const {
    switch (next_) {
      case kWith:
        return WordAt(i + 2) && At(i + 3) == kColon;
      case kFor:
        return ForkLike(i + 1);
      case kLimit:
        return open_.back().loop && !OneOf(At(i + 2), {kLimit, kLBrace});
      case kElse:
      case kAnd:
      case kOr:
      case kIn:
        return At(i + 2) != kElse;
      default:
        return false;
    }
  }

  // An operand starts right behind token i, on its line.
  bool OperandFollows(size_t i) const {
    if (i + 1 >= tokens_.size() || (!in_bracket_ && tokens_[i + 1].line != tokens_[i].line)) {
      return false;
    }
    return WordAt(i + 1) ? !ClauseFollows(i) : next_ == kLParen || IsLiteralStart(next_);
  }

  // `not [1] == xs` and `not -1 == n`, but `not[0]` and `not - 1` of a name `not`: the spaces tell.
  bool SignFollows(size_t i) const {
    if (!OneOf(next_, {kLBrack, kMinus}) || tokens_[i].end == tokens_[i + 1].begin) return false;
    if (next_ == kLBrack) return true;
    return i + 2 < tokens_.size() && tokens_[i + 1].end == tokens_[i + 2].begin;
  }

  bool IsName(size_t i) const {
    const TokenKind kind = At(i);
    const bool binding_arm =
        next_ == kLParen && WordAt(i + 2) && At(i + 3) == kRParen && At(i + 4) == kFatArrow;
    if (kind == kElse && next_ == kFatArrow && before_ != kDot && !enum_body_) return false;
    if (enum_body_ || binding_arm || OneOf(next_, {kColon, kAssign, kDot, kFatArrow, kPipe})) {
      return true;
    }
    if (IntroducesName(before_)) return true;
    if (before_ == kOn) return !(kind == kCopy && WordAt(i + 1));
    if (kind == kCopy) return true;
    if (IsItemWord(kind)) return open_.size() > 1 || !(ended_ || fresh_);
    if (ended_ || fresh_) return IsNameBehindOperand(i);
    return !IsForgottenOperand(i) && IsNameAsOperand(i);
  }

  // An operand has ended, or a statement must start: an operator, a clause or a statement word.
  bool IsNameBehindOperand(size_t i) const {
    switch (At(i)) {
      case kFork:
        return !ForkLike(i);
      case kContext:
        return true;
      case kLimit:
        return !open_.back().loop;
      case kNot:
        return fresh_ || next_ != kIn;
      case kGen:
      case kSelect:
        return !WordAt(i + 1);
      case kAs:
      case kFrom:
      case kWith:
      case kAnd:
      case kOr:
      case kIn:
      case kElse:
        return fresh_;
      default:
        return false;
    }
  }

  // `let x =` and on the next line `return y`: the value was forgotten, `return` is no name.
  bool IsForgottenOperand(size_t i) const {
    return tokens_[i].first_on_line && !in_bracket_ && IsStatementWord(At(i)) && !IsRole(before_) &&
           At(i) != kTry && OperandFollows(i);
  }

  // An operand must stand at i.
  bool IsNameAsOperand(size_t i) const {
    switch (At(i)) {
      case kContext:
        return next_ != kLBrace || open_.back().header ||
               (before_ == kElse && before_that_ == kRBrace && !open_.back().tried);
      case kFork:
        return !ForkLike(i);
      case kNot:
      case kTry:
        return !OperandFollows(i) && !SignFollows(i);
      case kIf:
        return !(before_ == kElse && before_that_ == kRBrace && next_ != kLBrace);
      case kWith:
        // `try with else x` tries a name.
        return !(before_ == kTry && next_ != kElse &&
                 (WordAt(i + 1) || OneOf(next_, {kLBrace, kInt})));
      case kIn:
        return before_ != kNot;
      case kLimit:
        if (before_ != kWhile || next_ == kLBrace) return true;
        if (!WordAt(i + 1)) return !OperandFollows(i);
        return At(i + 2) != kLBrace && OneOf(next_, {kAnd, kOr, kIn, kNot, kLimit});
      case kGen:
        return !(IsRole(before_) && OperandFollows(i));
      case kInsert:
        return !(IsRole(before_) && (OperandFollows(i) || (next_ == kLBrack && SignFollows(i))));
      case kSelect:
        return !(IsRole(before_) && WordAt(i + 1) && At(i + 2) == kFrom);
      default:
        return true;
    }
  }

  static void EndLine(Token* token) {
    if (token->kind == kMinus) token->kind = kLineMinus;
    if (token->kind == kLParen) token->kind = kLineLParen;
    if (token->kind == kLBrack) token->kind = kLineLBrack;
  }

  void TrackBrackets(size_t i) {
    const TokenKind kind = At(i);
    Open& top = open_.back();
    // `try x else y` has no block that its head would end at.
    const bool try_with = kind == kTry && next_ == kWith && At(i + 2) != kElse;
    if (before_ == kElse) top.tried = false;
    if (kind == kTry && !try_with && next_ != kLBrace) top.tried = true;
    if (try_with || OneOf(kind, {kIf, kFor, kWhile, kMatch, kFork})) {
      top.header = true;
      top.loop = kind == kWhile;
    }
    if (before_ == kName &&
        ((kind == kColon && before_that_ == kGen) || (kind == kAssign && before_that_ == kType))) {
      top.type = true;
    }
    if (OneOf(kind, {kArrow, kAssign})) top.result = kind == kArrow;
    if (IsOpener(kind)) {
      if (kind == kLBrace || kind == kLMap) top.header = top.loop = top.result = false;
      const bool brace = kind == kLBrace || kind == kLMap;
      open_.push_back({brace ? (before_that_ == kEnum ? kEnum : kLBrace) : kind});
    } else if (IsCloser(kind) && open_.size() > 1) {
      open_.pop_back();
    }
  }

  Tokens& tokens_;
  std::vector<Open> open_;
  TokenKind before_ = kEof;
  TokenKind before_that_ = kEof;
  TokenKind next_ = kEof;
  bool in_bracket_ = false;
  bool enum_body_ = false;
  bool ended_ = false;
  bool fresh_ = false;
};

// A token that goes on with the expression before it.
bool Continues(TokenKind kind) {
  return OneOf(kind, {kAnd, kOr, kNot, kIn, kElse, kWith, kFor, kIf, kLimit, kAs, kFrom}) ||
         (!IsWord(kind) && !IsLiteralStart(kind) && kind != kAt);
}

bool IsPrefix(TokenKind kind, TokenKind before, TokenKind before_that) {
  switch (kind) {
    case kNot:
    case kTry:
    case kQuestion:
    case kBang:
      return true;
    case kMinus:
      return !EndsOperand(before);
    case kIf:
      return before == kElse;
    case kLess:
      return IsWord(before) && before_that == kLess;
    default:
      return false;
  }
}

}  // namespace

std::optional<size_t> FindTooDeep(const Tokens& tokens) {
  std::vector<size_t> outside;  // per open bracket, the depth outside of it
  size_t depth = 0;
  size_t bracket_depth = 0;  // the depth right inside the innermost bracket
  for (size_t i = 0; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    const TokenKind before = i > 0 ? tokens[i - 1].kind : kEof;
    const TokenKind before_that = i > 1 ? tokens[i - 2].kind : kEof;
    if (IsOpener(kind)) {
      outside.push_back(depth);
      bracket_depth = ++depth;
    } else if (IsCloser(kind) && !outside.empty()) {
      depth = outside.back();
      outside.pop_back();
      bracket_depth = outside.empty() ? 0 : outside.back() + 1;
    } else {
      if (kind == kComma || (EndsOperand(before) && !Continues(kind))) depth = bracket_depth;
      if (IsPrefix(kind, before, before_that)) ++depth;
    }
    if (depth > kNestingMax) return i;
  }
  return std::nullopt;
}

void FilterTokens(Tokens* tokens) { Filter(tokens).Run(); }

}  // namespace lmp::frontend
