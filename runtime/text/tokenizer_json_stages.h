// The stages of a tokenizer.json around its model: normalizer, pre-tokenizer and decoder, each of
// many types. What they say in the terms of both kinds of BPE, or a refusal that names the field.
// For .cc files. Pure functions, any thread. Errors: Corruption / Unsupported.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/text/json_fields.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

struct TokenizerStages {
  bool nfc = false;
  bool normalizes = false;  // some normalizer stands in the file
  bool prepend_mark = false;
  bool spaces_to_marks = false;
  bool byte_level = false;
  std::vector<TokenizerSpec::Split> splits;
};

// `file` is the whole object. Decides which kind of BPE it is.
Result<TokenizerStages> ReadStages(const JsonField& file, bool byte_fallback);

// That the file's way back from pieces to text is LMP's own; a file without a decoder leaves it
// open.
Status CheckDecoder(const JsonField& field, const TokenizerStages& stages);

// Calls `visit` for the parts of a Sequence (`parts` names its list) or for the one there is.
using PartVisitor = std::function<Status(const JsonField& part, const std::string& type)>;
Status ForEachPart(const JsonField& field, std::string_view parts, const PartVisitor& visit);

// "field: WHAT is not supported".
Status RefuseField(const JsonField& field, std::string_view what);

}  // namespace lmp::text
