// Checks of a TokenizerSpec that all kinds of tokenizers share. Pure, any thread.
#pragma once

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

// The vocabulary's size, the number of types, the length of pieces, the special ids. Errors:
// Corruption naming the field.
Status CheckVocabulary(const TokenizerSpec& spec);

}  // namespace lmp::text
