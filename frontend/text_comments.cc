// FindCommentsInText: comments inside of `${ }` that hide its end and that of the string.
#include <algorithm>

#include "frontend/mistakes.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Finder {
 public:
  Finder(std::string_view text, const Tokens& tokens) : text_(text), tokens_(tokens) {}

  std::vector<Diagnostic> Run(const Tokens& comments) {
    size_t next = 0;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      while (next < comments.size() && comments[next].begin < tokens_[i].begin)
        Look(comments[next++], i);
      const TokenKind kind = tokens_[i].kind;
      if (kind == kHashComment) Look(tokens_[i], i);
      if (IsOpener(kind) || IsInterp(kind)) {
        open_.push_back(i);
      } else if (IsCloser(kind) && !open_.empty()) {
        open_.pop_back();
      }
    }
    while (next < comments.size()) Look(comments[next++], tokens_.size());
    return std::move(found_);
  }

 private:
  // `comment` stands in front of token `at`.
  void Look(const Token& comment, size_t at) {
    const auto inside = [&](size_t opener) {
      return tokens_[opener].kind == kStrInterp && tokens_[opener].line == comment.line;
    };
    const auto opener = std::find_if(open_.rbegin(), open_.rend(), inside);
    const std::string_view hidden = comment.TextIn(text_);
    const size_t brace = hidden.find('}');
    if (opener == open_.rend() || at == 0 || brace == std::string_view::npos ||
        hidden.find('"', brace) == std::string_view::npos) {
      return;
    }
    const Token& before = tokens_[at - 1];
    const bool hash = hidden[0] == '#';
    const std::string sign = hash ? "#" : "//";
    const size_t size = sign.size();
    Diagnostic d = MakeMistake(Mistake::kOtherLanguage, comment.begin,
                               static_cast<uint32_t>(comment.begin + size),
                               "`" + sign + "` begins a comment, inside of `${ }` too");
    const std::string_view rest = hidden.substr(size, brace - size);
    const bool name = !rest.empty() && std::all_of(rest.begin(), rest.end(), IsNameByte);
    if (hash && name && IsInterp(before.kind)) {
      const std::string meant = "len(" + std::string(rest) + ")";
      d.helps.push_back("the length is `" + meant + "`");
      AddFix(&d, comment.begin, comment.begin + brace, meant);
    } else if (!hash && before.kind == kColon) {
      d.helps.push_back("text that begins with `${` is written `\\${`");
      AddFix(&d, tokens_[*opener].begin, tokens_[*opener].begin, "\\");
    } else if (!hash && rest.find_first_not_of(" \t") != std::string_view::npos) {
      d.helps.push_back("`/` of two ints is an int already, rounded down");
      AddFix(&d, comment.begin, comment.begin + size, "/");
    } else {
      d.helps.push_back("put it behind the string");
      AddFix(&d, before.end, comment.begin + brace, "");
    }
    found_.push_back(std::move(d));
  }

  std::string_view text_;
  const Tokens& tokens_;
  std::vector<size_t> open_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> FindCommentsInText(std::string_view text, const Tokens& tokens,
                                           const Tokens& comments) {
  return Finder(text, tokens).Run(comments);
}

}  // namespace lmp::frontend
