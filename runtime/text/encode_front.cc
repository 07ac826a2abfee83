#include "runtime/text/encode_front.h"

#include "runtime/text/token_bytes.h"

namespace lmp::text {
namespace {

// A text that is longer is first looked at by its length alone.
constexpr size_t kLongBytes = 1u << 20;

}  // namespace

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
