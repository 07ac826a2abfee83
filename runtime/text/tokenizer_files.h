// Tokenizer files other than GGUF, from their bytes. Nothing in them is trusted: counts, lengths
// and ids are checked, and an error names the field. What a file says and LMP does not do is
// refused.
//
// Pure functions, any thread. Errors: Corruption / Unsupported.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

// tokenizer.json of the Hugging Face library: models of type BPE, byte-level or with byte fallback.
Result<TokenizerSpec> ReadTokenizerJson(std::string_view json);

// vocab.json and merges.txt. How text is split stands in neither: `pre` (splitter.h) says it.
Result<TokenizerSpec> ReadVocabMerges(std::string_view vocab_json, std::string_view merges_txt,
                                      std::string_view pre);

// tokenizer_config.json: special tokens and the chat template, into a spec of one of the above.
Status ApplyTokenizerConfig(std::string_view json, TokenizerSpec* spec);
// The pre-tokenizer that the configuration's tokenizer_class stands for.
Result<std::string_view> PreTokenizerOfConfig(std::string_view json);

// tokenizer.model of the SentencePiece library (a protocol buffer), model type BPE.
Result<TokenizerSpec> ReadSentencePieceModel(std::string_view bytes);

// tokenizer.model of Llama-3: lines of a piece in base64 and its rank. The file says no more than
// that, so only Llama-3's, known by its 128,000 pieces, is taken; its special tokens and its chat
// format are filled in.
Result<TokenizerSpec> ReadTiktoken(std::string_view text);

}  // namespace lmp::text
