// Text -> tokens. Any bytes of UTF-8 lex: what no rule takes is a kBad token. Pure, any thread.
#pragma once

#include <string_view>

#include "frontend/token.h"

namespace lmp::frontend {

struct Lexed {
  Tokens tokens;    // as the generated lexer sees them; token_filter.h comes next
  Tokens comments;  // `//` to the end of the line, also those inside of `${ }`
};

Lexed Lex(std::string_view text);

}  // namespace lmp::frontend
