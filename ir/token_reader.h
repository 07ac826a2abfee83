// TokenReader: the tokens of the IR's text form, one after the other, and the first mistake. Inside
// ir only (parse.cc): every function returns false once there is one.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "ir/lex.h"
#include "runtime/base/diagnostic.h"
#include "runtime/base/limits.h"

namespace lmp::ir {

class TokenReader {
 protected:
  TokenReader(std::string_view text, uint32_t source) : lexer_(text), source_(source) {
    current_ = lexer_.Next();
    ahead_ = lexer_.Next();
  }

  void Advance() {
    previous_end_ = current_.end;
    current_ = std::move(ahead_);
    ahead_ = lexer_.Next();
  }
  bool At(std::string_view punct) const {
    return current_.kind == Lexeme::kPunct && current_.text == punct;
  }
  bool AtName(std::string_view name) const {
    return current_.kind == Lexeme::kName && current_.text == name;
  }
  bool AheadIs(std::string_view punct) const {
    return ahead_.kind == Lexeme::kPunct && ahead_.text == punct;
  }
  bool Eat(std::string_view punct) {
    if (!At(punct)) return false;
    Advance();
    return true;
  }
  bool EatName(std::string_view name) {
    if (!AtName(name)) return false;
    Advance();
    return true;
  }
  bool Fail(std::string title, std::string label = "") {
    return FailAt({source_, current_.begin, current_.end}, std::move(title), std::move(label));
  }
  bool FailAt(Span span, std::string title, std::string label = "") {
    if (!mistake_.code.empty()) return false;
    mistake_.code = "E0800";
    mistake_.title = std::move(title);
    mistake_.label = std::move(label);
    mistake_.span = span;
    return false;
  }
  bool FailExpected(std::string_view what) {
    if (current_.kind == Lexeme::kBad) return Fail(current_.text);
    return Fail("expected " + std::string(what),
                current_.kind == Lexeme::kEnd ? "the text ends here" : "");
  }
  bool Expect(std::string_view punct) {
    return Eat(punct) || FailExpected("`" + std::string(punct) + "`");
  }
  bool EnterNesting() {
    if (++depth_ <= kNestingMax) return true;
    return Fail("nested deeper than " + std::to_string(kNestingMax));
  }

  // A plain or a quoted name.
  bool ParseSymbol(std::string* out) {
    if (current_.kind != Lexeme::kName && current_.kind != Lexeme::kString)
      return FailExpected("a name");
    *out = current_.text;
    Advance();
    return true;
  }
  bool ParseInt(int64_t* out) {
    if (current_.kind != Lexeme::kInt) return FailExpected("an integer");
    const char* end = current_.text.data() + current_.text.size();
    if (std::from_chars(current_.text.data(), end, *out).ec != std::errc())
      return Fail("an integer beyond 64 bits");
    Advance();
    return true;
  }
  bool ParseFloat(double* out) {
    if (current_.kind != Lexeme::kFloat && current_.kind != Lexeme::kInt)
      return FailExpected("a number");
    const char* end = current_.text.data() + current_.text.size();
    const auto result = std::from_chars(current_.text.data(), end, *out);
    if (result.ec != std::errc() || !std::isfinite(*out))
      return Fail("a number beyond the range of a float");
    Advance();
    return true;
  }
  bool EatHole(std::string* hole) {
    if (current_.kind != Lexeme::kHole) return false;
    *hole = current_.text.substr(1);
    Advance();
    return true;
  }

  Lexer lexer_;
  uint32_t source_;
  LexToken current_, ahead_;
  uint32_t previous_end_ = 0;
  size_t depth_ = 0;
  Diagnostic mistake_;
};

}  // namespace lmp::ir
