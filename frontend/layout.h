// How the lines of a text are laid out: evidence of what a user meant where brackets do not tell.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "frontend/token.h"

namespace lmp::frontend {

inline size_t LineBegin(std::string_view text, size_t offset) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}

// Where the line ends, its line break excluded.
inline size_t LineEnd(std::string_view text, size_t offset) {
  size_t end = text.find('\n', offset);
  if (end == std::string_view::npos) end = text.size();
  return end > offset && text[end - 1] == '\r' ? end - 1 : end;
}

// Spaces and tabs in front of the line that holds `offset`.
inline std::string_view IndentOf(std::string_view text, size_t offset) {
  const size_t begin = LineBegin(text, offset);
  size_t end = begin;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  return text.substr(begin, end - begin);
}

// The last token of the line that token `i` ends on.
inline size_t LastOnLine(const Tokens& tokens, size_t i) {
  while (i + 1 < tokens.size() && !tokens[i + 1].first_on_line) ++i;
  return i;
}

// The first token of the line that token `i` begins on.
inline size_t FirstOnLine(const Tokens& tokens, size_t i) {
  while (i > 0 && !tokens[i].first_on_line) --i;
  return i;
}

}  // namespace lmp::frontend
