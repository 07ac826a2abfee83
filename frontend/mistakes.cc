#include "frontend/mistakes.h"

#include <utility>

namespace lmp::frontend {

Diagnostic MakeMistake(Mistake mistake, uint32_t begin, uint32_t end, std::string title) {
  Diagnostic diagnostic;
  diagnostic.code = std::string(CodeOf(mistake));
  diagnostic.title = std::move(title);
  diagnostic.span = {0, begin, end};
  return diagnostic;
}

void AddFix(Diagnostic* diagnostic, size_t begin, size_t end, std::string replacement) {
  diagnostic->fixes.push_back(
      {{0, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}, std::move(replacement)});
}

bool IsIncomplete(const Tokens& tokens) {
  std::vector<TokenKind> open;
  for (const Token& token : tokens) {
    if (IsOpener(token.kind) || token.kind == TokenKind::kStrOpen ||
        token.kind == TokenKind::kBlockOpen) {
      open.push_back(token.kind);
    } else if (token.kind == TokenKind::kStrEol) {
      return false;  // a mistake, not an unfinished entry
    } else if ((IsCloser(token.kind) || token.kind == TokenKind::kStrClose ||
                token.kind == TokenKind::kBlockClose) &&
               !open.empty()) {
      open.pop_back();
    }
  }
  return !open.empty() && open.back() != TokenKind::kStrOpen;
}

}  // namespace lmp::frontend
