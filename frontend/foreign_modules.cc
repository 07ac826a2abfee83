// FindForeignModules: imports of other languages (`from std import vote`, `use std::vote`), and the
// call of `main` at the end of a file (`if __name__ == "__main__":`).
#include "frontend/phrase.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;
using std::string_view;

class ModuleFinder : private HabitFinder {
 public:
  ModuleFinder(string_view text, const Tokens& tokens, const NameSet& declared)
      : HabitFinder(text, tokens, declared) {}

  std::vector<Diagnostic> Run() {
    for (size_t i = 0; i < end_; ++i) {
      if (!tokens_[i].first_on_line) continue;
      if (MainGuard(i)) break;
      if (Opener(i) == end_) FromImport(i) || Use(i);
    }
    return std::move(found_);
  }

 private:
  // if __name__ == "__main__": and what is indented behind it.
  bool MainGuard(size_t i) {
    if (TextAt(i) != "if" || TextAt(i + 1) != "__name__") return false;
    size_t last = LastOnLine(tokens_, i);
    const size_t indent = IndentOf(text_, tokens_[i].begin).size();
    while (last + 1 < end_ && IndentOf(text_, tokens_[last + 1].begin).size() > indent) {
      last = LastOnLine(tokens_, last + 1);
    }
    if (OneOf(At(last), {kLBrace, kLMap}) && CloserOfBracket(last) < end_) {
      last = CloserOfBracket(last);
    }
    Diagnostic d = MakeMistake(Mistake::kStatementOutside, tokens_[i].begin, tokens_[i].end,
                               "a statement stands outside any function");
    d.helps.push_back("`lmp run` calls `main`: remove it");
    AddFix(&d, tokens_[i].begin, tokens_[last].end, "");
    found_.clear();
    found_.push_back(std::move(d));
    return true;
  }

  // The token behind `a.b.c` from token i on.
  size_t PathEnd(size_t i) const {
    while (At(i + 1) == kDot && IsWord(At(i + 2)) && SameLine(i, i + 2)) i += 2;
    return i + 1;
  }
  std::string Path(size_t first, size_t end) const { return Source(first, end - 1); }

  // from a.b import c, d as e
  bool FromImport(size_t i) {
    if (TextAt(i) != "from" || !IsWord(At(i + 1)) || !SameLine(i, i + 1)) return false;
    const size_t word = PathEnd(i + 1);
    if (TextAt(word) != "import" || !SameLine(i, word + 1)) return false;
    const size_t last = LastOnLine(tokens_, i);
    const std::string module = Path(i + 1, word);
    if (!IsWord(At(word + 1)) || last != word + 1) return Remove(i, last);
    const std::string name(TextAt(last));
    if (module == "std") return Write(i, last, "import std." + name);
    if (module == "std.vote") {
      const bool first = found_.empty();
      Write(i, last, "import std.vote");
      if (!first) return true;
      for (size_t k = last + 1; k < end_; ++k) {
        if (TextAt(k) != name || At(k + 1) != kLParen || At(k - 1) == kDot) continue;
        Insert(&found_.back(), k, "vote.");
      }
      return true;
    }
    return Remove(i, last);
  }

  // use std::vote
  bool Use(size_t i) {
    if (TextAt(i) != "use" || !IsForeign(i) || !IsWord(At(i + 1)) || !SameLine(i, i + 1)) {
      return false;
    }
    const size_t last = LastOnLine(tokens_, i);
    std::string path;
    for (size_t k = i + 1; k <= last; ++k) {
      if (IsWord(At(k))) path += (path.empty() ? "" : ".") + std::string(TextAt(k));
    }
    return path == "std.vote" ? Write(i, last, "import std.vote") : Remove(i, last);
  }

  bool Write(size_t first, size_t last, const std::string& ours) {
    Replace(&Report("a module is named by `import a.b`", first, "write `" + ours + "`"), first,
            last, ours);
    return true;
  }

  // What an import of another language names is left to the checker, where it is used.
  bool Remove(size_t first, size_t last) {
    Diagnostic& d = Report("the only module to import is `std.vote`", first,
                           "remove `" + Source(first, last) + "`");
    d.code = std::string(CodeOf(Mistake::kUnknownModule));
    if (d.fixes.empty()) d.span.end = tokens_[last].end;
    Replace(&d, first, last, "");
    return true;
  }
};

}  // namespace

std::vector<Diagnostic> FindForeignModules(std::string_view text, const Tokens& tokens,
                                           const NameSet& declared) {
  return ModuleFinder(text, tokens, declared).Run();
}

}  // namespace lmp::frontend
