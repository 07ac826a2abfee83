// How many bytes of text a token stands for at most, and so how few tokens a text has.
// O(vocabulary); any thread.
#pragma once

#include <cstddef>

#include "runtime/text/tokenizer.h"

namespace lmp::text {

// Whether texts are brought to NFC, which may make one byte of several.
bool Composes(const TokenizerSpec& spec);

// Of all tokens of the vocabulary; at least 1.
size_t LongestTokenBytes(const Tokenizer& tokenizer);

// At least so many ids has a fragment of so many bytes.
size_t FewestIds(const Tokenizer& tokenizer, size_t bytes);

}  // namespace lmp::text
