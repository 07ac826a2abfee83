// Chunkers: a document's text cut into passages of a bounded number of tokens, along its structure.
//
// One idea: a parser per format (units.h) lists the units that should stay whole (paragraphs, code
// fences, tables, declarations) and how good a place each is to cut before; one packer fills chunks
// with units. Cuts depend on the text near them, so an edit moves only the chunks around it.
//
// Pure functions of their arguments, any thread; nothing can fail. `count` is called on pieces of
// the text and must be a function of its argument alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/limits.h"

namespace lmp::rag {

enum class Format : uint8_t { kText = 0, kMarkdown = 1, kCode = 2 };

// Tokens of a text.
using TokenCount = std::function<size_t(std::string_view)>;

struct ChunkLimits {
  size_t tokens = kCorpusChunkTokensDefault;  // of PassageText(chunk), at least kChunkTokensMin
  size_t overlap = 0;  // of these, at most so many repeat the end of the chunk before; < tokens / 2

  bool operator==(const ChunkLimits&) const = default;
};
inline constexpr size_t kChunkTokensMin = kCorpusChunkTokensMin;
inline constexpr size_t kChunkTokensMax = kCorpusChunkTokensMax;

struct Chunk {
  size_t begin = 0, end = 0;  // bytes of the document
  size_t line = 1;            // of `begin`
  std::string heading = {};   // what stands above it: "Guide > Install"; may be empty
  size_t tokens = 0;          // of its PassageText
};

// What is put into a prompt: the heading, a blank line, the text; or the text alone.
std::string PassageText(std::string_view heading, std::string_view text);

// `text` is valid UTF-8. Chunks in the order of the text, none of white space alone. Only a single
// character that counts more than limits.tokens makes a chunk of more.
// `title` (may be empty) is the outermost heading of every chunk.
std::vector<Chunk> SplitDocument(std::string_view text, Format format, const ChunkLimits& limits,
                                 const TokenCount& count, std::string_view title = {});

// A count without a model: near that of vocabularies of 32,000 to 128,000 pieces on English and
// code, and about one token per character in Chinese, Japanese and Korean.
size_t EstimateTokens(std::string_view text);

}  // namespace lmp::rag
