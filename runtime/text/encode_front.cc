#include "runtime/text/encode_front.h"

namespace lmp::text {

void EncodeFront(const Tokenizer& tokenizer, size_t most, std::string_view* text,
                 FragmentStart* start, std::vector<TokenId>* ids) {
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
}

}  // namespace lmp::text
