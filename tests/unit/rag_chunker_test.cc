// Chunkers: bounds, coverage, structure, stability under edits.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/base/text.h"
#include "runtime/rag/chunker.h"

namespace {

using lmp::Rng;
using namespace lmp::rag;

size_t CountWords(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    words += !space && !inside ? 1u : 0u;
    inside = !space;
  }
  return words;
}

std::string Body(std::string_view text, const Chunk& chunk) {
  return std::string(text.substr(chunk.begin, chunk.end - chunk.begin));
}

// What holds for every document: bounds, order, true lines and counts, and no character but white
// space outside the chunks.
void CheckChunks(std::string_view text, const std::vector<Chunk>& chunks, const ChunkLimits& limits,
                 const TokenCount& count, bool exact_bound = true) {
  size_t covered = 0;
  for (const Chunk& chunk : chunks) {
    REQUIRE(chunk.begin < chunk.end);
    REQUIRE(chunk.end <= text.size());
    const std::string body = Body(text, chunk);
    CHECK(lmp::IsValidUtf8(body));
    CHECK(chunk.tokens == count(PassageText(chunk.heading, body)));
    if (exact_bound) CHECK(chunk.tokens <= limits.tokens);
    size_t line = 1;
    for (size_t i = 0; i < chunk.begin; ++i) line += text[i] == '\n' ? 1u : 0u;
    CHECK(chunk.line == line);
    if (chunk.begin > covered) {
      CHECK(text.substr(covered, chunk.begin - covered).find_first_not_of(" \t\r\n\v\f") ==
            std::string_view::npos);
    }
    CHECK(chunk.end > covered);
    covered = chunk.end;
  }
  CHECK(text.substr(covered).find_first_not_of(" \t\r\n\v\f") == std::string_view::npos);
}

std::string Paragraphs(int count, Rng* rng, int words_max = 30) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const int words = 5 + static_cast<int>(rng->Below(static_cast<uint64_t>(words_max)));
    for (int w = 0; w < words; ++w) {
      text += "w" + std::to_string(rng->Below(5000)) + (w % 9 == 8 ? ". " : " ");
    }
    text += "\n\n";
  }
  return text;
}

TEST_CASE("markdown: headings are context, fences and tables stay whole") {
  const std::string text =
      "# Guide\n\nIntro words here.\n\n## Install\n\nRun this:\n\n```sh\na b c\n\n# not a heading\n"
      "d e f\n```\n\nThen more text follows here now.\n\nBig\n===\n\n|a|b|\n|---|---|\n|1|2|\n"
      "|3|4|\n\n### Deep #\n\nlast words\n";
  const ChunkLimits limits{16, 0};
  const auto chunks = SplitDocument(text, Format::kMarkdown, limits, CountWords);
  CheckChunks(text, chunks, limits, CountWords);
  std::string shown;
  for (const Chunk& chunk : chunks)
    shown += "[" + chunk.heading + "] " + Body(text, chunk) + "\n--\n";
  INFO(shown);
  bool fence = false, table = false;
  for (const Chunk& chunk : chunks) {
    const std::string body = Body(text, chunk);
    const bool has_fence =
        body.find("```sh\na b c\n\n# not a heading\nd e f\n```") != std::string::npos;
    if (has_fence) CHECK(chunk.heading.starts_with("Guide"));
    fence = fence || has_fence;
    table = table || body.find("|a|b|\n|---|---|\n|1|2|\n|3|4|") != std::string::npos;
    CHECK(!body.ends_with("## Install"));  // a heading goes with what it announces
    if (body.starts_with("Then more")) CHECK(chunk.heading == "Guide > Install");
  }
  CHECK(fence);
  CHECK(table);
}

TEST_CASE("markdown: the path follows levels, the title comes first") {
  const std::string text = "# A\n\n## B\n\n" + std::string("one two three four five six. ") +
                           "\n\n# C\n\nseven eight nine ten eleven twelve thirteen\n";
  const auto chunks = SplitDocument(text, Format::kMarkdown, {16, 0}, CountWords, "T");
  REQUIRE(chunks.size() >= 2);
  CHECK(chunks[0].heading == "T");
  CHECK(Body(text, chunks[0]).starts_with("# A"));
  CHECK(Body(text, chunks.back()).starts_with("# C"));
}

TEST_CASE("markdown: an open fence, front matter, an empty heading, only headings") {
  for (const std::string text :
       {"```\nnever closed\n# x\n", "---\ntitle: x\n---\n# A\nb\n", "#\n\n##\n", "# A\n# B\n# C\n",
        "---\n", "***\n\n---\n", "a\n---\n", "\r\n# A\r\n\r\nb\r\n"}) {
    CAPTURE(text);
    CheckChunks(text, SplitDocument(text, Format::kMarkdown, {16, 0}, CountWords), {16, 0},
                CountWords);
  }
}

