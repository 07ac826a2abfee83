// Tokenizers from any file that has one: GGUF, tokenizer.json, vocab.json with merges.txt beside
// it, tokenizer.model (SentencePiece, or Llama-3's), or a folder with one of them;
// tokenizer_config.json beside them adds special tokens and the chat template, which may be in
// chat_template.jinja. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::model {

// `pre` says how text is split where no file does (names: runtime/text/splitter.h); may be empty.
// Errors: NotFound; Corruption / Unsupported naming the file and the field.
Result<text::TokenizerSpec> ReadTokenizerFile(const std::string& path, std::string_view pre);

}  // namespace lmp::model
