#include "runtime/text/encode_front.h"

#include <algorithm>

#include "runtime/text/splitter.h"

namespace lmp::text {
namespace {

// A text that is longer is first looked at by its length alone.
constexpr size_t kLongBytes = 1u << 20;
// So many bytes of a text become one by NFC, at most: three and a half, U+1FBE U+0344.
constexpr size_t kComposedBytes = 4;

bool Composes(const TokenizerSpec& spec) {
  const auto pre = FindPreTokenizer(spec.pre);
  return pre.has_value() ? pre->nfc : spec.nfc;
}

}  // namespace

size_t FewestIds(const Tokenizer& tokenizer, size_t bytes) {
  const TokenizerSpec& spec = tokenizer.spec();
  // Without its bytes a run of unknown characters is one piece, however long.
  const auto byte_pieces = std::count(spec.types.begin(), spec.types.end(), PieceType::kByte);
  if (spec.model == "llama" && byte_pieces < 256) return 0;
  size_t longest = 1;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id)
    longest = std::max(longest, tokenizer.Bytes(id).size());
  return bytes / (longest * (Composes(spec) ? kComposedBytes : 1));
}

bool EncodeFront(const Tokenizer& tokenizer, size_t most, std::string_view* text,
                 FragmentStart* start, std::vector<TokenId>* ids) {
  if (text->size() > kLongBytes && FewestIds(tokenizer, text->size()) > most) return false;
  size_t slab = kEncodeSlabBytes;
  while (text->size() >= slab + kEncodeSlabBytes && ids->size() <= most) {
    const size_t cut = tokenizer.StableCut(text->substr(0, slab), *start);
    if (cut == 0) {
      slab *= 2;
      continue;
    }
    tokenizer.Encode(text->substr(0, cut), *start, ids);
    text->remove_prefix(cut);
    *start = FragmentStart::kContinue;
    slab = kEncodeSlabBytes;
  }
  return ids->size() <= most;
}

}  // namespace lmp::text
