// Damaged programs: whatever the text, Compile gives a verified program or diagnostics. Seeded
// mutations of the examples: characters, tokens and lines are deleted, doubled, swapped, replaced.
#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "frontend/compile.h"
#include "ir/print.h"
#include "tests/support/sanitized.h"

namespace lmp::frontend {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  // The program of a golden file ends where its sections begin.
  const std::string whole = text.str();
  REQUIRE(!whole.empty());
  return whole.substr(0, whole.find("\n//---"));
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  for (size_t i = 0; i < text.size();) {
    size_t begin = i;
    bool name = std::isalnum(static_cast<unsigned char>(text[i])) != 0;
    do {
      ++i;
    } while (name && i < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_'));
    words.push_back(text.substr(begin, i - begin));
  }
  return words;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string Mutate(const std::string& text) {
    std::vector<std::string> words = Words(text);
    size_t count = 1 + Below(4);
    for (size_t i = 0; i < count && !words.empty(); ++i) Step(&words);
    std::string mutated;
    for (const std::string& word : words) mutated += word;
    return mutated;
  }

 private:
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  void Step(std::vector<std::string>* words) {
    static const std::vector<std::string> kPieces = {
        "fork",    "gen",   "return",    "yield",     "break",  "continue",
        "context", "on",    "copy",      "let",       "var",    "null",
        "true",    "[]",    "{",         "}",         "(",      ")",
        "\"",      "${",    "..",        "with",      "for",    "in",
        "if",      "else",  "while",     "limit",     "emit",   "select",
        "from",    "user",  "assistant", "0",         "-1",     "9223372036854775807",
        "1.5",     "int",   "string",    "list<int>", "schema", "confidence",
        "record",  "enum",  "and",       "not",       "?",      ":",
        "=",       "==",    "+",         "/",         "%",      "@pin",
        "config",  "const", "import",    "\n"};
    size_t at = Below(words->size());
    size_t other = Below(words->size());
    auto begin = words->begin();
    switch (Below(6)) {
      case 0:
        words->erase(begin + static_cast<std::ptrdiff_t>(at));
        return;
      case 1:
        words->insert(begin + static_cast<std::ptrdiff_t>(at), (*words)[other]);
        return;
      case 2:
        std::swap((*words)[at], (*words)[other]);
        return;
      case 3:
        (*words)[at] = (*words)[other];
        return;
      case 4:
        (*words)[at] = kPieces[Below(kPieces.size())];
        return;
      default: {
        size_t length = std::min(words->size() - at, 1 + Below(30));
        std::vector<std::string> part(begin + static_cast<std::ptrdiff_t>(at),
                                      begin + static_cast<std::ptrdiff_t>(at + length));
        if (Below(2) == 0) {
          words->erase(begin + static_cast<std::ptrdiff_t>(at),
                       begin + static_cast<std::ptrdiff_t>(at + length));
        } else {
          words->insert(begin + static_cast<std::ptrdiff_t>(other), part.begin(), part.end());
        }
      }
    }
  }

  std::mt19937_64 random_;
};

TEST_CASE("a thousand damaged programs compile or are diagnosed") {
  const std::vector<std::string> files = {"examples/rag.lmp",
                                          "examples/fork.lmp",
                                          "examples/story.lmp",
                                          "tests/lang/programs/thought.lmp",
                                          "tests/lang/programs/judge.lmp",
                                          "tests/lang/sema/everything.lmp"};
  constexpr uint64_t kMutations = testing::kSanitized ? 400 : 1000;
  uint64_t compiled = 0, refused = 0;
  for (uint64_t seed = 0; seed < kMutations; ++seed) {
    const std::string& file = files[seed % files.size()];
    std::string text = Mutator(seed).Mutate(ReadFile(file));
    CAPTURE(seed);
    CAPTURE(text);
    CompileResult result;
    REQUIRE_NOTHROW(result = Compile(file, text));
    bool errors = HasErrors(result.diagnostics);
    REQUIRE(errors == (result.program == nullptr));
    (errors ? refused : compiled)++;
    bool mended = false;
    for (const Diagnostic& d : result.diagnostics) {
      REQUIRE(d.span.begin <= d.span.end);
      REQUIRE(d.span.end <= text.size());
      REQUIRE(!d.title.empty());
      REQUIRE(!RenderDiagnostic(d, result.sources).empty());
      if (d.fixes.empty() || std::exchange(mended, true)) continue;
      REQUIRE_NOTHROW(Compile(file, ApplyFixes(d, result.sources[0], 0)));
    }
    if (result.program != nullptr) REQUIRE(!ir::Print(*result.program).empty());
  }
  CHECK(compiled > kMutations / 20);
  CHECK(refused > kMutations * 3 / 10);
}

}  // namespace
}  // namespace lmp::frontend