TEST_CASE("code: cut at declarations, which are context inside themselves") {
  std::string text = "#include <x>\n\n// Adds.\nint Add(int a, int b) {\n  return a + b;\n}\n";
  text += "int Long() {\n";
  for (int i = 0; i < 12; ++i) text += "  call(" + std::to_string(i) + ", a, b);\n\n";
  text += "}\nint After() { return 1; }\n";
  const ChunkLimits limits{20, 0};
  const auto chunks = SplitDocument(text, Format::kCode, limits, CountWords);
  CheckChunks(text, chunks, limits, CountWords);
  bool inside = false, comment_joined = false;
  for (const Chunk& chunk : chunks) {
    const std::string body = Body(text, chunk);
    if (body.find("// Adds.") != std::string::npos)
      comment_joined = body.find("int Add") != std::string::npos;
    if (body.starts_with("call(")) {
      inside = true;
      CHECK(chunk.heading == "int Long() {");
    }
  }
  for (const Chunk& chunk : chunks) {
    if (Body(text, chunk).starts_with("  call(")) {
      inside = true;
      CHECK(chunk.heading == "int Long() {");
    }
  }
  CHECK(inside);
  CHECK(comment_joined);
}

TEST_CASE("every format and size: bounds and coverage on random documents") {
  Rng rng(7);
  for (int round = 0; round < 60; ++round) {
    std::string text;
    const int pieces = static_cast<int>(rng.Below(60));
    static const std::vector<std::string> kPieces = {
        "# H\n",
        "\n",
        "\n\n",
        "```\n",
        "| a | b |\n|--|--|\n",
        "word ",
        "wordy. ",
        "  indented x\n",
        "fn f() {\n",
        "}\n",
        "\xE6\x97\xA5\xE6\x9C\xAC",
        "\xF0\x9F\x98\x80",
        "a\r\nb\r\n",
        "---\n",
        "===\n",
        "long_word_without_any_space_in_it_at_all_0123456789",
        "\t",
        "## Two words\n\n"};
    for (int i = 0; i < pieces; ++i) text += kPieces[rng.Below(kPieces.size())];
    text += Paragraphs(static_cast<int>(rng.Below(8)), &rng);
    for (const Format format : {Format::kText, Format::kMarkdown, Format::kCode}) {
      for (const ChunkLimits limits :
           {ChunkLimits{16, 0}, ChunkLimits{16, 7}, ChunkLimits{64, 20}}) {
        CheckChunks(text, SplitDocument(text, format, limits, CountWords), limits, CountWords);
        CheckChunks(text, SplitDocument(text, format, limits, EstimateTokens), limits,
                    EstimateTokens);
      }
    }
  }
}

TEST_CASE("a counter by characters: pieces without spaces are cut too") {
  const auto characters = [](std::string_view text) { return lmp::Utf8Length(text); };
  std::string text;
  for (int i = 0; i < 3000; ++i) text += i % 7 == 0 ? "\xE6\x97\xA5" : "x";
  const auto chunks = SplitDocument(text, Format::kText, {50, 0}, characters);
  CheckChunks(text, chunks, {50, 0}, characters);
  CHECK(chunks.size() < 200);  // not one per character
}

TEST_CASE("overlap repeats the end of the chunk before, at a word") {
  Rng rng(3);
  const std::string text = Paragraphs(40, &rng);
  const auto chunks = SplitDocument(text, Format::kText, {100, 20}, CountWords);
  REQUIRE(chunks.size() > 5);
  int repeated = 0;
  for (size_t i = 1; i < chunks.size(); ++i) {
    if (chunks[i].begin >= chunks[i - 1].end) continue;
    ++repeated;
    CHECK(CountWords(std::string_view(text).substr(chunks[i].begin,
                                                   chunks[i - 1].end - chunks[i].begin)) <= 20);
    CHECK(text[chunks[i].begin] == 'w');
  }
  CHECK(repeated == static_cast<int>(chunks.size()) - 1);
}

TEST_CASE("an edit moves only the chunks around it") {
  Rng rng(11);
  const std::string rest = Paragraphs(300, &rng);
  const auto bodies = [](const std::string& text) {
    std::set<std::string> out;
    for (const Chunk& c : SplitDocument(text, Format::kText, {120, 0}, CountWords))
      out.insert(Body(text, c));
    return out;
  };
  const auto before = bodies("The first paragraph.\n\n" + rest);
  for (const std::string edit :
       {"", "The first paragraph, which is longer now by some words.\n\n",
        "New.\n\nAnd new again, of eleven words or so, who counts them.\n\n"}) {
    const auto after = bodies(edit + rest);
    size_t kept = 0;
    for (const std::string& body : after) kept += before.contains(body) ? 1u : 0u;
    CAPTURE(edit);
    CHECK(kept * 100 >= after.size() * 85);
  }
}

TEST_CASE("one line of 4 MB is cut in time") {
  std::string spaces, none;
  for (int i = 0; i < 500'000; ++i) spaces += "word " + std::to_string(i % 1000);
  none.assign(2'000'000, 'x');
  for (const std::string* text : {&spaces, &none}) {
    const auto chunks = SplitDocument(*text, Format::kMarkdown, {384, 0}, EstimateTokens);
    CHECK(chunks.size() > 100);
    for (const Chunk& chunk : chunks) CHECK(chunk.tokens <= 384);
  }
}

TEST_CASE("the estimate is near what tokenizers count") {
  CHECK(EstimateTokens("") == 0);
  CHECK(EstimateTokens("The cat sat on the mat.") == 7);
  CHECK(EstimateTokens("\xE6\x97\xA5\xE6\x9C\xAC") == 2);
  CHECK(EstimateTokens("internationalization") >= 3);
}

}  // namespace
