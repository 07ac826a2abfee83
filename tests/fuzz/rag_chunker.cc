// Any bytes as a document of any format: chunks are in order, within bounds, and lose nothing but
// white space.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/rag/chunker.h"
#include "runtime/rag/document_file.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp::rag;
  if (size < 2) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (!CheckDocument(&text).ok()) return 0;
  const Format format = static_cast<Format>(data[0] % 3);
  const ChunkLimits limits{16 + data[1] % 64u, data[1] % 8u};
  size_t covered = 0;
  for (const Chunk& chunk : SplitDocument(text, format, limits, EstimateTokens)) {
    Require(chunk.begin < chunk.end && chunk.end <= text.size() && chunk.end > covered);
    Require(chunk.tokens <= limits.tokens);
    if (chunk.begin > covered) {
      Require(Blank(std::string_view(text).substr(covered, chunk.begin - covered)));
    }
    covered = chunk.end;
  }
  Require(Blank(std::string_view(text).substr(covered)));
  return 0;
}
