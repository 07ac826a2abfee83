#include "frontend/lex.h"

#include <LmpLexer.h>
#include <antlr4-runtime.h>

#include <algorithm>
#include <memory>

namespace lmp::frontend {
namespace {

using grammar::LmpLexer;

#define LMP_TOKEN(enumerator, grammar_name, spelling) \
  static_assert(static_cast<size_t>(TokenKind::enumerator) == LmpLexer::grammar_name);
#include "frontend/token.def"

// Decodes once, so that the byte of every code point is known.
class TextStream : public antlr4::ANTLRInputStream {
 public:
  explicit TextStream(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      bytes_.push_back(static_cast<uint32_t>(i));
      const auto lead = static_cast<unsigned char>(text[i]);
      const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
      for (size_t k = 1; k < length; ++k)
        c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3f);
      _data.push_back(c);
      i += length;
    }
    if (!_data.empty() && _data[0] == 0xfeff) _data[0] = ' ';  // a byte order mark
    bytes_.push_back(static_cast<uint32_t>(text.size()));
    p = 0;
  }
  uint32_t ByteOf(size_t code_point) const {
    return bytes_[std::min(code_point, bytes_.size() - 1)];
  }

 private:
  std::vector<uint32_t> bytes_;
};

}  // namespace

Lexed Lex(std::string_view text) {
  TextStream stream(text);
  LmpLexer lexer(&stream);
  lexer.removeErrorListeners();
  Lexed result;
  uint32_t line = 1;
  uint32_t seen = 0;  // bytes whose line breaks are counted
  uint32_t last_line = 0;
  const auto line_at = [&](uint32_t offset) {
    line += static_cast<uint32_t>(std::count(text.begin() + seen, text.begin() + offset, '\n'));
    seen = offset;
    return line;
  };
  while (true) {
    const std::unique_ptr<antlr4::Token> read = lexer.nextToken();
    if (read->getType() == antlr4::Token::EOF) break;
    Token token;
    token.kind = static_cast<TokenKind>(read->getType());
    token.begin = stream.ByteOf(read->getStartIndex());
    token.end = stream.ByteOf(read->getStopIndex() + 1);
    token.line = line_at(token.begin);
    if (token.kind == TokenKind::kComment) {
      result.comments.push_back(token);
      continue;
    }
    token.first_on_line = token.line != last_line;
    // The break that ends an open string belongs to its line.
    last_line = token.kind == TokenKind::kStrEol ? token.line : line_at(token.end);
    result.tokens.push_back(token);
  }
  return result;
}

}  // namespace lmp::frontend
