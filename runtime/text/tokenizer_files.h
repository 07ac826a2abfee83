// Tokenizer files other than GGUF, from their bytes. Nothing in them is trusted: counts, lengths
// and ids are checked, and an error names the file and the field in it. What a file says and LMP
// does not do is refused.
//
// Pure functions, any thread. Errors: Corruption / Unsupported.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

struct TokenizerFile {
  std::string name;  // for messages, also later ones (TokenizerSpec::origin); may be empty
  std::string_view bytes;
};
// The error with the file's name in front.
Status InFile(const TokenizerFile& file, const Status& error);

// tokenizer.json of the Hugging Face library: models of type BPE, byte-level or with byte fallback.
Result<TokenizerSpec> ReadTokenizerJson(const TokenizerFile& file);

// vocab.json and merges.txt. How text is split stands in neither: `pre` (splitter.h) says it.
Result<TokenizerSpec> ReadVocabMerges(const TokenizerFile& vocabulary, const TokenizerFile& merges,
                                      std::string_view pre);

// tokenizer_config.json: special tokens and the chat template, into a spec of one of the above.
Status ApplyTokenizerConfig(const TokenizerFile& file, TokenizerSpec* spec);
// The pre-tokenizer that the configuration's tokenizer_class stands for.
Result<std::string_view> PreTokenizerOfConfig(const TokenizerFile& file);

// tokenizer.model of the SentencePiece library (a protocol buffer), model type BPE.
Result<TokenizerSpec> ReadSentencePieceModel(const TokenizerFile& file);

// tokenizer.model of Llama-3: lines of a piece in base64 and its rank. The file says no more than
// that, so only Llama-3's, known by its 128,000 pieces, is taken; its special tokens and its chat
// format are filled in.
Result<TokenizerSpec> ReadTiktoken(const TokenizerFile& file);

}  // namespace lmp::text
