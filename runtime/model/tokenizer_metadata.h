// What a model file says about its tokenizer and chat format. Pure function of the file, any
// thread.
#pragma once

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/text/tokenizer.h"

namespace lmp::model {

// Reads "tokenizer.*" and "lmp.chat.*". What the values mean is checked by text::MakeTokenizer.
// Errors: NotFound / Corruption / Unsupported naming the key.
Result<text::TokenizerSpec> ReadTokenizerSpec(const GgufFile& file);

}  // namespace lmp::model
