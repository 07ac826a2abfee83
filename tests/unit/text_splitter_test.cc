// Splitters from the expressions of tokenizer files: what is taken, and what is refused because
// engines understand it differently.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/text/splitter.h"

namespace lmp::text {
namespace {

// The pieces with '|' between two; the error where the expression is refused.
std::string Pieces(std::string_view pattern, std::string_view text) {
  const auto splitter = MakeRegexSplitter("field", pattern);
  if (!splitter.ok()) return splitter.status().message();
  std::string out;
  std::vector<size_t> ends;
  for (size_t at = 0; at < text.size(); at = ends.back()) {
    (*splitter)->Split(text, at, &ends);
    size_t begin = at;
    for (const size_t end : ends) {
      if (begin > 0) out += '|';
      out += text.substr(begin, end - begin);
      begin = end;
    }
  }
  return out;
}

TEST_CASE("quantifiers behind braces") {
  if (Pieces("a", "a").find("no PCRE2") != std::string::npos) {
    std::printf("SKIPPED: this build has no PCRE2\n");
    return;
  }
  CHECK(Pieces(R"(\p{L}+|\P{L}+)", "ab 12") == "ab| 12");
  CHECK(Pieces(R"( ?\p{Lu}{2}| ?\p{L}+)", "AB cd") == "AB| cd");
  CHECK(Pieces(R"(\x{61}+)", "aab") == "aa|b");
  CHECK(Pieces(R"([^\r\n\p{L}]?\p{L}+)", "1ab") == "1ab");
  for (const char* pattern : {"a{2}+", R"(\p{L}{2}+)", R"(\x{61}{1,2}+)"}) {
    CAPTURE(pattern);
    CHECK(Pieces(pattern, "aa").find("}+") != std::string::npos);
  }
}

}  // namespace
}  // namespace lmp::text
