// How the tokenizer of a model counts the tokens of a corpus.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/text/tokenizer.h"

namespace lmp::api {

// A corpus keeps the name: it is cut by one counter.
inline std::string CounterName(const text::Tokenizer& tokenizer) {
  return tokenizer.spec().model + " of " + std::to_string(tokenizer.vocabulary()) + " pieces";
}

inline std::function<size_t(std::string_view)> TokensOf(
    std::shared_ptr<const text::Tokenizer> tokenizer) {
  return [tokenizer = std::move(tokenizer),
          ids = std::vector<TokenId>()](std::string_view text) mutable {
    ids.clear();
    tokenizer->Encode(text, text::FragmentStart::kContinue, &ids);
    return ids.size();
  };
}

}  // namespace lmp::api
