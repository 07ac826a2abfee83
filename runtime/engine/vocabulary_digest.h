// What tells two vocabularies apart: whether ids of one mean the same text in the other.
#pragma once

#include <string>

#include "runtime/text/tokenizer.h"

namespace lmp::engine {

// SHA-256 in hex over ids and bytes of the tokens that stand for text. Control tokens, those that a
// user has added and fillers are left out, as files of one model name them differently. Empty in a
// build without SHA-256. Any thread.
std::string VocabularyDigest(const text::Tokenizer& tokenizer);

}  // namespace lmp::engine
