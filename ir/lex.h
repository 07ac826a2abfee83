// Lexer of the IR's text form: one token of look-ahead and a peek at the one behind it. Inside ir
// only (parse.cc). Never fails: what it does not know is a kBad token, which no rule of the parser
// expects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmp::ir {

enum class Lexeme : uint8_t {
  kEnd,
  kName,    // identifier, dots inside allowed: ctx.open
  kValue,   // %name
  kSymbol,  // @name or @"name"
  kHole,    // $name; text has the $
  kInt,
  kFloat,
  kString,  // text holds the decoded string
  kPunct,   // one of ( ) { } [ ] < > , : = ? . or the two-character -> and ..
  kBad,     // text says what is wrong
};

struct LexToken {
  Lexeme kind = Lexeme::kEnd;
  std::string text;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool starts_line = false;  // first behind a line break or `;`
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  LexToken Next();

 private:
  LexToken Read();
  void SkipBlank();
  LexToken Make(Lexeme kind, size_t begin, std::string text) const;
  LexToken LexString(size_t begin);
  LexToken LexNumber();
  // Decodes the escape at at_ (behind the backslash); false if there is no such escape.
  bool LexEscape(std::string* out);

  std::string_view text_;
  size_t at_ = 0;
  bool starts_line_ = true;
};

}  // namespace lmp::ir
