#include "runtime/engine/vocabulary_digest.h"

#include <cstdint>

#include "cache/chunk_digest.h"

namespace lmp::engine {

std::string VocabularyDigest(const text::Tokenizer& tokenizer) {
  if (!cache::Sha256Available()) return "";
  cache::Sha256 digest;
  const auto& types = tokenizer.spec().types;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    const text::PieceType type = types[static_cast<size_t>(id)];
    if (type != text::PieceType::kNormal && type != text::PieceType::kByte) continue;
    digest.AddU32(static_cast<uint32_t>(id));
    digest.AddText(tokenizer.Bytes(id));
  }
  return digest.Finish().Hex();
}

}  // namespace lmp::engine
