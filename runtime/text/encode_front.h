// Tokenising a text that may be far too long for what it is meant for, without doing all of it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

inline constexpr size_t kEncodeSlabBytes = 64u << 10;

// Encodes one fragment from its beginning, slab by slab, where it can be cut, until less than two
// slabs are left of it. What was encoded is appended to `ids` and taken off `text`; `start` is that
// of the rest, whose ids follow. False: the fragment has more than `most` ids, or `ids` has by now;
// it ends as soon as that is known. Any thread.
bool EncodeFront(const Tokenizer& tokenizer, size_t most, std::string_view* text,
                 FragmentStart* start, std::vector<TokenId>* ids);

}  // namespace lmp::text
