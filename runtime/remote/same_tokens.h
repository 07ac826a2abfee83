// Whether ids mean at a server what they mean here. One that takes ids takes any: with the
// tokenizer of another model it would answer another prompt, and nothing would notice.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::remote {

// Ids of words, spread over the vocabulary: at most 64, none if it has none. What they spell one
// behind the other is what every server's detokenizer gives, but for spaces at the beginning.
std::vector<TokenId> ProbeTokens(const text::Tokenizer& tokenizer);
// `text`: what the server says that the probe spells. Errors: InvalidArgument, with both.
Status CheckProbe(const text::Tokenizer& tokenizer, const std::vector<TokenId>& probe,
                  std::string_view text);

}  // namespace lmp::remote
