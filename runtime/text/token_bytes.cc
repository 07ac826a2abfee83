#include "runtime/text/token_bytes.h"

#include <algorithm>

#include "runtime/text/splitter.h"

namespace lmp::text {
namespace {

// So many bytes of a text become one by NFC, at most: three and a half, U+1FBE U+0344.
constexpr size_t kComposedBytes = 4;
// A text may spell SentencePiece's mark of a space itself, which tokens have as that space.
constexpr size_t kMarkBytes = 3;

}  // namespace

bool Composes(const TokenizerSpec& spec) {
  const auto pre = FindPreTokenizer(spec.pre);
  return pre.has_value() ? pre->nfc : spec.nfc;
}

size_t LongestTokenBytes(const Tokenizer& tokenizer) {
  size_t longest = 1;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id)
    longest = std::max(longest, tokenizer.Bytes(id).size());
  return longest;
}

size_t FewestIds(const Tokenizer& tokenizer, size_t bytes) {
  const TokenizerSpec& spec = tokenizer.spec();
  // Without its bytes a run of unknown characters is one piece, however long.
  const auto byte_pieces = std::count(spec.types.begin(), spec.types.end(), PieceType::kByte);
  if (spec.model == "llama" && byte_pieces < 256) return 0;
  const size_t shrinks = Composes(spec) ? kComposedBytes : spec.model == "llama" ? kMarkBytes : 1;
  return bytes / (LongestTokenBytes(tokenizer) * shrinks);
}

}  // namespace lmp::text
